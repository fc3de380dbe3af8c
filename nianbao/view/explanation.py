"""Why a cell holds its value: the line it was read from, its score, its source, its checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from rich.cells import cell_len
from rich.console import Group
from rich.table import Table
from rich.text import Text

from nianbao.checks.names import TABLE_NAMES, CellPath, cell_name, number_text
from nianbao.document import Document
from nianbao.exceptions import NianbaoError
from nianbao.report import CellValue, Report
from nianbao.view.marks import LOW_CONFIDENCE, SOURCE_NAMES

#: Terminal columns shown before and after the value, for a whole table may stand on one line; more
#: before, where the label of its row stands.
BEFORE: Final = 56
AFTER: Final = 24

_STATUS_NAMES: Final[dict[str, tuple[str, str]]] = {
    "pass": ("通过", "green"),
    "fail": ("未通过", "bold red"),
    "skipped": ("未核对", "dim"),
}


class UnknownPath(NianbaoError):
    """A path that no cell of the report has."""

    code = "unknown_path"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line of the text around a value.  `before + value + after` is as wide as it looks: each
    character stands for one of the source, except for the `…` where the line goes on."""

    number: int
    before: str
    value: str
    after: str

    @property
    def underline(self) -> str:
        """Blanks up to the value, then carets under it."""
        return " " * cell_len(self.before) + "^" * max(cell_len(self.value), 1)


def explain(report: Report, document: Document, path: str) -> Group:
    """Return what is known of the cell at `path`, to be printed by rich.

    Raises UnknownPath, naming the closest paths, when the report has no such cell.
    """
    cell = find_cell(report, path)
    form = report.format or "2021"
    table = TABLE_NAMES[CellPath.parse(path).table]
    facts = _fields()
    facts.add_row("路径", path)
    facts.add_row("取值", Text("null" if cell.value is None else number_text(cell.value), "bold"))
    facts.add_row("来源", f"{cell.source}({SOURCE_NAMES[cell.source]})")
    doubtful = cell.confidence < LOW_CONFIDENCE
    facts.add_row("得分", Text(f"{cell.confidence:.4f}", "yellow" if doubtful else ""))
    if cell.reason:
        facts.add_row("理由", cell.reason)
    if cell.candidates:
        facts.add_row("可能的读法", "、".join(number_text(c) for c in cell.candidates))
    title = Text(f"{table} {cell_name(path, form)}", style="bold")
    source = _source_lines(cell, document, facts)
    return Group(title, facts, *source, _check_lines(report, path))


def find_cell(report: Report, path: str) -> CellValue:
    """Return the cell at `path`; raise UnknownPath when there is none."""
    cells = {cell.path: cell for cell in report.cells}
    if path in cells:
        return cells[path]
    if not cells:
        raise UnknownPath(f"没有单元格 {path}：这份输入里没有读出任何表格")
    close = get_close_matches(path, cells, n=3, cutoff=0.5)
    hint = f"。相近的有：{'、'.join(close)}" if close else "。路径写作 表.行.列"
    raise UnknownPath(f"没有单元格 {path}{hint}")


def excerpts(document: Document, start: int, end: int) -> Iterator[Excerpt]:
    """Yield the lines that `[start, end)` touches; a value torn over two lines has two."""
    first = document.text.rfind("\n", 0, start) + 1
    number = document.text.count("\n", 0, first) + 1
    while first <= end:
        last = document.text.find("\n", first)
        last = len(document.text) if last < 0 else last
        left, right = max(start, first), min(end, last)
        if left < right or start == end:
            before = _shortened(reversed(printable(document.text[first:left])), BEFORE)
            after = _shortened(printable(document.text[right:last]), AFTER)
            value = printable(document.text[left:right])
            yield Excerpt(number, "".join(reversed(before)), value, "".join(after))
        if last >= end:
            return
        first, number = last + 1, number + 1


def printable(text: str) -> str:
    """Return `text` with one visible character for each of its own, so that a caret line fits.

    White space becomes a blank; what has no width or moves the cursor becomes `·`.
    """
    return "".join(
        " " if char.isspace() and char != "\u3000" else char if cell_len(char) > 0 else "·"
        for char in text
    )


def _shortened(text: Iterable[str], room: int) -> list[str]:
    """Return the first characters of `text` that fit `room` terminal columns, with `…` for the
    rest."""
    kept: list[str] = []
    for char in text:
        room -= cell_len(char)
        if room < 0:
            return [*kept, "…"]
        kept.append(char)
    return kept


def _source_lines(cell: CellValue, document: Document, facts: Table) -> list[Text]:
    """Add where the value stands to `facts`; return the lines of the text that show it."""
    if cell.start is None or cell.end is None:
        facts.add_row("原文", Text("没有对应的位置", "dim"))
        return []
    facts.add_row("原文", f"{cell.raw!r}  [{cell.start}, {cell.end})")
    lines = []
    for excerpt in excerpts(document, cell.start, cell.end):
        number = f"{excerpt.number:>6} │ "
        line = Text(no_wrap=True, overflow="ignore")
        line.append(number, style="dim")
        line.append(excerpt.before)
        line.append(excerpt.value, style="bold reverse")
        line.append(excerpt.after)
        caret = Text(no_wrap=True, overflow="ignore")
        caret.append("       │ ", style="dim")
        caret.append(excerpt.underline, style="bold red")
        lines += [line, caret]
    return lines


def _check_lines(report: Report, path: str) -> Table:
    checks = _fields()
    touching = [check for check in report.checks if path in check.cells]
    if not touching:
        checks.add_row("核对", Text("没有核对用到这一格", "dim"))
    for check in sorted(touching, key=lambda check: check.status != "fail"):
        name, style = _STATUS_NAMES[check.status]
        outcome = Text.assemble((name, style), "  ", check.message, "  ", (check.id, "dim"))
        checks.add_row("核对", outcome)
    return checks


def _fields() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table
