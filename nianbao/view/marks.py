"""How a cell's value is shown: its number, and a mark that says how far to trust it.

Every mark is a character, so that it survives a pipe and NO_COLOR; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from nianbao.checks.names import number_text
from nianbao.report import CellValue, CheckResult, Report

#: Below this score a value is marked as doubtful.  A convention, not a calibration: a cell score is
#: the model's own probability, and readings below nine in ten are worth a look.
LOW_CONFIDENCE: Final = 0.9

SOURCE_NAMES: Final[dict[str, str]] = {
    "read": "原文读出",
    "blank": "原文空白",
    "inferred": "推断,原文无此值",
    "missing": "缺失或无法辨认",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign, what it means, and the style of what it stands on."""

    sign: str
    meaning: str
    style: str


BLANK = Mark("—", "空白", "dim")
MISSING = Mark("?", "缺失或无法辨认", "bold magenta")
INFERRED = Mark("*", "推断,原文无此值", "italic cyan")
DOUBTFUL = Mark("~", f"可信度低于 {LOW_CONFIDENCE}", "yellow")
FAILED = Mark("!", "所在核对未通过", "bold red")
ZERO_STYLE: Final = "dim"
_TRAILING: Final = frozenset({INFERRED.sign, DOUBTFUL.sign, FAILED.sign})


def suspects(checks: Iterable[CheckResult], report: Report) -> frozenset[str]:
    """Return the cells to mark for failed `checks`: of the cells that a failed check looked at, the
    last (its total) and those that add something.  Zeros and blanks are left alone: marking whole
    rows of zeros would hide the figures that matter."""
    values = report.values()
    return frozenset(
        path
        for check in checks
        if check.status == "fail"
        for path in check.cells
        if values.get(path) or path == check.cells[-1]
    )


def cell_text(cell: CellValue | None, *, failed: bool) -> Text:
    """Return what stands in the cell; `failed` marks it as part of a failed check.

    No cell at all is shown as a missing one.  What has no mark ends in a blank, so that in a column
    aligned to the right the digits stand under each other.
    """
    if cell is None or cell.value is None:
        shown = BLANK if cell is not None and cell.source == "blank" else MISSING
        text = Text(shown.sign, style=shown.style)
    else:
        text = Text(number_text(cell.value), style="" if cell.value else ZERO_STYLE)
        if cell.source == "inferred":
            text = _marked(text, INFERRED)
        if cell.confidence < LOW_CONFIDENCE:
            text = _marked(text, DOUBTFUL)
    if failed:
        text = _marked(text, FAILED)
    return text if text.plain[-1] in _TRAILING else Text(f"{text.plain} ", style=text.style)


def legend(texts: Iterable[Text]) -> Text | None:
    """Return the meaning of each sign that `texts` use, None when they use none."""
    plain = "".join(text.plain for text in texts)
    used = [m for m in (BLANK, MISSING, INFERRED, DOUBTFUL, FAILED) if m.sign in plain]
    if not used:
        return None
    line = Text()
    line.append("图例  ", style="dim")
    for index, mark in enumerate(used):
        line.append("  " if index else "")
        line.append(mark.sign, style=mark.style)
        line.append(f" {mark.meaning}", style="dim")
    return line


def _marked(text: Text, mark: Mark) -> Text:
    return Text(text.plain + mark.sign, style=mark.style)
