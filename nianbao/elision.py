"""What of a long line the model need not see: the inside of prose, where no label can stand.

A report is mostly prose and the time of the tagger is proportional to the tokens it is shown, so a
long line is shown by its ends and by those places inside that look like a table, a heading, a title
or a date.  Over 300 made reports, in which whole pages stand on one line, 8 of 10,000 labelled spans
begin or end in what is left out, 21 over another 300, most in glued tables of far wording
(tests/nianbao/test_encoding.py holds the bound).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nianbao.rules.forms import COLUMNS, PROACTIVE, REQUESTS, REVIEW, ROWS

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: A line of more tokens than this is prose until shown otherwise; so are lines of that many together
#: which a page broke to its width.
LONG_LINE = 48
#: Tokens that a line has, at least, where a page broke it for its length; labels that wrap in their
#: cells break earlier.
WRAPPED_LINE = 22
#: Tokens shown of the start and of the end of prose: enough to tell a heading from a sentence.
HEAD_TOKENS = 12
TAIL_TOKENS = 2
#: Blanks and other separators inside a line of prose, at most.
MOST_BLANKS = 2
#: A table inside a long line is where, over this many tokens, pairs of label characters, numbers and
#: separators reach this share; what is shown reaches a little beyond it.
HOT_WINDOW = 16
HOT_SHARE = 0.65
HOT_REACH = 12
#: What a number with a counter behind it (9件) weighs: prose that repeats the labels has one for each.
COUNTED = -3.0
#: Tokens shown on both sides of a bar, a tab or several blanks.
CELL_REACH = 6
#: A heading inside a long line: an ordinal behind the end of a sentence or of a table.  Here and below
#: what may not stand before a match is asked behind its first character: the search for a pattern that
#: begins with characters is three times as fast.
_ORDINAL = re.compile(r"[一二三四五六七](?<![\u3400-\u9fff,、(].)\s?[、.,]")
_HEADING_REACH = 28


@dataclass(frozen=True, slots=True)
class _Place:
    """Tokens to show `before` and `after` the token in which a match of `pattern` begins."""

    pattern: re.Pattern[str]
    before: int
    after: int


#: Titles, headings and dates that pages on one line bury in prose.
_PLACES = (
    _Place(_ORDINAL, 1, _HEADING_REACH),
    _Place(
        re.compile(r"(?:年度?报告|公开年报|工作年报|度年报|工作报告)(?!的通知|\w{0,4}[;。])"), 30, 4
    ),
    _Place(
        re.compile(r"\d(?<!至.)\d{3}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}(?!\d?日?至)"), 20, 8
    ),
    _Place(re.compile(r"第二十条第"), 2, 40),
    _Place(re.compile(r"[勾钩]稽关系"), 4, 80),
    _Place(re.compile(r"\d[件条份项宗起次个]\d"), 40, 12),
    _Place(re.compile(r"\d(?<!\d.)\d{4,}(?!\d|\s?[余多万件条项个次篇人份元])"), 40, 12),
    _Place(
        re.compile(
            r"(?:总体情况|需要报告的事项|其他事项|改进情况|申请情况|诉讼情况|政府信息情况)"
            r"(?!\s?[,、;:和及的进如等]|以及|良好|部分|方面)"
        ),
        22,
        4,
    ),
)


def _among(characters: str) -> Mask:
    """The table that tells of each code whether it is one of `characters`: `numpy.isin` takes 30 µs
    for a few hundred codes, a look-up 2."""
    table = np.zeros(0x110000, dtype=np.bool_)
    table[[ord(character) for character in characters]] = True
    return table


_STOPS = _among("。;:!?")
_COUNTERS = _among("件条项个次篇人份")
_LETTERS = _among("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
#: Not those that stand for a blank cell.
_LATIN_SIGNS = _among(".,;:!?'\"()&")


class _Lexicon:
    """Pairs of characters that the tables' labels are made of."""

    @cached_property
    def pairs(self) -> Mask:
        table = np.zeros(1 << 22, dtype=np.bool_)
        labels = [name for form in (PROACTIVE, REQUESTS, REVIEW) for name in ROWS[form].values()]
        labels += [name for columns in COLUMNS.values() for name in columns.values()]
        labels += [
            "第二十条第项",
            "信息内容",
            "申请人情况",
            "法人或其他组织",
            "勾稽关系",
            "数据的勾稽关系为",
        ]
        for label in labels:
            codes = np.array([ord(c) for c in label], dtype=np.int64)
            table[_pair_hash(codes[:-1], codes[1:])] = True
        return table


def _pair_hash(first: Codes, second: Codes) -> Codes:
    hashed: Codes = ((first * 40503) ^ (second * 2654435)) & ((1 << 22) - 1)
    return hashed


_LEXICON = _Lexicon()


@dataclass(frozen=True, slots=True, eq=False)
class TokenView:
    """What elision asks of the tokens of one document, each field [tokens] but the text.

    `ends` are offsets into `text`; `first` is the code of the token's first character; `line_start`
    tells the first token of a line, `next_line` that just one line end stands before it, `parted` that
    anything does, `barred` a bar, a tab or several blanks; `number` tells a number, and `standing` one
    with separators on both sides.
    """

    text: str
    ends: NDArray[np.int64]
    first: Codes
    line_start: Mask
    next_line: Mask
    parted: Mask
    barred: Mask
    number: Mask
    standing: Mask


def shown(view: TokenView) -> Mask:
    """Tell which tokens the model is shown; linear in the text."""
    count = len(view.first)
    opens = _paragraph_starts(view)
    starts = np.flatnonzero(opens)
    line_of = np.cumsum(opens) - 1
    length = np.diff(np.append(starts, count))[line_of]
    position = np.arange(count) - starts[line_of]
    keep: Mask = (
        (length <= LONG_LINE) | (position < HEAD_TOKENS) | (position >= length - TAIL_TOKENS)
    )
    if keep.all():
        return keep
    keep |= _tabular(view)
    keep |= _widen(view.barred, CELL_REACH, CELL_REACH)
    for place in _PLACES:
        at = [match.start() for match in place.pattern.finditer(view.text)]
        if at:
            found = np.minimum(np.searchsorted(view.ends, at, side="right"), count - 1)
            keep |= _spread(found, count, place.before, place.after)
    return keep


def _paragraph_starts(view: TokenView) -> Mask:
    """Tell which tokens open a line that does not go on with the one before it: a full line that ends
    in the middle of a sentence does, when the next is full too or ends the sentence."""
    starts = np.flatnonzero(view.line_start)
    if len(starts) < 2:
        return view.line_start
    length = np.diff(np.append(starts, len(view.first)))
    stopped = _STOPS[view.first[starts + length - 1]]
    prose = np.add.reduceat(view.parted.astype(np.int32), starts) <= 1 + MOST_BLANKS
    full = (length >= WRAPPED_LINE) & prose
    at = starts[1:]
    goes_on = full[:-1] & ~stopped[:-1] & (full[1:] | (stopped[1:] & prose[1:]))
    goes_on &= view.next_line[at] & ~view.barred[at] & ~view.standing[at]
    opens = view.line_start.copy()
    opens[at[goes_on]] = False
    return opens


def _tabular(view: TokenView) -> Mask:
    """Where the inside of a long line looks like a table: label characters, numbers and bars close
    together, and not the enumerations of prose, whose numbers carry a counter, nor running Latin."""
    following = np.append(view.first[1:], 0)
    hits = _LEXICON.pairs[_pair_hash(view.first, following)].astype(np.float32)
    counted = _COUNTERS[following] & view.number
    hits[view.number] = 1.0
    hits[counted] = COUNTED
    hits[view.parted] += 1.0
    hits[view.barred] += 1.0
    kernel = np.ones(HOT_WINDOW, dtype=np.float32)
    dense = np.convolve(hits, kernel, mode="same")[: len(hits)] >= HOT_SHARE * HOT_WINDOW
    latin = _LETTERS[view.first]
    if latin.sum() >= HOT_WINDOW:  # its words stand apart, as cells do
        running = (latin | _LATIN_SIGNS[view.first]).astype(np.float32)
        dense &= np.convolve(running, kernel, mode="same")[: len(hits)] < HOT_WINDOW
    return _widen(dense, HOT_REACH, HOT_REACH)


def _widen(mask: Mask, before: int, after: int) -> Mask:
    """Spread each True `before` places to the left and `after` to the right."""
    return _spread(np.flatnonzero(mask), len(mask), before, after)


def _spread(at: Codes, count: int, before: int, after: int) -> Mask:
    """Tell which of `count` places lie from `before` places before one of `at` to `after` behind it."""
    edges = np.bincount(np.maximum(at - before, 0), minlength=count + 1)
    edges -= np.bincount(np.minimum(at + after + 1, count), minlength=count + 1)
    spread: Mask = np.cumsum(edges[:-1]) > 0
    return spread
