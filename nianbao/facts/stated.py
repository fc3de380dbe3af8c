"""What the narrative says of single cells: evidence where a table allows more than one reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nianbao.report import Fact, Number
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW

#: Fact -> the cells that print the same figure, in either form.
CELLS: dict[str, tuple[str, ...]] = {
    "normative_documents_made": (
        f"{PROACTIVE}.normative_documents.made",
        f"{PROACTIVE}.normative_documents.newly_made",
    ),
    "normative_documents_repealed": (f"{PROACTIVE}.normative_documents.repealed",),
    "normative_documents_in_force": (
        f"{PROACTIVE}.normative_documents.in_force",
        f"{PROACTIVE}.normative_documents.total_public",
    ),
    "licences": (f"{PROACTIVE}.licensing.decisions",),
    "penalties": (f"{PROACTIVE}.penalties.decisions",),
    "coercions": (f"{PROACTIVE}.coercion.decisions",),
    "requests_received": (f"{REQUESTS}.new_received.total",),
    "requests_carried_over": (f"{REQUESTS}.carried_over.total",),
    "requests_granted": (f"{REQUESTS}.granted.total",),
    "requests_partially_granted": (f"{REQUESTS}.partially_granted.total",),
    "requests_carried_forward": (f"{REQUESTS}.carried_forward.total",),
    "reconsiderations": (f"{REVIEW}.reconsideration.total",),
}


def stated_cells(facts: Iterable[Fact], year: int | None) -> dict[str, Collection[Number]]:
    """Return {path: the figures that facts of `year` (or of no year) give for it}."""
    stated: dict[str, set[Number]] = {}
    for fact in facts:
        if fact.year not in (None, year):
            continue
        for path in CELLS.get(fact.name, ()):
            stated.setdefault(path, set()).add(fact.value)
    return dict(stated)
