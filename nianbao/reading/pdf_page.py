"""One page of a PDF -> its glyphs and its ruling lines, in points from the upper left corner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pdfminer.layout import LTChar
from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFGraphicState, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.utils import Matrix, Rect, apply_matrix_pt, apply_matrix_rect

from nianbao.reading.charset import clean

#: A filled rectangle no thicker than this is a line (points).
_THIN: Final = 2.5
#: What a line may lean and still be straight (points).
_LEAN: Final = 0.5
#: Sine of the angle above which text is a watermark and no line of text.
_TILT: Final = 0.1
#: What is drawn in this or lighter on each channel is not seen on paper.
_WHITE: Final = 0.99


class Glyph(NamedTuple):
    """A character as printed; `size` is the height of its font."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class Rule(NamedTuple):
    """A straight line: `at` is its y when it is horizontal, its x when it is vertical; it runs from
    `start` to `end` on the other axis."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Page:
    """What is printed on a page of `width` x `height` points."""

    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    horizontal: list[Rule] = field(default_factory=list)
    vertical: list[Rule] = field(default_factory=list)
    images: int = 0


class TooManyObjects(Exception):
    """The document draws more than its bound; raised by the device to stop the interpreter."""


class PageDevice(PDFTextDevice):
    """Collects what the interpreter draws; `page` is the page drawn last.

    Raises TooManyObjects after `max_objects` over all pages.
    """

    def __init__(self, manager: PDFResourceManager, max_objects: int) -> None:
        super().__init__(manager)
        self._left = max_objects
        self._turns: Counter[int] = Counter()
        self.page = Page(0, 0)

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        x0, y0, x1, y1 = apply_matrix_rect(ctm, page.mediabox)
        self.page = Page(x1 - x0, y1 - y0)
        self._turns = Counter()

    def end_page(self, page: PDFPage) -> None:
        if self._turns:
            turn = max(sorted(self._turns), key=lambda t: self._turns[t])
            self.page = _turned(self.page, turn)

    def begin_figure(self, name: str, bbox: Rect, matrix: Matrix) -> None:
        self._spend()

    def render_image(self, name: str, stream: Any) -> None:
        self._spend()
        self.page.images += 1

    def render_char(
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,
        graphicstate: PDFGraphicState,
    ) -> float:
        self._spend()
        try:
            text = clean(font.to_unichr(cid))
        except PDFUnicodeNotDefined:
            text = "\ufffd"
        width, displacement = font.char_width(cid), font.char_disp(cid)
        char = LTChar(
            matrix, font, fontsize, scaling, rise, text, width, displacement, ncs, graphicstate
        )
        turn = _turn(matrix)
        if turn is not None and text.strip():
            self._turns[turn] += 1
            height = self.page.height
            self.page.glyphs.append(
                Glyph(text, char.x0, height - char.y1, char.x1, height - char.y0, char.size)
            )
        return float(char.adv)

    def paint_path(
        self,
        graphicstate: PDFGraphicState,
        stroke: bool,
        fill: bool,
        evenodd: bool,
        path: Sequence[Any],
    ) -> None:
        stroked = stroke and not _is_white(graphicstate.scolor)
        points: list[tuple[float, float]] = []
        for segment in path:
            self._spend()
            if segment[0] == "m":
                self._filled(points, fill)
                points = []
            if segment[0] == "h":
                target = points[0] if points else None
            else:
                assert self.ctm is not None
                x, y = apply_matrix_pt(self.ctm, segment[-2:])
                target = (x, self.page.height - y)
            if target is None:
                continue
            if stroked and points and segment[0] in "lh":
                self._line(points[-1], target)
            points.append(target)
        self._filled(points, fill)

    def _filled(self, points: list[tuple[float, float]], fill: bool) -> None:
        """Take a thin filled shape for the line that it draws."""
        if not fill or len(points) < 3:
            return
        x0, x1 = min(x for x, _ in points), max(x for x, _ in points)
        y0, y1 = min(y for _, y in points), max(y for _, y in points)
        if y1 - y0 <= _THIN < x1 - x0:
            self.page.horizontal.append(Rule((y0 + y1) / 2, x0, x1))
        elif x1 - x0 <= _THIN < y1 - y0:
            self.page.vertical.append(Rule((x0 + x1) / 2, y0, y1))

    def _line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = sorted((start, end))
        if abs(y1 - y0) <= _LEAN < x1 - x0:
            self.page.horizontal.append(Rule((y0 + y1) / 2, x0, x1))
        elif x1 - x0 <= _LEAN < abs(y1 - y0):
            self.page.vertical.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooManyObjects


def _is_white(color: Any) -> bool:
    values = color if isinstance(color, tuple | list) else (color,)
    if len(values) not in (1, 3):
        return False
    return all(isinstance(value, int | float) and value >= _WHITE for value in values)


def _turn(matrix: Matrix) -> int | None:
    """Return by how many quarter turns counterclockwise text of `matrix` is turned, None when it
    stands at an angle."""
    a, b = matrix[0], matrix[1]
    length = (a * a + b * b) ** 0.5
    if not length:
        return None
    if abs(b) < _TILT * length:
        return 0 if a > 0 else 2
    if abs(a) < _TILT * length:
        return 1 if b > 0 else 3
    return None


def _turned(page: Page, turns: int) -> Page:
    """Return `page` turned clockwise by `turns` quarters, so that its text stands upright."""
    for _ in range(turns):
        height = page.height
        page = Page(
            height,
            page.width,
            [
                Glyph(g.text, height - g.bottom, g.x0, height - g.top, g.x1, g.size)
                for g in page.glyphs
            ],
            [Rule(r.at, height - r.end, height - r.start) for r in page.vertical],
            [Rule(height - r.at, r.start, r.end) for r in page.horizontal],
            page.images,
        )
    return page
