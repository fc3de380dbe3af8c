"""The summary on a terminal and as a page."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from selectolax.lexbor import LexborHTMLParser

from nianbao.batch.review.sheets import number, print_sheet, printable, share, sheet
from nianbao.batch.review.summary import summarise
from nianbao.batch.review.summary_html import render_html, safe_url
from nianbao.batch.review.summary_layout import layout
from nianbao.batch.review.summary_model import Summary
from nianbao.batch.review.summary_text import render_text
from nianbao.batch.review.summary_words import check_name
from tests.nianbao.batch.review.made_dataset import MadeDocument, MadeReport, mirror, write

ATTACK = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture
def summary(tmp_path: Path) -> Summary:
    values = {
        "requests.granted.total": 3,
        "reconsideration_litigation.reconsideration.corrected": 1,
    }
    first = MadeReport(
        "a",
        agency=ATTACK,
        url="javascript:alert(1)",
        failed=("requests.row_sum.granted",),
        values=values,
    )
    second = MadeReport("b", 2021, url="https://example.invalid/?a=1&b=2", confidence=0.2)
    documents = [MadeDocument("n", "failed", "needs_ocr", ATTACK)]
    return summarise(write(tmp_path, [first, mirror(first, "m"), second], documents))


def rendered(summary: Summary) -> str:
    console = Console(file=io.StringIO(), width=120)
    render_text(summary, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_page_and_the_terminal_have_every_section(summary: Summary) -> None:
    page, text = LexborHTMLParser(render_html(summary)), rendered(summary)
    titles = [part.title for part in layout(summary)]
    assert [node.text() for node in page.css("h2")] == titles
    assert all(title in text for title in titles)
    assert [node.attributes["href"] for node in page.css("nav a")] == [
        f"#{node.attributes['id']}" for node in page.css("section")
    ]


def test_every_table_has_a_caption_and_scopes(summary: Summary) -> None:
    page = LexborHTMLParser(render_html(summary))
    tables = page.css("table")
    assert len(tables) > 12
    for table in tables:
        assert table.css_first("caption").text().strip()
        assert all(cell.attributes["scope"] == "col" for cell in table.css("thead th"))
        for row in table.css("tbody tr"):
            assert row.css_first("th").attributes["scope"] == "row"
            assert len(row.css("th, td")) == len(table.css("thead th"))


def test_the_page_needs_nothing_and_runs_nothing(summary: Summary) -> None:
    html = render_html(summary)
    page = LexborHTMLParser(html)
    assert not page.css("script, img, iframe, object, [src]")
    assert [node.attributes["href"] for node in page.css("link")] == ["data:,"]
    assert "@import" not in html and "url(" not in html
    links = {node.attributes["href"] for node in page.css("main a")}
    assert links == {"https://example.invalid/?a=1&b=2"}
    assert ATTACK in page.css_first("#suspects tbody").text()


def test_the_page_has_styles_for_the_dark_and_for_print(summary: Summary) -> None:
    style = LexborHTMLParser(render_html(summary)).css_first("style").text()
    assert "prefers-color-scheme: dark" in style and "@media print" in style


def test_charts_stand_in_the_page_with_a_name(summary: Summary) -> None:
    page = LexborHTMLParser(render_html(summary))
    names = [node.attributes["aria-label"] for node in page.css("figure svg")]
    assert len(names) == 6
    assert "各年度的纠错率（%）" in names
    assert all(node.attributes["role"] == "img" for node in page.css("figure svg"))


def test_equal_summaries_give_equal_pages(summary: Summary) -> None:
    assert render_html(summary) == render_html(summary)


def test_an_empty_dataset_has_a_page_without_charts(tmp_path: Path) -> None:
    empty = summarise(write(tmp_path, [], [MadeDocument("a", "skipped", "image")]))
    page = LexborHTMLParser(render_html(empty))
    assert not page.css("figure")
    assert "最值得复核的年报：无" in [node.text() for node in page.css("p.empty")]


def test_the_terminal_gets_no_escape_of_a_report(summary: Summary) -> None:
    text = rendered(summary)
    assert "<script>alert(1)" in text
    assert "\x1b" not in text


def test_a_markup_like_text_is_printed_as_it_is() -> None:
    console = Console(file=io.StringIO(), width=80)
    print_sheet(sheet("表", "名", [("[red]甲[/red]",)]), console, 5, "--json")
    assert "[red]甲[/red]" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_long_table_is_cut_and_says_so() -> None:
    console = Console(file=io.StringIO(), width=80)
    rows = [(f"第{index}行", "1") for index in range(7)]
    print_sheet(sheet("表", "名 数#", rows), console, 5, "--json")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "第4行" in text and "第5行" not in text
    assert "还有 2 行，见 --json" in text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.invalid/", True),
        ("http://a.invalid/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        (None, False),
    ],
)
def test_only_addresses_of_web_pages_are_links(url: str | None, kept: bool) -> None:
    assert safe_url(url) == (url if kept else None)


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("requests.balance.total", "勾稽关系：「总计」一列"),
        ("requests.results_sum.other", "列合计：「其他」一列"),
        (
            "requests.row_sum.denied.state_secret",
            "行合计：「(三)不予公开 1.属于国家秘密」一行",
        ),
        ("narrative.fees", "正文：行政事业性收费"),
        ("narrative.unheard_of", "正文：unheard_of"),
        ("requests.unheard_of.total", "requests.unheard_of.total"),
        ("requests.row_sum.unheard_of", "requests.row_sum.unheard_of"),
    ],
)
def test_names_of_checks(check: str, name: str) -> None:
    assert check_name(check) == name


def test_numbers_and_shares() -> None:
    assert [number(None), number(1234567)] == ["—", "1,234,567"]
    assert [share(1, 8), share(0, 0)] == ["12.5%", "—"]
    assert printable("a\n\tb\x07") == "a b "
