"""From records to rows: exact numbers, counts, and what the tables cannot hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.batch.linked import Linked
from nianbao.batch.links import Link
from nianbao.batch.outcome import Outcome
from nianbao.batch.pieces import pack, unpack
from nianbao.batch.rows import Agency, Found, Rows, clean, read_record
from nianbao.batch.tables import DOCUMENTS, TABLES
from nianbao.report import CellValue, CheckResult, Fact, Number, Report, to_json
from tests.nianbao.batch.made_outcomes import made_report, outcome

FEES = "proactive_disclosure.fees.amount_10k_yuan"
NEW = "requests.new_received.total"
NOBODY = Agency(None, 0.0, None, None, None, None, None, None)


def rows_of(made: Outcome, *, chosen: bool = True) -> dict[str, list[dict[str, Any]]]:
    """The finished rows of one report by table, but for `documents`."""
    report = read_record(made.record or b"")
    sha256 = report.source.sha256
    linked = Linked({sha256: Link(chosen, sha256, None if chosen else "mirror")})
    rows = Rows([table for table in TABLES if table is not DOCUMENTS])
    rows.add_report(Found(report, NOBODY, made))
    finished = {}
    for name, batch in rows.take().items():
        table = next(table for table in TABLES if table.name == name)
        (kept,) = linked.keep(table, [unpack(pack(name, 2023, batch))])
        if kept.num_rows:
            finished[name] = linked.finish(table, pa.Table.from_batches([kept])).to_pylist()
    return finished


def cell_of(rows: dict[str, list[dict[str, Any]]], path: str) -> dict[str, Any]:
    (cell,) = (c for c in rows["cells"] if f"{c['table']}.{c['row']}.{c['column']}" == path)
    return cell


_HELD = st.decimals(
    min_value=-(10**26) + 1, max_value=10**26 - 1, allow_nan=False, places=12
) | st.integers(-(10**26) + 1, 10**26 - 1)


@settings(deadline=None)  # the first table that is made imports half of Arrow
@given(value=_HELD)
def test_every_number_of_38_digits_survives(value: Number) -> None:
    rows = rows_of(outcome(made_report({FEES: value}), "a"))
    assert cell_of(rows, FEES)["value"] == value
    assert rows["wide"][0][FEES] == value
    assert not [w for w in rows["warnings"] if w["code"] == "number_not_held"]


@pytest.mark.parametrize(
    "value", [10**26, -(10**26), Decimal("1E-13"), Decimal("0.1234567890123"), 10**60]
)
def test_a_number_that_does_not_fit_is_left_out_and_said(value: Number) -> None:
    fact = Fact("requests_received", value, "件", "收到", 0, 2, 2023)
    check = CheckResult("requests.balance.total", "fail", "不平", value, 3, (NEW,))
    report = made_report({FEES: value}, facts=(fact,), checks=(check,))
    rows = rows_of(outcome(report, "a"))
    cell = cell_of(rows, FEES)
    assert cell["value"] is None and cell["state"] == "missing" and cell["raw"] == str(value)
    assert rows["wide"][0][FEES] is None
    assert "facts" not in rows
    assert (rows["checks"][0]["expected"], rows["checks"][0]["actual"]) == (None, 3)
    lost = [w["message"] for w in rows["warnings"] if w["code"] == "number_not_held"]
    assert [message.split()[0] for message in lost] == [FEES, fact.name, check.id]
    assert rows["reports"][0]["warnings"] == len(rows["warnings"])
    assert rows["reports"][0]["cells_missing"] == 1


def test_candidates_that_do_not_fit_are_left_out() -> None:
    cell = CellValue(NEW, None, "", 1, 2, 0.5, "missing", (12, 10**30, Decimal("1.5")))
    rows = rows_of(outcome(made_report(cells=(cell,)), "a"))
    assert rows["cells"][0]["candidates"] == [12, Decimal("1.5")]
    assert rows["warnings"][-1]["code"] == "number_not_held"


def test_the_row_of_a_report() -> None:
    values: dict[str, Number | None] = {NEW: 7, "requests.granted.natural_person": None}
    made = outcome(made_report(values), "a")
    (row,) = rows_of(made)["reports"]
    record = read_record(made.record or b"")
    assert row["report"] == made.sha256 == row["chosen_report"]
    assert row["published"] == date(2024, 1, 20)
    assert (row["cells"], row["cells_read"], row["cells_blank"]) == (200, 199, 1)
    assert (row["new_received"], row["results_total"]) == (7, 0)
    assert row["url"] == "https://a.example/" and row["document"] == "a"
    statuses = [check.status for check in record.checks]
    for status, column in (("pass", "passed"), ("fail", "failed"), ("skipped", "skipped")):
        assert row[f"checks_{column}"] == statuses.count(status)
    assert row["checks_failed"] > 0


def test_a_report_without_tables_has_no_totals() -> None:
    report = made_report(cells=(), checks=(), year=2008, format="pre2019", published=None)
    (row,) = rows_of(outcome(report, "a"))["reports"]
    assert (row["cells"], row["new_received"], row["published"]) == (0, None, None)


def test_failed_checks_stand_beside_their_cells() -> None:
    checks = (
        CheckResult("x", "fail", "", None, None, (NEW, FEES)),
        CheckResult("y", "fail", "", None, None, (NEW,)),
        CheckResult("z", "pass", "", None, None, (NEW,)),
    )
    rows = rows_of(outcome(made_report(checks=checks), "a"))
    assert cell_of(rows, NEW)["failed_checks"] == ["x", "y"]
    assert cell_of(rows, FEES)["failed_checks"] == ["x"]
    assert cell_of(rows, "requests.granted.total")["failed_checks"] == []
    assert rows["checks"][0]["cells"] == [NEW, FEES]


def test_rows_keep_the_order_of_the_record_and_dotted_rows_stay_whole() -> None:
    report = made_report()
    cells = rows_of(outcome(report, "a"))["cells"]
    assert [f"{c['table']}.{c['row']}.{c['column']}" for c in cells] == [
        cell.path for cell in report.cells
    ]
    assert any(c["row"] == "denied.state_secret" for c in cells)


def test_only_chosen_reports_are_in_wide() -> None:
    rows = rows_of(outcome(made_report(), "a"), chosen=False)
    assert "wide" not in rows
    assert not rows["cells"][0]["chosen"] and rows["reports"][0]["link_reason"] == "mirror"


@given(text=st.text(st.characters(codec=None)))
def test_clean_text_can_be_written(text: str) -> None:
    cleaned = clean(text)
    assert cleaned is not None
    cleaned.encode()
    if not any("\ud800" <= char <= "\udfff" for char in text):
        assert cleaned == text


def test_take_begins_anew() -> None:
    rows = Rows(TABLES)
    made = outcome(made_report(), "a")
    rows.add_document(made, None)
    assert rows.take()["documents"].num_rows == 1
    assert rows.take() == {}


@pytest.mark.parametrize("data", [b"", b"{}", b'{"cells": 1}', b"\xff"])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_record(data)


@given(value=_HELD | st.none())
def test_a_record_is_read_as_it_was(value: Number | None) -> None:
    report = made_report({FEES: value})
    assert read_record(to_json(report, indent=None).encode()) == report


def test_scores_are_the_nearest_float() -> None:
    report: Report = made_report(confidence=0.1 + 0.2)
    assert rows_of(outcome(report, "a"))["reports"][0]["confidence"] == 0.1 + 0.2
