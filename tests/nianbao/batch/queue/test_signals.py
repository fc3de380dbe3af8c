from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from nianbao.batch.queue import signals
from nianbao.checks import run_checks
from nianbao.profile import FEATURES, Novelty, Unusual
from nianbao.report import Report
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW
from nianbao.spans import Span
from tests.conftest import Sample

Make = Callable[..., Sample]
GRANTED, OTHER = "requests.granted.natural_person", "requests.granted.other"
#: The agency's own slip: the row does not add up, whoever reads it.
SLIP = {GRANTED: 3, "requests.granted.total": 4}


def checked(report: Report) -> Report:
    return replace(
        report, checks=run_checks(report.values(), "2021", (PROACTIVE, REQUESTS, REVIEW))
    )


def test_the_agency_s_own_slip_is_no_reason(make_sample: Make) -> None:
    made = make_sample(values=SLIP)
    assert any(check.status == "fail" for check in made.report.checks)
    assert signals.failed_check(made.report, made.report, made.document.text) is None


def test_a_failed_sum_with_a_doubtful_cell(make_sample: Make, change_cell: Make) -> None:
    made = change_cell(make_sample(values=SLIP), GRANTED, confidence=0.4)
    found = signals.failed_check(made.report, made.report, made.document.text)
    assert found is not None and found.code == "failed_check" and found.strength == 0.6
    assert "「(一)予以公开」·「自然人」（第 " in found.message and "可信度仅 0.40" in found.message


def test_a_failed_sum_with_a_missing_cell(make_sample: Make, change_cell: Make) -> None:
    made = change_cell(make_sample(values=SLIP), OTHER, value=None, source="missing", start=None)
    made = Sample(checked(made.report), made.document)
    found = signals.failed_check(made.report, made.report, made.document.text)
    assert found is not None and found.strength == 0.8 and "缺失或不能确定" in found.message


def test_a_failed_sum_that_the_rules_read_otherwise(make_sample: Make) -> None:
    made, other = make_sample(values=SLIP), make_sample(values={**SLIP, GRANTED: 4})
    found = signals.failed_check(made.report, other.report, made.document.text)
    assert found is not None and found.strength == 1.0
    assert "只用规则则读作 4" in found.message


def test_the_narrative_s_checks_are_not_sums(make_sample: Make, change_cell: Make) -> None:
    made = change_cell(make_sample(), GRANTED, confidence=0.1)
    check = replace(made.report.checks[0], id="narrative.requests_granted", status="fail")
    report = replace(made.report, checks=(replace(check, cells=(GRANTED,)),))
    assert signals.failed_check(report, report, made.document.text) is None


def test_low_confidence_names_the_least_certain_cell(sample: Sample) -> None:
    text = sample.document.text
    assert signals.low_confidence(sample.report, text) is None
    doubtful = replace(sample.report, confidence=0.3)
    found = signals.low_confidence(doubtful, text)
    assert found is not None and found.strength == 0.7
    assert "0.30" in found.message and "「行政处罚」·「本年处理决定数量」" in found.message
    assert signals.low_confidence(replace(doubtful, is_report=False), text) is None
    bare = replace(sample.report, cells=(), confidence=0.0)
    assert (signals.low_confidence(bare, text) or found).message == "没有读出任何表格"
    assert signals.low_confidence(replace(bare, format="pre2019"), text) is None


def labelled(text: str, **labels: str) -> list[Span]:
    """Spans of `text`: word -> label."""
    found = [
        Span(text.index(word), text.index(word) + len(word), label)
        for word, label in labels.items()
    ]
    return sorted(found, key=lambda span: span.start)


def test_model_and_rules_that_agree_are_no_reason() -> None:
    text = "一、总体情况\n予以公开|3\n自然人|4\n总计|5"
    same = labelled(text, 予以公开="row.requests.granted", 自然人="column.requests.natural_person")
    shorter = [replace(span, end=span.end - 1) for span in same]
    assert signals.disagreement(text, same, same) is None
    assert signals.disagreement(text, same, shorter) is None


def test_other_labels_and_missed_names_are_a_disagreement() -> None:
    text = "一、总体情况\n予以公开|3\n自然人|4\n商业企业|5"
    ours = labelled(text, 予以公开="row.requests.granted", 自然人="column.requests.natural_person")
    heading = Span(0, 6, "heading.overview")
    others = {"予以公开": "row.requests.partially_granted", "商业企业": "column.requests.other"}
    theirs = [heading, *labelled(text, **others)]
    unsure = [replace(span, score=0.5) for span in ours]
    found = signals.disagreement(text, unsure, theirs)
    assert found is not None and found.strength == 1.0
    assert "第 1 行「一、总体情况」模型未标，规则标为标题「一、总体情况」" in found.message
    assert (
        "第 2 行「予以公开」模型标为行「(一)予以公开」，规则标为行「(二)部分公开" in found.message
    )
    assert "等 4 处" in found.message


def test_a_wording_that_only_the_sure_model_knows_counts_little() -> None:
    text = "\n".join("ABCDEFGH")
    ours = [Span(i, i + 1, "row.requests.granted", 0.99) for i in range(0, 15, 2)]
    assert signals.disagreement(text, ours, []) is None
    unsure = [replace(span, score=0.6) for span in ours]
    found = signals.disagreement(text, unsure, [])
    assert found is not None and "规则未标" in found.message


def novelty(**changes: Any) -> Novelty:
    return replace(Novelty(0.5, 0.6, 0.7, 3, ()), **changes)


def test_new_layouts() -> None:
    assert signals.new_layout(novelty()) is None
    off = Unusual(FEATURES[0], 0.98, 0.0, 0.6)
    found = signals.new_layout(novelty(percentile=1.0, excess=1.5, unusual=(off,)))
    assert found is not None and found.strength == 0.75
    assert "数值前为没有分隔的占比为 98%，训练页面为 0% 至 60%" in found.message
    assert "组合" in (signals.new_layout(novelty(percentile=0.999)) or found).message


def test_doubtful_pages() -> None:
    assert [signals.doubtful_page(score) for score in (0.02, 0.97)] == [None, None]
    strengths = [signals.doubtful_page(score) for score in np.linspace(0.2, 0.8, 3)]
    assert [one.strength for one in strengths if one] == [0.4, 1.0, 0.4]
