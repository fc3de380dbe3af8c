"""What the rules-only labeller knows: the wordings of each label, in Simplified script.

Data alone; `nianbao.rules.matcher` is the engine.  A wording is written without its number, without
spaces and without quotation marks.  Sources: the statutory forms, and rewordings met on public
pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nianbao.rules.forms import COLUMNS, REQUESTS, REVIEW, ROWS, SECTIONS

_NUMBER: Final = re.compile(r"^(?:\(([一二三四五六七])\)|([一二三四五六七])、|(\d)\.)")

#: Label -> further wordings of a row.
ROW_VARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "row.proactive_disclosure.rules": ("政府规章", "行政规章"),
    "row.proactive_disclosure.normative_documents": ("规范性文件", "规范性档案", "行政规范性档案"),
    "row.proactive_disclosure.other_services": ("其他对外管理服务", "其它对外管理服务事项"),
    "row.proactive_disclosure.fees": ("行政事业收费", "行政事业性收费项目"),
    "row.proactive_disclosure.procurement": ("政府采购", "政府集中采购项目"),
    "row.requests.new_received": ("本年新收政府信息公开申请数", "本年新收申请数量"),
    "row.requests.carried_over": ("上年结转政府信息公开申请数", "上年结转申请数量"),
    "row.requests.granted": ("予以公开数",),
    "row.requests.partially_granted": ("部分公开",),
    "row.requests.denied.law_prohibited": (
        "其他法律、行政法规禁止公开",
        "法律行政法规禁止公开",
        "其他法律行政止公开",
    ),
    "row.requests.denied.security_stability": (
        "三安全一稳定",
        "危及国家安全公共安全经济安全社会稳定",
    ),
    "row.requests.denied.third_party_rights": ("第三方合法权益",),
    "row.requests.denied.internal_affairs": ("三类内部事务信息", "内部事务信息"),
    "row.requests.denied.process_information": ("四类过程性信息", "过程性信息"),
    "row.requests.denied.enforcement_file": ("行政执法案卷",),
    "row.requests.denied.administrative_query": ("行政查询事项",),
    "row.requests.unavailable.not_held": ("不掌握相关政府信息", "本机关不掌握"),
    "row.requests.unavailable.needs_creation": ("没有现成信息", "需要另行制作"),
    "row.requests.unavailable.unclear_after_correction": ("补正后仍不明确", "申请内容仍不明确"),
    "row.requests.not_processed.petition_complaint": ("信访举报投诉", "信访、举报、投诉类申请"),
    "row.requests.not_processed.excessive_repeat": ("大量反复申请",),
    "row.requests.not_processed.reconfirmation": (
        "要求确认或重新出具已获取信息",
        "确认或重新出具已获取信息",
    ),
    "row.requests.other_processing.correction_overdue": (
        "申请人无正当理由逾期不补正",
        "逾期不补正",
    ),
    "row.requests.other_processing.fee_overdue": (
        "申请人逾期未按收费通知要求缴纳费用",
        "逾期未缴费",
        "逾期不缴费",
    ),
    "row.requests.other_processing": ("其它处理",),
    "row.requests.other_processing.other": ("其它",),
    "row.requests.results_total": ("合计", "总数"),
    "row.requests.carried_forward": ("结转下年继续办理", "结转下年度办理"),
    "row.reconsideration_litigation.reconsideration": ("行政法复议", "行政复议情况"),
    "row.reconsideration_litigation.litigation_direct": (
        "未经复议直接起诉的",
        "未经行政复议直接起诉",
        "直接起诉",
    ),
    "row.reconsideration_litigation.litigation_after_reconsideration": (
        "复议后起诉的",
        "行政复议后起诉",
        "经复议后起诉",
    ),
}

#: Heads of several rows that stand in the order of the rows: label -> (number, wordings, the row
#: they precede).
ORDERED_GROUPS: Final[dict[str, tuple[str, tuple[str, ...], str]]] = {
    "group.results": ("三", ("本年度办理结果", "办理结果"), "row.requests.granted"),
    "group.denied": ("三", ("不予公开",), "row.requests.denied.state_secret"),
    "group.unavailable": ("四", ("无法提供",), "row.requests.unavailable.not_held"),
    "group.not_processed": (
        "五",
        ("不予处理",),
        "row.requests.not_processed.petition_complaint",
    ),
}

#: Label -> wordings of column heads and of heads that repeat.
HEAD_VARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "group.block": tuple(f"第二十条第({n})项" for n in "一五六八九")
    + tuple(f"第二十条({n})项" for n in "一五六八九"),
    "group.content": ("信息内容",),
    "group.applicants": ("申请人情况",),
    "group.organizations": ("法人或其他组织", "法人和其他组织"),
    "group.litigation": ("行政诉讼",),
    "column.proactive_disclosure.made": (
        "本年制发件数",
        "制发件数",
        "制发数量",
        "本年制发数量",
        "本年新制发数量",
    ),
    "column.proactive_disclosure.repealed": (
        "本年废止件数",
        "废止件数",
        "废止数量",
        "本年废止数量",
    ),
    "column.proactive_disclosure.in_force": (
        "现行有效件数",
        "现行有效件",
        "现行有效数量",
        "现行有效数",
    ),
    "column.proactive_disclosure.newly_made": ("本年新制作数量", "新制作数量"),
    "column.proactive_disclosure.newly_published": ("本年新公开数量", "新公开数量"),
    "column.proactive_disclosure.total_public": ("对外公开总数量", "对外公开数量"),
    "column.proactive_disclosure.items_last_year": ("上一年项目数量", "上年项目数量"),
    "column.proactive_disclosure.change": ("本年增/减", "本年增减", "本年度增/减"),
    "column.proactive_disclosure.decisions": ("本年处理决定数量", "处理决定数量"),
    "column.proactive_disclosure.amount_10k_yuan": (
        "本年收费金额(单位:万元)",
        "本年收费金额",
        "收费金额",
    ),
    "column.proactive_disclosure.items": ("采购项目数量",),
    "column.proactive_disclosure.amount": ("采购总金额", "采购金额"),
    "column.requests.natural_person": ("自然人",),
    "column.requests.commercial_enterprise": ("商业企业",),
    "column.requests.research_institution": ("科研机构",),
    "column.requests.public_welfare_organization": ("社会公益组织", "公益组织"),
    "column.requests.legal_service_organization": ("法律服务机构",),
    "column.requests.other": ("其他", "其它"),
    "column.requests.total": ("总计", "合计"),
    "column.reconsideration_litigation.upheld": ("结果维持",),
    "column.reconsideration_litigation.corrected": ("结果纠正",),
    "column.reconsideration_litigation.other": ("其他结果", "其它结果"),
    "column.reconsideration_litigation.pending": ("尚未审结",),
    "note": ("本列数据的勾稽关系为:第一项加第二项之和,等于第三项加第四项之和",),
}

#: The first piece of a head that the page cut at a line break, with the head it belongs to.  Two of
#: them share the wording `本年新`: the first in a head is the first label, the second the second.
CUT_HEADS: Final[dict[str, tuple[str, ...]]] = {
    "本年新": (
        "column.proactive_disclosure.newly_made",
        "column.proactive_disclosure.newly_published",
    ),
    "商业": ("column.requests.commercial_enterprise",),
    "科研": ("column.requests.research_institution",),
}

#: Section id -> further wordings of its heading, without the number.
HEADING_VARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "overview": (
        "总体情况",
        "工作概况",
        "概述",
        "基本情况",
        "总体工作情况",
        "政府信息公开总体情况",
    ),
    "proactive_disclosure": (
        "主动公开政府信息情况",
        "行政机关主动公开政府信息情况",
        "主动公开政府信息的情况",
        "主动公开情况",
        "政府信息主动公开情况",
    ),
    "requests": (
        "收到和处理政府信息公开申请情况",
        "行政机关收到和处理政府信息公开申请情况",
        "依申请公开政府信息情况",
        "依申请公开情况",
        "政府信息依申请公开办理情况",
        "依申请公开政府信息办理情况",
    ),
    "reconsideration_litigation": (
        "政府信息公开行政复议、行政诉讼情况",
        "政府信息公开行政复议及行政诉讼情况",
        "因政府信息公开工作被申请行政复议、提起行政诉讼情况",
        "因政府信息公开申请行政复议、提起行政诉讼的情况",
        "行政复议、行政诉讼情况",
        "政府信息公开复议、诉讼情况",
        "行政复议、行政诉讼和举报投诉情况",
        "复议、诉讼和申诉情况",
    ),
    "problems_improvements": (
        "存在的主要问题及改进情况",
        "政府信息公开工作存在的主要问题及改进情况",
        "存在的主要问题和改进措施",
        "存在的问题及改进措施",
        "存在问题及改进情况",
        "主要问题及改进措施",
    ),
    "other_matters": ("其他需要报告的事项", "需要报告的其他事项", "其他需要报告事项", "其他事项"),
}

#: Section id -> words of which a short numbered line must hold one group whole to be its heading.
HEADING_KEYS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "overview": (("总体", "情况"), ("基本情况",), ("概况",), ("概述",)),
    "proactive_disclosure": (("主动公开",),),
    "requests": (("申请", "情况"), ("依申请公开",)),
    "reconsideration_litigation": (("复议", "诉讼"), ("复议", "情况")),
    "problems_improvements": (
        ("问题", "改进"),
        ("问题", "措施"),
        ("问题", "打算"),
        ("不足", "改进"),
    ),
    "other_matters": (("其他", "事项"), ("其它", "事项"), ("需要报告",), ("需要说明", "事项")),
}

TITLE_TAIL: Final = re.compile(
    r"(?:政府信息|政务信息|政务|信息)公开\s*(?:工作)?\s*(?:情况)?\s*"
    r"(?:年度\s*工作\s*报告|年度\s*报告|年报|工作报告|(?<=情况)报告)(?!\s*(?:格式|有关|的通知|编制))"
)
YEAR: Final = re.compile(r"(?:(?:19|20)\d\d|二[〇零○oO0][〇零一二三四五六七八九]{2})\s*年度?")
#: The last characters of an agency's name: what may sign a report.
AGENCY_END: Final = re.compile(
    r"(?:政府|局|委|委员会|办公室|办|处|院|中心|队|站|所|厅|部|管委会|街道|镇|乡|区|县|市|会)$"
)
DATE: Final = re.compile(
    r"二[〇零○oO0][〇零一二三四五六七八九]{2}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
    r"|(?:19|20)\d\d(?:\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2})"
)
DATE_CUE: Final = re.compile(
    r"(?:发布|发文|成文|生成|公开|印发|更新|报出|公布|制发)(?:时间|日期)[\s:|]*$|日期[\s:|]*$|时间[\s:|]*$"
)
FURNITURE: Final = re.compile(
    r"(?m)^[ \t]*(?:[-—–]{1,2}[ \t]*\d{1,3}[ \t]*[-—–]{1,2}"
    r"|第[ \t]*\d{1,3}[ \t]*页(?:[ \t]*,?[ \t]*共[ \t]*\d{1,3}[ \t]*页)?)[ \t]*$"
)

#: A value as a page prints it.  Digits torn by single spaces are left to the assembly.
VALUE: Final = re.compile(
    r"(?:增加|减少|增|减|[+\-−±]{1,2})?(?:[\dOoIl]{1,3}(?:,\d{3})+|\d[\dOoIl]*|[OoIl](?=[\dOoIl\s|]|$)[\dOoIl]*)"
    r"(?:\.\d+)?(?:/-?\d+)?"
    r"(?:万元|元|件|条|个|项|宗|起|次|部|篇|份|人)?(?:\(其中[^()\n|]{1,20}\))?"
)
BLANK_MARK: Final = re.compile(
    r"(?:/|-{1,3}|[—–]{1,3}|\*{2,6}|无|零|空|增|减|[一二三四五六七八九十百零〇]+)"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a label: `text` without its number, `number` as the form prints it (`一`, `3`
    or empty), `order` its place in the form (headings and floating heads: -1)."""

    label: str
    text: str
    number: str = ""
    order: int = -1


_DROPPED: Final = str.maketrans("", "", "“”\"‘’' ")


def _ordered_wordings() -> tuple[Wording, ...]:
    before: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
    for label, (number, texts, row) in ORDERED_GROUPS.items():
        before.setdefault(row, []).append((label, number, texts))
    wordings: list[Wording] = []
    order = 0
    for table, rows in ROWS.items():
        for row, printed in rows.items():
            label = f"row.{table}.{row}"
            for group, number, texts in before.get(label, ()):
                wordings += [Wording(group, text, number, order) for text in texts]
                order += 1
            found = _NUMBER.match(printed)
            number = next((g for g in found.groups() if g), "") if found else ""
            core = (printed[found.end() :] if found else printed).translate(_DROPPED)
            for text in dict.fromkeys((core, *ROW_VARIANTS.get(label, ()))):
                wordings.append(Wording(label, text, number, order))
            order += 1
    return tuple(wordings)


def _head_wordings() -> tuple[Wording, ...]:
    wordings = [Wording(label, text) for label, texts in HEAD_VARIANTS.items() for text in texts]
    wordings += [Wording(labels[0], text) for text, labels in CUT_HEADS.items()]
    return tuple(wordings)


def _heading_wordings() -> tuple[Wording, ...]:
    wordings = []
    for order, (section, heading) in enumerate(SECTIONS.items()):
        number, core = heading.split("、", 1)
        texts = dict.fromkeys((core, *HEADING_VARIANTS[section]))
        wordings += [Wording(f"heading.{section}", text, number, order) for text in texts]
    return tuple(wordings)


#: Rows and ordered groups, in printed order; then heads that stand in any order.
ORDERED: Final = _ordered_wordings()
HEADS: Final = _head_wordings()
HEADINGS: Final = _heading_wordings()

#: The table that a head belongs to, for heads that only one table has.
HEAD_TABLE: Final[dict[str, str]] = {
    **{
        f"column.{table}.{column}": table
        for table, columns in COLUMNS.items()
        for column in columns
    },
    "group.block": "proactive_disclosure",
    "group.content": "proactive_disclosure",
    "group.applicants": REQUESTS,
    "group.organizations": REQUESTS,
    "note": REQUESTS,
    "group.litigation": REVIEW,
}
