"""Many files, and a service that says no."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Page, expect

from tests.conftest import Sample, build_sample, replace_cell
from tests.serving.page.conftest import EXAMPLE, cell, read, settle
from tests.serving.page.server import Service


def names(page: Page) -> list[str]:
    return page.locator(".file .name").all_inner_texts()


def add_levels(service: Service, marked: Sample) -> None:
    fine = build_sample()
    for name, sample in (
        ("fine", fine),
        ("unsure", replace_cell(fine, "requests.granted.total", confidence=0.5)),
        ("missing", replace_cell(fine, "requests.granted.other", value=None, source="missing")),
        ("low", Sample(replace(fine.report, confidence=0.5), fine.document)),
        ("checks", marked),
    ):
        report = sample.report if name == "checks" else replace(sample.report, warnings=())
        service.add(name.encode(), report, sample.document.text)


def test_the_files_to_look_at_first_come_first(
    page: Page, service: Service, marked: Sample
) -> None:
    add_levels(service, marked)
    levels = ["fine", "low", "unsure", "missing", "checks"]
    files = [(f"{level}.html", level.encode()) for level in levels]
    read(page, *files, ("zip.zip", b"PK\x03\x04 no report"), ("news.txt", "新闻".encode() * 9))
    assert names(page) == [
        "zip.zip", "news.txt", "checks.html", "missing.html", "unsure.html", "low.html", "fine.html",
    ]  # fmt: skip
    expect(page.locator("#tally")).to_have_text("共 7 份，已完成 7 份，先看前 6 份")
    states = page.locator(".file .state")
    expect(states.nth(0)).to_contain_text("不支持的文件类型")
    expect(states.nth(2)).to_have_text("4 项核对未通过 · 2 格缺失或未定 · 1 格可信度低 · 2 条提示")
    expect(states.nth(5)).to_have_text("全部无误的可信度仅 0.5")
    expect(states.nth(6)).to_have_text("无疑点")
    page.locator(".file", has_text="missing.html").click()
    expect(page.locator(".file[aria-current=true] .name")).to_have_text("missing.html")
    expect(cell(page, "requests.granted.other")).to_have_text("?")
    page.locator(".file", has_text="zip.zip").click()
    expect(page.locator("#report .problem")).to_contain_text("不支持的文件类型")


def test_many_files_are_all_read(page: Page, service: Service) -> None:
    sample = build_sample()
    files = []
    for number in range(40):
        service.add(str(number).encode(), sample.report, sample.document.text)
        files.append((f"{number:02}.html", str(number).encode()))
    read(page, *files)
    assert names(page) == [name for name, _ in files]
    page.get_by_role("button", name="清空").click()
    expect(page.locator("#files")).to_be_hidden()
    expect(page.locator("#report")).to_be_hidden()


def test_a_busy_service_is_asked_again(page: Page, service: Service) -> None:
    service.busy = 1
    read(page, ("年报.html", EXAMPLE.read_bytes()))
    assert service.asked == ["file"] and service.busy == 0
    expect(cell(page, "requests.granted.total")).to_contain_text("340")


def test_a_service_with_keys_is_given_one(page: Page, service: Service) -> None:
    service.key = "secret"
    read(page, ("年报.html", EXAMPLE.read_bytes()))
    expect(page.locator(".file .state")).to_have_text("缺少密钥或密钥无效 unauthorized")
    page.get_by_label("此服务需要密钥").fill("secret")
    page.get_by_role("button", name="使用").click()
    expect(cell(page, "requests.granted.total")).to_contain_text("340")
    expect(page.locator("#key-form")).to_be_hidden()


def test_a_service_that_is_gone_can_be_tried_again(page: Page, service: Service) -> None:
    page.context.set_offline(True)
    read(page, ("年报.html", EXAMPLE.read_bytes()))
    expect(page.locator(".file .state")).to_have_text("连接不上服务")
    page.context.set_offline(False)
    page.get_by_role("button", name="重试").click()
    settle(page, 1)
    expect(cell(page, "requests.granted.total")).to_contain_text("340")


def test_an_answer_that_is_no_json_is_an_error_of_its_file(page: Page, service: Service) -> None:
    page.route("**/parse*", lambda route: route.fulfill(status=502, body="<html>Bad gateway"))
    read(page, ("年报.html", EXAMPLE.read_bytes()))
    expect(page.locator(".file .state")).to_have_text("服务的回答无法读取（502） 502")
    page.unroute("**/parse*")
    page.route("**/parse*", lambda route: route.fulfill(status=200, body="{"))
    page.get_by_role("button", name="重试").click()
    expect(page.locator(".file .state")).to_have_text("服务的回答无法读取（JSON） JSON")


def test_english_by_a_switch(page: Page, service: Service, marked: Sample) -> None:
    service.add(b"marked", marked.report, marked.document.text)
    read(page, ("marked.html", b"marked"), ("zip.zip", b"PK\x03\x04 no report"))
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Checks and warnings")).to_be_visible()
    expect(page.locator(".file .state").first).to_have_text(
        "The input cannot be read unreadable_input"
    )
    name = cell(page, "requests.granted.other").get_attribute("aria-label")
    assert name is not None and name.endswith("missing or unreadable")
    page.reload()
    expect(page.get_by_role("button", name="中文")).to_be_visible()
