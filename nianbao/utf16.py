"""Offsets as browsers count them: in UTF-16 units, where a character above U+FFFF is two.

Python counts characters, and so does every span of the library; annotation tools that run in a browser
count units.  The two differ behind the first such character (`𠮷`), and nowhere else.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from nianbao.spans import Span

_WIDE: Final = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Units:
    """Translates offsets into `text`, both ways, each in the time of a binary search."""

    text: str
    #: Where the characters of two units stand, in characters and in units.
    _characters: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _units: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = tuple(match.start() for match in _WIDE.finditer(self.text))
        object.__setattr__(self, "_characters", found)
        object.__setattr__(self, "_units", tuple(at + i for i, at in enumerate(found)))

    @property
    def length(self) -> int:
        """The length of the text in units."""
        return len(self.text) + len(self._characters)

    def units(self, offset: int) -> int:
        """Return the offset in units of the character offset `offset`; raises ValueError where it lies
        outside the text."""
        if not 0 <= offset <= len(self.text):
            raise ValueError(f"offset {offset} lies outside {len(self.text)} characters")
        return offset + bisect_left(self._characters, offset)

    def characters(self, offset: int) -> int:
        """Return the character offset of the offset `offset` in units; raises ValueError where it lies
        outside the text or in the middle of a character."""
        if not 0 <= offset <= self.length:
            raise ValueError(f"offset {offset} lies outside {self.length} UTF-16 units")
        before = bisect_left(self._units, offset)
        if before and self._units[before - 1] == offset - 1:
            raise ValueError(f"offset {offset} lies within a character of two UTF-16 units")
        return offset - before


def to_utf16(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return `spans` of `text` with offsets in UTF-16 units, in the order given; raises ValueError for
    one that lies outside the text."""
    units = Units(text)
    return [replace(s, start=units.units(s.start), end=units.units(s.end)) for s in spans]


def from_utf16(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return `spans` whose offsets are UTF-16 units of `text` with offsets in characters, in the order
    given; raises ValueError for one that lies outside the text or parts a character."""
    units = Units(text)
    return [replace(s, start=units.characters(s.start), end=units.characters(s.end)) for s in spans]
