"""What a drift is, and how much is more than chance: a share that rose, a distribution that moved.

Two bars, both of which a finding must pass.  It must matter: a share by `LEAST_SHARE`, a distribution
by `LEAST_MOVED` (Jensen-Shannon divergence in bits; 0 for the same, 1 for nothing in common).  And it
must be more than so few documents would show by chance, with a probability below `RARE`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_SHARE: Final = 0.05
#: About what a tenth of the documents makes that lies where there was none.
LEAST_MOVED: Final = 0.05
#: One batch is asked some sixty questions: at this probability one batch in thirty would be called new
#: by chance alone, were there no other bar.
RARE: Final = 0.0005
#: The same in standard errors.
_SIGMAS: Final = 3.29
#: Documents in a bin, below which the likelihood ratio is no chi square.
_LEAST_COUNT: Final = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared.

    `code` is stable, `message` says it in Chinese.  `observed` and `expected` are shares of documents,
    `size` is how far they are apart by `measure` (`share`: their difference; `divergence`: in bits),
    `threshold` what matters and `error` what chance alone may make of it.  `is_drift` says that it passes both.
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

    Chance is what the reference lets expect of so many documents (beta-binomial, with half a hit and
    half a miss added to what was seen): exact for few, and not sure of a reference of few.
    """
    size = new.share - reference.share
    rise = _chance(new.of, reference.hits, reference.of - reference.hits) - reference.share
    if not both_ways or size >= 0:
        return Change(size, LEAST_SHARE, rise, size >= LEAST_SHARE and size > rise)
    misses = _chance(new.of, reference.of - reference.hits, reference.hits)
    fall = misses - (1 - reference.share)
    return Change(size, LEAST_SHARE, fall, -size >= LEAST_SHARE and -size > fall)


def _chance(count: int, hits: float, misses: float) -> float:
    """Return the greatest share of hits among `count` that is not rarer than `RARE`, after so many
    hits and misses before."""
    if not count:
        return 1.0
    a, b = hits + 0.5, misses + 0.5
    base = math.lgamma(count + 1) - math.lgamma(count + a + b)
    base -= math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    tail = 0.0
    for k in range(count, 0, -1):
        ways = math.lgamma(k + 1) + math.lgamma(count - k + 1)
        tail += math.exp(base - ways + math.lgamma(k + a) + math.lgamma(count - k + b))
        if tail > RARE:
            return k / count
    return 0.0


def distribution_change(new: NDArray[np.float64], reference: NDArray[np.float64]) -> Change:
    """Compare two histograms, counts [bins].

    Bins of few documents are joined to their neighbours.  Chance is told by the likelihood ratio of
    the two, which is distributed as chi square with one degree of freedom less than there are bins,
    and is put on the scale of the divergence.
    """
    total_new, total_reference = float(new.sum()), float(reference.sum())
    if not total_new or not total_reference:
        return Change(0.0, LEAST_MOVED, 0.0, False)
    starts = _joined(new + reference)
    new, reference = np.add.reduceat(new, starts), np.add.reduceat(reference, starts)
    p, q = new / total_new, reference / total_reference
    size = _divergence(p, q, 0.5)
    weight = total_new / (total_new + total_reference)
    observed = _divergence(p, q, weight)
    chance = _chi_square(len(starts) - 1) / (2 * math.log(2) * (total_new + total_reference))
    # What chance does to the weighted divergence, as it would be to that of equal weights.
    error = size * chance / observed if observed else 0.0
    return Change(size, LEAST_MOVED, error, size >= LEAST_MOVED and observed > chance)


def _joined(counts: NDArray[np.float64]) -> list[int]:
    """Return where the bins begin that hold at least `_LEAST_COUNT` documents each, if there are so
    many."""
    starts, inside = [0], 0.0
    for at, count in enumerate(counts.tolist()):
        left = float(counts[at:].sum())
        if inside >= _LEAST_COUNT and left >= _LEAST_COUNT:
            starts.append(at)
            inside = 0.0
        inside += count
    return starts


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64], weight: float) -> float:
    """The Jensen-Shannon divergence of `p`, of this weight, and `q`, in bits."""
    middle = weight * p + (1 - weight) * q

    def relative(own: NDArray[np.float64]) -> float:
        there = own > 0
        return float((own[there] * np.log2(own[there] / middle[there])).sum())

    return weight * relative(p) + (1 - weight) * relative(q)


def _chi_square(freedom: int) -> float:
    """Return what chi square exceeds with the probability `RARE` (Wilson and Hilferty)."""
    if freedom < 1:
        return 0.0
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + _SIGMAS * math.sqrt(part)) ** 3)
