"""Rules for what stands around the tables: title, dates, page furniture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz.fuzz import partial_ratio_alignment

from nianbao.rules.patterns import (
    DATE,
    DATE_CUE,
    FURNITURE,
    TITLE_TAIL,
    YEAR,
)
from nianbao.spans import Span

#: Where a damaged title is looked for, in characters, and how like it must be, of 100.
MAX_HEAD: Final = 2000
MIN_TITLE: Final = 70
#: How far the start of a line is looked for, in characters.
MAX_LINE: Final = 120
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
    best = best or _damaged_title(text, first)
    if best is None:
        return []
    start, tail_start, end = best
    start = _with_line_before(text, start, tail_start)
    return _title_pieces(text, start, tail_start, end)


_YEAR_ONLY: Final = re.compile(r"\s*(?:(?:19|20)\d\d\s*年?度?)?\s*(?:关于)?\s*")
_AGENCY_LINE: Final = re.compile(r"[\u3400-\u9fff()·]{2,30}\s*(?:(?:19|20)\d\d\s*年度?)?")


_TAIL: Final = "政府信息公开工作年度报告"


def _damaged_title(text: str, first: int) -> tuple[int, int, int] | None:
    """Return start, tail and end of the line before `first` that is most like a title, if any is."""
    best: tuple[float, int, int, int] | None = None
    for line in re.finditer(r"[^\n]+", text[: min(first, MAX_HEAD)]):
        body = line.group().rstrip(" \t\r|")
        if not 8 <= len(body) <= 60 or re.search(r"[。;《>]", body):
            continue
        found = partial_ratio_alignment(_TAIL, body, score_cutoff=MIN_TITLE)
        damaged = found is not None and found.score < 99 and found.dest_end >= len(body) - 2
        if found and damaged and (best is None or found.score > best[0]):
            opening = _OPENING.match(body)
            start = line.start() + (opening.end() if opening else 0)
            at, end = line.start() + found.dest_start, line.start() + len(body)
            best = found.score, start, max(start, at), end
    return best[1:] if best else None


def _with_line_before(text: str, start: int, tail_start: int) -> int:
    """Return the start of the line before when a title line names no agency and that one does."""
    if not _YEAR_ONLY.fullmatch(text, start, tail_start):
        return start
    reach = max(start - MAX_LINE, 0)
    end = reach + len(text[reach:start].rstrip())
    line = max(text.rfind("\n", reach, end) + 1, reach)
    line += len(text[line:end]) - len(text[line:end].lstrip(" \t|#*"))
    return line if end < start and _AGENCY_LINE.fullmatch(text, line, end) else start


def _title_pieces(text: str, start: int, cut: int, end: int) -> list[Span]:
    """Cut [start, end) into agency and year, which end at `cut`, and the rest."""
    year = YEAR.search(text, start, cut + 1)
    pieces: list[tuple[int, int, str]] = []
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
