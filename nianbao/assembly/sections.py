"""Sections: which of the labelled headings are the report's, and the narrative below each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nianbao.assembly.bodies import Body
from nianbao.reading.folding import Folded
from nianbao.report import Section
from nianbao.rules.forms import SECTIONS
from nianbao.spans import Span

_IDS = tuple(SECTIONS)
_TABLE_PREFIXES = ("row.", "column.", "group.", "value", "note")
#: Characters without a label that may stand between two labels of one table (a stray word, a lost
#: label); a longer stretch is prose.
TABLE_GAP = 40
#: Labels that make a stretch a table rather than a word of the form in prose.
TABLE_LABELS = 4
_WORD = re.compile(r"[^\s|]")
_SENTENCE_END = re.compile(r"[。！;；!]")
#: Nothing but signs (a rule, dust beside the numbers of a table), or a row of cells.
_EMPTY_LINE = re.compile(r"[\W_]*|[^|]*\|[^|]*\|.*")
_LINE_MARKS = " \t|#*>_-=·•\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class SectionPlace:
    """A section in folded offsets: its heading's span and the end of its stretch of text."""

    id: str
    heading: Span
    end: int


def choose_headings(text: str, body: Body) -> list[SectionPlace]:
    """Return the sections of `body` in order: the best-scored rising sequence of its headings, so
    that a table of contents or a sentence that repeats a heading does not become a section."""
    spans = [
        _whole_line(text, span, body.spans[i + 1 : i + 2])
        for i, span in enumerate(body.spans)
        if span.label.startswith("heading.")
    ]
    worth = [_worth(text, span, body) for span in spans]
    rank = [_IDS.index(span.label.removeprefix("heading.")) for span in spans]
    #: rank -> the best sequence that ends in a heading of that rank; the first of equals.
    best: dict[int, tuple[float, tuple[int, ...]]] = {}
    for i in range(len(spans)):
        before = [found for of, found in best.items() if of < rank[i]]
        score, path = max(before, key=_first_best, default=(0.0, ()))
        if rank[i] not in best or score + worth[i] > best[rank[i]][0]:
            best[rank[i]] = (score + worth[i], (*path, i))
    _, path = max(best.values(), key=_first_best, default=(0.0, ()))
    chosen = [spans[i] for i in path]
    ends = [*(span.start for span in chosen[1:]), body.end][: len(chosen)]
    return [
        SectionPlace(span.label.removeprefix("heading."), span, end)
        for span, end in zip(chosen, ends, strict=True)
    ]


#: A heading on a line of its own has no more characters than this without its label.
HEADING_REST = 24
#: Nor more than this before it: `三、`, `第三部分:`.
HEADING_MARK = 6
_HEADING_MARK = re.compile(r"[第部分章节是一二三四五六七八九十\d()、.,:\s]*")
_HEADING_REST = re.compile(r"[^\n|,。;；!！?？:：0-9]*")


#: The words with which most headings end; a label does not part them.
_LAST_WORDS = ("情况", "事项")


def _whole_line(text: str, span: Span, following: Sequence[Span]) -> Span:
    """Widen a heading that opens a short line of words to that line: its wording is the agency's own,
    and the labeller may know only a part of it.  What else is labelled on the line is no heading."""
    first_line = text[span.start : span.end].partition("\n")[0].rstrip()
    if first_line.endswith(_LAST_WORDS):
        span = replace(span, end=span.start + len(first_line))
    if text[span.end - 1 : span.end + 1] in _LAST_WORDS:
        span = replace(span, end=span.end + 1)
    start = text.rfind("\n", 0, span.start) + 1
    before = text[start : span.start]
    start += len(before) - len(before.lstrip(_LINE_MARKS))
    stop = text.find("\n", span.end)
    stop = len(text) if stop < 0 else stop
    rest = text[span.end : stop].rstrip(_LINE_MARKS + ":：")
    if span.start - start > HEADING_MARK or len(rest) > HEADING_REST:
        return span
    if not _HEADING_MARK.fullmatch(text, start, span.start):
        return span
    if any(other.start < stop for other in following):
        return span
    if not _HEADING_REST.fullmatch(rest) or " " in rest.strip():
        return span
    return replace(span, start=start, end=span.end + len(rest))


def _first_best(sequence: tuple[float, tuple[int, ...]]) -> tuple[float, int]:
    score, path = sequence
    return score, -path[-1]


def _worth(text: str, span: Span, body: Body) -> float:
    """A heading on a line of its own with text below it is worth more than one in a sentence; of two
    equal ones the later wins by a hair (the earlier stands in the table of contents)."""
    before = text[max(span.start - 12, 0) : span.start].rpartition("\n")[2]
    opens_line = not _WORD.search(before.replace("#", ""))
    position = span.start / max(body.end, 1)
    return span.score + (0.5 if opens_line else 0.0) + 0.001 * position


def table_extents(text: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Return [start, end) of each stretch of `spans` (sorted) that is a table, in folded offsets."""
    mine = [s for s in spans if s.label.startswith(_TABLE_PREFIXES)]
    extents: list[tuple[int, int, int]] = []
    for span in mine:
        if extents:
            start, end, count = extents[-1]
            gap = text[end : span.start]
            near = len(gap) <= TABLE_GAP or len(_WORD.findall(gap)) <= TABLE_GAP
            if near and not _SENTENCE_END.search(gap):
                extents[-1] = (start, max(end, span.end), count + 1)
                continue
        extents.append((span.start, span.end, 1))
    return [(start, end) for start, end, count in extents if count >= TABLE_LABELS]


def narrative(folded: Folded, body: Body, place: SectionPlace) -> list[tuple[int, int]]:
    """Return the stretches of a section's narrative, a line each: without tables, furniture, and the
    agency and date that sign the report; folded offsets."""
    start, end = place.heading.end, place.end
    inside = [s for s in body.spans if s.start >= start and s.end <= end]
    holes = table_extents(folded.text, inside)
    holes += [
        (s.start, _furniture_end(folded.text, s))
        for s in inside
        if s.label == "furniture" and _is_apart(folded.text, s)
    ]
    lines = _lines_without(folded.text, start, end, sorted(holes))
    if end == body.end:
        lines = _before_chrome(folded.text, lines, inside)
    signing = [s for s in inside if s.label in ("agency", "date", "title", "year")]
    while lines and _is_signature(folded.text, lines[-1], signing):
        # The spans below the last line sign no line above it.
        while signing and signing[-1].start >= lines[-1][0]:
            signing.pop()
        lines.pop()
    if lines:
        lines[-1] = _without_signature(folded.text, lines[-1], signing)
    return lines


#: Lines and characters a line that a site prints below a report's signature, at most.
CHROME_LINES, CHROME_LINE = 12, 48


def _before_chrome(
    text: str, lines: list[tuple[int, int]], inside: Sequence[Span]
) -> list[tuple[int, int]]:
    """Cut what a site prints below the line that signs the report: short lines, none a sentence."""
    signing = [s for s in inside if s.label in ("agency", "date")]
    for place in range(len(lines) - 1, max(len(lines) - 1 - CHROME_LINES, 0), -1):
        before = [s for s in signing if s.start < lines[place][1]]
        if before and _is_signature(text, lines[place], before):
            return lines[: place + 1]
        start, end = lines[place]
        if end - start > CHROME_LINE or text[end - 1] in "。；":
            return lines
    return lines


def _is_apart(text: str, span: Span) -> bool:
    """Tell whether furniture opens or closes its line; inside a sentence it is the label that errs."""
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    after = text[span.end : span.end + 1]
    return not before.strip(_LINE_MARKS) or after in ("", "\n", " ") or before[-1:] in " 。"


def _furniture_end(text: str, span: Span) -> int:
    """Return where the furniture ends that opens in `span`: a short line that begins with it and is no
    sentence is all of it."""
    start = text.rfind("\n", 0, span.start) + 1
    stop = text.find("\n", span.end)
    stop = len(text) if stop < 0 else stop
    opens = not text[start : span.start].strip(_LINE_MARKS)
    short = stop - start <= CHROME_LINE and not text[start:stop].rstrip().endswith(("。", ";"))
    return stop if opens and short else span.end


def _without_signature(
    text: str, line: tuple[int, int], signing: Sequence[Span]
) -> tuple[int, int]:
    """Cut the agency and date that stand behind the last sentence of a line."""
    start, end = line
    inside = sorted(
        (s for s in signing if start < s.start and s.end <= end), key=lambda s: -s.start
    )
    cut = end
    for span in inside:
        if cut - span.end > 2:
            break
        cut = start + len(text[start : span.start].rstrip(_LINE_MARKS))
    return (start, cut) if cut > start and _SENTENCE_END.match(text[cut - 1]) else line


def _lines_without(
    text: str, start: int, end: int, holes: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    pieces, at = [], start
    for hole_start, hole_end in holes:
        if hole_start > at:
            pieces.append((at, hole_start))
        at = max(at, hole_end)
    if at < end:
        pieces.append((at, end))
    lines = []
    for piece_start, piece_end in pieces:
        line_start = piece_start
        for line in text[piece_start:piece_end].split("\n"):
            line_end = line_start + len(line)
            stripped_start = line_start + len(line) - len(line.lstrip(_LINE_MARKS))
            stripped_end = line_start + len(line.rstrip(_LINE_MARKS))
            if not _EMPTY_LINE.fullmatch(line):
                lines.append((stripped_start, stripped_end))
            line_start = line_end + 1
    return lines


#: Characters of an agency's name, at most.
LONGEST_NAME = 30


def _is_signature(text: str, line: tuple[int, int], signing: Sequence[Span]) -> bool:
    """Tell whether the spans that sign the report cover the line but for three characters, or half of
    a line that is a name and no sentence."""
    start, end = line
    covered = 0
    for span in reversed(signing):
        if span.end <= start:
            break
        covered += max(min(span.end, end) - max(span.start, start), 0)
    if not covered:
        return False
    words = len(_WORD.findall(text[start:end]))
    is_name = words <= LONGEST_NAME and text[end - 1] not in "。；;"
    return words - covered <= 3 or (is_name and 2 * covered >= words)


_FOLDED_SIGNS = re.compile(r"[\"'\-|]")


def clean(folded: Folded, start: int, end: int) -> str:
    """Return the characters of folded [start, end) as the record gives them: Simplified, ruby gone,
    half-width letters and digits, but the quotation marks and dashes that the page has."""
    text, changes = folded.text, {}
    for sign in _FOLDED_SIGNS.finditer(text, start, end):
        original = folded.source_text[folded.starts[sign.start()]]
        if sign.group() != original and not original.isspace():
            changes[sign.start()] = unicodedata.normalize("NFKC", original)
    changes.update({i: char for i, char in folded.own.items() if start <= i < end})
    out: list[str] = []
    for i in sorted(changes):
        out += (text[start:i], changes[i])
        start = i + 1
    return "".join((*out, text[start:end]))


def read_sections(
    folded: Folded,
    places: Sequence[SectionPlace],
    narratives: Sequence[Sequence[tuple[int, int]]],
) -> tuple[Section, ...]:
    """Return the sections of the record, offsets in the text as read; `narratives` are the lines of
    each place."""
    sections = []
    for place, lines in zip(places, narratives, strict=True):
        start, end = folded.source(place.heading.start, place.end)
        heading = clean(folded, place.heading.start, place.heading.end)
        sections.append(
            Section(
                id=place.id,
                number=_IDS.index(place.id) + 1,
                heading=re.sub(r"\s+", "", heading),
                text="\n".join(clean(folded, *line).strip() for line in lines),
                start=start,
                end=end,
                confidence=place.heading.score,
            )
        )
    return tuple(sections)
