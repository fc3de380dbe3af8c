"""Exports: exact, harmless to spreadsheets, the same bytes each time."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.batch import formats
from nianbao.batch.files import read_batches
from nianbao.batch.formats import FORMULA, exact_numbers, export
from nianbao.batch.outcome import Place
from nianbao.batch.tables import DECIMAL, TABLES, Table
from nianbao.report import CellValue, Number, Section
from tests.nianbao.batch.made_outcomes import contents, made_report, outcome, read_outcomes, write

FEES = "proactive_disclosure.fees.amount_10k_yuan"
LONG = Decimal("12345678901234567890.123456789")
FORMULAS = ["=1+1", "+1", "-2", "@sum(a1)", "\tx", "\rx", "＝1+1", "'=1", "''=1"]
FORMATS: list[formats.Format] = ["csv", "jsonl", "xlsx", "duckdb"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("formats") / "d"
    cells = tuple(
        CellValue(f"requests.{row}.total", value, raw, 1, 2, 0.5, "read", (1, Decimal("2.5")))
        for row, value, raw in (
            ("new_received", LONG, FORMULAS[0]),
            ("granted", -7, "-7"),
            ("results_total", Decimal("0.000000000001"), "/"),
            ("carried_forward", Decimal("47593.6663"), '引"号,逗号\n换行'),
        )
    )
    sections = tuple(
        Section(identity, number, "标题", text, 0, 1, 0.5)
        for number, (identity, text) in enumerate(
            (("overview", "长" * 40_000), ("requests", "=HYPERLINK(1)"), ("other_matters", "文")), 1
        )
    )
    report = made_report(cells=cells, sections=sections, checks=())
    others = [outcome(replace(report, title=text), f"{n}.html") for n, text in enumerate(FORMULAS)]
    place = Place("=cmd|' /C calc'!A0")
    write([*others, outcome(report, place), *read_outcomes()[:2]], made)
    return made


def target(format: formats.Format, folder: Path) -> Path:  # noqa: A002
    return folder / (f"d.{format}" if format in ("xlsx", "duckdb") else format)


def stored(directory: Path, table: Table) -> list[dict[str, Any]]:
    return pa.Table.from_batches(read_batches(directory, table), table.full_schema).to_pylist()


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def unescaped(text: str) -> str:
    return text[1:] if re.match(FORMULA, text) and text.startswith("'") else text


def test_csv_gives_back_every_value(directory: Path, tmp_path: Path) -> None:
    export(directory, "csv", tmp_path)
    for table in TABLES:
        rows = csv_rows(tmp_path / f"{table.name}.csv")
        expected = stored(directory, table)
        assert len(rows) == len(expected)
        for row, values in zip(rows, expected, strict=True):
            assert list(row) == table.full_schema.names
            for name, value in values.items():
                assert _from_csv(row[name], value) == value, name


def _from_csv(text: str, like: Any) -> Any:
    if like is None or like == "":
        return like if text == "" else text
    if isinstance(like, bool):
        return {"true": True, "false": False}[text]
    if isinstance(like, list):
        return json.loads(text, parse_float=Decimal)
    if isinstance(like, str):
        return unescaped(text)
    return date.fromisoformat(text) if isinstance(like, date) else type(like)(text)


def test_decimals_of_csv_are_plain_digits(directory: Path, tmp_path: Path) -> None:
    export(directory, "csv", tmp_path, tables=["cells"])
    values = {row["value"] for row in csv_rows(tmp_path / "cells.csv")}
    assert {str(LONG), "-7", "0.000000000001", "47593.6663"} <= values
    assert all(re.fullmatch(r"(-?\d+(\.\d*[1-9])?)?", value) for value in values)


def test_no_text_of_csv_is_a_formula(directory: Path, tmp_path: Path) -> None:
    written = export(directory, "csv", tmp_path)
    dangerous = tuple("=+-@\t\r＝＋－＠")
    for table, path in zip(TABLES, written, strict=False):
        texts = [c.name for c in table.full_columns if pa.types.is_string(c.type)]
        for row in csv_rows(path):
            assert not [row[name] for name in texts if row[name].startswith(dangerous)]
    titles = {row["title"] for row in csv_rows(tmp_path / "reports.csv")}
    assert {f"'{text}" for text in FORMULAS} <= titles


@given(text=st.text(st.sampled_from("'=+-@\t\r\n＝a，"), max_size=6))
def test_the_apostrophe_can_be_taken_away_again(text: str) -> None:
    escaped = formats._csv_column(pa.array([text]))[0].as_py()
    assert unescaped(escaped) == text
    assert not escaped.startswith(tuple("=+-@\t\r\n＝"))


def test_a_byte_order_mark_on_demand(directory: Path, tmp_path: Path) -> None:
    export(directory, "csv", tmp_path / "with", tables=["reports"], bom=True)
    export(directory, "csv", tmp_path / "without", tables=["reports"])
    with_mark = (tmp_path / "with" / "reports.csv").read_bytes()
    assert with_mark == b"\xef\xbb\xbf" + (tmp_path / "without" / "reports.csv").read_bytes()


def test_json_lines_give_back_every_value(directory: Path, tmp_path: Path) -> None:
    export(directory, "jsonl", tmp_path)
    for table in TABLES:
        lines = (tmp_path / f"{table.name}.jsonl").read_text(encoding="utf-8").split("\n")
        assert lines.pop() == ""
        rows = [json.loads(line, parse_float=Decimal) for line in lines]
        expected = stored(directory, table)
        assert len(rows) == len(expected)
        for row, values in zip(rows, expected, strict=True):
            assert list(row) == table.full_schema.names
            for name, value in values.items():
                assert _from_json(row[name], value) == value, name


def _from_json(found: Any, like: Any) -> Any:
    if isinstance(like, float):
        return float(found)
    return date.fromisoformat(found) if isinstance(like, date) else found


def sheets(path: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    """Each sheet's name and rows: texts as str, numbers as Decimal of what is written."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        names = [s.get("name") for s in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{main}sheet")]  # fmt: skip
        for number, name in enumerate(names, 1):
            xml = book.read(f"xl/worksheets/sheet{number}.xml")
            assert b"<f>" not in xml
            rows = []
            for row in ElementTree.fromstring(xml).iter(f"{main}row"):
                cells = []
                for cell in row.iter(f"{main}c"):
                    text = "".join(cell.itertext())
                    cells.append(text if cell.get("t") == "inlineStr" else Decimal(text))
                rows.append(cells)
            yield str(name), rows


def test_excel_has_a_sheet_a_table(directory: Path, tmp_path: Path) -> None:
    export(directory, "xlsx", tmp_path / "d.xlsx")
    found = dict(sheets(tmp_path / "d.xlsx"))
    assert list(found) == [table.name for table in TABLES]
    for table in TABLES:
        assert found[table.name][0] == table.full_schema.names
        assert len(found[table.name]) == 1 + len(stored(directory, table))
    assert "=1+1" in {value for row in found["reports"] for value in row}
    values = {value for row in found["cells"] for value in row}
    assert {str(LONG), Decimal(-7), Decimal("1E-12"), Decimal("47593.6663")} <= values


def test_texts_too_long_for_excel_are_cut(directory: Path, tmp_path: Path) -> None:
    export(directory, "xlsx", tmp_path / "d.xlsx", tables=["sections"])
    ((_, rows),) = sheets(tmp_path / "d.xlsx")
    longest = max((str(value) for row in rows for value in row), key=len)
    assert longest == "长" * (formats.XLSX_TEXT - 1) + "…"


def test_rows_too_many_for_a_sheet_go_on_in_another(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [row["document"] for row in stored(directory, TABLES[6])]
    monkeypatch.setattr(formats, "XLSX_ROWS", 5)
    export(directory, "xlsx", tmp_path / "d.xlsx", tables=["documents"])
    found = dict(sheets(tmp_path / "d.xlsx"))
    assert list(found) == ["documents", "documents (2)", "documents (3)"]
    assert [len(rows) for rows in found.values()] == [6, 6, len(expected) - 10 + 1]
    assert [row[0] for rows in found.values() for row in rows[1:]] == expected


@given(value=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=9))  # fmt: skip
def test_what_excel_gets_as_a_number_is_that_number(value: Decimal) -> None:
    """As xlsxwriter prints it and a spreadsheet reads it: a float that shows 15 digits."""

    class Sheet:
        number: Decimal | None = None
        text = ""

        def write_number(self, row: int, column: int, number: Decimal) -> None:
            self.number = Decimal(f"{float(f'{number:.16G}'):.15g}")

        def write_string(self, row: int, column: int, text: str) -> None:
            self.text = text

    sheet = Sheet()
    (number,) = exact_numbers(pa.array([value], DECIMAL))
    formats._write_value(sheet, 0, 0, number)
    assert (Decimal(sheet.text) if sheet.number is None else sheet.number) == value


def test_duckdb_holds_the_same(directory: Path, tmp_path: Path) -> None:
    export(directory, "duckdb", tmp_path / "d.duckdb")
    with duckdb.connect(str(tmp_path / "d.duckdb"), read_only=True) as database:
        for table in TABLES:
            found = database.execute(f"SELECT * FROM {table.name}").fetchall()
            expected = [tuple(row.values()) for row in stored(directory, table)]
            assert found == expected
        comments = database.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'cells' ORDER BY column_index"
        ).fetchall()
    assert comments == [(column.en,) for column in TABLES[1].full_columns]


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx"])
def test_two_exports_are_the_same_bytes(
    format: formats.Format,  # noqa: A002
    directory: Path,
    tmp_path: Path,
) -> None:
    for run in ("one", "two"):
        export(directory, format, target(format, tmp_path / run))
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one == two and one


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_dataset_can_be_exported(format: formats.Format, tmp_path: Path) -> None:  # noqa: A002
    write([], tmp_path / "d")
    for path in export(tmp_path / "d", format, target(format, tmp_path / "out")):
        assert path.is_file()


@pytest.mark.parametrize("format", FORMATS)
def test_a_failed_export_leaves_what_was_there(
    format: formats.Format,  # noqa: A002
    directory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = target(format, tmp_path)
    export(directory, format, out, tables=["reports"])
    before = contents(tmp_path)

    def failing(*_: object, **__: object) -> Iterator[pa.RecordBatch]:
        yield from read_batches(directory, TABLES[0], rows=1)
        raise OSError("disk is full")

    monkeypatch.setattr(formats, "read_batches", failing)
    monkeypatch.setattr(
        formats, "reader", lambda *_: pa.RecordBatchReader.from_batches(TABLES[0].full_schema, failing())
    )  # fmt: skip
    with pytest.raises(Exception, match="disk is full"):
        export(directory, format, out, tables=["reports"])
    assert contents(tmp_path) == before


def test_what_cannot_be_exported_is_refused(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such table: nothing"):
        export(directory, "csv", tmp_path, tables=["reports", "nothing"])
    with pytest.raises(ValueError, match="no such format"):
        export(directory, "ods", tmp_path)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        export(tmp_path / "nothing", "csv", tmp_path / "out")


def test_exact_numbers() -> None:
    values: list[Number | None] = [5, Decimal("5.10"), None, -(10**25), Decimal("-1e-12"), 0, 5]
    found = exact_numbers(pa.array(values, DECIMAL))
    assert found == values
    assert [type(value) for value in found] == [
        int, Decimal, type(None), int, Decimal, int, int,
    ]  # fmt: skip
    assert str(found[1]) == "5.1"
