"""Tables of markup -> grids of data, or flow where the table only arranges the page.

Cells are placed as the HTML standard says (https://html.spec.whatwg.org/multipage/tables.html,
"forming a table"), with spans cut at the end of their row group, as browsers do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from nianbao.reading.flow import Flow, Grid, GridCell, cell_text
from nianbao.reading.limits import MAX_COLSPAN, MAX_GRID_SLOTS, MAX_ROWSPAN

#: Where prose begins.  The longest cell of the statutory forms has some 40 characters, with filling
#: instructions left inside up to 300; a paragraph alone in its row may be shorter than that.
_LONG_CELL: Final = 600
_LONG_LONE_CELL: Final = 200
_MANY_BREAKS: Final = 16  # a paragraph has two, at its start and end
_BLOCK_PROSE: Final = 250
#: A grid inside a cell with no more characters than this is part of the cell's text.
_TINY_GRID: Final = 40


@dataclass(slots=True)
class RawCell:
    """A cell as marked up; spans as written (rowspan 0: to the end of its group)."""

    flow: Flow
    rowspan: int = 1
    colspan: int = 1


@dataclass(slots=True)
class RawTable:
    """A table as marked up: groups of rows of cells."""

    groups: list[list[list[RawCell]]] = field(default_factory=list)
    footers: list[list[list[RawCell]]] = field(default_factory=list)
    _group: list[list[RawCell]] | None = None

    def add_group(self, *, last: bool = False) -> None:
        """Open a row group; `last` ones are placed after all others."""
        self._group = []
        (self.footers if last else self.groups).append(self._group)

    def add_row(self) -> None:
        """Open a row."""
        if self._group is None:
            self.add_group()
        assert self._group is not None
        self._group.append([])

    def add_cell(self, cell: RawCell) -> None:
        """Add `cell` to the open row."""
        if self._group is None or not self._group:
            self.add_row()
        assert self._group is not None
        self._group[-1].append(cell)


def lay_out(table: RawTable) -> Flow:
    """Return the content of `table`: stretches of data rows as grids, the rest as flow."""
    rows, groups = [], []
    for group in table.groups + table.footers:
        rows += group
        groups.append(len(group))
    result = Flow()
    placed = place([[(c.rowspan, c.colspan) for c in row] for row in rows], groups)
    start = 0
    for end in range(len(rows) + 1):
        if end == len(rows) or placed is None or _is_prose(rows[end]):
            if placed is not None:
                _append_grid(result, rows, placed, start, end)
            if end < len(rows):
                for cell in rows[end]:
                    result.append(cell.flow)
            start = end + 1
    return result


def _append_grid(
    result: Flow, rows: list[list[RawCell]], placed: list[list[GridCell]], start: int, end: int
) -> None:
    """Append rows [start, end) as a grid; as flow when no row has two cells."""
    if max((len(row) for row in rows[start:end]), default=0) < 2:
        for row in rows[start:end]:
            for cell in row:
                result.append(cell.flow)
        return
    grid: list[list[GridCell]] = []
    for raw, slots in zip(rows[start:end], placed[start:end], strict=True):
        for cell, slot in zip(raw, slots, strict=True):
            slot.text = cell_text(cell.flow)
            slot.rowspan = min(slot.rowspan, end - slot.row)
            slot.row -= start
        grid.append(slots)
    result.append(Grid(grid))


def _is_prose(row: list[RawCell]) -> bool:
    """Say whether `row` arranges the page: long text, many blocks or a grid of its own."""
    for cell in row:
        flow = cell.flow
        if flow.size > (_LONG_CELL if len(row) > 1 else _LONG_LONE_CELL):
            return True
        if flow.has_grid and flow.size > _TINY_GRID:
            return True
        if flow.breaks > _MANY_BREAKS and flow.size > _BLOCK_PROSE:
            return True
    return False


def place(rows: list[list[tuple[int, int]]], groups: list[int]) -> list[list[GridCell]] | None:
    """Return for each (rowspan, colspan) of each row its place in the grid, texts empty.

    `groups` holds the number of rows of each row group.  None when the grid would have more than
    `MAX_GRID_SLOTS` slots.
    """
    taken: list[int] = []  # column -> first row in which it is free again
    placed: list[list[GridCell]] = []
    row_number = 0
    for size in groups:
        end = row_number + size
        for row in rows[row_number:end]:
            column = 0
            cells = []
            for rowspan, colspan in row:
                while column < len(taken) and taken[column] > row_number:
                    column += 1
                if rowspan == colspan == 1 and column < len(taken):  # as nearly all cells
                    taken[column] = row_number + 1
                    cells.append(GridCell("", row_number, column))
                    column += 1
                    continue
                rowspan = min(rowspan, MAX_ROWSPAN) or size
                rowspan = min(rowspan, end - row_number)
                colspan = min(max(colspan, 1), MAX_COLSPAN)
                right = column + colspan
                if right > len(taken):
                    if right * len(rows) > MAX_GRID_SLOTS:
                        return None
                    taken += [0] * (right - len(taken))
                below = row_number + rowspan
                for covered in range(column, right):
                    if taken[covered] < below:
                        taken[covered] = below
                cells.append(GridCell("", row_number, column, rowspan, colspan))
                column = right
            placed.append(cells)
            row_number += 1
    return placed
