"""Links -> what rows lacked while they waited for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nianbao.batch.links import CELL_PATHS, Link
from nianbao.batch.pieces import VALUES
from nianbao.batch.tables import REPORTS, WIDE, Table


class Linked:
    """The links of all reports, to finish rows with."""

    def __init__(self, links: Mapping[str, Link]) -> None:
        self._links = links
        self._chosen = pa.array(
            [name for name, found in links.items() if found.chosen], pa.string()
        )

    def keep(self, table: Table, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows that the finished table has: in `wide`, those of chosen reports."""
        if table is not WIDE:
            yield from batches
            return
        for batch in batches:
            names = batch.column("report").to_pylist()
            yield batch.filter(pa.array([self._links[name].chosen for name in names]))

    def finish(self, table: Table, rows: pa.Table) -> pa.Table:
        """Return pending rows as the table has them."""
        columns = dict(zip(rows.column_names, rows.columns, strict=True))
        if table is WIDE:
            columns |= _cells_apart(columns.pop(VALUES.name))
        elif table is REPORTS:
            links = [self._links[name] for name in rows.column("report").to_pylist()]
            columns["chosen_report"] = pa.array([found.chosen_report for found in links])
            columns["link_reason"] = pa.array([found.reason for found in links], pa.string())
        if "chosen" in table.schema.names:
            columns["chosen"] = pc.is_in(columns["report"], self._chosen)
        return pa.table([columns[name] for name in table.schema.names], schema=table.schema)


def _cells_apart(values: pa.ChunkedArray) -> dict[str, pa.Array]:
    """One column for each cell, out of the one that has them row by row."""
    rows, width = len(values), len(CELL_PATHS)
    by_column = np.arange(rows * width).reshape(rows, width).T.ravel()
    turned = values.combine_chunks().flatten().take(pa.array(by_column))
    return {path: turned.slice(n * rows, rows) for n, path in enumerate(CELL_PATHS)}
