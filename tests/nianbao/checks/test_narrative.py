"""Narrative checks: pass, fail, skipped; which cells; Chinese messages with both figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from nianbao.checks.narrative import NAMES, check_narrative
from nianbao.facts.cells import SUMS
from nianbao.report import CheckResult, Fact, Number

YEAR = 2023
NEW, OLD = "requests.new_received.total", "requests.carried_over.total"
RESULTS = "requests.results_total.total"


def fact(
    name: str, value: Number, unit: str = "件", year: int | None = YEAR, text: str = ""
) -> Fact:
    return Fact(name, value, unit, text, 0, 1, year)


def check(
    facts: list[Fact], values: dict[str, Number | None], form: str | None = "2021"
) -> CheckResult:
    (result,) = check_narrative(facts, values, form, YEAR)
    return result


def test_a_figure_that_agrees_passes() -> None:
    result = check([fact("requests_received", 28)], {NEW: 28})
    assert (result.id, result.status) == ("narrative.requests_received", "pass")
    assert (result.expected, result.actual, result.cells) == (28, 28, (NEW,))
    assert "28件" in result.message


def test_a_figure_that_disagrees_fails_with_both_figures() -> None:
    result = check([fact("requests_received", 28)], {NEW: 27})
    assert (result.status, result.expected, result.actual) == ("fail", 27, 28)
    assert "28件" in result.message and "27" in result.message and "新收" in result.message


@pytest.mark.parametrize("values", [{}, {NEW: None}])
def test_without_a_cell_it_is_skipped(values: dict[str, Number | None]) -> None:
    result = check([fact("requests_received", 28)], values)
    assert (result.status, result.expected, result.actual) == ("skipped", None, 28)


@pytest.mark.parametrize(
    ("name", "value", "values", "status"),
    [
        ("requests_handled", 148, {NEW: 142, OLD: 6, RESULTS: 140}, "pass"),
        ("requests_handled", 142, {NEW: 142, OLD: 6, RESULTS: 140}, "pass"),
        ("requests_handled", 140, {NEW: 142, OLD: 6, RESULTS: 140}, "pass"),
        ("requests_handled", 141, {NEW: 142, OLD: 6, RESULTS: 140}, "fail"),
        ("requests_received", 148, {NEW: 142, OLD: 6}, "fail"),
        (
            "requests_granted_or_partially",
            42,
            {"requests.granted.total": 40, "requests.partially_granted.total": 2},
            "pass",
        ),
        (
            "requests_denied",
            5,
            {"requests.denied.state_secret.total": 2, "requests.denied.internal_affairs.total": 3},
            "pass",
        ),
        ("requests_unavailable", 4, {"requests.unavailable.not_held.total": 3}, "fail"),
        ("requests_not_processed", 1, {"requests.not_processed.duplicate.total": 1}, "pass"),
        (
            "lawsuits",
            7,
            {
                "reconsideration_litigation.litigation_direct.total": 3,
                "reconsideration_litigation.litigation_after_reconsideration.total": 4,
            },
            "pass",
        ),
        ("lawsuits", 7, {"reconsideration_litigation.litigation_direct.total": 7}, "pass"),
        ("normative_documents_in_force", 9, {"proactive_disclosure.normative_documents.in_force": 9}, "pass"),
        ("licences", 9, {"proactive_disclosure.licensing.decisions": 8}, "fail"),
    ],
)  # fmt: skip
def test_sums_and_alternatives(
    name: str, value: int, values: dict[str, Number | None], status: str
) -> None:
    assert check([fact(name, value)], values).status == status


def test_what_was_taken_up_may_count_what_was_carried_over() -> None:
    taken = fact("requests_received", 148, text="受理政府信息公开申请148件")
    values: dict[str, Number | None] = {NEW: 142, OLD: 6}
    assert check([taken], values).status == "pass"
    assert check([taken], {NEW: 142, OLD: 5}).status == "fail"


def test_a_figure_that_counts_what_was_carried_over_is_told_so() -> None:
    values: dict[str, Number | None] = {NEW: 27, OLD: 1}
    received = [fact("requests_received", 28, text="收到政府信息公开申请28件")]
    assert "则一致" in check(received, values).message
    assert "则一致" not in check(received, {NEW: 27, OLD: 2}).message


def test_money_is_compared_exactly_in_10k_yuan() -> None:
    path = "proactive_disclosure.fees.amount_10k_yuan"
    assert check([fact("fees", 251000, "元")], {path: Decimal("25.1")}).status == "pass"
    assert (
        check([fact("fees", Decimal("47593.6663"), "万元")], {path: Decimal("47593.6663")}).status
        == "pass"
    )
    assert (
        check([fact("fees", Decimal("47593.6664"), "万元")], {path: Decimal("47593.6663")}).status
        == "fail"
    )


def test_the_first_of_two_statements_that_is_contradicted_is_named() -> None:
    facts = [fact("requests_granted", n) for n in (4, 5, 6)]
    result = check(facts, {"requests.granted.total": 4})
    assert (result.status, result.actual) == ("fail", 5)


@pytest.mark.parametrize(
    "other",
    [
        fact("requests_received", 20, year=2022),
        fact("requests_received", 20, unit="余件"),
        fact("requests_received", 20, unit="近件"),
        fact("published_items", 20, unit="条"),
        fact("processing_fee", 20, unit="元"),
    ],
    ids=str,
)
def test_what_is_not_comparable_is_not_checked(other: Fact) -> None:
    assert check_narrative([other], {NEW: 1}, "2021", YEAR) == ()


def test_forms_differ_in_the_cells_of_documents() -> None:
    made = [fact("normative_documents_made", 3)]
    path = "proactive_disclosure.normative_documents"
    assert check(made, {f"{path}.newly_made": 3, f"{path}.made": 4}, "2019").status == "pass"
    assert check(made, {f"{path}.newly_made": 3, f"{path}.made": 4}, None).status == "fail"
    assert check_narrative([fact("normative_documents_repealed", 1)], {}, "2019", YEAR) == ()
    assert check_narrative(made, {}, "pre2019", YEAR) == ()


def test_checks_come_in_one_order_whatever_the_order_of_the_facts() -> None:
    facts = [fact("lawsuits", 1), fact("requests_received", 2)]
    forward = check_narrative(facts, {}, "2021", YEAR)
    assert forward == check_narrative(facts[::-1], {}, "2021", YEAR)
    assert [result.id for result in forward] == [
        "narrative.requests_received",
        "narrative.lawsuits",
    ]


def test_every_fact_with_a_cell_has_a_name() -> None:
    assert set(NAMES) == {name for form in SUMS.values() for name in form}
