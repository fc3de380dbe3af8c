"""Damages of labels and headers: torn, reworded, shortened, misspelt, cut, lost."""

from __future__ import annotations

import random
import re

from training.battery import wording
from training.battery.draft import Cell, Draft, Grid

_NUMBER = re.compile(r"^(?:[一二三四五六七八九十]、|（[一二三四五六七八九十]）|\d+[.、])")


def _named(draft: Draft) -> list[tuple[Grid, Cell]]:
    """Return the cells that name rows, columns and groups, with their grids."""
    return [
        (grid, cell)
        for grid in draft.grids()
        for cell in grid.cells
        if cell.kind in ("label", "head", "group") and cell.name
    ]


def tear(draft: Draft, rng: random.Random) -> None:
    """Wrap labels over lines, split them by blanks, or print one character a line."""
    mode = rng.choice(("wrap", "wrap", "blank", "letters", "spaced letters"))
    share = rng.choice((0.4, 1.0))
    for _, cell in _named(draft):
        if rng.random() < share:
            cell.text = _torn(cell.text, mode, rng)


def _torn(text: str, mode: str, rng: random.Random) -> str:
    found = _NUMBER.match(text)
    number = found[0] if found else ""
    body = text[len(number) :]
    if len(body) < 2:
        return text
    if "letters" in mode:
        # The number stays with the first character: alone on a line it would be a value.
        return number + (" " if mode == "spaced letters" else "\n").join(body)
    cuts = sorted(rng.sample(range(1, len(body)), min(rng.randint(1, 2), len(body) - 1)))
    parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    return number + ("\n" if mode == "wrap" else " ").join(parts)


def reword(draft: Draft, rng: random.Random) -> None:
    """Name rows, columns and groups in other words."""
    share = rng.choice((0.5, 1.0))
    for grid, cell in _named(draft):
        choices = _rewordings(grid.table, cell.name or "")
        if choices and rng.random() < share:
            cell.text = rng.choice(choices)


def _rewordings(table: str, name: str) -> tuple[str, ...]:
    kind, _, rest = name.partition(".")
    if kind == "row":
        return wording.ROWS[table].get(rest, ())
    if kind == "column":
        return wording.COLUMNS[table].get(rest, ())
    return wording.GROUPS.get(name, ())


def abbreviate(draft: Draft, rng: random.Random) -> None:
    """Shorten the labels of table `requests` and number them in another manner, or not at all."""
    style = rng.choice(("none", "none", "、", "（）", "circle", "．"))
    for grid, cell in _named(draft):
        if grid.table != "requests" or cell.kind != "label" or cell.name is None:
            continue
        row = cell.name.removeprefix("row.")
        number = _NUMBER.match(cell.text)
        short = (
            wording.SHORT[row] if rng.random() < 0.8 else cell.text[number.end() if number else 0 :]
        )
        cell.text = _renumbered(number[0] if number else "", style) + short


def _renumbered(number: str, style: str) -> str:
    digits = re.sub(r"\D", "", number)
    if style == "none":
        return ""
    if not digits:
        return number
    if style == "circle":
        return chr(ord("①") + int(digits) - 1)
    return f"（{digits}）" if style == "（）" else digits + style


def mistype(draft: Draft, rng: random.Random) -> None:
    """Leave slips of the pen, and the designers' instructions, inside labels."""
    for grid, cell in _named(draft):
        chance = rng.random()
        if chance < 0.3:
            cell.text = _slip(cell.text, rng)
        elif chance < 0.55 and cell.kind != "group":
            year = f"（指{draft.year}年数）"
            notes = (*wording.INSTRUCTIONS, year) if grid.table == "proactive_disclosure" else None
            cell.text += rng.choice(notes or wording.INSTRUCTIONS)


def _slip(text: str, rng: random.Random) -> str:
    places = [at for at, char in enumerate(text) if "一" <= char <= "鿿"]
    places = [at for at in places if at > 2] or places
    at = rng.choice(places)
    kind = rng.choice(("lose", "double", "swap", "other", "other"))
    if kind == "lose" and len(places) > 2:
        return text[:at] + text[at + 1 :]
    if kind == "double":
        return text[:at] + text[at] + text[at:]
    if kind == "swap" and at + 1 < len(text) and len(places) > 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    known = [p for p in places if text[p] in wording.SLIPS]
    if not known:
        return text
    at = rng.choice(known)
    return text[:at] + wording.SLIPS[text[at]] + text[at + 1 :]


def cut_headers(draft: Draft, rng: random.Random) -> None:
    """Keep the beginnings of column heads, as sites that stop at a line break do."""
    for _, cell in _named(draft):
        if (cell.name or "").startswith("column.") and len(cell.text) > 3 and rng.random() < 0.6:
            cell.text = cell.text[: 3 if cell.text.startswith("本年") else 2]


def lose_headers(draft: Draft, rng: random.Random) -> None:
    """Lose the heads of the tables: all of them, or the columns' alone."""
    columns_only = rng.random() < 0.4
    for grid in draft.grids():
        if rng.random() < 0.2:
            continue
        grid.cells = [cell for cell in grid.cells if not _is_lost(cell, columns_only)]
        _compact(grid)


def _is_lost(cell: Cell, columns_only: bool) -> bool:
    if columns_only:
        return (cell.name or "").startswith("column.")
    return cell.kind == "note" or (cell.kind == "head" and cell.name is not None)


def _compact(grid: Grid) -> None:
    """Close the rows in which no cell starts any more."""
    lines = sorted({cell.row for cell in grid.cells})
    grid.head_rows = sum(1 for line in lines if line < grid.head_rows)
    for cell in grid.cells:
        cell.row = lines.index(cell.row)
