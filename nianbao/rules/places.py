"""Places of a text that may be a known wording: shared bigrams, then edit distance."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final, Literal

from rapidfuzz.distance import Indel, Levenshtein

from nianbao.rules.patterns import HEADINGS, HEADS, ORDERED, Wording
from nianbao.rules.squeeze import Squeezed

#: Least similarity (1 - edit distance / length) of a place that may be a wording.  0.7 lets one
#: character in four be wrong; below it, rows of the form start to resemble each other.
MIN_SIMILARITY: Final = 0.7
#: Share of a wording's bigrams that a place must hold before its distance is measured.
MIN_SHARED: Final = 0.3
#: No wording is longer than this, in characters.
MAX_WORDING: Final = 60
#: A bigram of more wordings than this says little about which of them stands here.
COMMON: Final = 7
#: A place of this similarity bounds its neighbour in glued text.
STRONG: Final = 0.74

Kind = Literal["rows", "heads", "headings"]
_WORDINGS: Final[dict[Kind, tuple[Wording, ...]]] = {
    "rows": ORDERED,
    "heads": HEADS,
    "headings": HEADINGS,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be a wording; offsets into the squeezed text, number included."""

    start: int
    end: int
    wording: Wording
    similarity: float
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class _Index:
    """`hits`: bigram -> the (wording, offset in it) that have it; `least`: how many of its bigrams
    a place of each wording must hold."""

    wordings: tuple[Wording, ...]
    hits: dict[str, tuple[tuple[int, int], ...]]
    least: tuple[float, ...]


@cache
def _index(kind: Kind) -> _Index:
    """Index the wordings of `kind`.  A long wording goes without the bigrams that many share
    (`信息`, `申请`): prose is full of them."""
    wordings = _WORDINGS[kind]
    bigrams = [["".join(pair) for pair in pairwise(wording.text)] for wording in wordings]
    shared = Counter(bigram for found in bigrams for bigram in set(found))
    hits: dict[str, list[tuple[int, int]]] = defaultdict(list)
    least = []
    for number, found in enumerate(bigrams):
        rare = [(o, b) for o, b in enumerate(found) if shared[b] <= COMMON]
        kept = rare if len(rare) >= 5 else list(enumerate(found))
        for offset, bigram in kept:
            hits[bigram].append((number, offset))
        least.append(MIN_SHARED * len(kept))
    return _Index(wordings, {b: tuple(h) for b, h in hits.items()}, tuple(least))


def find_places(squeezed: Squeezed, kind: Kind) -> list[Candidate]:
    """Return the measured places of the wordings of `kind`; several may overlap."""
    text, index = squeezed.text, _index(kind)
    # A wording at a place is one number, so that counting and sorting stay cheap.
    stride = len(text) + MAX_WORDING
    votes: dict[int, int] = defaultdict(int)
    hits = index.hits
    for at in range(len(text) - 1):
        found = hits.get(text[at : at + 2])
        if found:
            for number, offset in found:
                votes[number * stride + at - offset + MAX_WORDING] += 1
    count_at = votes.get
    peaks = []
    for key, count in votes.items():
        before, after = count_at(key - 1, 0), count_at(key + 1, 0)
        if before < count >= after and before + count + after >= index.least[key // stride]:
            peaks.append(key)
    measured: list[Candidate] = []
    for key in sorted(peaks):
        number, at = divmod(key, stride)
        candidate = _measure(text, max(at - MAX_WORDING, 0), index.wordings[number])
        if candidate is not None:
            measured.append(candidate)
    return measured


def _measure(text: str, at: int, wording: Wording) -> Candidate | None:
    """Return the candidate near `at`, its ends set to the characters that belong to the wording."""
    core = wording.text
    length = len(core)
    if text.startswith(core, at):
        return Candidate(at, at + length, wording, 1.0)
    if length < 3:
        return None
    slack = 1 + length // 8
    lo = max(at - slack, 0)
    window = text[lo : at + length + slack]
    blocks = [b for b in Indel.opcodes(core, window) if b.tag == "equal"]
    if not blocks:
        return None
    start = lo + max(blocks[0].dest_start - blocks[0].src_start, 0)
    end = min(lo + blocks[-1].dest_end + length - blocks[-1].src_end, len(text))
    while start < end and _edge(text[start]) and text[start] != core[0]:
        start += 1
    while end > start and _edge(text[end - 1]) and text[end - 1] != core[-1]:
        end -= 1
    piece = text[start:end]
    if _STOPS.search(piece) and not _STOPS.search(core):
        return None
    similarity = 1 - Levenshtein.distance(core, piece) / length
    floor = 0.74 if length <= 4 else MIN_SIMILARITY
    return Candidate(start, end, wording, similarity) if similarity >= floor else None


@dataclass(frozen=True, slots=True)
class Edges:
    """Where labels start and end (squeezed offsets): glued labels bound their neighbours."""

    starts: frozenset[int]
    ends: frozenset[int]

    @classmethod
    def of(cls, candidates: Iterable[Candidate], headings: Iterable[tuple[int, int, str]]) -> Edges:
        strong = [(c.start, c.end) for c in candidates if c.similarity >= STRONG]
        strong += [(start, end) for start, end, _ in headings]
        return cls(frozenset(s for s, _ in strong), frozenset(e for _, e in strong))

    def left(self, squeezed: Squeezed, at: int) -> bool:
        """Tell whether a separator, a value or a label stands before `at`."""
        if at in self.ends or squeezed.separated(at):
            return True
        return squeezed.text[at - 1].isdigit() or squeezed.text[at - 1] in "/-*"

    def right(self, squeezed: Squeezed, at: int) -> bool:
        """Tell whether a separator, a value, a label or a number stands at `at`."""
        if at in self.starts or squeezed.separated(at):
            return True
        text = squeezed.text
        if text[at].isdigit() or text[at] in "/-*+":
            return True
        return _NUMBER_AHEAD.match(text, at) is not None


_STOPS: Final = re.compile(r"[。;:,、]")
_NUMBER_AHEAD: Final = re.compile(r"\([一二三四五六七]\)|[一二三四]、|\d[.、]")


def _edge(character: str) -> bool:
    """Tell whether a wording cannot begin or end with `character`, unless it is written so."""
    return character.isdigit() or character in "()、,.。:;/-*"
