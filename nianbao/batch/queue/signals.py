"""What speaks for annotating a document: pure functions of its record, its labels and its profile.

Each returns a signal with a sentence that names what and where, or None.  Lines are counted from 1 in
the text that `nianbao text` prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nianbao.batch.listing import confidence_of
from nianbao.batch.queue.choose import Signal
from nianbao.checks.names import cell_name, column_name, number_text, row_name
from nianbao.profile import Novelty
from nianbao.report import CellValue, CheckResult, Number, Report
from nianbao.rules.forms import SECTIONS
from nianbao.spans import Span

#: A cell below this may have been misread.
SURE_CELL: Final = 0.9
#: A record below this probability of being right throughout is worth a look.
SURE_REPORT: Final = 0.8
#: Labels on which the model and the rules differ: so many, and so large a share of all.
FEW_LABELS, FEW_SHARE = 3, 0.05
#: The share of differing labels that is a signal of full strength.
FULL_SHARE: Final = 0.4
#: A label that the model gives with this probability, and what it counts where the rules pass over it.
SURE_LABEL, PASSED_OVER = 0.95, 0.2
#: A page newer than this share of made pages is laid out like none of them.
USUAL_LAYOUT: Final = 0.99
#: Between these it is doubtful whether a page is a report.
DOUBTFUL: Final = (0.1, 0.9)
#: Places that a sentence names.
_NAMED: Final = 3
_QUOTED: Final = 24


def failed_check(report: Report, other: Report, text: str) -> Signal | None:
    """Sums that fail where it may be our reading that is wrong, not the agency.

    It may where a cell of the sum is missing, inferred or doubtful, or where `other`, the record by the
    rules alone, has it otherwise; a sum whose cells were all read with certainty and by both alike is
    the agency's own slip.
    """
    cells = {cell.path: cell for cell in report.cells}
    theirs = other.values() if other.is_report else {}
    passing = {check.id for check in other.checks if check.status == "pass"}
    found: list[tuple[float, str]] = []
    for check in report.checks:
        if check.status == "fail" and not check.id.startswith("narrative."):
            doubt = _doubt(check, cells, theirs, is_passing=check.id in passing)
            if doubt is not None:
                strength, cell, why = doubt
                found.append((strength, f"{check.message}；{_cell(cell, text, report)}{why}"))
    if not found:
        return None
    found.sort(key=lambda one: -one[0])
    more = f"（另有 {len(found) - 1} 项）" if len(found) > 1 else ""
    return Signal("failed_check", found[0][0], f"核对未通过，可能是读错：{found[0][1]}{more}")


def _doubt(
    check: CheckResult,
    cells: Mapping[str, CellValue],
    theirs: Mapping[str, Number | None],
    *,
    is_passing: bool,
) -> tuple[float, CellValue, str] | None:
    """Return how strongly, by which cell and why a failed sum is likely ours."""
    best: tuple[float, CellValue, str] | None = None
    for path in check.cells:
        cell = cells.get(path)
        if cell is None:
            continue
        strength, why = 0.0, ""
        if path in theirs and theirs[path] != cell.value:
            strength = 1.0 if is_passing and theirs[path] is not None else 0.6
            why = f"，只用规则则{_read_as(theirs[path])}"
        elif cell.source in ("missing", "inferred"):
            strength, why = 0.8, "缺失或不能确定" if cell.source == "missing" else "是推得的"
        elif cell.confidence < SURE_CELL:
            strength, why = min(0.8, 1 - cell.confidence), f"可信度仅 {cell.confidence:.2f}"
        if strength and (best is None or strength > best[0]):
            best = (strength, cell, why)
    return best


def low_confidence(report: Report, text: str) -> Signal | None:
    """A record that is likely not right throughout."""
    confidence = confidence_of(report.confidence, len(report.cells), report.format)
    if not report.is_report or confidence >= SURE_REPORT:
        return None
    if not report.cells:
        return Signal("low_confidence", round(1 - confidence, 4), "没有读出任何表格")
    message = f"记录全部无误的概率仅 {report.confidence:.2f}"
    doubtful = sorted(report.cells, key=lambda cell: (cell.confidence, cell.path))
    if doubtful:
        message += f"，最没把握的是{_cell(doubtful[0], text, report)}"
    lost = sum(cell.source == "missing" for cell in report.cells)
    if lost:
        message += f"；{lost} 个单元格缺失或不能确定"
    return Signal("low_confidence", round(1 - report.confidence, 4), message)


def disagreement(text: str, model: Sequence[Span], rules: Sequence[Span]) -> Signal | None:
    """Names of sections, rows and columns on which the model and the rules alone differ.

    `model` and `rules` are spans of `text`, sorted.  Where both give a label to the same place, where
    it begins and ends is no difference.  A name that the model is sure of and the rules pass over, as
    they do with every other wording, counts little.
    """
    ours, theirs = _names(model), _names(rules)
    found = _differences(text, _unmatched(ours, theirs), _unmatched(theirs, ours))
    weight = sum(one.weight for one in found)
    share = weight / max(1, len(ours) + len(theirs) - len(found))
    if weight < FEW_LABELS or share < FEW_SHARE:
        return None
    told = sorted(found, key=lambda one: (-one.weight, one.start))[:_NAMED]
    sentences = "；".join(one.sentence for one in sorted(told, key=lambda one: one.start))
    more = f"等 {len(found)} 处" if len(found) > _NAMED else ""
    return Signal(
        "disagreement",
        round(min(1.0, share / FULL_SHARE), 4),
        f"模型与规则的标注不一致：{sentences}{more}",
    )


@dataclass(frozen=True, slots=True)
class _Difference:
    """A place that model and rules label otherwise: where, how much it counts, and in words."""

    start: int
    weight: float
    sentence: str


def _names(spans: Sequence[Span]) -> list[Span]:
    return [s for s in spans if s.label.startswith(("heading.", "row.", "column."))]


def _unmatched(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Return those of `spans` that overlap none of `others` with their label."""
    by_label: dict[str, list[Span]] = {}
    for other in others:
        by_label.setdefault(other.label, []).append(other)
    return [
        span
        for span in spans
        if not any(
            other.start < span.end and span.start < other.end
            for other in by_label.get(span.label, ())
        )
    ]


def _differences(text: str, ours: Sequence[Span], theirs: Sequence[Span]) -> list[_Difference]:
    """Return each difference once: a place to which both give another label is one."""
    found: list[_Difference] = []
    left = list(theirs)
    for span in ours:
        said = f"{_quoted(text, span)}模型标为{label_name(span.label)}"
        same = next((o for o in left if o.start < span.end and span.start < o.end), None)
        if same is not None:
            left.remove(same)
            sentence = f"{said}，规则标为{label_name(same.label)}"
            found.append(_Difference(span.start, 1.0, sentence))
        else:
            weight = 1.0 if span.score < SURE_LABEL else PASSED_OVER
            found.append(_Difference(span.start, weight, f"{said}，规则未标"))
    for span in left:
        sentence = f"{_quoted(text, span)}模型未标，规则标为{label_name(span.label)}"
        found.append(_Difference(span.start, 1.0, sentence))
    return found


def new_layout(novelty: Novelty) -> Signal | None:
    """A page that is laid out like none that the model was trained on."""
    if novelty.percentile <= USUAL_LAYOUT:
        return None
    unusual = "；".join(map(str, novelty.unusual)) or "各项特征单独看都常见，这样的组合没有见过"
    return Signal(
        "new_layout",
        round(min(1.0, novelty.excess / 2), 4),
        f"版式不像任何训练页面（比 {novelty.percentile:.1%} 的页面更不像）：{unusual}",
    )


def doubtful_page(is_report_score: float) -> Signal | None:
    """A page of which it is hard to say whether it is a report."""
    low, high = DOUBTFUL
    if not low < is_report_score < high:
        return None
    strength = 1 - abs(is_report_score - 0.5) / 0.5
    message = f"是不是年报拿不准：概率 {is_report_score:.2f}"
    return Signal("doubtful_page", round(strength, 4), message)


def label_name(label: str) -> str:
    """Return what a label is called in Chinese."""
    kind, _, rest = label.partition(".")
    if kind == "heading":
        return f"标题「{SECTIONS[rest]}」"
    table, _, name = rest.partition(".")
    if kind == "row":
        return f"行「{row_name(table, name)}」"
    if kind == "column":
        return f"列「{column_name(table, name)}」"
    return f"「{label}」"


def _cell(cell: CellValue, text: str, report: Report) -> str:
    form = report.format if report.format in ("2019", "2021") else "2021"
    where = "" if cell.start is None else f"（第 {line_of(text, cell.start)} 行）"
    return f"{cell_name(cell.path, form)}{where}"


def _read_as(value: Number | None) -> str:
    return "读不出来" if value is None else f"读作 {number_text(value)}"


def _quoted(text: str, span: Span) -> str:
    words = " ".join(text[span.start : span.end].split())
    cut = words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"
    return f"第 {line_of(text, span.start)} 行「{cut}」"


def line_of(text: str, at: int) -> int:
    """Return the number, from 1, of the line in which character `at` stands."""
    return text.count("\n", 0, at) + 1
