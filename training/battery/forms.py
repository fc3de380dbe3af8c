"""The statutory tables as grids, the way the forms print them."""

from __future__ import annotations

from collections.abc import Callable

from nianbao.rules.forms import (
    COLUMNS,
    PROACTIVE,
    PROACTIVE_COLUMNS,
    REQUESTS,
    REVIEW,
    ROWS,
    request_rows,
)
from nianbao.rules.forms import REQUEST_COLUMNS as APPLICANTS
from nianbao.rules.forms import REVIEW_COLUMNS as OUTCOMES
from training.battery.draft import Cell, Grid

Print = Callable[[str], str]

NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
GROUPS = {
    "denied": "（三）不予公开",
    "unavailable": "（四）无法提供",
    "not_processed": "（五）不予处理",
    "other_processing": "（六）其他处理",
}
_BLOCKS = {
    "2021": (
        ("一", ("rules", "normative_documents")),
        ("五", ("licensing",)),
        ("六", ("penalties", "coercion")),
        ("八", ("fees",)),
    ),
    "2019": (
        ("一", ("rules", "normative_documents")),
        ("五", ("licensing", "other_services")),
        ("六", ("penalties", "coercion")),
        ("八", ("fees",)),
        ("九", ("procurement",)),
    ),
}


def proactive(form: str, shown: Print) -> Grid:
    """Return table `proactive_disclosure`; `shown` gives the printed text of a value path."""
    width = 4 if form == "2021" else 5
    cells: list[Cell] = []
    line = 0
    for number, rows in _BLOCKS[form]:
        text = f"第二十条第（{number}）项"
        cells.append(Cell(text, line, 0, 1, width, "head", name=f"block.{number}"))
        columns = PROACTIVE_COLUMNS[form][rows[0]]
        spans = _spans(len(columns), width - 1)
        cells.append(Cell("信息内容", line + 1, 0, kind="head", name="content"))
        for at, (column, span) in enumerate(zip(columns, spans, strict=True)):
            head = COLUMNS[PROACTIVE][column]
            if form == "2019" and column == "decisions":
                head = head.removeprefix("本年")
            head = head.replace("(", "（").replace(")", "）").replace(":", "：")
            cells.append(Cell(head, line + 1, 1 + at, 1, span, "head", name=f"column.{column}"))
        line += 2
        for row in rows:
            label = ROWS[PROACTIVE][row]
            label = label.removeprefix("行政") if (form, row) == ("2019", _DOCUMENTS) else label
            cells.append(Cell(label, line, 0, kind="label", name=f"row.{row}"))
            for at, (column, span) in enumerate(zip(columns, spans, strict=True)):
                path = f"{PROACTIVE}.{row}.{column}"
                cells.append(Cell(shown(path), line, 1 + at, 1, span, path=path))
            line += 1
    return Grid(PROACTIVE, form, cells, head_rows=2)


_DOCUMENTS = "normative_documents"


def _spans(columns: int, width: int) -> list[int]:
    """Return the column spans of `columns` cells over `width`: the last takes what is left."""
    return [1] * (columns - 1) + [width - columns + 1]


def requests(form: str, shown: Print) -> Grid:
    """Return table `requests`."""
    cells = [
        Cell(NOTE, 0, 0, 3, 3, "note"),
        Cell("申请人情况", 0, 3, 1, 7, "head", name="applicants"),
        Cell("自然人", 1, 3, 2, 1, "head", name="column.natural_person"),
        Cell("法人或其他组织", 1, 4, 1, 5, "head", name="organizations"),
        Cell("总计", 1, 9, 2, 1, "head", name="column.total"),
    ]
    for at, column in enumerate(APPLICANTS[1:-1]):
        text = COLUMNS[REQUESTS][column]
        cells.append(Cell(text, 2, 4 + at, kind="head", name=f"column.{column}"))
    rows = request_rows(form)
    inner = rows[rows.index("granted") : rows.index("results_total") + 1]
    line, open_group = 3, ""
    for row in rows:
        label = ROWS[REQUESTS][row].replace("(", "（").replace(")", "）")
        group = row.split(".")[0] if "." in row else ""
        if row == "granted":
            text = "三、本年度办理结果"
            cells.append(Cell(text, line, 0, len(inner), 1, "group", name="group.results"))
        if group and group != open_group:
            depth = sum(1 for r in rows if r.startswith(group + "."))
            cells.append(Cell(GROUPS[group], line, 1, depth, 1, "group", name=f"group.{group}"))
        open_group = group
        column = 2 if group else 1 if row in inner else 0
        cells.append(Cell(label, line, column, 1, 3 - column, "label", name=f"row.{row}"))
        for at, applicant in enumerate(APPLICANTS):
            path = f"{REQUESTS}.{row}.{applicant}"
            cells.append(Cell(shown(path), line, 3 + at, path=path))
        line += 1
    return Grid(REQUESTS, form, cells, head_rows=3)


def review(form: str, shown: Print) -> Grid:
    """Return table `reconsideration_litigation`, one row of fifteen values."""
    cells = [
        Cell("行政复议", 0, 0, 1, 5, "head", name="row.reconsideration"),
        Cell("行政诉讼", 0, 5, 1, 10, "head", name="group.litigation"),
    ]
    for at, row in enumerate(("litigation_direct", "litigation_after_reconsideration")):
        cells.append(Cell(ROWS[REVIEW][row], 1, 5 + 5 * at, 1, 5, "head", name=f"row.{row}"))
    for block, row in enumerate(ROWS[REVIEW]):
        for at, outcome in enumerate(OUTCOMES):
            column, deep = 5 * block + at, block == 0
            text = COLUMNS[REVIEW][outcome]
            name = f"column.{outcome}"
            cells.append(
                Cell(text, 1 if deep else 2, column, 2 if deep else 1, 1, "head", name=name)
            )
            path = f"{REVIEW}.{row}.{outcome}"
            cells.append(Cell(shown(path), 3, column, path=path))
    return Grid(REVIEW, form, cells, head_rows=3)
