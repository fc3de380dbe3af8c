"""Arrow tables in, Arrow tables out: reports parsed inside whatever engine runs over the pages.

`parse_batch` is a pure function of a batch, to be given to the map of DuckDB, Polars, pandas, Dask,
Spark or Ray (docs/engines.md has an example of each).  It bounds neither the time nor the memory of a
document: what `nianbao batch` does in processes of its own is here the engine's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Final, Protocol

import pyarrow as pa

from nianbao.batch.score import Model, Verdict
from nianbao.batch.worker import Score, make_scorer

#: One row a document.  `status`, `reason` and `message` are those of an outcome; `record` is the
#: canonical JSON, and from `agency` on its fields; these are null unless `parsed`.
SCHEMA: Final = pa.schema(
    [
        pa.field("status", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("message", pa.string(), nullable=False),
        pa.field("record", pa.string()),
        pa.field("sha256", pa.string()),
        pa.field("agency", pa.string()),
        pa.field("year", pa.int32()),
        pa.field("published", pa.date32()),
        pa.field("confidence", pa.float64()),
        pa.field("checks_failed", pa.int32()),
    ]
)


class ArrowStream(Protocol):
    """What gives Arrow data by the PyCapsule interface: tables and batches of pyarrow, frames of
    Polars and pandas, relations of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a capsule with an ArrowArrayStream."""
        ...


def parse_batch(
    batch: ArrowStream, *, column: str = "content", model: Model | None = None
) -> pa.Table:
    """Parse the documents in `column`, bytes or text, into a table of SCHEMA, row by row.

    A null is `skipped`.  The model, by default the shipped one, is loaded once a process.  Raises
    KeyError for a column that is not there, TypeError for one that holds neither bytes nor text, and
    BundleError when the model cannot be loaded; nothing for what is wrong with a document.
    """
    score = _scorer(model or Model())
    rows = [
        _of_null(column) if document is None else _row(document, score)
        for document in _documents(batch, column)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


@lru_cache(maxsize=1)
def _scorer(model: Model) -> Score:
    return make_scorer(model)


def _documents(batch: ArrowStream, column: str) -> Iterator[bytes | None]:
    reader = pa.RecordBatchReader.from_stream(batch)
    if column not in reader.schema.names:
        raise KeyError(f"no column {column!r} among {reader.schema.names}")
    kind = reader.schema.field(column).type
    if not _holds_documents(kind):
        raise TypeError(f"column {column!r} holds {kind}, neither bytes nor text")
    for part in reader:
        for value in part[column]:
            found = value.as_py()
            yield found.encode() if isinstance(found, str) else found


def _holds_documents(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (
        pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view,
        pa.types.is_fixed_size_binary, pa.types.is_string, pa.types.is_large_string,
        pa.types.is_string_view, pa.types.is_null,
    )  # fmt: skip
    return any(test(kind) for test in tests)


def _of_null(column: str) -> dict[str, Any]:
    return {"status": "skipped", "reason": "no_text", "message": f"“{column}”列是空的"}


def _row(document: bytes, score: Score) -> dict[str, Any]:
    verdict = score(document)
    row = {
        "status": verdict.status,
        "reason": verdict.reason,
        "message": verdict.message,
        "sha256": hashlib.sha256(document).hexdigest(),
    }
    return row | _of_record(verdict)


def _of_record(verdict: Verdict) -> dict[str, Any]:
    data = verdict.record
    if data is None:
        return {}
    record = json.loads(data)
    published = record["published"]
    return {
        "record": data.decode(),
        "agency": record["agency"],
        "year": record["year"],
        "published": None if published is None else date.fromisoformat(published),
        "confidence": record["confidence"],
        "checks_failed": sum(check["status"] == "fail" for check in record["checks"]),
    }
