"""Labels that slid along their values: text taken box by box from a scan or a PDF.

On such a page a row's label stands behind its first values, and a group's head between two of them.
What is left is the order: rows follow each other as their labels do, and each takes as many values as
the table has columns.  A monotone alignment of values to rows (Needleman and Wunsch, 1970) finds the
cheapest way to say so; where it is not clearly cheaper than the page as it stands, or not the only one,
nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from nianbao.assembly.regions import Slot

#: What a row costs, in units of one row that does not add up: for each value that stands before its
#: label, for having not as many values as columns, for each value too few or too many, and for each
#: value that no row takes.
SLID, WRONG_COUNT, EACH_MISSING, EACH_SKIPPED, WRONG_SUM = 0.25, 2.5, 0.4, 1.6, 1.0
#: A label stands behind so many of its values at most, and so many that are none of its at most.
MOST_SLID, MOST_SKIPPED = 4, 2
#: The alignment is believed when it costs so much less than the page as it stands, and when every other
#: one costs so much more.
MARGIN_TO_PAGE, MARGIN_TO_OTHERS = 2.0, 0.6
#: Values more or fewer than the rows have cells; beyond, empty cells are lost and the order of what is
#: left says little.
MOST_ASTRAY = 3
_FAR = 1e9


@dataclass(frozen=True, slots=True)
class Taken:
    """A row takes values [start, end) of the stream; `sure` when no other alignment comes near, and
    nothing beside it is amiss."""

    start: int
    end: int
    sure: bool


def orders(
    ranks: Sequence[int], before: Sequence[int], columns: int
) -> list[tuple[list[int], list[int]]]:
    """Return the orders in which the values of rows may follow each other, each as the places of the
    rows among the labels and how many values stand before the label of each.

    `ranks` are the places that the labels have in the form.  Where one label alone is out of the form's
    order (a scan had its box behind those of the next row), its values are where the form has the row;
    its label says nothing, and stands for the row's beginning.  Of two neighbours it may be either.
    """
    places = list(range(len(ranks)))
    if sorted(ranks) == list(ranks):
        return [(places, list(before))]
    found = []
    for astray in places:
        others = [place for place in places if place != astray]
        if any(ranks[a] > ranks[b] for a, b in pairwise(others)):
            continue
        at = sum(ranks[place] < ranks[astray] for place in others)
        begins = before[others[at - 1]] + columns if at else 0
        stands = [before[place] for place in others]
        found.append(([*others[:at], astray, *others[at:]], [*stands[:at], begins, *stands[at:]]))
    return found or [(places, list(before))]


class Stream:
    """The values of a table in the order of the page, and how many stand before each row's label.

    `before` are the rows in the order in which their values follow each other; where that is not the
    order of their labels, `stands` are the labels as the page has them.
    """

    def __init__(
        self,
        text: str,
        values: Sequence[Slot],
        before: Sequence[int],
        columns: int,
        adds_up: Callable[[Sequence[Slot]], bool],
        stands: Sequence[int] | None = None,
    ) -> None:
        self.values = values
        self.printed = [text[slot.start : slot.end] for slot in values]
        self.before = before
        self.stands = before if stands is None else stands
        self.columns = columns
        self._adds_up = adds_up
        self._costs: dict[tuple[int, int], float] = {}

    def align(self) -> list[Taken] | None:
        """Return what each row takes; None where the page is believed as it stands."""
        if abs(len(self.values) - self.columns * len(self.before)) > MOST_ASTRAY:
            return None
        as_it_stands = self._as_it_stands()
        if as_it_stands < MARGIN_TO_PAGE:
            return None
        best = self.least
        if best >= _FAR or best + MARGIN_TO_PAGE > as_it_stands:
            return None
        taken: list[Taken] = []
        at = len(self.values)
        for row in range(len(self.before) - 1, -1, -1):
            start, end = self._last_step(row, at)
            taken.append(Taken(start, end, self._others(row, start, end) > best + MARGIN_TO_OTHERS))
            at = start
        return self._doubted(taken[::-1])

    def _doubted(self, taken: Sequence[Taken]) -> list[Taken]:
        """Doubt two neighbours that both do not add up: authors err in one row, and a box that slid into
        another row spoils two."""
        off = [bool(self._misfit(row.start, row.end)) for row in taken]
        beside = zip([False, *off[:-1]], [*off[1:], False], strict=True)
        return [
            replace(row, sure=row.sure and not (is_off and any(neighbours)))
            for row, is_off, neighbours in zip(taken, off, beside, strict=True)
        ]

    @property
    def least(self) -> float:
        """The cost of the cheapest alignment."""
        return self._forward[-1][len(self.values)]

    def _as_it_stands(self) -> float:
        ends = [*self.stands[1:], len(self.values)]
        rows = zip(self.stands, ends, strict=True)
        return self.stands[0] * EACH_SKIPPED + sum(self._misfit(*row) for row in rows)

    def _cost(self, row: int, start: int, end: int) -> float:
        """What it costs that `row` takes [start, end)."""
        slid = self.before[row] - start
        return (SLID * slid if slid > 0 else -slid * EACH_SKIPPED) + self._misfit(start, end)

    def _misfit(self, start: int, end: int) -> float:
        """What it costs that [start, end) is a row."""
        count = end - start
        if count != self.columns:
            return WRONG_COUNT + EACH_MISSING * abs(count - self.columns)
        if (start, end) not in self._costs:
            adds_up = self._adds_up(self.values[start:end])
            self._costs[start, end] = 0.0 if adds_up else WRONG_SUM
        return self._costs[start, end]

    def _starts(self, row: int) -> range:
        at = self.before[row]
        return range(max(at - MOST_SLID, 0), min(at + MOST_SKIPPED, len(self.values)) + 1)

    def _ends(self, start: int) -> range:
        return range(start, min(start + self.columns + 1, len(self.values)) + 1)

    @cached_property
    def _forward(self) -> list[list[float]]:
        """[row][at]: the least cost of the rows before `row` when they end at `at`, skipped values
        included."""
        size = len(self.values) + 1
        table = [[EACH_SKIPPED * at if at <= MOST_SLID else _FAR for at in range(size)]]
        for row in range(len(self.before)):
            costs = [_FAR] * size
            for start in self._starts(row):
                reached = table[row][start]
                for end in self._ends(start) if reached < _FAR else ():
                    costs[end] = min(costs[end], reached + self._cost(row, start, end))
            for at in range(1, size):
                costs[at] = min(costs[at], costs[at - 1] + EACH_SKIPPED)
            table.append(costs)
        return table

    @cached_property
    def _backward(self) -> list[list[float]]:
        """[row][at]: the least cost of the rows from `row` on when what is before them ends at `at`."""
        size = len(self.values) + 1
        table = [[EACH_SKIPPED * (size - 1 - at) for at in range(size)]]
        for row in range(len(self.before) - 1, -1, -1):
            costs = [_FAR] * size
            for start in self._starts(row):
                for end in self._ends(start):
                    rest = table[-1][end]
                    if rest < _FAR:
                        costs[start] = min(costs[start], rest + self._cost(row, start, end))
            for at in range(size - 2, -1, -1):
                costs[at] = min(costs[at], costs[at + 1] + EACH_SKIPPED)
            table.append(costs)
        return table[::-1]

    def _last_step(self, row: int, at: int) -> tuple[int, int]:
        """Return what `row` takes in the cheapest alignment of the rows up to it that ends at `at`."""
        options = (
            (self._forward[row][start] + self._cost(row, start, end) + EACH_SKIPPED * (at - end), start, end)
            for start in self._starts(row)
            for end in self._ends(start)
            if end <= at
        )  # fmt: skip
        _, start, end = min(options)
        return start, end

    def _others(self, row: int, start: int, end: int) -> float:
        """Return the least cost of an alignment in which `row` takes other numbers."""
        mine = self.printed[start:end]
        costs = [
            self._forward[row][a] + self._cost(row, a, b) + self._backward[row + 1][b]
            for a in self._starts(row)
            for b in self._ends(a)
            if self.printed[a:b] != mine
        ]
        return min(costs, default=_FAR)
