"""The three tables laid out as the forms print them: heads, groups and values over a grid.

Which rows and columns there are is told by the cells of the report, so that a report that mixes two
forms is drawn as it was filled in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from itertools import groupby, pairwise
from typing import Final

from rich.align import AlignMethod
from rich.text import Text

from nianbao.checks.names import CellPath, column_name, group_name, row_label
from nianbao.rules.forms import (
    COLUMNS,
    PROACTIVE,
    REQUEST_COLUMNS,
    REQUESTS,
    REVIEW,
    REVIEW_COLUMNS,
    ROWS,
)
from nianbao.view.grid import Grid, GridCell

#: Path -> what stands in its cell.
CellText = Callable[[str], Text]

#: Blocks of `proactive_disclosure`: article of the regulation -> its rows.
BLOCKS: Final[dict[str, tuple[str, ...]]] = {
    "第二十条第(一)项": ("rules", "normative_documents"),
    "第二十条第(五)项": ("licensing", "other_services"),
    "第二十条第(六)项": ("penalties", "coercion"),
    "第二十条第(八)项": ("fees",),
    "第二十条第(九)项": ("procurement",),
}
CONTENT_HEAD: Final = "信息内容"
BALANCE_NOTE: Final = "(本列数据的勾稽关系为:第一项加第二项之和,等于第三项加第四项之和)"
RESULTS_HEAD: Final = "三、本年度办理结果"

#: Rows of `requests` that stand beside RESULTS_HEAD are all but these.
_OUTSIDE_RESULTS: Final = frozenset({"new_received", "carried_over", "carried_forward"})
_HEAD_STYLE: Final = "bold"
_GROUP_STYLE: Final = "cyan"


def table_grid(table: str, paths: Collection[str], cell: CellText, width: int) -> Grid | None:
    """Return `table` as a grid of about `width` terminal columns; None when no path is of it.

    A path without a cell in the report (a row that the report lacks in one column) is asked of
    `cell` as the others are.
    """
    parsed = [CellPath.parse(path) for path in paths if path.startswith(f"{table}.")]
    present = {row for _, row, _ in parsed}
    rows = [row for row in ROWS[table] if row in present]
    if not rows:
        return None
    if table == PROACTIVE:
        return _proactive(rows, {(p.row, p.column) for p in parsed}, cell, width)
    if table == REQUESTS:
        return _requests(rows, cell, width)
    return _review(rows, cell, width)


def _head(text: str) -> Text:
    return Text(text, style=_HEAD_STYLE)


def _proactive(
    rows: list[str], present: Collection[tuple[str, str]], cell: CellText, width: int
) -> Grid:
    blocks = {
        article: columns
        for article, members in BLOCKS.items()
        if (columns := _block_columns([r for r in members if r in rows], present))
    }
    places = math.lcm(*(len(columns) for columns in blocks.values()))
    total = places + 1
    form = "2019" if any(c in {"newly_made", "items_last_year"} for _, c in present) else "2021"
    cells: list[GridCell] = []
    rules: set[int] = set()
    line = 0
    for article, columns in blocks.items():
        members = [row for row in BLOCKS[article] if row in rows]
        cells.append(GridCell(_head(article), line, 0, colspan=total, align="center"))
        cells.append(GridCell(Text(CONTENT_HEAD, style=_GROUP_STYLE), line + 1, 0, align="center"))
        span = places // len(columns)
        heads = [Text(column_name(PROACTIVE, c, form), style=_GROUP_STYLE) for c in columns]
        cells += _spread(heads, line + 1, span, align_center=True)
        for offset, row in enumerate(members, start=line + 2):
            cells.append(GridCell(Text(row_label(PROACTIVE, row, form)), offset, 0))
            values = [
                cell(f"{PROACTIVE}.{row}.{c}") if (row, c) in present else Text() for c in columns
            ]
            cells += _spread(values, offset, span)
        rules |= {line, line + 1, line + 2}
        line += 2 + len(members)
    label = 24
    inner = max(width - label - 2 - places, places * 6)
    return Grid(tuple(cells), (label, *_shares(inner, places)), frozenset(rules))


def _block_columns(rows: Iterable[str], present: Collection[tuple[str, str]]) -> tuple[str, ...]:
    rows = list(rows)
    return tuple(c for c in COLUMNS[PROACTIVE] if any((row, c) in present for row in rows))


def _spread(
    texts: list[Text], row: int, span: int, align_center: bool = False
) -> Iterable[GridCell]:
    for index, text in enumerate(texts):
        align: AlignMethod = "center" if align_center else "right"
        yield GridCell(text, row, 1 + index * span, colspan=span, align=align)


def _shares(total: int, parts: int) -> list[int]:
    """Return `parts` widths that add up to `total`, the first ones wider by the remainder."""
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]


def _requests(rows: list[str], cell: CellText, width: int) -> Grid:
    values = [[cell(f"{REQUESTS}.{row}.{column}") for column in REQUEST_COLUMNS] for row in rows]
    head = 3
    last = 3 + len(REQUEST_COLUMNS) - 1
    middle = len(REQUEST_COLUMNS) - 2
    cells = [
        GridCell(Text(BALANCE_NOTE, style="dim"), 0, 0, rowspan=3, colspan=3),
        GridCell(_head("申请人情况"), 0, 3, colspan=len(REQUEST_COLUMNS), align="center"),
        GridCell(_head("自然人"), 1, 3, rowspan=2, align="center"),
        GridCell(_head("法人或其他组织"), 1, 4, colspan=middle, align="center"),
        GridCell(_head("总计"), 1, last, rowspan=2, align="center"),
    ]
    for index, column in enumerate(REQUEST_COLUMNS[1:-1]):
        name = _head(_stacked(column_name(REQUESTS, column)))
        cells.append(GridCell(name, 2, 4 + index, align="center"))
    cells += _request_labels(rows, head)
    for line, texts in enumerate(values, start=head):
        for index, text in enumerate(texts):
            cells.append(GridCell(text, line, 3 + index, align="right"))
    columns = [max(6, *(row[i].cell_len for row in values)) for i in range(len(REQUEST_COLUMNS))]
    results, group = 4, 8
    label = max(width - sum(columns) - results - group - len(columns) - 4, 10)
    return Grid(
        tuple(cells),
        (results, group, label, *columns),
        frozenset({1, 2} | _group_starts(rows, head)),
    )


def _request_labels(rows: list[str], head: int) -> Iterable[GridCell]:
    """Yield the label cells: three columns deep, as the form nests them."""
    results = [head + i for i, row in enumerate(rows) if row not in _OUTSIDE_RESULTS]
    if results:
        title = Text(RESULTS_HEAD, style=_GROUP_STYLE)
        yield GridCell(title, results[0], 0, rowspan=len(results), align="center")
    line = head
    for group, members in groupby(rows, key=lambda row: group_name(REQUESTS, row)):
        names = list(members)
        if group is not None:
            yield GridCell(_two_lines(group), line, 1, rowspan=len(names), align="center")
        for row in names:
            start = 0 if row in _OUTSIDE_RESULTS else 2 if group is not None else 1
            yield GridCell(Text(row_label(REQUESTS, row)), line, start, colspan=3 - start)
            line += 1


def _stacked(name: str) -> str:
    """Return the name of a kind of organisation with a word of two characters on each line."""
    return "\n".join(name[i : i + 2] for i in range(0, len(name), 2))


def _two_lines(group: str) -> Text:
    """Return a head such as (三)不予公开 broken after its number, which fits a narrow column."""
    number, _, name = group.partition(")")
    return Text(f"{number})\n{name}", style=_GROUP_STYLE)


def _group_starts(rows: list[str], head: int) -> set[int]:
    """Return the lines that open a new group; ungrouped rows are groups of one."""
    starts = {head}
    for index, (before, row) in enumerate(pairwise(rows), start=1):
        group = group_name(REQUESTS, row)
        if group is None or group != group_name(REQUESTS, before):
            starts.add(head + index)
    return starts


def _review(rows: list[str], cell: CellText, width: int) -> Grid:
    values = {
        (row, column): cell(f"{REVIEW}.{row}.{column}") for row in rows for column in REVIEW_COLUMNS
    }
    count = len(REVIEW_COLUMNS)
    cells: list[GridCell] = []
    litigation = [row for row in rows if group_name(REVIEW, row) is not None]
    for index, row in enumerate(rows):
        if row in litigation:
            name = Text(row_label(REVIEW, row), style=_GROUP_STYLE)
            cells.append(GridCell(name, 1, index * count, colspan=count, align="center"))
        else:
            name = _head(row_label(REVIEW, row))
            cells.append(GridCell(name, 0, index * count, rowspan=2, colspan=count, align="center"))
        for offset, column in enumerate(REVIEW_COLUMNS):
            place = index * count + offset
            head = Text(column_name(REVIEW, column), style=_GROUP_STYLE)
            cells.append(GridCell(head, 2, place, align="center"))
            cells.append(GridCell(values[row, column], 3, place, align="right"))
    if litigation:
        name = _head(str(group_name(REVIEW, litigation[0])))
        start, span = rows.index(litigation[0]) * count, len(litigation) * count
        cells.append(GridCell(name, 0, start, colspan=span, align="center"))
    widths = [
        max(4, min(8, (width - 1) // (count * len(rows)) - 1), values[row, column].cell_len)
        for row in rows
        for column in REVIEW_COLUMNS
    ]
    return Grid(tuple(cells), tuple(widths), frozenset({1, 2, 3}))
