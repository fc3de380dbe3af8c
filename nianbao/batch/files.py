"""How tables lie on disk: a spool while they are made, Parquet files when they are done.

Reports of one year come from all over the inputs.  Holding a row group of every table and year in
memory would take gigabytes; the spool keeps batches of some hundred rows on disk instead, and each
file is written from end to end, so that all files of a run never need to be open at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from nianbao.batch.tables import Table

Year = int | None

#: What hive calls the partition of null.
NULL_YEAR: Final = "__HIVE_DEFAULT_PARTITION__"
_FOLDER: Final = re.compile(r"year=(-?\d+|" + NULL_YEAR + ")")

#: A row group ends with the batch that brings it to this size in memory, however few its rows.
_GROUP_BYTES: Final = 64 * 1024 * 1024
#: Everything that could vary between writers of the same rows.
_WRITING: Final = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": True,
    "write_statistics": True,
    "store_schema": False,
}


def in_order(years: Iterable[Year]) -> list[Year]:
    """Return `years` from the first to the last, the unknown one behind them."""
    return sorted(years, key=lambda year: (year is None, year or 0))


def part_path(table: Table, year: Year) -> str:
    """Return where the rows of `year` lie below the dataset's folder, with forward slashes."""
    if not table.partitioned:
        return f"{table.name}/part-0.parquet"
    return f"{table.name}/year={NULL_YEAR if year is None else year}/part-0.parquet"


class Spool:
    """Batches of one table on disk, to be read back year by year; a context manager."""

    def __init__(self, path: Path, table: Table) -> None:
        self.table = table
        self._path = path
        self._numbers: dict[Year, list[int]] = {}
        self._count = 0
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer = pa.ipc.new_file(str(path), table.schema, options=options)
        self._mapped: pa.MemoryMappedFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        if self._mapped is not None:
            self._mapped.close()

    def append(self, year: Year, batch: pa.RecordBatch) -> None:
        """Add rows of one year behind those that it has."""
        self._writer.write_batch(batch)
        self._numbers.setdefault(year, []).append(self._count)
        self._count += 1

    def years(self) -> list[Year]:
        """Return the years that have rows, in order."""
        return in_order(self._numbers)

    def batches(self, year: Year) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one year; nothing can be added from then on."""
        if self._mapped is None:
            self._writer.close()
            self._mapped = pa.memory_map(str(self._path))
            self._reader = pa.ipc.open_file(self._mapped)
        for number in self._numbers.get(year, ()):
            yield self._reader.get_batch(number)


def write_parquet(path: Path, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
    """Write one file, the same bytes for the same batches; return its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with pq.ParquetWriter(path, table.schema, **_WRITING) as writer:
        for group in _groups(batches, table):
            writer.write_table(group, row_group_size=group.num_rows)
            rows += group.num_rows
    return rows


def _groups(batches: Iterable[pa.RecordBatch], table: Table) -> Iterator[pa.Table]:
    """Yield row groups in one piece each: pages end where pieces end, and must not show how the rows
    were batched."""
    pending: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        pending.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        while rows >= table.row_group or size >= _GROUP_BYTES:
            whole = pa.Table.from_batches(pending)
            group, rest = whole.slice(0, table.row_group), whole.slice(table.row_group)
            yield group.combine_chunks()
            pending, rows, size = rest.to_batches(), rest.num_rows, rest.nbytes
    if rows:
        yield pa.Table.from_batches(pending).combine_chunks()


def parts(directory: Path, table: Table) -> list[tuple[Year, Path]]:
    """Return the files of `table` in the dataset in `directory`, in order of year.

    Raises FileNotFoundError when it has none.
    """
    folder = directory / table.name
    found: list[tuple[Year, Path]] = []
    for year_folder in folder.iterdir() if table.partitioned else (folder,):
        match = _FOLDER.fullmatch(year_folder.name)
        if match or not table.partitioned:
            year = None if not match or match[1] == NULL_YEAR else int(match[1])
            found += [(year, path) for path in year_folder.glob("*.parquet")]
    if not found:
        raise FileNotFoundError(f"{folder}: no Parquet files")
    return sorted(found, key=lambda part: (part[0] is None, part[0] or 0, part[1]))


def read_batches(directory: Path, table: Table, *, rows: int = 8192) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `table` with their year, in order, at most `rows` at once.

    Raises FileNotFoundError when the dataset in `directory` has no such table.
    """
    schema = table.full_schema
    for year, path in parts(directory, table):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=rows):
                columns = batch.columns
                if table.partitioned:
                    columns.insert(1, pa.repeat(pa.scalar(year, pa.int32()), batch.num_rows))
                yield pa.RecordBatch.from_arrays(columns, schema=schema)


def reader(directory: Path, table: Table) -> pa.RecordBatchReader:
    """Return `read_batches` as Arrow reads it; raises as that does."""
    return pa.RecordBatchReader.from_batches(table.full_schema, read_batches(directory, table))
