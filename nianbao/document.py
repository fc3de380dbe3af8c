"""A document as it was read: one immutable text, and everything else as offsets into it.

All intervals are half-open character offsets into `Document.text`; for every line and cell `x`,
`document.text[x.start:x.end]` is its text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Cell(NamedTuple):
    """One cell of a source grid.  `row` and `column` count from 0; an empty cell has start == end."""

    start: int
    end: int
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """One table that the source drew as a grid (HTML, PDF); its cells in reading order."""

    cells: tuple[Cell, ...]

    @property
    def start(self) -> int:
        return min(cell.start for cell in self.cells)

    @property
    def end(self) -> int:
        return max(cell.end for cell in self.cells)


@dataclass(frozen=True, slots=True)
class ReadingNote:
    """What the reader has to say of its own work; becomes a warning of the report.

    `code` is one of `canonical` warning codes (`encoding_guessed`, `truncated_input`, ...).
    """

    code: str
    message: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader made of the input.

    `sha256` and `size` are those of the input bytes.  Lines are split at `\\n` alone and exclude it.
    """

    text: str
    media_type: str
    encoding: str | None
    sha256: str
    size: int
    tables: tuple[Table, ...] = ()
    notes: tuple[ReadingNote, ...] = field(default=())

    def lines(self) -> list[tuple[int, int]]:
        """Return the (start, end) of each line."""
        bounds, start = [], 0
        for line in self.text.split("\n"):
            bounds.append((start, start + len(line)))
            start += len(line) + 1
        return bounds
