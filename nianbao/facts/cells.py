"""Which cells of the tables say the same as a fact of the narrative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from nianbao.numbers import exact
from nianbao.report import Fact, Number
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, ROWS

#: Signs of a figure that is not exact, at the beginning of a fact's unit.
INEXACT: Final = ("近", "约", "余", "多", "几")

#: Form -> fact -> the sums that may say the same, each as the cells that are added up.  More than
#: one where the words do not tell them apart: 共办理 may count what was carried over or not.
Sums = tuple[tuple[str, ...], ...]


def _total(row: str) -> str:
    return f"{REQUESTS}.{row}.total"


def _group(prefix: str) -> tuple[str, ...]:
    return tuple(_total(row) for row in ROWS[REQUESTS] if row.startswith(prefix + "."))


def _review(*rows: str) -> tuple[str, ...]:
    return tuple(f"{REVIEW}.{row}.total" for row in rows)


_NEW, _OLD = _total("new_received"), _total("carried_over")
#: What an agency had on its desk in the year.
WITH_CARRIED_OVER: Final = (_NEW, _OLD)
#: An agency takes up (受理) what was carried over as well as what is new, and counts either way.
TAKEN_UP: Final = "受理"
_SETTLED: Sums = ((_total("results_total"),), (_NEW,), WITH_CARRIED_OVER)
_BOTH_FORMS: Final[dict[str, Sums]] = {
    "requests_received": ((_NEW,),),
    "requests_handled": _SETTLED,
    "requests_answered": _SETTLED,
    "requests_carried_over": ((_OLD,),),
    "requests_granted": ((_total("granted"),),),
    "requests_partially_granted": ((_total("partially_granted"),),),
    "requests_granted_or_partially": ((_total("granted"), _total("partially_granted")),),
    "requests_denied": (_group("denied"),),
    "requests_unavailable": (_group("unavailable"),),
    "requests_not_processed": (_group("not_processed"),),
    "requests_carried_forward": ((_total("carried_forward"),),),
    "reconsiderations": (_review("reconsideration"),),
    "lawsuits": (_review("litigation_direct", "litigation_after_reconsideration"),),
    "licences": ((f"{PROACTIVE}.licensing.decisions",),),
    "penalties": ((f"{PROACTIVE}.penalties.decisions",),),
    "coercions": ((f"{PROACTIVE}.coercion.decisions",),),
}
_NORMS: Final = f"{PROACTIVE}.normative_documents"
SUMS: Final[dict[str, dict[str, Sums]]] = {
    "2021": {
        **_BOTH_FORMS,
        "normative_documents_made": ((f"{_NORMS}.made",),),
        "normative_documents_repealed": ((f"{_NORMS}.repealed",),),
        "normative_documents_in_force": ((f"{_NORMS}.in_force",),),
        "fees": ((f"{PROACTIVE}.fees.amount_10k_yuan",),),
    },
    "2019": {
        **_BOTH_FORMS,
        "normative_documents_made": ((f"{_NORMS}.newly_made",),),
    },
}


def comparable(fact: Fact, year: int | None) -> bool:
    """Return whether `fact` is exact and speaks of the reported year."""
    return not fact.unit.startswith(INEXACT) and (fact.year == year or fact.year is None)


def amount(fact: Fact) -> Number:
    """Return the fact's value as the tables print it: money in 万元."""
    return exact(Decimal(fact.value) / 10_000) if fact.unit == "元" else fact.value


def stated_cells(facts: Sequence[Fact], year: int | None) -> Mapping[str, tuple[Number, ...]]:
    """Return {path: numbers} for the cells of which the narrative states the number itself.

    Only facts of the reported year whose cell is one and certain; two facts that disagree both
    stand.
    """
    stated: dict[str, tuple[Number, ...]] = {}
    for fact in facts:
        sums = {s for form in SUMS.values() for s in form.get(fact.name, ())}
        certain = sums and all(len(cells) == 1 for cells in sums) and TAKEN_UP not in fact.text
        if not certain or not comparable(fact, year):
            continue
        for (path,) in sorted(sums):
            value = amount(fact)
            if value not in stated.get(path, ()):
                stated[path] = (*stated.get(path, ()), value)
    return stated
