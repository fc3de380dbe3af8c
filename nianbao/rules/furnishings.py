"""Rules for what stands around the tables: title, dates, page furniture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz.fuzz import partial_ratio_alignment

from nianbao.rules.patterns import (
    AGENCY_END,
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
#: How long what stands before the last words of a title may be, in characters.
MAX_TITLE: Final = 45
#: How near the end of the text a signature stands, in characters.
MAX_SIGNED: Final = 600
#: How far the start of a line is looked for, in characters.
MAX_LINE: Final = 120
_ABOUT: Final = "关于"
_BLANK: Final = " \t\n\r|"
_MARKS: Final = " \t\r|()•·*#"
_PROSE: Final = re.compile(r"[。,;《>(]")
_BOUNDARY: Final = re.compile(r"[\n|\t_:>]|  ")
_OPENING: Final = re.compile(r"^[#*\s]*(?:[标题名信息]{1,2}\s*[题称]\s*:\s*)?")


def find_meta(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the pieces of the title, and the dates that a cue or a line of their own marks."""
    first = min((s.start for s in spans), default=len(text))
    return _titles(text, first) + _dates(text)


def _titles(text: str, first: int) -> list[Span]:
    """Return the pieces of the titles before `first`: the site's, the metadata's, the page's own."""
    titles: list[list[Span]] = []
    for tail in TITLE_TAIL.finditer(text, 0, first):
        start = _title_start(text, tail.start())
        before, after = text[start : tail.start()], text[tail.end() : tail.end() + 1]
        ends = after in ("", "\n", "\r", "|", " ", "_", "-")
        named = YEAR.search(before) is not None and _opens_line(text, start)
        if _PROSE.search(before) or len(before) > MAX_TITLE or not (ends or named):
            continue
        if after in ("》", "的", "、", ","):
            continue
        start = _with_line_before(text, start, tail.start())
        titles.append(_title_pieces(text, start, tail.start(), tail.end()))
    dated = [pieces for pieces in titles if any(p.label == "year" for p in pieces)]
    chosen = dated or [pieces for pieces in titles if _names_agency(text, pieces)]
    if chosen:
        return [piece for pieces in chosen for piece in pieces]
    found = _damaged_title(text, first)
    if found is None:
        return []
    return _title_pieces(text, _with_line_before(text, found[0], found[1]), *found[1:])


def _title_start(text: str, tail: int) -> int:
    """Return where the title that ends in the words at `tail` begins: behind a line's start, a cell,
    a wide gap or a cue such as 标题:, or behind a name of its own that one blank sets off."""
    reach = max(tail - MAX_LINE, 0)
    before = text[reach:tail]
    start = max((m.end() for m in _BOUNDARY.finditer(before)), default=0)
    blank = before.rfind(" ", start)
    if blank > 0 and len(YEAR.sub("", before[blank:]).strip()) >= 4:
        start = blank + 1
    return reach + start + len(before[start:]) - len(before[start:].lstrip("#* "))


def _names_agency(text: str, pieces: Sequence[Span]) -> bool:
    names = (text[p.start : p.end] for p in pieces if p.label == "agency")
    return any(len(name) >= 4 and AGENCY_END.search(name) for name in names)


def _opens_line(text: str, start: int) -> bool:
    before = text[max(start - 6, 0) : start].rstrip("#* \t|")
    return not before or before.endswith("\n")


_YEAR_ONLY: Final = re.compile(r"\s*(?:关于)?\s*(?:(?:19|20)\d\d\s*年?度?)?\s*(?:关于)?\s*")
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
    year = YEAR.search(text, start, cut)
    pieces = [(cut, end, "title")]
    stretches = [(start, cut)]
    if year:
        pieces.append((year.start(), year.end(), "year"))
        stretches = [(start, year.start()), (year.end(), cut)]
    for first, last in stretches:
        about = text.find(_ABOUT, first, last)
        if about >= 0:
            pieces.append((about, about + len(_ABOUT), "title"))
            pieces += [(first, about, "agency"), (about + len(_ABOUT), last, "agency")]
        else:
            pieces.append((first, last, "agency"))
    trimmed = (_trimmed(text, *piece) for piece in pieces)
    return [span for span in trimmed if span is not None]


def _trimmed(text: str, start: int, end: int, label: str) -> Span | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(_BLANK))
    piece = piece.strip(_BLANK)
    return Span(start, start + len(piece), label, 1.0, "rules") if piece else None


def _dates(text: str) -> list[Span]:
    """Return dates after a cue such as 发布日期, or alone on a line; with the agency that signs
    above or before such a date at the end of the text."""
    found = []
    for date in DATE.finditer(text):
        before = text[max(date.start() - 12, 0) : date.start()]
        left = text[max(date.start() - MAX_LINE, 0) : date.start()].rpartition("\n")[2]
        right = text[date.end() : date.end() + MAX_LINE].partition("\n")[0]
        left, right = left.strip(_MARKS), right.strip(_MARKS)
        signer = None
        if not right and date.end() > len(text) - MAX_SIGNED:
            signer = _signer(text, date.start())
        if DATE_CUE.search(before) or not (left or right) or signer:
            found.append(Span(date.start(), date.end(), "date", 1.0, "rules"))
            found += [signer] if signer else []
    return found


def _signer(text: str, at: int) -> Span | None:
    """Return the agency whose name ends just before `at`, on a line of its own or with the date."""
    reach = max(at - MAX_LINE, 0)
    end = reach + len(text[reach:at].rstrip(_BLANK))
    start = max(text.rfind("\n", reach, end) + 1, reach)
    start += len(text[start:end]) - len(text[start:end].lstrip(_BLANK))
    name = _AGENCY_LINE.fullmatch(text, start, end)
    if name is None or not AGENCY_END.search(name.group()):
        return None
    return Span(start, end, "agency", 1.0, "rules")


def find_furniture(text: str) -> list[Span]:
    """Return page numbers on lines of their own."""
    spans = []
    for line in FURNITURE.finditer(text):
        start = line.start() + len(line.group()) - len(line.group().lstrip())
        spans.append(Span(start, line.end(), "furniture", 1.0, "rules"))
    return spans
