"""From one record to the rows of the tables, column by column, all but what linking adds.

A record has 200 cells and a run 100,000 records: no row is an object here.  Every function returns
the columns of its table as lists of one length, and `Rows` strings them together until they are made
into Arrow arrays.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import repeat
from typing import Any, Final

import msgspec
import pyarrow as pa

from nianbao.batch.links import CELL_PATHS
from nianbao.batch.outcome import Outcome
from nianbao.batch.pieces import PENDING
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
from nianbao.report import CellValue, CheckResult, Fact, Number, Report, Warning_

Columns = Sequence[Sequence[Any]]

#: Values are below this in size: the digits before the point that DECIMAL has.
_BOUND: Final[int] = 10 ** (DECIMAL.precision - DECIMAL.scale)
#: Digits behind the point that DECIMAL has.
_SCALE: Final[int] = DECIMAL.scale
_TOTALS: Final = tuple(
    f"requests.{row}.total" for row in ("new_received", "results_total", "carried_forward")
)

#: Takes 0.6 ms for a record of 90 kB, where `json.loads` takes 1.3 ms to make nothing but dicts.
_DECODER: Final = msgspec.json.Decoder(Report)

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
    """A report with what is not in its record: its agency and its first outcome."""

    report: Report
    agency: Agency
    first: Outcome


def read_record(data: bytes) -> Report:
    """Parse a record, decimals kept exact, numbers that DECIMAL cannot hold left out.

    Each of those becomes a warning `number_not_held`; `raw` still has its digits.  Raises
    msgspec.DecodeError for what is no record.
    """
    report = _DECODER.decode(data)
    return report if all(map(_holds, _numbers(report))) else _held(report)


def _numbers(report: Report) -> Iterator[Number | None]:
    for cell in report.cells:
        yield cell.value
        yield from cell.candidates
    for fact in report.facts:
        yield fact.value
    for check in report.checks:
        yield check.expected
        yield check.actual


def _held(report: Report) -> Report:
    """Leave out the numbers of `report` that DECIMAL cannot hold."""
    lost: list[Warning_] = []
    return replace(
        report,
        cells=tuple([_held_cell(cell, lost) for cell in report.cells]),
        facts=tuple([fact for fact in report.facts if _is_held(fact, lost)]),
        checks=tuple([_held_check(check, lost) for check in report.checks]),
        warnings=(*report.warnings, *lost),
    )


def _held_cell(cell: CellValue, lost: list[Warning_]) -> CellValue:
    if not _holds(cell.value):
        lost.append(_not_held(cell.path, cell))
        cell = replace(cell, value=None, source="missing")
    if not all(map(_holds, cell.candidates)):
        lost.append(_not_held(cell.path, cell))
        cell = replace(cell, candidates=tuple(filter(_holds, cell.candidates)))
    return cell


def _is_held(fact: Fact, lost: list[Warning_]) -> bool:
    held = _holds(fact.value)
    if not held:
        lost.append(_not_held(fact.name, fact))
    return held


def _held_check(check: CheckResult, lost: list[Warning_]) -> CheckResult:
    if not _holds(check.expected):
        lost.append(_not_held(check.id))
        check = replace(check, expected=None)
    if not _holds(check.actual):
        lost.append(_not_held(check.id))
        check = replace(check, actual=None)
    return check


def _holds(value: Number | None) -> bool:
    if value is None:
        return True
    if isinstance(value, int):
        return -_BOUND < value < _BOUND
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_SCALE and -_BOUND < value < _BOUND


def _not_held(name: str, place: CellValue | Fact | None = None) -> Warning_:
    message = f"{name} 的数字位数过多，数据表中未载"
    if place is None:
        return Warning_("number_not_held", message)
    return Warning_("number_not_held", message, place.start, place.end)


def clean(text: str | None) -> str | None:
    """Return `text` as UTF-8 can say it: bytes of a file name that are none stand as `\\udcXX`."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def published(report: Report) -> datetime.date | None:
    """Return the date of publication, None where the record has none."""
    text = report.published
    return None if text is None else datetime.date.fromisoformat(text)


class Rows:
    """Rows of some tables, gathered column by column."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._columns: dict[str, list[list[Any]]] = {
            table.name: [[] for _ in PENDING[table.name]] for table in tables
        }

    def add(self, table: Table, columns: Columns) -> None:
        """Append rows of `table`, given as its columns."""
        for mine, more in zip(self._columns[table.name], columns, strict=True):
            mine.extend(more)

    def add_report(self, found: Found) -> None:
        """Append the rows of one report to every table but `documents`."""
        report = found.report
        sha256 = report.source.sha256
        self.add(REPORTS, [(value,) for value in report_row(found)])
        self.add(CELLS, cell_columns(report))
        self.add(SECTIONS_TABLE, _listed(report.sections, sha256, _SECTION))
        self.add(FACTS, _listed(report.facts, sha256, _FACT))
        self.add(CHECKS, _listed(report.checks, sha256, _CHECK))
        self.add(WARNINGS, _listed(report.warnings, sha256, _WARNING))
        self.add(WIDE, [(value,) for value in wide_row(found)])

    def add_document(self, outcome: Outcome, same_bytes_as: str | None) -> None:
        """Append the row of one document; `same_bytes_as` is the first document with its bytes,
        None for that one."""
        self.add(DOCUMENTS, [(value,) for value in document_row(outcome, same_bytes_as)])

    def take(self) -> dict[str, pa.RecordBatch]:
        """Return what was gathered, by table, and begin anew; tables without rows are left out."""
        batches = {}
        for name, columns in self._columns.items():
            if columns[0]:
                schema = PENDING[name]
                arrays = [
                    pa.array(values, field.type)
                    for values, field in zip(columns, schema, strict=True)
                ]
                batches[name] = pa.RecordBatch.from_arrays(arrays, schema=schema)
            self._columns[name] = [[] for _ in columns]
        return batches


_SECTION: Final = ("id", "number", "heading", "text", "start", "end", "confidence")
_FACT: Final = ("name", "value", "unit", "text", "start", "end", "year")
_CHECK: Final = ("id", "status", "message", "expected", "actual", "cells")
_WARNING: Final = ("code", "message", "start", "end")


def _listed(items: Sequence[object], sha256: str, names: tuple[str, ...]) -> Columns:
    """The columns of a table whose rows are the items of a list of the record."""
    return [[sha256] * len(items), *([getattr(item, name) for item in items] for name in names)]


def cell_columns(report: Report) -> Columns:
    """Return the columns of CELLS for one record."""
    cells = report.cells
    paths = [cell.path for cell in cells]
    parts = [_path(path) for path in paths]
    failed: dict[str, list[str]] = {}
    for check in report.checks:
        if check.status == "fail":
            for path in check.cells:
                failed.setdefault(path, []).append(check.id)
    return [
        [report.source.sha256] * len(cells),
        [part.table for part in parts],
        [part.row for part in parts],
        [part.column for part in parts],
        [cell.value for cell in cells],
        [cell.raw for cell in cells],
        [cell.source for cell in cells],
        [cell.start for cell in cells],
        [cell.end for cell in cells],
        [cell.confidence for cell in cells],
        [cell.candidates for cell in cells],
        [cell.reason for cell in cells],
        list(map(failed.get, paths, repeat(()))),
    ]


def report_row(found: Found) -> tuple[Any, ...]:
    """Return the row of REPORTS."""
    report, agency, first = found.report, found.agency, found.first
    states = [cell.source for cell in report.cells]
    statuses = [check.status for check in report.checks]
    totals = dict.fromkeys(_TOTALS)
    totals.update({cell.path: cell.value for cell in report.cells if cell.path in totals})
    source = report.source
    return (
        source.sha256, report.format, report.title,
        report.agency, agency.agency_id, agency.confidence,
        agency.province, agency.province_code, agency.city, agency.city_code,
        agency.county, agency.county_code,
        published(report), report.confidence, report.is_report_score,
        len(states), *(states.count(state) for state in ("read", "blank", "inferred", "missing")),
        *(statuses.count(status) for status in ("pass", "fail", "skipped")),
        len(report.warnings),
        clean(str(first.place)), clean(first.origin.url), clean(first.origin.fetched),
        source.media_type, source.encoding, source.bytes,
        *totals.values(),
        report.schema_version, source.library_version, source.model_version,
    )  # fmt: skip


def wide_row(found: Found) -> tuple[Any, ...]:
    """Return the row of WIDE, its cells as one list."""
    report, agency = found.report, found.agency
    values = {cell.path: cell.value for cell in report.cells}
    return (
        report.source.sha256, report.agency, agency.agency_id,
        agency.province, agency.city, agency.county,
        published(report), report.format, report.confidence,
        sum(check.status == "fail" for check in report.checks),
        list(map(values.get, CELL_PATHS)),
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
