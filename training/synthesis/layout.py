"""Annotated text: the writer that makes it, and the edits that keep its marks exact.

A `Mark` is a half-open labelled stretch of `Annotated.text`; `path` names the canonical cell of a
value (`table.row.column`), so that a page can tell which cells it lost.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nianbao.spans import Span
from training.synthesis.model import GridCell, GridTable, Piece


class Mark(NamedTuple):
    """`text[start:end]` is a `label`, and of the cell `path` where it is a value."""

    start: int
    end: int
    label: str
    path: str | None = None


class Edit(NamedTuple):
    """Put `text` in the place of `[start, end)`; an insertion has start == end."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text and its marks, in order and without overlap."""

    text: str
    marks: tuple[Mark, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The marks as spans of the library."""
        return tuple(Span(m.start, m.end, m.label, source="made") for m in self.marks)

    def edited(self, edits: Iterable[Edit]) -> Annotated:
        """Return the text after all `edits` (offsets of the text before any; they must not
        overlap), in one pass.

        A replacement that lies wholly inside a mark belongs to it, to its very ends; one that
        crosses the end of a mark belongs to nobody; an insertion at the end of a mark stays
        outside.  A mark that becomes empty disappears.  Raises ValueError where edits overlap.
        """
        ordered = sorted(edits)
        if not ordered:
            return self
        starts, ends, moved_starts, moved_ends = [], [], [], []
        parts: list[str] = []
        done = shift = 0
        for start, end, new in ordered:
            if start < done or end < start:
                raise ValueError(f"edit [{start}, {end}) overlaps its predecessor or is reversed")
            parts.append(self.text[done:start])
            parts.append(new)
            starts.append(start)
            ends.append(end)
            moved_starts.append(start + shift)
            shift += len(new) - (end - start)
            moved_ends.append(end + shift)
            done = end
        parts.append(self.text[done:])

        def moved(position: int, index: int, *, opening: bool) -> int:
            """Where a boundary goes, `index` being the last edit that starts at or before it."""
            if index < 0:
                return position
            if position >= ends[index]:
                return position + moved_ends[index] - ends[index]
            if position == starts[index]:
                return moved_starts[index]
            return moved_ends[index] if opening else moved_starts[index]

        marks: list[Mark] = []
        for start, end, label, path in self.marks:
            # An opening comes after an insertion at its place, a closing before it.
            first = bisect_right(starts, start) - 1
            last = bisect_left(starts, end) - 1
            new_start = moved(start, first, opening=True)
            new_end = moved(end, last, opening=False)
            if new_start < new_end:
                marks.append(Mark(new_start, new_end, label, path))
        return Annotated("".join(parts), tuple(marks))

    def replaced(self, text: str) -> Annotated:
        """Return the marks over another text of the same length; ValueError where it differs."""
        if len(text) != len(self.text):
            raise ValueError(f"length {len(text)} is not {len(self.text)}")
        return Annotated(text, self.marks)

    def trimmed(self) -> Annotated:
        """Return the marks without the blanks at their ends; a blank mark disappears."""
        marks = []
        for mark in self.marks:
            text = self.text[mark.start : mark.end]
            body = text.strip()
            if not body:
                continue
            if len(body) != len(text):
                start = mark.start + len(text) - len(text.lstrip())
                mark = Mark(start, start + len(body), mark.label, mark.path)
            marks.append(mark)
        return Annotated(self.text, tuple(marks))


class Writer:
    """Append-only text that records the marks of what is written."""

    __slots__ = ("_length", "_marks", "_parts", "_touching")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._marks: list[Mark] = []
        self._length = 0
        self._touching = False  # only blanks were written since the last mark

    def text(self, text: str) -> None:
        """Write unlabelled text."""
        if text:
            self._parts.append(text)
            self._length += len(text)
            if self._touching and not text.isspace():
                self._touching = False

    def piece(self, piece: Piece, path: str | None = None) -> None:
        """Write a piece; its mark leaves the outer blanks out."""
        body = piece.text.strip()
        if piece.label is not None and body:
            start = self._length + len(piece.text) - len(piece.text.lstrip())
            self._marks.append(Mark(start, start + len(body), piece.label, path))
            self._parts.append(piece.text)
            self._length += len(piece.text)
            self._touching = True
            return
        self.text(piece.text)

    def pieces(self, pieces: Iterable[Piece], path: str | None = None) -> None:
        """Write pieces one after another."""
        for piece in pieces:
            self.piece(piece, path)

    def cell(self, cell: GridCell) -> None:
        """Write what a cell prints."""
        for piece in cell.pieces:
            self.piece(piece, cell.path)

    def continued(self, cell: GridCell) -> None:
        """Write a further line of a wrapped cell: one mark with the line before, where only blanks
        stand between the two."""
        before = len(self._marks)
        touching = self._touching
        self.cell(cell)
        if touching and 0 < before < len(self._marks):
            last, new = self._marks[before - 1], self._marks[before]
            if last.label == new.label:
                self._marks[before - 1 : before + 1] = [last._replace(end=new.end)]

    @property
    def length(self) -> int:
        """How many characters were written."""
        return self._length

    @property
    def at_line_start(self) -> bool:
        """Whether nothing stands on the line yet."""
        return not self._parts or self._parts[-1].endswith("\n")

    def done(self) -> Annotated:
        """Return what was written."""
        return Annotated("".join(self._parts), tuple(self._marks))


Row = list[GridCell]


def rows_of(table: GridTable) -> list[Row]:
    """Return the cells that start in each row of `table`, by column."""
    rows: list[Row] = [[] for _ in range(table.rows)] if table.cells else []
    for cell in sorted(table.cells, key=lambda c: c.column):
        rows[cell.row].append(cell)
    return rows


def is_blank(cell: GridCell) -> bool:
    """Whether a cell prints nothing."""
    return not any(piece.text.strip() for piece in cell.pieces)


def cut_pieces(pieces: Sequence[Piece], sizes: Iterable[int]) -> list[list[Piece]]:
    """Return `pieces` cut into stretches of so many characters; the last takes the rest."""
    lines: list[list[Piece]] = []
    rest = [piece for piece in pieces if piece.text]
    for size in sizes:
        line: list[Piece] = []
        while rest and size > 0:
            head = rest.pop(0)
            if len(head.text) > size:
                rest.insert(0, Piece(head.text[size:], head.label))
                head = Piece(head.text[:size], head.label)
            size -= len(head.text)
            line.append(head)
        if line:
            lines.append(line)
        if not rest:
            return lines
    if rest:
        lines.append(rest)
    return lines


def wrap_edits(text: str, width: int, end: str = "\n") -> list[Edit]:
    """Return the line ends that break long lines after about `width` characters, each between two
    characters that are neither digits nor blanks."""
    edits = []
    start = 0
    for line in text.split("\n"):
        at = start + width
        stop = start + len(line) - 1
        while at < stop:
            while at < stop and (text[at].isdigit() or not _breakable(text[at - 1], text[at])):
                at += 1
            if at >= stop:
                break
            edits.append(Edit(at, at, end))
            at += width
        start += len(line) + 1
    return edits


def _breakable(before: str, after: str) -> bool:
    return not (
        before.isspace() or after.isspace() or before.isdigit() or after in "|、,，。;；)）"
    )
