"""Rules for what stands around the tables: headings, title, date, page furniture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from nianbao.rules.forms import SECTIONS
from nianbao.rules.patterns import (
    DATE,
    DATE_CUE,
    FURNITURE,
    HEADING_KEYS,
    HEADING_VARIANTS,
    TITLE_TAIL,
    YEAR,
)
from nianbao.rules.squeeze import Squeezed
from nianbao.spans import Span

#: A heading is no longer than this without its number, in characters.
MAX_HEADING: Final = 42
#: How far the start of a line is looked for, in characters.
MAX_LINE: Final = 120
#: Least similarity of a heading that the text runs on from, and of one without a number.
MIN_INLINE: Final = 0.85
_NUMBER: Final = re.compile(r"第?([一二三四五六七八])(?:[、.,:是]|部分[、,:]?)")
_PROSE: Final = re.compile(r"[。;,!?]")


@cache
def _wordings() -> tuple[tuple[str, str, str], ...]:
    """Return (section, number, wording without number), the longest first."""
    wordings = []
    for section, heading in SECTIONS.items():
        number, core = heading.split("、", 1)
        for text in dict.fromkeys((core, *HEADING_VARIANTS[section])):
            wordings.append((section, number, text))
    return tuple(sorted(wordings, key=lambda w: -len(w[2])))


def find_headings(squeezed: Squeezed) -> list[tuple[int, int, str]]:
    """Return (start, end, label) of the six headings, in squeezed offsets.

    Each numbered place is compared with the known wordings; a short line that only holds the right
    words counts too.  The sequence that keeps the order of the sections best is chosen.
    """
    found: list[tuple[int, int, int, float]] = []
    order = list(SECTIONS)
    for number in _NUMBER.finditer(squeezed.text):
        start = number.start()
        opens = squeezed.line_break(start)
        if not opens and squeezed.text[start - 1] in "((第":
            continue
        scored = _heading_at(squeezed, number, opens)
        if scored is not None:
            section, end, score = scored
            found.append((start, end, order.index(section), score))
    found += _unnumbered(squeezed, order)
    found.sort()
    return [(s, e, f"heading.{order[k]}") for s, e, k, _ in _best_order(found)]


def _line_end(squeezed: Squeezed, start: int) -> int:
    """Return the squeezed end of the line or cell, or `start + MAX_HEADING + 1` if it is longer."""
    limit = min(start + MAX_HEADING + 1, len(squeezed.text))
    return next((at for at in range(start + 1, limit + 1) if squeezed.line_break(at)), limit)


def _heading_at(
    squeezed: Squeezed, number: re.Match[str], opens: bool
) -> tuple[str, int, float] | None:
    text, start = squeezed.text, number.end()
    best: tuple[float, str, int] | None = None
    if start >= len(text):
        return None
    line_end = _line_end(squeezed, start)
    line = text[start:line_end].rstrip(":。.")
    alone = opens and len(line) <= MAX_HEADING and not _PROSE.search(line)
    for section, expected, wording in _wordings():
        agrees = number.group(1) == expected
        if alone:
            similarity = 1 - Levenshtein.distance(wording, line) / max(len(wording), len(line), 1)
            reach = start + len(line)
        else:
            similarity, reach = _inline(text, start, wording)
        if similarity < (0.7 if alone else MIN_INLINE):
            continue
        if number.group().endswith("是") and not (alone and agrees and len(wording) >= 10):
            continue
        score = similarity + 0.3 * agrees + 0.3 * alone + min(len(wording), 12) / 60
        if not opens and not (agrees and similarity > 0.95 and len(wording) >= 4):
            continue
        if best is None or score > best[0]:
            best = score, section, reach
    if best is None and alone and len(line) >= 4 and not number.group().endswith("是"):
        best = _by_words(line, number.group(1), start)
    return (best[1], best[2], best[0]) if best else None


def _inline(text: str, start: int, wording: str) -> tuple[float, int]:
    """Return likeness and end of `wording` at `start` of a text that runs on."""
    window = text[start : start + len(wording) + 2]
    if window.startswith(wording):
        return 1.0, start + len(wording)
    found = partial_ratio_alignment(wording, window, score_cutoff=80)
    if found is None or found.dest_start > 1:
        return 0.0, start
    return found.score / 100, start + found.dest_end


def _by_words(line: str, number: str, start: int) -> tuple[float, str, int] | None:
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
        return 0.9, numbered[0], start + len(line)
    if len(holders) == 1 and len(line) <= 30:
        return 0.5, holders[0], start + len(line)
    return None


def _unnumbered(squeezed: Squeezed, order: Sequence[str]) -> list[tuple[int, int, int, float]]:
    """Return lines that are a statutory heading without its number, and nothing else."""
    found = []
    for section, heading in SECTIONS.items():
        core = heading.split("、", 1)[1]
        for at in _occurrences(squeezed.text, core):
            if squeezed.line_break(at) and squeezed.line_break(at + len(core)):
                found.append((at, at + len(core), order.index(section), 0.8))
    return found


def _occurrences(text: str, core: str) -> list[int]:
    return [m.start() for m in re.finditer(re.escape(core), text)]


def _best_order(
    found: Sequence[tuple[int, int, int, float]],
) -> list[tuple[int, int, int, float]]:
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
            value = total[i] - (0.05 * (step - 1) if step > 0 else 1.6 if step < 0 else 1.3)
            if value > best:
                best, origin[j] = value, i
        total[j] = score + best
    at = max(range(len(found)), key=total.__getitem__, default=-1)
    chain = []
    while at >= 0:
        chain.append(found[at])
        at = origin[at]
    return chain[::-1]


# Title and date --------------------------------------------------------------------------------------

_OPENING: Final = re.compile(r"^[#*\s]*(?:标题:\s*|关于)?")


def find_meta(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the pieces of the title, and the dates that a cue or a line of their own marks."""
    first = min((s.start for s in spans), default=len(text))
    return _title(text, first) + _dates(text)


def _title(text: str, first: int) -> list[Span]:
    """Return the pieces of the last title before `first` that opens a line."""
    best: tuple[int, int, int] | None = None
    for tail in TITLE_TAIL.finditer(text, 0, first):
        reach = max(tail.start() - MAX_LINE, 0)
        line = max(text.rfind("\n", reach, tail.start()) + 1, reach)
        head = _OPENING.match(text[line : tail.start()])
        start = line + (head.end() if head else 0)
        before = text[start : tail.start()]
        after = text[tail.end() : tail.end() + 1]
        in_prose = re.search(r"[。,;:《>(]", before) or len(before) > 45
        if in_prose or (after and after in "》的、,("):
            continue
        lone = after in ("", "\n", "\r", "|")
        if best is None or lone:
            best = start, tail.start(), tail.end()
            if lone and (before.strip() and YEAR.search(before)):
                break
    if best is None:
        return []
    start, tail_start, end = best
    start = _with_line_before(text, start, tail_start)
    return _title_pieces(text, start, end)


_YEAR_ONLY: Final = re.compile(r"\s*(?:(?:19|20)\d\d\s*年?度?)?\s*(?:关于)?\s*")
_AGENCY_LINE: Final = re.compile(r"[\u3400-\u9fff()·]{2,30}\s*(?:(?:19|20)\d\d\s*年度?)?")


def _with_line_before(text: str, start: int, tail_start: int) -> int:
    """Return the start of the line before when a title line names no agency and that one does."""
    if not _YEAR_ONLY.fullmatch(text, start, tail_start):
        return start
    reach = max(start - MAX_LINE, 0)
    end = reach + len(text[reach:start].rstrip())
    line = max(text.rfind("\n", reach, end) + 1, reach)
    line += len(text[line:end]) - len(text[line:end].lstrip(" \t|#*"))
    return line if end < start and _AGENCY_LINE.fullmatch(text, line, end) else start


def _title_pieces(text: str, start: int, end: int) -> list[Span]:
    """Cut [start, end) into agency, year and the rest."""
    year = YEAR.search(text, start, end)
    pieces: list[tuple[int, int, str]] = []
    tail = TITLE_TAIL.search(text, start, end)
    cut = tail.start() if tail else end
    if year:
        pieces.append((year.start(), year.end(), "year"))
        rest = re.compile(r"\s*年度?\s*").match(text, year.end(), end)
        after = rest.end() if rest else year.end()
        pieces.append((start, year.start(), "agency"))
        pieces.append((after, cut, "agency"))
        pieces.append((cut, end, "title"))
    else:
        pieces += [(start, cut, "agency"), (cut, end, "title")]
    spans = []
    for first, last, label in pieces:
        while first < last and text[first] in " \t\n\r|":
            first += 1
        while last > first and text[last - 1] in " \t\n\r|":
            last -= 1
        if first < last:
            spans.append(Span(first, last, label, 1.0, "rules"))
    return spans


def _dates(text: str) -> list[Span]:
    """Return dates after a cue such as 发布日期, or alone on a line."""
    dates = []
    for date in DATE.finditer(text):
        before = text[max(date.start() - 12, 0) : date.start()]
        left = text[max(date.start() - MAX_LINE, 0) : date.start()].rpartition("\n")[2]
        right = text[date.end() : date.end() + MAX_LINE].partition("\n")[0]
        if DATE_CUE.search(before) or not (left + right).strip(" \t\r|()•·*#"):
            dates.append(Span(date.start(), date.end(), "date", 1.0, "rules"))
    return dates


def find_furniture(text: str) -> list[Span]:
    """Return page numbers on lines of their own."""
    spans = []
    for line in FURNITURE.finditer(text):
        start = line.start() + len(line.group()) - len(line.group().lstrip())
        spans.append(Span(start, line.end(), "furniture", 1.0, "rules"))
    return spans
