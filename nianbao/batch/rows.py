"""From one record to the rows of the tables, column by column.

A record has 200 cells and a run 100,000 records: no row is an object here.  Every function returns
the columns of its table as lists of one length, and `Rows` strings them together until they are made
into Arrow arrays.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from typing import Any, Final

import pyarrow as pa

from nianbao.batch.links import CELL_PATHS, Link
from nianbao.batch.outcome import Outcome
from nianbao.batch.tables import (
    CELLS,
    CHECKS,
    DECIMAL,
    DOCUMENTS,
    FACTS,
    REPORTS,
    SECTIONS_TABLE,
    WARNINGS,
    WIDE,
    Table,
)
from nianbao.checks.names import CellPath
from nianbao.report import Number

Record = Mapping[str, Any]
Columns = Sequence[Sequence[Any]]

#: Values are below this in size: the digits before the point that DECIMAL has.
_BOUND: Final[int] = 10 ** (DECIMAL.precision - DECIMAL.scale)
#: Digits behind the point that DECIMAL has.
_SCALE: Final[int] = DECIMAL.scale
_TOTALS: Final = tuple(
    f"requests.{row}.total" for row in ("new_received", "results_total", "carried_forward")
)

_path: Final = lru_cache(maxsize=1024)(CellPath.parse)


@dataclass(frozen=True, slots=True)
class Agency:
    """Which agency a report is of: what `reports` and `wide` show of an identity."""

    agency_id: str | None
    confidence: float
    province: str | None
    province_code: str | None
    city: str | None
    city_code: str | None
    county: str | None
    county_code: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """A report with what is not in its record: its agency, its link, and its first outcome."""

    record: Record
    agency: Agency
    link: Link
    first: Outcome


def read_record(data: bytes) -> Record:
    """Parse a record, decimals kept exact, numbers that DECIMAL cannot hold left out.

    Each of those becomes a warning `number_not_held`; `raw` still has its digits.
    """
    record: dict[str, Any] = json.loads(data, parse_float=Decimal)
    lost: list[dict[str, Any]] = []
    for cell in record["cells"]:
        if not _holds(cell["value"]):
            lost.append(_not_held(cell["path"], cell))
            cell["value"], cell["source"] = None, "missing"
        if cell["candidates"] and not all(map(_holds, cell["candidates"])):
            lost.append(_not_held(cell["path"], cell))
            cell["candidates"] = list(filter(_holds, cell["candidates"]))
    for fact in record["facts"]:
        if not _holds(fact["value"]):
            lost.append(_not_held(fact["name"], fact))
    for check in record["checks"]:
        for side in ("expected", "actual"):
            if not _holds(check[side]):
                lost.append(_not_held(check["id"], {}))
                check[side] = None
    if lost:
        record["facts"] = [fact for fact in record["facts"] if _holds(fact["value"])]
        record["warnings"] = record["warnings"] + lost
    return record


def _holds(value: Number | None) -> bool:
    if value is None:
        return True
    if isinstance(value, int):
        return -_BOUND < value < _BOUND
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_SCALE and -_BOUND < value < _BOUND


def _not_held(name: str, place: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": "number_not_held",
        "message": f"{name} 的数字位数过多，数据表中未载",
        "start": place.get("start"),
        "end": place.get("end"),
    }


def clean(text: str | None) -> str | None:
    """Return `text` as UTF-8 can say it: bytes of a file name that are none stand as `\\udcXX`."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def published(record: Record) -> datetime.date | None:
    """Return the date of publication, None where the record has none."""
    text = record["published"]
    return None if text is None else datetime.date.fromisoformat(text)


class Rows:
    """Rows of some tables, gathered column by column."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._columns: dict[str, list[list[Any]]] = {
            table.name: [[] for _ in table.columns] for table in tables
        }
        self._tables = tables

    def add(self, table: Table, columns: Columns) -> None:
        """Append rows of `table`, given as its columns."""
        for mine, more in zip(self._columns[table.name], columns, strict=True):
            mine.extend(more)

    def add_report(self, found: Found) -> None:
        """Append the rows of one report to every table but `documents`."""
        record, link = found.record, found.link
        self.add(REPORTS, [(value,) for value in report_row(found)])
        lead = (record["source"]["sha256"], link.chosen)
        self.add(CELLS, cell_columns(record, lead))
        self.add(SECTIONS_TABLE, _listed(record["sections"], lead, _SECTION))
        self.add(FACTS, _listed(record["facts"], lead, _FACT))
        self.add(CHECKS, _listed(record["checks"], lead, _CHECK))
        self.add(WARNINGS, _listed(record["warnings"], lead, _WARNING))
        if link.chosen:
            self.add(WIDE, [(value,) for value in wide_row(found)])

    def add_document(self, outcome: Outcome, same_bytes_as: str | None) -> None:
        """Append the row of one document; `same_bytes_as` is the first document with its bytes,
        None for that one."""
        self.add(DOCUMENTS, [(value,) for value in document_row(outcome, same_bytes_as)])

    def take(self) -> dict[str, pa.RecordBatch]:
        """Return what was gathered, by table, and begin anew; tables without rows are left out."""
        batches = {}
        for table in self._tables:
            columns = self._columns[table.name]
            if columns[0]:
                schema = table.schema
                arrays = [
                    _array(values, field.type)
                    for values, field in zip(columns, schema, strict=True)
                ]
                batches[table.name] = pa.RecordBatch.from_arrays(arrays, schema=schema)
            self._columns[table.name] = [[] for _ in columns]
        return batches


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_floating(kind):  # scores were parsed as decimals, like every number
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, kind)


_SECTION: Final = ("id", "number", "heading", "text", "start", "end", "confidence")
_FACT: Final = ("name", "value", "unit", "text", "start", "end", "year")
_CHECK: Final = ("id", "status", "message", "expected", "actual", "cells")
_WARNING: Final = ("code", "message", "start", "end")


def _listed(
    items: Sequence[Mapping[str, Any]], lead: tuple[str, bool], names: tuple[str, ...]
) -> Columns:
    """The columns of a table whose rows are the items of a list of the record."""
    columns = [[item[name] for item in items] for name in names]
    return [*([value] * len(items) for value in lead), *columns]


def cell_columns(record: Record, lead: tuple[str, bool]) -> Columns:
    """Return the columns of CELLS for one record; `lead` are its report and whether it is chosen."""
    cells = record["cells"]
    paths = [cell["path"] for cell in cells]
    parts = [_path(path) for path in paths]
    failed: dict[str, list[str]] = {}
    for check in record["checks"]:
        if check["status"] == "fail":
            for path in check["cells"]:
                failed.setdefault(path, []).append(check["id"])
    return [
        *([value] * len(cells) for value in lead),
        [part.table for part in parts],
        [part.row for part in parts],
        [part.column for part in parts],
        [cell["value"] for cell in cells],
        [cell["raw"] for cell in cells],
        [cell["source"] for cell in cells],
        [cell["start"] for cell in cells],
        [cell["end"] for cell in cells],
        [cell["confidence"] for cell in cells],
        [cell["candidates"] for cell in cells],
        [cell["reason"] for cell in cells],
        list(map(failed.get, paths, repeat(()))),
    ]


def report_row(found: Found) -> tuple[Any, ...]:
    """Return the row of REPORTS."""
    record, agency, link, first = found.record, found.agency, found.link, found.first
    states = [cell["source"] for cell in record["cells"]]
    statuses = [check["status"] for check in record["checks"]]
    totals = dict.fromkeys(_TOTALS)
    totals.update(
        (cell["path"], cell["value"]) for cell in record["cells"] if cell["path"] in totals
    )
    source = record["source"]
    return (
        source["sha256"], record["format"], record["title"],
        record["agency"], agency.agency_id, agency.confidence,
        agency.province, agency.province_code, agency.city, agency.city_code,
        agency.county, agency.county_code,
        published(record), record["confidence"], record["is_report_score"],
        len(states), *(states.count(state) for state in ("read", "blank", "inferred", "missing")),
        *(statuses.count(status) for status in ("pass", "fail", "skipped")),
        len(record["warnings"]), link.chosen, link.chosen_report, link.reason,
        clean(str(first.place)), clean(first.origin.url), clean(first.origin.fetched),
        source["media_type"], source["encoding"], source["bytes"],
        *totals.values(),
        record["schema_version"], source["library_version"], source["model_version"],
    )  # fmt: skip


def wide_row(found: Found) -> tuple[Any, ...]:
    """Return the row of WIDE."""
    record, agency = found.record, found.agency
    values = {cell["path"]: cell["value"] for cell in record["cells"]}
    return (
        record["source"]["sha256"], record["agency"], agency.agency_id,
        agency.province, agency.city, agency.county,
        published(record), record["format"], record["confidence"],
        sum(check["status"] == "fail" for check in record["checks"]),
        *map(values.get, CELL_PATHS),
    )  # fmt: skip


def document_row(outcome: Outcome, same_bytes_as: str | None) -> tuple[Any, ...]:
    """Return the row of DOCUMENTS."""
    place, origin = outcome.place, outcome.origin
    return (
        clean(str(place)), clean(place.source), clean(place.member) or None, place.ordinal,
        clean(origin.url), clean(origin.fetched), clean(origin.media_type),
        outcome.size, outcome.sha256, outcome.status, clean(outcome.reason),
        clean(outcome.message) or None,
        outcome.sha256 if outcome.status == "parsed" else None, same_bytes_as,
        outcome.library_version, outcome.model_version,
    )  # fmt: skip
