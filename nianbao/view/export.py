"""The cells of a record as CSV."""

from __future__ import annotations

import csv
import io
from typing import Final

from nianbao.checks.names import number_text
from nianbao.report import Report

COLUMNS: Final = ("path", "value", "raw", "source", "confidence", "start", "end")


def to_csv(report: Report, *, file: str | None = None, header: bool = True) -> str:
    """Return one line for each cell, in the order of the record; null is an empty field.

    `file` adds a first column of that name, for the cells of several reports in one table; `header`
    says whether the line of column names comes first.  Lines end in `\\n`.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    lead = () if file is None else ("file",)
    if header:
        writer.writerow((*lead, *COLUMNS))
    for cell in report.cells:
        value = None if cell.value is None else number_text(cell.value)
        fields = (cell.path, value, cell.raw, cell.source, cell.confidence, cell.start, cell.end)
        writer.writerow(fields if file is None else (file, *fields))
    return buffer.getvalue()
