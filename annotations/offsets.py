"""Offsets in characters (Unicode code points, as Python counts) <-> offsets in UTF-16 code units.

A character beyond the basic plane (𠮷) is one code point and two UTF-16 units.  Label Studio 1.23.2
counts code points: it was seen in Chromium, and its source says so (`domManager.ts`, "in codepoints").
Older versions and most tools of the browser count UTF-16 units, so both are read and written, and
which one it is is said, never guessed.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

Unit = Literal["codepoints", "utf16"]


@dataclass(frozen=True, slots=True)
class Utf16Map:
    """Where the characters of one text stand in its UTF-16 form.

    `astral` holds the offsets, in characters, of those that take two units.
    """

    astral: tuple[int, ...]
    length: int

    @classmethod
    def of(cls, text: str) -> Utf16Map:
        if text.isascii() or max(text) <= "\uffff":
            return cls((), len(text))
        return cls(tuple(i for i, c in enumerate(text) if c > "\uffff"), len(text))

    def to_utf16(self, offset: int) -> int:
        """Return the place in UTF-16 units of a character; `length` may be given, for the end."""
        return offset + bisect_left(self.astral, offset)

    def from_utf16(self, unit: int) -> int:
        """Return the character at `unit`.  Raises ValueError inside a surrogate pair or outside."""
        low, high = 0, len(self.astral)
        while low < high:  # how many astral characters begin before `unit`
            middle = (low + high) // 2
            if self.astral[middle] + middle < unit:
                low = middle + 1
            else:
                high = middle
        offset = unit - low
        if not 0 <= offset <= self.length or self.to_utf16(offset) != unit:
            raise ValueError(f"{unit} is no boundary of a character")
        return offset


@dataclass(frozen=True, slots=True)
class Places:
    """The offsets of one text in `unit`; made once a text, for finding the astral characters takes a
    pass over it."""

    unit: Unit
    map: Utf16Map

    @classmethod
    def of(cls, text: str, unit: Unit) -> Places:
        return cls(unit, Utf16Map.of(text))

    def outgoing(self, offset: int) -> int:
        """Return an offset in characters as one in the unit."""
        return offset if self.unit == "codepoints" else self.map.to_utf16(offset)

    def incoming(self, start: int, end: int) -> tuple[int, int]:
        """Return start and end in characters.  Raises ValueError when they are no stretch of the
        text."""
        if self.unit == "utf16":
            start, end = self.map.from_utf16(start), self.map.from_utf16(end)
        if not 0 <= start < end <= self.map.length:
            raise ValueError(f"[{start}, {end}) is no stretch of {self.map.length} characters")
        return start, end
