"""A written dataset in other formats: CSV, JSON lines, Excel, DuckDB.

Every number stays exact in all of them; where a format cannot hold one it stands as text.
"""

from __future__ import annotations

import codecs
import datetime
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import simplejson

from nianbao.batch.codebook import write_package
from nianbao.batch.files import read_batches, reader
from nianbao.batch.tables import TABLES, Column, Table
from nianbao.report import Number

Format = Literal["csv", "xlsx", "jsonl", "duckdb"]

#: Data rows of one Excel sheet: the format's limit less the line of names.
XLSX_ROWS: Final = 1_048_575
#: Characters of one Excel cell.
XLSX_TEXT: Final = 32_767
#: Digits that a binary float, which is what Excel has, keeps of every decimal.
XLSX_DIGITS: Final = 15
_XLSX_CREATED: Final = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 -- the format has no zones

#: What makes a spreadsheet compute a text; Chinese and Japanese ones take the wide signs as well.
#: Apostrophes before it count, so that taking one away gives back every text as it was.
FORMULA: Final = "^('*[=+\\-@\t\r\n＝＋－＠])"


def export(
    directory: Path,
    format: Format,  # noqa: A002 -- what the command line calls it too
    out: Path,
    *,
    tables: Sequence[str] = (),
    bom: bool = False,
) -> tuple[Path, ...]:
    """Write the dataset in `directory` as `format` and return the files that were written.

    `out` is a folder for "csv" and "jsonl", which get one file a table, and a file for "xlsx" and
    "duckdb".  `tables` are the names of those wanted, all if none is named.  With `bom`, CSV files
    begin with a byte order mark, as Excel wants it.  What is there already is replaced.  Equal
    datasets give equal files, but for DuckDB's.

    Raises ValueError for an unknown format or table, FileNotFoundError where `directory` has no
    dataset, OSError where the disk does not do.
    """
    if unknown := set(tables) - {table.name for table in TABLES}:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    wanted = tuple(table for table in TABLES if not tables or table.name in tables)
    if format == "csv":
        return _write_csv(directory, out, wanted, bom=bom)
    writers: dict[str, Callable[[Path, Path, Sequence[Table]], tuple[Path, ...]]] = {
        "jsonl": _write_jsonl,
        "xlsx": _write_xlsx,
        "duckdb": _write_duckdb,
    }
    if format not in writers:
        raise ValueError(f"no such format: {format}")
    return writers[format](directory, out, wanted)


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Yield a path to write to; what is there becomes `path` when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def exact_numbers(array: pa.Array) -> list[Number | None]:
    """Return the decimals of `array`, whole ones as int, others without trailing zeros.

    Most of the 200 cells of a report are the same few numbers, so each is converted once.
    """
    encoded = array.dictionary_encode()
    numbers = [_exact(value) for value in encoded.dictionary.to_pylist()]
    return [None if at is None else numbers[at] for at in encoded.indices.to_pylist()]


def _exact(value: Decimal) -> Number:
    """Not `Decimal.normalize`, which rounds to 28 digits."""
    if value == (whole := int(value)):
        return whole
    return Decimal(format(value, "f").rstrip("0"))


def _text(value: Number | None) -> str | None:
    return (
        None if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)
    )


def _values(array: pa.Array) -> list[Any]:
    """Return the values of one column as Python has them."""
    if pa.types.is_decimal(array.type):
        return exact_numbers(array)
    values: list[Any] = array.to_pylist()
    if pa.types.is_list(array.type) and pa.types.is_decimal(array.type.value_type):
        return [[_exact(value) for value in items] for items in values]
    return values


def _write_csv(
    directory: Path, out: Path, tables: Sequence[Table], *, bom: bool
) -> tuple[Path, ...]:
    """CSV in UTF-8, RFC 4180 with line ends \\n, and a `datapackage.json` that describes it.

    Null is an empty field and "" one in quotes, which many readers take for the same; lists are JSON.
    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    written = []
    options = pa.csv.WriteOptions(include_header=True, quoting_style="needed")
    for table in tables:
        path = out / f"{table.name}.csv"
        schema = pa.schema([(c.name, _csv_type(c)) for c in table.full_columns])
        with _replaced(path) as part, part.open("wb") as file:
            if bom:
                file.write(codecs.BOM_UTF8)
            with pa.csv.CSVWriter(file, schema, write_options=options) as writer:
                for batch in read_batches(directory, table):
                    columns = [_csv_column(array) for array in batch.columns]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        written.append(path)
    write_package(out, "csv", {table.name: [f"{table.name}.csv"] for table in tables})
    return (*written, out / "datapackage.json")


def _csv_type(column: Column) -> pa.DataType:
    as_text = pa.types.is_decimal(column.type) or pa.types.is_list(column.type)
    return pa.string() if as_text else column.type


def _csv_column(array: pa.Array) -> pa.Array:
    if pa.types.is_string(array.type):
        return pc.replace_substring_regex(array, FORMULA, r"'\1")
    if pa.types.is_decimal(array.type):
        return pa.array(map(_text, exact_numbers(array)), pa.string())
    if pa.types.is_list(array.type):
        return pa.array(map(_json, _values(array)), pa.string())
    return array


def _json(value: Any) -> str:
    return str(simplejson.dumps(value, use_decimal=True, ensure_ascii=False))


def _write_jsonl(directory: Path, out: Path, tables: Sequence[Table]) -> tuple[Path, ...]:
    """One object a line, null where there is nothing."""
    written = []
    for table in tables:
        path = out / f"{table.name}.jsonl"
        names = [column.name for column in table.full_columns]
        with (
            _replaced(path) as part,
            part.open("w", encoding="utf-8", newline="\n") as file,
        ):
            for row in _rows(directory, table):
                record = dict(zip(names, row, strict=True))
                if "published" in record and record["published"] is not None:
                    record["published"] = record["published"].isoformat()
                file.write(_json(record) + "\n")
        written.append(path)
    return tuple(written)


def _rows(directory: Path, table: Table) -> Iterator[tuple[Any, ...]]:
    for batch in read_batches(directory, table):
        yield from zip(*map(_values, batch.columns), strict=True)


def _write_xlsx(directory: Path, out: Path, tables: Sequence[Table]) -> tuple[Path, ...]:
    """One workbook, a sheet a table, further ones where the rows are too many for one.

    Texts are written as such, never as formulas or links, and cut where they are too long for a
    cell; a number with more digits than Excel keeps is written as text.
    """
    import xlsxwriter

    with _replaced(out) as part:
        options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        with xlsxwriter.Workbook(str(part), options) as book:
            book.set_properties({"created": _XLSX_CREATED, "title": "政府信息公开工作年度报告"})
            for table in tables:
                _write_sheets(book, directory, table)
    return (out,)


def _write_sheets(book: Any, directory: Path, table: Table) -> None:
    sheet: Any = None
    sheets, at = 0, XLSX_ROWS
    for row in _rows(directory, table):
        if at == XLSX_ROWS:
            sheets, at = sheets + 1, 0
            sheet = _sheet(book, table, sheets)
        at += 1
        for column, value in enumerate(row):
            _write_value(sheet, at, column, value)
    if sheet is None:
        _sheet(book, table, 1)


def _sheet(book: Any, table: Table, number: int) -> Any:
    sheet = book.add_worksheet(table.name if number == 1 else f"{table.name} ({number})")
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(table.full_columns):
        sheet.write_string(0, at, column.name)
    return sheet


def _write_value(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, datetime.date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, float) or (
        isinstance(value, int | Decimal) and len(Decimal(value).as_tuple().digits) <= XLSX_DIGITS
    ):
        sheet.write_number(row, column, value)
    else:
        text = _cell_text(value)
        cut = text if len(text) <= XLSX_TEXT else f"{text[: XLSX_TEXT - 1]}…"
        sheet.write_string(row, column, cut)


def _cell_text(value: Any) -> str:
    if isinstance(value, int | Decimal):
        return str(_text(value))
    return value if isinstance(value, str) else _json(value)


def _write_duckdb(directory: Path, out: Path, tables: Sequence[Table]) -> tuple[Path, ...]:
    """One database with a table a table; every column has its description as a comment."""
    import duckdb

    with _replaced(out) as part, duckdb.connect(str(part)) as database:
        for table in tables:
            database.register("arriving", reader(directory, table))
            database.execute(f'CREATE TABLE "{table.name}" AS SELECT * FROM arriving')  # noqa: S608
            database.unregister("arriving")
            comments = {f'TABLE "{table.name}"': table.en}
            for column in table.full_columns:
                comments[f'COLUMN "{table.name}"."{column.name}"'] = column.en
            for what, comment in comments.items():
                database.execute(f"COMMENT ON {what} IS '{comment.replace(chr(39), chr(39) * 2)}'")
    return (out,)
