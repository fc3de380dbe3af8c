"""Opening a dataset that `nianbao batch` wrote: views of its Parquet files in duckdb.

Nothing is fetched and no extension is loaded; what does not fit into memory goes to a scratch folder
that is gone afterwards.
"""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nianbao.exceptions import NianbaoError
from nianbao.report import Number

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

MANIFEST: Final = "manifest.json"

#: A join of two datasets spills to disk above this rather than take what other programs need.
MEMORY: Final = "2GB"

#: Table -> its columns as SQL, as far as they are read here.  `year` is that of the partition.
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "reports": {
        "report": "VARCHAR",
        "format": "VARCHAR",
        "title": "VARCHAR",
        "agency": "VARCHAR",
        "agency_id": "VARCHAR",
        "province": "VARCHAR",
        "province_code": "VARCHAR",
        "city_code": "VARCHAR",
        "county_code": "VARCHAR",
        "published": "DATE",
        "confidence": "DOUBLE",
        "is_report_score": "DOUBLE",
        "cells": "INTEGER",
        "cells_missing": "INTEGER",
        "checks_passed": "INTEGER",
        "checks_failed": "INTEGER",
        "checks_skipped": "INTEGER",
        "warnings": "INTEGER",
        "chosen": "BOOLEAN",
        "chosen_report": "VARCHAR",
        "link_reason": "VARCHAR",
        "document": "VARCHAR",
        "url": "VARCHAR",
        "new_received": "DECIMAL(38,12)",
        "results_total": "DECIMAL(38,12)",
        "carried_forward": "DECIMAL(38,12)",
        "library_version": "VARCHAR",
        "model_version": "VARCHAR",
    },
    "cells": {
        "report": "VARCHAR",
        "chosen": "BOOLEAN",
        "table": "VARCHAR",
        "row": "VARCHAR",
        "column": "VARCHAR",
        "value": "DECIMAL(38,12)",
        "raw": "VARCHAR",
        "state": "VARCHAR",
        "confidence": "DOUBLE",
        "failed_checks": "VARCHAR[]",
    },
    "sections": {"report": "VARCHAR", "chosen": "BOOLEAN"},
    "facts": {"report": "VARCHAR", "chosen": "BOOLEAN"},
    "checks": {
        "report": "VARCHAR",
        "chosen": "BOOLEAN",
        "check": "VARCHAR",
        "status": "VARCHAR",
        "message": "VARCHAR",
    },
    "warnings": {"report": "VARCHAR", "chosen": "BOOLEAN"},
    "documents": {
        "document": "VARCHAR",
        "source": "VARCHAR",
        "member": "VARCHAR",
        "ordinal": "BIGINT",
        "url": "VARCHAR",
        "bytes": "BIGINT",
        "sha256": "VARCHAR",
        "status": "VARCHAR",
        "reason": "VARCHAR",
        "message": "VARCHAR",
        "report": "VARCHAR",
        "same_bytes_as": "VARCHAR",
        "library_version": "VARCHAR",
        "model_version": "VARCHAR",
    },
    "wide": {"report": "VARCHAR"},
}

#: What stands for the agency of a report: its id, else its name and province, as the dataset's own
#: choice of versions takes it.
_AGENCY_KEY: Final = (
    "coalesce(nullif(agency_id, ''), nullif(coalesce(province, '') || ' ' || agency, ' '))"
)
_YEAR: Final = (
    r"try_cast(regexp_extract(filename, '[/\\]year=([0-9]+)[/\\][^/\\]*$', 1) AS INTEGER)"
)


class UnreadableDataset(NianbaoError):
    """A folder that is no dataset of `nianbao batch`, or one with damaged files."""

    code = "unreadable_dataset"


@contextmanager
def connected() -> Iterator[DuckDBPyConnection]:
    """Give a connection to an empty database.

    Raises UnreadableDataset for a Parquet file that turns out to be damaged while it is used.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="nianbao-") as scratch:
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": scratch,
            "memory_limit": MEMORY,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with (
            duckdb.connect(config=config) as connection,
            damage_named("数据集中有文件无法读取"),
        ):
            yield connection


@contextmanager
def damage_named(what: str) -> Iterator[None]:
    """Raise UnreadableDataset, with `what` before the reason, for a damaged Parquet file."""
    import duckdb

    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
        raise  # a fault of the query
    # Of 150 files with changed bytes most raise a bare duckdb.Error; where the message holds bytes of
    # the file, making it a str raises the others.
    except (duckdb.Error, UnicodeDecodeError, RuntimeError) as error:
        raise UnreadableDataset(f"{what}：{error}") from error


def open_views(connection: DuckDBPyConnection, directory: Path, prefix: str = "") -> None:
    """Make a view for each table of the dataset in `directory`, its name after `prefix`.

    A table without files is an empty view.  `reports` has a column `agency_key` beside its own: the
    agency's id, else its name and province.  Raises UnreadableDataset where the folder holds no
    documents, a file is damaged, or a column is missing or of another type.
    """
    if not directory.is_dir():
        raise UnreadableDataset(f"{directory}: 文件夹不存在")
    for table, columns in COLUMNS.items():
        files = parquet_files(directory / table)
        if table == "documents" and not files:
            raise UnreadableDataset(
                f"{directory}: 不是 nianbao batch 写出的数据集，没有 documents 表"
            )
        view = f"{prefix}{table}"
        if files:
            _view_of_files(connection, files, view, table)
        else:
            empty = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
            nothing = connection.sql("SELECT 1 WHERE false")
            nothing = nothing.project(f"{empty}, NULL::INTEGER AS year")
            _create_view(nothing, view, table)


def exact(number: Decimal | None) -> Number | None:
    """Return a stored number without the zeros that its column's scale adds."""
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else number.normalize()


def parquet_files(folder: Path) -> list[Path]:
    """Return the Parquet files below `folder`, in order of their names."""
    return sorted(folder.rglob("*.parquet"))


def pattern(path: Path) -> str:
    """Return `path` so that duckdb, which takes every file name as a pattern, finds just it."""
    return glob.escape(str(path))


def _view_of_files(
    connection: DuckDBPyConnection, files: list[Path], view: str, table: str
) -> None:
    # The year is told from the file's own folder: duckdb's reading of hive partitions would let a
    # folder `year=…` above the dataset win.
    with damage_named(f"{files[0].parent}: 文件无法读取"):
        stored = connection.read_parquet(
            [pattern(path) for path in files], hive_partitioning=False, filename=True
        )
    kinds = dict(zip(stored.columns, map(str, stored.types), strict=True))
    wrong = [name for name, kind in COLUMNS[table].items() if kinds.get(name) != kind]
    if wrong:
        raise UnreadableDataset(
            f"{files[0]}: 表 {table} 缺少列 {'、'.join(wrong)}，或其类型不是 nianbao batch 所写的"
        )
    names = ", ".join(f'"{name}"' for name in COLUMNS[table])
    _create_view(stored.project(f"{names}, {_YEAR} AS year"), view, table)


def _create_view(rows: DuckDBPyRelation, view: str, table: str) -> None:
    if table == "reports":
        rows = rows.project(f"*, {_AGENCY_KEY} AS agency_key")
    rows.create_view(view)
