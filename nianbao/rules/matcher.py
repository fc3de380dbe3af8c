"""The rules-only labeller: known wordings, found by string distance, in the order of the form.

It is the baseline beside which the learned model is shown.  `match` looks for places that share
bigrams with a known wording, measures them by edit distance, and keeps the chain of rows that
follows the printed order best (dynamic programming), so that a word of the form in the prose does
not win over the row.  Heads, headings, title and values hang on that chain.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import log1p
from typing import Final

from nianbao.rules.extent import in_prose, whole_cell, with_brackets, with_number
from nianbao.rules.furnishings import find_furniture, find_meta
from nianbao.rules.gaps import fill_gaps
from nianbao.rules.headings import find_headings
from nianbao.rules.patterns import BLANK_MARK, CUT_HEADS, HEAD_TABLE, VALUE
from nianbao.rules.places import Candidate, Edges, find_places
from nianbao.rules.squeeze import SEPARATORS, Squeezed, squeeze
from nianbao.spans import Span

#: How many earlier candidates a chain may continue from.
REACH: Final = 48
BACKWARD: Final = 8.0
REPEATED: Final = 1.2
SKIPPED: Final = 0.04
#: What a row must weigh: a short word that is bounded on one side alone stays below.
MIN_WEIGHT: Final = 0.6
#: What a place in a sentence of figures loses: more than likeness and number together give.
PROSE: Final = 6.0
#: Heads stand no farther than this from another part of their table, in squeezed characters.
HEAD_REACH: Final = 90
#: A short row stands no farther than this from another part of a table.
ROW_REACH: Final = 160
#: A digit that numbers the next row rather than being a value.
_NEXT_NUMBER: Final = re.compile(r"\d[.、][\u3400-\u9fff]")
_SPACE: Final = re.compile(r"[\s|]*(?::?-{3,}:?[\s|]*)*")


def match(text: str) -> list[Span]:
    """Label the folded `text`; spans sorted, without overlap, `source` "rules".

    Time is linear in the length of `text` but for the measuring of candidates, whose number is
    bounded by the matches of known bigrams.
    """
    squeezed = squeeze(text)
    headings = find_headings(squeezed)
    places = find_places(squeezed, "rows")
    heads = find_places(squeezed, "heads")
    taken = _Taken(headings)
    cells = _judged(squeezed, places, Edges.of((*places, *heads), headings))
    rows = _chain([c for c in cells if taken.free(c.start, c.end)])
    rows = _in_company(rows, heads)
    labelled = [(c.start, c.end, c.wording.label, c.similarity) for c in rows]
    for start, end, *_ in labelled:
        taken.add(start, end)
    labelled += _heads(squeezed, heads, rows, taken, Edges.of((*rows, *heads), headings))
    labelled += [(start, end, label, 1.0) for start, end, label in headings]
    labelled += fill_gaps(squeezed.text, labelled)
    spans = [_span(squeezed, *item) for item in labelled]
    spans += find_meta(text, spans)
    spans = _without_overlap(spans)
    spans += _values(text, spans)
    return _without_overlap(spans + find_furniture(text))


# Rows --------------------------------------------------------------------------------------------


def _judged(squeezed: Squeezed, places: Iterable[Candidate], edges: Edges) -> list[Candidate]:
    """Weigh candidates of rows: likeness, number, and whether they stand between separators,
    values or other labels, as a cell does and a word in prose does not."""
    best: dict[tuple[str, int], Candidate] = {}
    for place in places:
        start, end = whole_cell(squeezed, place.start, place.end, edges)
        start, numbered = with_number(squeezed, start, place.wording.number)
        if place.wording.label.startswith("row."):
            end = with_brackets(squeezed, end)
        left = numbered or edges.left(squeezed, start)
        right = edges.right(squeezed, end)
        length = place.end - place.start
        weight = (place.similarity - 0.6) / 0.4 * (1 + min(length, 12) / 4)
        weight += 1.0 * numbered + 0.8 * left + 0.8 * right + 0.03 * length
        if not left or not right:
            weight -= 4.0 if not (left or right) else 2.5 if length <= 6 else 1.5
        if in_prose(squeezed, start, end):
            weight -= PROSE
        if length <= 4 and place.wording.number and not numbered:
            weight -= 1.0 if left and right and length > 2 else 2.6
        if weight <= MIN_WEIGHT:
            continue
        candidate = Candidate(start, end, place.wording, place.similarity, weight)
        key = (place.wording.label, place.end)
        if key not in best or best[key].weight < weight:
            best[key] = candidate
    return sorted(best.values(), key=lambda c: (c.start, c.end))


# The chain ---------------------------------------------------------------------------------------


def _chain(places: Sequence[Candidate]) -> list[Candidate]:
    """Return the sequence of candidates without overlap that follows the printed order best."""
    total = [c.weight for c in places]
    origin = [-1] * len(places)
    for j, later in enumerate(places):
        best = 0.0
        for i in range(j - 1, max(j - REACH, 0) - 1, -1):
            earlier = places[i]
            if earlier.end > later.start or total[i] <= best:
                continue
            value = total[i] - _cost(earlier, later)
            if value > best:
                best, origin[j] = value, i
        total[j] += best
    chain: list[Candidate] = []
    at = max(range(len(places)), key=total.__getitem__, default=-1)
    while at >= 0:
        chain.append(places[at])
        at = origin[at]
    return chain[::-1]


def _in_company(rows: list[Candidate], heads: Sequence[Candidate]) -> list[Candidate]:
    """Drop a row that has no other row and no head near: a word of the prose.  Only a long one
    that is the form's to the letter can stand alone."""
    edges = sorted(h.start for h in heads if len(h.wording.text) > 2 and h.similarity > 0.8)
    kept = []
    for at, row in enumerate(rows):
        near = bisect_left(edges, row.start - ROW_REACH) < bisect_right(edges, row.end + ROW_REACH)
        near = near or any(
            other is not row
            and other.start - row.end < ROW_REACH
            and row.start - other.end < ROW_REACH
            for other in rows[max(at - 1, 0) : at + 2]
        )
        if near or (len(row.wording.text) > 6 and row.similarity == 1.0):
            kept.append(row)
    return kept


def _cost(earlier: Candidate, later: Candidate) -> float:
    step = later.wording.order - earlier.wording.order
    cost = 0.25 * log1p(max(later.start - earlier.end - 60, 0) / 60)
    if step > 0:
        return cost + SKIPPED * (step - 1)
    return cost + (REPEATED if step == 0 else BACKWARD)


# Heads -------------------------------------------------------------------------------------------


class _Taken:
    """Stretches of the squeezed text that have their label."""

    def __init__(self, stretches: Iterable[tuple[int, int, str]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end, _ in stretches:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        at = bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self._ends.insert(at, end)

    def free(self, start: int, end: int) -> bool:
        at = bisect_right(self._starts, end - 1)
        return at == 0 or self._ends[at - 1] <= start


def _heads(
    squeezed: Squeezed,
    heads: list[Candidate],
    rows: list[Candidate],
    taken: _Taken,
    edges: Edges,
) -> list[tuple[int, int, str, float]]:
    """Return the heads of columns, blocks and groups that stand beside rows or other heads."""
    cells: list[Candidate] = []
    for head in heads:
        start, end = head.start, head.end
        if head.wording.label == "note":
            start, end = _note_ends(squeezed, start, end)
        elif head.wording.label.startswith("column."):
            end = with_brackets(squeezed, end)
        left = edges.left(squeezed, start)
        right = edges.right(squeezed, end)
        if head.wording.text in CUT_HEADS and not (left and right):
            continue
        if head.wording.label != "note" and in_prose(squeezed, start, end):
            continue
        if (left and right) or (len(head.wording.text) > 4 and (left or right)):
            weight = head.similarity * (end - start)
            cells.append(Candidate(start, end, head.wording, head.similarity, weight))
    chosen: list[Candidate] = []
    for cell in sorted(cells, key=lambda c: (-c.weight, c.start)):
        if taken.free(cell.start, cell.end):
            chosen.append(cell)
            taken.add(cell.start, cell.end)
    chosen.sort(key=lambda c: c.start)
    return _named(_near_table(chosen, rows))


def _note_ends(squeezed: Squeezed, start: int, end: int) -> tuple[int, int]:
    text = squeezed.text
    if text[start - 1 : start] == "(":
        start -= 1
    if text[end : end + 1] == ")":
        end += 1
    return start, end


def _near_table(heads: list[Candidate], rows: list[Candidate]) -> list[Candidate]:
    """Keep the heads that have a row or another head of their table near them."""
    parts: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        table = (
            row.wording.label.split(".")[1] if row.wording.label.startswith("row.") else "requests"
        )
        parts[table] += [row.start, row.end]
    for head in heads:
        parts[HEAD_TABLE[head.wording.label]] += [head.start, head.end]
    for places in parts.values():
        places.sort()
    kept = []
    for head in heads:
        places = parts[HEAD_TABLE[head.wording.label]]
        lo = bisect_left(places, head.start - HEAD_REACH)
        hi = bisect_right(places, head.end + HEAD_REACH)
        if hi - lo > 2 or head.wording.label == "note":
            kept.append(head)
    return kept


def _named(heads: list[Candidate]) -> list[tuple[int, int, str, float]]:
    """Give a cut head that several labels share the one whose turn it is; a total or `其他` goes to
    the table whose heads surround it."""
    named: list[tuple[int, int, str, float]] = []
    for at, head in enumerate(heads):
        label = head.wording.label
        shared = CUT_HEADS.get(head.wording.text, ())
        if len(shared) > 1:
            before = named[-1][2] if named else ""
            label = shared[1] if before == shared[0] else shared[0]
        elif label == "column.requests.total":
            near = heads[max(at - 3, 0) : at]
            if any("reconsideration" in h.wording.label for h in near):
                label = "column.reconsideration_litigation.total"
        named.append((head.start, head.end, label, head.similarity))
    return named


# Spans -------------------------------------------------------------------------------------------


def _span(squeezed: Squeezed, start: int, end: int, label: str, score: float) -> Span:
    first, last = squeezed.source(start, end)
    return Span(first, last, label, score, "rules")


def _without_overlap(spans: Sequence[Span]) -> list[Span]:
    """Return the spans by start; of two that overlap the one that stands first in `spans` stays."""
    kept: list[tuple[int, Span]] = []
    for rank, span in sorted(enumerate(spans), key=lambda item: (item[1].start, item[0])):
        if kept and kept[-1][1].end > span.start:
            if kept[-1][0] < rank:
                continue
            kept.pop()
        kept.append((rank, span))
    return [span for _, span in kept]


def _values(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the values: any between two parts of a table, and the unbroken run after the last."""
    values: list[Span] = []
    parts = [s for s in spans if s.label.startswith(("row.", "column.", "group."))]
    for part in parts:
        index = bisect_right(spans, part.start, key=lambda s: s.start)
        following = spans[index] if index < len(spans) else None
        stop = following.start if following else len(text)
        inside = following is not None and following.label.startswith(("row.", "group."))
        if part.label.startswith(("column.", "group.")) and "total" not in part.label:
            inside = False
        values += _value_run(text, part.end, stop, broken=inside and stop - part.end < 400)
    return values


def _value_run(text: str, at: int, stop: int, broken: bool) -> list[Span]:
    """Return the values in [at, stop); without `broken` the first other character ends the run."""
    values: list[Span] = []
    while True:
        found = _SPACE.match(text, at, stop)
        at = found.end() if found else at
        if at >= stop:
            return values
        value = VALUE.match(text, at, stop)
        if value is None:
            value = BLANK_MARK.match(text, at, stop)
            if value and not (value.end() >= stop or text[value.end()] in SEPARATORS):
                value = None
        if value is not None and _NEXT_NUMBER.match(text, value.end() - 1):
            value = None
        if value is not None:
            values.append(Span(at, value.end(), "value", 1.0, "rules"))
            at = value.end()
        elif broken:
            at += 1
        else:
            return values
