"""Folded text <-> tokens <-> BIO tags <-> windows: the one encoder of training and inference.

What the model is shown decides its speed, so a token is: one Chinese character or sign; one whole
number, by its shape; one run of whole numbers, each on its own between separators of one kind
(`[RUN]`, most rows of a table); one name of a row, a column or a group of them that stands as the form
has it (`[属于国家秘密]`); one Latin word; one stretch of prose that is left out (`[GAP]`).
Separators are no tokens: what stands between two tokens (nothing, blanks, bars, line ends) is the
second one's token type.  A number that is glued to the numbering of the next label (`00000005.属于`)
is cut before its last digit, so that every label can still be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nianbao.elision import TokenView, shown
from nianbao.reading.folding import Folded, fold
from nianbao.rules.forms import COLUMNS, GROUPS, NOTES, ROWS
from nianbao.spans import LABELS, Span

Ints = NDArray[np.int32]
Offsets = NDArray[np.int64]

PAD, UNK, CLS, SEP, MASK, GAP, LATIN, RULE, RUN = range(9)
SPECIAL_TOKENS = (
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[GAP]", "[LATIN]", "[RULE]", "[RUN]",
)  # fmt: skip
#: Shapes of numbers of more than one digit; a single digit is its own character token.
NUMBER_TOKENS = (
    "[N2]", "[N3]", "[N4]", "[N5]", "[N6]", "[N7]", "[N8]", "[N9+]", "[ZEROS]", "[YEAR]", "[DECIMAL]",
)  # fmt: skip
_N2, _ZEROS, _YEAR, _DECIMAL = 9, 17, 18, 19
_NUMBERING = re.compile(r"^(?:[一二三四]、|\([一二三四五六七]\)|\d\.)")


def _form_names() -> tuple[str, ...]:
    """Return the printed names that are one token each, folded and without numbering.  Shorter ones,
    as 总计, are parts of too many other words and save next to nothing."""
    printed = [name for names in (*ROWS.values(), *COLUMNS.values()) for name in names.values()]
    bare = [_NUMBERING.sub("", fold(name).text) for name in (*printed, *GROUPS, *NOTES)]
    return tuple(dict.fromkeys(name for name in bare if len(name) > 2))


#: Names of the forms that stand for one token, and their tokens.
FORM_NAMES = _form_names()
NAME_TOKENS = tuple(f"[{name}]" for name in FORM_NAMES)
RESERVED = SPECIAL_TOKENS + NUMBER_TOKENS + NAME_TOKENS
_NAME_IDS = {name: len(RESERVED) - len(NAME_TOKENS) + i for i, name in enumerate(FORM_NAMES)}
_NAMES = re.compile("|".join(map(re.escape, sorted(FORM_NAMES, key=len, reverse=True))))

#: Token types: what separates a token from the one before it.
(
    TOUCHING, BLANK, BLANKS, BAR, BARS, LINE, LINE_BAR, EMPTY_LINE, EMPTY_LINES, TAB,
) = range(10)  # fmt: skip
TYPE_COUNT = 16
#: Which of the types open a line, and which part cells (tables by type).
_OPENS_LINE = np.isin(np.arange(TYPE_COUNT), (LINE, LINE_BAR, EMPTY_LINE, EMPTY_LINES))
_BARRED = np.isin(np.arange(TYPE_COUNT), (BAR, BARS, TAB, BLANKS))

WINDOW = 256
MARGIN = 16
IGNORED = -100

TAGS: tuple[str, ...] = ("O", *(f"{p}-{label}" for label in LABELS for p in "BI"))
_LABEL_INDEX = {label: i for i, label in enumerate(LABELS)}

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NUMBERING_NEXT = re.compile(r"[.、)]\s*[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_/:.@%?&=#-]*[A-Za-z0-9]")
_RULES = re.compile(r"([^\w\s|])\1{2,}")


#: Stands for all code points above the basic plane.
_BEYOND = 0x10000
#: Which of the code points are no tokens but stand between them.
_SEPARATORS = np.isin(np.arange(_BEYOND + 1), [ord(c) for c in " \t\n\r|"])


class Vocabulary:
    """Token strings <-> ids: `RESERVED` first, then single characters."""

    def __init__(self, tokens: Sequence[str]) -> None:
        if tuple(tokens[: len(RESERVED)]) != RESERVED:
            raise ValueError("a vocabulary begins with the reserved tokens")
        self.tokens = tuple(tokens)
        #: id of each code point of the basic plane; `UNK` where there is none, and for `_BEYOND`.
        self.by_code: Ints = np.full(_BEYOND + 1, UNK, dtype=np.int32)
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


Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The tokens of one document: four int32 arrays of one length.

    `types` are token types; `starts`, `ends` half-open offsets into the folded text (of a `[GAP]`,
    the stretch that it stands for).  `runs` gives, for the place of each `[RUN]`, the offsets of its
    numbers."""

    ids: Ints
    types: Ints
    starts: Ints
    ends: Ints
    runs: Mapping[int, tuple[Stretch, ...]]

    def __len__(self) -> int:
        return len(self.ids)


def _number_id(text: str) -> int:
    if "." in text:
        return _DECIMAL
    digits = text.replace(",", "")
    if len(digits) >= 5 and not digits.strip("0"):
        return _ZEROS
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return _YEAR
    return _N2 + min(len(digits), 9) - 2


def encode(folded: Folded, vocabulary: Vocabulary, *, spelled: bool = False) -> Encoded:
    """Return the tokens of `folded`; linear in its length.  With `spelled` the names of the form are
    shown by their characters, as they are where one of these is damaged: for training."""
    text = folded.text
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(
        np.int64
    )
    known = np.minimum(codes, _BEYOND)
    separator = _SEPARATORS[known]
    opens = ~separator
    ids_at = vocabulary.by_code[known]
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
        return Encoded(empty, empty, empty, empty, {})
    ends = _token_ends(starts, separator)
    plain = _Plain(text, codes, ids_at[starts], _types(starts, ends, codes), starts, ends)
    return _shorten(plain, spelled=spelled)


@dataclass(frozen=True, slots=True, eq=False)
class _Plain:
    """The tokens before any is left out or joined; arrays but `codes` are [tokens]."""

    text: str
    codes: Offsets
    ids: Ints
    types: Ints
    starts: Offsets
    ends: Offsets


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


def _shorten(plain: _Plain, *, spelled: bool) -> Encoded:
    """Replace what no label can stand in, the inside of long prose, by one `[GAP]` each, numbers in a
    row by one `[RUN]` each, and the characters of a name of the form by its token."""
    first = plain.codes[plain.starts]
    number = (first >= 48) & (first <= 57)
    parted = plain.types != TOUCHING
    standing = number & parted & np.append(parted[1:], True)
    keep = shown(
        TokenView(
            plain.text, plain.ends, first,
            line_start=_OPENS_LINE[plain.types], next_line=plain.types == LINE, parted=parted,
            barred=_BARRED[plain.types], number=number, standing=standing,
        )
    )  # fmt: skip
    after_gap = np.concatenate(([False], ~keep[:-1]))
    opens_gap = ~keep & ~after_gap
    whole = standing & keep & (plain.ids != _YEAR) & (plain.ids != _DECIMAL)
    goes_on = _goes_on(whole, plain.types)
    names = _names(plain, np.zeros_like(keep) if spelled else keep)
    chosen = np.flatnonzero((keep & ~goes_on & ~names.inside) | opens_gap)
    ids, ends = plain.ids[chosen].astype(np.int32), plain.ends[chosen].astype(np.int32)
    named = np.searchsorted(chosen, names.first)
    ids[named], ends[named] = names.ids, names.ends
    is_gap = opens_gap[chosen]
    ids[is_gap] = GAP
    ends[is_gap] = plain.ends[np.flatnonzero(~keep & np.append(keep[1:], True))]
    is_run = ~goes_on & np.append(goes_on[1:], False)
    first_of_run = np.flatnonzero(is_run)
    last_of_run = np.flatnonzero(goes_on & ~np.append(goes_on[1:], False))
    places = np.searchsorted(chosen, first_of_run)
    ids[places] = RUN
    ends[places] = plain.ends[last_of_run]
    starts = plain.starts.tolist()
    stops = plain.ends.tolist()
    runs = {
        place: tuple(zip(starts[a : b + 1], stops[a : b + 1], strict=True))
        for place, a, b in zip(
            places.tolist(), first_of_run.tolist(), last_of_run.tolist(), strict=True
        )
    }
    types = plain.types[chosen].astype(np.int32)
    return Encoded(ids, types, plain.starts[chosen].astype(np.int32), ends, runs)


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """The names of the form that stand in a text: their first tokens, token ids and ends [names], and
    which tokens [tokens] are the others of one."""

    first: Offsets
    ids: Ints
    ends: Ints
    inside: NDArray[np.bool_]


def _names(plain: _Plain, keep: NDArray[np.bool_]) -> _Names:
    """Find the names of which no character is left out."""
    found = [(*m.span(), _NAME_IDS[m.group()]) for m in _NAMES.finditer(plain.text)]
    start, end, ids = np.array(found, dtype=np.int64).reshape(-1, 3).T
    first = np.searchsorted(plain.starts, start)
    after = np.searchsorted(plain.starts, end)
    left_out = np.concatenate(([0], np.cumsum(~keep)))
    whole = left_out[after] == left_out[first]
    first, after, end, ids = first[whole], after[whole], end[whole], ids[whole]
    edges = np.bincount(first + 1, minlength=len(keep) + 1)
    edges -= np.bincount(after, minlength=len(keep) + 1)
    return _Names(first, ids.astype(np.int32), end.astype(np.int32), np.cumsum(edges[:-1]) > 0)


#: Numbers in a row that stand beside numbers parted in another way are a run from this many steps on.
LONG_RUN = 3


def _goes_on(whole: NDArray[np.bool_], types: Ints) -> NDArray[np.bool_]:
    """Tell which whole numbers go on with the run of the one before them.

    A run has one kind of separator.  Where the kind changes among numbers alone, the shorter stretch
    is none, so that rows below each other stay apart and a page number between two rows stays alone.
    """
    step = whole & np.concatenate(([False], whole[:-1]))
    at = np.flatnonzero(step)
    if not len(at):
        return step
    apart = np.diff(at) > 1
    changes = types[at[1:]] != types[at[:-1]]
    stretch = np.concatenate(([0], np.cumsum(apart | changes)))
    length = np.bincount(stretch)
    beside = np.zeros(len(length), dtype=np.bool_)
    touching = np.flatnonzero(~apart & changes)
    beside[stretch[touching]] = True
    beside[stretch[touching + 1]] = True
    step[at[(beside & (length < LONG_RUN))[stretch]]] = False
    return step


def tags_of(encoded: Encoded, spans: Sequence[Span]) -> Ints:
    """Return the BIO tag id of each token for folded `spans`; `IGNORED` where a span cuts a token.

    Values that touch are one stretch of digits to the model, so touching `value` spans are one; a
    `[RUN]` is a value where each of its numbers is.
    """
    tags = np.zeros(len(encoded), dtype=np.int32)
    merged = _merge_values(spans)
    for span in merged:
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
    values = {(span.start, span.end) for span in merged if span.label == "value"}
    for place, numbers in encoded.runs.items():
        if values.issuperset(numbers):
            tags[place] = 1 + 2 * _LABEL_INDEX["value"]
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
