"""PDF pages to read, drawn with reportlab in a font that every PDF reader has."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

#: A cell of a drawn table: text, row, column, rowspan, colspan.
DrawnCell = tuple[str, int, int, int, int]

FONT = "STSong-Light"
SIZE = 12.0
LEFT, TOP, EM = 72.0, 72.0, SIZE
WIDTH = 36  # ems of body text


class Paper:
    """A PDF under construction; all measures in points from the upper left corner."""

    def __init__(self, **options: object) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
        self._target = io.BytesIO()
        self.canvas = Canvas(self._target, pagesize=A4, invariant=1, **options)
        self.canvas.setFont(FONT, SIZE)
        self.y = TOP

    def put(self, text: str, x: float, y: float) -> None:
        """Print `text` with its upper left corner near (x, y)."""
        self.canvas.drawString(x, A4[1] - y - SIZE, text)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a line."""
        self.canvas.line(x0, A4[1] - y0, x1, A4[1] - y1)

    def paragraph(self, text: str, indent: int = 2) -> None:
        """Print `text` wrapped to the body, its first line indented."""
        room = WIDTH - indent
        rows = [text[:room]] + [text[i : i + WIDTH] for i in range(room, len(text), WIDTH)]
        for number, row in enumerate(rows):
            self.put(row, LEFT + (0 if number else indent * EM), self.y)
            self.y += 1.5 * SIZE

    def table(
        self,
        cells: Sequence[DrawnCell],
        columns: Sequence[float],
        *,
        height: float = 22,
        borders: Callable[[float, float, float, float], None] | None = None,
    ) -> None:
        """Draw `cells`, a text wrapped to its cell, `columns` wide."""
        xs = [LEFT]
        for width in columns:
            xs.append(xs[-1] + width)
        for text, row, column, rowspan, colspan in cells:
            x0, x1 = xs[column], xs[column + colspan]
            y0, y1 = self.y + row * height, self.y + (row + rowspan) * height
            (borders or self.box)(x0, y0, x1, y1)
            room = max(1, int((x1 - x0 - 4) // 10))
            self.canvas.setFont(FONT, 10)
            for number, start in enumerate(range(0, len(text), room)):
                part = text[start : start + room]
                self.canvas.drawString(x0 + 2, A4[1] - y0 - 11 * (number + 1), part)
            self.canvas.setFont(FONT, SIZE)
        self.y += height * max(row + rowspan for _, row, _, rowspan, _ in cells)

    def box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw the four borders of a cell."""
        self.canvas.rect(x0, A4[1] - y1, x1 - x0, y1 - y0)

    def new_page(self, number: int | None = None) -> None:
        """End the page, with its number below."""
        if number is not None:
            self.put(f"- {number} -", A4[0] / 2 - 12, A4[1] - 60)
        self.canvas.showPage()
        self.canvas.setFont(FONT, SIZE)
        self.y = TOP

    def data(self) -> bytes:
        """End the document and return its bytes."""
        self.canvas.showPage()
        self.canvas.save()
        return self._target.getvalue()


@pytest.fixture
def paper() -> Callable[..., Paper]:
    """Return the maker of empty documents."""
    return Paper
