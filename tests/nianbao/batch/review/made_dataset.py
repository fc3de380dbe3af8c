"""Small datasets laid out as `nianbao batch` lays them out, made by hand from the column lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, table_cells

DECIMAL = pa.decimal128(38, 12)
TEXT, INT, LONG, REAL, FLAG = pa.string(), pa.int32(), pa.int64(), pa.float64(), pa.bool_()


def _schema(columns: str, kinds: Mapping[str, pa.DataType]) -> pa.Schema:
    return pa.schema([(name, kinds.get(name, TEXT)) for name in columns.split()])


_COUNTS = (
    "cells cells_read cells_blank cells_inferred cells_missing checks_passed checks_failed "
    "checks_skipped warnings"
)
_OFFSETS = {"start": LONG, "end": LONG}
SCHEMAS: dict[str, pa.Schema] = {
    "reports": _schema(
        "report format title agency agency_id agency_confidence province province_code city "
        "city_code county county_code published confidence is_report_score "
        f"{_COUNTS} chosen chosen_report link_reason document url fetched media_type encoding bytes "
        "new_received results_total carried_forward schema_version library_version model_version",
        {
            **dict.fromkeys(_COUNTS.split(), INT),
            **dict.fromkeys(("new_received", "results_total", "carried_forward"), DECIMAL),
            **dict.fromkeys(("agency_confidence", "confidence", "is_report_score"), REAL),
            "published": pa.date32(),
            "chosen": FLAG,
            "bytes": LONG,
        },
    ),
    "cells": _schema(
        "report chosen table row column value raw state start end confidence candidates reason "
        "failed_checks",
        {
            **_OFFSETS,
            "chosen": FLAG,
            "value": DECIMAL,
            "confidence": REAL,
            "candidates": pa.list_(DECIMAL),
            "failed_checks": pa.list_(TEXT),
        },
    ),
    "sections": _schema(
        "report chosen section number heading text start end confidence",
        {**_OFFSETS, "chosen": FLAG, "number": INT, "confidence": REAL},
    ),
    "facts": _schema(
        "report chosen name value unit text start end fact_year",
        {**_OFFSETS, "chosen": FLAG, "value": DECIMAL, "fact_year": INT},
    ),
    "checks": _schema(
        "report chosen check status message expected actual cells",
        {"chosen": FLAG, "expected": DECIMAL, "actual": DECIMAL, "cells": pa.list_(TEXT)},
    ),
    "warnings": _schema("report chosen code message start end", {**_OFFSETS, "chosen": FLAG}),
    "documents": _schema(
        "document source member ordinal url fetched media_type bytes sha256 status reason message "
        "report same_bytes_as library_version model_version",
        {"ordinal": LONG, "bytes": LONG},
    ),
    "wide": _schema(
        "report agency agency_id province city county published format confidence checks_failed",
        {"published": pa.date32(), "confidence": REAL, "checks_failed": INT},
    ),
}


def sha(name: str) -> str:
    """Return the sha256 that stands for the bytes called `name`."""
    return hashlib.sha256(name.encode()).hexdigest()


@dataclass(frozen=True)
class MadeReport:
    """One report; `values` are the cells that are not 0, None one that is missing; `failed` are the
    ids of failed checks."""

    name: str
    year: int | None = 2023
    agency: str | None = "云泽市"
    agency_id: str | None = "yunze"
    province: str | None = "云泽省"
    form: str = "2021"
    published: date | None = date(2024, 1, 20)
    confidence: float = 0.9
    values: Mapping[str, int | str | None] = field(default_factory=dict)
    failed: Sequence[str] = ()
    passed: Sequence[str] = ("requests.balance.total",)
    chosen_by: str | None = None
    link_reason: str | None = None
    url: str | None = None
    title: str | None = None
    library: str = "0.2.0"
    model: str = "tagger 1"

    def cells(self) -> list[dict[str, Any]]:
        """Return the rows of `cells`."""
        rows = []
        for table in (PROACTIVE, REQUESTS, REVIEW):
            for row, columns in table_cells(table, self.form).items():
                for column in columns:
                    value = self.values.get(f"{table}.{row}.{column}", 0)
                    rows.append(self._cell(table, row, column, value))
        return rows

    def value(self, path: str) -> Decimal | None:
        value = self.values.get(path, 0)
        return None if value is None else Decimal(value)

    def head(self) -> dict[str, Any]:
        """Return the row of `reports`."""
        cells = self.cells()
        missing = sum(cell["state"] == "missing" for cell in cells)
        return {
            "report": sha(self.name),
            "format": self.form,
            "title": self.title or f"{self.agency}{self.year}年政府信息公开工作年度报告",
            "agency": self.agency,
            "agency_id": self.agency_id,
            "agency_confidence": 0.9,
            "province": self.province,
            "province_code": None if self.province is None else "990000",
            "published": self.published,
            "confidence": self.confidence,
            "is_report_score": 0.99,
            "cells": len(cells),
            "cells_read": len(cells) - missing,
            "cells_blank": 0,
            "cells_inferred": 0,
            "cells_missing": missing,
            "checks_passed": len(self.passed),
            "checks_failed": len(self.failed),
            "checks_skipped": 0,
            "warnings": 0,
            "chosen": self.chosen_by is None,
            "chosen_report": sha(self.chosen_by or self.name),
            "link_reason": self.link_reason,
            "document": f"in/{self.name}.html",
            "url": self.url,
            "media_type": "text/html",
            "bytes": 1000,
            "new_received": self.value("requests.new_received.total"),
            "results_total": self.value("requests.results_total.total"),
            "carried_forward": self.value("requests.carried_forward.total"),
            "schema_version": "1",
            "library_version": self.library,
            "model_version": self.model,
        }

    def checks(self) -> list[dict[str, Any]]:
        """Return the rows of `checks`."""
        outcomes = [(name, "pass") for name in self.passed] + [(n, "fail") for n in self.failed]
        return [
            {
                "report": sha(self.name),
                "chosen": self.chosen_by is None,
                "check": check,
                "status": status,
                "message": f"{check} 的说明",
                "cells": [],
            }
            for check, status in outcomes
        ]

    def _cell(self, table: str, row: str, column: str, value: int | str | None) -> dict[str, Any]:
        return {
            "report": sha(self.name),
            "chosen": self.chosen_by is None,
            "table": table,
            "row": row,
            "column": column,
            "value": None if value is None else Decimal(value),
            "raw": "" if value is None else str(value),
            "state": "missing" if value is None else "read",
            "confidence": 0.99,
            "candidates": [],
            "reason": "",
            "failed_checks": [],
        }


@dataclass(frozen=True)
class MadeDocument:
    """One input that is no report."""

    name: str
    status: str
    reason: str
    message: str = "说明"
    read: bool = True
    library: str = "0.2.0"
    model: str = "tagger 1"

    def row(self) -> dict[str, Any]:
        """Return the row of `documents`."""
        return {
            "document": f"in/{self.name}.html",
            "source": f"in/{self.name}.html",
            "ordinal": 0,
            "bytes": 10,
            "sha256": sha(self.name) if self.read else None,
            "status": self.status,
            "reason": self.reason,
            "message": self.message,
            "library_version": self.library,
            "model_version": self.model,
        }


def write(
    directory: Path, reports: Iterable[MadeReport], documents: Iterable[MadeDocument] = ()
) -> Path:
    """Write the dataset with its manifest and return `directory`."""
    made = list(reports)
    for report in made:
        head = report.head()
        owned = {"report": head["report"], "chosen": head["chosen"]}
        section = {
            **owned,
            "section": "overview",
            "heading": "一",
            "text": "",
            "start": 0,
            "end": 1,
        }
        tables = {
            "reports": [head],
            "cells": report.cells(),
            "sections": [{**section, "confidence": 1.0}],
            "checks": report.checks(),
            "wide": [{name: head[name] for name in ("report", "agency")}] if head["chosen"] else [],
        }
        for table, rows in tables.items():
            append(directory, table, report.year, rows)
    rows = [_document(report) for report in made] + [document.row() for document in documents]
    append(directory, "documents", None, rows)
    write_manifest(directory)
    return directory


def append(
    directory: Path, table: str, year: int | None, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add `rows` to the file of a table's year, making it where there is none."""
    if table != "documents" and not rows:
        return
    folder = directory / table
    if table != "documents":
        folder /= f"year={'__HIVE_DEFAULT_PARTITION__' if year is None else year}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "part-0.parquet"
    content = pa.Table.from_pylist(list(rows), schema=SCHEMAS[table])
    if path.exists():
        # Not read_table: it would add the column `year` of the folder's name.
        content = pa.concat_tables([pq.ParquetFile(path).read(), content])
    pq.write_table(content, path)


def write_manifest(directory: Path) -> None:
    """Write manifest.json for the Parquet files that are there."""
    files = {
        path.relative_to(directory).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
            "rows": pq.ParquetFile(path).metadata.num_rows,
        }
        for path in sorted(directory.rglob("*.parquet"))
    }
    (directory / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")


def rewrite(directory: Path, table: str, year: int | None, **changes: Any) -> None:
    """Change columns of the first row of a table's year, and the manifest with it."""
    part = f"year={'__HIVE_DEFAULT_PARTITION__' if year is None else year}"
    path = directory / table / ("" if table == "documents" else part) / "part-0.parquet"
    rows = pq.ParquetFile(path).read().to_pylist()
    rows[0].update(changes)
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[table]), path)
    write_manifest(directory)


def mirror(report: MadeReport, name: str) -> MadeReport:
    """Return another page with the same values."""
    return replace(report, name=name, chosen_by=report.name, link_reason="mirror")


def _document(report: MadeReport) -> dict[str, Any]:
    return {
        "document": f"in/{report.name}.html",
        "source": f"in/{report.name}.html",
        "ordinal": 0,
        "url": report.url,
        "bytes": 1000,
        "sha256": sha(report.name),
        "status": "parsed",
        "reason": "",
        "message": "",
        "report": sha(report.name),
        "library_version": report.library,
        "model_version": report.model,
    }
