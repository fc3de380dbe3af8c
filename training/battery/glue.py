"""What a page still says of cells that were run together or dropped.

A run of glued values, or a row with cells missing, is tried in every way that the form allows; a cell
that comes out the same in all of them is determined by the page, any other is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

from training.battery.draft import Cell, Draft, Number

_WHOLE = r"(?:0|[1-9]\d*)"
#: What a column can hold when it holds more than whole numbers.
_NUMERALS = {"change": rf"[+-]?{_WHOLE}", "amount": rf"{_WHOLE}(?:\.\d+)?"}
Row = tuple[Number | None, ...]


def splits(text: str, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield every way to cut `text` into numerals, without leading zeros, that `columns` can hold."""
    pattern = _NUMERALS.get(columns[0], _WHOLE)
    if len(columns) == 1:
        if re.fullmatch(pattern, text):
            yield (text,)
        return
    for cut in range(1, len(text) - len(columns) + 2):
        if re.fullmatch(pattern, text[:cut]):
            for rest in splits(text[cut:], columns[1:]):
                yield (text[:cut], *rest)


def adds_up(row: Sequence[Number | None]) -> bool | None:
    """Say whether the last value is the sum of the others.  None when that says nothing of their
    places: all are nought, the total is lost, or what was lost may make up the difference."""
    *parts, total = row
    known = sum(part or 0 for part in parts)
    if total is None or (known < total and None in parts):
        return None
    if known != total:
        return False
    return True if total else None


@lru_cache(maxsize=4096)
def _block_rows(text: str, width: int) -> frozenset[Row]:
    """Return the rows of `width` values that `text` can be read as, the last being their sum."""
    if not text.isdigit():
        return frozenset()
    return frozenset(
        (*parts, int(text[cut:]))
        for cut in range(width - 1, len(text))
        if text[cut] != "0" or cut == len(text) - 1
        for parts in _parts(text[:cut], width - 1, int(text[cut:]))
    )


def _parts(text: str, count: int, total: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to cut `text` into `count` whole numbers that add up to `total`."""
    if count == 0:
        if not text and total == 0:
            yield ()
        return
    for cut in range(1, 2 if text.startswith("0") else len(text) - count + 2):
        first = int(text[:cut] or -1)
        if not 0 <= first <= total:
            return
        for rest in _parts(text[cut:], count - 1, total - first):
            yield (first, *rest)


def summed_runs(text: str, width: int, blocks: int) -> set[Row]:
    """Return the readings of `text` as `blocks` rows of `width` values that each add up."""
    if blocks == 1:
        return set(_block_rows(text, width))
    readings = set()
    for cut in range(width, len(text) - width * (blocks - 1) + 1):
        for first in _block_rows(text[:cut], width):
            readings |= {(*first, *rest) for rest in summed_runs(text[cut:], width, blocks - 1)}
    return readings


def plain_runs(text: str, columns: Sequence[str]) -> set[Row]:
    """Return the readings of `text` as one numeral for each column, without any sum to help."""
    return {tuple(Decimal(part) for part in cut) for cut in splits(text, columns)}


def mark_glued(draft: Draft, cells: Sequence[Cell], blocks: int, summed: bool) -> None:
    """Open the cells of a glued run that more than one reading of it leaves undetermined."""
    text = "".join(cell.text for cell in cells)
    width = len(cells) // blocks
    columns = [(cell.path or "").rsplit(".", 1)[-1] for cell in cells]
    readings = summed_runs(text, width, blocks) if summed else plain_runs(text, columns)
    _open(draft, cells, readings)


def mark_dropped(draft: Draft, cells: Sequence[Cell], blocks: int, summed: bool) -> None:
    """Open the cells of a run from which some were dropped without a trace (cells whose text is
    empty): what is left could stand in any places that keep its order and do not contradict a sum,
    and of these in the ones that most sums bear out."""
    kept = [draft.values[cell.path] for cell in cells if cell.path and cell.text]
    width = len(cells) // blocks
    readings: dict[int, set[Row]] = {}
    for places in combinations(range(len(cells)), len(kept)):
        row: list[Number | None] = [None] * len(cells)
        for place, value in zip(places, kept, strict=True):
            row[place] = value
        found = [adds_up(row[at : at + width]) for at in range(0, len(row), width) if summed]
        if False not in found:
            readings.setdefault(found.count(True), set()).add(tuple(row))
    _open(draft, cells, readings[max(readings)])


def _open(draft: Draft, cells: Sequence[Cell], readings: set[Row]) -> None:
    for at, cell in enumerate(cells):
        assert cell.path is not None
        value = draft.values[cell.path]
        seen = {reading[at] for reading in readings}
        if seen != {value}:
            draft.undetermined(cell.path)


def runs(draft: Draft) -> Iterator[tuple[list[Cell], int, bool]]:
    """Yield (cells, blocks, whether sums help) of the value runs as they print: a row of a table, and
    all fifteen values of the last one."""
    for grid in draft.grids():
        if grid.table == "reconsideration_litigation":
            yield [cell for run in grid.value_runs() for cell in run], 3, True
        else:
            for run in grid.value_runs():
                yield run, 1, grid.table == "requests"
