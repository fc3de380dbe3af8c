"""A sentence taken apart: clauses, the known words in them, and the figures.

All offsets are half-open character offsets into the sentence's text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Generic, TypeVar

from nianbao.facts.segmenter import Match
from nianbao.facts.words import ACTIONS, MARKS, NEGATIONS, SUBJECTS
from nianbao.numbers import exact, han_number
from nianbao.report import Number

_HAN: Final = "零〇一二两三四五六七八九十百千"
_FIGURE: Final = re.compile(
    r"(?P<before>近|约)?"
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?|\d{{1,12}}(?:\.\d{{1,6}})?|[{_HAN}]{{1,9}})"
    r"(?P<more>[余多几])?(?P<myriad>[万亿])?(?P<still>[余多])?"
    r"(?P<unit>件次|人次|件|条|份|次|宗|起|篇|例|个|部|项|笔|元)"
)
#: Without a unit a figure counts right behind its subject only: 行政复议0,行政诉讼0.
_BARE: Final = re.compile(r"(?P<number>\d{1,7}|零)(?=[,;、()。!?和及]|$)")
_YEAR: Final = re.compile(r"(?<![\d.])(?P<year>(?:19|20)\d{2}|[二2][〇零0○]\w{2})年(?:度)?")
_RANGE: Final = re.compile(r"(?:19|20)\d{2}年?[-—~至到]{1,2}(?:19|20)\d{2}年")
_MONTHS: Final = re.compile(r"(?<!\d)\d{1,2}月份?(?!\d|底|末)")
_PART_YEAR: Final = re.compile(r"[上下]半年|季度|每[月年周季]|当月|\d月份")
_WHOLE_YEAR: Final = re.compile(r"1月?[-—~至到]{1,2}12月")
#: A comma or point between digits belongs to the number.
_DELIMITER: Final = re.compile(r"[;:()。!?]|,(?!\d{3}(?!\d))|(?<!\d),|\.(?!\d)")
_MYRIADS: Final = {"万": 10_000, "亿": 100_000_000}
_MAIN: Final = frozenset(SUBJECTS) | frozenset(ACTIONS) | frozenset(NEGATIONS)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its unit.  `value` counts units (money: 万元 or 元); `unit` is "" for a bare one
    and begins with a sign of `cells.INEXACT` for `近300条`, `300余条`."""

    start: int
    end: int
    value: Number
    unit: str

    @property
    def bare(self) -> bool:
        return not self.unit


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands between two delimiters.

    `items` are subjects, actions and negations, the longest where they overlap; `marks` all other
    known words; `tokens` every word.  `part`: the clause tells parts of what came before (其中).
    `years`: (start, end, year).
    """

    start: int
    end: int
    text: str
    part: bool
    items: tuple[Match, ...]
    marks: tuple[Match, ...]
    figures: tuple[Figure, ...]
    years: tuple[tuple[int, int, int], ...]
    tokens: tuple[tuple[int, int], ...]

    def marked(self, keys: frozenset[str] | set[str], start: int, end: int) -> bool:
        """Return whether a mark of `keys` stands within [start, end)."""
        return any(m.key in keys and start <= m.start and m.end <= end for m in self.marks)

    def words(self, start: int, end: int) -> Iterator[str]:
        """Yield the words that lie within [start, end)."""
        return (self.text[a:b] for a, b in self.tokens if start <= a and b <= end)


def clauses(
    text: str, tokens: Sequence[tuple[int, int]], matches: Sequence[Match]
) -> tuple[Clause, ...]:
    """Take the sentence `text` apart; `tokens` and `matches` are the segmenter's."""
    longest = _longest([m for m in matches if m.key in _MAIN])
    main = _Ordered(longest, [(m.start, m.end) for m in longest])
    marked = sorted([m for m in matches if m.key in MARKS], key=_match_bounds)
    marks = _Ordered(marked, [(m.start, m.end) for m in marked])
    counted = _figures(text, tokens)
    figures = _Ordered(counted, [(f.start, f.end) for f in counted])
    named = [(m.start(), m.end(), y) for m in _YEAR.finditer(text) if (y := _year(m["year"]))]
    years = _Ordered(named, [(start, end) for start, end, _ in named])
    words = _Ordered(tokens, tokens)
    result: list[Clause] = []
    part_depth: int | None = None
    depth = start = 0
    for end, delimiter in _cuts(text):
        inside = marks.within(start, end)
        if any(m.key == "part" for m in inside) and part_depth is None:
            part_depth = depth
        result.append(
            Clause(
                start,
                end,
                text,
                part_depth is not None,
                main.within(start, end),
                inside,
                figures.within(start, end),
                years.within(start, end),
                words.within(start, end),
            )
        )
        depth += (delimiter == "(") - (delimiter == ")")
        if part_depth is not None and (delimiter == ";" or depth < part_depth):
            part_depth = None
        start = end + 1
    return tuple(result)


T = TypeVar("T")


def _match_bounds(match: Match) -> tuple[int, int]:
    return match.start, match.end


class _Ordered(Generic[T]):
    """Items of a sentence by their start, to be asked for clause by clause."""

    def __init__(self, items: Sequence[T], bounds: Sequence[tuple[int, int]]) -> None:
        self._items = items
        self._starts = [start for start, _ in bounds]
        self._ends = [end for _, end in bounds]

    def within(self, start: int, end: int) -> tuple[T, ...]:
        """Return the items that lie within [start, end)."""
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, end, lo=first)
        if first == last:  # as for most clauses and kinds
            return ()
        return tuple([self._items[i] for i in range(first, last) if self._ends[i] <= end])


def _cuts(text: str) -> Iterator[tuple[int, str]]:
    for match in _DELIMITER.finditer(text):
        yield match.start(), match.group()
    yield len(text), ""


def partial_period(text: str) -> bool:
    """Return whether `text` speaks of a part of a year or of several years."""
    if _RANGE.search(text) or _PART_YEAR.search(text):
        return True
    return bool(_MONTHS.search(_WHOLE_YEAR.sub("", text)))


def _longest(matches: Sequence[Match]) -> list[Match]:
    """Return the matches in order, of overlapping ones the longest."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda m: (m.start, -m.end)):
        if kept and match.start < kept[-1].end:
            if match.end - match.start > kept[-1].end - kept[-1].start:
                kept[-1] = match
        else:
            kept.append(match)
    return kept


def _figures(text: str, tokens: Sequence[tuple[int, int]]) -> list[Figure]:
    """Return the figures whose bounds are bounds of words: not 第三条, 一次性, 十条例."""
    starts, ends = {start for start, _ in tokens}, {end for _, end in tokens}
    found: list[Figure] = []
    for match in _FIGURE.finditer(text):
        if match.start() not in starts or match.end() not in ends:
            continue
        # A blank is kept between digits only: 1 0 2件 is no 2.
        if text[match.start() - 1 : match.start()] in tuple("第-/〔.号~ "):
            continue
        value = _value(match["number"], match["myriad"] or "", match["unit"])
        if value is None:
            continue
        sign = match["before"] or match["more"] or match["still"] or ""
        unit = match["unit"]
        if unit == "元" and match["myriad"]:
            unit = "万元"
        found.append(Figure(match.start(), match.end(), value, sign + unit))
    taken = {figure.start for figure in found}
    for match in _BARE.finditer(text):
        if match.start() in starts and match.end() in ends and match.start() not in taken:
            number = 0 if match["number"] == "零" else int(match["number"])
            found.append(Figure(match.start(), match.end(), number, ""))
    return sorted(found, key=lambda figure: figure.start)


def _value(number: str, myriad: str, unit: str) -> Number | None:
    if number[0].isascii() and number[0].isdigit():
        value = Decimal(number.replace(",", ""))
    else:
        read = han_number(number)
        if read is None:
            return None
        value = Decimal(read)
    if myriad and unit == "元":
        # Money stays in 万元, as the form has it.
        value = value * 10_000 if myriad == "亿" else value
    elif myriad:
        value *= _MYRIADS[myriad]
    return exact(value)


def _year(text: str) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text)
    value = han_number(text.replace("2", "二").replace("0", "〇").replace("○", "〇"))
    return value if value and 1990 <= value <= 2100 else None
