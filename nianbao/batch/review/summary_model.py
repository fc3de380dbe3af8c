"""What is known of a dataset as a whole: the types that `summarise` fills and the renderers show.

Unless a field says otherwise it counts chosen reports: of several versions of one report only the
one that the dataset chose.  A `year`, `form`, … of None stands for reports where none was found.
"""

from __future__ import annotations

from dataclasses import dataclass

from nianbao.report import Number


@dataclass(frozen=True, slots=True)
class Named:
    """A report as a person finds it again; `report` is the sha256 of its bytes."""

    report: str
    agency: str | None
    title: str | None
    year: int | None
    document: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """Reports, chosen or not, that one library and one model made."""

    library_version: str
    model_version: str
    reports: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The size of the dataset.  `documents` and `reports` count all; `cells` and `missing` those of
    chosen reports.  `no_agency` have no agency at all, `no_agency_id` at most a name."""

    documents: int
    reports: int
    chosen: int
    agencies: int
    no_agency: int
    no_agency_id: int
    no_year: int
    cells: int
    missing: int
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Reports that share a trait: how many, with a failed check, of low confidence."""

    name: str | None
    reports: int
    flawed: int
    doubtful: int


@dataclass(frozen=True, slots=True)
class CoverageYear:
    """Agencies of the dataset that reported in `year`, and that did not."""

    year: int
    reported: int
    missing: int


@dataclass(frozen=True, slots=True)
class Gap:
    """An agency without a report in years for which others have one.  `between` are those of the
    `missing` years that lie between two of its reports: there a report is most likely lost.
    `agency_key` is the agency's id, else its province and name."""

    agency_key: str
    agency: str | None
    province: str | None
    reported: tuple[int, ...]
    missing: tuple[int, ...]
    between: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Agencies by years, of reports with both.  `gaps` are the first of `gaps_total`."""

    agencies: int
    complete: int
    years: tuple[CoverageYear, ...]
    gaps: tuple[Gap, ...]
    gaps_total: int


@dataclass(frozen=True, slots=True)
class CheckFamily:
    """Checks of one kind, e.g. `requests.balance`; `reports` are those that failed one or more."""

    family: str
    passed: int
    failed: int
    skipped: int
    reports: int


@dataclass(frozen=True, slots=True)
class CheckTable:
    """Checks of one table; `narrative` are those of the text against the tables."""

    table: str
    passed: int
    failed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class CheckYear:
    """Checks of one kind in one year."""

    year: int | None
    family: str
    passed: int
    failed: int


@dataclass(frozen=True, slots=True)
class CheckCount:
    """One check, and how often it failed of the times that it ran."""

    check: str
    failed: int
    ran: int


@dataclass(frozen=True, slots=True)
class Worst:
    """One of the reports with most failed checks, and what the first of these say."""

    named: Named
    failed: int
    ran: int
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """Which checks fail, and where."""

    families: tuple[CheckFamily, ...]
    tables: tuple[CheckTable, ...]
    years: tuple[CheckYear, ...]
    most_failed: tuple[CheckCount, ...]
    worst: tuple[Worst, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """Reports with a confidence of at least `low` and below `high`; the last bin holds 1 as well."""

    low: float
    high: float
    reports: int


@dataclass(frozen=True, slots=True)
class Confidence:
    """How confidence is distributed: a tenth of the reports is not above `p10`, half not above
    `p50`, nine tenths not above `p90`."""

    bins: tuple[Bin, ...]
    p10: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Example:
    """One input that did not become a report."""

    document: str
    url: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Inputs of one status and reason."""

    status: str
    reason: str
    documents: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Punctuality:
    """When the reports of one year were published: by 31 January, by 31 March, later.  `early` are
    dates before the year was over, so hardly that of publication; `unknown` have no date."""

    year: int
    by_january: int
    by_march: int
    later: int
    early: int
    unknown: int


@dataclass(frozen=True, slots=True)
class LinkExample:
    """A report that was not chosen, and the document of the one that was."""

    named: Named
    chosen_document: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """Reports not chosen, by reason: `mirror`, `other_format`, `superseded`."""

    reason: str
    reports: int
    examples: tuple[LinkExample, ...]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A report to look at first.  `score` adds up the share of its checks that failed, the share of
    its cells that are missing, and what its confidence lacks to 1."""

    named: Named
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """Requests in one year, as far as the reports state them; None where none does."""

    year: int | None
    reports: int
    new_received: Number | None
    results_total: Number | None
    carried_forward: Number | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the requests in one year."""

    year: int | None
    granted: Number | None
    partially_granted: Number | None
    denied: Number | None
    unavailable: Number | None
    not_processed: Number | None
    other_processing: Number | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Requests refused for one reason; `row` is that of the table `requests`, and `counts` are in
    the order of `Summary.refusal_years`."""

    row: str
    counts: tuple[Number | None, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Cases of one year and `kind` (`reconsideration`, `litigation`).  `rate` is the share of
    `corrected` in those with a result, None where there are none."""

    year: int | None
    kind: str
    upheld: Number
    corrected: Number
    other: Number
    pending: Number
    rate: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that the summary of a dataset shows."""

    overview: Overview
    by_year: tuple[Group, ...]
    by_province: tuple[Group, ...]
    by_form: tuple[Group, ...]
    coverage: Coverage
    checks: Checks
    confidence: Confidence
    reasons: tuple[Reason, ...]
    punctuality: tuple[Punctuality, ...]
    links: tuple[Link, ...]
    suspects: tuple[Suspect, ...]
    suspects_total: int
    flows: tuple[Flow, ...]
    outcomes: tuple[Outcomes, ...]
    refusal_years: tuple[int | None, ...]
    refusals: tuple[Refusal, ...]
    reviews: tuple[Review, ...]
