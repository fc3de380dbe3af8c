"""What a printed cell says: digits in every dress -> an exact number, a blank, or unreadable.

Numbers are int or Decimal, never a binary float; money is in 万元.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

Number = int | Decimal
State = Literal["read", "blank", "unreadable"]


@dataclass(frozen=True, slots=True)
class Printed:
    """What a cell prints: `value` is None unless `state` is "read"."""

    state: State
    value: Number | None = None


BLANK = Printed("blank")
UNREADABLE = Printed("unreadable")

#: Characters that a cell with a number has at most, its notes included.
MAX_RAW = 200
#: Digits that a number has at most; decimal arithmetic would round those of more than 28.
MAX_DIGITS = 24

#: What dust on a scan, or a torn frame, leaves beside digits; none of it can belong to a number.
_SPECKS = " \t\n\r`'\"‘’“”´·•^~_:;,、。!|*"
_BLANK_MARK = re.compile(r"[\s/\\|\-_*.·—~、]*")
_ZERO_WORDS = frozenset({"无", "零", "〇", "没有", "未发生", "○", "◯"})
#: Letters and signs that stand for a digit in a number (OCR, typing); folded text.
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "〇": "0", "○": "0", "Q": "0", "D": "0",
                             "l": "1", "I": "1", "i": "1", "丨": "1", "|": "1"})  # fmt: skip
_UNITS = r"(?:件次|人次|批次|批|件|条|宗|份|起|项|次|个|部|篇|人|例|笔|家|%)"
_MONEY = {
    "元": Decimal("0.0001"),
    "万元": Decimal(1),
    "万": Decimal(1),
    "亿元": Decimal(10000),
    "亿": Decimal(10000),
}
_CORE = re.compile(
    r"(?P<word>增加|减少|上升|下降|增|减|约|共|计|增长)?(?P<sign>[+-]*)"
    r"(?P<number>[\dOolI〇○QD][\dOolI〇○QD, ]*(?:\.\s?[\dOolI ]*[\dOolI])?)\s*"
    rf"(?P<unit>万元|亿元|元|万|亿|{_UNITS})?"
)
_NOTE = re.compile(r"\([^()]*\)?")
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万]+")


def read_number(raw: str, *, money: bool = False) -> Printed:
    """Return what `raw`, the folded text of one cell, prints.

    `money`: the column is in 万元, so that a value that says 元 is divided by 10,000.
    """
    if len(raw) > MAX_RAW:
        return BLANK if _BLANK_MARK.fullmatch(raw) else UNREADABLE
    return _read_short(raw, money)


@lru_cache(maxsize=4096)
def _read_short(raw: str, money: bool) -> Printed:
    text = raw.strip(_SPECKS)
    if _BLANK_MARK.fullmatch(text):
        return BLANK
    plain = _NOTE.sub("", text).strip() or text
    if plain.rstrip("件条份宗元。") in _ZERO_WORDS:
        return Printed("read", 0)
    if plain.isascii() and plain.isdigit():
        return Printed("read", int(plain)) if len(plain) <= MAX_DIGITS else UNREADABLE
    if plain in ("l", "I", "i", "丨"):
        return Printed("read", 1)
    if re.fullmatch(r"0+\s*/\s*0+", plain):
        return Printed("read", 0)
    match = _CORE.fullmatch(plain)
    if match and any(c.isdigit() or c in "Oo〇○" for c in match["number"]):
        return _read_core(match, money)
    if _HAN_NUMBER.fullmatch(plain.rstrip("件条份宗")):
        value = han_number(plain.rstrip("件条份宗"))
        return UNREADABLE if value is None else Printed("read", value)
    return UNREADABLE


def _read_core(match: re.Match[str], money: bool) -> Printed:
    digits = match["number"].translate(_LOOKALIKES).replace(",", "").replace(" ", "")
    if len(digits) > MAX_DIGITS:
        return UNREADABLE
    try:
        value: Decimal = Decimal(digits)
    except InvalidOperation:
        return UNREADABLE
    if "-" in match["sign"] or (match["word"] or "") in ("减", "减少", "下降"):
        value = -value
    unit = match["unit"] or ""
    if money and unit in _MONEY:
        value *= _MONEY[unit]
    elif unit in ("万", "亿"):
        value *= 10_000 if unit == "万" else 100_000_000
    return Printed("read", exact(value))


def exact(value: Decimal) -> Number:
    """Return `value` as an int where it is whole, else as a Decimal without trailing zeros."""
    if value == value.to_integral_value():
        return int(value)
    return Decimal(format(value.normalize(), "f"))


def han_number(text: str) -> int | None:
    """Return the number that Chinese numerals below 亿 say (`一百二十三`, `二〇二三`), or None."""
    if not 0 < len(text) <= MAX_DIGITS:
        return None
    if all(c in _HAN_DIGITS for c in text):
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    total = section = digit = 0
    for char in text:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
        elif char in _HAN_UNITS:
            section += (digit or 1) * _HAN_UNITS[char]
            digit = 0
        elif char == "万":
            total, section, digit = (section + digit) * 10_000, 0, 0
        else:
            return None
    return total + section + digit
