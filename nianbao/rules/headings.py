"""The six section headings: known wordings anywhere, reworded ones on a numbered line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from nianbao.rules.forms import SECTIONS
from nianbao.rules.patterns import HEADING_KEYS, HEADINGS
from nianbao.rules.places import Candidate, find_places
from nianbao.rules.squeeze import Squeezed

#: A heading is no longer than this without its number, in characters.
MAX_HEADING: Final = 42
#: What going back, or repeating a section, costs: more than the best heading is worth.
BACK: Final = 2.5
_NUMBER: Final = re.compile(r"第?([一二三四五六七八])(?:[、.,:是]|部分[、,:]?)")
_NUMBER_BEFORE: Final = re.compile(
    r"(?:第([一二三四五六七八])部分[、,:]?|([一二三四五六七八])[、.,:是])$"
)
#: Some pages number the sections (一) to (六), as others do their sub-headings.
_BRACKETED_BEFORE: Final = re.compile(r"\(([一二三四五六七八])\)[、.,]?$")
_BROKEN: Final = re.compile(r"[|\n]")
#: The page number behind a heading in a table of contents.
_LISTED: Final = re.compile(r"[ \t]*(?:\.\.|…|·{2}|\d{1,2}[ \t]*(?:\n|$))")
_PROSE: Final = re.compile(r"[。;,!?…]|\.\.")
_ORDER: Final = {section: number for number, section in enumerate(SECTIONS)}

#: Start, end, number of the section from 0, score.
_Found = tuple[int, int, int, float]


def find_headings(squeezed: Squeezed) -> list[tuple[int, int, str]]:
    """Return (start, end, label) of the six headings, in squeezed offsets.

    The sequence that keeps the order of the sections best is chosen among the candidates.
    """
    places = find_places(squeezed, "headings")
    found = [f for place in places if (f := _judged(squeezed, place, _NUMBER_BEFORE))]
    if _sections(found) < 3:
        bracketed = [f for place in places if (f := _judged(squeezed, place, _BRACKETED_BEFORE))]
        found += bracketed if _sections(bracketed) >= 3 else []
    opening = (n for n in _NUMBER.finditer(squeezed.text) if squeezed.line_break(n.start()))
    found += [line for number in opening if (line := _numbered_line(squeezed, number))]
    found.sort()
    sections = list(SECTIONS)
    return [(s, e, f"heading.{sections[k]}") for s, e, k, _ in _best_order(found)]


def _sections(found: Sequence[_Found]) -> int:
    return len({section for _, _, section, _ in found})


def _judged(squeezed: Squeezed, place: Candidate, numbering: re.Pattern[str]) -> _Found | None:
    """Return the place as a heading when its number, which `numbering` finds before it, or a line
    of its own says that it is one."""
    text, start, similarity = squeezed.text, place.start, place.similarity
    before = numbering.search(text[max(start - 5, 0) : start])
    agrees = numbered = False
    if before:
        numbered = True
        agrees = place.wording.number in before.groups()
        start -= len(before.group())
    elif text[start - 1 : start] == "、" and squeezed.line_break(start - 2):
        start -= 2
    elif text[start - 1 : start] == place.wording.number and squeezed.separated(start - 1):
        start, agrees = start - 1, squeezed.line_break(place.end)
    if start and text[start - 1] in "()第0123456789." and not squeezed.line_break(start):
        opens = text[start - 1].isdigit() and agrees
        if not opens:
            return None
    else:
        opens = squeezed.line_break(start) or text[start - 1] in "。;:!"
    closes = squeezed.line_break(place.end)
    mentioned = not closes and text[place.end] in "和与及中的、,》…"
    listed = _LISTED.match(squeezed.original, squeezed.at[place.end - 1] + 1)
    if mentioned or listed or (before and before.group().startswith("第") and not opens):
        return None
    if before and before.group().endswith("是"):
        agrees = agrees and opens and closes and len(place.wording.text) >= 10
        if not agrees:
            return None
    length = place.end - place.start
    if agrees:
        accepted = opens or closes or similarity >= 0.95
    else:
        accepted = opens and closes and (similarity >= 0.9 or start < place.start)
        renumbered = numbered and squeezed.separated(start) and length >= 8
        lone = squeezed.separated(start) and squeezed.separated(place.end) and length >= 9
        accepted = accepted or ((renumbered or lone) and similarity >= 0.95)
    first, last = squeezed.source(start, place.end)
    if not accepted or (not agrees and _BROKEN.search(squeezed.original, first, last)):
        return None
    score = similarity + 0.3 * (agrees + opens + closes) + 0.1 * numbered + min(length, 12) / 60
    section = place.wording.label.removeprefix("heading.")
    return start, place.end, _ORDER[section], score


def _line_end(squeezed: Squeezed, start: int) -> int:
    """Return the squeezed end of the line or cell, or `start + MAX_HEADING + 1` if it is longer."""
    limit = min(start + MAX_HEADING + 1, len(squeezed.text))
    return next((at for at in range(start + 1, limit + 1) if squeezed.line_break(at)), limit)


def _numbered_line(squeezed: Squeezed, number: re.Match[str]) -> _Found | None:
    """Return a numbered line as a heading when it is near a known wording or holds its words."""
    start = number.end()
    if start >= len(squeezed.text):
        return None
    line = squeezed.text[start : _line_end(squeezed, start)].rstrip(":。.")
    if not 4 <= len(line) <= MAX_HEADING or number.group().endswith("是"):
        return None
    if _PROSE.search(line) or line[-1].isdigit():
        return None
    best = _by_words(line, number.group(1))
    for wording in HEADINGS:
        similarity = 1 - Levenshtein.distance(wording.text, line) / max(
            len(wording.text), len(line)
        )
        if similarity >= 0.7:
            score = similarity + 0.6 + 0.3 * (number.group(1) == wording.number)
            score += min(len(line), 12) / 60
            if best is None or score > best[1]:
                best = wording.label.removeprefix("heading."), score
    if best is None:
        return None
    return number.start(), start + len(line), _ORDER[best[0]], best[1]


def _by_words(line: str, number: str) -> tuple[str, float] | None:
    """Return the section whose words a short numbered line holds, if its number agrees or no
    other section has them."""
    holders = [
        section
        for section, groups in HEADING_KEYS.items()
        if any(all(word in line for word in group) for group in groups)
    ]
    if "公开" in line and "申请" in line and "复议" in line:
        holders = ["reconsideration_litigation"]
    numbered = [s for s in holders if SECTIONS[s].startswith(number)]
    if numbered:
        return numbered[0], 0.9
    if len(holders) == 1 and len(line) <= 30:
        return holders[0], 0.5
    return None


def _best_order(
    found: Sequence[_Found],
) -> list[_Found]:
    """Return the headings that keep the order of the sections; going back costs as much as a
    heading is worth, so that only a report printed twice does it."""
    total = [f[3] for f in found]
    origin = [-1] * len(found)
    for j, (start, _, section, score) in enumerate(found):
        best = 0.0
        for i in range(max(0, j - 30), j):
            if found[i][1] > start:
                continue
            step = section - found[i][2]
            value = total[i] - (0.05 * (step - 1) if step > 0 else BACK)
            if value > best:
                best, origin[j] = value, i
        total[j] = score + best
    at = max(range(len(found)), key=total.__getitem__, default=-1)
    chain = []
    while at >= 0:
        chain.append(found[at])
        at = origin[at]
    return chain[::-1]
