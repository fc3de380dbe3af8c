"""A made report for the tests of what shows, writes and explains records.

Its text is a flattened report of an invented agency; every value that it prints is traced to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from nianbao.checks import run_checks
from nianbao.checks.names import row_name
from nianbao.document import Document
from nianbao.report import CellValue, Fact, Number, Report, Section, SourceInfo, Warning_
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, SECTIONS, table_cells

TITLE = "云泽市2023年政府信息公开工作年度报告"
TABLES = (PROACTIVE, REQUESTS, REVIEW)


@dataclass(frozen=True)
class Sample:
    """A record and the document it was read from."""

    report: Report
    document: Document

    @property
    def data(self) -> bytes:
        return self.document.text.encode()


@dataclass
class _Writer:
    """A text under construction that hands out offsets."""

    parts: list[str] = field(default_factory=list)
    length: int = 0

    def put(self, text: str) -> tuple[int, int]:
        self.parts.append(text)
        start, self.length = self.length, self.length + len(text)
        return start, self.length


def build_sample(form: str = "2021", values: dict[str, Number | None] | None = None) -> Sample:
    """Return a report whose cells are 0 but for `values`; a value of None is a blank cell."""
    given = values or {}
    text = _Writer()
    text.put(f"{TITLE}\n")
    cells: list[CellValue] = []
    sections: list[Section] = []
    for number, (section, heading) in enumerate(SECTIONS.items(), start=1):
        start, _ = text.put(f"{heading}\n")
        narrative = f"本机关{heading[2:]}如下。"
        text.put(f"{narrative}\n")
        if section in TABLES:
            for row, columns in table_cells(section, form).items():
                text.put(row_name(section, row, form))
                for column in columns:
                    path = f"{section}.{row}.{column}"
                    value = given.get(path, 0)
                    text.put("|")
                    raw = "" if value is None else str(value)
                    at = text.put(raw)
                    source = "blank" if value is None else "read"
                    cells.append(CellValue(path, value, raw, *at, 0.99, source, (), "行列相交处"))
                text.put("\n")
        sections.append(Section(section, number, heading, narrative, start, text.length, 0.98))
    start, end = text.put("全年收到申请 12 件")
    body = "".join(text.parts)
    digest = hashlib.sha256(body.encode()).hexdigest()
    source = SourceInfo(digest, len(body.encode()), "text/plain", "utf-8", "0.1.0", "made")
    report = Report(
        is_report=True,
        is_report_score=0.97,
        format=form,
        title=TITLE,
        agency="云泽市",
        year=2023,
        published="2024-01-20",
        sections=tuple(sections),
        cells=tuple(cells),
        facts=(Fact("requests_received", 12, "件", "收到申请 12 件", start + 2, end, 2023),),
        checks=(),
        warnings=(Warning_("duplicate_body", "正文出现两次", 0, 18),),
        confidence=0.91,
        source=source,
    )
    report = replace(report, checks=run_checks(report.values(), form, TABLES))
    return Sample(report, Document(body, "text/plain", "utf-8", digest, len(body.encode())))


def replace_cell(sample: Sample, path: str, **changes: object) -> Sample:
    """Return `sample` with the named fields of one cell changed."""
    cells = tuple(
        replace(cell, **changes) if cell.path == path else cell  # type: ignore[arg-type]
        for cell in sample.report.cells
    )
    return Sample(replace(sample.report, cells=cells), sample.document)


@pytest.fixture
def make_sample() -> Callable[..., Sample]:
    return build_sample


@pytest.fixture
def change_cell() -> Callable[..., Sample]:
    return replace_cell


@pytest.fixture
def sample() -> Sample:
    """A 2021 report with one failed row, a blank, a lost, an inferred and a doubtful cell."""
    made = build_sample(
        values={
            "requests.new_received.natural_person": 12,
            "requests.new_received.total": 12,
            "requests.granted.natural_person": 3,
            "requests.granted.total": 4,
            "requests.denied.state_secret.other": None,
            "proactive_disclosure.penalties.decisions": 4119,
        }
    )
    made = replace_cell(made, "requests.granted.other", value=None, source="missing", raw="")
    made = replace_cell(
        made, "requests.carried_forward.total", source="inferred", start=None, end=None
    )
    return replace_cell(made, "proactive_disclosure.penalties.decisions", confidence=0.42)
