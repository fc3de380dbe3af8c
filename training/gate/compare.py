"""Two bundles on the same pages: the difference of each measure, and how sure it is.

A slice passes where the lower end of the difference lies above its bound.  The interval is a paired
bootstrap over documents (both bundles read the same ones, so that what is hard for both does not blur
the difference): one-sided, 95 %, 2,000 draws from a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.gate.judge import Figures

Floats = NDArray[np.float64]
DRAWS: Final = 2000
LEVEL: Final = 0.05

#: Measure -> by how much it may get worse, at the lower end of its interval.
BOUNDS: Final[dict[str, float]] = {
    "nonzero": 0.005,
    "false": 0.003,
    "f1": 0.003,
    "perfect": 0.05,
    "judged": 0.02,
}
#: Pages that may be read without an error by one model and not by the other, whatever the bound: two
#: that change places in sixty already put the lower end at -0.05.
SPARE_PAGES: Final = 2
_READ: Final[dict[str, Callable[[Figures], tuple[int, int]]]] = {
    "nonzero": lambda one: one.nonzero,
    "false": lambda one: one.false,
    "f1": lambda one: one.f1,
    "perfect": lambda one: (int(one.perfect), 1),
    "judged": lambda one: (int(one.judged), 1),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure on one slice: both figures, and the difference (positive is better) with the lower
    end of its interval and the bound that this may not fall below."""

    slice: str
    measure: str
    documents: int
    current: float
    candidate: float
    difference: float
    lower: float
    bound: float

    @property
    def passed(self) -> bool:
        return self.lower >= -self.bound


def compare(current: Sequence[Figures], candidate: Sequence[Figures]) -> list[Difference]:
    """Return every measure of every slice, in the order of the slices.

    Raises ValueError where the two are not of the same pages.
    """
    if [(one.slice, one.name) for one in current] != [(one.slice, one.name) for one in candidate]:
        raise ValueError("the two bundles were judged on different pages")
    places: dict[str, list[int]] = {}
    for place, one in enumerate(current):
        places.setdefault(one.slice, []).append(place)
    found = []
    for name, members in places.items():
        for measure in BOUNDS:
            old, new = (counts(side, members, measure) for side in (current, candidate))
            if old[:, 1].sum() + new[:, 1].sum() and (measure != "f1" or old[:, 1].any()):
                found.append(_difference(name, measure, old, new))
    return found


def counts(side: Sequence[Figures], members: Sequence[int], measure: str) -> Floats:
    """Return hits and chances of `measure`, float64 [documents, 2]."""
    return np.array([_READ[measure](side[place]) for place in members], dtype=np.float64)


def _difference(name: str, measure: str, old: Floats, new: Floats) -> Difference:
    sign = -1.0 if measure == "false" else 1.0
    size = len(old)
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, size, (DRAWS, size))
    differences = sign * (_shares(new[drawn].sum(1)) - _shares(old[drawn].sum(1)))
    before, after = (float(_shares(side.sum(0)[None])[0]) for side in (old, new))
    lower = float(np.quantile(differences, LEVEL))
    bound = BOUNDS[measure]
    if measure in ("perfect", "judged"):
        bound += SPARE_PAGES / size
    return Difference(name, measure, size, before, after, sign * (after - before), lower, bound)


def _shares(sums: Floats) -> Floats:
    """Return hits / chances, float64 [draws], of sums [draws, 2]; 0 where there was no chance."""
    return np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)


def table(differences: Sequence[Difference]) -> str:
    """Return the differences as lines for people."""
    return "\n".join(
        f"{'pass' if one.passed else 'FAIL'}  {one.slice:8} {one.measure:8} "
        f"{one.current:.4f} -> {one.candidate:.4f}  lower end {one.lower:+.4f}, "
        f"bound {-one.bound:+.4f}  ({one.documents} documents)"
        for one in differences
    )


def pooled(figures: Sequence[Figures]) -> Mapping[str, Mapping[str, float]]:
    """Return slice -> measure -> figure of one bundle."""
    slices: dict[str, list[int]] = {}
    for place, one in enumerate(figures):
        slices.setdefault(one.slice, []).append(place)
    return {
        name: {
            "documents": float(len(members)),
            **{
                measure: round(float(_shares(counts(figures, members, measure).sum(0)[None])[0]), 6)
                for measure in BOUNDS
            },
        }
        for name, members in slices.items()
    }
