"""Ruling lines -> the grids that they draw.

Lines that cross belong to one table.  Their coordinates cut it into slots; slots with no line
between them are one cell.  A border that is not drawn (tables open at the sides, tables torn by the
end of a page) is taken from the reach of the other lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nianbao.reading.flow import GridCell
from nianbao.reading.limits import MAX_CROSSINGS, MAX_GRID_SLOTS
from nianbao.reading.pdf_page import Page, Rule

#: Points within which lines are at the same place, meet, or go on.  The lowest rows of printed
#: tables are 8 points high, doubled lines 1.5 points apart.
_NEAR: Final = 3.0
#: Share of a slot's side that has to be ruled for it to be a border.
_RULED: Final = 0.6


@dataclass(frozen=True, slots=True)
class Lattice:
    """A drawn table: the coordinates of its columns and rows, and its cells, texts empty.

    `slots[row][column]` is the index of the cell that covers the slot.
    """

    xs: list[float]
    ys: list[float]
    cells: list[GridCell]
    slots: list[list[int]]

    @property
    def area(self) -> float:
        return (self.xs[-1] - self.xs[0]) * (self.ys[-1] - self.ys[0])

    def cell_at(self, x: float, y: float) -> int | None:
        """Return the index of the cell at a point, None outside."""
        if not (self.xs[0] <= x < self.xs[-1] and self.ys[0] <= y < self.ys[-1]):
            return None
        return self.slots[bisect_right(self.ys, y) - 1][bisect_right(self.xs, x) - 1]


def lattices(page: Page) -> list[Lattice]:
    """Return the tables drawn on `page` that have two columns or more, from top to bottom."""
    horizontal, vertical = _joined(page.horizontal), _joined(page.vertical)
    if len(horizontal) * len(vertical) > MAX_CROSSINGS:
        return []
    found = []
    for rows, columns in _connected(horizontal, vertical):
        lattice = _lattice(rows, columns)
        if lattice is not None:
            found.append(lattice)
    return sorted(found, key=lambda lattice: (lattice.ys[0], lattice.xs[0]))


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Return `rules` with those at the same place moved to one coordinate and joined where they
    overlap or touch."""
    ordered = sorted(rules)
    joined: list[Rule] = []
    start = 0
    for i in range(1, len(ordered) + 1):
        if i == len(ordered) or ordered[i].at - ordered[i - 1].at > _NEAR / 2:
            group = ordered[start:i]
            if group:
                joined += _join(group)
            start = i
    return joined


def _join(group: list[Rule]) -> list[Rule]:
    at = sum(rule.at for rule in group) / len(group)
    runs: list[Rule] = []
    for _, start, end in sorted(group, key=lambda rule: (rule.start, rule.end)):
        if runs and start <= runs[-1].end + _NEAR:
            runs[-1] = Rule(at, runs[-1].start, max(runs[-1].end, end))
        else:
            runs.append(Rule(at, start, end))
    return runs


def _connected(
    horizontal: list[Rule], vertical: list[Rule]
) -> Iterable[tuple[list[Rule], list[Rule]]]:
    """Yield the horizontal and vertical lines of each connected drawing."""
    parent = list(range(len(horizontal) + len(vertical)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    offset = len(horizontal)
    for i, h in enumerate(horizontal):
        for j, v in enumerate(vertical):
            if (
                h.start - _NEAR <= v.at <= h.end + _NEAR
                and v.start - _NEAR <= h.at <= v.end + _NEAR
            ):
                parent[find(i)] = find(offset + j)
    members: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for i, rule in enumerate(horizontal):
        members[find(i)][0].append(rule)
    for j, rule in enumerate(vertical):
        members[find(offset + j)][1].append(rule)
    yield from members.values()


def _lattice(horizontal: list[Rule], vertical: list[Rule]) -> Lattice | None:
    if not horizontal or not vertical:
        return None
    xs = _coordinates(vertical, horizontal)
    ys = _coordinates(horizontal, vertical)
    if len(xs) < 3 or len(ys) < 2 or len(xs) * len(ys) > MAX_GRID_SLOTS:
        return None
    columns, rows = len(xs) - 1, len(ys) - 1
    # Between slot (r, c) and the one to its right; between it and the one below.
    right = _borders(vertical, xs, ys)
    below = _borders(horizontal, ys, xs)
    runs = _regions(rows, columns, right, below)
    cells, slots = _cells(rows, columns, runs)
    if len({cell.column for cell in cells}) < 2:
        return None
    return Lattice(xs, ys, cells, slots)


def _coordinates(rules: list[Rule], across: list[Rule]) -> list[float]:
    """Return the places of `rules`, and the ends of those `across` where nothing is drawn."""
    values = sorted(
        [rule.at for rule in rules]
        + [min(rule.start for rule in across), max(rule.end for rule in across)]
    )
    merged = [[values[0]]]
    for value in values[1:]:
        if value - merged[-1][0] <= _NEAR:
            merged[-1].append(value)
        else:
            merged.append([value])
    return [sum(group) / len(group) for group in merged]


def _borders(rules: list[Rule], places: list[float], along: list[float]) -> set[tuple[int, int]]:
    """Return (k, i) for each side that is ruled: at place `k`, along stretch `i`."""
    covered: dict[tuple[int, int], float] = defaultdict(float)
    for rule in rules:
        k = min(range(len(places)), key=lambda n: abs(places[n] - rule.at))
        for i in range(max(0, bisect_right(along, rule.start) - 1), len(along) - 1):
            if along[i] >= rule.end:
                break
            reach = min(rule.end, along[i + 1]) - max(rule.start, along[i])
            covered[k, i] += max(0.0, reach)
    return {
        (k, i) for (k, i), length in covered.items() if length >= _RULED * (along[i + 1] - along[i])
    }


def _regions(
    rows: int, columns: int, right: set[tuple[int, int]], below: set[tuple[int, int]]
) -> list[list[int]]:
    """Return for each slot the number of its region: slots with no border between them."""
    parent = list(range(rows * columns))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for r in range(rows):
        for c in range(columns):
            if c + 1 < columns and (c + 1, r) not in right:
                parent[find(r * columns + c + 1)] = find(r * columns + c)
            if r + 1 < rows and (r + 1, c) not in below:
                parent[find((r + 1) * columns + c)] = find(r * columns + c)
    return [[find(r * columns + c) for c in range(columns)] for r in range(rows)]


def _cells(
    rows: int, columns: int, regions: list[list[int]]
) -> tuple[list[GridCell], list[list[int]]]:
    """Return the cells of `regions`, in reading order, and the cell of each slot.

    A region that is no rectangle is cut into the rectangles that its rows make.
    """
    cells: list[GridCell] = []
    slots = [[-1] * columns for _ in range(rows)]
    for r in range(rows):
        c = 0
        while c < columns:
            region, start = regions[r][c], c
            while c < columns and regions[r][c] == region:
                c += 1
            above = slots[r - 1][start] if r else -1
            if above >= 0 and regions[r - 1][start] == region:
                cell = cells[above]
                if cell.column == start and cell.colspan == c - start:
                    cell.rowspan += 1
                    slots[r][start:c] = [above] * (c - start)
                    continue
            slots[r][start:c] = [len(cells)] * (c - start)
            cells.append(GridCell("", r, start, 1, c - start))
    return cells, slots
