"""Two bundles on the same pages: is any slice worse than it may be?

A slice is refused for a measure where the candidate is worse by more than its limit, whatever chance
says; and where it is worse beyond chance (the whole 95 % interval of the paired bootstrap lies below 0)
by more than a trifle.  The first is for slices that are too small to be sure of anything, the second for
small losses on large ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from training.gate.slices import JUDGED
from training.measure.figures import differences, figures
from training.measure.outcome import Outcome

CANDIDATE, CURRENT = "candidate", "current"


class Bound(NamedTuple):
    """By how much a measure may get worse: `limit` and `pages / n` of a slice of n pages at the point;
    `trifle` where it is beyond chance."""

    limit: float
    pages: float
    trifle: float


#: Measure -> its bound.  Two retrainings of equal worth differ on the frozen slices by up to 0.004 of the
#: non-zero cells with three damages and two pages in sixty that have an error.
BOUNDS: Final[dict[str, Bound]] = {
    "nonzero": Bound(0.010, 0.3, 0.002),
    "false": Bound(0.005, 0.2, 0.002),
    "headings": Bound(0.010, 0.3, 0.003),
    "f1": Bound(0.005, 0.1, 0.001),
    "perfect": Bound(0.040, 2.0, 0.020),
    "judged": Bound(0.000, 1.0, 0.010),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure on one slice: both figures, the difference (positive is better), the 95 % interval of
    it, and the limit that it may not fall below."""

    slice: str
    measure: str
    documents: int
    current: float
    candidate: float
    difference: float
    lower: float
    upper: float
    limit: float

    @property
    def passed(self) -> bool:
        beyond_chance = self.upper < 0 and self.difference < -BOUNDS[self.measure].trifle
        return self.difference >= -self.limit and not beyond_chance


def compare(current: Sequence[Outcome], candidate: Sequence[Outcome]) -> list[Comparison]:
    """Return every bounded measure of every judged slice, in the order of the slices.

    Raises ValueError where the two are not of the same pages.
    """
    sides = {CANDIDATE: candidate, CURRENT: current}
    values = {(one.slice, one.measure, one.reader): one for one in figures(sides)}
    found = []
    for one in differences(sides, CANDIDATE, CURRENT):
        if one.measure not in BOUNDS or not one.slice.startswith(JUDGED):
            continue
        new, old = (values[one.slice, one.measure, side] for side in (CANDIDATE, CURRENT))
        size = max(1, new.documents, old.documents)
        bound = BOUNDS[one.measure]
        limit = bound.limit + bound.pages / size
        found.append(
            Comparison(one.slice, one.measure, size, old.value or 0.0, new.value or 0.0,
                       one.difference, one.lower, one.upper, limit)
        )  # fmt: skip
    return found


def without_error(outcome: Outcome) -> bool:
    """Say whether a page was read without any error."""
    return not outcome.errors


def pooled(outcomes: Sequence[Outcome], reader: str) -> dict[str, dict[str, float | None]]:
    """Return slice -> measure -> figure of one bundle."""
    found: dict[str, dict[str, float | None]] = {}
    for one in figures({reader: outcomes}):
        found.setdefault(one.slice, {})[one.measure] = one.value
    return found
