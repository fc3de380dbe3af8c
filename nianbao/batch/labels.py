"""English names of the sections, tables, rows and columns of the statutory forms.

The Chinese ones, as printed, are in `nianbao.rules.forms` and `nianbao.checks.names`.
"""

from __future__ import annotations

from typing import Final

from nianbao.checks.names import CellPath
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW

SECTION_LABELS: Final[dict[str, str]] = {
    "overview": "1. Overview",
    "proactive_disclosure": "2. Government information disclosed proactively",
    "requests": "3. Requests for government information received and handled",
    "reconsideration_litigation": "4. Administrative reconsideration and litigation",
    "problems_improvements": "5. Main problems and improvements",
    "other_matters": "6. Other matters to report",
}

TABLE_LABELS: Final[dict[str, str]] = {
    PROACTIVE: "Government information disclosed proactively",
    REQUESTS: "Requests for government information received and handled",
    REVIEW: "Administrative reconsideration and litigation over government information",
}

#: Prefix of a dotted row id -> its group.
GROUP_LABELS: Final[dict[str, str]] = {
    "denied": "denied",
    "unavailable": "cannot be provided",
    "not_processed": "not processed",
    "other_processing": "other handling",
}

ROW_LABELS: Final[dict[str, dict[str, str]]] = {
    PROACTIVE: {
        "rules": "rules",
        "normative_documents": "administrative normative documents",
        "licensing": "administrative licences",
        "other_services": "other management and services to the public",
        "penalties": "administrative penalties",
        "coercion": "administrative coercive measures",
        "fees": "administrative fees",
        "procurement": "centralized government procurement",
    },
    REQUESTS: {
        "new_received": "requests received in the year",
        "carried_over": "requests carried over from the year before",
        "granted": "granted",
        "partially_granted": "granted in part",
        "denied.state_secret": "state secret",
        "denied.law_prohibited": "disclosure prohibited by another law or regulation",
        "denied.security_stability": "endangers national, public or economic security or stability",
        "denied.third_party_rights": "lawful rights of a third party",
        "denied.internal_affairs": "internal affairs",
        "denied.process_information": "information of a process under way",
        "denied.enforcement_file": "file of administrative enforcement",
        "denied.administrative_query": "matter of an administrative inquiry",
        "unavailable.not_held": "not held by the agency",
        "unavailable.needs_creation": "would have to be made",
        "unavailable.unclear_after_correction": "still unclear after correction",
        "not_processed.petition_complaint": "petition, report or complaint",
        "not_processed.duplicate": "repeated request",
        "not_processed.published_material": "asks for a publication",
        "not_processed.excessive_repeat": "many repeated requests without good reason",
        "not_processed.reconfirmation": "asks to confirm or reissue information obtained before",
        "other_processing": "other handling (form of 2019)",
        "other_processing.correction_overdue": "not corrected in time without good reason",
        "other_processing.fee_overdue": "fee not paid in time",
        "other_processing.other": "other",
        "results_total": "total of outcomes",
        "carried_forward": "carried into the next year",
    },
    REVIEW: {
        "reconsideration": "administrative reconsideration",
        "litigation_direct": "litigation without reconsideration first",
        "litigation_after_reconsideration": "litigation after reconsideration",
    },
}

COLUMN_LABELS: Final[dict[str, dict[str, str]]] = {
    PROACTIVE: {
        "made": "made in the year",
        "repealed": "repealed in the year",
        "in_force": "in force",
        "newly_made": "newly made in the year",
        "newly_published": "newly published in the year",
        "total_public": "public in all",
        "items_last_year": "items of the year before",
        "change": "increase or decrease in the year",
        "decisions": "decisions in the year",
        "amount_10k_yuan": "amount charged in the year, in 10,000 yuan",
        "items": "items procured",
        "amount": "amount procured, in 10,000 yuan",
    },
    REQUESTS: {
        "natural_person": "natural persons",
        "commercial_enterprise": "companies",
        "research_institution": "research institutions",
        "public_welfare_organization": "public welfare organizations",
        "legal_service_organization": "legal service organizations",
        "other": "other applicants",
        "total": "total",
    },
    REVIEW: {
        "upheld": "upheld",
        "corrected": "corrected",
        "other": "other outcome",
        "pending": "pending",
        "total": "total",
    },
}


def row_label(table: str, row: str) -> str:
    """Return the English name of `row`, with its group before it."""
    group = GROUP_LABELS.get(row.partition(".")[0]) if "." in row else None
    label = ROW_LABELS[table][row]
    return f"{group}: {label}" if group else label


def cell_label(path: str) -> str:
    """Return the English names of row and column of the cell at `path`."""
    table, row, column = CellPath.parse(path)
    return f"{row_label(table, row)}; {COLUMN_LABELS[table][column]}"
