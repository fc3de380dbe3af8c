"""Parquet files: every row with a document in one of its columns."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from nianbao.batch.outcome import Item
from nianbao.batch.sources.fields import Fields, fields_of, missing_text
from nianbao.batch.sources.guard import Damage
from nianbao.batch.sources.names import name_in_url
from nianbao.batch.sources.options import SourceOptions
from nianbao.batch.sources.streams import from_bytes, seekable
from nianbao.batch.sources.walk import Spot, Walk

_BROKEN: Final = (pa.ArrowException, OSError, ValueError, LookupError, MemoryError, TypeError)
_MAX_SKIP: Final = 1 << 32  # rows that a damaged file may claim to have lost
_PAGE: Final = 1 << 20  # bytes that are read of the file in one go


def read_parquet(walk: Walk, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
    """Yield an item for every row; after a damaged row group the next."""
    with seekable(stream, walk.limits) as file:
        try:
            table = pq.ParquetFile(file, pre_buffer=False, buffer_size=_PAGE)
            schema = table.schema_arrow
            groups = [table.metadata.row_group(i).num_rows for i in range(table.num_row_groups)]
        except _BROKEN:
            message = "Parquet 文件不完整或已损坏：结尾的目录无法读取，其中的数据都不能读出"
            raise Damage("broken", message) from None
        columns = _columns(schema, walk.options)
        rows = _Rows(walk, table, columns, Spot(spot.inside, "", spot.depth + 1))
        for number, count in enumerate(groups):
            yield from rows.group(number, count)


def _columns(schema: Any, options: SourceOptions) -> Fields:
    """Return the columns; raises Damage when none has texts or bytes."""
    columns = fields_of(schema.names, options)
    others = (columns.url, columns.date)
    texts = [f.name for f in schema if _holds_bytes(f.type) and f.name not in others]
    text = fields_of(texts, options).text
    if text is None and options.text_field is None and len(texts) == 1:
        text = texts[0]
    if text is None:
        raise Damage("no_text_field", missing_text(schema.names, options))
    return Fields(text, columns.url, columns.date)


def _holds_bytes(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return _is_text(kind) or any(
        test(kind)
        for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    )


def _is_text(kind: Any) -> bool:
    return any(
        test(kind)
        for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    )


@dataclass(frozen=True, slots=True)
class _Row:
    data: bytes | None
    is_text: bool
    cells: dict[str, object]


@dataclass(frozen=True, slots=True)
class _Rows:
    walk: Walk
    table: Any
    columns: Fields
    spot: Spot

    def group(self, number: int, count: int) -> Iterator[Item]:
        """Yield the items of a row group of `count` rows."""
        done = 0
        wanted = {name for name in (self.columns.text, self.columns.url, self.columns.date) if name}
        batches: Iterator[Any] | None = None
        while True:
            try:
                # One row at a time: a page may repeat one value of 60 MB in any number of rows.  It
                # costs 0.05 ms a row.
                batches = batches or self.table.iter_batches(
                    batch_size=1, row_groups=[number], columns=sorted(wanted), use_threads=False
                )
                batch = next(batches, None)
                row = None if batch is None else self._row(batch)
            except _BROKEN:
                message = f"Parquet 文件的第 {number + 1} 个行组已损坏，从其中第 {done + 1} 行起"
                yield self.walk.failed(self.spot, Damage("broken", message))
                self.walk.skip(self.spot.path, min(max(0, count - done - 1), _MAX_SKIP))
                return
            if row is None:
                return
            done += 1
            yield from self._items(row)

    def _row(self, batch: Any) -> _Row:
        scalar = batch.column(self.columns.text)[0]
        if isinstance(scalar, pa.DictionaryScalar):
            scalar = scalar.value
        buffer = scalar.as_buffer() if scalar.is_valid else None
        cells = {
            name: _cell(batch.column(name)[0])
            for name in (self.columns.url, self.columns.date)
            if name is not None
        }
        return _Row(buffer and buffer.to_pybytes(), _is_text(scalar.type), cells)

    def _items(self, row: _Row) -> Iterator[Item]:
        place = self.walk.take(self.spot.path)
        spot = replace(self.spot, place=place, origin=self.columns.origin(row.cells))
        if not row.data:
            yield self.walk.skipped(spot, "no_text", f"“{self.columns.text}”列是空的")
            return
        self.walk.budget.inflate(len(row.data))
        if row.is_text:
            yield self.walk.text(row.data, spot)
            return
        spot = replace(spot, hint=name_in_url(spot.origin.url), size=len(row.data))
        yield from self.walk.expand(self.walk, from_bytes(row.data), spot)


def _cell(scalar: Any) -> object:
    try:
        value: object = scalar.as_py()
    except (pa.ArrowException, ValueError):
        return None
    return value
