"""Damages of values: glued, dropped, blank, dressed, and with strangers among them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW
from training.battery import glue as runs_of
from training.battery.draft import Cell, Draft, Grid, Number

#: Signs of an empty cell, and those that say nought.
BLANKS = ("/", "-", "—", "——", "****", "\\")
NOUGHTS = ("无", "零")


def glue(draft: Draft, rng: random.Random) -> None:
    """Note what stays readable once nothing stands between the values of a row."""
    for cells, blocks, summed in runs_of.runs(draft):
        if len(cells) > 1:
            runs_of.mark_glued(draft, cells, blocks, summed)


def drop_cells(draft: Draft, rng: random.Random) -> None:
    """Lose a few value cells, or all repetitions of a number within a few rows."""
    rows = [run for run in runs_of.runs(draft) if len(run[0]) > 1]
    repeated = rng.random() < 0.4
    for cells, blocks, summed in rng.sample(rows, rng.randint(2, 5)):
        if repeated:
            gone = [b for a, b in pairwise(cells) if a.text == b.text]
        else:
            gone = rng.sample(cells, rng.randint(1, 2))
        _lose(draft, cells, gone, (blocks, summed))
    draft.warnings.append("missing_cells")


def drop_empties(draft: Draft, rng: random.Random) -> None:
    """Leave noughts blank and let the site drop the blank cells."""
    share = rng.choice((0.15, 0.5, 0.95))
    for cells, blocks, summed in list(runs_of.runs(draft)):
        gone = [cell for cell in cells if cell.text == "0" and rng.random() < share]
        for cell in gone:
            assert cell.path is not None
            draft.values[cell.path] = None
        if gone:
            _lose(draft, cells, gone, (blocks, summed))


def merge_review(draft: Draft, rng: random.Random) -> None:
    """Leave eleven of the fifteen values of the last table."""
    cells, blocks, summed = next(r for r in runs_of.runs(draft) if r[1] == 3)
    _lose(draft, cells, rng.sample(cells, 4), (blocks, summed))
    draft.warnings.append("missing_cells")


def _lose(draft: Draft, cells: Sequence[Cell], gone: Sequence[Cell], run: tuple[int, bool]) -> None:
    for cell in gone:
        cell.text = ""
    runs_of.mark_dropped(draft, cells, *run)
    lost = {id(cell) for cell in gone}
    for grid in draft.grids():
        grid.cells = [cell for cell in grid.cells if id(cell) not in lost]


def blank_cells(draft: Draft, rng: random.Random) -> None:
    """Leave cells that hold nought empty, on a layout that keeps their place."""
    share = rng.choice((0.2, 0.6, 1.0))
    for cell in draft.cells("value"):
        if cell.text == "0" and rng.random() < share:
            _blank(draft, cell, "")


def mark_cells(draft: Draft, rng: random.Random) -> None:
    """Strike out cells that hold nought, or write the nought as a word."""
    share = rng.choice((0.2, 0.6, 1.0))
    marks = [rng.choice(BLANKS)] if rng.random() < 0.6 else list(BLANKS[:3])
    if rng.random() < 0.35:
        marks = list(NOUGHTS[:1]) if rng.random() < 0.7 else [*marks, *NOUGHTS]
    for cell in draft.cells("value"):
        if cell.text == "0" and rng.random() < share:
            _blank(draft, cell, rng.choice(marks))


def _blank(draft: Draft, cell: Cell, mark: str) -> None:
    cell.text = mark
    if mark not in NOUGHTS:
        assert cell.path is not None
        draft.values[cell.path] = None


def totals_only(draft: Draft, rng: random.Random) -> None:
    """Fill in the totals and leave every detail blank, or the other way round."""
    keep_totals = rng.random() < 0.7
    for cell in draft.cells("value"):
        assert cell.path is not None
        table, column = cell.path.split(".")[0], cell.path.rsplit(".", 1)[1]
        if table in (REQUESTS, REVIEW) and (column == "total") != keep_totals:
            _blank(draft, cell, "")


def dress_digits(draft: Draft, rng: random.Random) -> None:
    """Dress figures in blanks, letters for digits, units, commas, notes and Chinese numerals."""
    for cell in draft.cells("value"):
        value = draft.values[cell.path or ""]
        if value is not None and rng.random() < (0.03 if value == 0 else 0.5):
            choices = _dresses(cell.path or "", value, rng)
            cell.text = rng.choice(choices)


def _dresses(path: str, value: Number, rng: random.Random) -> list[str]:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    wide = text.translate({ord(a): chr(ord(a) + 0xFEE0) for a in "0123456789.-"})
    letters = text.replace("0", "O", 1) if "0" in text else text.replace("1", "l", 1)
    found = [wide, letters]
    if path.startswith(f"{PROACTIVE}.") and path.rsplit(".", 1)[1] in ("amount_10k_yuan", "amount"):
        yuan = value * 10000
        found += [f"{text}万元", f"{int(yuan)}元"] if yuan == int(yuan) else [f"{text}万元"]
        return found
    if path.endswith(".change"):
        return [f"+{text}", f"增{text}"] if value > 0 else [text.replace("-", "减"), wide]
    if len(text) > 1 and "-" not in text:
        found.append(" ".join(text))
    if isinstance(value, int) and value >= 1000:
        found += [f"{value:,}", f"{value:,}".replace(",", "，")]
    if isinstance(value, int) and 0 <= value < 100:
        found.append(chinese(value))
    if isinstance(value, int):
        found.append(text + rng.choice(("件", "条", "件次", "项")))
    if path.startswith(PROACTIVE) and value > 9 and isinstance(value, int):
        found.append(f"{text}（其中{rng.choice(('修订', '委托'))}{rng.randint(1, 9)}件）")
    return found


def chinese(value: int) -> str:
    """Return a number below 100 in Chinese numerals."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(value, 10)
    if not tens:
        return digits[ones]
    head = "十" if tens == 1 else digits[tens] + "十"
    return head + (digits[ones] if ones else "")


def add_rows_and_columns(draft: Draft, rng: random.Random) -> None:
    """Add a row that the form does not have, or a column of remarks or of running numbers."""
    grids = {grid.table: grid for grid in draft.grids()}
    what = rng.choice(("row", "row", "column", "both"))
    if what != "column":
        label, after = "其他主动公开文件", "row.normative_documents"
        _insert_row(grids[PROACTIVE], after, label, [rng.randint(1, 90) for _ in range(3)])
        if rng.random() < 0.5:
            part = [rng.randint(0, 9) for _ in range(6)]
            after = rng.choice(("row.new_received", "row.carried_forward"))
            label = rng.choice(("其中：网络申请", "其中：信函申请"))
            _insert_row(grids[REQUESTS], after, label, [*part, sum(part)])
    if what != "row":
        grid = grids[REQUESTS]
        if rng.random() < 0.5:
            _add_remarks(grid, rng.choice(("/", "无", "—", "")))
        else:
            _add_numbers(grid)


def _insert_row(grid: Grid, after: str, label: str, numbers: list[int]) -> None:
    model = next(cell for cell in grid.cells if cell.name == after)
    line = model.row + 1
    likes = [cell for cell in grid.cells if cell.row == model.row and cell.kind == "value"]
    for cell in grid.cells:
        if cell.row >= line:
            cell.row += 1
        elif cell.row + cell.rowspan > line:
            cell.rowspan += 1
    grid.cells.append(Cell(label, line, model.column, 1, model.colspan, "label"))
    for like, number in zip(likes, numbers, strict=True):
        grid.cells.append(Cell(str(number), line, like.column, 1, like.colspan, "note"))


def _add_remarks(grid: Grid, mark: str) -> None:
    width = grid.width()
    lines = {cell.row for cell in grid.cells if cell.kind == "value"}
    grid.cells.append(Cell("备注", 0, width, grid.head_rows, 1, "head"))
    grid.cells += [Cell(mark, line, width, kind="note") for line in sorted(lines)]


def _add_numbers(grid: Grid) -> None:
    lines = sorted({cell.row for cell in grid.cells if cell.kind == "value"})
    for cell in grid.cells:
        cell.column += 1
    grid.cells.append(Cell("序号", 0, 0, grid.head_rows, 1, "head"))
    numbered = enumerate(lines, 1)
    grid.cells += [Cell(str(number), line, 0, kind="note") for number, line in numbered]
