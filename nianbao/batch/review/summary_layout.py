"""A summary as sections of tables, the same for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nianbao.batch.review.sheets import (
    NOTHING,
    UNKNOWN,
    Cell,
    Linked,
    Sheet,
    number,
    share,
    sheet,
    year_name,
)
from nianbao.batch.review.summary_model import Group, Named, Outcomes, Summary
from nianbao.batch.review.summary_words import (
    FAMILIES,
    FORMS,
    LINKS,
    REVIEWS,
    STATUSES,
    TABLES,
    check_name,
)
from nianbao.checks.names import row_name
from nianbao.report import Number
from nianbao.rules.forms import REQUESTS


@dataclass(frozen=True, slots=True)
class Part:
    """One section; `notes` say what is counted and how to read it."""

    id: str
    title: str
    notes: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def layout(summary: Summary) -> tuple[Part, ...]:
    """Return the sections of `summary` in the order of reading."""
    return (
        _overview(summary),
        _suspects(summary),
        _groups(summary),
        _coverage(summary),
        _checks(summary),
        _confidence(summary),
        _documents(summary),
        _punctuality(summary),
        _links(summary),
        _requests(summary),
        _refusals(summary),
        _reviews(summary),
    )


def _overview(summary: Summary) -> Part:
    size = summary.overview
    rows = (
        ("输入的文件", number(size.documents)),
        ("年报（全部版本）", number(size.reports)),
        ("年报（每机关每年选定一份）", number(size.chosen)),
        ("机关", number(size.agencies)),
        ("未识别机关的年报", number(size.no_agency)),
        ("只有机关名称、没有机关标识的年报", number(size.no_agency_id - size.no_agency)),
        ("未识别年度的年报", number(size.no_year)),
        ("单元格", number(size.cells)),
        ("缺失或无法辨认的单元格", number(size.missing)),
    )
    versions = (
        (item.library_version, item.model_version, number(item.reports)) for item in size.versions
    )
    return Part(
        "overview",
        "总览",
        ("除另有说明，以下均只统计选定的年报：同一机关同一年度有多个版本时只计一份。",),
        (
            sheet("数据集的规模", "项目 数量#", rows),
            sheet("由哪个版本读出（全部版本）", "程序版本 模型版本 年报#", versions),
        ),
    )


def _suspects(summary: Summary) -> Part:
    rows = (
        (*_named(item.named), "；".join(item.reasons), f"{item.score:.2f}")
        for item in summary.suspects
    )
    listed = len(summary.suspects)
    return Part(
        "suspects",
        "请先看这些",
        (
            f"共 {number(summary.suspects_total)} 份值得复核，列出前 {listed} 份。"
            "排序分 = 未通过核对所占比例 + 缺失单元格所占比例 + (1 − 可信度)。",
        ),
        (sheet("最值得复核的年报", "机关或标题 年度 文件 理由 排序分#", rows),),
    )


def _groups(summary: Summary) -> Part:
    def grouped(caption: str, name: str, groups: Iterable[Group]) -> Sheet:
        rows = (
            (
                group.name or UNKNOWN,
                number(group.reports),
                number(group.flawed),
                share(group.flawed, group.reports),
                number(group.doubtful),
            )
            for group in groups
        )
        return sheet(caption, f"{name} 年报# 有核对未通过# 所占比例# 可信度低#", rows)

    forms = (
        Group(FORMS.get(group.name or ""), group.reports, group.flawed, group.doubtful)
        for group in summary.by_form
    )
    return Part(
        "groups",
        "年度、省份和格式",
        ("「可信度低」指整份可信度低于 0.5：更可能有单元格读错。",),
        (
            grouped("各年度的年报", "年度", summary.by_year),
            grouped("各省份的年报", "省份", summary.by_province),
            grouped("各格式的年报", "格式", forms),
        ),
    )


def _coverage(summary: Summary) -> Part:
    coverage = summary.coverage
    years = (
        (
            str(item.year),
            number(item.reported),
            number(item.missing),
            share(item.reported, item.reported + item.missing),
        )
        for item in coverage.years
    )
    gaps = (
        (
            gap.agency or gap.agency_key,
            gap.province or UNKNOWN,
            _years(gap.reported),
            _years(gap.between),
            _years(year for year in gap.missing if year not in gap.between),
        )
        for gap in coverage.gaps
    )
    return Part(
        "coverage",
        "覆盖",
        (
            f"{number(coverage.agencies)} 个机关中，{number(coverage.complete)} 个每年都有；"
            f"{number(coverage.gaps_total)} 个缺某些年度，列出前 {len(coverage.gaps)} 个。",
            "缺报指别的机关有、该机关没有这一年的年报。首尾年度缺报可能是机关新设或撤并；"
            "中间年度缺报多半是没有收集到。",
        ),
        (
            sheet("各年度的机关", "年度 有年报# 缺年报# 覆盖率#", years),
            sheet("缺某些年度的机关", "机关 省份 已有年度 中间缺 首尾缺", gaps),
        ),
    )


def _checks(summary: Summary) -> Part:
    checks = summary.checks
    families = (
        (
            FAMILIES.get(item.family, item.family),
            number(item.passed),
            number(item.failed),
            share(item.failed, item.passed + item.failed),
            number(item.skipped),
            number(item.reports),
        )
        for item in checks.families
    )
    tables = (
        (
            TABLES.get(item.table, item.table),
            number(item.passed),
            number(item.failed),
            share(item.failed, item.passed + item.failed),
            number(item.skipped),
        )
        for item in checks.tables
    )
    years = (
        (
            year_name(item.year),
            FAMILIES.get(item.family, item.family),
            number(item.passed),
            number(item.failed),
            share(item.failed, item.passed + item.failed),
        )
        for item in checks.years
    )
    most = (
        (check_name(item.check), item.check, number(item.failed), share(item.failed, item.ran))
        for item in checks.most_failed
    )
    worst = (
        (*_named(item.named), f"{item.failed} / {item.ran}", "；".join(item.messages))
        for item in checks.worst
    )
    return Part(
        "checks",
        "核对",
        ("核对未通过可能是读错，也可能是原文本身有误。比例以实际核对的项数为分母。",),
        (
            sheet("各类核对", "核对 通过# 未通过# 未通过率# 未核对# 涉及年报#", families),
            sheet("各表的核对", "表 通过# 未通过# 未通过率# 未核对#", tables),
            sheet("各年度的核对", "年度 核对 通过# 未通过# 未通过率#", years),
            sheet("最常未通过的核对", "核对 编号 未通过# 未通过率#", most),
            sheet("未通过最多的年报", "机关或标题 年度 文件 未通过/核对# 前几项", worst),
        ),
    )


def _confidence(summary: Summary) -> Part:
    confidence = summary.confidence
    whole = sum(item.reports for item in confidence.bins)
    rows = (
        (f"{item.low:.1f} – {item.high:.1f}", number(item.reports), share(item.reports, whole))
        for item in confidence.bins
    )
    values = (confidence.p10, confidence.p50, confidence.p90)
    low, middle, high = (NOTHING if value is None else f"{value:.3f}" for value in values)
    return Part(
        "confidence",
        "可信度",
        (
            "可信度是整份年报全部单元格无误的估计概率。"
            f"一成年报不高于 {low}，一半不高于 {middle}，九成不高于 {high}。",
        ),
        (sheet("可信度的分布", "可信度 年报# 所占比例#", rows),),
    )


def _documents(summary: Summary) -> Part:
    rows = (
        (
            STATUSES.get(item.status, item.status),
            item.reason,
            number(item.documents) if index == 0 else "",
            Linked(example.document, example.url),
            example.message or "",
        )
        for item in summary.reasons
        for index, example in enumerate(item.examples)
    )
    return Part(
        "documents",
        "没有成为年报的文件",
        ("按原因分类，每类举几例。",),
        (sheet("没有成为年报的文件", "结果 原因 文件数# 例 说明", rows),),
    )


def _punctuality(summary: Summary) -> Part:
    rows = (
        (
            str(item.year),
            number(item.by_january),
            number(item.by_march),
            number(item.later),
            share(item.by_january, item.by_january + item.by_march + item.later),
            number(item.early),
            number(item.unknown),
        )
        for item in summary.punctuality
    )
    return Part(
        "punctuality",
        "公布时间",
        (
            "《政府信息公开条例》（2019 年修订）第四十九条：县级以上人民政府部门应当在每年 1 月 31 日前"
            "公布上一年度的年报，县级以上地方人民政府的年报应当在 3 月 31 日前公布。"
            "2018 年度及以前适用修订前的条例，期限为 3 月 31 日。",
            "比例以有公布日期的年报为分母。早于次年 1 月 1 日的日期多半不是公布日期，不计入比例。",
        ),
        (
            sheet(
                "次年何时公布",
                "年度 1月31日前# 2月1日至3月31日# 3月31日后# 1月31日前所占比例# 日期存疑# 无日期#",
                rows,
            ),
        ),
    )


def _links(summary: Summary) -> Part:
    rows = (
        (
            LINKS.get(item.reason, item.reason or UNKNOWN),
            number(item.reports) if index == 0 else "",
            *_named(example.named),
            example.chosen_document or UNKNOWN,
        )
        for item in summary.links
        for index, example in enumerate(item.examples)
    )
    return Part(
        "links",
        "同一年报的多个版本",
        ("未选定的版本留在数据集中，不计入统计。每类举几例。",),
        (sheet("未选定的版本", "原因 年报# 机关或标题 年度 文件 选定的文件", rows),),
    )


def _requests(summary: Summary) -> Part:
    flows = (
        (
            year_name(item.year),
            number(item.reports),
            number(item.new_received),
            number(item.results_total),
            number(item.carried_forward),
        )
        for item in summary.flows
    )
    outcomes = (
        (year_name(item.year), *(number(value) for value in outcome_numbers(item)))
        for item in summary.outcomes
    )
    return Part(
        "requests",
        "申请和办理结果",
        (
            "各年报「总计」一栏之和。上级机关的年报可能已包含下级，所以不等于实际件数；"
            "没有读出的单元格不计。",
        ),
        (
            sheet("申请数量", "年度 年报# 本年新收# 办理结果总计# 结转下年度#", flows),
            sheet(
                "办理结果",
                "年度 予以公开# 部分公开# 不予公开# 无法提供# 不予处理# 其他处理#",
                outcomes,
            ),
        ),
    )


def outcome_numbers(item: Outcomes) -> tuple[Number | None, ...]:
    """Return the outcomes of a year in the order of the form."""
    return (
        item.granted,
        item.partially_granted,
        item.denied,
        item.unavailable,
        item.not_processed,
        item.other_processing,
    )


def _refusals(summary: Summary) -> Part:
    head = " ".join(["理由", *(f"{year_name(year)}#" for year in summary.refusal_years)])
    rows = (
        (row_name(REQUESTS, item.row), *(number(count) for count in item.counts))
        for item in summary.refusals
    )
    return Part(
        "refusals",
        "不予公开、无法提供和不予处理的理由",
        ("各年报「总计」一栏之和。",),
        (sheet("各年度的理由", head, rows),),
    )


def _reviews(summary: Summary) -> Part:
    rows = (
        (
            year_name(item.year),
            REVIEWS[item.kind],
            number(item.upheld),
            number(item.corrected),
            number(item.other),
            number(item.pending),
            NOTHING if item.rate is None else f"{item.rate:.1%}",
        )
        for item in summary.reviews
    )
    return Part(
        "reviews",
        "行政复议和行政诉讼",
        (
            "纠错率 = 结果纠正 ÷ (结果维持 + 结果纠正 + 其他结果)。"
            "行政诉讼为未经复议直接起诉与复议后起诉之和。",
        ),
        (
            sheet(
                "结果和纠错率",
                "年度 类别 结果维持# 结果纠正# 其他结果# 尚未审结# 纠错率#",
                rows,
            ),
        ),
    )


def _named(named: Named) -> Iterator[Cell]:
    yield named.agency or named.title or UNKNOWN
    yield year_name(named.year)
    yield Linked(named.document, named.url)


def _years(years: Iterable[int]) -> str:
    return "、".join(map(str, years))
