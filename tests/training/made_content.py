"""A small hand-made report for the tests of layouts and damages."""

from __future__ import annotations

from typing import Any

from nianbao.rules import forms
from training.synthesis.model import Block, Content, GridCell, GridTable, Piece

_P, _R, _V = forms.PROACTIVE, forms.REQUESTS, forms.REVIEW


def _value(table: str, row: str, column: str, number: int | None, at: tuple[int, int]) -> GridCell:
    pieces = () if number is None else (Piece(str(number), "value"),)
    return GridCell(pieces, at[0], at[1], kind="value", path=f"{table}.{row}.{column}")


def _proactive() -> GridTable:
    cells = [
        GridCell((Piece("第二十条第(一)项", "group.block"),), 0, 0, 1, 4, "head"),
        GridCell((Piece("信息内容", "group.content"),), 1, 0, kind="head"),
    ]
    columns = ("made", "repealed", "in_force")
    for index, column in enumerate(columns):
        name = forms.COLUMNS[_P][column]
        cells.append(GridCell((Piece(name, f"column.{_P}.{column}"),), 1, index + 1, kind="head"))
    for number, row in enumerate(("rules", "normative_documents")):
        label = Piece(forms.ROWS[_P][row], f"row.{_P}.{row}")
        cells.append(GridCell((label,), 2 + number, 0, kind="label"))
        cells += [
            _value(_P, row, column, (7, None, 713)[i], (2 + number, i + 1))
            for i, column in enumerate(columns)
        ]
    return GridTable(_P, "2021", tuple(cells))


def _requests() -> GridTable:
    cells = [
        GridCell((Piece("(本列数据的勾稽关系为…)", "note"),), 0, 0, 2, 3, "note"),
        GridCell((Piece("申请人情况", "group.applicants"),), 0, 3, 1, 7, "head"),
    ]
    for index, (column, name) in enumerate(forms.COLUMNS[_R].items()):
        cells.append(GridCell((Piece(name, f"column.{_R}.{column}"),), 1, 3 + index, kind="head"))
    top = 2
    for number, (row, name) in enumerate(list(forms.ROWS[_R].items())[:14]):
        at = top + number
        label = Piece(name, f"row.{_R}.{row}")
        if row == "denied.state_secret":
            group = Piece("(三)不予公开", "group.denied")
            cells.append(GridCell((group,), at, 1, 8, 1, "label"))
        column_at = 2 if row.startswith("denied") else 0
        cells.append(GridCell((label,), at, column_at, 1, 3 - column_at, "label"))
        cells += [
            _value(_R, row, column, (number * 3 + i) % 5 * 8, (at, 3 + i))
            for i, column in enumerate(forms.REQUEST_COLUMNS)
        ]
    return GridTable(_R, "2021", tuple(cells))


def _review() -> GridTable:
    cells: list[GridCell] = []
    for index, (row, name) in enumerate(forms.ROWS[_V].items()):
        cells.append(GridCell((Piece(name, f"row.{_V}.{row}"),), 0, index * 5, 1, 5, "label"))
        for number, (column, head) in enumerate(forms.COLUMNS[_V].items()):
            at = index * 5 + number
            cells.append(GridCell((Piece(head, f"column.{_V}.{column}"),), 1, at, kind="head"))
            cells.append(_value(_V, row, column, at % 4, (2, at)))
    return GridTable(_V, "2021", tuple(cells))


def small_content() -> Content:
    """Return a report with three short tables."""
    tables = {_P: _proactive(), _R: _requests(), _V: _review()}
    blocks = [
        Block("chrome", (Piece("首页 > 政务公开 > 年报"),)),
        Block(
            "title",
            (
                Piece("某某市", "agency"),
                Piece("2023年", "year"),
                Piece("政府信息公开工作年度报告", "title"),
            ),
        ),
        Block("intro", (Piece("根据条例,编制本报告。"),)),
    ]
    sections: list[dict[str, Any]] = []
    for number, (section, heading) in enumerate(forms.SECTIONS.items(), 1):
        blocks.append(Block("heading", (Piece(heading, f"heading.{section}"),), section=section))
        prose = Piece(f"本机关认真做好第{number}项工作,全年公开信息{number * 12}条。")
        if section in tables:
            blocks.append(Block("table", table=tables[section], section=section))
        else:
            blocks.append(Block("paragraph", (prose,), section=section))
        sections.append({"id": section, "number": number, "heading": heading})
    blocks.append(Block("signature", (Piece("某某市人民政府 "), Piece("2024年1月9日", "date"))))
    values: dict[str, dict[str, dict[str, int | None]]] = {}
    for name, table in tables.items():
        for cell in table.cells:
            if cell.path is not None:
                row, column = cell.path[len(name) + 1 :].rsplit(".", 1)
                number_text = cell.text
                values.setdefault(name, {}).setdefault(row, {})[column] = (
                    int(number_text) if number_text else None
                )
    gold = {
        "format": "2021",
        "title": "某某市2023年政府信息公开工作年度报告",
        "agency": "某某市",
        "year": 2023,
        "published": "2024-01-09",
        "sections": sections,
        "tables": values,
        "failed_checks": [],
        "warnings": [],
    }
    return Content(tuple(blocks), gold)
