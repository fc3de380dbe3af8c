"""The readable view as an SVG picture that any viewer shows without fetching a font."""

from __future__ import annotations

import io
from typing import Final

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from nianbao.document import Document
from nianbao.report import Report
from nianbao.view.record import TABLE_WIDTH, render_report

#: rich's own template names a web font; this one takes what the viewer has.
TEMPLATE: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "Noto Sans Mono CJK SC", "Sarasa Mono SC", Menlo, Consolas,
  "Microsoft YaHei", monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
<rect width="{width}" height="{height}" rx="8" fill="#191919" />
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def draw(report: Report, document: Document) -> str:
    """Return the readable view of `report` as SVG, the same text for the same record."""
    console = Console(
        record=True,
        width=TABLE_WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        legacy_windows=False,
    )
    render_report(report, document, console)
    return console.export_svg(
        title="", theme=DIMMED_MONOKAI, code_format=TEMPLATE, unique_id="nianbao"
    )
