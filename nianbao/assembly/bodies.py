"""Bodies: which stretch of the text is the report, when it is printed twice or beside another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nianbao.rules.forms import REQUESTS, ROWS, SECTIONS
from nianbao.spans import Span

_HEADING_RANK = {f"heading.{section}": i for i, section in enumerate(SECTIONS)}
_ROW_RANK = {f"row.{REQUESTS}.{row}": i for i, row in enumerate(ROWS[REQUESTS])}
_META = ("title", "agency", "year", "date")

#: Rows of table 2 that a body must have shown before another 一、 can begin the next one.
ROWS_SEEN = 8
#: Rank of the row that a body must have come to before its first row can begin the next one.
LATE_ROW = 15
#: Share of the rows of the fullest body from which on a body is a whole report.
WHOLE_SHARE = 0.6
#: Characters that a line must have to be told again.
LINE_TOLD = 8


@dataclass(frozen=True, slots=True)
class Body:
    """One report in the text: its spans, and [start, end) of the folded text that belong to it."""

    start: int
    end: int
    spans: tuple[Span, ...]

    @property
    def rows(self) -> int:
        """How many different rows of table 2 it shows."""
        return len({span.label for span in self.spans if span.label in _ROW_RANK})

    @property
    def headings(self) -> int:
        return len({span.label for span in self.spans if span.label in _HEADING_RANK})


def find_bodies(text: str, spans: Sequence[Span]) -> list[Body]:
    """Cut `spans` (sorted) where the report begins anew; at least one body, in order."""
    cuts: list[int] = []
    headings: set[int] = set()
    rows: set[int] = set()
    for i, span in enumerate(spans):
        heading, row = _HEADING_RANK.get(span.label), _ROW_RANK.get(span.label)
        anew = heading == 0 and (len(headings) >= 4 or len(rows) >= ROWS_SEEN) and 0 in headings
        anew |= (
            row == 0
            and 0 in rows
            and len(rows) >= ROWS_SEEN
            and max(rows) >= LATE_ROW
            and _has_values(spans, i)
        )
        if anew and (heading == 0 or not _just_cut(cuts, spans, i)):
            cuts.append(_back_to_title(spans, i, cuts[-1] if cuts else 0))
            headings, rows = set(), set()
        if heading is not None:
            headings.add(heading)
        if row is not None:
            rows.add(row)
    told = _opening_lines(text, spans) if cuts else frozenset()
    starts = [0] + [_start_of_copy(text, spans, cut, told) for cut in cuts]
    borders = [0, *cuts, len(spans)]
    ends = [*starts[1:], len(text)]
    return [
        Body(
            starts[i],
            ends[i],
            tuple(s for s in spans[borders[i] : borders[i + 1]] if s.end <= ends[i]),
        )
        for i in range(len(starts))
    ]


def _opening_lines(text: str, spans: Sequence[Span]) -> frozenset[str]:
    """The lines above the first heading that are long enough to be told again."""
    opening = next((s.start for s in spans if s.label in _HEADING_RANK), 0)
    lines = (line.strip() for line in text[:opening].split("\n"))
    return frozenset(line for line in lines if len(line) >= LINE_TOLD)


def _start_of_copy(text: str, spans: Sequence[Span], cut: int, lines: frozenset[str]) -> int:
    """Where a body begins whose first span is `spans[cut]`: a second copy opens with a line that also
    opened the first one (one of `lines`: a title or introduction that nothing labelled)."""
    last = cut - 1
    while last > 0 and spans[last].label in (*_META, "furniture", "note"):
        last -= 1
    at = spans[last].end if cut else 0
    for line in text[at : spans[cut].start].split("\n"):
        if line.strip() in lines:
            return at
        at += len(line) + 1
    return spans[cut].start


def _has_values(spans: Sequence[Span], i: int) -> bool:
    """Tell whether values follow the label `spans[i]`; in a head or a sentence it has none."""
    return i + 2 < len(spans) and spans[i + 1].label == spans[i + 2].label == "value"


def _just_cut(cuts: Sequence[int], spans: Sequence[Span], i: int) -> bool:
    return bool(cuts) and all(span.label not in _ROW_RANK for span in spans[cuts[-1] : i])


def _back_to_title(spans: Sequence[Span], i: int, least: int) -> int:
    """The new body begins with the title, agency or date that stand before its first heading."""
    first = i
    while first - 1 > least and spans[first - 1].label in (*_META, "furniture"):
        first -= 1
    titles = [j for j in range(first, i) if spans[j].label in ("title", "year")]
    if not titles:
        return i
    start = titles[0]
    while start - 1 >= first and spans[start - 1].label in ("agency", "year", "title"):
        start -= 1
    return start


def choose_body(bodies: Sequence[Body]) -> Body:
    """Return the first body that shows about as much of a report as any other: what stands before it
    is a table of contents, what follows a copy or another report."""
    most = max(body.rows for body in bodies)
    whole = [body for body in bodies if body.rows >= WHOLE_SHARE * most]
    headings = max(body.headings for body in whole)
    return next(body for body in whole if most or body.headings == headings)
