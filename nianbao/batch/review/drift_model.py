"""What a drift is, and how much is more than chance: a share that rose, a distribution that moved.

Two bars, both of which a finding must pass.  It must matter: a share by `LEAST_SHARE`, a distribution
by `LEAST_MOVED` (Jensen-Shannon divergence in bits; 0 for the same, 1 for nothing in common).  And it
must be more than so few documents would show by chance, at `SIGMAS` standard errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_SHARE: Final = 0.05
LEAST_MOVED: Final = 0.1
#: One batch is asked some sixty questions: at 3.3 standard errors one batch in thirty would be called
#: new by chance alone, were there no other bar.
SIGMAS: Final = 3.3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared.

    `code` is stable, `message` says it in Chinese.  `observed` and `expected` are shares of documents,
    `size` is how far they are apart by `measure` (`share`: their difference; `divergence`: in bits),
    `threshold` what matters and `error` what chance may do.  `is_drift` says that it passes both.
    `examples` are places of documents that show it most.
    """

    code: str
    message: str
    measure: str
    observed: float
    expected: float
    size: float
    threshold: float
    error: float
    is_drift: bool
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCharacter:
    """A character that the model does not know, and on how many of the sampled pages it is."""

    character: str
    pages: int
    example: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A batch beside its reference: the training pages (`against` None) or another batch.

    `documents` pages were judged, `reports` of them reports, of which `sampled` were read again.
    """

    path: str
    against: str | None
    documents: int
    reports: int
    sampled: int
    findings: tuple[Finding, ...]
    characters: tuple[NewCharacter, ...]
    notes: tuple[str, ...]

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings that are drift, the farthest beyond its threshold first."""
        drifted = [one for one in self.findings if one.is_drift]
        return tuple(sorted(drifted, key=lambda one: (-one.size / one.threshold, one.code)))


@dataclass(frozen=True, slots=True)
class Count:
    """`hits` among `of` documents."""

    hits: float
    of: int

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """How far something moved, by how much chance may move it, and whether that is drift."""

    size: float
    threshold: float
    error: float
    is_drift: bool


def share_change(new: Count, reference: Count, *, both_ways: bool = False) -> Change:
    """Compare two shares; with `both_ways` a fall counts as a rise does.

    The standard error is Agresti and Caffo's, with one hit and one miss added to each side: the usual
    one is 0 where nothing or everything is a hit.
    """
    variance, apart = 0.0, 0.0
    for count, sign in ((new, 1), (reference, -1)):
        share = (count.hits + 1) / (count.of + 2)
        variance += share * (1 - share) / (count.of + 2)
        apart += sign * share
    error = SIGMAS * math.sqrt(variance)
    size = new.share - reference.share
    if both_ways:
        size, apart = abs(size), abs(apart)
    return Change(size, LEAST_SHARE, error, size >= LEAST_SHARE and apart > error)


def distribution_change(new: NDArray[np.float64], reference: NDArray[np.float64]) -> Change:
    """Compare two histograms, counts [bins].

    Chance is told by the likelihood ratio of the two, which is distributed as chi square with one
    degree of freedom less than there are bins, and is put on the scale of the divergence.
    """
    total_new, total_reference = new.sum(), reference.sum()
    if not total_new or not total_reference:
        return Change(0.0, LEAST_MOVED, 0.0, False)
    p, q = new / total_new, reference / total_reference
    size = _divergence(p, q, 0.5)
    weight = total_new / (total_new + total_reference)
    observed = _divergence(p, q, weight)
    freedom = int(np.count_nonzero(new + reference)) - 1
    chance = _chi_square(freedom) / (2 * math.log(2) * (total_new + total_reference))
    # What chance does to the weighted divergence, as it would be to that of equal weights.
    error = size * chance / observed if observed else 0.0
    return Change(size, LEAST_MOVED, error, size >= LEAST_MOVED and observed > chance)


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64], weight: float) -> float:
    """The Jensen-Shannon divergence of `p`, of this weight, and `q`, in bits."""
    middle = weight * p + (1 - weight) * q

    def relative(own: NDArray[np.float64]) -> float:
        there = own > 0
        return float((own[there] * np.log2(own[there] / middle[there])).sum())

    return weight * relative(p) + (1 - weight) * relative(q)


def _chi_square(freedom: int) -> float:
    """Return what chi square exceeds as rarely as a normal variable exceeds `SIGMAS` standard errors
    (Wilson and Hilferty)."""
    if freedom < 1:
        return 0.0
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + SIGMAS * math.sqrt(part)) ** 3)
