"""Rows that wait for their links, packed so that they travel between processes and lie on disk.

Which report is chosen is known when the last record has been read.  Until then tables are without
the columns that say it, and `wide` has a row for every report, its cells in one column: 226 columns
of some rows each would be little but headers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.ipc

from nianbao.batch.links import CELL_PATHS
from nianbao.batch.tables import DECIMAL, TABLES, WIDE, Table

Year = int | None

#: Columns that only links can fill, and those of the cells.
_LINKED: Final = frozenset({"chosen", "chosen_report", "link_reason"})
_PATHS: Final = frozenset(CELL_PATHS)
VALUES: Final = pa.field("values", pa.list_(DECIMAL, len(CELL_PATHS)), nullable=False)
_CODEC: Final = "lz4"


def _pending_schema(table: Table) -> pa.Schema:
    fields = [f for f in table.schema if f.name not in _LINKED | _PATHS]
    return pa.schema([*fields, VALUES] if table is WIDE else fields)


#: The Arrow schemas of rows that wait for their links, by the name of their table.
PENDING: Final = {table.name: _pending_schema(table) for table in TABLES}


class Piece(NamedTuple):
    """Rows of one table and year: an Arrow message of `size` bytes, compressed to `data`."""

    table: str
    year: Year
    size: int
    data: bytes


def pack(table: str, year: Year, batch: pa.RecordBatch) -> Piece:
    """Pack rows that have the schema in PENDING."""
    message = batch.serialize()
    return Piece(table, year, message.size, pa.compress(message, codec=_CODEC, asbytes=True))


def unpack(piece: Piece) -> pa.RecordBatch:
    """Return the rows of a piece."""
    message = pa.decompress(piece.data, piece.size, codec=_CODEC)
    return pa.ipc.read_record_batch(message, PENDING[piece.table])
