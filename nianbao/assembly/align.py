"""Alignment: the slots of a row -> its columns.

Every way to put the slots into the columns is a *reading*.  When slots and columns are as many there
is one.  Otherwise the readings are searched in tiers, the most trustworthy first (empty places that
separators prove; borders lost between glued digits; a number torn in two; strays; cells lost), and
the sums that the form prints may choose among them.  The sums never change a printed digit, and they
never choose where the page says plainly what stands where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Literal, NamedTuple

from nianbao.assembly.glued import Stretch, TooManyCuts, cuts_that_add_up
from nianbao.assembly.likely import credible
from nianbao.assembly.regions import Slot
from nianbao.numbers import Number, read_number

State = Literal["read", "blank", "missing", "unreadable"]
Tier = Literal["plain", "blank", "split", "torn", "stray", "lost", "none"]

#: Readings of one row that are looked at before it is given up as unknown, and steps of the search
#: for them: a row of seven with 18 digits takes up to 1,870, one with 19 up to 2,769 (`glued.py`).
MAX_READINGS = 2000
MAX_STEPS = 20_000
#: Characters of one number among digits that lost their borders, at most.
MAX_GLUED = 12
#: Digits beyond one a column up to which a row that adds up nowhere is still cut every way, to show
#: its candidates: 3 in seven columns are 84 ways.
MAX_SPARE = 3

_SIGN = re.compile(r"[-+增减]")
_UNITS = "件条宗份起项次个部篇元万"
#: What a scan leaves between digits; no number is written with it.
_DUST = "`'\"~_·。^*:;"
_ZEROS = "0Oo"
_DIGITS = str.maketrans("OolI", "0011")


class Piece(NamedTuple):
    """What one cell is read as: characters [start, end) of the folded text."""

    state: State
    start: int
    end: int
    value: Number | None = None
    score: float = 1.0


Row = tuple[Piece, ...]
Holds = Callable[[Row], bool | None]
"""True / False when the row's own sum holds / fails; None when it has none or cannot tell."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings of one row, all from the same `tier`."""

    rows: tuple[Row, ...]
    tier: Tier


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a row beforehand: its number of columns, which of them hold money or may carry
    a sign, and the sizes of the groups that each end in their own total (7; 5 + 5 + 5)."""

    columns: int
    money: frozenset[int] = frozenset()
    signed: frozenset[int] = frozenset()
    groups: tuple[int, ...] = ()
    #: The page pads merged labels where they stand, so that a row's cells are its last ones.
    padded_in_place: bool = False
    #: The empty places before and after the values that whole rows like this one have, and that are
    #: no cells therefore.
    padding: tuple[int, int] = (0, 0)
    #: The page drops its empty cells, so that the padding at a row's end stands for any of them.
    drops_empties: bool = False
    #: The page leaves out noughts, so that what a row lost is no other number.
    drops_noughts: bool = False
    #: Other rows of the page are one run of digits, so that such a run here is a row as well.
    glued: bool = False

    def holds(self, row: Row) -> bool | None:
        """Tell whether every group's total is the sum of its parts."""
        verdict: bool | None = None
        at = 0
        for size in self.groups:
            verdict_here = sum_holds(row[at : at + size])
            if verdict_here is False:
                return False
            verdict = verdict or verdict_here
            at += size
        return verdict


def sum_holds(group: Row) -> bool | None:
    """Tell whether the last piece is the sum of the others; None when either side is empty, or when a
    part that the page lost may be what is short."""
    *parts, total = group
    known = [piece.value for piece in parts if piece.value is not None]
    if total.value is None or not known:
        return None
    short = total.value - sum(known)
    if short > 0 and any(piece.state == "missing" for piece in parts):
        return None
    return short == 0


def read_row(text: str, slots: Sequence[Slot], shape: Shape) -> Readings:
    """Return the readings of `slots` as a row of `shape`.

    Places that the page shows ("plain", "blank") are believed as they are.  Of the searched tiers the
    first counts whose readings add up; where none does, all that are possible stand side by side.
    """
    for tier, attempt in _SHOWN:
        rows = list(attempt(text, slots, shape))
        if rows and not (tier == "blank" and _doubtful(rows[0], shape)):
            return Readings(tuple(rows), tier)
        if rows:
            cut = [row for row in _cuts(text, middle_slots(slots), shape) if shape.holds(row)]
            if cut:
                return Readings(tuple(cut), "split")
            # The padding may stand for empty cells that were dropped elsewhere in the row.
            return Readings((*rows, *dropped_before_padding(text, slots, shape)), tier)
    loose: list[Row] = []
    loose_tier: Tier = "none"
    for tier, attempt in _SEARCHED:
        rows = list(dict.fromkeys(islice(attempt(text, slots, shape), MAX_READINGS + 1)))
        if not rows or len(rows) > MAX_READINGS:
            continue
        if not shape.groups:
            if tier == "split" and not (shape.glued or _says_glued(text, slots)):
                # `26` over two columns: 2 and 6, or one cell of the two.
                rows += _lost(text, slots, shape)
            return Readings(tuple(rows), tier)
        holding = [row for row in rows if _believable(shape, row, tier)]
        if holding and tier == "lost" and len(shape.groups) > 1:
            holding = rows  # those that are likely, whatever their sums say
        if holding or (len(rows) == 1 and not loose):
            return Readings(tuple(holding or rows), tier)
        loose += rows
        loose_tier = tier
    if loose:
        return Readings(tuple(loose), loose_tier)
    at = slots[0].start if slots else 0
    return Readings((tuple(Piece("missing", at, at) for _ in range(shape.columns)),), "none")


def dropped_before_padding(text: str, slots: Sequence[Slot], shape: Shape) -> list[Row]:
    """Return the readings of a row whose total is its last value, the empty cells before it dropped and
    made up for at the end; they add up, or there are none."""
    middle = middle_slots(slots)
    if not shape.groups or len(middle) < 2 or not any(slot.kind == "pad" for slot in slots):
        return []
    rows = islice(_lost(text, slots, shape), MAX_READINGS)
    nonzero = (row for row in rows if row[-1].value)
    return [row for row in nonzero if _believable(shape, row, "lost")]


def _doubtful(row: Row, shape: Shape) -> bool:
    """Tell whether blanks taken from the ends of a row leave it with a sum that fails, or with parts
    but no total: then glued numbers are the likelier reason for what is missing."""
    at = 0
    for size in shape.groups:
        *parts, total = row[at : at + size]
        if sum_holds(row[at : at + size]) is False:
            return True
        if total.value is None and any(piece.value for piece in parts):
            return True
        at += size
    return False


def _believable(shape: Shape, row: Row, tier: Tier) -> bool:
    """Tell whether a searched reading adds up.  Zeros always do, so where cells are lost they are no
    witness against a reading in which the total itself is the lost cell."""
    verdict = shape.holds(row)
    if tier == "lost" and verdict is None:
        return all(not piece.value for piece in row)
    return bool(verdict)


def _piece(text: str, slot: Slot, money: bool) -> Piece:
    if slot.kind != "value":
        return Piece("blank", slot.start, slot.end)
    printed = read_number(text[slot.start : slot.end], money=money)
    return Piece(printed.state, slot.start, slot.end, printed.value, slot.score)


def _row(text: str, slots: Sequence[Slot], shape: Shape) -> Row:
    return tuple(_piece(text, slot, i in shape.money) for i, slot in enumerate(slots))


def middle_slots(slots: Sequence[Slot]) -> list[Slot]:
    """Return the values and the empty places between them, without what may only be padding."""
    return [slot for slot in slots if slot.kind in ("value", "empty")]


def _plain(text: str, slots: Sequence[Slot], shape: Shape) -> Iterator[Row]:
    """As many places as columns; the paddings do not count."""
    middle = middle_slots(slots)
    if len(middle) == shape.columns:
        yield _row(text, middle, shape)
        return
    # One value in a cell that spans the table's columns, with blanks beside it.
    filled = [slot for slot in middle if slot.kind == "value"]
    if len(filled) == shape.columns < len(middle):
        yield _row(text, filled, shape)


def _blank(text: str, slots: Sequence[Slot], shape: Shape) -> Iterator[Row]:
    """Places at the ends, or blank lines, stand for empty cells."""
    middle = middle_slots(slots)
    wanted = shape.columns - len(middle)
    if wanted <= 0 or _has_glued(text, middle):
        return
    leads = [slot for slot in slots if slot.kind == "lead"][shape.padding[0] :]
    pads = [slot for slot in slots if slot.kind == "pad"][shape.padding[1] :]
    if shape.drops_noughts or (pads and shape.drops_empties):
        return
    if wanted <= len(leads) + len(pads):
        if shape.padded_in_place:
            lead = max(wanted - len(pads), 0)
        else:
            lead = min(len(leads), wanted)
        pad = wanted - lead
        yield _row(text, [*leads[:lead], *middle, *pads[:pad]], shape)
        return
    soft = [slot for slot in slots if slot.kind in ("value", "empty", "soft")]
    last = max((i for i, slot in enumerate(soft) if slot.kind != "soft"), default=0)
    # Blank lines after the last value may only part the rows; those before it are cells.
    if last < shape.columns <= len(soft):
        yield _row(text, soft[: shape.columns], shape)


def _split(text: str, slots: Sequence[Slot], shape: Shape) -> Iterator[Row]:
    """Borders between digits are lost: cut the digits into as many numbers as there are columns.

    One run of digits alone may be a whole row; beside others only a zero before further digits says
    that they are glued (`51 0 0 2 61` has lost cells instead)."""
    middle = middle_slots(slots)
    if not middle or len(middle) >= shape.columns:
        return
    runs = sum(slot.kind == "value" for slot in middle)
    glued = runs == 1 or _has_glued(text, middle) or len(shape.signed) > 0
    digits = sum(slot.end - slot.start for slot in middle if slot.kind == "value")
    at_least = shape.columns - (len(middle) - runs)
    if glued and at_least <= digits <= MAX_GLUED * shape.columns:
        yield from _cuts(text, middle, shape)


def _has_glued(text: str, slots: Sequence[Slot]) -> bool:
    """Tell whether some slot can only be several cells: a zero before further digits."""
    for slot in slots:
        raw = text[slot.start : slot.end].rstrip(_UNITS)
        glued = len(raw) > 1 and raw[0] in _ZEROS and raw[1] not in ".," and _cuttable(raw)
        if slot.kind == "value" and glued:
            return True
    return False


def _says_glued(text: str, slots: Sequence[Slot]) -> bool:
    """Tell whether the digits themselves say that they are several numbers."""
    middle = middle_slots(slots)
    signed = any(set("+-") & set(text[slot.start + 1 : slot.end]) for slot in middle)
    return signed or _has_glued(text, middle)


def _cuts(text: str, slots: Sequence[Slot], shape: Shape) -> Iterator[Row]:
    """Yield every way to cut `slots` into `shape.columns` numbers without leading zeros, those only
    whose groups add up where any does."""
    if not shape.groups:
        yield from _walk_cuts(text, slots, shape) or ()
        return
    rows = _adding_up(text, slots, shape)
    spare = sum(slot.end - slot.start for slot in slots) - shape.columns
    if rows == [] and spare <= MAX_SPARE:
        rows = _walk_cuts(text, slots, shape)
    yield from rows or ()


def _adding_up(text: str, slots: Sequence[Slot], shape: Shape) -> list[Row] | None:
    """Return the cuts whose groups add up; None when the search is too long to be finished."""
    whole: dict[int, Piece] = {}
    stretches: list[Stretch] = []
    places: list[tuple[int, int]] = []
    for slot in slots:
        raw = text[slot.start : slot.end].rstrip(_UNITS)
        kept = [i for i, char in enumerate(raw) if char not in _DUST]
        digits = "".join(raw[i] for i in kept).translate(_DIGITS)
        if slot.kind == "value" and len(digits) > 1 and digits.isdigit():
            stretches.append(Stretch(digits))
            places += [(slot.start + i, slot.start + i + 1) for i in kept]
            places[-1] = (places[-1][0], slot.end)
            continue
        whole[len(places)] = piece = _piece(text, slot, False)
        stretches.append(Stretch(value=piece.value))
        places.append((slot.start, slot.end))
    try:
        cuts = cuts_that_add_up(
            stretches, shape.groups, most_steps=MAX_STEPS, most_cuts=MAX_READINGS
        )
    except TooManyCuts:
        return None
    scores = [slot.score for slot, part in zip(slots, stretches, strict=True)
              for _ in range(len(part.digits) or 1)]  # fmt: skip
    flat = "".join(stretch.digits or "_" for stretch in stretches)
    rows = []
    for cut in cuts:
        starts = (0, *cut[:-1])
        rows.append(
            tuple(
                whole[a]
                if a in whole
                else Piece("read", places[a][0], places[b - 1][1], int(flat[a:b]), scores[a])
                for a, b in zip(starts, cut, strict=True)
            )
        )
    return rows


def _walk_cuts(text: str, slots: Sequence[Slot], shape: Shape) -> list[Row] | None:
    """Return every cut, depth first; None when the search is too long to be finished."""
    found: list[Row] = []
    after = [sum(slot.end - slot.start for slot in slots[i + 1 :]) for i in range(len(slots))]
    stack: list[tuple[int, int, Row]] = [(0, 0, ())]
    steps = 0
    while stack:
        if steps > MAX_STEPS or len(found) > MAX_READINGS:
            return None
        slot, offset, row = stack.pop()
        left = shape.columns - len(row)
        if left == 0:
            if slot == len(slots):
                found.append(row)
            continue
        if slot == len(slots) or left < len(slots) - slot:
            continue
        if slots[slot].end - slots[slot].start - offset + after[slot] < left:
            continue
        for piece, next_slot, next_offset in _first_pieces(
            text, slots, (slot, offset), len(row), shape
        ):
            steps += 1
            stack.append((next_slot, next_offset, (*row, piece)))
    return found[::-1]


def _first_pieces(
    text: str, slots: Sequence[Slot], at: tuple[int, int], column: int, shape: Shape
) -> Iterator[tuple[Piece, int, int]]:
    """Yield each number that the rest of a slot can begin with, and (slot, offset) of what is left.

    A number has no leading zero, and a sign stands in a signed column only."""
    index, offset = at
    slot, money = slots[index], column in shape.money
    start = slot.start + offset
    raw = text[start : slot.end]
    sign = len(raw) - len(raw.lstrip("+-"))
    if slot.kind != "value" or not _cuttable(raw):
        yield _piece(text, Slot(slot.kind, start, slot.end, slot.score), money), index + 1, 0
        return
    if sign and column not in shape.signed:
        return
    for length in range(sign + 1, min(len(raw), MAX_GLUED) + 1):
        head, rest = raw[:length], raw[length:]
        if len(head) > sign + 1 and head[sign] in _ZEROS and head[sign + 1] not in "." + _UNITS:
            return
        if head[-1] in ".,+-" or rest.startswith((".", ",")):
            if head[-1] in "+-":
                return
            continue
        if rest and not rest[0].isdigit() and rest[0] not in "+-OolI":
            continue
        printed = read_number(head, money=money)
        if printed.state == "read":
            piece = Piece("read", start, start + length, printed.value, slot.score)
            yield (piece, index, offset + length) if rest else (piece, index + 1, 0)


def _cuttable(raw: str) -> bool:
    return len(raw) > 1 and all(c in "0123456789+-.,OolI" for c in raw.rstrip(_UNITS))


def _torn(text: str, slots: Sequence[Slot], shape: Shape) -> Iterator[Row]:
    """More values than columns: neighbours that only blanks or a line end separate may be one number."""
    middle = middle_slots(slots)
    surplus = len(middle) - shape.columns
    joints = [
        i
        for i in range(1, len(middle))
        if _digits(text, middle[i - 1]) and _digits(text, middle[i]) and _may_join(text, middle, i)
    ]
    same_line = [i for i in joints if middle[i].weak]
    if len(same_line) == surplus < sum(not slot.weak for slot in middle):
        # Cells stand on lines, or between bars, of their own: what a blank alone parts is one number.
        joints = same_line
    if not 0 < surplus <= 8 or len(joints) < surplus or _too_many(len(joints), surplus):
        return
    for chosen in combinations(joints, surplus):
        pieces: list[Piece] = []
        for i, slot in enumerate(middle):
            if i in chosen:
                last = pieces.pop()
                raw = text[last.start : last.end] + text[slot.start : slot.end]
                joined = read_number("".join(c for c in raw if c.isdigit()))
                score = min(last.score, slot.score)
                pieces.append(Piece(joined.state, last.start, slot.end, joined.value, score))
            else:
                pieces.append(_piece(text, slot, len(pieces) in shape.money))
        row = tuple(pieces)
        if _no_leading_zero(text, row) and (not shape.groups or shape.holds(row)):
            yield row


def _digits(text: str, slot: Slot) -> bool:
    return slot.kind == "value" and text[slot.start : slot.end].isdigit()


def _may_join(text: str, slots: Sequence[Slot], i: int) -> bool:
    return "|" not in text[slots[i - 1].end : slots[i].start]


def _no_leading_zero(text: str, row: Row) -> bool:
    return not any(
        piece.state == "read" and piece.end - piece.start > 1
        and text[piece.start] == "0" and text[piece.start + 1].isdigit()
        for piece in row
    )  # fmt: skip


def _stray(text: str, slots: Sequence[Slot], shape: Shape) -> Iterator[Row]:
    """More values than columns and none torn: one is a stray (a slipped cell), or some side by side are
    (`2 / 11` at the foot of a page).  Any few of a row whose author added up wrongly would make it add
    up too often."""
    middle = middle_slots(slots)
    surplus = len(middle) - shape.columns
    if not 0 < surplus <= 3 or not shape.groups or _too_many(len(middle), surplus):
        return
    for at in range(len(middle) - surplus + 1):
        row = _row(text, [*middle[:at], *middle[at + surplus :]], shape)
        if shape.holds(row):
            yield row


def _lost(text: str, slots: Sequence[Slot], shape: Shape) -> Iterator[Row]:
    """Fewer values than columns: the page lost cells, and which ones is open."""
    middle = middle_slots(slots)
    if not middle or len(middle) >= shape.columns:
        return
    at = middle[-1].end
    lost = Piece("missing", at, at)
    if len(shape.groups) > 1:
        yield from _likely(text, middle, shape, lost)
        return
    if _too_many(shape.columns, len(middle)):
        return
    plain = [_piece(text, slot, False) for slot in middle]
    money = [_piece(text, slot, True) for slot in middle]
    signs = [i for i, slot in enumerate(middle) if shape.signed and _SIGN.match(text, slot.start)]
    for places in combinations(range(shape.columns), len(middle)):
        if any(places[i] not in shape.signed for i in signs):
            continue
        row = [lost] * shape.columns
        for i, place in enumerate(places):
            row[place] = (money if place in shape.money else plain)[i]
        yield tuple(row)


def _likely(text: str, slots: Sequence[Slot], shape: Shape, lost: Piece) -> Iterator[Row]:
    """Yield the readings of a row of several groups that are likely enough to be looked at."""
    pieces = [_piece(text, slot, False) for slot in slots]
    values = [
        0 if piece.state == "blank" else None if piece.value is None else int(piece.value)
        for piece in pieces
    ]
    found = shape.drops_noughts and credible(values, shape.groups, noughts=True)
    for places in found or credible(values, shape.groups):
        row = [lost] * shape.columns
        for place, piece in zip(places, pieces, strict=True):
            row[place] = piece
        yield tuple(row)


def _too_many(n: int, k: int) -> bool:
    """Tell whether n over k is above `MAX_READINGS`."""
    total = 1
    for i in range(min(k, n - k)):
        total = total * (n - i) // (i + 1)
        if total > MAX_READINGS:
            return True
    return False


_Attempt = Callable[[str, Sequence[Slot], Shape], Iterator[Row]]
_SHOWN: tuple[tuple[Tier, _Attempt], ...] = (("plain", _plain), ("blank", _blank))
_SEARCHED: tuple[tuple[Tier, _Attempt], ...] = (
    ("split", _split),
    ("torn", _torn),
    ("stray", _stray),
    ("lost", _lost),
)
