"""How the forms print the rows and columns, for messages to the person who filled one in.

The rows of `requests` and of `reconsideration_litigation` stand under group heads; a row named
without its group would be ambiguous (`3.其他`, `1.属于国家秘密`), so a name here carries it.
Sources: 国办公开办函〔2021〕30号 and 国办公开办函〔2019〕60号.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from nianbao.report import Number
from nianbao.rules.forms import COLUMNS, PROACTIVE, REQUESTS, REVIEW, ROWS

TABLE_NAMES: Final[dict[str, str]] = {
    PROACTIVE: "主动公开政府信息情况",
    REQUESTS: "收到和处理政府信息公开申请情况",
    REVIEW: "政府信息公开行政复议、行政诉讼情况",
}

#: Prefix of a dotted row id in `requests` -> the group head printed beside its rows.
REQUEST_GROUPS: Final[dict[str, str]] = {
    "denied": "(三)不予公开",
    "unavailable": "(四)无法提供",
    "not_processed": "(五)不予处理",
    "other_processing": "(六)其他处理",
}

LITIGATION: Final = "行政诉讼"

#: What the 2019 form prints where the 2021 form says otherwise: `table.row` or `table..column`.
_PRINTED_2019: Final[dict[str, str]] = {
    f"{PROACTIVE}.normative_documents": "规范性文件",
    f"{PROACTIVE}..decisions": "处理决定数量",
}


class CellPath(NamedTuple):
    """A canonical path `table.row.column`, taken apart; `row` may hold dots."""

    table: str
    row: str
    column: str

    @classmethod
    def parse(cls, path: str) -> CellPath:
        """Take `path` apart; raise ValueError when it has fewer than three parts."""
        table, _, rest = path.partition(".")
        row, _, column = rest.rpartition(".")
        if not row:
            raise ValueError(f"{path!r} is not table.row.column")
        return cls(table, row, column)

    def __str__(self) -> str:
        return f"{self.table}.{self.row}.{self.column}"


def group_name(table: str, row: str) -> str | None:
    """Return the head printed over or beside `row`, None where the row stands alone."""
    if table == REQUESTS and "." in row:
        return REQUEST_GROUPS[row.split(".", 1)[0]]
    if table == REVIEW and row.startswith("litigation"):
        return LITIGATION
    return None


def row_label(table: str, row: str, form: str = "2021") -> str:
    """Return what the form prints in the cell of `row` itself."""
    if form == "2019" and (printed := _PRINTED_2019.get(f"{table}.{row}")):
        return printed
    return ROWS[table][row]


def column_name(table: str, column: str, form: str = "2021") -> str:
    """Return what the form prints at the head of `column`."""
    if form == "2019" and (printed := _PRINTED_2019.get(f"{table}..{column}")):
        return printed
    return COLUMNS[table][column]


def row_name(table: str, row: str, form: str = "2021") -> str:
    """Return the name of `row` with its group before it."""
    group = group_name(table, row)
    label = row_label(table, row, form)
    return f"{group} {label}" if group else label


def cell_name(path: str, form: str = "2021") -> str:
    """Return row and column of the cell at `path` as a person says them."""
    table, row, column = CellPath.parse(path)
    return f"「{row_name(table, row, form)}」·「{column_name(table, column, form)}」"


def number_text(value: Number) -> str:
    """Return `value` in plain decimal digits, never with an exponent."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
