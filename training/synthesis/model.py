"""What passes between the writer of a made report (content) and the one who lays it out (layout).

`content` makes a `Content`: ordered blocks whose every labelled piece is known.  `layout` renders it
to a page (flattened text, HTML, ...), damages it, and keeps the spans.  The result is an `Example`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from nianbao.spans import Span

BlockKind = Literal[
    "chrome",  # site navigation, metadata lines, footers: nothing of the report
    "title",
    "intro",  # paragraphs before the first heading
    "heading",  # one of the six section headings
    "paragraph",
    "table",
    "signature",  # agency and date at the end
]
CellKind = Literal["label", "head", "note", "value"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with its label (a name of `nianbao.spans.LABELS`), or None for O."""

    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell of a statutory table as the form prints it; `path` names the canonical cell of a value
    (`table.row.column`), None for the rest.  An empty value cell has no pieces."""

    pieces: tuple[Piece, ...]
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    kind: CellKind = "value"
    path: str | None = None

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class GridTable:
    """A statutory table: `id` is the canonical table id, `form` "2019" or "2021"."""

    id: str
    form: str
    cells: tuple[GridCell, ...]

    @property
    def rows(self) -> int:
        return max(cell.row + cell.rowspan for cell in self.cells)

    @property
    def columns(self) -> int:
        return max(cell.column + cell.colspan for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a report: a line or paragraph of pieces, or a table; `section` is the id of the
    section it stands in, None before the first and after the last."""

    kind: BlockKind
    pieces: tuple[Piece, ...] = ()
    table: GridTable | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A made report before any layout.

    `gold` has the shape of `shared/gold`: format, title, agency, year, published, sections (id,
    number, heading, starts, ends), tables, failed_checks, warnings.  Values in `gold["tables"]` are
    what the cells print (a blank cell is None).
    """

    blocks: tuple[Block, ...]
    gold: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A page with its answer.  `text` is what the library's reader makes of the page (not yet
    folded); `spans` are offsets into it, sorted, without overlap."""

    text: str
    spans: tuple[Span, ...]
    gold: dict[str, Any]
    layout: str
    damages: tuple[str, ...] = field(default=())
