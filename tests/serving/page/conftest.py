"""Chromium, a server of the page, and a page that no error and no foreign address may reach."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from nianbao.pipeline import Pipeline
from nianbao.report import CheckResult, Fact, Warning_
from tests.conftest import Sample, build_sample, replace_cell
from tests.serving.page.server import Service, running

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "report.html"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


# Of a module, not of the session: while it lives an event loop runs in this thread, and what comes
# after the page starts loops of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium; name one in CHROMIUM")
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not start for root, as in most containers.
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    made = Pipeline.rules_only()
    made.warm()  # the segmenter cannot be loaded by two threads at once
    return made


@pytest.fixture
def service(pipeline: Pipeline) -> Iterator[Service]:
    with running(Service(pipeline)) as served:
        yield served


@pytest.fixture
def open_page(browser: Browser, service: Service) -> Iterator[Callable[..., Page]]:
    """Return a function that opens the page; afterwards nothing may have gone wrong in it."""
    contexts, wrong = [], []

    def opened(viewport: dict[str, int] = DESK, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            permissions=["clipboard-read", "clipboard-write"],
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console", lambda m: wrong.append(m.text) if "Failed to load" not in m.text else None
        )
        page.on(
            "request",
            lambda r: wrong.append(r.url) if not r.url.startswith((service.url, "blob:")) else None,
        )
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(service.url)
        page.locator("html[data-ready]").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


def read(page: Page, *files: tuple[str, bytes]) -> None:
    """Pick `files` (name, content) and wait until all are read."""
    page.set_input_files(
        "#pick",
        [
            {"name": name, "mimeType": "application/octet-stream", "buffer": data}
            for name, data in files
        ],
    )
    settle(page, len(files))


def settle(page: Page, count: int) -> None:
    """Wait until the list has `count` files and none is waiting."""
    page.locator(".file").nth(count - 1).wait_for()
    page.locator(".file[data-level=sending], .file[data-level=waiting]").first.wait_for(
        state="detached"
    )


def cell(page: Page, path: str):  # type: ignore[no-untyped-def]
    return page.locator(f'td[data-path="{path}"]')


@pytest.fixture
def marked() -> Sample:
    """A report with a cell of every kind, a failed check of each sort and a narrative beside them."""
    made = build_sample(
        values={
            "proactive_disclosure.fees.amount_10k_yuan": Decimal("47593.6663"),
            "proactive_disclosure.penalties.decisions": 4119,
            "requests.new_received.natural_person": 12,
            "requests.new_received.total": 12,
            "requests.granted.natural_person": 3,
            "requests.granted.total": 4,
            "requests.results_total.natural_person": 3,
            "requests.results_total.total": 4,
            "requests.carried_forward.natural_person": 9,
            "requests.carried_forward.total": 9,
            "requests.denied.state_secret.other": None,
        }
    )
    made = replace_cell(made, "proactive_disclosure.penalties.decisions", confidence=0.42)
    made = replace_cell(made, "requests.granted.other", value=None, source="missing", raw="")
    made = replace_cell(
        made, "requests.other_processing.other.other",
        value=None, source="missing", raw="", candidates=(3, 5),
    )  # fmt: skip
    made = replace_cell(
        made, "requests.carried_over.total", source="inferred", start=None, end=None, raw=""
    )
    told = CheckResult(
        "narrative.requests_received", "fail", "正文称收到政府信息公开申请13件,表中为12", 12, 13,
        ("requests.new_received.total",),
    )  # fmt: skip
    (fact,) = made.report.facts
    report = replace(
        made.report,
        checks=(*made.report.checks, told),
        facts=(replace(fact, value=13), Fact("penalties", Decimal("1.50"), "万件", "云泽", 0, 2)),
        warnings=(
            Warning_("duplicate_body", "正文出现两次", 0, 18),
            Warning_("table_missing", "少表"),
        ),
    )
    return Sample(report, made.document)
