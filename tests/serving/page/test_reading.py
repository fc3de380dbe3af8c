"""Documents come in, values and evidence are seen."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Page, expect

from nianbao.pipeline import Pipeline
from tests.conftest import Sample, build_sample
from tests.serving.page.conftest import EXAMPLE, cell, read, settle
from tests.serving.page.server import Service

DROP = """([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name, {type: "text/html"}));
  for (const kind of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer}));
  }
}"""
PASTE = """(given) => {
  const transfer = new DataTransfer();
  for (const [kind, text] of Object.entries(given)) transfer.setData(kind, text);
  document.body.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData: transfer}));
}"""
LIT_SOURCE = ".text .piece.lit"


def test_a_dropped_file_shows_every_value(page: Page, pipeline: Pipeline) -> None:
    page.evaluate(DROP, ["年报.html", EXAMPLE.read_text(encoding="utf-8")])
    settle(page, 1)
    expect(page.locator("dl.facts").first).to_contain_text("和林市")
    report = pipeline.parse(EXAMPLE.read_bytes())
    shown = page.locator("td[data-path]").evaluate_all(
        "nodes => nodes.map(node => [node.dataset.path, node.querySelector('.number').textContent])"
    )
    assert dict(shown) == {c.path: str(c.value) for c in report.cells}


def test_both_forms_are_drawn(page: Page, service: Service) -> None:
    for form in ("2019", "2021"):
        sample = build_sample(form)
        service.add(form.encode(), sample.report, sample.document.text)
    read(page, ("old.html", b"2019"), ("new.html", b"2021"))
    for name, rows, heads in (("old", (18, 26, 4), "采购总金额"), ("new", (14, 28, 4), "3.其他")):
        page.locator(".file", has_text=name).click()
        lines = [page.locator(".form").nth(index).locator("tr") for index in range(3)]
        assert tuple(line.count() for line in lines) == rows
        expect(page.locator(".form th").get_by_text(heads, exact=True)).to_have_count(1)


def test_pasted_text_and_html_are_read(page: Page, service: Service) -> None:
    html = EXAMPLE.read_text(encoding="utf-8")
    page.locator("#paste summary").click()
    page.get_by_label("报告的文字或 HTML").fill(html)
    page.get_by_role("button", name="解析").click()
    settle(page, 1)
    expect(cell(page, "requests.granted.total")).to_contain_text("340")
    page.evaluate(PASTE, {"text/plain": "今天的新闻,没有年报。"})
    settle(page, 2)
    page.evaluate(PASTE, {"text/plain": "表", "text/html": html})
    settle(page, 3)
    assert service.asked == ["html", "text", "html"]
    expect(page.locator(".file[data-level=notReport]")).to_have_count(1)


def test_a_cell_marks_its_characters_and_they_mark_the_cell(page: Page) -> None:
    html = EXAMPLE.read_text(encoding="utf-8").replace("<h1>", "<p>𠮷野😀</p><h1>", 1)
    read(page, ("年报.html", html.encode()))
    assert "𠮷" in page.locator(".text").inner_text()
    target = cell(page, "requests.carried_over.commercial_enterprise")
    target.hover()
    expect(page.locator(LIT_SOURCE)).to_have_text(["199"])
    expect(page.locator(LIT_SOURCE)).to_be_in_viewport()
    expect(page.locator(".detail")).to_contain_text("requests.carried_over.commercial_enterprise")
    page.locator("#report-title").hover()
    expect(page.locator(LIT_SOURCE)).to_have_count(0)

    last = cell(page, "reconsideration_litigation.litigation_after_reconsideration.total")
    expect(last).not_to_be_in_viewport()
    page.locator(".text").evaluate("box => { box.scrollTop = box.scrollHeight }")
    pieces = page.locator(".text .piece.cell")
    pieces.last.hover()
    expect(last).to_have_class("value read lit")
    expect(last).to_be_in_viewport()


def test_the_marked_characters_are_those_of_the_record(page: Page, pipeline: Pipeline) -> None:
    html = EXAMPLE.read_text(encoding="utf-8").replace("2022", "😀2022")
    document = pipeline.document(html.encode())
    report = pipeline.parse_document(document)
    read(page, ("年报.html", html.encode()))
    pieces = page.locator(".text [role=button]").evaluate_all(
        "nodes => nodes.map(n => n.textContent)"
    )
    placed = sorted((c.start, c.end) for c in report.cells if c.start is not None)
    assert pieces == [document.text[start:end] for start, end in placed]


def test_cells_of_every_kind_look_different(page: Page, service: Service, marked: Sample) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    read(page, ("marked.html", b"marked"))
    shown = {
        "proactive_disclosure.fees.amount_10k_yuan": ("47593.6663", "原文读出"),
        "proactive_disclosure.penalties.decisions": ("4119~", "可信度低"),
        "requests.denied.state_secret.other": ("—", "原文空白"),
        "requests.granted.other": ("?", "缺失或无法辨认"),
        "requests.other_processing.other.other": ("?2", "未定，有 2 种读法"),
        "requests.carried_over.total": ("0*", "推断，原文无此值"),
        "requests.granted.total": ("4!", "所在核对未通过"),
    }
    for path, (text, words) in shown.items():
        expect(cell(page, path)).to_have_text(text)
        name = cell(page, path).get_attribute("aria-label")
        assert name is not None and words in name
    expect(page.locator(".legend li")).to_have_count(6)
    cell(page, "requests.other_processing.other.other").hover()
    expect(page.locator(".detail")).to_contain_text("3、5")


def test_a_blank_cell_has_a_place_in_the_source(
    page: Page, service: Service, marked: Sample
) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    read(page, ("marked.html", b"marked"))
    cell(page, "requests.denied.state_secret.other").hover()
    expect(page.locator(LIT_SOURCE)).to_have_class("piece cell empty lit")


def test_a_failed_check_shows_its_equation_and_marks_its_cells(
    page: Page, service: Service, marked: Sample
) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    read(page, ("marked.html", b"marked"))
    failure = page.locator('[data-check="requests.row_sum.granted"]')
    expect(failure.locator(".equation")).to_have_text("3 + 0 + 0 + 0 + 0 + — = 3 ≠ 4")
    failure.hover()
    row = page.locator('td[data-path^="requests.granted."].lit')
    expect(row).to_have_count(7)
    column = page.locator('[data-check="requests.balance.total"] .equation')
    expect(column).to_have_text("12 + 0 = 12 ≠ 13 = 4 + 9")
    failure.locator('[data-term="requests.granted.total"]').click()
    expect(cell(page, "requests.granted.total")).to_be_focused()
    expect(cell(page, "requests.granted.total")).to_be_in_viewport()


def test_a_long_equation_leaves_its_zeros_out(page: Page, service: Service) -> None:
    values = {"requests.granted.other": 2, "requests.denied.process_information.other": 1}
    sample = build_sample(values={**values, "requests.results_total.total": 3})
    service.add(b"long", sample.report, sample.document.text)
    read(page, ("long.html", b"long"))
    equation = page.locator('[data-check="requests.results_sum.other"] .equation')
    expect(equation).to_have_text("2 + 1 = 3 ≠ 0 (其余 19 格为 0 或空缺)")
    equation = page.locator('[data-check="requests.results_sum.total"] .equation')
    expect(equation).to_have_text("0 = 0 ≠ 3 (其余 20 格为 0 或空缺)")


def test_narrative_warnings_and_sections_are_shown(
    page: Page, service: Service, marked: Sample
) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    read(page, ("marked.html", b"marked"))
    told = page.locator('[data-check="narrative.requests_received"]')
    expect(told.locator("td")).to_have_text(
        ["! 不一致", "13", "12", "正文称收到政府信息公开申请13件,表中为12"]
    )
    told.hover()
    expect(page.locator(LIT_SOURCE)).to_have_text(["12", "收到申请 12 件"])
    expect(page.locator('[data-code="table_missing"]')).to_contain_text("少表")
    page.locator('[data-code="duplicate_body"] button').click()
    assert "".join(page.locator(LIT_SOURCE).all_text_contents()) == marked.document.text[:18]
    page.locator(".section summary", has_text="总体情况").click()
    expect(page.locator(".section[open] .prose")).to_have_text("本机关总体情况如下。")
    facts = page.locator("details.facts")
    facts.locator("summary").click()
    expect(facts.locator("li").last).to_contain_text("1.50 万件")


def test_what_is_no_report_is_said_to_be_none(page: Page) -> None:
    read(page, ("新闻.txt", "今天的新闻,没有年报。".encode()))
    expect(page.locator(".problem")).to_contain_text("不是政府信息公开工作年度报告")
    expect(page.locator(".form")).to_have_count(0)
    expect(page.locator(".text")).to_have_text("今天的新闻,没有年报。")


def test_hostile_text_is_text(page: Page, service: Service) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    sample = build_sample()
    report = replace(
        sample.report,
        title=evil,
        agency=evil,
        sections=tuple(replace(s, heading=evil, text=evil) for s in sample.report.sections),
        warnings=tuple(replace(w, message=evil) for w in sample.report.warnings),
        facts=tuple(replace(f, text=evil, unit=evil) for f in sample.report.facts),
        cells=tuple(replace(c, raw=evil, reason=evil) for c in sample.report.cells),
        checks=tuple(replace(c, status="fail", message=evil) for c in sample.report.checks),
    )
    service.add(b"evil", report, evil + sample.document.text)
    read(page, (f"{evil}.html", b"evil"))
    cell(page, "requests.granted.total").hover()
    assert page.locator("img, script:not([src])").count() == 0
    assert evil in page.locator(".text").inner_text()
    for place in ("#report-title", ".detail", ".file .name"):
        assert evil in page.locator(place).inner_text()
