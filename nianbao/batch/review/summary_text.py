"""A summary on a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from nianbao.batch.review.sheets import print_sheet
from nianbao.batch.review.summary_layout import layout
from nianbao.batch.review.summary_model import Summary

#: Rows of a table that are printed; the page and the JSON have the rest.
MOST_ROWS: Final = 20


def render_text(summary: Summary, console: Console) -> None:
    """Print `summary`.  Long tables are cut, and say so."""
    for part in layout(summary):
        console.print()
        console.print(Rule(Text(part.title, style="bold"), align="left", style="dim"))
        for note in part.notes:
            console.print(Text(note, style="dim"))
        for table in part.sheets:
            print_sheet(table, console, MOST_ROWS, "--html 或 --json")
