"""Figures that the narrative of a report states, with the year they speak of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from nianbao.facts.cells import stated_cells
from nianbao.facts.reader import Reading, read_sentence
from nianbao.facts.segmenter import Match, default_path, load_segmenter
from nianbao.facts.sentences import Sentence, sentences
from nianbao.report import Fact

__all__ = ["find_facts", "stated_cells"]

#: Characters of sentences that may state a figure: real narratives have 500 to 3,000, and what lies
#: beyond this many is no prose.
MAX_CHARACTERS: Final = 60_000


def find_facts(
    text: str,
    regions: Sequence[tuple[int, int]],
    default_year: int | None,
    *,
    segmenter: Path | None = None,
) -> tuple[Fact, ...]:
    """Return the facts that the passages `regions` ([start, end) of `text`) state, in order.

    `text` is folded (Simplified, half-width) and the offsets of the facts lie in it; a fact whose
    sentence and paragraph name no year is of `default_year`.  `segmenter` is the folder of the
    segmentation model, the shipped one by default; raises BundleError when it is damaged.
    """
    found: list[Sentence] = []
    room = MAX_CHARACTERS
    for sentence in sentences(text, regions):
        room -= len(sentence.text)
        if room < 0:
            break
        found.append(sentence)
    if not found:
        return ()
    words = load_segmenter(segmenter or default_path())("\n".join(s.text for s in found))
    facts: list[Fact] = []
    offset = 0
    tokens, matches = deque(words.tokens), deque(words.matches)
    for sentence in found:
        end = offset + len(sentence.text)
        inside = [(a - offset, b - offset) for a, b in _until(tokens, end, lambda token: token[0])]
        known = [
            Match(m.start - offset, m.end - offset, m.key)
            for m in _until(matches, end, lambda match: match.start)
        ]
        reading = Reading(default_year, sentence.year or default_year, sentence.before)
        for fact in read_sentence(sentence, inside, known, reading):
            facts.append(replace(fact, text=text[fact.start : fact.end]))
        offset = end + 1
    return tuple(sorted(dict.fromkeys(facts), key=lambda fact: (fact.start, fact.end, fact.name)))


T = TypeVar("T")


def _until(items: deque[T], end: int, start: Callable[[T], int]) -> list[T]:
    """Take the items that start before offset `end` off the front of `items`."""
    taken: list[T] = []
    while items and start(items[0]) < end:
        taken.append(items.popleft())
    return taken
