"""The choice itself: candidates with their signals -> the ones to annotate.  A pure function.

First the audit slice, drawn at random; then, one by one, the candidate that would teach most: the
stronger its signals, and the fewer of its agency, its site and its layout were taken before.  What is
nearly the same as something taken is left out.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nianbao.batch.queue.sketch import Sketch, similarity
from nianbao.gold import QueuedDocument, Reason, Subject
from nianbao.spans import Span

AUDIT: Final = "audit"
#: What a signal of full strength counts: how likely it is that something on the page is wrong.
WEIGHTS: Final[dict[str, float]] = {
    "failed_check": 0.95,
    "low_confidence": 0.9,
    "disagreement": 0.6,
    "new_layout": 0.8,
    "doubtful_page": 0.6,
    AUDIT: 0.3,
}
#: What each one taken before leaves of the worth of the next of the same agency, site, layout, and of
#: the same strongest reason.  A layout is learnt from ten reports rather than from three: with 0.8 a
#: budget of 40 took 6 to 9 of a new one in ten, and passed over the rest for pages that it knew.
_AGAIN: Final[dict[str, float]] = {"agency": 0.4, "site": 0.7, "layout": 0.95, "reason": 0.97}


@dataclass(frozen=True, slots=True)
class Signal:
    """Why a document may be worth annotating: the code of a reason, how strong it is, in (0, 1], and
    a sentence in Chinese that names what and where."""

    code: str
    strength: float
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A document that may be chosen.

    `spans` are the model's, in offsets of `text`; `layout` says which pages are laid out alike (None
    where nobody knows); `audited` whether it may be drawn for the audit slice.
    """

    subject: Subject
    text: str
    spans: tuple[Span, ...]
    signals: tuple[Signal, ...]
    sketch: Sketch
    layout: int | None = None
    audited: bool = True


@dataclass(frozen=True, slots=True)
class ChoiceOptions:
    """How many are chosen and how.

    `audit` is the share of `budget` that is drawn at random; `agency_share` and `site_share` the most
    of it that one agency or site gets, while there are others; two texts with more than `alike` in
    common are near-duplicates.
    """

    budget: int
    audit: float = 0.1
    seed: int = 0
    agency_share: float = 0.1
    site_share: float = 0.25
    alike: float = 0.8

    def __post_init__(self) -> None:
        if self.budget < 1 or not 0 <= self.audit <= 1:
            raise ValueError(f"no budget to choose with: {self}")


def draw_key(seed: int, sha256: str) -> str:
    """Return the place of a document in the random order of `seed`: whoever is first is drawn first,
    whatever else there is."""
    return hashlib.sha256(f"{seed}:{sha256}".encode()).hexdigest()


def choose(
    candidates: Sequence[Candidate], options: ChoiceOptions, model_version: str
) -> list[QueuedDocument]:
    """Return at most `options.budget` of `candidates`, the most urgent first.

    The order of `candidates` makes no difference.  A candidate without a signal is taken for the audit
    slice alone, so that there may be fewer than the budget allows.
    """
    choice = _Choice(options)
    ordered = sorted(candidates, key=lambda one: draw_key(options.seed, one.subject.sha256))
    slots = audit_slots(options)
    for candidate in ordered:
        if slots and candidate.audited and choice.takes(candidate):
            choice.take(candidate, audited=True)
            slots -= 1
    with_signals = [one for one in ordered if one.signals]
    choice.fill(with_signals, capped=True)
    choice.fill(with_signals, capped=False)
    return choice.queue(model_version)


def audit_slots(options: ChoiceOptions) -> int:
    """Return how many are drawn at random: at least one where any are."""
    return min(options.budget, math.ceil(options.budget * options.audit))


class _Choice:
    """What was taken so far."""

    def __init__(self, options: ChoiceOptions) -> None:
        self._options = options
        self._taken: dict[str, tuple[Candidate, float, bool]] = {}
        self._counts: dict[str, Counter[object]] = {name: Counter() for name in _AGAIN}

    def takes(self, candidate: Candidate) -> bool:
        """Say whether nothing like it was taken."""
        if candidate.subject.sha256 in self._taken:
            return False
        return all(
            similarity(candidate.sketch, other.sketch) <= self._options.alike
            for other, *_ in self._taken.values()
        )

    def take(self, candidate: Candidate, *, audited: bool = False) -> None:
        worth = _worth(candidate.signals)
        if audited:
            worth = 1 - (1 - worth) * (1 - WEIGHTS[AUDIT])
        gain = worth if audited else self._gain(candidate)
        self._taken[candidate.subject.sha256] = (candidate, round(gain, 6), audited)
        for name, key in _groups(candidate).items():
            self._counts[name][key] += 1

    def fill(self, candidates: Sequence[Candidate], *, capped: bool) -> None:
        """Take the best of `candidates` until there is no room or none is left."""
        left = list(candidates)
        while left and len(self._taken) < self._options.budget:
            best = max(left, key=self._gain)  # the first in the order of the draw among equals
            left.remove(best)
            if capped and self._is_full(best):
                continue
            if self.takes(best):
                self.take(best)

    def _gain(self, candidate: Candidate) -> float:
        gain = _worth(candidate.signals)
        for name, key in _groups(candidate).items():
            gain *= _AGAIN[name] ** self._counts[name][key]
        return gain

    def _is_full(self, candidate: Candidate) -> bool:
        groups, options = _groups(candidate), self._options
        shares = {"agency": options.agency_share, "site": options.site_share}
        return any(
            self._counts[name][groups[name]] >= max(1, math.ceil(options.budget * share))
            for name, share in shares.items()
            if name in groups
        )

    def queue(self, model_version: str) -> list[QueuedDocument]:
        queue = [
            QueuedDocument(
                candidate.subject,
                candidate.text,
                candidate.spans,
                _reasons(candidate, self._options.seed, audited=audited),
                priority,
                model_version,
            )
            for candidate, priority, audited in self._taken.values()
        ]
        return sorted(queue, key=lambda one: (-one.priority, one.subject.sha256))


def _worth(signals: Sequence[Signal]) -> float:
    """The probability that one of the signals is right, as if each were right or wrong by itself."""
    return 1 - math.prod(1 - WEIGHTS[signal.code] * signal.strength for signal in signals)


def _groups(candidate: Candidate) -> dict[str, object]:
    """What a candidate has in common with others, as far as is known."""
    subject = candidate.subject
    signals = candidate.signals
    strongest = max(signals, key=lambda one: WEIGHTS[one.code] * one.strength, default=None)
    groups = {
        "agency": subject.agency_id or subject.agency,
        "site": subject.site,
        "layout": candidate.layout,
        "reason": None if strongest is None else strongest.code,
    }
    return {name: key for name, key in groups.items() if key is not None}


def _reasons(candidate: Candidate, seed: int, *, audited: bool) -> tuple[Reason, ...]:
    ordered = sorted(
        candidate.signals, key=lambda one: (-WEIGHTS[one.code] * one.strength, one.code)
    )
    reasons = [Reason(one.code, one.message) for one in ordered]
    if audited:
        reasons.append(Reason(AUDIT, f"随机抽查（种子 {seed}），与其他理由无关"))
    return tuple(reasons)
