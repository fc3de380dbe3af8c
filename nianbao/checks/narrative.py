"""What the narrative says beside the tables: one check for each fact that has a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from nianbao.checks.names import cell_name, number_text
from nianbao.facts.cells import SUMS, TAKEN_UP, WITH_CARRIED_OVER, amount, comparable
from nianbao.report import CheckResult, Fact, Number

#: Fact -> how a message calls it, in the order of the checks.
NAMES: Final[dict[str, str]] = {
    "requests_received": "收到政府信息公开申请",
    "requests_handled": "办理政府信息公开申请",
    "requests_answered": "办结政府信息公开申请",
    "requests_carried_over": "上年结转",
    "requests_granted": "予以公开",
    "requests_partially_granted": "部分公开",
    "requests_granted_or_partially": "予以公开和部分公开",
    "requests_denied": "不予公开",
    "requests_unavailable": "无法提供",
    "requests_not_processed": "不予处理",
    "requests_carried_forward": "结转下年度继续办理",
    "reconsiderations": "行政复议",
    "lawsuits": "行政诉讼",
    "normative_documents_made": "制发行政规范性文件",
    "normative_documents_repealed": "废止行政规范性文件",
    "normative_documents_in_force": "现行有效行政规范性文件",
    "licences": "行政许可",
    "penalties": "行政处罚",
    "coercions": "行政强制",
    "fees": "行政事业性收费",
}


def check_narrative(
    facts: Sequence[Fact],
    values: Mapping[str, Number | None],
    form: str | None,
    year: int | None,
) -> tuple[CheckResult, ...]:
    """Return `narrative.<fact>` for each kind of fact about the reported `year` in `facts`.

    `values` is {path: value}.  A check fails on the first statement that its cells contradict, and
    is skipped where all the cells it would look at are null or absent.  Figures that are not exact
    (近300件) and facts without a cell in `form` are not checked.
    """
    sums = SUMS.get(form or "2021", {})
    stated: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.name in sums and comparable(fact, year):
            stated.setdefault(fact.name, []).append(fact)
    return tuple(
        _check(name, stated[name], sums[name], values, form or "2021")
        for name in NAMES
        if name in stated
    )


def _check(
    name: str,
    facts: Sequence[Fact],
    sums: Sequence[Sequence[str]],
    values: Mapping[str, Number | None],
    form: str,
) -> CheckResult:
    if name == "requests_received" and any(TAKEN_UP in fact.text for fact in facts):
        sums = (*sums, WITH_CARRIED_OVER)
    cells = tuple(dict.fromkeys(path for paths in sums for path in paths))
    totals = [total for paths in sums if (total := _total(paths, values)) is not None]
    identity = f"narrative.{name}"
    if not totals:
        message = f"正文称{NAMES[name]}{_figure(facts[0])},表中相应单元格没有数值,无法核对"
        return CheckResult(identity, "skipped", message, None, amount(facts[0]), cells)
    wrong = next((fact for fact in facts if amount(fact) not in totals), None)
    if wrong is None:
        value = amount(facts[0])
        message = f"正文称{NAMES[name]}{_figure(facts[0])},与表中一致"
        return CheckResult(identity, "pass", message, value, value, cells)
    message = (
        f"正文称{NAMES[name]}{_figure(wrong)},表中{_where(sums[0], form)}为{number_text(totals[0])}"
    )
    if name == "requests_received" and amount(wrong) == _total(WITH_CARRIED_OVER, values):
        message += ",加上「二、上年结转政府信息公开申请数量」则一致"
    return CheckResult(identity, "fail", message, totals[0], amount(wrong), cells)


def _total(paths: Sequence[str], values: Mapping[str, Number | None]) -> Number | None:
    """Return the sum of the cells at `paths`, null ones left out; None when all are null."""
    known = [value for path in paths if (value := values.get(path)) is not None]
    return sum(known) if known else None


def _figure(fact: Fact) -> str:
    return f"{number_text(fact.value)}{fact.unit}"


def _where(paths: Sequence[str], form: str) -> str:
    if len(paths) == 1:
        return cell_name(paths[0], form)
    return f"{cell_name(paths[0], form)}等{len(paths)}项之和"
