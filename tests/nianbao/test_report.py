"""The record: its JSON, its tables, and the lines of a document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
import simplejson
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.document import Document
from nianbao.facts.cells import SUMS, stated_cells
from nianbao.report import (
    CellValue,
    CheckResult,
    Fact,
    Report,
    Section,
    SourceInfo,
    Warning_,
    to_dict,
    to_json,
    to_utf8,
)
from nianbao.rules.forms import table_cells


def test_tables_are_the_cells_by_row_and_column(sample: Any) -> None:
    tables = sample.report.tables
    assert tables["requests"]["denied.state_secret"]["natural_person"] == 0
    flat = {
        f"{t}.{r}.{c}": v
        for t, rows in tables.items()
        for r, cs in rows.items()
        for c, v in cs.items()
    }
    assert flat == sample.report.values()


def test_json_is_sorted_and_says_decimals_exactly(
    sample: Any, change_cell: Callable[..., Any]
) -> None:
    path = "proactive_disclosure.fees.amount_10k_yuan"
    report = change_cell(sample, path, value=Decimal("47593.6663")).report
    text = to_json(report)
    assert "47593.6663" in text
    data = json.loads(text, parse_float=Decimal)
    assert data["tables"]["proactive_disclosure"]["fees"]["amount_10k_yuan"] == Decimal(
        "47593.6663"
    )
    assert list(data) == sorted(data)
    assert text == to_json(report)
    assert json.loads(to_json(report, indent=None), parse_float=Decimal) == data
    assert set(data) == set(to_dict(report))


def test_every_table_is_in_the_json_even_without_cells(sample: Any) -> None:
    assert json.loads(to_json(replace(sample.report, cells=())))["tables"] == {}


#: Every field is set, every part is there.
WHOLE = Report(
    is_report=True,
    is_report_score=0.9,
    format="2021",
    title="某市年度报告",
    agency="某市",
    year=2023,
    published="2024-01-31",
    sections=(Section("overview", 1, "一、总体情况", "正文", 3, 9, 0.8),),
    cells=(
        CellValue("proactive_disclosure.fees.amount_10k_yuan", Decimal("1.5"), "1.5", 1, 4, 0.7,
                  "read", (Decimal("1.5"), 2), "按列序对应"),
        CellValue("requests.denied.other.total", 7, "7", 5, 6, 0.6, "read", (7,), "按列序对应"),
    ),
    facts=(Fact("fees", Decimal("0.25"), "万元", "收费0.25万元", 2, 8, 2023),),
    checks=(CheckResult("requests.balance.total", "fail", "不符", 3, Decimal("2.5"), ("a", "b")),),
    warnings=(Warning_("missing_cells", "缺失", 1, 2),),
    confidence=0.5,
    source=SourceInfo("0" * 64, 12, "text/html", "utf-8", "1", "tagger 1"),
)  # fmt: skip


def test_plain_data_is_every_field_of_every_part() -> None:
    fields = asdict(WHOLE)
    assert all(fields.values())
    assert to_dict(WHOLE) == {**fields, "tables": WHOLE.tables}


@pytest.mark.parametrize("indent", [None, 1, 2])
@pytest.mark.parametrize(
    "text", ["正文", '"\\\n\r\t\b\f/\x00\x1f\x7f\x85\u2028\ufeff𠮷', "半个\ud842字"], ids=ascii
)
def test_json_has_the_bytes_that_simplejson_gives(text: str, indent: int | None) -> None:
    cells = tuple(
        replace(WHOLE.cells[0], value=value, raw=text, candidates=(), start=None)
        for value in (10**24, -(10**24), Decimal("1234567890123456789012.000100"), None)
    )
    report = replace(WHOLE, title=text, cells=cells, warnings=())
    expected = simplejson.dumps(
        to_dict(report), use_decimal=True, ensure_ascii=False, sort_keys=True, indent=indent
    )
    assert to_json(report, indent=indent) == expected
    assert to_utf8(report, indent=indent) == expected.encode("utf-8", "replace")


def test_json_says_every_score_as_python_does() -> None:
    scores = [count / 10_000 for count in range(10_001)]
    section = WHOLE.sections[0]
    report = replace(WHOLE, sections=tuple(replace(section, confidence=s) for s in scores))
    found = json.loads(to_json(report), parse_float=str)["sections"]
    assert [one["confidence"] for one in found] == list(map(repr, scores))


def fact(name: str, value: int, year: int | None, unit: str = "件") -> Fact:
    return Fact(name, value, unit, "", 0, 1, year)


def test_the_narrative_speaks_for_the_cells_of_its_year() -> None:
    facts = [
        fact("requests_received", 12, 2023),
        fact("requests_received", 13, None),
        fact("requests_received", 12, 2023),
        fact("requests_received", 99, 2022),
        fact("normative_documents_made", 4, 2023),
        fact("lawsuits", 2, 2023),
        fact("published_items", 1, 2023),
        fact("requests_granted", 7, 2023, "余件"),
    ]
    assert stated_cells(facts, 2023) == {
        "requests.new_received.total": (12, 13),
        "proactive_disclosure.normative_documents.made": (4,),
        "proactive_disclosure.normative_documents.newly_made": (4,),
    }


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_stated_cells_exist_in_their_form(form: str) -> None:
    known = {
        f"{table}.{row}.{column}"
        for table in ("proactive_disclosure", "requests", "reconsideration_litigation")
        for row, columns in table_cells(table, form).items()
        for column in columns
    }
    assert {path for sums in SUMS[form].values() for cells in sums for path in cells} <= known


@settings(deadline=None)
@given(st.text("甲乙 \n\r\u2028", max_size=30))
def test_lines_are_split_at_line_ends_alone(text: str) -> None:
    document = Document(text, "text/plain", None, "", 0)
    assert "\n".join(text[start:end] for start, end in document.lines()) == text
