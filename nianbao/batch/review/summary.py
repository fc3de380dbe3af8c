"""The summary of a dataset: a pure function of its tables.

Sums are of exact decimals and quantiles are values that occur, so that the order in which threads
add up does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import simplejson

from nianbao.batch.review import summary_figures as figures
from nianbao.batch.review.stored import connected, open_views
from nianbao.batch.review.summary_model import (
    Bin,
    CheckCount,
    CheckFamily,
    Checks,
    CheckTable,
    CheckYear,
    Confidence,
    Coverage,
    CoverageYear,
    Example,
    Gap,
    Group,
    Link,
    LinkExample,
    Named,
    Overview,
    Punctuality,
    Reason,
    Summary,
    Suspect,
    Version,
    Worst,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: A report of lower confidence is more likely to hold a wrong cell than not.
LOW_CONFIDENCE: Final = 0.5

#: How much is listed one by one: what a person reads, not what there is.
MOST_GAPS, MOST_SUSPECTS, MOST_WORST, MOST_CHECKS = 200, 50, 20, 20
MOST_EXAMPLES, MOST_MESSAGES = 3, 3


def summarise(directory: Path) -> Summary:
    """Return the summary of the dataset in `directory`; equal datasets have equal summaries.

    Raises UnreadableDataset.
    """
    with connected() as connection:
        open_views(connection, directory)
        suspects = _rows(connection, _SUSPECTS, [LOW_CONFIDENCE, MOST_SUSPECTS])
        totals = figures.read_totals(connection)
        return Summary(
            overview=_overview(connection),
            by_year=_groups(connection, _BY_YEAR),
            by_province=_groups(connection, _BY_PROVINCE),
            by_form=_groups(connection, _BY_FORM),
            coverage=_coverage(connection),
            checks=_checks(connection),
            confidence=_confidence(connection),
            reasons=_reasons(connection),
            punctuality=tuple(Punctuality(*row) for row in _rows(connection, _PUNCTUALITY)),
            links=_links(connection),
            suspects=tuple(_suspect(row) for row in suspects),
            suspects_total=suspects[0][-1] if suspects else 0,
            flows=figures.flows(connection),
            outcomes=figures.outcomes(totals),
            refusal_years=figures.years(totals),
            refusals=figures.refusals(totals),
            reviews=figures.reviews(totals),
        )


def to_json(summary: Summary) -> str:
    """Return the summary as JSON, keys sorted, decimals exact."""
    return str(
        simplejson.dumps(
            asdict(summary), use_decimal=True, ensure_ascii=False, sort_keys=True, indent=1
        )
    )


_COUNTS: Final = """
SELECT
  (SELECT count(*) FROM documents),
  count(*),
  count(*) FILTER (chosen),
  count(DISTINCT agency_key) FILTER (chosen),
  count(*) FILTER (chosen AND agency_key IS NULL),
  count(*) FILTER (chosen AND agency_id IS NULL),
  count(*) FILTER (chosen AND year IS NULL),
  coalesce(sum(cells) FILTER (chosen), 0)::BIGINT,
  coalesce(sum(cells_missing) FILTER (chosen), 0)::BIGINT
FROM reports
"""

_VERSIONS: Final = """
SELECT library_version, model_version, count(*) FROM reports
GROUP BY ALL ORDER BY ALL
"""

_BY_YEAR: Final = """
SELECT year::VARCHAR, count(*), count(*) FILTER (checks_failed > 0), count(*) FILTER (confidence < ?)
FROM reports WHERE chosen GROUP BY year ORDER BY year NULLS LAST
"""

_BY_PROVINCE: Final = """
SELECT province, count(*), count(*) FILTER (checks_failed > 0), count(*) FILTER (confidence < ?)
FROM reports WHERE chosen
GROUP BY province, province_code ORDER BY province_code NULLS LAST, province NULLS LAST
"""

_BY_FORM: Final = """
SELECT format, count(*), count(*) FILTER (checks_failed > 0), count(*) FILTER (confidence < ?)
FROM reports WHERE chosen GROUP BY format ORDER BY format NULLS LAST
"""

_COVERAGE_YEARS: Final = """
WITH present AS (
  SELECT DISTINCT agency_key, year FROM reports
  WHERE chosen AND agency_key IS NOT NULL AND year IS NOT NULL
)
SELECT year, count(*), (SELECT count(DISTINCT agency_key) FROM present) - count(*)
FROM present GROUP BY year ORDER BY year
"""

_GAPS: Final = """
WITH present AS (
  SELECT agency_key, arg_max(agency, year) AS agency, arg_max(province, year) AS province,
    list_sort(list(DISTINCT year)) AS reported
  FROM reports WHERE chosen AND agency_key IS NOT NULL AND year IS NOT NULL
  GROUP BY agency_key
), everyone AS (
  SELECT list_sort(list(DISTINCT year)) AS years
  FROM reports WHERE chosen AND agency_key IS NOT NULL AND year IS NOT NULL
), gaps AS (
  SELECT agency_key, agency, province, reported,
    list_filter(years, lambda y: NOT list_contains(reported, y)) AS missing
  FROM present, everyone
)
SELECT agency_key, agency, province, reported, missing,
  list_filter(missing, lambda y: y > reported[1] AND y < reported[-1]) AS between_years,
  count(*) OVER ()
FROM gaps WHERE len(missing) > 0
ORDER BY len(between_years) DESC, len(missing) DESC, agency_key
LIMIT ?
"""

_FAMILIES: Final = """
SELECT
  CASE WHEN starts_with("check", 'narrative.') THEN 'narrative'
    ELSE concat_ws('.', split_part("check", '.', 1), split_part("check", '.', 2)) END AS family,
  count(*) FILTER (status = 'pass'),
  count(*) FILTER (status = 'fail') AS failed,
  count(*) FILTER (status = 'skipped'),
  count(DISTINCT report) FILTER (status = 'fail')
FROM checks WHERE chosen GROUP BY family ORDER BY failed DESC, family
"""

_CHECK_TABLES: Final = """
SELECT split_part("check", '.', 1) AS tab,
  count(*) FILTER (status = 'pass'),
  count(*) FILTER (status = 'fail') AS failed,
  count(*) FILTER (status = 'skipped')
FROM checks WHERE chosen GROUP BY tab ORDER BY failed DESC, tab
"""

_CHECK_YEARS: Final = """
SELECT year,
  CASE WHEN starts_with("check", 'narrative.') THEN 'narrative'
    ELSE concat_ws('.', split_part("check", '.', 1), split_part("check", '.', 2)) END AS family,
  count(*) FILTER (status = 'pass'),
  count(*) FILTER (status = 'fail')
FROM checks WHERE chosen GROUP BY year, family ORDER BY year NULLS LAST, family
"""

_MOST_FAILED: Final = """
SELECT "check", count(*) FILTER (status = 'fail') AS failed, count(*)
FROM checks WHERE chosen AND status <> 'skipped'
GROUP BY "check" HAVING failed > 0 ORDER BY failed DESC, "check" LIMIT ?
"""

_WORST: Final = """
WITH worst AS (
  SELECT * FROM reports WHERE chosen AND checks_failed > 0
  ORDER BY checks_failed DESC, report LIMIT ?
), said AS (
  SELECT report, list(message ORDER BY "check")[1:?] AS messages
  FROM checks WHERE status = 'fail' AND report IN (SELECT report FROM worst) GROUP BY report
)
SELECT report, agency, title, year, document, url,
  checks_failed, checks_passed + checks_failed, coalesce(messages, [])
FROM worst LEFT JOIN said USING (report) ORDER BY checks_failed DESC, report
"""

_BINS: Final = """
SELECT least(floor(confidence * 10), 9)::INTEGER AS bin, count(*)
FROM reports WHERE chosen GROUP BY bin ORDER BY bin
"""

_QUANTILES: Final = """
SELECT unnest(quantile_disc(confidence, [0.1, 0.5, 0.9])) FROM reports WHERE chosen
"""

_REASONS: Final = """
WITH numbered AS (
  SELECT *, row_number() OVER (PARTITION BY status, reason ORDER BY document) AS place
  FROM documents WHERE status <> 'parsed'
), counted AS (
  SELECT status, reason, count(*) AS documents FROM numbered GROUP BY ALL
)
SELECT status, reason, documents, document, url, message
FROM numbered JOIN counted USING (status, reason) WHERE place <= ?
ORDER BY status, documents DESC, reason, document
"""

_PUNCTUALITY: Final = """
SELECT year,
  count(*) FILTER (published BETWEEN make_date(year + 1, 1, 1) AND make_date(year + 1, 1, 31)),
  count(*) FILTER (published BETWEEN make_date(year + 1, 2, 1) AND make_date(year + 1, 3, 31)),
  count(*) FILTER (published > make_date(year + 1, 3, 31)),
  count(*) FILTER (published < make_date(year + 1, 1, 1)),
  count(*) FILTER (published IS NULL)
FROM reports WHERE chosen AND year IS NOT NULL GROUP BY year ORDER BY year
"""

_LINKS: Final = """
WITH numbered AS (
  SELECT *, row_number() OVER (PARTITION BY link_reason ORDER BY document) AS place
  FROM reports WHERE NOT chosen
), counted AS (
  SELECT coalesce(link_reason, '') AS reason, count(*) AS reports FROM numbered GROUP BY ALL
)
SELECT reason, reports, n.report, n.agency, n.title, n.year, n.document, n.url, r.document
FROM numbered n JOIN counted ON reason = coalesce(n.link_reason, '')
LEFT JOIN reports r ON r.report = n.chosen_report
WHERE place <= ? ORDER BY reason, n.document
"""

_SUSPECTS: Final = """
WITH scored AS (
  SELECT *, checks_passed + checks_failed AS ran,
    cells = 0 AND format IS DISTINCT FROM 'pre2019' AS empty
  FROM reports WHERE chosen
)
SELECT report, agency, title, year, document, url, checks_failed, ran, cells_missing, cells, empty,
  confidence, confidence < $1 AS doubtful,
  CASE WHEN ran = 0 THEN 0 ELSE checks_failed / ran END
    + CASE WHEN empty THEN 1 WHEN cells = 0 THEN 0 ELSE cells_missing / cells END
    + 1 - confidence AS score,
  count(*) OVER ()
FROM scored WHERE checks_failed > 0 OR cells_missing > 0 OR empty OR doubtful
ORDER BY score DESC, report LIMIT $2
"""


def _rows(
    connection: DuckDBPyConnection, query: str, parameters: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    return connection.execute(query, list(parameters)).fetchall()


def _overview(connection: DuckDBPyConnection) -> Overview:
    versions = tuple(Version(*row) for row in _rows(connection, _VERSIONS))
    counts: list[Any] = list(_rows(connection, _COUNTS)[0])
    return Overview(*[*counts, versions])


def _groups(connection: DuckDBPyConnection, query: str) -> tuple[Group, ...]:
    return tuple(Group(*row) for row in _rows(connection, query, [LOW_CONFIDENCE]))


def _coverage(connection: DuckDBPyConnection) -> Coverage:
    years = tuple(CoverageYear(*row) for row in _rows(connection, _COVERAGE_YEARS))
    rows = _rows(connection, _GAPS, [MOST_GAPS])
    total = rows[0][-1] if rows else 0
    agencies = years[0].reported + years[0].missing if years else 0
    gaps = tuple(Gap(*row[:3], *(tuple(part) for part in row[3:6])) for row in rows)
    return Coverage(agencies, agencies - total, years, gaps, total)


def _checks(connection: DuckDBPyConnection) -> Checks:
    worst = _rows(connection, _WORST, [MOST_WORST, MOST_MESSAGES])
    return Checks(
        families=tuple(CheckFamily(*row) for row in _rows(connection, _FAMILIES)),
        tables=tuple(CheckTable(*row) for row in _rows(connection, _CHECK_TABLES)),
        years=tuple(CheckYear(*row) for row in _rows(connection, _CHECK_YEARS)),
        most_failed=tuple(CheckCount(*r) for r in _rows(connection, _MOST_FAILED, [MOST_CHECKS])),
        worst=tuple(Worst(Named(*row[:6]), row[6], row[7], tuple(row[8])) for row in worst),
    )


def _confidence(connection: DuckDBPyConnection) -> Confidence:
    counts = dict(_rows(connection, _BINS))
    bins = tuple(Bin(i / 10, (i + 1) / 10, counts.get(i, 0)) for i in range(10))
    found = [value for (value,) in _rows(connection, _QUANTILES)]
    p10, p50, p90 = found or (None, None, None)
    return Confidence(bins, p10, p50, p90)


def _reasons(connection: DuckDBPyConnection) -> tuple[Reason, ...]:
    rows = _rows(connection, _REASONS, [MOST_EXAMPLES])
    return tuple(
        Reason(status, reason, documents, tuple(Example(*row[3:]) for row in group))
        for (status, reason, documents), group in groupby(rows, key=lambda row: row[:3])
    )


def _links(connection: DuckDBPyConnection) -> tuple[Link, ...]:
    rows = _rows(connection, _LINKS, [MOST_EXAMPLES])
    return tuple(
        Link(reason, reports, tuple(LinkExample(Named(*row[2:8]), row[8]) for row in group))
        for (reason, reports), group in groupby(rows, key=lambda row: row[:2])
    )


def _suspect(row: Sequence[Any]) -> Suspect:
    failed, ran, missing, cells, empty, confidence, doubtful, score = row[6:14]
    reasons = []
    if failed:
        reasons.append(f"{ran} 项核对中 {failed} 项未通过")
    if missing:
        reasons.append(f"{cells} 格中 {missing} 格缺失或无法辨认")
    if empty:
        reasons.append("没有读出任何表格")
    if doubtful:
        # Cut, not rounded: 0.4999 must not read as 0.50.
        shown = Decimal(confidence).quantize(Decimal("0.01"), "ROUND_FLOOR")
        reasons.append(f"可信度 {shown}，低于 {LOW_CONFIDENCE}")
    return Suspect(Named(*row[:6]), round(score, 6), tuple(reasons))
