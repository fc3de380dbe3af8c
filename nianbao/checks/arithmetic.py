"""The equations that the forms state: sums over a row, sums over a column, and 勾稽关系.

A check is a stable id, a title, the cells it looks at and a pure function of the values.  It is
`skipped` when one of its totals is null or all its addends are; else a null addend counts as 0.
Nothing is corrected here: a report that contradicts itself is evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from nianbao.checks.names import column_name, number_text, row_name
from nianbao.report import CheckResult, CheckStatus, Number
from nianbao.rules.forms import (
    OTHER_PROCESSING_ROWS,
    REQUEST_COLUMNS,
    REQUESTS,
    REVIEW,
    REVIEW_COLUMNS,
    ROWS,
)

Values = Mapping[str, Number | None]

#: Forms that state these equations; the tables before 2019 have none in common.
CHECKED_FORMS: Final = frozenset({"2019", "2021"})

OTHER_PROCESSING: Final = "other_processing"


class Check(Protocol):
    """One named check."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def cells(self) -> tuple[str, ...]: ...

    def run(self, values: Values) -> CheckResult:
        """Return the outcome on `values` (path -> value; an absent path is null)."""
        ...


@dataclass(frozen=True, slots=True)
class Sum:
    """`addends` add up to `total`.  `scope` and `parts` are the words of the message: 「…」一行
    and 六类申请人."""

    id: str
    title: str
    scope: str
    parts: str
    total_name: str
    addends: tuple[str, ...]
    total: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (*self.addends, self.total)

    def run(self, values: Values) -> CheckResult:
        numbers = [values.get(path) for path in self.addends]
        known = [number for number in numbers if number is not None]
        total = values.get(self.total)
        expected: Number | None = sum(known) if known else None
        if expected is None or total is None:
            lacking = f"{self.total_name}空缺" if total is None else f"{self.parts}全部空缺"
            message = f"{self.scope}{lacking}，未核对"
            return CheckResult(self.id, "skipped", message, expected, total, self.cells)
        blanks = len(numbers) - len(known)
        note = f"（空缺 {blanks} 格按 0 计）" if blanks else ""
        status: CheckStatus = "pass" if expected == total else "fail"
        message = (
            f"{self.scope}{self.parts}之和为 {number_text(expected)}{note}，"
            f"{self.total_name}填 {number_text(total)}"
        )
        return CheckResult(self.id, status, message, expected, total, self.cells)


@dataclass(frozen=True, slots=True)
class Balance:
    """勾稽关系 of one column: first + second = third + fourth.  The middle two, `carried_over` and
    `carried_forward`, count as 0 when null; the first and `results_total` are the totals."""

    id: str
    title: str
    scope: str
    new_received: str
    carried_over: str
    results_total: str
    carried_forward: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.new_received, self.carried_over, self.results_total, self.carried_forward)

    def run(self, values: Values) -> CheckResult:
        new, done = values.get(self.new_received), values.get(self.results_total)
        if new is None or done is None:
            lacking = "本年新收" if new is None else "(七)总计"
            message = f"{self.scope}{lacking}空缺，未核对勾稽关系"
            return CheckResult(self.id, "skipped", message, None, None, self.cells)
        over = values.get(self.carried_over) or 0
        forward = values.get(self.carried_forward) or 0
        expected, actual = new + over, done + forward
        status: CheckStatus = "pass" if expected == actual else "fail"
        message = (
            f"{self.scope}本年新收 {number_text(new)} 加上年结转 {number_text(over)} "
            f"为 {number_text(expected)}，"
            f"办理结果总计 {number_text(done)} 加结转下年度 {number_text(forward)} "
            f"为 {number_text(actual)}"
        )
        return CheckResult(self.id, status, message, expected, actual, self.cells)


def present_rows(values: Values, table: str) -> tuple[str, ...]:
    """Return the rows of `table` that `values` has a path for, in printed order."""
    return _rows_of(tuple(values), table)


#: Reports of one form have the same paths, and so the same rows and checks, which are made once: of
#: 0.5 ms a report 0.1 remain.
_SHAPES: Final = 64


@lru_cache(maxsize=_SHAPES)
def _rows_of(paths: tuple[str, ...], table: str) -> tuple[str, ...]:
    prefix = f"{table}."
    found = {path[len(prefix) :].rpartition(".")[0] for path in paths if path.startswith(prefix)}
    return tuple(row for row in ROWS[table] if row in found)


def outcome_rows_present(values: Values) -> tuple[str, ...]:
    """Return the outcome rows of `requests` that are there.

    The forms print (六)其他处理 as one row (2019) or as the head of three (2021).  Where a page gives
    both, the three count and the one that repeats their sum does not, unless the three are empty.
    """
    rows = present_rows(values, REQUESTS)
    outcomes = [
        row for row in rows if row not in {"new_received", "carried_over"} and not _is_closing(row)
    ]
    details = [row for row in outcomes if row in OTHER_PROCESSING_ROWS]
    if not details or OTHER_PROCESSING not in outcomes:
        return tuple(outcomes)
    filled = any(
        values.get(f"{REQUESTS}.{row}.{column}") is not None
        for row in details
        for column in REQUEST_COLUMNS
    )
    dropped = {OTHER_PROCESSING} if filled else set(OTHER_PROCESSING_ROWS)
    return tuple(row for row in outcomes if row not in dropped)


def _is_closing(row: str) -> bool:
    return row in {"results_total", "carried_forward"}


def build_checks(values: Values, form: str, tables: Collection[str]) -> tuple[Check, ...]:
    """Return the checks that the rows of `values` allow, in a fixed order.

    For `requests` the balances, the row sums and the column sums; then the row sums of
    `reconsideration_litigation`.
    """
    if form not in CHECKED_FORMS:
        return ()
    checks: tuple[Check, ...] = ()
    if REQUESTS in tables:
        rows = present_rows(values, REQUESTS)
        checks += _of_requests(rows, outcome_rows_present(values), form)
    if REVIEW in tables:
        checks += _row_sums(REVIEW, present_rows(values, REVIEW), form)
    return checks


@lru_cache(maxsize=_SHAPES)
def _of_requests(rows: tuple[str, ...], outcomes: tuple[str, ...], form: str) -> tuple[Check, ...]:
    return (*_balances(), *_row_sums(REQUESTS, rows, form), *_column_sums(outcomes))


def run_checks(values: Values, form: str, tables: Collection[str]) -> tuple[CheckResult, ...]:
    """Return the outcome of every arithmetic check, in a fixed order.

    `values` maps `table.row.column` to its value (null stands as None); `form` is `"2019"`,
    `"2021"` or another, which has no checks; `tables` are the ids of the tables that the report
    has, and only those are checked.  Which rows a table has is told by the paths in `values`.
    """
    return tuple(check.run(values) for check in build_checks(values, form, tables))


def _balances() -> Iterator[Check]:
    for column in REQUEST_COLUMNS:
        name = column_name(REQUESTS, column)
        yield Balance(
            id=f"{REQUESTS}.balance.{column}",
            title=f"勾稽关系：「{name}」一列",
            scope=f"「{name}」一列",
            new_received=f"{REQUESTS}.new_received.{column}",
            carried_over=f"{REQUESTS}.carried_over.{column}",
            results_total=f"{REQUESTS}.results_total.{column}",
            carried_forward=f"{REQUESTS}.carried_forward.{column}",
        )


@lru_cache(maxsize=_SHAPES)
def _row_sums(table: str, rows: tuple[str, ...], form: str) -> tuple[Check, ...]:
    return tuple(_row_sum(table, row, form) for row in rows)


def _row_sum(table: str, row: str, form: str) -> Check:
    columns, parts = (
        (REQUEST_COLUMNS, "六类申请人") if table == REQUESTS else (REVIEW_COLUMNS, "四类结果")
    )
    name = row_name(table, row, form)
    return Sum(
        id=f"{table}.row_sum.{row}",
        title=f"行合计：「{name}」一行",
        scope=f"「{name}」一行",
        parts=parts,
        total_name="总计",
        addends=tuple(f"{table}.{row}.{column}" for column in columns[:-1]),
        total=f"{table}.{row}.{columns[-1]}",
    )


def _column_sums(outcomes: Sequence[str]) -> Iterator[Check]:
    for column in REQUEST_COLUMNS:
        name = column_name(REQUESTS, column)
        yield Sum(
            id=f"{REQUESTS}.results_sum.{column}",
            title=f"列合计：「{name}」一列办理结果",
            scope=f"「{name}」一列",
            parts="(一)至(六)各行",
            total_name="(七)总计",
            addends=tuple(f"{REQUESTS}.{row}.{column}" for row in outcomes),
            total=f"{REQUESTS}.results_total.{column}",
        )
