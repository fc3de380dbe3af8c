"""A text without its separators, so that a label that is wrapped or split reads as one string."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SEPARATORS: Final = frozenset(" \t\n\r|*#")
_DROPPED: Final = SEPARATORS | frozenset("\"'“”‘’")


@dataclass(frozen=True, slots=True)
class Squeezed:
    """`text` is `original` without separators and quotation marks; `at[i]` is where its character
    `i` stands in `original`."""

    text: str
    original: str
    at: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in `original` of squeezed [start, end); a closing quotation mark that
        follows directly belongs to it, and so does an opening one before."""
        first, last = self.at[start], self.at[end - 1] + 1
        for mark in "\"'":
            opened = self.original.count(mark, first, last)
            if opened % 2 and self.original[last : last + 1] == mark:
                last += 1
            elif opened % 2 and first and self.original[first - 1] == mark:
                first -= 1
        return first, last

    def separated(self, at: int) -> bool:
        """Tell whether a separator or an end of the text stands before character `at`."""
        if at <= 0 or at >= len(self.at):
            return True
        before, after = self.at[at - 1] + 1, self.at[at]
        return any(c in SEPARATORS for c in self.original[before:after])

    def line_break(self, at: int) -> bool:
        """Tell whether a line or a cell begins at squeezed character `at`."""
        if at <= 0 or at >= len(self.at):
            return True
        between = self.original[self.at[at - 1] + 1 : self.at[at]]
        return "\n" in between or "|" in between


def squeeze(text: str) -> Squeezed:
    """Return `text` without separators and quotation marks; linear."""
    at = tuple(i for i, c in enumerate(text) if c not in _DROPPED)
    return Squeezed("".join([text[i] for i in at]), text, at)
