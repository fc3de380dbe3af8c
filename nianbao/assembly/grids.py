"""Source grids: the slots of a row, and the columns by their heads, where the page drew a table.

A cell of the grid is a slot whatever its digits look like.  Where the heads of the seven or fifteen
columns stand above, a value goes to the column that it stands under, so that an extra column or a
changed order cannot shift it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nianbao.assembly.regions import Slot
from nianbao.document import Table
from nianbao.reading.folding import Folded
from nianbao.rules.forms import COLUMNS, REQUESTS
from nianbao.spans import Span


class _GridCell(NamedTuple):
    """A cell in folded offsets, with the labels that stand in it."""

    start: int
    end: int
    row: int
    column: int
    rowspan: int
    colspan: int
    labels: frozenset[str]


class _Grid:
    """The cells of one grid by row; `request_columns` are the columns of table 2 in the form's order,
    none unless each has just one head."""

    def __init__(self, cells: Sequence[_GridCell]) -> None:
        self.cells = cells
        self.rows: dict[int, list[_GridCell]] = {}
        under: dict[str, set[int]] = {}
        for cell in cells:
            self.rows.setdefault(cell.row, []).append(cell)
            for label in cell.labels if cell.colspan == 1 else ():
                under.setdefault(label, set()).add(cell.column)
        heads = [under.get(f"column.{REQUESTS}.{name}", set()) for name in COLUMNS[REQUESTS]]
        single = all(len(columns) == 1 for columns in heads)
        self.request_columns = tuple(min(columns) for columns in heads) if single else ()


class Grids:
    """The source grids of one document, in folded offsets."""

    def __init__(self, folded: Folded, tables: Sequence[Table], spans: Sequence[Span]) -> None:
        self._text = folded.text
        starts = [span.start for span in spans]
        self._grids = [_Grid(_fold_table(folded, table, spans, starts)) for table in tables]
        #: The first cell, in the order of the tables, that each character stands in; -1 for none.
        self._home = np.full(len(folded.text) if tables else 0, -1, dtype=np.int32)
        self._homes = [(grid, cell) for grid in self._grids for cell in grid.cells]
        for i in range(len(self._homes) - 1, -1, -1):
            cell = self._homes[i][1]
            self._home[cell.start : cell.end] = i

    def row_slots(self, label: Span) -> tuple[Slot, ...]:
        """Return the slots in the row of the cell that holds `label`; none where it stands in no
        grid, or where the row has no further cell."""
        at = int(self._home[label.start]) if label.start < len(self._home) else -1
        if at < 0 or label.end > self._homes[at][1].end:
            return ()
        grid, home = self._homes[at]
        beside = [
            c for c in grid.rows.get(home.row + home.rowspan - 1, ())
            if c.column > home.column and not _is_head(c.labels)
        ]  # fmt: skip
        by_head = self._under_heads(grid, beside, label)
        return by_head or tuple(self._slot(cell) for cell in beside)

    def _slot(self, cell: _GridCell) -> Slot:
        raw = self._text[cell.start : cell.end]
        left = cell.start + len(raw) - len(raw.lstrip())
        right = cell.end - (len(raw) - len(raw.rstrip()))
        if left >= right:
            return Slot("empty", cell.start, cell.start)
        return Slot("value", left, right)

    def _under_heads(
        self, grid: _Grid, beside: Sequence[_GridCell], label: Span
    ) -> tuple[Slot, ...]:
        """The slots of a row of table 2 in the form's order, when every one of its columns has its
        head above and a cell below."""
        if not label.label.startswith(f"row.{REQUESTS}."):
            return ()
        by_column: dict[int, list[_GridCell]] = {}
        for cell in beside:
            if cell.colspan == 1:
                by_column.setdefault(cell.column, []).append(cell)
        under = [by_column.get(column, []) for column in grid.request_columns]
        return tuple(self._slot(c) for (c,) in under) if all(len(c) == 1 for c in under) else ()


@lru_cache(maxsize=1024)  # asked of each cell beside each row, of some hundred sets of labels
def _is_head(labels: frozenset[str]) -> bool:
    return any(label.startswith(("row.", "column.", "group.", "heading.")) for label in labels)


def _fold_table(
    folded: Folded, table: Table, spans: Sequence[Span], starts: Sequence[int]
) -> list[_GridCell]:
    cells = []
    cell_starts = folded.project_all([cell.start for cell in table.cells])
    cell_ends = folded.project_all([cell.end for cell in table.cells])
    for cell, start, end in zip(table.cells, cell_starts, cell_ends, strict=True):
        first = bisect_left(starts, start)
        last = bisect_left(starts, end, lo=first)
        labels = frozenset([span.label for span in spans[first:last]])
        cells.append(
            _GridCell(start, end, cell.row, cell.column, cell.rowspan, cell.colspan, labels)
        )
    return cells
