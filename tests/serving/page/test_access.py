"""The page by keyboard, by screen reader, on a phone, in the dark, on paper; and what it may load."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import Sample
from tests.serving.page.conftest import DESK, EXAMPLE, PHONE, cell, read
from tests.serving.page.server import PAGE, Service


def serious(page: Page) -> list[str]:
    """What axe finds, by all of its rules, from serious on."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {node['html']}"
        for v in found
        if v["impact"] in {"serious", "critical"}
        for node in v["nodes"]
    ]


@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", DESK), ("dark", DESK), ("light", PHONE)]
)
def test_axe_finds_nothing_serious(
    open_page: Callable[..., Page],
    service: Service,
    marked: Sample,
    scheme: str,
    viewport: dict[str, int],
) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    page = open_page(viewport, scheme)
    read(page, ("marked.html", b"marked"), ("c.zip", b"PK\x03\x04 none"), ("n.txt", b"no report"))
    page.locator(".file", has_text="marked").click()
    for details in page.locator("details").all():
        details.evaluate("node => { node.open = true }")
    page.locator('[data-check="requests.row_sum.granted"]').hover()
    expect(page.locator("td.lit").first).to_be_attached()
    assert serious(page) == []
    cell(page, "proactive_disclosure.penalties.decisions").click()
    assert serious(page) == []
    page.locator(".file", has_text="c.zip").click()
    assert serious(page) == []


def test_everything_by_keyboard(page: Page, service: Service, marked: Sample) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    read(page, ("marked.html", b"marked"), ("fine.html", EXAMPLE.read_bytes()))
    page.locator(".file[tabindex='0']").focus()
    page.keyboard.press("End")
    expect(page.locator(".file").last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#report")).to_be_focused()

    cell(page, "proactive_disclosure.rules.made").focus()
    path = "proactive_disclosure."
    for key, place in (
        ("ArrowRight", "rules.repealed"), ("ArrowDown", "normative_documents.repealed"),
        ("ArrowDown", "licensing.decisions"), ("ArrowUp", "normative_documents.made"),
        ("End", "normative_documents.in_force"), ("Control+End", "fees.amount_10k_yuan"),
        ("ArrowDown", "fees.amount_10k_yuan"), ("Control+Home", "rules.made"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(cell(page, path + place)).to_be_focused()
    expect(page.locator(".form").first.locator("[tabindex='0']")).to_have_count(1)

    page.keyboard.press("Enter")
    piece = page.locator(".text .piece:focus")
    expect(piece).to_have_accessible_name("0 「规章」·「本年制发件数」")
    expect(cell(page, "proactive_disclosure.rules.made")).to_have_class("value read zero lit")
    page.keyboard.press("ArrowRight")
    expect(piece).to_have_accessible_name("0 「规章」·「本年废止件数」")
    page.keyboard.press("Enter")
    expect(cell(page, "proactive_disclosure.rules.repealed")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(cell(page, "proactive_disclosure.rules.repealed")).to_have_class("value read zero lit")


def test_results_are_told_to_a_screen_reader(page: Page, service: Service, marked: Sample) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    read(page, ("marked.html", b"marked"))
    expect(page.get_by_role("status")).to_contain_text("已读出 marked.html：4 项核对未通过")
    for name in ("主动公开政府信息情况", "收到和处理政府信息公开申请情况"):
        expect(page.get_by_role("grid", name=name)).to_be_visible()
    expect(page.get_by_role("rowheader", name="(七)总计")).to_be_visible()
    expect(page.get_by_role("columnheader", name="法人或其他组织")).to_be_visible()
    expect(page.get_by_role("article", name="云泽市2023年政府信息公开工作年度报告")).to_be_visible()


def test_a_phone_shows_it_without_scrolling_sideways(
    open_page: Callable[..., Page], service: Service, marked: Sample
) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    page = open_page(viewport=PHONE)
    read(page, ("marked.html", b"marked"), ("a" * 90 + ".zip", b"PK\x03\x04 none"))
    page.locator(".file", has_text="marked").click()
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    expect(page.locator(".text")).to_be_hidden()
    cell(page, "requests.granted.total").click()
    expect(page.locator(".text .lit")).to_be_in_viewport()
    expect(cell(page, "requests.granted.total")).to_be_in_viewport()
    fold = page.get_by_role("button", name="收起原文")
    fold.click()
    expect(page.locator(".text")).to_be_hidden()
    expect(page.get_by_role("button", name="显示原文")).to_have_attribute("aria-expanded", "false")


def test_paper_has_the_tables_and_not_the_controls(page: Page) -> None:
    read(page, ("年报.html", EXAMPLE.read_bytes()))
    page.emulate_media(media="print")
    expect(page.locator(".form").first).to_be_visible()
    for part in ("#intake", "#files", ".source", "[data-export=JSON]"):
        expect(page.locator(part)).to_be_hidden()


def test_nothing_of_the_page_is_inline_or_foreign() -> None:
    for file in PAGE.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".js":
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(", text
            )
        if file.suffix == ".html":
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)
        # Names of XML namespaces are no addresses; only the workbook has them.
        if file.name not in {"xlsx.js", "icon.svg"}:
            assert "http://" not in text and "https://" not in text, file.name


def test_every_word_is_there_in_both_languages(page: Page) -> None:
    sources = "".join(f.read_text(encoding="utf-8") for f in PAGE.glob("*.js"))
    words = Path(PAGE / "i18n.js").read_text(encoding="utf-8")
    known = set(re.findall(r"^  (\w+): \[", words, re.MULTILINE))
    used = set(re.findall(r'\bt\("(\w+)"', sources))
    used |= set(re.findall(r'data-text="(\w+)"', (PAGE / "index.html").read_text(encoding="utf-8")))
    assert used <= known
    mentioned = {key for key in known if re.search(rf'"{key}"', sources) or key in used}
    prefixed = {key for key in known if key.startswith(("state", "legend", "form"))}
    assert known - mentioned - prefixed - {"title", "sending"} == set()
