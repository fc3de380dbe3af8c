"""The difference of two datasets on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from nianbao.batch.review.diff import CellChange, Difference, OneSided, Side
from nianbao.batch.review.sheets import (
    NOTHING,
    UNKNOWN,
    Sheet,
    number,
    print_sheet,
    sheet,
    year_name,
)
from nianbao.batch.review.summary_words import STATUSES
from nianbao.report import Number

#: Rows of a table that are printed; the JSON has the rest.
MOST_ROWS: Final = 20

WHYS: Final = {
    "model": "模型版本不同",
    "library": "程序版本不同",
    "page": "原文不同",
    "unexplained": "原文、程序和模型都相同，原因不明",
}
KINDS: Final = {
    "value": "取值",
    "state": "来源",
    "raw": "原文字样",
    "added": "新增",
    "removed": "消失",
}


def render_text(difference: Difference, console: Console) -> None:
    """Print `difference`.  Long tables are cut, and say so."""
    console.print(Text(f"旧：{_side(difference.old)}"))
    console.print(Text(f"新：{_side(difference.new)}"))
    compared = (
        f"{number(difference.same_bytes)} 份原文相同，{number(difference.other_bytes)} 份原文不同"
    )
    console.print(Text(f"逐格比较的年报：{compared}"))
    if difference.empty:
        console.print(Text("没有差异", style="green"))
        return
    for table in _sheets(difference):
        if table.rows:
            print_sheet(table, console, MOST_ROWS, "--json")


def _sheets(difference: Difference) -> Iterator[Sheet]:
    counts = (
        (WHYS[count.why], KINDS[count.kind], number(count.cells), number(count.reports))
        for count in difference.counts
    )
    yield sheet("有变化的单元格", "原因 变化 单元格# 涉及年报#", counts)
    total = f"变化的单元格（共 {number(difference.cells_total)} 个）"
    yield sheet(total, "机关 年度 单元格 旧 新 原因", map(_cell, difference.cells))
    fields = (
        (item.document, item.field, item.old or NOTHING, item.new or NOTHING, WHYS[item.why])
        for item in difference.fields
    )
    yield sheet("变化的年报信息", "文件 项目 旧 新 原因", fields)
    statuses = (
        (
            item.document,
            _status(item.old_status, item.old_reason),
            _status(item.new_status, item.new_reason),
            WHYS[item.why],
        )
        for item in difference.statuses
    )
    yield sheet("结果变化的文件", "文件 旧 新 原因", statuses)
    yield sheet("新增的年报", "机关 年度 文件", map(_one_sided, difference.added))
    yield sheet("消失的年报", "机关 年度 文件", map(_one_sided, difference.removed))


def _side(side: Side) -> str:
    made = "；".join(side.versions)
    return f"{number(side.documents)} 个文件，{number(side.reports)} 份年报（{made or NOTHING}）"


def _cell(change: CellChange) -> tuple[str, ...]:
    return (
        change.agency or UNKNOWN,
        year_name(change.year),
        change.path,
        _reading(change.old_value, change.old_raw, change.old_state),
        _reading(change.new_value, change.new_raw, change.new_state),
        WHYS[change.why],
    )


def _reading(value: Number | None, raw: str | None, state: str | None) -> str:
    """Return what a cell held: its value, what stood there, and its state."""
    if state is None:
        return NOTHING
    return f"{number(value)} 「{raw or ''}」 {state}"


def _status(status: str, reason: str) -> str:
    name = STATUSES.get(status, "年报")
    return f"{name}（{reason}）" if reason else name


def _one_sided(item: OneSided) -> tuple[str, ...]:
    return (item.agency or UNKNOWN, year_name(item.year), item.document)
