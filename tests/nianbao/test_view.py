"""The readable view, explanations, CSV and schema of a made report."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from nianbao.document import Document
from nianbao.evaluation import Score, Tally
from nianbao.report import to_json
from nianbao.rules.forms import PROACTIVE
from nianbao.spans import Span
from nianbao.view import UnknownPath, explain, render_report, scores, spans, to_csv
from nianbao.view.explanation import AFTER, BEFORE, excerpts
from nianbao.view.grid import Grid, GridCell
from nianbao.view.picture import COLUMN, draw
from nianbao.view.schema import record_schema

WIDTH = 100
Make = Callable[..., Any]


def printed(renderable: RenderableType, width: int = WIDTH) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def shown(sample: Any, width: int = WIDTH, *, colour: bool = False) -> str:
    stream = io.StringIO()
    system = "truecolor" if colour else None
    console = Console(width=width, file=stream, color_system=system, force_terminal=colour)
    render_report(sample.report, sample.document, console)
    return stream.getvalue()


def line_of(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


# The grid


def test_a_grid_draws_merged_cells_as_one() -> None:
    cells = (
        GridCell(Text("甲"), 0, 0, rowspan=2),
        GridCell(Text("乙丙"), 0, 1, colspan=2, align="center"),
        GridCell(Text("1"), 1, 1, align="right"),
        GridCell(Text("2"), 1, 2, align="right"),
    )
    assert printed(Grid(cells, (2, 3, 3), frozenset({1}))).splitlines() == [
        "┌──┬───────┐",
        "│  │ 乙丙  │",
        "│甲├───┬───┤",
        "│  │  1│  2│",
        "└──┴───┴───┘",
    ]


def test_a_grid_keeps_the_style_of_its_cells() -> None:
    console = Console(width=20, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Grid((GridCell(Text("1!", style="red"), 0, 0, align="right"),), (4,)))
    assert "\x1b[31m  1!\x1b[0m" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_grid_refuses_holes_and_overlaps() -> None:
    with pytest.raises(ValueError, match="no cell at row 0, column 1"):
        printed(Grid((GridCell(Text("甲"), 0, 0),), (2, 2)))
    with pytest.raises(ValueError, match="two cells at row 0, column 0"):
        printed(Grid((GridCell(Text("甲"), 0, 0), GridCell(Text("乙"), 0, 0)), (2,)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("公开ab \n0", max_size=12), min_size=4, max_size=4), st.integers(2, 9))
def test_every_line_of_a_grid_is_equally_wide(texts: list[str], width: int) -> None:
    places = [(0, 0, 2, 1), (0, 1, 1, 2), (1, 1, 1, 1), (1, 2, 1, 1)]
    cells = tuple(GridCell(Text(t), *place) for t, place in zip(texts, places, strict=True))
    lines = printed(Grid(cells, (width, 3, 4), frozenset({1})), 60).splitlines()
    assert {cell_len(line) for line in lines} == {width + 3 + 4 + 4}


# The readable view


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_every_printed_name_and_value_is_there(make_sample: Make, form: str) -> None:
    sample = make_sample(form, {"requests.granted.total": 31007})
    flat = "".join(shown(sample).split())
    for word in (
        "规范性文件",
        "行政事业性收费",
        "勾稽关系",
        "三、",
        "(三)",
        "不予公开",
        "3.危及“三安全一稳定”",
    ):
        assert word in flat
    assert ("3.其他" in flat) == (form == "2021")
    assert ("政府集中采购" in flat) == (form == "2019")
    assert "31007" in line_of(shown(sample), "(一)予以公开")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_console(sample: Any, width: int) -> None:
    assert max(cell_len(line) for line in shown(sample, width).splitlines()) <= width


def test_marks_survive_without_colour(sample: Any) -> None:
    text = shown(sample)
    assert "\x1b" not in text
    assert "3!│" in line_of(text, "(一)予以公开") and "4!│" in line_of(text, "(一)予以公开")
    assert "? │" in line_of(text, "(一)予以公开")
    assert "— │" in line_of(text, "1.属于国家秘密")
    assert "4119~│" in line_of(text, "行政处罚")
    assert "0*!│" in line_of(text, "四、结转下年度继续办理")
    legend = line_of(text, "图例")
    assert all(sign in legend for sign in "—?*~!")


def test_colour_is_used_on_a_terminal_and_not_with_no_color(
    sample: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b[1;31m" in shown(sample, colour=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in shown(sample, colour=True)


def test_findings_facts_and_sections_are_listed(sample: Any) -> None:
    text = shown(sample)
    assert "云泽市2023年政府信息公开工作年度报告" in text
    assert "5 项未通过" in text and "requests.row_sum.granted" in text
    assert "正文出现两次(第 1 行)  duplicate_body" in text
    assert "requests_received" in text and "「收到申请 12 件」" in text
    assert "五、存在的主要问题及改进情况  本机关" in text


def test_a_table_that_is_not_there_is_said_to_be_missing(make_sample: Make) -> None:
    sample = make_sample()
    cells = tuple(c for c in sample.report.cells if not c.path.startswith(PROACTIVE))
    text = shown(replace(sample, report=replace(sample.report, cells=cells)))
    assert "(没有这张表)" in text


def test_a_mixed_report_is_drawn_with_the_rows_it_has(make_sample: Make) -> None:
    new, old = make_sample("2021").report, make_sample("2019").report
    cells = tuple(c for c in new.cells if "other_processing" not in c.path)
    cells += tuple(c for c in old.cells if "other_processing" in c.path)
    text = shown(replace(make_sample(), report=replace(new, cells=cells)))
    assert "(六)其他处理" in text and "3.其他" not in text


def test_the_table_of_one_form_is_drawn_beside_those_of_another(make_sample: Make) -> None:
    new, old = make_sample("2021").report, make_sample("2019").report
    cells = tuple(c for c in old.cells if c.path.startswith(PROACTIVE))
    cells += tuple(c for c in new.cells if not c.path.startswith(PROACTIVE))
    text = shown(replace(make_sample(), report=replace(new, cells=cells)))
    assert "采购总金额" in text and "3.其他" in text


def test_what_is_no_report_says_so_and_has_no_tables(make_sample: Make) -> None:
    sample = make_sample()
    report = replace(
        sample.report, is_report=False, is_report_score=0.03, cells=(), sections=(), checks=()
    )
    text = shown(replace(sample, report=report))
    assert text.startswith("不是政府信息公开工作年度报告(是年报的概率 0.03)")
    assert "┌" not in text


# Explanations


def test_the_value_is_underlined_in_its_line(sample: Any) -> None:
    lines = printed(explain(sample.report, sample.document, "requests.granted.total")).splitlines()
    at = next(i for i, line in enumerate(lines) if "^" in line)
    caret = lines[at].index("^")
    source = lines[at - 1]
    before = next(i for i in range(len(source)) if cell_len(source[:i]) == caret)
    assert source[before] == "4" and "(一)予以公开" in source
    text = "\n".join(lines)
    assert "requests.granted.total" in text and "0.9900" in text and "行列相交处" in text
    assert "未通过" in text and "requests.row_sum.granted" in text
    assert "requests.results_sum.total" in text


def test_candidates_and_missing_places_are_told(sample: Any, change_cell: Make) -> None:
    path = "requests.carried_forward.total"
    changed = change_cell(sample, path, value=None, source="missing", candidates=(1, 10))
    text = printed(explain(changed.report, changed.document, path))
    assert "可能的读法  1、10" in text and "没有对应的位置" in text and "null" in text


def test_an_unknown_path_names_the_close_ones(sample: Any) -> None:
    with pytest.raises(UnknownPath, match=r"requests\.granted\.total"):
        explain(sample.report, sample.document, "requests.grantd.total")
    with pytest.raises(UnknownPath, match="没有单元格 xx"):
        explain(sample.report, sample.document, "xx")
    empty = replace(sample.report, cells=())
    with pytest.raises(UnknownPath, match="没有读出任何表格"):
        explain(empty, sample.document, "requests.granted.total")


def document(text: str) -> Document:
    return Document(text, "text/plain", "utf-8", "", len(text))


def test_a_value_torn_over_two_lines_is_shown_on_both() -> None:
    text = "甲|1\n2|乙"
    found = list(excerpts(document(text), 2, 5))
    assert [(e.number, e.before, e.value, e.after) for e in found] == [
        (1, "甲|", "1", ""),
        (2, "", "2", "|乙"),
    ]
    assert found[0].underline == "   ^"


def test_an_empty_place_still_has_a_caret() -> None:
    [found] = excerpts(document("甲||乙"), 2, 2)
    assert (found.before, found.value, found.underline) == ("甲|", "", "   ^")


@settings(max_examples=100, deadline=None)
@given(st.text("公开\t\n \u200b\u30001a|·é", max_size=120), st.data())
def test_carets_stand_under_the_value(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for found in excerpts(document(text), start, end):
        assert cell_len(found.before) <= BEFORE + 1 and cell_len(found.after) <= AFTER + 1
        assert len(found.underline) == cell_len(found.before) + max(cell_len(found.value), 1)
        source = text.split("\n")[found.number - 1]
        assert len(found.value) <= len(source)


# CSV, schema, spans, scores, picture


def test_csv_has_a_line_for_each_cell(make_sample: Make) -> None:
    sample = make_sample(
        values={
            "proactive_disclosure.fees.amount_10k_yuan": Decimal("47593.6663"),
            "requests.granted.other": None,
        }
    )
    rows = list(csv.DictReader(io.StringIO(to_csv(sample.report))))
    assert list(rows[0]) == ["path", "value", "raw", "source", "confidence", "start", "end"]
    assert len(rows) == len(sample.report.cells) == 200
    found = {row["path"]: row for row in rows}
    assert found["proactive_disclosure.fees.amount_10k_yuan"]["value"] == "47593.6663"
    blank = found["requests.granted.other"]
    assert (blank["value"], blank["source"]) == ("", "blank")
    total = found["requests.granted.total"]
    assert sample.document.text[int(total["start"]) : int(total["end"])] == total["raw"] == "0"


def test_csv_of_several_reports_names_the_file(sample: Any) -> None:
    text = to_csv(sample.report, file="a.html", header=False)
    assert text.splitlines()[0].startswith("a.html,proactive_disclosure.rules.made,")


def test_records_satisfy_their_schema(sample: Any) -> None:
    schema = record_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    record = json.loads(to_json(sample.report))
    jsonschema.validate(record, schema)
    record["tables"]["requests"]["granted"]["total"] = "4"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, schema)


def test_spans_are_listed_with_their_text() -> None:
    source = document("一、总体情况\n如下")
    found = [Span(0, 6, "heading.overview", 0.75)]
    assert "heading.overview" in printed(spans.render(found, source))
    assert json.loads(spans.to_jsonl(found, source)) == {
        "start": 0,
        "end": 6,
        "label": "heading.overview",
        "score": 0.75,
        "source": "model",
        "text": "一、总体情况",
    }


def test_scores_stand_side_by_side() -> None:
    good = Score(cells=Tally(10, 10), nonzero=Tally(2, 2))
    bad = Score(cells=Tally(9, 10), nonzero=Tally(1, 2), errors=("cell a: want 1 got 2",))
    columns = {"model": [("x", good)], "rules only": [("x", bad)]}
    text = printed(scores.render(columns, per_file=True))
    assert "rules only: cell a: want 1 got 2" in text
    nonzero = [line for line in text.splitlines() if "nonzero" in line]
    assert len(nonzero) == 2 and "1.0000" in nonzero[1] and "0.5000" in nonzero[1]
    data = json.loads(scores.to_json(columns, per_file=True))
    assert data["rules only"]["nonzero"] == 0.5
    assert data["rules only"]["files"]["x"]["errors"] == ["cell a: want 1 got 2"]


def test_the_picture_is_well_formed_and_the_same_each_time(sample: Any) -> None:
    svg = draw(sample.report, sample.document)
    assert svg == draw(sample.report, sample.document)
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg") and "自然人" in "".join(root.itertext())
    [wide] = [text for text in root if text.text == "申请人情况"]
    assert wide.get("textLength") == f"{10 * COLUMN:g}"
    [failed] = [text for text in root if text.text == "3!"]
    assert failed.get("fill") != wide.get("fill")
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
