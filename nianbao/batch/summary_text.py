"""A summary on a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from nianbao.batch.summary_layout import Cell, Linked, Sheet, layout
from nianbao.batch.summary_model import Summary

#: Rows of a table that are printed; the page and the JSON have the rest.
MOST_ROWS: Final = 20


def render_text(summary: Summary, console: Console) -> None:
    """Print `summary`.  Long tables are cut, and say so."""
    for part in layout(summary):
        console.print()
        console.print(Rule(Text(part.title, style="bold"), align="left", style="dim"))
        for note in part.notes:
            console.print(Text(note, style="dim"))
        for sheet in part.sheets:
            console.print()
            console.print(_table(sheet))
            left = len(sheet.rows) - MOST_ROWS
            if left > 0:
                console.print(Text(f"…还有 {left} 行，见 --html 或 --json", style="dim"))


def printable(text: str) -> str:
    """Return `text` on one line and without what a terminal would take for a command."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))


def _table(sheet: Sheet) -> Table | Text:
    if not sheet.rows:
        return Text(f"{sheet.caption}：无")
    table = Table(title=sheet.caption, title_justify="left", title_style="bold", box=None)
    for index, name in enumerate(sheet.head):
        numeric = index in sheet.numeric
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in sheet.rows[:MOST_ROWS]:
        table.add_row(*(Text(printable(_plain(cell))) for cell in row))
    return table


def _plain(cell: Cell) -> str:
    return cell.text if isinstance(cell, Linked) else cell
