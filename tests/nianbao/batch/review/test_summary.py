from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nianbao.batch.review.stored import UnreadableDataset
from nianbao.batch.review.summary import summarise, to_json
from nianbao.batch.review.summary_model import (
    CheckFamily,
    CheckTable,
    CheckYear,
    CoverageYear,
    Gap,
    Group,
    Outcomes,
    Punctuality,
    Summary,
    Version,
)
from tests.nianbao.batch.review.made_dataset import MadeDocument, MadeReport, mirror, sha, write

REVIEW = "reconsideration_litigation"


def made(folder: Path, *reports: MadeReport, documents: tuple[MadeDocument, ...] = ()) -> Summary:
    return summarise(write(folder, reports, documents))


def test_versions_that_were_not_chosen_count_only_as_reports(tmp_path: Path) -> None:
    first = MadeReport("a", failed=("requests.balance.total",), passed=())
    documents = (MadeDocument("n", "not_report", "not_a_report"),)
    summary = made(tmp_path, first, mirror(first, "b"), documents=documents)
    overview = summary.overview
    assert (overview.documents, overview.reports, overview.chosen) == (3, 2, 1)
    assert (overview.agencies, overview.cells) == (1, 200)
    assert summary.by_year == (Group("2023", 1, 1, 0),)
    assert summary.checks.families[0].failed == 1
    (link,) = summary.links
    assert (link.reason, link.reports) == ("mirror", 1)
    assert link.examples[0].named.document == "in/b.html"
    assert link.examples[0].chosen_document == "in/a.html"


def test_groups_of_year_province_and_form(tmp_path: Path) -> None:
    summary = made(
        tmp_path,
        MadeReport("a", year=2020, form="2019", agency_id="a", confidence=0.49),
        MadeReport("b", year=2022, agency_id="b", failed=("narrative.fees",)),
        MadeReport("c", year=None, agency_id=None, province=None, confidence=0.5),
        MadeReport("d", year=2022, agency_id="d"),
    )
    assert summary.by_year == (Group("2020", 1, 0, 1), Group("2022", 2, 1, 0), Group(None, 1, 0, 0))
    assert summary.by_province == (Group("云泽省", 3, 1, 1), Group(None, 1, 0, 0))
    assert summary.by_form == (Group("2019", 1, 0, 1), Group("2021", 3, 1, 0))
    overview = summary.overview
    assert (overview.no_agency, overview.no_agency_id, overview.no_year) == (0, 1, 1)


def test_versions_of_library_and_model_are_counted(tmp_path: Path) -> None:
    reports = (MadeReport("a"), MadeReport("b", agency_id="b"), MadeReport("c", model="tagger 2"))
    found = made(tmp_path, *reports).overview.versions
    assert found == (Version("0.2.0", "tagger 1", 2), Version("0.2.0", "tagger 2", 1))


def test_coverage_tells_gaps_between_reports_from_those_at_the_ends(tmp_path: Path) -> None:
    def of(agency: str, *years: int) -> list[MadeReport]:
        return [MadeReport(f"{agency}{year}", year, agency, agency) for year in years]

    reports = [*of("end", 2020, 2021), *of("full", 2020, 2021, 2022), *of("hole", 2020, 2022)]
    coverage = made(tmp_path, *reports).coverage
    assert (coverage.agencies, coverage.complete, coverage.gaps_total) == (3, 1, 2)
    assert coverage.years == (
        CoverageYear(2020, 3, 0),
        CoverageYear(2021, 2, 1),
        CoverageYear(2022, 2, 1),
    )
    assert coverage.gaps == (
        Gap("hole", "hole", "云泽省", (2020, 2022), (2021,), (2021,)),
        Gap("end", "end", "云泽省", (2020, 2021), (2022,), ()),
    )


def test_an_agency_without_id_is_known_by_name_and_province(tmp_path: Path) -> None:
    def of(year: int, agency: str | None, province: str | None) -> MadeReport:
        return MadeReport(f"{year}{province}", year, agency, None, province)

    summary = made(tmp_path, of(2020, "局", "甲"), of(2021, "局", "甲"), of(2021, "局", None))
    assert summary.coverage.agencies == summary.overview.agencies == 2
    assert [gap.agency_key for gap in summary.coverage.gaps] == [" 局"]
    assert summary.overview.no_agency == 0
    nameless = made(tmp_path / "other", of(2020, None, "甲"))
    assert (nameless.overview.agencies, nameless.overview.no_agency) == (0, 1)


def test_checks_by_family_table_and_year(tmp_path: Path) -> None:
    summary = made(
        tmp_path,
        MadeReport(
            "a",
            failed=("requests.row_sum.granted", "requests.row_sum.denied.state_secret"),
            passed=("narrative.fees",),
        ),
        MadeReport("b", year=2022, passed=("requests.row_sum.granted", "narrative.fees")),
    )
    checks = summary.checks
    assert checks.families == (
        CheckFamily("requests.row_sum", 1, 2, 0, 1),
        CheckFamily("narrative", 2, 0, 0, 0),
    )
    assert checks.tables == (CheckTable("requests", 1, 2, 0), CheckTable("narrative", 2, 0, 0))
    assert CheckYear(2022, "requests.row_sum", 1, 0) in checks.years
    assert CheckYear(2023, "requests.row_sum", 0, 2) in checks.years
    assert [(c.check, c.failed, c.ran) for c in checks.most_failed] == [
        ("requests.row_sum.denied.state_secret", 1, 1),
        ("requests.row_sum.granted", 1, 2),
    ]
    (worst,) = checks.worst
    assert (worst.named.report, worst.failed, worst.ran) == (sha("a"), 2, 3)
    assert worst.messages[0] == "requests.row_sum.denied.state_secret 的说明"


@pytest.mark.parametrize(("confidence", "bin_"), [(0.0, 0), (0.3, 3), (0.7, 7), (0.95, 9), (1, 9)])
def test_confidence_falls_into_its_bin(tmp_path: Path, confidence: float, bin_: int) -> None:
    found = made(tmp_path, MadeReport("a", confidence=confidence)).confidence
    assert [item.reports for item in found.bins] == [int(i == bin_) for i in range(10)]
    assert (found.p10, found.p50, found.p90) == (confidence,) * 3


def test_documents_that_are_no_report_by_reason(tmp_path: Path) -> None:
    documents = [MadeDocument(f"s{i}", "failed", "needs_ocr", f"第 {i} 份") for i in range(5)]
    documents += [MadeDocument("n", "not_report", "not_a_report")]
    reasons = made(tmp_path, documents=tuple(documents)).reasons
    assert [(r.status, r.reason, r.documents) for r in reasons] == [
        ("failed", "needs_ocr", 5),
        ("not_report", "not_a_report", 1),
    ]
    assert [example.message for example in reasons[0].examples] == ["第 0 份", "第 1 份", "第 2 份"]


@pytest.mark.parametrize(
    ("published", "found"),
    [
        (date(2024, 1, 1), Punctuality(2023, 1, 0, 0, 0, 0)),
        (date(2024, 1, 31), Punctuality(2023, 1, 0, 0, 0, 0)),
        (date(2024, 2, 1), Punctuality(2023, 0, 1, 0, 0, 0)),
        (date(2024, 3, 31), Punctuality(2023, 0, 1, 0, 0, 0)),
        (date(2024, 4, 1), Punctuality(2023, 0, 0, 1, 0, 0)),
        (date(2023, 12, 31), Punctuality(2023, 0, 0, 0, 1, 0)),
        (None, Punctuality(2023, 0, 0, 0, 0, 1)),
    ],
)
def test_punctuality(tmp_path: Path, published: date | None, found: Punctuality) -> None:
    assert made(tmp_path, MadeReport("a", published=published)).punctuality == (found,)


def test_suspects_are_ranked_and_say_why(tmp_path: Path) -> None:
    summary = made(
        tmp_path,
        MadeReport("fine", 2019, confidence=0.5),
        MadeReport("lost", 2020, confidence=1.0, values={"requests.granted.total": None}),
        MadeReport("flawed", 2021, confidence=1.0, failed=("narrative.fees",)),
        MadeReport("both", 2022, confidence=0.4999, failed=("narrative.fees",)),
    )
    assert summary.suspects_total == 3
    assert [suspect.named.year for suspect in summary.suspects] == [2022, 2021, 2020]
    assert [suspect.reasons for suspect in summary.suspects] == [
        ("2 项核对中 1 项未通过", "可信度 0.49，低于 0.5"),
        ("2 项核对中 1 项未通过",),
        ("200 格中 1 格缺失或无法辨认",),
    ]
    assert [suspect.score for suspect in summary.suspects] == [1.0001, 0.5, 0.005]


def test_requests_add_up_by_year(tmp_path: Path) -> None:
    def of(name: str, new: int, **values: int | None) -> MadeReport:
        cells = {f"requests.{row}.total": value for row, value in values.items()}
        return MadeReport(
            name, agency_id=name, values={"requests.new_received.total": new, **cells}
        )

    secret = {"denied.state_secret": 2, "denied.enforcement_file": 1, "unavailable.not_held": 4}
    summary = made(
        tmp_path, of("a", 10, granted=3, **secret), of("b", 5, granted=None, partially_granted=1)
    )
    (flow,) = summary.flows
    assert (flow.reports, flow.new_received, flow.results_total) == (2, 15, 0)
    assert summary.outcomes == (Outcomes(2023, 3, 1, 3, 4, 0, 0),)
    assert summary.refusal_years == (2023,)
    counts = {item.row: item.counts for item in summary.refusals}
    assert counts["denied.state_secret"] == (2,)
    assert counts["denied.enforcement_file"] == (1,)
    assert counts["not_processed.duplicate"] == (0,)
    assert len(counts) == 16


def test_a_row_that_repeats_its_details_is_not_counted_twice(tmp_path: Path) -> None:
    values = {"requests.other_processing.total": 5}
    old = MadeReport("a", 2020, form="2019", values=values)
    assert made(tmp_path / "one", old).outcomes[0].other_processing == 5

    class Both(MadeReport):
        def cells(self) -> list[dict[str, object]]:
            details = replace(old, form="2021", values={"requests.other_processing.other.total": 5})
            rows = [c for c in details.cells() if c["row"] == "other_processing.other"]
            return [*super().cells(), *rows]

    both = Both("a", 2020, form="2019", values=values)
    assert made(tmp_path / "two", both).outcomes[0].other_processing == 5


def test_the_rate_of_correction(tmp_path: Path) -> None:
    summary = made(
        tmp_path,
        MadeReport(
            "a",
            values={
                f"{REVIEW}.reconsideration.upheld": 2,
                f"{REVIEW}.reconsideration.corrected": 1,
                f"{REVIEW}.reconsideration.other": 1,
                f"{REVIEW}.reconsideration.pending": 9,
                f"{REVIEW}.litigation_direct.corrected": 1,
                f"{REVIEW}.litigation_after_reconsideration.upheld": 1,
            },
        ),
        MadeReport("b", year=2022),
    )
    found = {(r.year, r.kind): (r.corrected, r.pending, r.rate) for r in summary.reviews}
    assert found == {
        (2022, "reconsideration"): (0, 0, None),
        (2022, "litigation"): (0, 0, None),
        (2023, "reconsideration"): (1, 9, 0.25),
        (2023, "litigation"): (1, 0, 0.5),
    }


def test_a_misread_number_of_26_digits_does_not_overflow(tmp_path: Path) -> None:
    huge = {"requests.new_received.total": "9" * 26, "requests.granted.total": "9" * 26}
    reports = [MadeReport(name, agency_id=name, values=huge) for name in "abc"]
    summary = made(tmp_path, *reports)
    assert summary.flows[0].new_received == summary.outcomes[0].granted == 3 * int("9" * 26)


def test_a_dataset_without_reports_has_a_summary(tmp_path: Path) -> None:
    summary = made(tmp_path, documents=(MadeDocument("a", "skipped", "image"),))
    assert summary.overview.documents == 1
    assert summary.by_year == summary.flows == summary.suspects == ()
    assert summary.confidence.p50 is None


def test_json_is_the_same_whatever_the_order_of_rows(tmp_path: Path) -> None:
    reports = [
        MadeReport(name, 2018 + index, agency_id=name, failed=("narrative.fees",), confidence=0.1)
        for index, name in enumerate("abcdef")
    ]
    one, two = made(tmp_path / "1", *reports), made(tmp_path / "2", *reversed(reports))
    assert to_json(one) == to_json(two)
    assert json.loads(to_json(one))["overview"]["chosen"] == 6


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDataset):
        summarise(tmp_path)
