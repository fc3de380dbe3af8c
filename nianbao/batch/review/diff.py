"""What two datasets say differently, report by report and cell by cell, and why.

Two reports are compared where they are of the same bytes; and where an agency's chosen report for a
year is of other bytes than before.  Cells are joined by duckdb, and only those of reports whose cells
differ at all: 100,000 reports have 24 million.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import simplejson

from nianbao.batch.review.stored import MANIFEST, connected, exact, open_views
from nianbao.report import Number

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: `model`: another model, same bytes; `library`: another library or other rules, same bytes and model; `page`:
#: other bytes; `unexplained`: bytes, library and model are the same, which should not happen.
Why = Literal["model", "library", "page", "unexplained"]

#: `value`, `state`, `raw`: the first of these that changed; `added`, `removed`: the cell is in one
#: of the two reports only.
Kind = Literal["value", "state", "raw", "added", "removed"]

#: Cells that `diff` lists of those that changed.
MOST_CELLS: Final = 200
_BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Side:
    """The size of one of the datasets and what made it, as `library / model`."""

    documents: int
    reports: int
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneSided:
    """A report that only one of the datasets has; `report` is the sha256 of its bytes."""

    report: str
    agency: str | None
    year: int | None
    document: str


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A document of which something else became."""

    document: str
    old_status: str
    old_reason: str
    new_status: str
    new_reason: str
    why: Why


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the table `reports` that changed: year, title, agency, …"""

    old_report: str
    new_report: str
    document: str
    why: Why
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that changed; `path` is `table.row.column`."""

    old_report: str
    new_report: str
    agency: str | None
    year: int | None
    path: str
    kind: Kind
    why: Why
    old_value: Number | None
    new_value: Number | None
    old_raw: str | None
    new_raw: str | None
    old_state: str | None
    new_state: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """Changed cells, and the reports they are in, of one kind and reason."""

    why: Why
    kind: Kind
    cells: int
    reports: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two datasets.  `same_bytes` and `other_bytes` are the pairs of reports that
    were compared; `cells` are the first of `cells_total`."""

    old: Side
    new: Side
    same_bytes: int
    other_bytes: int
    added: tuple[OneSided, ...]
    removed: tuple[OneSided, ...]
    statuses: tuple[StatusChange, ...]
    fields: tuple[FieldChange, ...]
    counts: tuple[Count, ...]
    cells: tuple[CellChange, ...]
    cells_total: int

    @property
    def empty(self) -> bool:
        """Whether both datasets say the same of the same documents."""
        found = (self.added, self.removed, self.statuses, self.fields, self.cells_total)
        return not any(found)


def diff(old: Path, new: Path, *, most_cells: int = MOST_CELLS) -> Difference:
    """Return how the dataset in `new` differs from that in `old`, with at most `most_cells` cells.

    Raises UnreadableDataset.
    """
    with _compared(old, new) as connection:
        return _difference(connection, most_cells)


def write_json(old: Path, new: Path, stream: IO[str]) -> bool:
    """Write the difference with all its cells as JSON, without holding them in memory; return
    whether there is any.

    Raises UnreadableDataset, before anything is written.
    """
    with _compared(old, new) as connection:
        difference = _difference(connection, 0)
        head = asdict(difference)
        del head["cells"]
        stream.write(_json(head)[:-1] + ', "cells": [')
        for number, change in enumerate(_cells(connection, None)):
            stream.write((",\n" if number else "\n") + _json(asdict(change)))
        stream.write("\n]}\n")
        return not difference.empty


_RULES: Final = "CREATE TEMP TABLE rules AS SELECT ?::BOOLEAN AS differ"

_PAIRS: Final = """
CREATE TEMP TABLE pairs AS
SELECT row_number() OVER ()::INTEGER AS pair, * FROM (
  SELECT o.report AS old_report, n.report AS new_report,
    coalesce(n.agency, o.agency) AS agency, coalesce(n.year, o.year) AS year,
    CASE WHEN o.model_version <> n.model_version THEN 'model'
      WHEN o.library_version <> n.library_version OR (SELECT differ FROM rules) THEN 'library'
      ELSE 'unexplained' END AS why
  FROM old_reports o JOIN new_reports n ON o.report = n.report
  UNION ALL
  SELECT o.report, n.report, n.agency, n.year, 'page'
  FROM old_reports o JOIN new_reports n ON o.agency_key = n.agency_key AND o.year = n.year
  WHERE o.chosen AND n.chosen AND o.report <> n.report)
"""

# A hash of each report's cells tells which are worth a join: for two datasets of 20 million cells,
# 5 s where none differs instead of minutes.
_CHANGED: Final = """
CREATE TEMP TABLE changed AS
WITH old_hash AS (
  SELECT report, bit_xor(hash("table", "row", "column", value, raw, state)) AS cells
  FROM old_cells GROUP BY report
), new_hash AS (
  SELECT report, bit_xor(hash("table", "row", "column", value, raw, state)) AS cells
  FROM new_cells GROUP BY report
)
SELECT pair, old_report, new_report FROM pairs
LEFT JOIN old_hash o ON o.report = old_report
LEFT JOIN new_hash n ON n.report = new_report
WHERE o.cells IS DISTINCT FROM n.cells
"""

_CELLS: Final = """
CREATE TEMP TABLE cell_changes AS
WITH o AS (
  SELECT pair, "table", "row", "column", value, raw, state
  FROM old_cells JOIN changed ON report = old_report
), n AS (
  SELECT pair, "table", "row", "column", value, raw, state
  FROM new_cells JOIN changed ON report = new_report
)
SELECT pair, concat_ws('.', "table", "row", "column") AS path,
  CASE WHEN o.state IS NULL THEN 'added' WHEN n.state IS NULL THEN 'removed'
    WHEN o.value IS DISTINCT FROM n.value THEN 'value'
    WHEN o.state <> n.state THEN 'state' ELSE 'raw' END AS kind,
  o.value AS old_value, n.value AS new_value, o.raw AS old_raw, n.raw AS new_raw,
  o.state AS old_state, n.state AS new_state
FROM o FULL JOIN n USING (pair, "table", "row", "column")
WHERE o.value IS DISTINCT FROM n.value OR o.state IS DISTINCT FROM n.state
  OR o.raw IS DISTINCT FROM n.raw
"""

_ORDERED_CELLS: Final = """
SELECT old_report, new_report, agency, year, path, kind, why,
  old_value, new_value, old_raw, new_raw, old_state, new_state
FROM cell_changes JOIN pairs USING (pair)
ORDER BY list_position(['value', 'state', 'added', 'removed', 'raw'], kind),
  agency NULLS LAST, year NULLS LAST, old_report, new_report, path
LIMIT ?
"""

_COUNTS: Final = """
SELECT why, kind, count(*) AS cells, count(DISTINCT pair)
FROM cell_changes JOIN pairs USING (pair) GROUP BY ALL ORDER BY cells DESC, why, kind
"""

_SIDES: Final = """
SELECT (SELECT count(*) FROM old_documents), count(*),
  list_sort(coalesce(list(DISTINCT library_version || ' / ' || model_version), [])) FROM old_reports
UNION ALL
SELECT (SELECT count(*) FROM new_documents), count(*),
  list_sort(coalesce(list(DISTINCT library_version || ' / ' || model_version), [])) FROM new_reports
"""

_PAIR_COUNTS: Final = """
SELECT count(*) FILTER (why <> 'page'), count(*) FILTER (why = 'page') FROM pairs
"""

_ADDED: Final = """
SELECT report, agency, year, document FROM new_reports
WHERE report NOT IN (SELECT new_report FROM pairs) ORDER BY agency NULLS LAST, year, report
"""

_REMOVED: Final = """
SELECT report, agency, year, document FROM old_reports
WHERE report NOT IN (SELECT old_report FROM pairs) ORDER BY agency NULLS LAST, year, report
"""

# Documents of equal bytes are compared wherever they lie; the others where they lie at the same
# place.
_STATUSES: Final = """
WITH o AS (
  SELECT sha256, arg_min(COLUMNS(* EXCLUDE (sha256)), document) FROM (
    SELECT sha256, document, status, reason, library_version, model_version FROM old_documents
    WHERE sha256 IS NOT NULL) GROUP BY sha256
), n AS (
  SELECT sha256, arg_min(COLUMNS(* EXCLUDE (sha256)), document) FROM (
    SELECT sha256, document, status, reason, library_version, model_version FROM new_documents
    WHERE sha256 IS NOT NULL) GROUP BY sha256
), found AS (
  SELECT n.document, o.status AS old_status, o.reason AS old_reason,
    n.status AS new_status, n.reason AS new_reason, true AS same,
    o.model_version <> n.model_version AS model, o.library_version <> n.library_version AS library
  FROM o JOIN n USING (sha256)
  UNION ALL
  SELECT n.document, o.status, o.reason, n.status, n.reason,
    o.sha256 IS NULL AND n.sha256 IS NULL AND o.bytes = n.bytes,
    o.model_version <> n.model_version, o.library_version <> n.library_version
  FROM old_documents o JOIN new_documents n USING (document)
  WHERE o.sha256 IS NULL OR n.sha256 IS NULL OR (
    o.sha256 <> n.sha256 AND o.sha256 NOT IN (SELECT sha256 FROM n)
    AND n.sha256 NOT IN (SELECT sha256 FROM o))
)
SELECT document, old_status, old_reason, new_status, new_reason,
  CASE WHEN NOT same THEN 'page' WHEN model THEN 'model'
    WHEN library OR (SELECT differ FROM rules) THEN 'library'
    ELSE 'unexplained' END
FROM found WHERE (old_status, old_reason) <> (new_status, new_reason) ORDER BY document
"""

_FIELDS: Final = """
WITH both_sides AS (
  SELECT old_report, new_report, n.document, why, unnest([
    {'field': 'year', 'old': o.year::VARCHAR, 'new': n.year::VARCHAR},
    {'field': 'format', 'old': o.format, 'new': n.format},
    {'field': 'title', 'old': o.title, 'new': n.title},
    {'field': 'agency', 'old': o.agency, 'new': n.agency},
    {'field': 'agency_id', 'old': o.agency_id, 'new': n.agency_id},
    {'field': 'province_code', 'old': o.province_code, 'new': n.province_code},
    {'field': 'city_code', 'old': o.city_code, 'new': n.city_code},
    {'field': 'county_code', 'old': o.county_code, 'new': n.county_code},
    {'field': 'published', 'old': o.published::VARCHAR, 'new': n.published::VARCHAR},
    {'field': 'chosen', 'old': o.chosen::VARCHAR, 'new': n.chosen::VARCHAR}
  ]) AS change
  FROM pairs JOIN old_reports o ON o.report = old_report
  JOIN new_reports n ON n.report = new_report
)
SELECT old_report, new_report, document, why, change.field, change.old, change.new
FROM both_sides WHERE change.old IS DISTINCT FROM change.new
ORDER BY document, old_report, change.field
"""


@contextmanager
def _compared(old: Path, new: Path) -> Iterator[DuckDBPyConnection]:
    """Give a connection with the tables `pairs` and `cell_changes`."""
    with connected() as connection:
        open_views(connection, old, "old_")
        open_views(connection, new, "new_")
        differ = None not in (rules := [_rules_version(old), _rules_version(new)])
        connection.execute(_RULES, [differ and rules[0] != rules[1]])
        for query in (_PAIRS, _CHANGED, _CELLS):
            connection.execute(query)
        yield connection


def _rules_version(directory: Path) -> str | None:
    """Return the digest of the rules that the manifest gives: it changes with the library's code,
    also where the library's version does not."""
    try:
        version = json.loads((directory / MANIFEST).read_bytes()).get("rules_version")
    except (OSError, ValueError, AttributeError):
        return None
    return version if isinstance(version, str) else None


def _difference(connection: DuckDBPyConnection, most_cells: int) -> Difference:
    def rows(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    old, new = (Side(size, reports, tuple(made)) for size, reports, made in rows(_SIDES))
    same_bytes, other_bytes = rows(_PAIR_COUNTS)[0]
    counts = tuple(Count(*row) for row in rows(_COUNTS))
    return Difference(
        old=old,
        new=new,
        same_bytes=same_bytes,
        other_bytes=other_bytes,
        added=tuple(OneSided(*row) for row in rows(_ADDED)),
        removed=tuple(OneSided(*row) for row in rows(_REMOVED)),
        statuses=tuple(StatusChange(*row) for row in rows(_STATUSES)),
        fields=tuple(FieldChange(*row) for row in rows(_FIELDS)),
        counts=counts,
        cells=tuple(_cells(connection, most_cells)),
        cells_total=sum(count.cells for count in counts),
    )


def _cells(connection: DuckDBPyConnection, most: int | None) -> Iterator[CellChange]:
    result = connection.execute(_ORDERED_CELLS, [most])
    while batch := result.fetchmany(_BATCH):
        for row in batch:
            yield CellChange(*[*row[:7], exact(row[7]), exact(row[8]), *row[9:]])


def _json(data: dict[str, Any]) -> str:
    return str(simplejson.dumps(data, use_decimal=True, ensure_ascii=False))
