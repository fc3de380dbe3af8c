"""What a reader collects before the text exists, and the writer that makes text and offsets of it.

A `Flow` is the content of one block container in reading order: strings, with `BREAK` where a line
ends, and between them grids and inner flows.  Nothing is copied when flows are nested, so that the
work stays linear in the input.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from nianbao.document import Cell, ReadingNote, Table
from nianbao.reading.limits import MAX_CHARS

#: Marks inside collected strings.  They are C0 controls, which no cleaned text holds.
BREAK: Final = "\x1e"
KEPT_SPACE: Final = "\x1f"

_SHRINKAGE: Final = 4
SEPARATOR: Final = " | "


@dataclass(slots=True)
class GridCell:
    """A cell before it has offsets; `row` and `column` count from 0."""

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1


@dataclass(slots=True)
class Grid:
    """Rows of cells, in reading order."""

    rows: list[list[GridCell]]

    @property
    def size(self) -> int:
        return sum(len(cell.text) for row in self.rows for cell in row)


@dataclass(slots=True)
class Flow:
    """Content in reading order; `size` counts characters that are no white space, `breaks` the
    line breaks, and `has_grid` says whether a grid lies anywhere inside."""

    items: list[str | Grid | Flow] = field(default_factory=list)
    size: int = 0
    breaks: int = 0
    has_grid: bool = False
    hidden: bool = False

    def append(self, item: Flow | Grid) -> None:
        """Add an inner flow or a grid as a block of its own."""
        self.items += (BREAK, item, BREAK)
        self.breaks += 1
        if isinstance(item, Grid):
            self.has_grid = True
            self.size += item.size
        elif not item.hidden:
            self.has_grid |= item.has_grid
            self.size += item.size
            self.breaks += item.breaks


def line_text(text: str) -> str:
    """Return collected `text` of one line with its white space collapsed as a browser does, save
    that a line break between two wide characters is none: Chinese is wrapped without blanks."""
    if "\n" in text:
        text = _WRAP.sub("", text)
    if _COLLAPSIBLE.search(text):
        text = _COLLAPSIBLE.sub(" ", text)
    text = text.strip()
    return text.replace(KEPT_SPACE, " ") if KEPT_SPACE in text else text


def cell_text(flow: Flow) -> str:
    """Return the text of a cell on one line: every run of white space or breaks is one blank."""
    text = "".join(_strings(flow))
    if "\n" in text:
        text = _WRAP.sub("", text)
    return " ".join(text.split())  # split() takes BREAK, KEPT_SPACE and U+3000 as blanks too


def _strings(flow: Flow) -> list[str]:
    plain = [item for item in flow.items if isinstance(item, str)]
    if len(plain) == len(flow.items):  # as in nearly all cells
        return plain if not flow.hidden else []
    parts: list[str] = []
    stack: list[str | Grid | Flow] = [flow]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
        elif isinstance(item, Grid):
            parts.extend(BREAK + cell.text for row in item.rows for cell in row)
        elif not item.hidden:
            stack.extend(reversed(item.items))
    return parts


_WIDE: Final = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\U00020000-\U0003ffff"
_WRAP: Final = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{_WIDE}])")
_COLLAPSIBLE: Final = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")


class Writer:
    """Writes lines and grids one after another and keeps where they stand.

    Stops at `max_chars`: `truncated` is set, and nothing is added any more.
    """

    def __init__(self, max_chars: int = MAX_CHARS) -> None:
        self._lines: list[str] = []
        self._length = 0
        self._max = max_chars
        self.tables: list[Table] = []
        self.truncated = False

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def notes(self) -> tuple[ReadingNote, ...]:
        """Return the note of truncation, if the text was cut."""
        if not self.truncated:
            return ()
        end = len(self.text)
        message = f"正文过长，第 {self._max} 个字符以后的内容未读"
        return (ReadingNote("truncated_input", message, end, end),)

    def line(self, text: str) -> int:
        """Write one line and return the offset of its start."""
        start = self._length + (1 if self._lines else 0)
        if start + len(text) > self._max:
            self.truncated = True
            text = text[: max(0, self._max - start)]
        if text or not self.truncated:
            self._lines.append(text)
            self._length = start + len(text)
        return start

    def flow(self, flow: Flow, *, keep_hidden: frozenset[int] = frozenset()) -> None:
        """Write the lines and grids of `flow`; hidden flows only when their id is in
        `keep_hidden`.  Empty lines are left out."""
        pending: list[str] = []
        stack: list[str | Grid | Flow] = [flow]
        while stack and not self.truncated:
            item = stack.pop()
            if isinstance(item, str):
                pending.append(item)
            elif isinstance(item, Grid):
                self._prose(pending)
                pending = []
                self.grid(item)
            elif not item.hidden or id(item) in keep_hidden:
                stack.extend(reversed(item.items))
        self._prose(pending)

    def _prose(self, parts: list[str]) -> None:
        for raw in "".join(parts).split(BREAK):
            if raw and not self.truncated:
                # White space shrinks a line, but not without end: what is longer is cut unread.
                text = line_text(raw[: _SHRINKAGE * self._max])
                if text:
                    self.line(text)
                self.truncated |= len(raw) > _SHRINKAGE * self._max

    def grid(self, grid: Grid) -> None:
        """Write each row as one line, its cells joined by ` | `."""
        cells: list[Cell] = []
        for row in grid.rows:
            if self.truncated or not row:
                continue
            text = SEPARATOR.join([cell.text for cell in row])
            if self._length + 1 + len(text) > self._max:
                self.truncated = True
                break
            offset = self.line(text)
            for cell in row:
                end = offset + len(cell.text)
                cells.append(Cell(offset, end, cell.row, cell.column, cell.rowspan, cell.colspan))
                offset = end + len(SEPARATOR)
        if cells:
            self.tables.append(Table(tuple(cells)))
