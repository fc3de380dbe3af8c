"""What a batch or a service found, document by document: a dataset's tables, or a folder of records.

Only what is known without reading a document again, and in bounded memory: a row of some 300 bytes at
a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from nianbao.batch.outcome import Place
from nianbao.exceptions import NianbaoError
from nianbao.report import Report

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Names of files that hold one record, and of those that hold one a line.
RECORD, LINES = (".json",), (".jsonl", ".ndjson")
_AT_ONCE: Final = 2048


class NoListing(NianbaoError):
    """A folder that is neither a dataset nor holds records, or a file that holds something else."""

    code = "no_listing"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document that a model has read: a report, or a page that it took for none.

    `place` is where a batch found it, None for a record of a service.  Of a report: `confidence` is
    that of its record (`confidence_of`), `failed` how many of its sums fail, `doubt` how doubtful the least certain cell
    in them is, in [0, 1] (1 for one that is missing), and `missing` the share of its cells that are.
    """

    sha256: str
    status: Literal["parsed", "not_report"]
    is_report_score: float
    place: Place | None = None
    url: str | None = None
    agency: str | None = None
    agency_id: str | None = None
    confidence: float = 0.0
    failed: int = 0
    doubt: float = 0.0
    missing: float = 0.0


def confidence_of(stated: float, cells: int, form: str | None) -> float:
    """Return the confidence of a record, which says 0 where there are no cells to be sure of: tables
    from before 2019 are not read, and a later report without any may be a page that shows none."""
    if cells:
        return stated
    return 1.0 if form == "pre2019" else 0.5


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder of results; `inputs` is what the batch read, as it was named, () for records."""

    path: Path
    kind: Literal["dataset", "records"]
    inputs: tuple[str, ...]

    def documents(self) -> Iterator[Listed]:
        """Yield each distinct document once, in a fixed order.

        Raises UnreadableDataset for a damaged dataset and NoListing for a file that is no record.
        """
        return _of_dataset(self.path) if self.kind == "dataset" else _of_records(self.path)


def open_listing(path: Path) -> Listing:
    """Look what is in `path`, a folder or a file of records.

    Raises NoListing where there is neither a dataset nor a record, and for a manifest that is none.
    """
    if (path / "documents").is_dir():
        return Listing(path, "dataset", _inputs(path))
    if not path.exists():
        raise NoListing(f"{path}: 文件夹不存在")
    if next(_record_files(path), None) is None:
        raise NoListing(
            f"{path}: 既不是 nianbao batch 写出的数据集，其中也没有记录（JSON 或 JSONL）"
        )
    return Listing(path, "records", ())


def _inputs(path: Path) -> tuple[str, ...]:
    try:
        found = json.loads((path / "manifest.json").read_bytes())["inputs"]
        return tuple(map(str, found))
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError) as error:
        raise NoListing(f"{path / 'manifest.json'}: 其中没有 inputs，无法得知输入在哪里") from error


# A dataset ---------------------------------------------------------------------------------------

_REPORTS: Final = """
SELECT r.report, d.source, d.member, d.ordinal, r.url, r.agency, r.agency_id, r.confidence,
       r.is_report_score, r.cells, r.cells_missing, r.format, coalesce(f.failed, 0), coalesce(f.doubt, 0.0)
FROM reports r
JOIN documents d ON d.document = r.document
LEFT JOIN (
    SELECT report, count(DISTINCT name) AS failed,
           max(CASE WHEN state IN ('missing', 'inferred') THEN 1.0 ELSE 1.0 - confidence END) AS doubt
    FROM (SELECT report, state, confidence, unnest(failed_checks) AS name FROM cells)
    WHERE NOT starts_with(name, 'narrative.')
    GROUP BY report
) f ON f.report = r.report
ORDER BY r.report
"""
_OTHERS: Final = """
SELECT sha256, source, member, ordinal, url, message FROM documents
WHERE status = 'not_report' AND same_bytes_as IS NULL AND sha256 IS NOT NULL
ORDER BY sha256
"""
#: What `nianbao.pipeline` says of a page that is no report.
_PROBABILITY: Final = re.compile(r"概率 (\d(?:\.\d+)?)")


def _of_dataset(path: Path) -> Iterator[Listed]:
    from nianbao.batch.review.stored import connected, open_views

    with connected() as connection:
        open_views(connection, path)
        for row in _rows(connection, _REPORTS):
            confidence, score, cells, lost, form, failed, doubt = row[7:]
            yield Listed(
                row[0], "parsed", score, _place(row), row[4], row[5], row[6],
                confidence_of(confidence, cells, form), failed, doubt, lost / max(1, cells),
            )  # fmt: skip
        for row in _rows(connection, _OTHERS):
            found = _PROBABILITY.search(row[5] or "")
            score = 1 - float(found.group(1)) if found else 0.0
            yield Listed(row[0], "not_report", round(score, 4), _place(row), row[4])


def _place(row: tuple[Any, ...]) -> Place:
    return Place(row[1], row[2] or "", row[3])


def _rows(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    # A cursor: the connection itself has one result at a time.
    with connection.cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


# Records -----------------------------------------------------------------------------------------


def _of_records(path: Path) -> Iterator[Listed]:
    seen: set[str] = set()
    for file in _record_files(path):
        for where, data in _pieces(file):
            report = _report(data, where)
            if report is not None and report.source.sha256 not in seen:
                seen.add(report.source.sha256)
                yield listed(report)


def listed(report: Report) -> Listed:
    """Return what a record tells of its document."""
    failed = [
        check
        for check in report.checks
        if check.status == "fail" and not check.id.startswith("narrative.")
    ]
    looked_at = {path for check in failed for path in check.cells}
    doubts = [
        1.0 if cell.source in ("missing", "inferred") else 1.0 - cell.confidence
        for cell in report.cells
        if cell.path in looked_at
    ]
    missing = sum(cell.source == "missing" for cell in report.cells)
    return Listed(
        report.source.sha256,
        "parsed" if report.is_report else "not_report",
        report.is_report_score,
        agency=report.agency,
        confidence=confidence_of(report.confidence, len(report.cells), report.format)
        if report.is_report
        else 0.0,
        failed=len(failed),
        doubt=max(doubts, default=0.0),
        missing=missing / len(report.cells) if report.cells else 0.0,
    )


def _record_files(path: Path) -> Iterator[Path]:
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    for file in files:
        if file.is_file() and file.suffix.lower() in (*RECORD, *LINES):
            yield file


def _pieces(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the records of a file and where each stands."""
    if file.suffix.lower() in RECORD:
        yield str(file), file.read_bytes()
        return
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield f"{file}:{number}", line


def _report(data: bytes, where: str) -> Report | None:
    """Return the record, also where a service has it in `{"id", "record"}`; None for a problem."""
    import msgspec

    from nianbao.batch.rows import read_record

    try:
        fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        if "problem" in fields and "record" not in fields:
            return None
        return read_record(bytes(fields["record"]) if "record" in fields else data)
    except msgspec.MsgspecError as error:
        raise NoListing(f"{where}: 不是 nianbao 的记录：{error}") from error
