"""Whether a dataset is whole and agrees with itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from nianbao.batch.review.stored import (
    MANIFEST,
    UnreadableDataset,
    connected,
    damage_named,
    open_views,
    parquet_files,
    pattern,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Tables whose rows belong to a report.
_OWNED: Final = ("cells", "sections", "facts", "checks", "warnings")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: a stable `code`, and what it is in Chinese.  `subject` is the file,
    or the first of `count` reports, documents, … that it is true of."""

    code: str
    message: str
    subject: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Stated:
    """What the manifest says of a file; `rows` is None for what is no table."""

    sha256: str
    bytes: int
    rows: int | None


def verify(directory: Path) -> list[Finding]:
    """Return what is wrong with the dataset in `directory`, an empty list when it is sound.

    Every file of the manifest is read and hashed.  The tables are compared with each other only
    when all of them can be read.  Raises UnreadableDataset where the folder does not exist.
    """
    if not directory.is_dir():
        raise UnreadableDataset(f"{directory}: 文件夹不存在")
    findings: list[Finding] = []
    stated = _manifest(directory, findings)
    with connected() as connection:
        findings += _files(directory, stated, connection)
    try:
        with connected() as connection:
            open_views(connection, directory)
            findings += _relations(connection)
    except UnreadableDataset as error:
        findings.append(Finding("unchecked", f"未核对各表之间的关系：{error}", str(directory)))
    return findings


def _manifest(directory: Path, findings: list[Finding]) -> dict[str, Stated]:
    """Return path -> what the manifest says of it; add to `findings` what cannot be used."""
    try:
        data = json.loads((directory / MANIFEST).read_bytes())
    except FileNotFoundError:
        findings.append(Finding("no_manifest", "没有 manifest.json，无法核对文件", MANIFEST))
        return {}
    except (OSError, ValueError) as error:
        findings.append(Finding("bad_manifest", f"manifest.json 无法读取：{error}", MANIFEST))
        return {}
    files = data.get("files") if isinstance(data, dict) else None
    if not isinstance(files, dict):
        findings.append(Finding("bad_manifest", "manifest.json 中没有 files", MANIFEST))
        return {}
    stated: dict[str, Stated] = {}
    for name, entry in sorted(files.items()):
        understood = _stated(entry)
        if understood is None or not _is_inside(name):
            findings.append(Finding("bad_manifest", "manifest.json 中这一项无法理解", name))
        else:
            stated[name] = understood
    return stated


def _stated(entry: Any) -> Stated | None:
    if not isinstance(entry, dict):
        return None
    sha256, size, rows = (entry.get(key) for key in ("sha256", "bytes", "rows"))
    if not isinstance(sha256, str) or not isinstance(size, int):
        return None
    return Stated(sha256, size, rows) if rows is None or isinstance(rows, int) else None


def _is_inside(name: str) -> bool:
    """Whether `name` stays in the dataset's folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _files(
    directory: Path, stated: dict[str, Stated], connection: DuckDBPyConnection
) -> Iterator[Finding]:
    for name, entry in stated.items():
        yield from _file(directory / name, name, entry, connection)
    if not stated:
        return
    for path in parquet_files(directory):
        name = path.relative_to(directory).as_posix()
        # Hidden is what is being written, or was when a run was killed.
        if name not in stated and not any(part.startswith(".") for part in Path(name).parts):
            yield Finding("foreign_file", "不在 manifest.json 中的 Parquet 文件", name)


def _file(
    path: Path, name: str, stated: Stated, connection: DuckDBPyConnection
) -> Iterator[Finding]:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        yield Finding("missing_file", "文件不见了", name)
        return
    except OSError as error:
        yield Finding("unreadable_file", f"文件无法读取：{error.strerror}", name)
        return
    if size != stated.bytes:
        message = f"文件被改动：应为 {stated.bytes} 字节，实为 {size} 字节"
        yield Finding("changed_file", message, name)
    elif sha256 != stated.sha256:
        yield Finding("changed_file", "文件被改动：sha256 不同", name)
    if stated.rows is not None:
        yield from _rows(path, name, stated.rows, connection)


def _rows(path: Path, name: str, rows: int, connection: DuckDBPyConnection) -> Iterator[Finding]:
    query = "SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(?)"
    try:
        with damage_named(name):
            found = connection.execute(query, [pattern(path)]).fetchall()[0][0]
    except UnreadableDataset:
        yield Finding("unreadable_file", "不是可以读取的 Parquet 文件", name)
        return
    if found != rows:
        yield Finding("row_count", f"行数不符：应为 {rows} 行，实为 {found} 行", name)


@dataclass(frozen=True, slots=True)
class _Rule:
    """`query` returns one row, `subject`, for each violation of what `message` says."""

    code: str
    message: str
    query: str


_RULES: Final = (
    _Rule(
        "duplicate_report",
        "reports 中同一份年报出现多次",
        "SELECT report AS subject FROM reports GROUP BY report HAVING count(*) > 1",
    ),
    _Rule(
        "document_without_report",
        "文件的 report 不在 reports 中，或 parsed 的文件没有 report",
        "SELECT document AS subject FROM documents ANTI JOIN reports USING (report) "
        "WHERE status = 'parsed' OR report IS NOT NULL",
    ),
    _Rule(
        "report_of_unparsed",
        "没有成为年报的文件却有 report",
        "SELECT document AS subject FROM documents WHERE status <> 'parsed' AND report IS NOT NULL",
    ),
    _Rule(
        "report_without_document",
        "reports 中的年报没有对应的文件",
        "SELECT report AS subject FROM reports ANTI JOIN documents USING (report)",
    ),
    _Rule(
        "duplicate_document",
        "documents 中同一个文件出现多次",
        "SELECT document AS subject FROM documents GROUP BY document HAVING count(*) > 1",
    ),
    _Rule(
        "same_bytes_as",
        "same_bytes_as 所指的文件不存在或字节不同",
        "SELECT d.document AS subject FROM documents d LEFT JOIN documents f "
        "ON f.document = d.same_bytes_as "
        "WHERE d.same_bytes_as IS NOT NULL AND f.sha256 IS DISTINCT FROM d.sha256",
    ),
    _Rule(
        "chosen_count",
        "同一机关同一年度选定的年报不是恰好一份",
        "SELECT agency_id || ' ' || year AS subject FROM reports "
        "WHERE agency_id IS NOT NULL AND year IS NOT NULL "
        "GROUP BY agency_id, year HAVING count(*) FILTER (chosen) <> 1",
    ),
    _Rule(
        "chosen_link",
        "chosen_report 或 link_reason 与 chosen 不符",
        "SELECT r.report AS subject FROM reports r LEFT JOIN reports c "
        "ON c.report = r.chosen_report WHERE r.chosen <> (r.chosen_report = r.report) "
        "OR r.chosen <> (r.link_reason IS NULL) OR NOT coalesce(c.chosen, false)",
    ),
    _Rule(
        "cell_counts",
        "reports 的 cells 或 cells_missing 与 cells 表不符",
        "SELECT report AS subject FROM reports LEFT JOIN ("
        "SELECT report, count(*) AS n, count(*) FILTER (state = 'missing') AS lost "
        "FROM cells GROUP BY report) USING (report) "
        "WHERE cells <> coalesce(n, 0) OR cells_missing <> coalesce(lost, 0)",
    ),
    _Rule(
        "check_counts",
        "reports 的 checks_passed、checks_failed 或 checks_skipped 与 checks 表不符",
        "SELECT report AS subject FROM reports LEFT JOIN ("
        "SELECT report, count(*) FILTER (status = 'pass') AS passed, "
        "count(*) FILTER (status = 'fail') AS failed, "
        "count(*) FILTER (status = 'skipped') AS skipped "
        "FROM checks GROUP BY report) USING (report) "
        "WHERE (checks_passed, checks_failed, checks_skipped) "
        "<> (coalesce(passed, 0), coalesce(failed, 0), coalesce(skipped, 0))",
    ),
    _Rule(
        "wide_rows",
        "wide 的行不是恰好每份选定的年报一行",
        "SELECT report AS subject FROM (SELECT report, count(*) AS n FROM wide GROUP BY report) "
        "FULL JOIN (SELECT report FROM reports WHERE chosen) c USING (report) "
        "WHERE n IS DISTINCT FROM 1 OR c.report IS NULL",
    ),
)


def _relations(connection: DuckDBPyConnection) -> Iterator[Finding]:
    for rule in _RULES:
        yield from _violations(connection, rule)
    for table in _OWNED:
        # One pass over the largest tables: what is left has a row for each report.
        owners = connection.view(table).project("report, chosen, year").distinct()
        owners.to_table(f"{table}_owners")
        for rule in _owned_rules(table):
            yield from _violations(connection, rule)


def _owned_rules(table: str) -> tuple[_Rule, ...]:
    join = f"FROM {table}_owners o LEFT JOIN reports r USING (report)"
    return (
        _Rule(
            "orphan_rows",
            f"{table} 中有行的 report 不在 reports 中",
            f"SELECT DISTINCT report AS subject {join} WHERE r.chosen IS NULL",
        ),
        _Rule(
            "owner_mismatch",
            f"{table} 中有行的 chosen 或年度与 reports 不符",
            f"SELECT DISTINCT report AS subject {join} "  # noqa: S608 - fixed names
            "WHERE r.chosen <> o.chosen OR (r.chosen IS NOT NULL AND r.year IS DISTINCT FROM o.year)",
        ),
    )


def _violations(connection: DuckDBPyConnection, rule: _Rule) -> Iterator[Finding]:
    count, first = connection.sql(rule.query).aggregate("count(*), min(subject)").fetchall()[0]
    if count:
        yield Finding(rule.code, rule.message, str(first), count)
