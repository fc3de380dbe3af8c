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
from typing import Final, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nianbao.batch.pieces import Piece, Year, unpack
from nianbao.batch.tables import Table

#: What hive calls the partition of null.
NULL_YEAR: Final = "__HIVE_DEFAULT_PARTITION__"
_FOLDER: Final = re.compile(r"year=(-?\d+|" + NULL_YEAR + ")")

#: A row group ends with the row that brings its texts to this size, however few its rows.
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
    """Packed rows in one file, to be read back table by table and year by year; a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._places: dict[tuple[str, Year], list[_Place]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, piece: Piece) -> None:
        """Add rows of one table and year behind those that it has."""
        place = _Place(self._file.tell(), len(piece.data), piece.size)
        self._places.setdefault((piece.table, piece.year), []).append(place)
        self._file.write(piece.data)

    def years(self, table: Table) -> list[Year]:
        """Return the years of which the table has rows, in order."""
        return in_order(year for name, year in self._places if name == table.name)

    def batches(self, table: Table, year: Year) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one table and year; threads may read at once."""
        self._file.flush()
        with self._path.open("rb") as file:
            for place in self._places.get((table.name, year), ()):
                file.seek(place.offset)
                data = file.read(place.length)
                yield unpack(Piece(table.name, year, place.size, data))


class _Place(NamedTuple):
    """Where the bytes of a piece lie, and the size that they unpack to."""

    offset: int
    length: int
    size: int


def write_parquet(path: Path, table: Table, groups: Iterable[pa.Table]) -> int:
    """Write one file, the same bytes for the same row groups; return its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with pq.ParquetWriter(path, table.schema, **_WRITING) as writer:
        for group in groups:
            writer.write_table(group, row_group_size=group.num_rows)
            rows += group.num_rows
    return rows


def row_groups(batches: Iterable[pa.RecordBatch], table: Table) -> Iterator[pa.Table]:
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
            end = table.row_group
            if size >= _GROUP_BYTES:
                end = min(end, _end_of_text(whole))
            if end > rows:
                break
            group, rest = whole.slice(0, end), whole.slice(end)
            yield group.combine_chunks()
            pending, rows, size = rest.to_batches(), rest.num_rows, rest.nbytes
    if rows:
        yield pa.Table.from_batches(pending).combine_chunks()


def _end_of_text(rows: pa.Table) -> int:
    """Return behind which row a group ends for the size of its texts, beyond the last if it does not."""
    sizes = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        if pa.types.is_string(column.type):
            sizes += pc.fill_null(pc.binary_length(column), 0).to_numpy()
    return int(np.searchsorted(sizes.cumsum(), _GROUP_BYTES)) + 1


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
