"""Layouts that tear a table: no separators at all, text taken out of a PDF.

A wrapped label whose lines follow each other is one mark, line ends included; where values stand
between its lines, each stretch is a mark of the same label.
"""

from __future__ import annotations

from random import Random

from training.synthesis.layout import Row, Writer, cut_pieces, is_blank, rows_of
from training.synthesis.layout_flat import TableWriter
from training.synthesis.model import GridCell, GridTable


def glued(rng: Random, *, row_end: str) -> TableWriter:
    """Cells with nothing between them; `row_end` after each row."""
    heads_apart = bool(row_end) and rng.random() < 0.3

    def write(writer: Writer, table: GridTable) -> None:
        for row in rows_of(table):
            written = False
            for cell in row:
                if is_blank(cell):
                    continue
                if written and heads_apart and cell.kind == "head":
                    writer.text(" ")
                writer.cell(cell)
                written = True
            if written:
                writer.text(row_end)

    return write


def glued_values(rng: Random) -> TableWriter:
    """Labels and values each apart, but the values of a row run into one another."""
    gap = rng.choice((" ", "\n", "\t", " | ", ""))

    def write(writer: Writer, table: GridTable) -> None:
        for row in rows_of(table):
            before: GridCell | None = None
            for cell in row:
                if is_blank(cell):
                    continue
                if before is not None and not before.kind == cell.kind == "value":
                    writer.text(gap)
                writer.cell(cell)
                before = cell
            if before is not None:
                writer.text("\n")

    return write


def mixed(rng: Random) -> TableWriter:
    """Separators of several kinds in one table, now and then none."""
    joints = rng.sample((" ", "  ", "\n", " | ", "|", "\t", " |\n", "\n\n", "\u3000", "\u00a0"), 3)
    joints += [joints[0]] * 2 + [""] * rng.choice((0, 1, 2))
    row_ends = rng.sample(("\n", "\n", " ", " |\n", "\n\n", ""), 2)

    def write(writer: Writer, table: GridTable) -> None:
        for row in rows_of(table):
            shown = [cell for cell in row if not is_blank(cell)]
            for number, cell in enumerate(shown):
                writer.text(rng.choice(joints) if number else "")
                writer.cell(cell)
            writer.text(rng.choice(row_ends) if shown else "")

    return write


def sunk(rows: list[Row]) -> list[Row]:
    """Return rows with every cell that spans several put into the middle one, as it stands on paper."""
    sunk: list[Row] = [[] for _ in rows]
    for index, row in enumerate(rows):
        for cell in row:
            sunk[min(index + (cell.rowspan - 1) // 2, len(rows) - 1)].append(cell)
    return [sorted(row, key=lambda c: c.column) for row in sunk]


def wrapped(cell: GridCell, width: int) -> list[GridCell]:
    """Return a label cell cut into the lines that its columns, `width` characters each, break it into."""
    size = len(cell.text)
    width *= cell.colspan
    if cell.kind == "value" or size <= width:
        return [cell]
    lines = cut_pieces(cell.pieces, [width] * (size // width + 1))
    return [
        GridCell(tuple(line), cell.row, cell.column, cell.rowspan, cell.colspan, cell.kind)
        for line in lines
    ]


def pdf_rows(rng: Random) -> TableWriter:
    """Rows of a PDF: a wrapped label before, beside and after the line that holds its values."""
    width = rng.choice((6, 8, 10, 12, 16))
    joiner = rng.choice((" ", " ", "  "))
    slide = rng.random() < 0.6
    middle = rng.random() < 0.75

    def write(writer: Writer, table: GridTable) -> None:
        rows = rows_of(table)
        for row in sunk(rows) if slide else rows:
            shown = [cell for cell in row if not is_blank(cell)]
            if not shown:
                continue
            columns = [wrapped(cell, width) for cell in shown]
            height = max(len(lines) for lines in columns)
            for level in range(height):
                count = 0
                for cell, lines in zip(shown, columns, strict=True):
                    top = (height - len(lines)) // 2 if middle or cell.kind != "value" else 0
                    if top <= level < top + len(lines):
                        writer.text(joiner if count else "")
                        (writer.continued if level > top else writer.cell)(lines[level - top])
                        count += 1
                writer.text("\n" if count else "")

    return write


def pdf_detached(rng: Random) -> TableWriter:
    """Value rows torn from their labels: a block of label lines, then a block of value lines."""
    joiner = rng.choice((" ", " ", "  ", "\t", ""))
    block = rng.choice((4, 6, 9, 40, 40))
    upright = rng.random() < 0.4
    width = rng.choice((8, 12, 99, 99, 99))

    def flush(writer: Writer, labels: list[GridCell], values: list[Row]) -> None:
        for cell in labels:
            for number, line in enumerate(wrapped(cell, width)):
                writer.text("\n" if number else "")
                (writer.continued if number else writer.cell)(line)
            writer.text("\n")
        for row in values:
            for number, cell in enumerate(row):
                writer.text(joiner if number else "")
                writer.cell(cell)
            writer.text("\n")

    def write(writer: Writer, table: GridTable) -> None:
        labels: list[GridCell] = []
        values: list[Row] = []
        for row in rows_of(table):
            shown = [cell for cell in row if not is_blank(cell)]
            numbers = [cell for cell in shown if cell.kind == "value"]
            heads = [cell for cell in shown if cell.kind != "value"]
            if (values and not numbers and heads) or len(values) >= block:
                flush(writer, labels, values)
                labels, values = [], []
            if not numbers:
                for number, cell in enumerate(heads):
                    if upright and cell.kind == "head" and cell.colspan == 1:
                        for level, line in enumerate(wrapped(cell, 1)):
                            (writer.continued if level else writer.cell)(line)
                            writer.text("\n")
                        continue
                    writer.text(" " if number and not writer.at_line_start else "")
                    writer.cell(cell)
                writer.text("" if writer.at_line_start else "\n")
                continue
            labels.extend(heads)
            values.append(numbers)
        flush(writer, labels, values)

    return write
