"""How likely each reading of a row is that lost cells.

The last table prints three totals in one row (结果维持, 结果纠正, 其他结果, 尚未审结, 总计, three times over).
Where it lost cells, what is left can stand in hundreds of ways that no sum contradicts: `1 0 0 0 1` may
be a group with its total, or the parts of two.  Which of these are worth a thought follows from Bayes'
rule: any cells may be lost, parts are mostly nought, and a total is nearly always the sum of its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Final

Values = tuple[int | None, ...]
"""A group as it is read, its total last; None for a value that the page does not show."""

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


def credible(readings: Sequence[tuple[Values, ...]]) -> list[int]:
    """Return which of `readings`, each a tuple of groups, make up all but `SPARE` of the likelihood: the
    fewest that do, with all that are as likely as the last of them, in their order."""
    weights = [prod(map(likelihood, groups)) for groups in readings]
    wanted = (1 - SPARE) * sum(weights)
    least, gathered = 0.0, 0.0
    for weight in sorted(weights, reverse=True):
        if gathered >= wanted and weight < least * (1 - 1e-9):
            break
        least, gathered = weight, gathered + weight
    return [at for at, weight in enumerate(weights) if weight >= least * (1 - 1e-9)]


@lru_cache(maxsize=4096)
def likelihood(group: Values) -> float:
    """Return how likely the values that `group` shows are, where the others may be anything."""
    *parts, total = group
    known = [part for part in parts if part is not None]
    seen = prod(map(_part, known))
    if total is None:
        return seen
    rest = _sum_of(len(parts) - len(known), total - sum(known))
    return seen * ((1 - SLIP) * rest + SLIP * _part(total))


def _part(value: int) -> float:
    return NOUGHT if value == 0 else (1 - NOUGHT) / (value * (value + 1))


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
