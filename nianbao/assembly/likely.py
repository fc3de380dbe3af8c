"""How likely each reading of a row is that lost cells.

The last table prints three totals in one row (结果维持, 结果纠正, 其他结果, 尚未审结, 总计, three times over).
Where it lost cells, what is left can stand in hundreds of ways that no sum contradicts: `1 0 0 0 1` may
be a group with its total, or the parts of two.  Which of these are worth a thought follows from Bayes'
rule: any cells may be lost, parts are mostly nought, and a total is nearly always the sum of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import Final

Values = tuple[int | None, ...]
"""Values of one group or more, in order; None for one that the page does not show."""
Places = tuple[int, ...]
"""The columns that values stand in, counted from 0."""

#: The share of the likelihood that is left out of account at most.  On 120 pages with a review table of
#: eleven values (battery, damage/merged, seeds 777 and 31) no value is wrong and 57 are left open that one
#: reading gives; 2 wrong and 43 open at 0.06, 12 and 22 at 0.2; by most sums alone 38 and 6.
SPARE: Final = 0.03
#: How often a part is nought; other figures are the rarer the larger, n as 1 / n(n + 1).
NOUGHT: Final = 0.8
#: How often an agency adds up wrongly.
SLIP: Final = 0.01
#: Sums of lost parts are worked out up to here; a larger one is as good as all in one part.
_LARGE: Final = 200
#: Numbers above this are no less likely than it.
_HUGE: Final = 10**9


def credible(
    left: Sequence[int | None], sizes: Sequence[int], *, noughts: bool = False
) -> list[Places]:
    """Return the places that the values `left` may have in a row of groups of `sizes`, in order: the
    fewest readings that make up all but `SPARE` of the likelihood, with all that are as likely as the
    last of them.  A value that cannot be read is None.

    With `noughts` the page is known to leave these out and no others; nothing is returned where the
    values do not add up so.
    """
    splits = list(_splits(tuple(left), sizes, noughts=noughts))
    mass = sum(prod(group.mass for group in split) for split in splits)
    # What is passed over here is a thousandth of all at most.
    least = mass / 1000 / max(1, sum(prod(len(group.ways) for group in split) for split in splits))
    found = [way for split in splits for way in _whole(split, sizes, least)]
    found.sort(key=lambda way: (-way[1], way[0]))
    gathered, last, kept = 0.0, 0.0, []
    for places, weight in found:
        if gathered >= (1 - SPARE) * mass and weight < last * (1 - 1e-9):
            break
        kept.append(places)
        gathered, last = gathered + weight, weight
    return sorted(kept)


@dataclass(frozen=True, slots=True)
class _Group:
    """The ways to place some values in one group, the likeliest first, and how likely all are together."""

    ways: tuple[tuple[Places, float], ...]
    mass: float


def _splits(left: Values, sizes: Sequence[int], *, noughts: bool) -> Iterator[tuple[_Group, ...]]:
    """Yield the groups that `left` can be shared out to, each taking the values next to each other."""
    size, *others = sizes
    room = sum(others)
    for count in range(max(0, len(left) - room), min(size, len(left)) + 1):
        group = _group(left[:count], size, noughts)
        if not group.ways:
            continue
        if not others:
            yield (group,)
            continue
        for rest in _splits(left[count:], others, noughts=noughts):
            yield (group, *rest)


@lru_cache(maxsize=4096)
def _group(values: Values, size: int, noughts: bool) -> _Group:
    ways = []
    for places in combinations(range(size), len(values)):
        row: list[int | None] = [None] * size
        for place, value in zip(places, values, strict=True):
            row[place] = value
        if noughts and not _adds_up_without(row):
            continue
        ways.append((places, likelihood(tuple(row))))
    ways.sort(key=lambda way: (-way[1], way[0]))
    return _Group(tuple(ways), sum(weight for _, weight in ways))


def _adds_up_without(group: Sequence[int | None]) -> bool:
    """Tell whether the values of a group are what is left of it without noughts."""
    *parts, total = group
    return sum(part or 0 for part in parts) == (total or 0)


def _whole(
    split: Sequence[_Group], sizes: Sequence[int], least: float
) -> Iterator[tuple[Places, float]]:
    """Yield the ways to place all values of `split` that are as likely as `least`."""
    best = [prod(group.ways[0][1] for group in split[at:]) for at in range(len(split) + 1)]

    def follow(
        number: int, start: int, before: Places, weight: float
    ) -> Iterator[tuple[Places, float]]:
        if number == len(split):
            yield before, weight
            return
        for places, mine in split[number].ways:
            if weight * mine * best[number + 1] < least:
                return
            here = (*before, *(start + place for place in places))
            yield from follow(number + 1, start + sizes[number], here, weight * mine)

    return follow(0, 0, (), 1.0)


@lru_cache(maxsize=4096)
def likelihood(group: Values) -> float:
    """Return how likely the values that `group` shows, its total last, are, where the others may be
    anything."""
    *parts, total = group
    known = [part for part in parts if part is not None]
    seen = prod(map(_part, known))
    if total is None:
        return seen
    rest = _sum_of(len(parts) - len(known), total - sum(known))
    return seen * ((1 - SLIP) * rest + SLIP * _part(total))


def _part(value: int) -> float:
    if value == 0:
        return NOUGHT
    size = min(abs(value), _HUGE)  # no part is negative: a sign is a slip of somebody's
    return (1 - NOUGHT) / (size * (size + 1))


def _sum_of(count: int, total: int) -> float:
    """Return how likely `count` parts are together `total`."""
    if count == 0 or total < 0:
        return float(total == 0)
    if total > _LARGE:
        return count * _part(total)
    return _sums(count)[total]


@lru_cache(maxsize=8)
def _sums(count: int) -> tuple[float, ...]:
    """Return how likely `count` parts are together 0, 1, … `_LARGE`."""
    single = tuple(map(_part, range(_LARGE + 1)))
    if count == 1:
        return single
    fewer = _sums(count - 1)
    return tuple(
        sum(fewer[rest] * single[total - rest] for rest in range(total + 1))
        for total in range(_LARGE + 1)
    )
