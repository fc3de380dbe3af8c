"""Bodies, sections, meta and grids, and whole made reports with their gold spans."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from nianbao.assembly import Assembled, Outline, assemble, outline
from nianbao.assembly.meta import iso_date
from nianbao.evaluation import score, summarise
from nianbao.pipeline import Pipeline
from nianbao.reading import read
from nianbao.reading.folding import fold
from nianbao.rules.forms import REQUEST_COLUMNS, REQUESTS, ROWS, SECTIONS, request_rows
from nianbao.rules.matcher import match
from nianbao.spans import Span
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example


class Page:
    """A text under construction with its spans."""

    def __init__(self) -> None:
        self.text = ""
        self.spans: list[Span] = []

    def put(self, text: str, label: str | None = None) -> Page:
        if label:
            self.spans.append(Span(len(self.text), len(self.text) + len(text), label))
        self.text += text
        return self

    def title(self, year: str = "2023", agency: str = "云泽市") -> Page:
        self.put(agency, "agency").put(year, "year").put("年政府信息公开工作年度报告", "title")
        return self.put("\n")

    def body(self, value: str = "0", columns: int = 7) -> Page:
        for section, heading in SECTIONS.items():
            self.put(heading, f"heading.{section}").put(f"\n本节说明{section}的情况。\n")
            if section == REQUESTS:
                for row in request_rows("2021"):
                    self.put(ROWS[REQUESTS][row], f"row.requests.{row}")
                    for _ in range(columns):
                        self.put("|").put(value, "value")
                    self.put("\n")
        return self

    def made(self) -> tuple[Outline, Assembled]:
        folded = fold(self.text)
        found = outline(folded, self.spans)
        return found, assemble(folded, found, {}, ())


def codes(parts: Assembled) -> list[str]:
    return [warning.code for warning in parts.warnings]


# Bodies


def test_a_report_printed_twice_is_read_once() -> None:
    found, parts = Page().title().body().title().body().made()
    assert len(found.bodies) == 2 and found.body is found.bodies[0]
    assert "duplicate_body" in codes(parts)
    assert [s.id for s in parts.sections] == list(SECTIONS)


def test_another_years_report_is_no_duplicate() -> None:
    found, parts = Page().title().body().title("2022").body().made()
    assert found.meta.year == 2023
    assert "several_reports" in codes(parts) and "duplicate_body" not in codes(parts)


def test_one_report_is_one_body() -> None:
    found, parts = Page().title().body().made()
    assert len(found.bodies) == 1 and "duplicate_body" not in codes(parts)


# Sections


def test_a_table_of_contents_is_no_section() -> None:
    page = Page().title()
    for section, heading in SECTIONS.items():
        page.put(heading, f"heading.{section}").put("\n")
    _, parts = page.body().made()
    assert [s.text for s in parts.sections] == [
        f"本节说明{section}的情况。" for section in SECTIONS
    ]


def test_prose_that_repeats_a_heading_is_no_section() -> None:
    page = Page().title().put("本报告由").put("总体情况", "heading.overview").put("等组成。\n")
    _, parts = page.body().made()
    assert parts.sections[0].heading == "一、总体情况"


def test_signature_and_furniture_are_cut() -> None:
    page = Page().title().body()
    page.put("【打印】", "furniture").put("\n").put("云泽市人民政府", "agency").put("\n")
    page.put("2024年1月20日", "date").put("\n")
    found, parts = page.made()
    assert parts.sections[-1].text == "本节说明other_matters的情况。"
    assert found.meta.published == "2024-01-20"


def test_the_sections_own_their_stretch() -> None:
    page = Page().title().body()
    _, parts = page.made()
    for section in parts.sections:
        assert page.text[section.start :].startswith(section.heading)
        assert "|" not in section.text
    ends = [s.end for s in parts.sections]
    assert [s.start for s in parts.sections][1:] == ends[:-1] and ends[-1] == len(page.text)


def test_what_is_not_there_is_said() -> None:
    _, parts = Page().title().put("一、总体情况", "heading.overview").put("\n概况。").made()
    assert codes(parts).count("section_missing") == 5
    assert codes(parts).count("table_missing") == 3


# Meta


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024年1月20日", "2024-01-20"),
        ("2024-01-20 10:30", "2024-01-20"),
        ("2024/1/2", "2024-01-02"),
        ("2024.12.31", "2024-12-31"),
        ("二〇二四年一月二十日", "2024-01-20"),
        ("二○二四年十二月三十一日", "2024-12-31"),
        ("二O二四年十月十日", "2024-10-10"),
        ("2024 年 1 月 5 日", "2024-01-05"),
        ("2024年13月1日", None),
        ("2024年2月30日", None),
        ("去年", None),
    ],
)
def test_dates(text: str, iso: str | None) -> None:
    assert iso_date(fold(text).text) == iso


def test_a_title_over_two_lines() -> None:
    page = Page().put("云泽市人民政府", "agency").put("\n").put("2023", "year")
    page.put("年政府信息公开工作年度报告", "title").put("\n").body()
    meta = page.made()[0].meta
    assert meta.title == "云泽市人民政府2023年政府信息公开工作年度报告"
    assert (meta.agency, meta.year) == ("云泽市人民政府", 2023)


def test_a_title_keeps_its_brackets_half_wide() -> None:
    page = (
        Page()
        .put("云泽市财政局（国资委）", "agency")
        .put("２０２３", "year")
        .put("年度报告", "title")
        .put("\n")
    )
    found, _ = page.body().made()
    assert found.meta.title == "云泽市财政局(国资委)2023年度报告"
    assert (found.meta.agency, found.meta.year) == ("云泽市财政局(国资委)", 2023)


def test_the_year_of_the_period_stands_in_for_the_titles() -> None:
    page = Page().put("统计期限为2021年1月1日至2021年12月31日,2022年发布。\n").body()
    assert page.made()[0].meta.year == 2021


# Cells


def test_wrong_sums_are_returned_as_printed() -> None:
    _, parts = Page().title().body("5").made()
    mine = [c for c in parts.cells if c.path.startswith("requests.")]
    assert len(mine) == 25 * 7
    assert {(c.value, c.source) for c in mine} == {(5, "read")}


def test_lost_cells_say_so() -> None:
    _, parts = Page().title().body("5", columns=3).made()
    mine = [c for c in parts.cells if c.path.startswith("requests.")]
    assert all(c.source == "missing" and c.value is None for c in mine)
    assert "missing_cells" in codes(parts)


# Grids

HEADS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")


def grid_report(heads: list[str], cells: list[str]) -> dict[str, object]:
    rows = "".join(
        f"<tr><td>{name}</td>{''.join(f'<td>{c}</td>' for c in cells)}</tr>"
        for row, name in ROWS[REQUESTS].items()
        if row in request_rows("2021")
    )
    table = f"<table><tr><td></td>{''.join(f'<td>{h}</td>' for h in heads)}</tr>{rows}</table>"
    page = "<h1>云泽市2023年政府信息公开工作年度报告</h1>" + "".join(
        f"<p>{heading}</p>" + (table if section == REQUESTS else "<p>说明。</p>")
        for section, heading in SECTIONS.items()
    )
    document = read(f"<html><body>{page}</body></html>".encode())
    folded = fold(document.text)
    found = outline(folded, match(folded.text))
    cells_found = assemble(folded, found, {}, document.tables).cells
    return {c.path: c.value for c in cells_found}


def test_an_extra_column_shifts_nothing() -> None:
    values = grid_report(["备注", *HEADS], ["9", *"1234567"])
    got = [values[f"requests.not_processed.duplicate.{c}"] for c in REQUEST_COLUMNS]
    assert got == [1, 2, 3, 4, 5, 6, 7]


def test_columns_in_another_order_go_by_their_heads() -> None:
    values = grid_report(list(HEADS[::-1]), list("7654321"))
    got = [values[f"requests.granted.{c}"] for c in REQUEST_COLUMNS]
    assert got == [1, 2, 3, 4, 5, 6, 7]


# Report or not


@pytest.mark.parametrize(("rows", "is_report"), [(6, True), (0, False)])
def test_a_page_cut_off_after_its_first_table_is_a_report(rows: int, is_report: bool) -> None:
    names = ["规章", "行政规范性文件", "行政许可", "行政处罚", "行政强制", "行政事业性收费"][:rows]
    page = ["一、总体情况", "本局认真做好政府信息公开工作。", "二、主动公开政府信息情况"]
    page += [f"{name} | 0 | 0 | 0 |" for name in names]
    assert Pipeline.rules_only().parse("\n".join(page).encode()).is_report == is_report


# Whole reports


def record(found: Outline, parts: Assembled) -> dict[str, Any]:
    tables: dict[str, dict[str, dict[str, Any]]] = {}
    for cell in parts.cells:
        table, rest = cell.path.split(".", 1)
        row, column = rest.rsplit(".", 1)
        tables.setdefault(table, {}).setdefault(row, {})[column] = cell.value
    sections = [asdict(section) for section in parts.sections]
    return {**asdict(found.meta), "format": parts.format, "tables": tables, "sections": sections}


def test_perfect_labels_give_nearly_perfect_cells() -> None:
    """What the labels of made pages, damaged ones too, leave to be told wrong."""
    corpus, scores = Corpus.without_data(), []
    for seed in range(60):
        example = make_example(seed, corpus)
        if not example.gold.get("tables"):
            continue
        folded = fold(example.text)
        found = outline(folded, folded.project_spans(example.spans))
        gold = {**example.gold, "warnings": []}
        gold.pop("failed_checks", None)
        lost = {path: [None, 0] for path in gold.get("lost", ())}
        gold["accept"] = {**lost, **(gold.get("accept") or {})}
        scores.append(score(gold, record(found, assemble(folded, found, {}, ()))))
    summary = summarise(scores)
    assert summary.nonzero >= 0.97, summary
    assert summary.false <= 0.01, summary
    assert summary.headings >= 0.98, summary
    assert summary.meta >= 0.97, summary
