"""Glyphs -> lines -> paragraphs, by where they stand on the page.

Chinese is set in em squares and wrapped anywhere: a line that reaches the right margin goes on in
the next one unless that is indented or begins with a number of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nianbao.reading.pdf_page import Glyph

#: In ems.  A blank in wide text is half an em or less (justification, `总 计`); what separates
#: columns is an em or more.  Latin words stand a quarter of an em apart.
_WIDE_GAP: Final = 0.9
_LATIN_GAP: Final = 0.2
#: A glyph printed twice to look bold is moved by less than this.
_OVERPRINT: Final = 0.2
#: How far from the right margin a full line may end (no punctuation begins a line), and how far
#: from the left one its sequel may begin.
_SHORT: Final = 2.1
_INDENT: Final = 0.8
#: Line pitch, relative to the usual one, above which a new paragraph begins.
_LOOSE: Final = 1.7

_PAGE_NUMBER: Final = re.compile(
    r"[-—–―－·•~\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／,，共]+\s*\d{1,4}\s*页?)?[-—–―－·•~\s]*"
)
_NUMBERED: Final = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|\d{1,2}[.．、](?!\d)|[（(]\d{1,2}[）)]"
)
_LATIN: Final = re.compile(r"[!-~]")


@dataclass(slots=True)
class TextLine:
    """One printed line; `page` counts from 0."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    page: int = 0

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def text_lines(glyphs: Iterable[Glyph], page: int = 0) -> list[TextLine]:
    """Return the lines that `glyphs` make, from top to bottom."""
    rows: list[list[Glyph]] = []
    middle = 0.0
    for glyph in sorted(glyphs, key=lambda g: (g.middle, g.x0)):
        if rows and glyph.middle - middle < 0.5 * min(glyph.size, rows[-1][0].size):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
            middle = glyph.middle
    return [_line(row, page) for row in rows]


def _line(row: list[Glyph], page: int) -> TextLine:
    row.sort(key=lambda g: (g.x0, g.x1))
    size = Counter(round(g.size, 1) for g in row).most_common(1)[0][0] or 1.0
    parts = [row[0].text]
    last = row[0]
    for glyph in row[1:]:
        if glyph.text == last.text and glyph.x0 - last.x0 < _OVERPRINT * size:
            continue
        latin = bool(_LATIN.match(glyph.text) and _LATIN.match(last.text))
        if glyph.x0 - last.x1 > (_LATIN_GAP if latin else _WIDE_GAP) * size:
            parts.append(" ")
        parts.append(glyph.text)
        last = glyph
    return TextLine(
        "".join(parts),
        row[0].x0,
        max(g.x1 for g in row),
        min(g.top for g in row),
        max(g.bottom for g in row),
        size,
        page,
    )


def join_wrapped(text: str, following: str) -> str:
    """Return `text` with the line that follows it: Chinese and figures that wrap are joined, Latin
    words stay apart."""
    if text and text[-1].isascii() and text[-1].isalpha() and following[:1].isascii():
        return f"{text} {following}"
    return text + following


def cell_lines(glyphs: Iterable[Glyph]) -> str:
    """Return the text of a table cell on one line."""
    text = ""
    for line in text_lines(glyphs):
        text = join_wrapped(text, line.text)
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Margins:
    """The left and right edge of the body text, and the usual distance of its lines; in points."""

    left: float
    right: float
    pitch: float


def margins(lines: list[TextLine]) -> Margins:
    """Return the margins that most of the longer lines keep; where no left one is kept, as in lines
    that are centred, that of the line that reaches farthest."""
    if not lines:
        return Margins(0, 0, 0)
    widest = max(line.x1 - line.x0 for line in lines)
    long = [line for line in lines if line.x1 - line.x0 >= 0.7 * widest]
    right = _usual([line.x1 for line in long])
    lefts = Counter(round(line.x0 / 2) for line in long)
    common = [x for x, count in lefts.items() if count * 8 >= len(long)]
    pitches = [
        below.middle - above.middle
        for above, below in zip(lines, lines[1:], strict=False)
        if above.page == below.page and below.middle > above.middle
    ]
    return Margins(min(common or lefts) * 2, right, _usual(pitches) if pitches else 0)


def _usual(values: list[float]) -> float:
    """Return the most frequent value, to two points; the smaller one of a tie."""
    counts = Counter(round(value / 2) for value in values)
    return 2 * max(sorted(counts), key=lambda value: counts[value])


def is_page_number(text: str) -> bool:
    """Say whether a line is nothing but the number of a page."""
    return bool(_PAGE_NUMBER.fullmatch(text))


#: A full line that ends a sentence at the foot of a page mostly ends its paragraph too.
_SENTENCE_ENDS: Final = ("。", "！", "？", "；")


def goes_on(line: TextLine, following: TextLine, edges: Margins) -> bool:
    """Say whether `following` continues the paragraph of `line`."""
    if line.x1 < edges.right - _SHORT * line.size:
        return False
    if abs(following.x0 - edges.left) > _INDENT * line.size:
        return False
    if _NUMBERED.match(following.text) or abs(following.size - line.size) > 0.2 * line.size:
        return False
    same_page = line.page == following.page
    if not same_page and line.text.endswith(_SENTENCE_ENDS):
        return False
    return not (same_page and following.middle - line.middle > _LOOSE * edges.pitch)
