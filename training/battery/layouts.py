"""How a draft becomes a page: flattened text in many manners, HTML and PDF.

A text layout makes chunks, the lines of a page with what each belongs to, so that damages of the page
(furniture, torn rows, repeated headers) can find their places before the lines are joined.
"""

from __future__ import annotations

import html
import io
import random
from collections.abc import Callable
from dataclasses import dataclass

from training.battery.draft import Cell, Draft, Grid

Rows = list[list[str]]


@dataclass(frozen=True)
class Chunk:
    """A line of the page.  `tag` is "head", "title", "intro", "heading", "text", "table" or "tail";
    a line of a table says which, and which row of it."""

    text: str
    tag: str
    table: str = ""
    row: int = -1
    is_head: bool = False


@dataclass(frozen=True)
class TextLayout:
    """`table` prints a grid as lines grouped by row; `joiner` stands between lines of the page."""

    name: str
    table: Callable[[Grid, random.Random], Rows]
    joiner: str = "\n"
    indent: str = ""
    heading: str = ""


def chunks(draft: Draft, layout: TextLayout, rng: random.Random) -> list[Chunk]:
    """Return the lines of the page."""
    lines = [Chunk(text, "head") for text in draft.head]
    lines += [Chunk(text, "title") for text in draft.title_lines()]
    lines += [Chunk(text, "head") for text in draft.meta]
    lines += [Chunk(layout.indent + text, "intro") for text in draft.intro]
    for section in draft.sections:
        if section.heading is not None:
            lines.append(Chunk(layout.heading + section.heading, "heading"))
        lines += [Chunk(layout.indent + text, "text") for text in section.before]
        if section.grid:
            for row, texts in enumerate(layout.table(section.grid, rng)):
                is_head = row < section.grid.head_rows
                lines += [Chunk(t, "table", section.grid.table, row, is_head) for t in texts]
        lines += [Chunk(layout.indent + text, "text") for text in section.after]
    lines += [Chunk(text, "tail") for text in (*draft.signature, *draft.tail)]
    return lines


def join(lines: list[Chunk], layout: TextLayout) -> str:
    """Return the page."""
    return layout.joiner.join(chunk.text for chunk in lines) + "\n"


def padded_row(row: list[Cell]) -> list[str]:
    """Return the texts of a row with an empty one, at its end, for each further column covered."""
    return [cell.text for cell in row] + [""] * sum(cell.colspan - 1 for cell in row)


def _flat(text: str) -> str:
    """Return a label on one line: a row layout cannot keep the line breaks of a cell."""
    return text.replace("\n", " ")


def _pipes_padded(grid: Grid, rng: random.Random) -> Rows:
    """`label | 0 | 0 | ||`: each covered column leaves a pipe at the end of its row."""
    rows = []
    for cells in grid.rows():
        texts = [_flat(cell.text) for cell in cells]
        padding = "|" * (len(padded_row(cells)) - len(texts))
        rows.append([" | ".join(texts) + " |" + (f" {padding}" if padding else "")])
    return rows


def _pipes_bare(grid: Grid, rng: random.Random) -> Rows:
    return [[" | ".join(_flat(cell.text) for cell in cells)] for cells in grid.rows()]


def _pipes_leading(grid: Grid, rng: random.Random) -> Rows:
    return [[f"| {line[0]} |"] for line in _pipes_bare(grid, rng)]


def _cells(grid: Grid, after: str, between: tuple[str, ...], blank: tuple[str, ...]) -> Rows:
    """Return one line a cell, `after` ending each and `between` following it; an empty cell is
    `blank`."""
    rows = []
    for cells in grid.rows():
        lines: list[str] = []
        for cell in cells:
            lines += [cell.text + after, *between] if cell.text else [*blank]
        rows.append(lines)
    return rows


def _cell_lines(grid: Grid, rng: random.Random) -> Rows:
    return _cells(grid, "", (), ("",))


def _cell_lines_blank(grid: Grid, rng: random.Random) -> Rows:
    deep = rng.random() < 0.4
    rows = _cells(grid, "", ("",), ("", ""))
    if not deep:
        return rows
    return [[" " * rng.randint(4, 40) + t if t else t for t in row] for row in rows]


def _cell_lines_pipe(grid: Grid, rng: random.Random) -> Rows:
    return _cells(grid, " |", (), ("|",))


def _cell_lines_lone_pipe(grid: Grid, rng: random.Random) -> Rows:
    return _cells(grid, "", ("|",), ("|",))


def _tabs(grid: Grid, rng: random.Random) -> Rows:
    padding = rng.random() < 0.5
    return [
        ["\t".join(map(_flat, padded_row(row) if padding else [c.text for c in row]))]
        for row in grid.rows()
    ]


def _spaces(grid: Grid, rng: random.Random) -> Rows:
    gap = rng.choice((" ", "  ", "    "))
    return [[gap.join(_flat(c.text) for c in row if c.text)] for row in grid.rows()]


def _markdown(grid: Grid, rng: random.Random) -> Rows:
    rows = []
    for at, row in enumerate(_whole_rows(grid)):
        lines = ["| " + " | ".join(map(_flat, row)) + " |"]
        rows.append([*lines, "|" + " --- |" * grid.width()] if at == 0 else lines)
    return rows


def _whole_rows(grid: Grid) -> Rows:
    """Return the rows of the full grid: a cell's text where it starts, nothing where it reaches."""
    rows = [[""] * grid.width() for _ in grid.rows()]
    for cell in grid.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def _label_then_values(grid: Grid, rng: random.Random) -> Rows:
    gap = rng.choice((" | ", " ", "\t"))
    rows = []
    for row in grid.rows():
        labels = [c.text for c in row if c.kind != "value" and c.text]
        values = [c.text for c in row if c.kind == "value"]
        rows.append(labels + ([gap.join(values)] if values else []))
    return rows


def _one_line_table(grid: Grid, rng: random.Random) -> Rows:
    gap = rng.choice((" | ", " ", "  "))
    texts = [_flat(cell.text) for row in grid.rows() for cell in row if cell.text]
    return [[gap.join(texts)]]


def _spaced(grid: Grid, rng: random.Random) -> Rows:
    return [[" ".join(_flat(c.text) for c in row if c.text)] for row in grid.rows()]


def _glued(grid: Grid, rng: random.Random) -> Rows:
    rows = [["".join(c.text for c in row)] for row in grid.rows()]
    return [[text.replace("\n", "").replace(" ", "")] for row in rows for text in row]


def _glued_values(grid: Grid, rng: random.Random) -> Rows:
    """Labels apart, the values of a row without anything between them."""
    gap = rng.choice((" ", " | ", "\t", "\n"))
    rows = []
    for row in grid.rows():
        labels = [c.text for c in row if c.kind != "value" and c.text]
        values = "".join(c.text for c in row if c.kind == "value")
        rows.append(gap.join([*labels, values] if values else labels).split("\n"))
    return rows


def _detached(grid: Grid, rng: random.Random) -> Rows:
    """All labels first, then the values by themselves, the way some PDF conversions leave them."""
    labels = [[cell.text] for row in grid.rows() for cell in row if cell.kind != "value"]
    each = rng.random() < 0.4
    values = [[c.text for c in row if c.kind == "value"] for row in grid.rows()]
    rows = [run if each else [" ".join(run)] for run in values if run]
    return [[line for label in labels for line in label], *rows]


PLAIN: dict[str, TextLayout] = {
    layout.name: layout
    for layout in (
        TextLayout("pipes-padded", _pipes_padded),
        TextLayout("pipes-bare", _pipes_bare),
        TextLayout("pipes-leading", _pipes_leading),
        TextLayout("cell-lines", _cell_lines),
        TextLayout("cell-lines-blank", _cell_lines_blank, joiner="\n", indent="  "),
        TextLayout("cell-lines-pipe", _cell_lines_pipe),
        TextLayout("cell-lines-lone-pipe", _cell_lines_lone_pipe),
        TextLayout("tabs", _tabs),
        TextLayout("spaces", _spaces, indent="　　"),
        TextLayout("markdown", _markdown, heading="## "),
        TextLayout("label-then-values", _label_then_values),
        TextLayout("one-line-table", _one_line_table),
    )
}
#: Layouts that come with a damage and are never drawn for an undamaged page.
SPECIAL: dict[str, TextLayout] = {
    layout.name: layout
    for layout in (
        TextLayout("glued", _glued, joiner=""),
        TextLayout("glued-values", _glued_values),
        TextLayout("one-line", _spaced, joiner=" "),
        TextLayout("detached", _detached),
    )
}
#: Layouts that put a report on one line.
ONE_LINE = frozenset({"glued", "one-line"})
MARKUP = ("html-utf8", "html-gbk")
#: Layouts that keep the place of an empty cell.
POSITIONAL = frozenset(
    {
        "pipes-padded",
        "pipes-bare",
        "pipes-leading",
        "cell-lines",
        "cell-lines-pipe",
        "tabs",
        "markdown",
        *MARKUP,
    }
)
#: Layouts in which a blank inside a value cannot be taken for the end of a cell.
FENCED = POSITIONAL | {"cell-lines-blank", "cell-lines-lone-pipe"}
TEXTS = frozenset(PLAIN)
#: Layouts with a line, or several, for each row.
ROWED = TEXTS - {"one-line-table"}


def page_html(draft: Draft, charset: str, rng: random.Random) -> str:
    """Return the page as HTML with the tables as real grids."""
    style = rng.choice(("", ' style="text-indent:2em"', ' class="p15"'))
    parts = [f"<p>{html.escape(text)}</p>" for text in draft.head]
    parts += [f"<h1>{'<br>'.join(map(html.escape, draft.title_lines()))}</h1>"]
    parts += [f'<div class="info">{html.escape(text)}</div>' for text in draft.meta]
    parts += [f"<p{style}>{html.escape(text)}</p>" for text in draft.intro]
    for section in draft.sections:
        if section.heading is not None:
            mark = rng.choice(("strong", "b", "span"))
            parts.append(f"<p{style}><{mark}>{html.escape(section.heading)}</{mark}></p>")
        parts += [f"<p{style}>{html.escape(text)}</p>" for text in section.before]
        if section.grid:
            parts.append(table_html(section.grid, rng))
        parts += [f"<p{style}>{html.escape(text)}</p>" for text in section.after]
    parts += [f"<p>{html.escape(text)}</p>" for text in (*draft.signature, *draft.tail)]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="{charset}"><title>'
        f"{html.escape(''.join(draft.title))}</title><style>td{{border:1px solid}}</style></head>"
        f'<body><div id="content">\n{body}\n</div><script>var n = 12345;</script></body></html>\n'
    )


def table_html(grid: Grid, rng: random.Random) -> str:
    """Return one table with its row and column spans."""
    empty = rng.choice(("", "&nbsp;", "<p></p>"))
    inner = rng.choice(("{}", "<p>{}</p>", '<p><span style="font-size:14px">{}</span></p>'))
    rows = []
    for row in grid.rows():
        cells = []
        for cell in row:
            spans = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
            spans += f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
            text = html.escape(cell.text).replace("\n", "<br>")
            cells.append(f"<td{spans}>{inner.format(text) if text else empty}</td>")
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return '<table border="1"><tbody>\n' + "\n".join(rows) + "\n</tbody></table>"


def page_pdf(draft: Draft) -> bytes:
    """Return the page as a PDF with ruled tables and a font that is named but not embedded."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    body = ParagraphStyle("body", fontName="STSong-Light", fontSize=11, leading=18, wordWrap="CJK")
    small = ParagraphStyle("cell", parent=body, fontSize=7, leading=9)
    flow: list[Flowable] = []

    def say(texts: list[str]) -> None:
        flow.extend(Paragraph(html.escape(text), body) for text in texts)

    say([*draft.head, *draft.title_lines(), *draft.meta, *draft.intro])
    for section in draft.sections:
        say([section.heading] if section.heading is not None else [])
        say(section.before)
        if section.grid:
            rows = [
                [Paragraph(html.escape(t), small) if t else "" for t in row]
                for row in _whole_rows(section.grid)
            ]
            marks: list[tuple[object, ...]] = [("GRID", (0, 0), (-1, -1), 0.5, "black")]
            for cell in section.grid.cells:
                end = (cell.column + cell.colspan - 1, cell.row + cell.rowspan - 1)
                marks.append(("SPAN", (cell.column, cell.row), end))
            marks += [("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]
            flow.append(Table(rows, _widths(section.grid), style=TableStyle(marks)))
            flow.append(Spacer(1, 8))
        say(section.after)
    say([*draft.signature, *draft.tail])
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, invariant=1).build(flow)
    return out.getvalue()


def _widths(grid: Grid) -> list[int]:
    """Return column widths in points that leave room for the labels."""
    if grid.table == "requests":
        return [40, 60, 130, *[33] * 7]
    return [440 // grid.width()] * grid.width()
