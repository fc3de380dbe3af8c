"""Folded text <-> tokens <-> BIO tags <-> windows: the one encoder of training and inference.

What the model is shown decides its speed, so a token is: one Chinese character or sign; one whole
number, by its shape; one Latin word; one stretch of prose that is left out (`[GAP]`).  Separators
are no tokens: what stands between two tokens (nothing, blanks, bars, line ends) is the second one's
token type.  A number that is glued to the numbering of the next label (`00000005.属于`) is cut
before its last digit, so that every label can still be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nianbao.reading.folding import Folded
from nianbao.rules.forms import COLUMNS, REQUESTS, REVIEW, ROWS
from nianbao.spans import LABELS, Span

Ints = NDArray[np.int32]

PAD, UNK, CLS, SEP, MASK, GAP, LATIN, RULE = range(8)
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[GAP]", "[LATIN]", "[RULE]")
#: Shapes of numbers of more than one digit; a single digit is its own character token.
NUMBER_TOKENS = (
    "[N2]", "[N3]", "[N4]", "[N5]", "[N6]", "[N7]", "[N8]", "[N9+]", "[ZEROS]", "[YEAR]", "[DECIMAL]",
)  # fmt: skip
_N2, _ZEROS, _YEAR, _DECIMAL = 8, 16, 17, 18
RESERVED = SPECIAL_TOKENS + NUMBER_TOKENS

#: Token types: what separates a token from the one before it.
(
    TOUCHING, BLANK, BLANKS, BAR, BARS, LINE, LINE_BAR, EMPTY_LINE, EMPTY_LINES, TAB,
) = range(10)  # fmt: skip
TYPE_COUNT = 16

WINDOW = 256
MARGIN = 24
BUCKETS = (64, 128, 192, 256)
IGNORED = -100

TAGS: tuple[str, ...] = ("O", *(f"{p}-{label}" for label in LABELS for p in "BI"))
_LABEL_INDEX = {label: i for i, label in enumerate(LABELS)}

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NUMBERING_NEXT = re.compile(r"[.、)]\s*[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_/:.@%?&=#-]*[A-Za-z0-9]")
_RULES = re.compile(r"([^\w\s|])\1{2,}")

#: A line of more tokens than this is prose until shown otherwise.  Over made reports the tokens that
#: carry a label and are left out by these four numbers stay under 1 in 10,000 (tests/nianbao).
LONG_LINE = 48
HEAD_TOKENS = 20
TAIL_TOKENS = 4
HOT_WINDOW = 16
HOT_SHARE = 0.4
HOT_REACH = 12
_ORDINAL_REACH = 26
#: Words of titles, headings and dates, which one-line pages bury in prose: (pattern, tokens kept
#: before it, tokens kept after it).
_BURIED = (
    (re.compile(r"年度报告|信息公开年报|工作报告"), 30, 6),
    (re.compile(r"\d{4}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}"), 8, 8),
    (re.compile(r"总体情况|需要报告的|其他事项|问题及改进|申请情况|诉讼情况|政府信息情况"), 16, 10),
)


class Vocabulary:
    """Token strings <-> ids: `RESERVED` first, then single characters."""

    def __init__(self, tokens: Sequence[str]) -> None:
        if tuple(tokens[: len(RESERVED)]) != RESERVED:
            raise ValueError("a vocabulary begins with the reserved tokens")
        self.tokens = tuple(tokens)
        #: id of each code point of the basic plane; `UNK` where there is none.
        self.by_code: Ints = np.full(0x10000, UNK, dtype=np.int32)
        for index, token in enumerate(self.tokens[len(RESERVED) :], start=len(RESERVED)):
            if len(token) != 1 or ord(token) > 0xFFFF:
                raise ValueError(f"vocabulary entry {index} {token!r} is no single character")
            self.by_code[ord(token)] = index

    @classmethod
    def of_characters(cls, characters: Iterable[str]) -> Vocabulary:
        """Make a vocabulary of `RESERVED` and `characters`, in their order."""
        return cls((*RESERVED, *characters))

    @classmethod
    def from_text(cls, text: str) -> Vocabulary:
        """Read one token a line."""
        return cls(text.rstrip("\n").split("\n"))

    def to_text(self) -> str:
        return "\n".join(self.tokens) + "\n"

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The tokens of one document: four int32 arrays of one length.

    `types` are token types; `starts`, `ends` half-open offsets into the folded text (of a `[GAP]`,
    the stretch that it stands for)."""

    ids: Ints
    types: Ints
    starts: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.ids)


class _Lexicon:
    """Pairs of characters that the tables' labels are made of."""

    @cached_property
    def pairs(self) -> NDArray[np.bool_]:
        table = np.zeros(1 << 22, dtype=np.bool_)
        labels = [
            *ROWS[REQUESTS].values(),
            *ROWS[REVIEW].values(),
            *ROWS["proactive_disclosure"].values(),
        ]
        labels += [name for columns in COLUMNS.values() for name in columns.values()]
        labels += [
            "第二十条第项",
            "信息内容",
            "申请人情况",
            "法人或其他组织",
            "勾稽关系",
            "数据的勾稽关系为",
        ]
        codes = [np.array([ord(c) for c in label], dtype=np.int64) for label in labels]
        for code in codes:
            table[_pair_hash(code[:-1], code[1:])] = True
        return table


def _pair_hash(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    hashed: NDArray[np.int64] = ((first * 40503) ^ (second * 2654435)) & ((1 << 22) - 1)
    return hashed


_LEXICON = _Lexicon()


def _number_id(text: str) -> int:
    if "." in text:
        return _DECIMAL
    digits = text.replace(",", "")
    if len(digits) >= 5 and not digits.strip("0"):
        return _ZEROS
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return _YEAR
    return _N2 + min(len(digits), 9) - 2


def encode(folded: Folded, vocabulary: Vocabulary) -> Encoded:
    """Return the tokens of `folded`; linear in its length."""
    text = folded.text
    if not text:
        empty = np.zeros(0, dtype=np.int32)
        return Encoded(empty, empty, empty, empty)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(
        np.int64
    )
    separator = (codes == 32) | (codes == 9) | (codes == 10) | (codes == 13) | (codes == 124)
    opens = ~separator
    ids_at = vocabulary.by_code[np.where(codes < 0x10000, codes, 0)]
    ids_at = np.where(codes < 0x10000, ids_at, UNK)
    for run in _NUMBER.finditer(text):
        start, end = run.span()
        if end - start == 1:
            continue
        cut = end
        if run.group().isdigit() and text[end - 1] != "0" and _NUMBERING_NEXT.match(text, end):
            cut = end - 1
        if cut - start > 1:
            opens[start + 1 : cut] = False
            ids_at[start] = _number_id(text[start:cut])
    for run in _LATIN.finditer(text):
        start, end = run.span()
        if end - start > 1:
            opens[start + 1 : end] = False
            ids_at[start] = LATIN
    for run in _RULES.finditer(text):
        start, end = run.span()
        opens[start + 1 : end] = False
        ids_at[start] = RULE
    starts = np.flatnonzero(opens)
    if not len(starts):
        empty = np.zeros(0, dtype=np.int32)
        return Encoded(empty, empty, empty, empty)
    ends = _token_ends(starts, separator)
    types = _types(starts, ends, codes)
    tokens = Encoded(
        ids_at[starts].astype(np.int32), types, starts.astype(np.int32), ends.astype(np.int32)
    )
    return _elide(tokens, codes, text)


def _token_ends(starts: NDArray[np.int64], separator: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A token ends where the next begins, or at the first separator after it."""
    size = len(separator)
    following = np.append(starts[1:], size)
    positions = np.where(separator, np.arange(size), size)
    next_separator = np.minimum.accumulate(positions[::-1])[::-1]
    ends: NDArray[np.int64] = np.minimum(following, next_separator[starts])
    return ends


def _types(starts: NDArray[np.int64], ends: NDArray[np.int64], codes: NDArray[np.int64]) -> Ints:
    """The token type of each token from what stands between it and its predecessor."""

    def between(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        total = np.concatenate(([0], np.cumsum(mask)))
        previous = np.concatenate(([0], ends[:-1]))
        counted: NDArray[np.int64] = total[starts] - total[previous]
        return counted

    lines, bars = between(codes == 10), between(codes == 124)
    tabs, blanks = between(codes == 9), between(codes == 32)
    types = np.full(len(starts), TOUCHING, dtype=np.int32)
    types[blanks == 1] = BLANK
    types[blanks > 1] = BLANKS
    types[tabs > 0] = TAB
    types[bars == 1] = BAR
    types[bars > 1] = BARS
    types[lines == 1] = LINE
    types[(lines == 1) & (bars > 0)] = LINE_BAR
    types[lines == 2] = EMPTY_LINE
    types[lines > 2] = EMPTY_LINES
    types[0] = LINE
    return types


def _elide(tokens: Encoded, codes: NDArray[np.int64], text: str) -> Encoded:
    """Replace what no label can stand in, the inside of long prose, by one `[GAP]` each."""
    count = len(tokens)
    new_line = np.isin(tokens.types, (LINE, LINE_BAR, EMPTY_LINE, EMPTY_LINES))
    line_starts = np.flatnonzero(new_line)
    line_of = np.cumsum(new_line) - 1
    lengths = np.diff(np.append(line_starts, count))
    position = np.arange(count) - line_starts[line_of]
    length = lengths[line_of]
    keep = (length <= LONG_LINE) | (position < HEAD_TOKENS) | (position >= length - TAIL_TOKENS)
    if keep.all():
        return tokens
    keep |= _hot(tokens, codes)
    for pattern, before, after in _BURIED:
        at = [match.start() for match in pattern.finditer(text)]
        places = np.zeros(count, dtype=np.bool_)
        places[np.searchsorted(tokens.ends, at, side="right").clip(max=count - 1)] = True
        keep |= _widen(places, before, after)
    gap = ~keep
    opens_gap = gap & ~np.concatenate(([False], gap[:-1]))
    chosen = np.flatnonzero(keep | opens_gap)
    ids = tokens.ids[chosen].copy()
    ends = tokens.ends[chosen].copy()
    is_gap = opens_gap[chosen]
    ids[is_gap] = GAP
    closes_gap = np.flatnonzero(gap & ~np.concatenate((gap[1:], [False])))
    ends[is_gap] = tokens.ends[closes_gap]
    return Encoded(ids, tokens.types[chosen], tokens.starts[chosen], ends)


def _hot(tokens: Encoded, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where the inside of a long line may hold a table or a heading: many pairs of label characters
    close together, bars, numbers side by side, or a section's ordinal."""
    first = codes[tokens.starts]
    second = np.append(first[1:], 0)
    digit = (first >= 48) & (first <= 57)
    hits = _LEXICON.pairs[_pair_hash(first, second)].astype(np.float32)
    hits[(digit & np.append(digit[1:], False))] = 1.0
    hits[np.isin(tokens.types, (BAR, BARS, TAB))] = 2.0
    hits[np.isin(tokens.ids, (_ZEROS, _N2 + 5, _N2 + 6, _N2 + 7))] += 2.0
    kernel = np.ones(HOT_WINDOW, dtype=np.float32)
    dense = np.convolve(hits, kernel, mode="same") >= HOT_SHARE * HOT_WINDOW
    keep = _widen(dense, HOT_REACH, HOT_REACH)
    ordinal = np.isin(first, [ord(c) for c in "一二三四五六七"]) & (second == ord("、"))
    return keep | _widen(ordinal, 3, _ORDINAL_REACH)


def _widen(mask: NDArray[np.bool_], before: int, after: int) -> NDArray[np.bool_]:
    """Spread each True `before` places to the left and `after` to the right."""
    edges = np.zeros(len(mask) + 1, dtype=np.int32)
    at = np.flatnonzero(mask)
    np.add.at(edges, np.maximum(at - before, 0), 1)
    np.add.at(edges, np.minimum(at + after + 1, len(mask)), -1)
    widened: NDArray[np.bool_] = np.cumsum(edges[:-1]) > 0
    return widened


def tags_of(encoded: Encoded, spans: Sequence[Span]) -> Ints:
    """Return the BIO tag id of each token for folded `spans`; `IGNORED` where a span cuts a token.

    Values that touch are one stretch of digits to the model, so touching `value` spans are one.
    """
    tags = np.zeros(len(encoded), dtype=np.int32)
    for span in _merge_values(spans):
        first = int(np.searchsorted(encoded.ends, span.start, side="right"))
        last = int(np.searchsorted(encoded.starts, span.end, side="left"))
        opening = True
        for i in range(first, last):
            cut = encoded.starts[i] < span.start or encoded.ends[i] > span.end
            if cut:
                tags[i] = IGNORED
                continue
            tags[i] = 1 + 2 * _LABEL_INDEX[span.label] + (0 if opening else 1)
            opening = False
    return tags


def _merge_values(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start):
        last = merged[-1] if merged else None
        if last and last.label == span.label == "value" and last.end == span.start:
            merged[-1] = Span(last.start, span.end, "value", source=span.source)
        else:
            merged.append(span)
    return merged


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens [start, end) go through the model together; the tags of [keep_start, keep_end) count."""

    start: int
    end: int
    keep_start: int
    keep_end: int


def windows(count: int) -> list[Window]:
    """Cut `count` tokens into windows of at most `WINDOW` that overlap by two margins."""
    cut: list[Window] = []
    start = 0
    while True:
        end = min(start + WINDOW, count)
        keep_start = start + MARGIN if start else 0
        if end == count:
            cut.append(Window(start, end, keep_start, end))
            return cut
        cut.append(Window(start, end, keep_start, end - MARGIN))
        start = end - 2 * MARGIN


def bucket(length: int) -> int:
    """Return the padded length of a window of `length` tokens: its own only, never its batch's."""
    return next(size for size in BUCKETS if length <= size)
