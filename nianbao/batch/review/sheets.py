"""Tables for people: what stands in them, and how a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nianbao.report import Number

#: Printed where something was not found in a report.
UNKNOWN: Final = "未识别"

#: Printed where there is no number.
NOTHING: Final = "—"


@dataclass(frozen=True, slots=True)
class Linked:
    """A text, and the address it leads to."""

    text: str
    url: str | None


Cell = str | Linked


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.  The columns in `numeric` are aligned to the right; the first column names its
    row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()


def sheet(caption: str, head: str, rows: Iterable[Sequence[Cell]]) -> Sheet:
    """Return a table; `head` names its columns, a `#` after those of numbers."""
    names = head.split()
    numeric = frozenset(index for index, name in enumerate(names) if name.endswith("#"))
    return Sheet(
        caption, tuple(name.rstrip("#") for name in names), tuple(map(tuple, rows)), numeric
    )


def number(value: Number | None) -> str:
    """Return `value` with its thousands apart."""
    if value is None:
        return NOTHING
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def share(part: Number, whole: Number) -> str:
    """Return `part` in `whole` as a percentage."""
    return f"{part / whole:.1%}" if whole else NOTHING


def year_name(year: int | None) -> str:
    """Return what a year is called."""
    return UNKNOWN if year is None else str(year)


def print_sheet(table: Sheet, console: Console, most_rows: int, rest: str) -> None:
    """Print at most `most_rows` of `table`; where there are more, say so and that `rest` has them."""
    console.print()
    if not table.rows:
        console.print(Text(f"{table.caption}：无"))
        return
    shown = Table(title=table.caption, title_justify="left", title_style="bold", box=None)
    for index, name in enumerate(table.head):
        numeric = index in table.numeric
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in table.rows[:most_rows]:
        shown.add_row(*(Text(printable(_plain(cell))) for cell in row))
    console.print(shown)
    left = len(table.rows) - most_rows
    if left > 0:
        console.print(Text(f"…还有 {left} 行，见 {rest}", style="dim"))


def printable(text: str) -> str:
    """Return `text` on one line and without what a terminal would take for a command."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))


def _plain(cell: Cell) -> str:
    return cell.text if isinstance(cell, Linked) else cell
