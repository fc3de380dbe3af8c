"""The readable view as an SVG picture, which any viewer shows without fetching a font.

rich can export SVG as well, but gives a Chinese character the width of one column, and names a web
font.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI

from nianbao.document import Document
from nianbao.report import Report
from nianbao.view.record import TABLE_WIDTH, brief

#: Pixels of a terminal column, of a line, of a character and of the border.
COLUMN, LINE, SIZE, MARGIN = 9.0, 18, 15, 16

BACKGROUND: Final = "#191919"
FONTS: Final = (
    "Menlo, Consolas, &quot;DejaVu Sans Mono&quot;, &quot;Noto Sans Mono CJK SC&quot;, "
    "&quot;PingFang SC&quot;, &quot;Microsoft YaHei&quot;, monospace"
)


def draw(report: Report, document: Document) -> str:
    """Return the brief view of `report` as SVG, the same text for the same record."""
    console = Console(width=TABLE_WIDTH, force_terminal=True, color_system="truecolor")
    lines = [
        line for part in brief(report, document) for line in console.render_lines(part, pad=False)
    ]
    width, height = TABLE_WIDTH * COLUMN + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    body = "\n".join(text for number, line in enumerate(lines) for text in _line(number, line))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" '
        f'font-family="{FONTS}" font-size="{SIZE}" xml:space="preserve">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n{body}\n</svg>\n'
    )


def _line(number: int, segments: Iterable[Segment]) -> Iterator[str]:
    """Yield the text elements of one line, each of characters of one width and one style."""
    y = MARGIN + number * LINE + SIZE
    column = 0
    for segment in segments:
        for wide, characters in groupby(segment.text, key=lambda char: cell_len(char) > 1):
            text = "".join(characters)
            taken = cell_len(text)
            if text.strip():
                x = MARGIN + (column + taken - cell_len(text.lstrip())) * COLUMN
                width = cell_len(text.strip()) * COLUMN
                spread = "spacing" if wide else "spacingAndGlyphs"
                yield (
                    f'<text x="{x:g}" y="{y}" textLength="{width:g}" lengthAdjust="{spread}"'
                    f"{_attributes(segment.style)}>{escape(text.strip())}</text>"
                )
            column += taken


def _attributes(style: Style | None) -> str:
    style = style or Style.null()
    theme = DIMMED_MONOKAI
    colour = style.color.get_truecolor(theme).hex if style.color else theme.foreground_color.hex
    dim = ' opacity=".5"' if style.dim else ""
    weight = ' font-weight="bold"' if style.bold else ""
    slant = ' font-style="italic"' if style.italic else ""
    return f' fill="{colour}"{dim}{weight}{slant}'
