"""Which values belong to which row, where they do not stand behind their own label.

Columns that no form has, rows of unknown words, labels that slid along their values, and blocks of
values behind a block of labels: each step gives the rows of one table their slots, and leaves a page
alone that shows plainly what stands where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter

from nianbao.assembly.align import Shape, middle_slots, read_row
from nianbao.assembly.grids import Grids
from nianbao.assembly.regions import UNLABELLED, UNNAMED, Region, Slot
from nianbao.assembly.sliding import MOST_SLID, Stream, orders

#: How much less certain a label is than the same label elsewhere when it is taken for none.
DOUBT = 0.3
#: The share of a table's rows that tells a habit of the page.
MOST_OF = 0.7
#: Labels that may be one row and its neighbours; a page with more of them repeats itself.
MOST_ALIKE = 4
#: Numbers and nothing else.
_NUMBERS = re.compile(r"[ \t|]*\d{1,7}(?:[ \t|]+\d{1,7})*[ \t|]*")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class RowSource:
    """Where a row's slots were found, and the label that they follow."""

    region: Region
    slots: tuple[Slot, ...]
    reason: str = ""


Sources = dict[str, list[RowSource]]
"""Row id -> the occurrences of its label."""


class Dealer:
    """Deals values out to the rows of one table; `zone` is where its section stands in `text`."""

    def __init__(
        self,
        text: str,
        regions: Sequence[Region],
        slots_of: Callable[[Region], tuple[Slot, ...]],
        zone: tuple[int, int],
        grids: Grids,
    ) -> None:
        self.text = text
        self.regions = regions
        self.zone = zone
        self.grids = grids
        self._slots_of = slots_of

    def without_extra_column(self, sources: Sources, shape: Shape) -> Sources:
        """Leave out a column that the form does not have (备注, 序号): most rows hold one place more
        than the form has columns, and most of these add up without that very one."""
        size = shape.columns
        wide = [
            middle
            for found in sources.values()
            for source in found
            if len(middle := middle_slots(source.slots)) == size + 1
        ]
        if len(wide) < MOST_OF * sum(len(found) for found in sources.values()):
            return sources

        def adding_up(dropped: int) -> int:
            return sum(self.adds_up((*row[:dropped], *row[dropped + 1 :]), shape) for row in wide)

        # Rows of zeros add up without any; the last column is where most pages put their remarks.
        dropped = max(range(size, -1, -1), key=adding_up)
        if adding_up(dropped) < MOST_OF * len(wide):
            return sources
        return {
            row: [
                replace(source, slots=(*middle[:dropped], *middle[dropped + 1 :]))
                if len(middle := middle_slots(source.slots)) == size + 1
                else source
                for source in found
            ]
            for row, found in sources.items()
        }

    def deal_block(self, sources: Sources, shape: Shape, order: Sequence[str]) -> Sources:
        """Deal a block behind the labels, of as many values as all rows have, out to the rows in the
        form's order, though some labels are not known: most are, and most rows then add up.  Nothing
        where the page is otherwise."""
        size = shape.columns
        holders = [
            s for found in sources.values() for s in found if places_of(s) == size * len(order)
        ]
        if len(holders) != 1 or len(sources) < MOST_OF * len(order):
            return {}
        values = middle_slots(holders[0].slots)
        parts = [tuple(values[at : at + size]) for at in range(0, len(values), size)]
        if sum(self.adds_up(part, shape) for part in parts) < MOST_OF * len(order):
            return {}
        return {
            row: [
                replace(sources.get(row, holders)[0], slots=part, reason="标签与值分开,按表序对应")
            ]
            for row, part in zip(order, parts, strict=True)
        }

    def completed(self, sources: Sources, shape: Shape) -> Sources:
        """Give rows that lack values all numbers behind their labels, where these are as many as the
        columns and add up: beside the number of a page a labeller takes values for a part of it."""
        return {
            row: [
                replace(source, slots=tuple(numbers))
                if len(middle_slots(source.slots)) < shape.columns
                and len(numbers := self._numbers(source.region)) == shape.columns
                and self.adds_up(numbers, shape)
                else source
                for source in found
            ]
            for row, found in sources.items()
        }

    def _numbers(self, region: Region) -> list[Slot]:
        """Return the numbers on those lines of `region` that have nothing else."""
        found: list[Slot] = []
        at = region.label.end
        for line in self.text[at : region.end].split("\n"):
            if _NUMBERS.fullmatch(line):
                found += (
                    Slot("value", at + number.start(), at + number.end(), UNLABELLED)
                    for number in _DIGITS.finditer(line)
                )
            at += len(line) + 1
        return found

    def name_rows(self, sources: Sources, shape: Shape, order: Sequence[str]) -> Sources:
        """Add the rows whose labels nobody knew: between two rows of the form that are known stand just
        as many rows of unknown words as the form has there.  A label that stands elsewhere with far more
        certainty counts as unknown, and so does one of two that are the same where that fills such a
        gap."""
        start, end = self.zone
        inside = [
            (source, row)
            for row, found in sources.items()
            for source in found
            if start <= source.region.label.start < end
        ]
        surest = {row: max(s.region.label.score for s in found) for row, found in sources.items()}
        doubted = [
            (source, row) for source, row in inside
            if source.region.label.score + DOUBT < surest[row]
        ]  # fmt: skip
        apart = {id(source) for source, _ in doubted}
        sure = [found for found in inside if id(found[0]) not in apart]
        named = {
            row: [source for source in found if id(source) not in apart]
            for row, found in sources.items()
        }
        unnamed = [
            RowSource(region, self._slots_of(region))
            for region in self.regions
            if region.label.label == UNNAMED
        ]
        unnamed += [source for source, _ in doubted]
        named |= self._filling(sure, unnamed, named, shape, order)
        for row in order:
            named |= self._told_apart(row, sure, named, shape, order)
        return named

    def _told_apart(
        self, row: str, known: Sequence[tuple[RowSource, str]], named: Sources, shape: Shape,
        order: Sequence[str],
    ) -> Sources:  # fmt: skip
        """Return what becomes of `row` when all of its labels but the last are rows that are not
        `named`, just above it, or all but the first rows just below; nothing where the form has no such
        gap, or where the labels have the same numbers behind them."""
        mine = sorted(
            (source for source, name in known if name == row),
            key=lambda source: source.region.label.start,
        )
        if not 1 < len(mine) <= MOST_ALIKE:
            return {}
        for kept in (mine[-1], mine[0]):
            others = [s for s in mine if s is not kept and self._printed(s) != self._printed(kept)]
            apart = set(map(id, others))
            surer = [found for found in known if id(found[0]) not in apart]
            filling = self._filling(surer, others, named, shape, order)
            if filling:
                used = [found[0].region for found in filling.values()]
                return {row: [s for s in named[row] if s.region not in used], **filling}
        return {}

    def _filling(
        self, known: Sequence[tuple[RowSource, str]], unnamed: Sequence[RowSource],
        named: Mapping[str, object], shape: Shape, order: Sequence[str],
    ) -> Sources:  # fmt: skip
        """Return the rows that are not `named`, where just as many of the `unnamed` stand between those
        above and below them."""
        whole = sorted(
            ((source.region, slots) for source in unnamed
             if len(slots := middle_slots(source.slots)) == shape.columns),
            key=lambda found: found[0].label.start,
        )  # fmt: skip
        filling: Sources = {}
        places = sorted((source.region.label.start, order.index(row)) for source, row in known)
        for (above, first), (below, last) in pairwise(places):
            missing = order[first + 1 : last]
            between = [found for found in whole if above < found[0].label.start < below]
            if not missing or len(missing) != len(between) or any(row in named for row in missing):
                continue
            for row, (region, slots) in zip(missing, between, strict=True):
                filling[row] = [RowSource(region, tuple(slots), "行标签未能识别,按表序推定")]
        return filling

    def _printed(self, source: RowSource) -> list[str]:
        return [self.text[slot.start : slot.end] for slot in middle_slots(source.slots)]

    def slid_back(self, sources: Sources, shape: Shape, order: Sequence[str]) -> Sources:
        """Give the rows whose labels slid along their values these values back.

        The rows are in the form's `order` but for one label at most.  What follows the heads of groups,
        and the last values before the first row, may be a row's too.  A page with grids or bars, or with
        a label more than once, is left as it is."""
        start, end = self.zone
        inside = {
            row: [s for s in found if start <= s.region.label.start < end]
            for row, found in sources.items()
        }
        if len(inside) < 2 or any(len(found) != 1 for found in inside.values()):
            return sources
        owners = sorted(
            ((found[0], row) for row, found in inside.items()),
            key=lambda pair: pair[0].region.label.start,
        )
        if any(self.grids.row_slots(owner.region.label) for owner, _ in owners):
            return sources
        at = {owner.region.label.start: i for i, (owner, _) in enumerate(owners)}
        first = owners[0][0].region.label.start
        last = owners[-1][0].region.label.start
        if "|" in self.text[first:last]:
            return sources
        values: list[Slot] = []
        before: list[int] = []
        for region in self.regions:
            label = region.label
            if (label.start < first and region.end != first) or label.start > last:
                continue
            # Values that slid behind the head of a group look like none to a labeller.
            mine = middle_slots(self._slots_of(region)) or self._numbers(region)[-MOST_SLID:]
            if label.start in at:
                before.append(len(values))
            elif label.start < first:
                mine = mine[-MOST_SLID:]
            values += mine
        ranks = [order.index(row) for _, row in owners]
        found = []
        for places, begins in orders(ranks, before, shape.columns):
            stream = Stream(
                self.text, values, begins, shape.columns, lambda part: self.adds_up(part, shape), before
            )  # fmt: skip
            taken = stream.align()
            if taken is not None:
                found.append((stream.least, places, taken))
        if not found:
            return sources
        _, places, taken = min(found, key=itemgetter(0))
        dealt = dict(sources)
        for (owner, row), part in zip([owners[place] for place in places], taken, strict=True):
            slots = tuple(values[part.start : part.end]) if part.sure else ()
            if slots != tuple(middle_slots(owner.slots)):
                dealt[row] = [replace(owner, slots=slots, reason="行标签与值错位,按表序对应")]
        return dealt

    def deal_out(self, sources: Sources, shape: Shape, order: Sequence[str]) -> Sources:
        """Deal a block of values that stands behind several labels out to their rows in the form's
        order, when it holds a row's worth for each."""
        dealt = {row: list(found) for row, found in sources.items()}
        flat = sorted(
            ((source, row) for row, found in sources.items() for source in found),
            key=lambda pair: pair[0].region.label.start,
        )
        waiting: list[tuple[RowSource, str]] = []
        values: list[Slot] = []
        settled = {
            row
            for row, found in sources.items()
            if any(places_of(source) == shape.columns for source in found)
        }
        for source, row in flat:
            mine = middle_slots(source.slots)
            if row in settled:
                # A heading may repeat the label; the row that has its values needs none.
                waiting, values = ([], []) if len(mine) == shape.columns else (waiting, values)
                continue
            waiting.append((source, row))
            values += mine
            if not values or len(values) % shape.columns:
                continue
            count = len(values) // shape.columns
            if len(mine) == len(values) and count > len(waiting):
                waiting += self._unlabelled(source, row, count - len(waiting), sources, order)
            if count == len(waiting) > 1 and len(mine) == len(values):
                for i, (owner, name) in enumerate(waiting):
                    part = tuple(values[i * shape.columns : (i + 1) * shape.columns])
                    dealt[name] = [replace(owner, slots=part, reason="标签与值分开,按表序对应")]
            if count >= len(waiting):
                waiting, values = [], []
        return dealt

    def adds_up(self, slots: Sequence[Slot], shape: Shape) -> bool:
        """Tell whether the slots, one a column, add up; a table without sums has nothing to tell."""
        return bool(shape.groups and shape.holds(read_row(self.text, slots, shape).rows[0]))

    def _unlabelled(
        self, source: RowSource, row: str, missing: int,
        sources: Mapping[str, object], order: Sequence[str],
    ) -> list[tuple[RowSource, str]]:  # fmt: skip
        """The rows after `row` whose labels the page lost, when just so many are missing there."""
        following = order[order.index(row) + 1 :][:missing]
        if len(following) < missing or any(name in sources for name in following):
            return []
        return [(replace(source, reason="行标签缺失,按表序推定"), name) for name in following]


def deal_whole_table(
    sources: Mapping[str, list[RowSource]], widths: Mapping[str, Sequence[str]]
) -> Sources:
    """Deal a block that follows all of a table's labels, and holds as many values as the table has
    cells, out to its rows; nothing where the page is otherwise."""
    holders = [s for row in widths for s in sources.get(row, []) if places_of(s)]
    if len(holders) != 1 or any(row not in sources for row in widths):
        return {}
    values = middle_slots(holders[0].slots)
    if len(values) != sum(len(columns) for columns in widths.values()):
        return {}
    dealt: Sources = {}
    at = 0
    for row, columns in widths.items():
        part = tuple(values[at : at + len(columns)])
        dealt[row] = [replace(sources[row][0], slots=part, reason="标签与值分开,按表序对应")]
        at += len(columns)
    return dealt


def places_of(source: RowSource) -> int:
    """Return how many places for values the occurrence has."""
    return len(middle_slots(source.slots))
