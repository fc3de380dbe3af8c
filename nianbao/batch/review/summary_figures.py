"""What the reports of a dataset add up to: requests, their outcomes, refusals, reviews.

Only totals over all kinds of applicants are added up.  A total that a report lacks is left out, so
that a sum is a lower bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nianbao.batch.review.stored import exact
from nianbao.batch.review.summary_model import Flow, Outcomes, Refusal, Review
from nianbao.report import Number
from nianbao.rules.forms import REQUESTS, REVIEW, ROWS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Prefixes of the rows of `requests` that say why a request was refused or left alone.
REFUSALS: Final = ("denied", "unavailable", "not_processed")

#: Kind of review -> its rows.
REVIEWS: Final[dict[str, tuple[str, ...]]] = {
    "reconsideration": ("reconsideration",),
    "litigation": ("litigation_direct", "litigation_after_reconsideration"),
}


class Place(NamedTuple):
    """One summed cell: a row and column of a table in a year."""

    year: int | None
    table: str
    row: str
    column: str


Totals = Mapping[Place, Number]

# Two decimals leave room for the sum: with the twelve that are stored, a single misread number of 26
# digits would overflow it.
_FLOWS: Final = """
SELECT year, count(*), sum(new_received::DECIMAL(38, 2)), sum(results_total::DECIMAL(38, 2)),
  sum(carried_forward::DECIMAL(38, 2))
FROM reports WHERE chosen GROUP BY year ORDER BY year NULLS LAST
"""

# A page may print (六)其他处理 both as one row and as the three it consists of: then the three count.
_TOTALS: Final = """
WITH stated AS (
  SELECT report, year, "table", "row", "column", value::DECIMAL(38, 2) AS number
  FROM cells
  WHERE chosen AND value IS NOT NULL AND (
    ("table" = 'requests' AND "column" = 'total') OR "table" = 'reconsideration_litigation')
), detailed AS (
  SELECT DISTINCT report FROM stated WHERE starts_with("row", 'other_processing.')
)
SELECT year, "table", "row", "column", sum(number) FROM stated
WHERE NOT ("row" = 'other_processing' AND report IN (SELECT report FROM detailed))
GROUP BY ALL ORDER BY year NULLS LAST, "table", "row", "column"
"""


def flows(connection: DuckDBPyConnection) -> tuple[Flow, ...]:
    """Return the requests received, finished and carried forward, by year."""
    rows = connection.execute(_FLOWS).fetchall()
    return tuple(Flow(year, reports, *map(exact, sums)) for year, reports, *sums in rows)


def read_totals(connection: DuckDBPyConnection) -> Totals:
    """Return the sums of all cells that the functions below need."""
    rows: list[Any] = connection.execute(_TOTALS).fetchall()
    return {Place(*place): exact(number) or 0 for *place, number in rows}


def years(totals: Totals) -> tuple[int | None, ...]:
    """Return the years that have totals, the unknown one last."""
    return tuple(dict.fromkeys(place.year for place in totals))


def outcomes(totals: Totals) -> tuple[Outcomes, ...]:
    """Return what became of the requests, by year."""
    groups = ("granted", "partially_granted", *REFUSALS, "other_processing")
    return tuple(
        Outcomes(year, *(_sum(totals, year, group) for group in groups)) for year in years(totals)
    )


def refusals(totals: Totals) -> tuple[Refusal, ...]:
    """Return the requests refused for each reason, in the order of the form."""
    return tuple(
        Refusal(row, tuple(_sum(totals, year, row) for year in years(totals)))
        for row in ROWS[REQUESTS]
        if row.startswith(REFUSALS)
    )


def reviews(totals: Totals) -> tuple[Review, ...]:
    """Return the results of reconsideration and litigation, by year."""
    found = []
    for year in years(totals):
        for kind, rows in REVIEWS.items():
            upheld, corrected, other, pending = (
                sum(totals.get(Place(year, REVIEW, row, column), 0) for row in rows)
                for column in ("upheld", "corrected", "other", "pending")
            )
            ended = upheld + corrected + other
            rate = float(corrected / ended) if ended else None
            found.append(Review(year, kind, upheld, corrected, other, pending, rate))
    return tuple(found)


def _sum(totals: Totals, year: int | None, group: str) -> Number | None:
    """Return the total of row `group`, or of the rows below it; None where no report states any."""
    found = [
        number
        for place, number in totals.items()
        if place.year == year
        and place.table == REQUESTS
        and (place.row == group or place.row.startswith(f"{group}."))
    ]
    return sum(found) if found else None
