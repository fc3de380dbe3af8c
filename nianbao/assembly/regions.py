"""Regions: what follows each label until the next one, and the slots for values that it holds.

A slot is a place where a cell may have stood: a printed value, a blank mark, or an empty place that
the separators prove (two bars) or suggest (more line ends than usual).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from nianbao.spans import Span

#: "lead" and "pad" are empty places before the first and after the last value: they may be cells or
#: only the padding of merged cells.
SlotKind = Literal["value", "empty", "soft", "lead", "pad"]


class Slot(NamedTuple):
    """[start, end) of a place for a value; `weak` when nothing but blanks separates it from the slot
    before it, so that the two may be one number or the border may be lost."""

    kind: SlotKind
    start: int
    end: int
    score: float = 1.0
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A label and what follows it: [label.end, end), with the values in it."""

    label: Span
    end: int
    values: tuple[Span, ...]


#: Text that no span covers and that is no unit: something else has begun.
_UNIT_BEFORE_NUMBER = re.compile(r"(?<=\d)(?:万元|[件条宗份起项次个部篇元])(?=[-+]?\d)")

#: Characters before a label in which its line is looked at.
LINE_REACH = 200

#: Blank lines that are taken for empty cells, at most: the columns of the widest table.
MAX_SOFT = 16

_WORD = re.compile(r"\w")
_BORDER = re.compile(r"[|\t\n]")
#: A bar, with that which opens the next line: between the two there is no cell.
_BAR = re.compile(r"\|(?:\s*\n[ \t]*\|(?=[ \t]*[^|\s]))?")
_NUMBERS = re.compile(r"\d+(?: \d+)+")
#: Signs that are no way to leave a cell blank: marks of a list or a heading.
_SIGNS = re.compile(r"[^\w\s/\\|\-*—~.·、○◯★☆]+")
_FOREIGN = re.compile(r"[\u3400-\u9fff]{3,}")


def find_regions(text: str, spans: Sequence[Span]) -> list[Region]:
    """Return the region of every label in `spans` (sorted); furniture neither ends nor fills one."""
    labels = _mended(text, [span for span in spans if span.label != "value"])
    values = [s for s in spans if s.label == "value" and not _SIGNS.fullmatch(text, s.start, s.end)]
    furniture = [s for s in spans if s.label == "furniture"]
    furniture_starts = [s.start for s in furniture]
    regions, v = [], 0
    for i, label in enumerate(labels):
        end = labels[i + 1].start if i + 1 < len(labels) else len(text)
        while v < len(values) and values[v].start < label.end:
            v += 1
        inside = []
        while v < len(values) and values[v].start < end:
            inside.append(values[v])
            v += 1
        first, last = (bisect_left(furniture_starts, at) for at in (label.end, end))
        regions += _parted(text, Region(label, end, tuple(inside)), furniture[first:last])
    return regions


def _mended(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the labels among `spans`, which are no values; those of one row that have only the foot or
    the head of a page between them, and so are one label torn by it, as one."""
    labels: list[Span] = []
    at = -1  # to here there is but furniture behind the last label
    for span in spans:
        near = at >= 0 and not _WORD.search(text, at, span.start)
        if span.label == "furniture":
            at = span.end if near else -1
            continue
        last = labels[-1] if labels else span
        if near and at > last.end and span.label == last.label and span.label.startswith("row."):
            score = max(last.score, span.score)
            labels[-1] = Span(last.start, span.end, last.label, score, last.source)
        else:
            labels.append(span)
        at = span.end
    return labels


#: The label of words that no labeller knew, with values behind them.
UNNAMED = ""


def _parted(text: str, region: Region, furniture: Sequence[Span]) -> list[Region]:
    """Return `region` up to the first foreign words in it, and what follows these and any further ones
    as regions of unnamed labels."""
    parts: list[Region] = []
    label, values = region.label, region.values
    while True:
        end = _cut_at_foreign(text, label.end, region.end, values, furniture)
        rest = tuple(value for value in values if value.start >= end)
        parts.append(Region(label, end, values[: len(values) - len(rest)]))
        if not rest:
            return parts
        label, values = Span(end, rest[0].start, UNNAMED), rest


def _cut_at_foreign(
    text: str, start: int, end: int, values: Sequence[Span], furniture: Sequence[Span]
) -> int:
    """Return where foreign words begin in [start, end), which end the region."""
    at = start
    spans = sorted([*values, *furniture], key=lambda s: s.start) if furniture else values
    for span in spans:
        found = _FOREIGN.search(text, at, span.start)
        if found and at > start:
            return found.start()
        at = max(at, span.end)
    found = _FOREIGN.search(text, at, end)
    return found.start() if found and values else end


@dataclass(frozen=True, slots=True)
class Habits:
    """How a page writes its tables: `usual_lines`, the line ends between two cells when none is empty
    (1, or 2 for blank lines between); `opening_bars`, whether its rows open with a bar, `closing_bars`,
    whether they close with one."""

    usual_lines: int = 1
    opening_bars: bool = False
    closing_bars: bool = True


def find_slots(text: str, region: Region, habits: Habits = Habits()) -> list[Slot]:
    """Return the slots of `region` in order."""
    slots: list[Slot] = []
    at = region.label.end
    for number, value in enumerate(_with_unlabelled(text, region)):
        gap = text[at : value.start]
        lead: SlotKind = "lead" if number == 0 else "empty"
        slots += _empty_slots(gap, value.start, lead, habits)
        weak = number > 0 and not _BORDER.search(gap)
        slots.append(Slot("value", value.start, value.end, value.score, weak))
        at = value.end
    # What stands behind a further word is another row's padding.
    word = _WORD.search(text, at, region.end)
    end = word.start() if word else region.end
    if habits.opening_bars:
        # The bars on the next line are the next row's.
        line_end = text.find("\n", at, end)
        end = end if line_end < 0 else line_end
    return slots + _empty_slots(text[at:end], at, "pad", habits)


def _empty_slots(gap: str, at: int, kind: SlotKind, habits: Habits) -> list[Slot]:
    """Return the empty places in the text between two values, or beside the first or last."""
    bars, tabs = _bars(gap, kind), gap.count("\t")
    if kind == "lead" and "\n" in gap and gap.rpartition("\n")[2].count("|"):
        # An empty first cell: its line opens with the bar that ends it.
        count = gap.rpartition("\n")[2].count("|") - habits.opening_bars
        return [Slot(kind, at, at)] * count
    if bars:
        ends_row = kind == "pad" and not habits.closing_bars and "|" in gap.partition("\n")[0]
        return [Slot(kind, at, at)] * (bars if ends_row else bars - 1)
    if tabs:
        # The first cell of a line has no tab before it, the last one none after it.
        border = "\n" in gap and (kind == "lead" or gap.index("\n") > gap.index("\t"))
        # Where a page ends within the row, the tab before its foot is the one between two cells.
        border = border and not (kind == "empty" and _WORD.search(gap))
        return [Slot(kind, at, at)] * (tabs if border else tabs - 1)
    extra = round(gap.count("\n") / habits.usual_lines) - 1
    return [Slot("soft", at, at)] * min(max(extra, 0), MAX_SOFT)


#: A cell that is a number in a dress the labeller may not know: Chinese numerals, letters for digits,
#: a counter behind the digits, dust beside them.  Bare digits it always knows, and where it labels
#: none it has a reason.
_DRESSED = re.compile(
    r"[零〇一二两三四五六七八九十百千万]{1,7}|\d{0,4}[OolI]\d{0,4}"
    r"|\d{1,7}\s?(?:万元|元|[件条宗份起项次个部篇人例]{1,2})"
    r"|[`'\"_~^·。]{1,2}\d{1,7}|\d{1,7}[`'\"_~^·。]{1,2}"
)
_CELL = re.compile(r"[^|\n\t]+")
#: The score of a number that no label says is one.
UNLABELLED = 0.5


def _with_unlabelled(text: str, region: Region) -> list[Span]:
    """Return the values of `region`, and the cells between and beside them that are dressed numbers."""
    values = list(_single_values(text, region.values))
    if not values:
        return values
    found: list[Span] = []
    gaps = zip([region.label.end, *(v.end for v in values)],
               [*(v.start for v in values), region.end], strict=True)  # fmt: skip
    for start, end in gaps:
        # Between two values a gap may itself be a cell; what touches the label or a value is no cell.
        for cell in _CELL.finditer(text, start, end):
            inside = cell.group().strip()
            if not inside:
                continue
            whole = (cell.start() > start or start == 0) and (cell.end() < end or end == region.end)
            if whole and _DRESSED.fullmatch(inside):
                at = cell.start() + cell.group().index(inside)
                found.append(Span(at, at + len(inside), "value", UNLABELLED))
    return sorted([*values, *found], key=lambda span: span.start) if found else values


def _single_values(text: str, values: Sequence[Span]) -> Iterator[Span]:
    """Yield `values`, cut where a unit ends one number and the next begins (`0件0件0份`), and at blanks
    where just such a blank parts them from their neighbours (`2 1 57`)."""
    for i, value in enumerate(values):
        raw = text[value.start : value.end]
        if raw.isdigit():  # as most are
            yield value
            continue
        cuts = (
            [match.end() for match in _UNIT_BEFORE_NUMBER.finditer(raw)] if "(" not in raw else []
        )
        if " " in raw and _NUMBERS.fullmatch(raw):
            before = text[values[i - 1].end : value.start] if i else ""
            after = text[value.end : values[i + 1].start] if i + 1 < len(values) else ""
            if " " in (before, after):
                for number in re.finditer(r"\d+", raw):
                    start, end = value.start + number.start(), value.start + number.end()
                    yield Span(start, end, "value", value.score, value.source)
                continue
        for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
            yield Span(value.start + start, value.start + end, "value", value.score, value.source)


def _bars(gap: str, kind: SlotKind) -> int:
    """Count the bars of `gap` as cell borders: the bar that opens a line after one that closed the
    line before is the same border.  Between two values that line goes on with the second."""
    return len(_BAR.findall(gap + "0" if kind == "empty" else gap))


def find_habits(text: str, regions: Sequence[Region]) -> Habits:
    """Return how the page of `regions` writes its tables."""
    counts: Counter[int] = Counter()
    opening = barred = 0
    for region in regions:
        for before, after in pairwise(region.values):
            lines = text.count("\n", before.end, after.start)
            if lines and "|" not in text[before.end : after.start]:
                counts[lines] += 1
        reach = max(region.label.start - LINE_REACH, 0)
        start = max(text.rfind("\n", reach, region.label.start) + 1, reach)
        if "|" in text[start : region.end]:
            barred += 1
            opening += text[start : region.label.start].lstrip().startswith("|")
    usual = counts.most_common(1)[0][0] if counts else 1
    return Habits(usual, opening > barred / 2, _closes_rows(text, regions))


def _closes_rows(text: str, regions: Sequence[Region]) -> bool:
    """Tell whether lines of several heads, which have no empty cells, close with a bar."""
    closed = open_ = 0
    for region, following in pairwise(regions):
        between = text[region.label.end : following.label.start]
        if region.values or following.values or "\n" in between or "|" not in between:
            continue
        end = text.find("\n", following.label.end, following.label.end + LINE_REACH)
        rest = text[following.label.end : end] if end >= 0 else "…"
        closed += rest.strip(" ").startswith("|") and not rest.strip(" |")
        open_ += not rest.strip(" ")
    return closed >= open_
