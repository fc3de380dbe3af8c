"""Flattened text: a table with pipes, tabs, spaces, one cell a line, or in Markdown.

Each maker draws its variant from `rng` once for a report and returns what writes one table.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from training.synthesis.layout import Row, Writer, is_blank, rows_of
from training.synthesis.model import GridTable

TableWriter = Callable[[Writer, GridTable], None]


def _padding(row: Row, columns: int, extra: int) -> int:
    """How many bars a converter appends: the grid columns that the row's cells do not fill."""
    return max(0, columns + extra - len(row))


def pipes(rng: Random) -> TableWriter:
    """One row a line: `a | b | c | ||`."""
    lead = rng.random() < 0.25
    trail = lead or rng.random() < 0.8
    pad = trail and rng.random() < 0.55
    extra = rng.choice((0, 0, 0, 1, 2, 8)) if pad else 0
    covered = not pad and rng.random() < 0.25
    blank_breaks = trail and not lead and rng.random() < 0.12
    bar = rng.choice((" | ", " | ", " | ", "|", " |", "| "))
    last_row_bare = rng.random() < 0.5

    def write(writer: Writer, table: GridTable) -> None:
        rows, columns = rows_of(table), table.columns
        for index, row in enumerate(rows):
            if not row:
                continue
            writer.text("| " if lead else "")
            if covered:
                writer.text("| " * min((cell.column for cell in row), default=0))
            broken = False
            for number, cell in enumerate(row):
                final = number == len(row) - 1
                if is_blank(cell):
                    if blank_breaks:
                        writer.text("\n|")
                    else:
                        writer.text("|" if final else "| ")
                    broken = blank_breaks
                    continue
                writer.text("\n" if broken else "")
                broken = False
                writer.cell(cell)
                if not final:
                    writer.text(bar)
                elif trail:
                    writer.text(bar.rstrip())
            count = _padding(row, columns, extra)
            if pad and count and not (last_row_bare and index == len(rows) - 1):
                writer.text(" " + "|" * count)
            writer.text("\n")

    return write


def cells_with_pipe(rng: Random) -> TableWriter:
    """One cell a line, each followed by a bar; a blank cell is a lone bar."""
    pad = rng.choice(("none", "same", "own", "own"))
    extra = rng.choice((0, 0, 1, 2, 7))
    row_bar = rng.random() < 0.2
    values_together = rng.random() < 0.3
    bar = rng.choice((" |", " |", "|"))

    def write(writer: Writer, table: GridTable) -> None:
        columns = table.columns
        for row in rows_of(table):
            if not row:
                continue
            writer.text("|\n" if row_bar else "")
            for number, cell in enumerate(row):
                following = row[number + 1] if number + 1 < len(row) else None
                if not is_blank(cell):
                    writer.cell(cell)
                    writer.text(bar)
                else:
                    writer.text("|")
                if following is None:
                    break
                together = values_together and cell.kind == following.kind == "value"
                writer.text(" " if together else "\n")
            count = _padding(row, columns, extra)
            if count and pad != "none":
                writer.text(("\n" if pad == "own" else " ") + "|" * count)
            writer.text("\n")

    return write


def lone_pipes(rng: Random) -> TableWriter:
    """One cell a line with a bar on a line of its own between, or a bar at each line's head."""
    leading = rng.random() < 0.35
    after_row = rng.random() < 0.8
    gap = rng.choice(("\n", "\n", "\n", "\n\n"))

    def write(writer: Writer, table: GridTable) -> None:
        for row in rows_of(table):
            for number, cell in enumerate(row):
                if number:
                    writer.text("| " if leading else "|" + gap)
                if not is_blank(cell):
                    writer.cell(cell)
                    writer.text(gap)
                elif leading:
                    writer.text("\n")
            if row and after_row:
                writer.text("|" + gap)

    return write


_INDENTS = ("", "", " ", "  ", "    ", "        ", "\u3000", "\u3000\u3000", "\u00a0", "\u00a0 ")


def cell_lines(rng: Random, *, spaced: bool) -> TableWriter:
    """One cell a line, bare; with `spaced`, blank lines between and ragged indents."""
    gap = rng.choice(("\n\n", "\n\n", "\n\n\n", "\n \n", "\n\u00a0\n")) if spaced else "\n"
    blank = rng.choice(("", "keep", "keep", "\u00a0"))
    row_gap = rng.choice(("", "", "\n", "\n\n")) if spaced or rng.random() < 0.15 else ""
    ragged = spaced and rng.random() < 0.6
    depth = "" if not spaced else " " * rng.choice((0, 0, 4, 12, 24))

    def write(writer: Writer, table: GridTable) -> None:
        for row in rows_of(table):
            for cell in row:
                if is_blank(cell):
                    if blank:
                        writer.text(("" if blank == "keep" else blank) + gap)
                    continue
                writer.text(depth)
                if ragged:
                    writer.text(rng.choice(_INDENTS))
                writer.cell(cell)
                writer.text(gap)
            writer.text(row_gap)

    return write


def label_then_values(rng: Random) -> TableWriter:
    """The labels of a row on one line (or each on its own), its values on the next."""
    joiner = rng.choice((" ", "  ", " | ", "\t", "|"))
    bar = " |" if "|" in joiner and rng.random() < 0.6 else ""
    label_joiner = rng.choice(("\n", joiner))
    heads_apart = rng.random() < 0.4

    def write(writer: Writer, table: GridTable) -> None:
        for row in rows_of(table):
            labels = [cell for cell in row if cell.kind != "value"]
            values = [cell for cell in row if cell.kind == "value"]
            for number, cell in enumerate(labels):
                if number:
                    apart = heads_apart and cell.kind == "head"
                    writer.text(bar + "\n" if apart or label_joiner == "\n" else label_joiner)
                writer.cell(cell)
            if labels:
                writer.text(bar + "\n")
            for number, cell in enumerate(values):
                writer.text(joiner if number else "")
                writer.cell(cell)
            if values:
                writer.text(bar + "\n")

    return write


def separated(rng: Random, separators: tuple[str, ...], *, keep_blank: bool) -> TableWriter:
    """One row a line, its cells joined by one of `separators`."""
    separator = rng.choice(separators)
    lead = separator if rng.random() < 0.1 else ""

    def write(writer: Writer, table: GridTable) -> None:
        for row in rows_of(table):
            shown = row if keep_blank else [cell for cell in row if not is_blank(cell)]
            if not shown:
                continue
            writer.text(lead)
            for number, cell in enumerate(shown):
                writer.text(separator if number else "")
                writer.cell(cell)
            writer.text("\n")

    return write


def one_line(rng: Random, *, bars: bool) -> TableWriter:
    """The whole table on one line, with bars or blanks between the cells."""
    joiner = (
        rng.choice((" | ", " | ", "|", " |")) if bars else rng.choice((" ", " ", "  ", "\u3000"))
    )
    end = rng.choice(("\n", " |\n", " |\n|\n")) if bars else rng.choice(("\n", " "))

    def write(writer: Writer, table: GridTable) -> None:
        first = True
        for row in rows_of(table):
            for cell in row:
                blank = is_blank(cell)
                if blank and not bars:
                    continue
                if not first:
                    writer.text("| " if blank and joiner == " | " else joiner)
                writer.cell(cell)
                first = False
        writer.text(end)

    return write


_WRONG_HEADS = (
    ("类别", "数据{}"),
    ("项目", "数值{}"),
    ("列1", "列{}"),
    ("Column 1", "Column {}"),
    ("名称", "数量{}"),
    ("", ""),
    ("Unnamed: 0", "Unnamed: {}"),
)


def markdown(rng: Random, *, rows_apart: bool) -> TableWriter:
    """A Markdown table; with `rows_apart` each row is a little table under a head of its own."""
    rule = rng.choice((" --- |", "---|", ":---:|", "------|", " :-- |"))
    bold = rng.random() < 0.15
    head = rng.choice(_WRONG_HEADS)
    full = rng.random() < 0.7
    wrong_head = rng.random() < 0.25
    start = 1 if rng.random() < 0.6 else 0

    def line(writer: Writer, row: Row, columns: int) -> None:
        writer.text("|")
        filled = 0
        for cell in row:
            if full and cell.column > filled:
                writer.text("  |" * (cell.column - filled))
            writer.text(" ")
            mark = "**" if bold and cell.kind == "head" and not is_blank(cell) else ""
            writer.text(mark)
            writer.cell(cell)
            writer.text(mark + " |")
            filled = cell.column + 1
            if full and cell.colspan > 1:
                writer.text("  |" * (cell.colspan - 1))
                filled = cell.column + cell.colspan
        if full and filled < columns:
            writer.text("  |" * (columns - filled))
        writer.text("\n")

    def wrong(writer: Writer, columns: int) -> None:
        names = [head[0]] + [head[1].format(start + i) for i in range(columns - 1)]
        writer.text("| " + " | ".join(names) + " |\n")

    def write(writer: Writer, table: GridTable) -> None:
        columns = table.columns
        for index, row in enumerate(rows_of(table)):
            if not row:
                continue
            width = columns if full else len(row)
            if rows_apart:
                wrong(writer, width)
                writer.text("|" + rule * width + "\n")
                line(writer, row, width)
                writer.text("\n")
                continue
            if index == 0 and wrong_head:
                wrong(writer, width)
                writer.text("|" + rule * width + "\n")
            line(writer, row, width)
            if index == 0 and not wrong_head:
                writer.text("|" + rule * width + "\n")

    return write
