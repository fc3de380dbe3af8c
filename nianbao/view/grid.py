"""A box-drawn grid with merged cells, which rich's own tables do not have.

Widths are terminal columns: a Chinese character takes two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.align import AlignMethod
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

#: Box character by the arms it has: up 8, down 4, left 2, right 1.
_JOINTS = " ╶╴─╷┌┐┬╵└┘┴│├┤┼"
_UP, _DOWN, _LEFT, _RIGHT = 8, 4, 2, 1


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell; `row` and `column` count from 0."""

    text: Text
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    align: AlignMethod = "left"


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells that cover a rectangle without a hole.

    `widths` are the inner widths of the columns.  `rules` are the rows with a line above them; a
    cell that spans such a row interrupts the line.
    """

    cells: tuple[GridCell, ...]
    widths: tuple[int, ...]
    rules: frozenset[int] = frozenset()
    border_style: str = "dim"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _Drawing(self, console).segments()


@dataclass(slots=True)
class _Drawing:
    """The state of one drawing: which cell owns a place, and what is left of its lines."""

    grid: Grid
    console: Console
    owner: list[list[GridCell]] = field(init=False)
    lines: dict[tuple[int, int], Iterator[Text]] = field(init=False)
    heights: list[int] = field(init=False)

    def __post_init__(self) -> None:
        rows = max(cell.row + cell.rowspan for cell in self.grid.cells)
        found: list[list[GridCell | None]] = [[None] * len(self.grid.widths) for _ in range(rows)]
        for cell in self.grid.cells:
            for row in range(cell.row, cell.row + cell.rowspan):
                for column in range(cell.column, cell.column + cell.colspan):
                    if found[row][column] is not None:
                        raise ValueError(f"two cells at row {row}, column {column}")
                    found[row][column] = cell
        holes = [(r, c) for r, line in enumerate(found) for c, x in enumerate(line) if x is None]
        if holes:
            raise ValueError(f"no cell at row {holes[0][0]}, column {holes[0][1]}")
        self.owner = [[cell for cell in line if cell is not None] for line in found]
        wrapped = {id(cell): self._wrap(cell) for cell in self.grid.cells}
        self.heights = self._row_heights(wrapped)
        self.lines = {
            (cell.row, cell.column): iter(self._placed(cell, wrapped[id(cell)]))
            for cell in self.grid.cells
        }

    def segments(self) -> Iterator[Segment]:
        yield from self._boundary(0)
        for row, height in enumerate(self.heights):
            if row in self.grid.rules and row:
                yield from self._boundary(row)
            for _ in range(height):
                yield from self._content(row)
        yield from self._boundary(len(self.heights))

    def _width(self, cell: GridCell) -> int:
        widths = self.grid.widths[cell.column : cell.column + cell.colspan]
        return sum(widths) + len(widths) - 1

    def _wrap(self, cell: GridCell) -> list[Text]:
        """Return the lines of `cell`; one that fits is left as it is, with its trailing blanks."""
        width = self._width(cell)
        if cell.text.cell_len <= width and "\n" not in cell.text.plain:
            return [cell.text.copy()]
        lines = list(cell.text.wrap(self.console, width, overflow="fold"))
        for line in lines:
            line.rstrip()
        return lines

    def _row_heights(self, wrapped: dict[int, list[Text]]) -> list[int]:
        heights = [1] * len(self.owner)
        for cell in sorted(self.grid.cells, key=lambda c: c.rowspan):
            lacking = len(wrapped[id(cell)]) - self._height(cell, heights)
            if lacking > 0:
                heights[cell.row + cell.rowspan - 1] += lacking
        return heights

    def _height(self, cell: GridCell, heights: Sequence[int]) -> int:
        inner = range(cell.row + 1, cell.row + cell.rowspan)
        rules = sum(row in self.grid.rules for row in inner)
        return sum(heights[cell.row : cell.row + cell.rowspan]) + rules

    def _placed(self, cell: GridCell, lines: list[Text]) -> list[Text]:
        """Return `lines` padded to the width, and to the height with the text in the middle."""
        width, height = self._width(cell), self._height(cell, self.heights)
        for line in lines:
            line.align(cell.align, width)
        above = (height - len(lines)) // 2
        below = height - len(lines) - above
        blank = Text(" " * width)
        return [blank] * above + lines + [blank] * below

    def _content(self, row: int) -> Iterator[Segment]:
        column = 0
        while column < len(self.grid.widths):
            cell = self.owner[row][column]
            yield self._line("│")
            yield from self._next_line(cell)
            column = cell.column + cell.colspan
        yield self._line("│")
        yield Segment.line()

    def _boundary(self, row: int) -> Iterator[Segment]:
        """Draw the line above `row`, giving way to the cells that span it."""
        column = 0
        while column < len(self.grid.widths):
            yield self._line(self._joint(row, column))
            cell = self._spanning(row, column)
            if cell is not None:
                yield from self._next_line(cell)
                column = cell.column + cell.colspan
            else:
                yield self._line("─" * self.grid.widths[column])
                column += 1
        yield self._line(self._joint(row, column))
        yield Segment.line()

    def _spanning(self, row: int, column: int) -> GridCell | None:
        """Return the cell that stands both above and below the line at `row`, if there is one."""
        if not 0 < row < len(self.owner) or not 0 <= column < len(self.grid.widths):
            return None
        cell = self.owner[row][column]
        return cell if self.owner[row - 1][column] is cell else None

    def _joint(self, row: int, column: int) -> str:
        arms = 0
        if self._bar(row - 1, column):
            arms |= _UP
        if self._bar(row, column):
            arms |= _DOWN
        if column > 0 and self._spanning(row, column - 1) is None:
            arms |= _LEFT
        if column < len(self.grid.widths) and self._spanning(row, column) is None:
            arms |= _RIGHT
        return _JOINTS[arms]

    def _bar(self, row: int, column: int) -> bool:
        """Tell whether a vertical line stands left of `column` in `row`."""
        if not 0 <= row < len(self.owner):
            return False
        if column in {0, len(self.grid.widths)}:
            return True
        return self.owner[row][column] is not self.owner[row][column - 1]

    def _next_line(self, cell: GridCell) -> Iterator[Segment]:
        text = next(self.lines[cell.row, cell.column])
        style = self.console.get_style(text.style)
        yield from Segment.apply_style(text.render(self.console, end=""), style)

    def _line(self, text: str) -> Segment:
        return Segment(text, self.console.get_style(self.grid.border_style))
