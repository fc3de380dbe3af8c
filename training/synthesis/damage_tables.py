"""Damages of the tables' grids: cells, labels and rows lost, added or repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW
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


def _is_value(cell: GridCell) -> bool:
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
    return with_tables(content, lambda t: _kept(t, lambda c: not (_is_value(c) and is_blank(c))))


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
            gone = _is_value(cell) and cell.row in chosen and total != keep_totals
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
                kind = "value" if _is_value(cell) else "label"
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
        rows = [row for row in rows_of(table) if any(map(_is_value, row))]
        gone = {id(row[-1]) for row in (rows if every_row else rows[-1:]) if _is_value(row[-1])}
        return _kept(table, lambda cell: id(cell) not in gone)

    return with_tables(content, change)


def review_cells_lost(content: Content, rng: Random) -> Content:
    """Some of the fifteen values of the review table were swallowed by merged cells."""
    count = rng.randint(2, 9)
    together = rng.random() < 0.5

    def change(table: GridTable) -> GridTable:
        values = [cell for row in rows_of(table) for cell in row if _is_value(cell)]
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
            gone = _is_value(cell) and rng.random() < share
            if not gone:
                cells.append(cell)
            elif not drop:
                cells.append(_emptied(cell))
        return replace(table, cells=tuple(cells))

    return with_tables(content, change)


def rows_lost(content: Content, rng: Random) -> Content:
    """Whole rows are missing."""
    share = rng.choice((0.04, 0.1, 0.2))

    def change(table: GridTable) -> GridTable:
        rows = {cell.row for cell in table.cells if _is_value(cell)}
        gone = {row for row in sorted(rows) if rng.random() < share}
        return _kept(table, lambda cell: cell.row not in gone or cell.rowspan > 1)

    return with_tables(content, change)


def group_labels_lost(content: Content, rng: Random) -> Content:
    """The labels that stand for several rows are missing."""
    share = rng.choice((0.5, 1.0, 1.0))
    return with_tables(
        content,
        lambda table: _kept(
            table, lambda c: _is_value(c) or c.rowspan == 1 or rng.random() >= share
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


_EXTRA_ROWS = {
    PROACTIVE: (
        "其他主动公开文件",
        "其他文件",
        "政策性文件",
        "公共服务事项",
        "行政确认",
        "行政裁决",
        "行政检查",
        "行政奖励",
        "行政给付",
        "行政征收",
        "行政备案",
        "其他行政权力",
        "政策解读材料",
        "通知公告",
        "重大建设项目信息",
        "财政预决算信息",
        "建议提案答复",
        "小计",
        "合计",
        "备注",
    ),
    REQUESTS: (
        "其中:当面申请",
        "网络申请",
        "信函申请",
        "传真申请",
        "其中:转办件",
        "4.其他情形",
        "9.其他不予公开情形",
        "6.其他",
        "(八)撤回申请",
        "(八)延期答复",
        "(九)未到答复期限",
        "按时答复数",
        "答复总数",
        "比上年增减(%)",
        "占比",
        "小计",
        "备注",
        "合计",
    ),
}
_EXTRA_COLUMNS = (
    "备注",
    "较上年增减",
    "占比",
    "说明",
    "上年同期",
    "同比",
    "序号",
    "单位",
    "合计",
    "累计",
)


def extra_columns(content: Content, rng: Random) -> Content:
    """A column that the form does not have, at the right end: its head and its cells are of no cell."""
    where = rng.choice(((PROACTIVE,), (REQUESTS,), (REQUESTS, PROACTIVE), (REVIEW,)))
    name = rng.choice(_EXTRA_COLUMNS)
    filled = rng.choice(("nothing", "numbers", "words", "some"))

    def cell_of(row: int, last: bool) -> GridCell:
        text = {
            "nothing": "",
            "numbers": str(rng.choice((0, 0, 1, rng.randint(2, 300)))),
            "words": rng.choice(("", "件", "无", "不变", "-", "见说明")),
            "some": rng.choice(("", "", "", str(rng.randint(0, 60)), f"{rng.randint(1, 99)}%")),
        }[filled]
        pieces = (Piece(text),) if text else ()
        return GridCell(pieces, row, column, kind="value" if last else "head")

    column = 0

    def change(table: GridTable) -> GridTable:
        nonlocal column
        if table.id not in where:
            return table
        column = table.columns
        rows = rows_of(table)
        valued = [row[0].row for row in rows if any(map(_is_value, row))]
        heads = [row[0].row for row in rows if row and not any(map(_is_value, row))]
        if not heads or not valued:
            return table
        new = [GridCell((Piece(name),), heads[0], column, kind="head")]
        new += [cell_of(row, last=True) for row in valued]
        return replace(table, cells=(*table.cells, *new))

    return with_tables(content, change)


def extra_rows(content: Content, rng: Random) -> Content:
    """A row that the form does not have: nothing in it is labelled, it is of no cell."""
    where = rng.choice(((PROACTIVE,), (PROACTIVE, REQUESTS), (REQUESTS,)))

    def change(table: GridTable) -> GridTable:
        rows = [i for i, row in enumerate(rows_of(table)) if any(map(_is_value, row))]
        if table.id not in where or not rows:
            return table
        at = rng.choice(rows) + 1
        model = [c for c in table.cells if c.row == at - 1 and (_is_value(c) or c.kind == "label")]
        new = []
        label = Piece(rng.choice(_EXTRA_ROWS[table.id]))
        labels = [c for c in model if not _is_value(c) and c.rowspan == 1]
        if labels:
            new.append(replace(labels[-1], pieces=(label,), row=at, path=None))
        for cell in model:
            if _is_value(cell):
                number = str(rng.choice((0, 0, 0, 1, 2, rng.randint(3, 400))))
                new.append(replace(cell, pieces=(Piece(number),), row=at, path=None))
        return _opened(table, at, new)

    return with_tables(content, change)


def _opened(table: GridTable, at: int, new: Iterable[GridCell]) -> GridTable:
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
            table = _opened(table, at, empty)
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
        if any(map(_is_value, row)):
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
        return _opened(table, 0, new)
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
                    rest = _opened(rest, level, [replace(cell, row=level) for cell in row])
        blocks.append(replace(block, table=rest))
    return replace(content, blocks=tuple(blocks))
