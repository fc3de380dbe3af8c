"""The page in Chromium as the service itself serves it, with its own policy and its own answers."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from nianbao.pipeline import Pipeline
from tests.serving.page.conftest import EXAMPLE, cell, read
from tests.serving.running import Running


def test_the_service_reads_a_file_of_the_page(
    browser: Browser, rules_service: Running, pipeline: Pipeline
) -> None:
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(rules_service.url)
    page.locator("html[data-ready]").wait_for()
    read(page, ("年报.html", EXAMPLE.read_bytes()))
    values = {c.path: str(c.value) for c in pipeline.parse(EXAMPLE.read_bytes()).cells}
    expect(cell(page, "requests.granted.total")).to_contain_text(values["requests.granted.total"])
    shown = page.locator("td[data-path]").evaluate_all(
        "nodes => nodes.map(node => [node.dataset.path, node.querySelector('.number').textContent])"
    )
    assert dict(shown) == values
    context.close()
    assert wrong == []
