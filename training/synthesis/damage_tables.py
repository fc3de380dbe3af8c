"""Damages of the tables' grids: cells, labels and rows lost, added or repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from nianbao.rules.forms import REQUESTS, REVIEW
from training.synthesis.layout import Row, is_blank, rows_of
from training.synthesis.model import Block, Content, GridCell, GridTable, Piece


def with_tables(content: Content, change: Callable[[GridTable], GridTable]) -> Content:
    """Return `content` with every table changed; a table without cells disappears."""
    blocks = []
    for block in content.blocks:
        if block.table is not None:
            table = change(block.table)
            if not table.cells:
                continue
            block = block if table is block.table else replace(block, table=table)
        blocks.append(block)
    return replace(content, blocks=tuple(blocks))


def _kept(table: GridTable, keep: Callable[[GridCell], bool]) -> GridTable:
    return replace(table, cells=tuple(cell for cell in table.cells if keep(cell)))


def is_value(cell: GridCell) -> bool:
    return cell.kind == "value"


def _emptied(cell: GridCell) -> GridCell:
    return replace(cell, pieces=())


def _some_tables(content: Content, rng: Random) -> set[str]:
    ids = sorted({block.table.id for block in content.blocks if block.table is not None})
    if not ids or rng.random() < 0.6:
        return set(ids)
    return {rng.choice(ids)}


def blank_cells_dropped(content: Content, rng: Random) -> Content:
    """Empty value cells leave no trace."""
    return with_tables(content, lambda t: _kept(t, lambda c: not (is_value(c) and is_blank(c))))


def totals_only(content: Content, rng: Random) -> Content:
    """The details are gone and the totals stay, or the other way round."""
    keep_totals = rng.random() < 0.75
    drop = rng.random() < 0.4
    share = rng.choice((1.0, 1.0, 0.5))
    where = rng.choice(((REQUESTS,), (REQUESTS, REVIEW), (REVIEW,)))

    def change(table: GridTable) -> GridTable:
        if table.id not in where:
            return table
        chosen = {row for row in range(table.rows) if rng.random() < share}
        cells = []
        for cell in table.cells:
            total = cell.path is not None and cell.path.endswith(".total")
            gone = is_value(cell) and cell.row in chosen and total != keep_totals
            if gone and drop:
                continue
            cells.append(_emptied(cell) if gone else cell)
        return replace(table, cells=tuple(cells))

    return with_tables(content, change)


def repeats_dropped(content: Content, rng: Random) -> Content:
    """A site that prints each text once: what repeats its neighbour, or anything before it in the
    table, is left out."""
    whole_table = rng.random() < 0.4
    which = rng.choice(("value", "label", "both", "both"))

    def change(table: GridTable) -> GridTable:
        seen: set[str] = set()
        last = ""
        cells = []
        for row in rows_of(table):
            for cell in row:
                text = cell.text.strip()
                repeated = text in seen if whole_table else text == last
                kind = "value" if is_value(cell) else "label"
                if not text or (repeated and which in (kind, "both")):
                    continue
                cells.append(cell)
                seen.add(text)
                last = text
        return replace(table, cells=tuple(cells))

    return with_tables(content, change)


def last_totals_missing(content: Content, rng: Random) -> Content:
    """The last cell of the rows, or of the last row only, is cut off."""
    every_row = rng.random() < 0.4
    where = _some_tables(content, rng)

    def change(table: GridTable) -> GridTable:
        if table.id not in where:
            return table
        rows = [row for row in rows_of(table) if any(map(is_value, row))]
        gone = {id(row[-1]) for row in (rows if every_row else rows[-1:]) if is_value(row[-1])}
        return _kept(table, lambda cell: id(cell) not in gone)

    return with_tables(content, change)


def review_cells_lost(content: Content, rng: Random) -> Content:
    """Some of the fifteen values of the review table were swallowed by merged cells."""
    count = rng.randint(2, 9)
    together = rng.random() < 0.5

    def change(table: GridTable) -> GridTable:
        values = [cell for row in rows_of(table) for cell in row if is_value(cell)]
        if table.id != REVIEW or len(values) <= count:
            return table
        if together:
            at = rng.randrange(len(values) - count + 1)
            lost = values[at : at + count]
        else:
            lost = rng.sample(values, count)
        gone = {id(cell) for cell in lost}
        return _kept(table, lambda cell: id(cell) not in gone)

    return with_tables(content, change)


def cells_dropped(content: Content, rng: Random) -> Content:
    """Values vanish here and there, with their cell or leaving it blank."""
    share = rng.choice((0.01, 0.03, 0.08, 0.15))
    drop = rng.random() < 0.6

    def change(table: GridTable) -> GridTable:
        cells = []
        for cell in table.cells:
            gone = is_value(cell) and rng.random() < share
            if not gone:
                cells.append(cell)
            elif not drop:
                cells.append(_emptied(cell))
        return replace(table, cells=tuple(cells))

    return with_tables(content, change)


def zeros_unseen(content: Content, rng: Random) -> Content:
    """A recogniser overlooks lone zeros."""
    share = rng.choice((0.005, 0.02, 0.05))
    return with_tables(
        content,
        lambda t: _kept(t, lambda c: not is_value(c) or c.text != "0" or rng.random() >= share),
    )


def rows_lost(content: Content, rng: Random) -> Content:
    """Whole rows are missing."""
    share = rng.choice((0.04, 0.1, 0.2))

    def change(table: GridTable) -> GridTable:
        rows = {cell.row for cell in table.cells if is_value(cell)}
        gone = {row for row in sorted(rows) if rng.random() < share}
        return _kept(table, lambda cell: cell.row not in gone or cell.rowspan > 1)

    return with_tables(content, change)


def group_labels_lost(content: Content, rng: Random) -> Content:
    """The labels that stand for several rows are missing."""
    share = rng.choice((0.5, 1.0, 1.0))
    return with_tables(
        content,
        lambda table: _kept(
            table, lambda c: is_value(c) or c.rowspan == 1 or rng.random() >= share
        ),
    )


def row_labels_lost(content: Content, rng: Random) -> Content:
    """The labels of some rows are missing, their values stay."""
    share = rng.choice((0.05, 0.12, 0.3))
    return with_tables(
        content, lambda t: _kept(t, lambda c: c.kind != "label" or rng.random() >= share)
    )


def heads_lost(content: Content, rng: Random) -> Content:
    """The head of a table is missing, all of it or its first row."""
    first_only = rng.random() < 0.25
    where = _some_tables(content, rng)

    def change(table: GridTable) -> GridTable:
        if table.id not in where:
            return table

        def keep(cell: GridCell) -> bool:
            return cell.kind not in ("head", "note") or (first_only and cell.row > 0)

        return _kept(table, keep)

    return with_tables(content, change)


def stray_numbers(content: Content, rng: Random) -> Content:
    """A number that belongs to no cell stands behind a label, in it or beside it."""
    share = rng.choice((0.03, 0.08, 0.2))
    inside = rng.random() < 0.5

    def change(table: GridTable) -> GridTable:
        cells = []
        for cell in table.cells:
            hit = cell.kind == "label" and rng.random() < share
            if not hit:
                cells.append(cell)
                continue
            number = Piece(str(rng.choice((0, 0, 1, 2, 3, 12, rng.randint(4, 999)))))
            if inside:
                gap = Piece(rng.choice(("", " ", " ")))
                cells.append(replace(cell, pieces=(*cell.pieces, gap, number)))
            else:
                cells.append(cell)
                cells.append(GridCell((number,), cell.row, cell.column, kind="label"))
        return replace(table, cells=tuple(cells))

    return with_tables(content, change)


def opened(table: GridTable, at: int, new: Iterable[GridCell]) -> GridTable:
    """Return `table` with a row of `new` cells before row `at`."""
    cells = []
    for cell in table.cells:
        if cell.row >= at:
            cell = replace(cell, row=cell.row + 1)
        elif cell.row + cell.rowspan > at:
            cell = replace(cell, rowspan=cell.rowspan + 1)
        cells.append(cell)
    return replace(table, cells=(*cells, *new))


def blank_rows(content: Content, rng: Random) -> Content:
    """Rows of empty cells, as a form that was never cleaned up."""

    def change(table: GridTable) -> GridTable:
        for _ in range(rng.randint(0, 2)):
            at = rng.randint(1, table.rows)
            empty = [GridCell((), at, column, kind="head") for column in range(table.columns)]
            table = opened(table, at, empty)
        return table

    return with_tables(content, change)


def seal_letters(content: Content, rng: Random) -> Content:
    """Letters of a stamp, read into cells or left beside them."""
    share = rng.choice((0.005, 0.015, 0.03))
    letters = "专用章公办局室信息开印★☆委府人民"

    def change(table: GridTable) -> GridTable:
        cells = []
        for cell in table.cells:
            if rng.random() >= share:
                cells.append(cell)
                continue
            seal = Piece("".join(rng.sample(letters, rng.choice((1, 1, 2)))))
            place = rng.random()
            if place < 0.4:
                cells.append(GridCell((seal,), cell.row, cell.column, kind="head"))
                cells.append(cell)
            elif place < 0.8 and not is_blank(cell):
                gap = Piece(rng.choice((" ", "")))
                cells.append(replace(cell, pieces=(*cell.pieces, gap, seal)))
            else:
                cells.append(cell if not is_blank(cell) else replace(cell, pieces=(seal,)))
        return replace(table, cells=tuple(cells))

    return with_tables(content, change)


def _split(table: GridTable, at: int) -> tuple[GridTable, GridTable]:
    """Return the rows before `at` and those from it on; a cell over both is in the first."""
    upper, lower = [], []
    for cell in table.cells:
        if cell.row >= at:
            lower.append(replace(cell, row=cell.row - at))
        elif cell.row + cell.rowspan > at:
            upper.append(replace(cell, rowspan=at - cell.row))
        else:
            upper.append(cell)
    return replace(table, cells=tuple(upper)), replace(table, cells=tuple(lower))


def _head_rows(table: GridTable) -> list[Row]:
    """The first rows of a table, up to its first value."""
    heads: list[Row] = []
    for row in rows_of(table):
        if any(map(is_value, row)):
            break
        heads.append(row)
    return heads


_WRONG_HEADS = ("项目", "数量", "备注", "内容", "合计", "序号", "单位", "本年", "累计", "说明")


def _with_head(table: GridTable, rng: Random, kind: str) -> GridTable:
    """Return a lower part with a head of its own before it."""
    if kind == "wrong":
        count = rng.choice((2, table.columns))
        names = [Piece(rng.choice(_WRONG_HEADS)) for _ in range(count)]
        new = [GridCell((name,), 0, i, kind="head") for i, name in enumerate(names)]
        return opened(table, 0, new)
    return table


def split_tables(content: Content, rng: Random, between: Callable[[], list[Block]]) -> Content:
    """Cut tables in two; `between` makes what stands between the parts."""
    head = rng.choice(("none", "none", "repeated", "wrong"))
    cuts = rng.choice((1, 1, 2))
    where = _some_tables(content, rng)
    blocks: list[Block] = []
    for block in content.blocks:
        table = block.table
        if table is None or table.id not in where or table.rows < 4:
            blocks.append(block)
            continue
        heads = _head_rows(table)
        rest = table
        for _ in range(cuts):
            if rest.rows < 3:
                break
            upper, lower = _split(rest, rng.randint(1, rest.rows - 1))
            if not upper.cells or not lower.cells:
                break
            blocks.append(replace(block, table=upper))
            blocks.extend(between())
            rest = _with_head(lower, rng, head)
            if head == "repeated" and heads:
                for level, row in enumerate(heads[-rng.randint(1, len(heads)) :]):
                    rest = opened(rest, level, [replace(cell, row=level) for cell in row])
        blocks.append(replace(block, table=rest))
    return replace(content, blocks=tuple(blocks))
