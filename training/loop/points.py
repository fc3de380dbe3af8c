"""The points of the learning curve: what is drawn, and how far the queue is above random choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BUDGETS: Final = (5, 10, 20, 40)
STRATEGIES: Final = ("queue", "random")
#: The share of the new layout in a pool.
RARE: Final = 0.1
#: Student's t, 97.5 %, by degrees of freedom.
_T: Final = {
    1: 12.706,
    2: 4.303,
    3: 3.182,
    4: 2.776,
    5: 2.571,
    6: 2.447,
    7: 2.365,
    8: 2.306,
    9: 2.262,
}


@dataclass(frozen=True, slots=True)
class Point:
    """One retraining: what was taken by which strategy, how many of it were of the new layout, and what
    the model then reads."""

    budget: int
    strategy: str
    seed: int
    rare: int
    new: float
    usual: float

    @property
    def mixed(self) -> float:
        """The share of non-zero cells on pages mixed as the pool is."""
        return RARE * self.new + (1 - RARE) * self.usual


def drawn(points: Sequence[Point], *, rare: bool = False) -> list[dict[str, Any]]:
    """Return points as `python -m training.measure --learning` draws them: on pages mixed as the pool,
    or on the new layout alone.  What nothing was annotated for counts for both strategies."""
    found = []
    for point in points:
        for strategy in STRATEGIES if point.budget == 0 else (point.strategy,):
            value = point.new if rare else point.mixed
            found.append({"budget": point.budget, "strategy": strategy, "seed": point.seed,
                          "nonzero": round(value, 6)})  # fmt: skip
    return found


def advantage(points: Sequence[Point]) -> dict[str, Any]:
    """Return by how much the queue is above random choice: at each budget and on the mean of all, the
    mean over seeds of the paired difference, with its 95 % interval by Student's t."""
    by = {(p.budget, p.strategy, p.seed): p.mixed for p in points if p.budget}
    seeds = sorted({seed for _, _, seed in by})
    complete = [
        seed for seed in seeds
        if all((budget, s, seed) in by for budget in BUDGETS for s in STRATEGIES)
    ]  # fmt: skip
    differences = np.array(
        [[by[b, "queue", s] - by[b, "random", s] for b in BUDGETS] for s in complete]
    )
    if not complete:
        return {"seeds": 0}
    columns = {str(budget): differences[:, at] for at, budget in enumerate(BUDGETS)}
    columns["mean"] = differences.mean(axis=1)
    return {"seeds": len(complete), **{name: _interval(values) for name, values in columns.items()}}


def _interval(values: NDArray[np.float64]) -> dict[str, float | None]:
    mean, size = float(values.mean()), len(values)
    if size < 2:
        return {"mean": round(mean, 6), "lower": None, "upper": None}
    half = _T.get(size - 1, 2.0) * float(values.std(ddof=1)) / float(np.sqrt(size))
    return {"mean": round(mean, 6), "lower": round(mean - half, 6), "upper": round(mean + half, 6)}
