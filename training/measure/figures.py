"""Outcomes -> figures: shares by slice, differences with their intervals, confidence against truth.

Intervals are paired bootstraps over documents (Efron & Tibshirani 1993): both readers read the same
pages, so that what is hard for both does not blur their difference; 95 %, 1,000 draws, a fixed seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.measure.outcome import MEASURES, Outcome

Floats = NDArray[np.float64]
DRAWS: Final = 1000
TAIL: Final = 0.025
BINS: Final = 10
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one reader on one slice; None where there was no chance."""

    slice: str
    measure: str
    reader: str
    documents: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much `reader` is better than `beside` (negative where it is worse), with the ends of the
    95 % interval."""

    slice: str
    measure: str
    reader: str
    beside: str
    difference: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Reports whose confidence lies in one tenth: how many, their mean confidence, and the share that
    was read without an error."""

    reports: int
    confidence: float
    perfect: float


@dataclass(frozen=True, slots=True)
class Trust:
    """What a confidence is worth: the expected calibration error (mean distance of confidence and
    share, weighted by reports; Guo et al. 2017), its bins, and the points (share of the reports
    accepted, share of these that have an error), the surest first."""

    error: float
    bins: tuple[Bin, ...]
    risk: tuple[tuple[float, float], ...]


def slices(outcomes: Sequence[Outcome]) -> dict[str, list[int]]:
    """Return slice -> places of its outcomes: all of them, then trait by trait, as they are met."""
    found: dict[str, list[int]] = {ALL: list(range(len(outcomes)))}
    for trait in dict.fromkeys(trait for outcome in outcomes for trait in outcome.traits):
        for place, outcome in enumerate(outcomes):
            for value in outcome.traits.get(trait, ()):
                found.setdefault(f"{trait}: {value}", []).append(place)
    return found


def figures(readers: Mapping[str, Sequence[Outcome]]) -> list[Figure]:
    """Return every measure that a slice has a chance of, for each reader."""
    found = []
    for name, members in slices(next(iter(readers.values()))).items():
        for measure in MEASURES:
            for reader, outcomes in readers.items():
                counts = _counts(outcomes, members, measure)
                documents = int((counts[:, 1] > 0).sum())
                if documents or measure == "false":
                    value = _value(counts, measure)
                    found.append(Figure(name, measure, reader, documents, value))
    return found


def differences(
    readers: Mapping[str, Sequence[Outcome]], reader: str, beside: str
) -> list[Difference]:
    """Return how `reader` differs from `beside` on every measure of every slice.

    Raises ValueError where the two did not read the same pages.
    """
    mine, other = readers[reader], readers[beside]
    if [one.name for one in mine] != [one.name for one in other]:
        raise ValueError("the two did not read the same pages")
    found = []
    for name, members in slices(mine).items():
        drawn = np.random.default_rng(0).integers(0, len(members), (DRAWS, len(members)))
        for measure, less in MEASURES.items():
            new, old = (_counts(side, members, measure) for side in (mine, other))
            if not (new[:, 1].any() or old[:, 1].any()):
                continue
            sign = -1.0 if less else 1.0
            sampled = sign * (_shares(new[drawn].sum(1)) - _shares(old[drawn].sum(1)))
            whole = sign * float((_shares(new.sum(0)[None]) - _shares(old.sum(0)[None]))[0])
            lower, upper = np.quantile(sampled, (TAIL, 1 - TAIL)).tolist()
            found.append(Difference(name, measure, reader, beside, whole, lower, upper))
    return found


def confusion(outcomes: Sequence[Outcome]) -> list[tuple[str, str, int]]:
    """Return (label, label it was taken for, how often), the most frequent first."""
    total = Counter[tuple[str, str]]()
    for outcome in outcomes:
        total.update(outcome.confusion)
    ordered = sorted(total.items(), key=lambda one: (-one[1], one[0]))
    return [(label, taken, count) for (label, taken), count in ordered]


def trust(outcomes: Sequence[Outcome]) -> Trust | None:
    """Hold the confidence of reports against what they are; None where no report was judged."""
    judged = [one for one in outcomes if "perfect" in one.counts]
    if not judged:
        return None
    confidence = np.array([one.confidence for one in judged])
    right = np.array([one.counts["perfect"][0] for one in judged], dtype=np.float64)
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    bins = tuple(
        Bin(int(here.sum()), float(confidence[here].mean()), float(right[here].mean()))
        for here in (place == number for number in range(BINS))
        if here.any()
    )
    error = sum(b.reports * abs(b.confidence - b.perfect) for b in bins) / len(judged)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(1 - right[order]) / np.arange(1, len(judged) + 1)
    last = np.append(np.flatnonzero(np.diff(confidence[order])), len(judged) - 1)
    risk = tuple(((place + 1) / len(judged), float(wrong[place])) for place in last.tolist())
    return Trust(error, bins, risk)


def _counts(outcomes: Sequence[Outcome], members: Sequence[int], measure: str) -> Floats:
    """Return hits and chances, float64 [documents, 2]."""
    pairs = [outcomes[place].counts.get(measure, (0, 0)) for place in members]
    return np.array(pairs, dtype=np.float64)


def _value(counts: Floats, measure: str) -> float | None:
    hits, of = counts.sum(0).tolist()
    if of:
        return float(hits / of)
    return 0.0 if measure == "false" else None


def _shares(sums: Floats) -> Floats:
    """Return hits / chances, float64 [draws], of sums [draws, 2]; 0 where there was no chance."""
    return np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)
