"""The record as a person reads it: head, the three tables as printed, findings, facts, sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console, ConsoleRenderable, RichCast
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from nianbao.checks.names import TABLE_NAMES, cell_name, number_text
from nianbao.document import Document
from nianbao.report import Report, Warning_
from nianbao.rules.forms import REQUESTS
from nianbao.view.layout import table_grid
from nianbao.view.marks import FAILED, cell_text, legend, suspects

#: A table is drawn at this width where there is room; wider lines are hard to follow.
TABLE_WIDTH: Final = 100

FORM_NAMES: Final[dict[str, str]] = {
    "2021": "2021 年格式(国办公开办函〔2021〕30号)",
    "2019": "2019 年格式(国办公开办函〔2019〕60号)",
    "pre2019": "2019 年以前的统计表",
}

Renderable = ConsoleRenderable | RichCast | str


def render_report(report: Report, document: Document, console: Console) -> None:
    """Print `report` on `console`.  `document` is what it was read from; findings are located by
    its lines.  Nothing but plain characters is needed: without colour every mark is still there."""
    for part in _parts(report, document, min(console.width, TABLE_WIDTH)):
        console.print(part)


def brief(report: Report, document: Document) -> Iterator[Renderable]:
    """Yield the head of `report`, the table of requests and the findings: what fits a picture."""
    yield from _head(report)
    yield from _tables(report, TABLE_WIDTH, only=REQUESTS)
    yield from _checks(report)
    yield from _warnings(report, document)


def line_number(document: Document, offset: int) -> int:
    """Return the line of the character at `offset`, counted from 1."""
    return document.text.count("\n", 0, offset) + 1


def _parts(report: Report, document: Document, width: int) -> Iterator[Renderable]:
    yield from _head(report)
    if report.is_report:
        yield from _tables(report, width)
        yield from _checks(report)
    yield from _warnings(report, document)
    yield from _facts(report)
    yield from _sections(report, width)


def _head(report: Report) -> Iterator[Renderable]:
    if not report.is_report:
        chance = f"(是年报的概率 {report.is_report_score:.2f})"
        yield Text(f"不是政府信息公开工作年度报告{chance}", style=FAILED.style)
        return
    yield Text(report.title or "(未找到标题)", style="bold")
    form = FORM_NAMES.get(report.format or "", "无法判断")
    for items in (
        (("机关", report.agency), ("年度", report.year), ("公布日期", report.published)),
        (("格式", form), ("全部单元格无误的可信度", f"{report.confidence:.2f}")),
    ):
        line = Text()
        for name, value in items:
            line.append("   " if line else "")
            line.append(f"{name} ", style="dim")
            line.append("未找到" if value is None else str(value))
        yield line


def _tables(report: Report, width: int, only: str | None = None) -> Iterator[Renderable]:
    cells = {cell.path: cell for cell in report.cells}
    marked = suspects(report.checks, report)
    shown: list[Text] = []

    def show(path: str) -> Text:
        text = cell_text(cells.get(path), failed=path in marked)
        shown.append(text)
        return text

    for table, name in TABLE_NAMES.items():
        if only not in {None, table}:
            continue
        yield Text()
        yield Text(name, style="bold")
        grid = table_grid(table, cells.keys(), show, width)
        yield grid if grid is not None else Text("(没有这张表)", style="dim")
    line = legend(shown)
    if line is not None:
        yield line


def _checks(report: Report) -> Iterator[Renderable]:
    tally = {"pass": 0, "fail": 0, "skipped": 0}
    for check in report.checks:
        tally[check.status] += 1
    yield from _heading("核对")
    yield Text(
        f"{tally['pass']} 项通过，{tally['fail']} 项未通过，{tally['skipped']} 项因空缺未核对",
        style="" if tally["fail"] else "green",
    )
    failed = [check for check in report.checks if check.status == "fail"]
    yield _findings(FAILED.sign, FAILED.style, ((check.message, check.id) for check in failed))


def _warnings(report: Report, document: Document) -> Iterator[Renderable]:
    warnings = [w for w in report.warnings if w.code != "not_a_report"]  # the head says that
    if not warnings:
        return
    yield from _heading("提示")
    findings = ((f"{w.message}{_place(w, document)}", w.code) for w in warnings)
    yield _findings("•", "yellow", findings)


def _place(warning: Warning_, document: Document) -> str:
    if warning.start is None or not warning.end:
        return ""
    return f"(第 {line_number(document, warning.start)} 行)"


def _facts(report: Report) -> Iterator[Renderable]:
    if not report.facts:
        return
    yield from _heading("正文所述数字")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for fact in report.facts:
        year = "" if fact.year is None else f"{fact.year} 年"
        quote = Text(f"「{one_line(fact.text)}」", style="dim")
        table.add_row(fact.name, f"{number_text(fact.value)} {fact.unit}".rstrip(), year, quote)
    yield Padding(table, (0, 0, 0, 2))


def _sections(report: Report, width: int) -> Iterator[Renderable]:
    if not report.sections:
        return
    yield from _heading("章节")
    for section in report.sections:
        text = Text("  ", no_wrap=True, overflow="ellipsis")
        text.append(section.heading, style="bold")
        text.append(f"  {one_line(section.text) or '(无正文)'}", style="dim")
        text.truncate(width, overflow="ellipsis")
        yield text


def cell_title(path: str, report: Report) -> str:
    """Return the printed names of row and column of the cell at `path`."""
    return cell_name(path, report.format or "2021")


def one_line(text: str) -> str:
    """Return `text` with every run of white space as one blank."""
    return " ".join(text.split())


def _heading(name: str) -> Iterator[Renderable]:
    yield Text()
    yield Rule(Text(name, style="bold"), align="left", style="dim")


def _findings(sign: str, style: str, findings: Iterable[tuple[str, str]]) -> Renderable:
    """Return one line for each (message, code), continued under itself."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(style=style, no_wrap=True)
    table.add_column(overflow="fold")
    for message, code in findings:
        table.add_row(sign, Text.assemble(message, "  ", (code, "dim")))
    return Padding(table, (0, 0, 0, 2))
