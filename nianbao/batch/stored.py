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
    from duckdb import DuckDBPyConnection

#: A join of two datasets spills to disk above this rather than take what other programs need.
MEMORY: Final = "4GB"

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
        with duckdb.connect(config=config) as connection:
            try:
                yield connection
            except (duckdb.IOException, duckdb.InvalidInputException) as error:
                raise UnreadableDataset(f"数据集中有文件无法读取：{error}") from error


def open_views(connection: DuckDBPyConnection, directory: Path, prefix: str = "") -> None:
    """Make a view for each table of the dataset in `directory`, its name after `prefix`.

    A table without files is an empty view.  Raises UnreadableDataset where the folder holds no
    documents, a file is damaged, or a column is missing.
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
            nothing.project(f"{empty}, NULL::INTEGER AS year").create_view(view)


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
    import duckdb

    try:
        # The year is told from the file's own folder: duckdb's reading of hive partitions would
        # let a folder `year=…` above the dataset win.
        stored = connection.read_parquet(
            [pattern(path) for path in files], hive_partitioning=False, filename=True
        )
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise UnreadableDataset(f"{files[0].parent}: 文件无法读取：{error}") from error
    missing = [name for name in COLUMNS[table] if name not in stored.columns]
    if missing:
        raise UnreadableDataset(f"{files[0]}: 表 {table} 缺少列 {'、'.join(missing)}")
    names = ", ".join(f'"{name}"' for name in COLUMNS[table])
    stored.project(f"{names}, {_YEAR} AS year").create_view(view)
