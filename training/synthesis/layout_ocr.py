"""Layouts of a recogniser: boxes in reading order, one a line or those of a row joined.

What recognisers do to a table: a label's second line stands below its values or among them, a head
over several rows slides into another row, boxes side by side become one or fall on two lines, dust
and letters of the seal become boxes.  (A lone 0 that is not seen: `damage_tables.zeros_unseen`.)
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.synthesis.layout import Row, Writer, is_blank, rows_of
from training.synthesis.layout_flat import TableWriter
from training.synthesis.layout_loose import sunk, wrapped
from training.synthesis.model import GridCell, GridTable

_DUST = "·.、'*★章印局公专用室办人民府委合同。:;~"


def ocr(rng: Random, *, joiner: str) -> TableWriter:
    """Boxes in order, a wrapped label's further lines below its row; `joiner` between the boxes."""
    slide = rng.random() < 0.7
    swap = rng.choice((0.0, 0.02, 0.1))
    width = rng.choice((8, 10, 12, 14, 99, 99))

    def write(writer: Writer, table: GridTable) -> None:
        rows = rows_of(table)
        for row in sunk(rows) if slide else rows:
            shown = [cell for cell in _shuffled(row, rng, swap) if not is_blank(cell)]
            late: list[GridCell] = []
            for number, cell in enumerate(shown):
                first, *more = wrapped(cell, width)
                writer.text(joiner if number else "")
                writer.cell(first)
                late.extend(more)
            for cell in late:
                writer.text("\n")
                writer.continued(cell)
            if shown:
                writer.text("\n")

    return write


def _shuffled(row: Row, rng: Random, chance: float) -> Row:
    """A row with two neighbours swapped once in a while: boxes of unequal height."""
    if len(row) > 2 and rng.random() < chance:
        at = rng.randrange(len(row) - 1)
        if row[at].kind != "value" and row[at + 1].kind != "value":
            row = [*row[:at], row[at + 1], row[at], *row[at + 2 :]]
    return row


@dataclass(frozen=True, slots=True)
class _Scan:
    """How bad one page is: chances per box, `width` of a label column in characters, `slide` in rows,
    and where a label's further lines go ("between" its values, "after" them, "below" the row)."""

    joiner: str
    width: int
    further: str
    slide: int
    merged: float
    broken: float
    dust: float


def torn_boxes(rng: Random, *, joiner: str) -> TableWriter:
    """Boxes of a bad scan; `joiner` between the boxes of a row."""
    scan = _Scan(
        joiner,
        width=rng.choice((5, 6, 8, 10, 12, 16, 99)),
        further=rng.choice(("between", "between", "after", "below")),
        slide=rng.choice((0, 0, 1, 1, 2, 4)),
        merged=rng.choice((0.0, 0.0, 0.05, 0.3)),
        broken=rng.choice((0.0, 0.0, 0.02, 0.08)),
        dust=rng.choice((0.0, 0.0, 0.005, 0.02)),
    )

    def write(writer: Writer, table: GridTable) -> None:
        for row in _slid(rows_of(table), rng, scan.slide):
            _write_row(writer, row, rng, scan)

    return write


def _slid(rows: list[Row], rng: Random, most: int) -> list[Row]:
    """Rows with each cell that spans several put into one of those, or up to `most` beyond them; what
    slides stands before its row, among the labels, or behind some of the values."""
    slid: list[Row] = [[] for _ in rows]
    sliding: list[tuple[int, GridCell]] = []
    for index, row in enumerate(rows):
        for cell in row:
            if cell.rowspan == 1 or not most:
                slid[min(index + (cell.rowspan - 1) // 2, len(rows) - 1)].append(cell)
                continue
            target = index + rng.randint(0, cell.rowspan - 1) + rng.randint(-most, most)
            sliding.append((min(max(target, 0), len(rows) - 1), cell))
    slid = [sorted(row, key=lambda c: c.column) for row in slid]
    for target, cell in sliding:
        row = slid[target]
        row.insert(0 if rng.random() < 0.7 else rng.randint(0, len(row)), cell)
    return slid


def _write_row(writer: Writer, row: Row, rng: Random, scan: _Scan) -> None:
    """Write the boxes of one row and end the line."""
    first: Row = []
    below: list[Row] = []
    for cell in row:
        if is_blank(cell):
            continue
        line, *more = wrapped(cell, scan.width)
        first.append(line)
        for level, further in enumerate(more):
            if level == len(below):
                below.append([])
            below[level].append(further)
    if scan.further != "below" and any(cell.kind == "value" for cell in first):
        for line in below:
            for cell in line:
                at = len(first)
                if scan.further == "between":
                    at = rng.randint(first.index(_opening(first, cell)) + 1, len(first))
                first.insert(at, cell)
        below = []
    for line in (first, *below):
        _write_line(writer, line, rng, scan)


def _opening(boxes: Row, cell: GridCell) -> GridCell:
    """The last box before the values of the label that `cell` goes on with."""
    same = [
        box
        for box in boxes
        if (box.row, box.column, box.kind) == (cell.row, cell.column, cell.kind)
    ]
    return same[-1]


def _write_line(writer: Writer, boxes: Row, rng: Random, scan: _Scan) -> None:
    before: GridCell | None = None
    for cell in boxes:
        value = cell.kind == "value"
        if before is not None:
            both = value and before.kind == "value"
            draw = rng.random()
            gap = " " if both and draw < scan.merged else scan.joiner
            writer.text("\n" if draw > 1 - scan.broken else gap)
        if rng.random() < scan.dust:
            writer.text(rng.choice(_DUST) + scan.joiner)
        same = before is not None and (before.row, before.column) == (cell.row, cell.column)
        (writer.continued if same or before is None else writer.cell)(cell)
        before = cell
    if before is not None:
        writer.text("\n")
