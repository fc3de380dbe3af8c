"""The whole way: the same bytes give the same record, every value stands where it says it does."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from nianbao.evaluation import evaluate_folder, summarise
from nianbao.exceptions import UnreadableInput
from nianbao.pipeline import Pipeline
from nianbao.report import Report, to_dict, to_json
from nianbao.rules.forms import REQUESTS, ROWS, SECTIONS
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example

SHARED = Path(__file__).resolve().parents[2] / "../shared"
CORPUS = Corpus.without_data()
RULES = Pipeline.rules_only()

NO_REPORTS = {
    "news": "市政府召开政务公开工作会议\n\n会议强调,要进一步做好政府信息公开工作,回应群众关切。\n" * 4,
    "list": "政府信息公开年报\n" + "".join(f"某某市{y}年政府信息公开工作年度报告\n" for y in range(2010, 2025)),
    "error": "404 Not Found\n您访问的页面不存在",
    "law": "中华人民共和国政府信息公开条例\n第一条 为了保障公民、法人和其他组织依法获取政府信息,制定本条例。\n" * 3,
}  # fmt: skip


@cache
def product() -> Pipeline:
    return Pipeline.default()


@cache
def pages() -> tuple[bytes, ...]:
    return tuple(make_example(seed, CORPUS).text.encode() for seed in range(8))


def record(pipeline: Pipeline, data: bytes) -> str:
    return to_json(pipeline.parse(data))


@pytest.mark.parametrize("pipeline", [RULES.parse, lambda data: product().parse(data)])
def test_the_same_bytes_give_the_same_json(pipeline: object) -> None:
    assert callable(pipeline)
    once = [to_json(pipeline(data)) for data in pages()]
    backwards = [to_json(pipeline(data)) for data in pages()[::-1]][::-1]
    with ThreadPoolExecutor(3) as pool:
        threaded = [to_json(report) for report in pool.map(pipeline, pages())]
    assert once == backwards == threaded


def test_a_new_pipeline_reads_as_the_old_one() -> None:
    assert record(Pipeline.default(), pages()[0]) == record(product(), pages()[0])


def check_traces(pipeline: Pipeline, data: bytes) -> Report:
    """Assert that what the record says of the text is so, and return it."""
    document = pipeline.document(data)
    text = document.text
    report = pipeline.parse_document(document)
    for cell in report.cells:
        if cell.start is None or cell.end is None:
            assert cell.start is None and cell.end is None and cell.raw == ""
            assert cell.source in ("missing", "inferred")
        else:
            assert text[cell.start : cell.end] == cell.raw
        assert (cell.value is None) == (cell.source in ("missing", "blank"))
        assert 0 <= cell.confidence <= 1
        assert cell.reason
    for section in report.sections:
        assert 0 <= section.start < section.end <= len(text)
    for fact in report.facts:
        assert text[fact.start : fact.end] == fact.text
    for warning in report.warnings:
        if warning.start is not None and warning.end is not None:
            assert 0 <= warning.start <= warning.end <= len(text)
    paths = [cell.path for cell in report.cells]
    assert len(paths) == len(set(paths))
    assert 0 <= report.confidence <= 1
    json.loads(to_json(report), parse_float=Decimal)
    return report


@pytest.mark.parametrize("seed", range(16))
def test_what_is_traced_is_there(seed: int) -> None:
    check_traces(RULES, make_example(seed, CORPUS).text.encode())


@pytest.mark.parametrize("seed", range(4))
def test_what_the_model_finds_is_there(seed: int) -> None:
    check_traces(product(), make_example(seed, CORPUS).text.encode())


@pytest.mark.parametrize("name", NO_REPORTS)
@pytest.mark.parametrize("kind", ["rules", "model"])
def test_a_page_that_is_no_report_is_said_to_be_none(name: str, kind: str) -> None:
    pipeline = RULES if kind == "rules" else product()
    report = pipeline.parse(NO_REPORTS[name].encode())
    assert not report.is_report and report.is_report_score < 0.5
    assert report.tables == {} and report.sections == () and report.facts == ()
    assert "not_a_report" in [warning.code for warning in report.warnings]
    assert report.confidence == pytest.approx(1 - report.is_report_score)


def test_the_source_says_what_was_read_and_by_what() -> None:
    import hashlib

    source = RULES.parse(pages()[0]).source
    assert source.sha256 == hashlib.sha256(pages()[0]).hexdigest()
    assert source.bytes == len(pages()[0])
    assert (source.media_type, source.model_version) == ("text/plain", "rules-only")
    assert (
        product().parse(pages()[0]).source.model_version == product().model_version != "rules-only"
    )


def test_spans_are_in_the_text_as_read() -> None:
    document = RULES.document("某某市2023年政府信息公開(kāi)工作年度報(bào)告".encode())
    spans = RULES.spans(document)
    assert spans and all(span.end <= len(document.text) for span in spans)


def test_an_empty_input_is_refused() -> None:
    with pytest.raises(UnreadableInput):
        RULES.parse(b" \n")


@pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="the shared folder is not here")
@pytest.mark.parametrize("kind", ["rules", "model"])
def test_real_reports_are_read(kind: str) -> None:
    pipeline = RULES if kind == "rules" else product()

    def parse(data: bytes, name: str) -> dict[str, object]:
        check_traces(pipeline, data)
        return to_dict(pipeline.parse(data, name))

    scores = [s for _, s in evaluate_folder(SHARED / "gold", SHARED / "reports", parse)]
    summary = summarise(scores)
    assert summary.nonzero >= 0.99, summary
    assert summary.false <= 0.005, summary


@pytest.mark.parametrize(("title", "is_report"), [
    ("云泽市2023年政府信息公开工作年度报告", True),
    ("政府信息公开工作年度报告格式", False),
])  # fmt: skip
def test_a_form_left_blank_is_a_report_where_somebody_speaks(title: str, is_report: bool) -> None:
    """Some agencies leave every cell blank; the form itself names neither agency nor year."""
    lines = [title]
    for section, heading in SECTIONS.items():
        lines.append(heading)
        rows = ROWS.get(section, {}) if section == REQUESTS else {}
        lines += [f"{name}| | | | | | |" for name in rows.values()]
    report = Pipeline.rules_only().parse("\n".join(lines).encode())
    assert report.is_report is is_report
    assert all(cell.value is None for cell in report.cells)
