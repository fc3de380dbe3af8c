"""The arithmetic checks: the judged reports, hand-made cases and a brute-force restatement."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.checks import build_checks, run_checks
from nianbao.report import CheckResult, Number
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, table_cells

GOLD = Path(__file__).resolve().parents[3] / "../shared/gold"
TABLES = (PROACTIVE, REQUESTS, REVIEW)
Values = dict[str, Number | None]


def blank(form: str, fill: Number | None = 0) -> Values:
    return {
        f"{table}.{row}.{column}": fill
        for table in TABLES
        for row, columns in table_cells(table, form).items()
        for column in columns
    }


def results(values: Values, form: str = "2021") -> dict[str, CheckResult]:
    return {result.id: result for result in run_checks(values, form, TABLES)}


@pytest.mark.skipif(not GOLD.exists(), reason="the shared folder is not beside this checkout")
def test_gold_reports_fail_exactly_the_checks_that_a_person_found() -> None:
    for path in sorted(GOLD.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        values = {
            f"{table}.{row}.{column}": value
            for table, rows in gold["tables"].items()
            for row, columns in rows.items()
            for column, value in columns.items()
        }
        outcomes = run_checks(values, gold["format"], gold["tables"])
        failed = {result.id for result in outcomes if result.status == "fail"}
        assert failed == set(gold["failed_checks"]), path.name


@pytest.mark.parametrize(("form", "row_sums"), [("2021", 25), ("2019", 23)])
def test_a_full_report_has_every_equation_of_its_form(form: str, row_sums: int) -> None:
    ids = [result.id for result in run_checks(blank(form), form, TABLES)]
    assert len(ids) == len(set(ids)) == 7 + row_sums + 7 + 3
    assert sum(i.startswith("requests.row_sum.") for i in ids) == row_sums
    assert all(r.status == "pass" for r in run_checks(blank(form), form, TABLES))


def test_a_failed_row_is_named_as_the_form_prints_it() -> None:
    values = blank("2021")
    values["requests.granted.natural_person"] = 3
    values["requests.granted.total"] = 4
    result = results(values)["requests.row_sum.granted"]
    assert result.status == "fail"
    assert (result.expected, result.actual) == (3, 4)
    assert result.message == "「(一)予以公开」一行六类申请人之和为 3，总计填 4"
    assert result.cells[-1] == "requests.granted.total" and len(result.cells) == 7


def test_a_row_under_a_group_is_named_with_its_group() -> None:
    values = blank("2021")
    values["requests.other_processing.other.total"] = 1
    message = results(values)["requests.row_sum.other_processing.other"].message
    assert message.startswith("「(六)其他处理 3.其他」一行")
    values["reconsideration_litigation.litigation_direct.total"] = 1
    message = results(values)["reconsideration_litigation.row_sum.litigation_direct"].message
    assert message == "「行政诉讼 未经复议直接起诉」一行四类结果之和为 0，总计填 1"


def test_a_failed_balance_states_all_four_numbers() -> None:
    values = blank("2021")
    values["requests.new_received.total"] = 10
    values["requests.carried_over.total"] = 1
    values["requests.results_total.total"] = 9
    result = results(values)["requests.balance.total"]
    assert (result.status, result.expected, result.actual) == ("fail", 11, 9)
    assert result.message == (
        "「总计」一列本年新收 10 加上年结转 1 为 11，办理结果总计 9 加结转下年度 0 为 9"
    )


def test_null_addends_count_as_zero_until_all_are_null() -> None:
    values = blank("2021")
    for column in ("commercial_enterprise", "research_institution"):
        values[f"requests.granted.{column}"] = None
    result = results(values)["requests.row_sum.granted"]
    assert result.status == "pass" and "空缺 2 格按 0 计" in result.message
    for path in result.cells[:-1]:
        values[path] = None
    result = results(values)["requests.row_sum.granted"]
    assert result.status == "skipped" and "六类申请人全部空缺" in result.message


def test_a_null_total_skips() -> None:
    values = blank("2021")
    values["requests.results_total.total"] = None
    outcome = results(values)
    assert outcome["requests.balance.total"].status == "skipped"
    assert outcome["requests.results_sum.total"].status == "skipped"
    assert outcome["requests.row_sum.results_total"].status == "skipped"
    assert outcome["requests.balance.other"].status == "pass"


def test_a_null_carried_over_does_not_skip_the_balance() -> None:
    values = blank("2021")
    values["requests.carried_over.total"] = values["requests.carried_forward.total"] = None
    assert results(values)["requests.balance.total"].status == "pass"


def test_a_report_of_mixed_forms_is_summed_over_the_rows_it_has() -> None:
    values = {p: v for p, v in blank("2021").items() if ".other_processing." not in p}
    values |= {p: v for p, v in blank("2019").items() if ".other_processing." in p}
    values["requests.other_processing.total"] = 2
    values["requests.results_total.total"] = 2
    outcome = results(values)
    assert outcome["requests.results_sum.total"].status == "pass"
    assert outcome["requests.row_sum.other_processing"].status == "fail"
    assert "requests.row_sum.other_processing.other" not in outcome


def test_a_group_row_that_repeats_its_details_is_not_counted_twice() -> None:
    values = blank("2021") | blank("2019")
    values["requests.other_processing.other.total"] = 2
    values["requests.other_processing.total"] = 2
    values["requests.results_total.total"] = 2
    assert results(values)["requests.results_sum.total"].status == "pass"
    for row in ("correction_overdue", "fee_overdue", "other"):
        for path in list(values):
            if path.startswith(f"requests.other_processing.{row}."):
                values[path] = None
    assert results(values)["requests.results_sum.total"].status == "pass"


def test_absent_tables_and_other_forms_have_no_checks() -> None:
    assert run_checks(blank("2021"), "pre2019", TABLES) == ()
    assert run_checks(blank("2021"), "2021", (PROACTIVE,)) == ()
    only_review = run_checks(blank("2021"), "2021", (REVIEW,))
    assert [result.id.split(".")[0] for result in only_review] == [REVIEW] * 3


def test_sums_are_exact_decimals() -> None:
    values = blank("2021")
    values["requests.granted.natural_person"] = Decimal("0.1")
    values["requests.granted.other"] = Decimal("0.2")
    values["requests.granted.total"] = Decimal("0.3")
    result = results(values)["requests.row_sum.granted"]
    assert result.status == "pass" and result.expected == Decimal("0.3")


def test_every_check_has_a_title_in_words_of_the_form() -> None:
    checks = build_checks(blank("2019"), "2019", TABLES)
    titles = {check.id: check.title for check in checks}
    assert titles["requests.balance.natural_person"] == "勾稽关系：「自然人」一列"
    assert (
        titles["requests.row_sum.denied.state_secret"]
        == "行合计：「(三)不予公开 1.属于国家秘密」一行"
    )
    assert len(set(titles.values())) == len(titles)


NUMBERS = st.one_of(st.none(), st.integers(-9, 9), st.decimals(-9, 9, places=2, allow_nan=False))


@st.composite
def reports(draw: st.DrawFn) -> tuple[str, Values]:
    form = draw(st.sampled_from(["2019", "2021"]))
    paths = list(blank(form))
    changed = draw(st.dictionaries(st.sampled_from(paths), NUMBERS, max_size=40))
    return form, blank(form, draw(st.sampled_from([0, None]))) | changed


@settings(max_examples=60, deadline=None)
@given(reports())
def test_checks_agree_with_a_plain_restatement(case: tuple[str, Values]) -> None:
    form, values = case
    columns = table_cells(REQUESTS, form)["granted"]
    rows = list(table_cells(REQUESTS, form))
    outcomes = rows[rows.index("granted") : rows.index("results_total")]

    def status(addends: list[str], total: str) -> str:
        known = [v for v in (values[p] for p in addends) if v is not None]
        if values[total] is None or not known:
            return "skipped"
        return "pass" if sum(known) == values[total] else "fail"

    want: dict[str, str] = {}
    for row in rows:
        cells = [f"requests.{row}.{column}" for column in columns]
        want[f"requests.row_sum.{row}"] = status(cells[:-1], cells[-1])
    for column in columns:
        at = {row: f"requests.{row}.{column}" for row in rows}
        want[f"requests.results_sum.{column}"] = status(
            [at[row] for row in outcomes], at["results_total"]
        )
        new, done = values[at["new_received"]], values[at["results_total"]]
        over = values[at["carried_over"]] or 0
        forward = values[at["carried_forward"]] or 0
        if new is None or done is None:
            want[f"requests.balance.{column}"] = "skipped"
        else:
            balanced = new + over == done + forward
            want[f"requests.balance.{column}"] = "pass" if balanced else "fail"
    for row, names in table_cells(REVIEW, form).items():
        cells = [f"{REVIEW}.{row}.{column}" for column in names]
        want[f"{REVIEW}.row_sum.{row}"] = status(cells[:-1], cells[-1])
    assert {r.id: r.status for r in run_checks(values, form, TABLES)} == want
