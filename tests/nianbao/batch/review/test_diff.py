from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from nianbao.batch.review.diff import Count, Difference, StatusChange, diff, write_json
from nianbao.batch.review.diff_text import render_text
from nianbao.batch.review.stored import UnreadableDataset
from tests.nianbao.batch.review.made_dataset import (
    MadeDocument,
    MadeReport,
    append,
    mirror,
    rewrite,
    sha,
    write,
)

GRANTED = "requests.granted.total"
REPORT = MadeReport("a", values={GRANTED: 1})


class Compare:
    """Writes two datasets and compares them."""

    def __init__(self, folder: Path) -> None:
        self.old, self.new = folder / "old", folder / "new"

    def write(
        self,
        old: Sequence[MadeReport],
        new: Sequence[MadeReport],
        old_documents: Sequence[MadeDocument] = (),
        new_documents: Sequence[MadeDocument] = (),
    ) -> Difference:
        write(self.old, old, old_documents)
        write(self.new, new, new_documents)
        return diff(self.old, self.new)


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    return Compare(tmp_path)


def test_equal_datasets_do_not_differ(compare: Compare) -> None:
    found = compare.write([REPORT, mirror(REPORT, "b")], [REPORT, mirror(REPORT, "b")])
    assert found.empty
    assert (found.same_bytes, found.other_bytes) == (2, 0)
    assert found.old == found.new


def test_versions_alone_make_no_difference(compare: Compare) -> None:
    assert compare.write([REPORT], [replace(REPORT, model="m", library="l")]).empty


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"model": "tagger 2", "library": "9"}, "model"),
        ({"library": "9"}, "library"),
        ({}, "unexplained"),
        ({"name": "b", "model": "tagger 2"}, "page"),
    ],
)
def test_a_changed_value_and_why(compare: Compare, changed: dict[str, str], why: str) -> None:
    new = replace(REPORT, values={GRANTED: 2}, **changed)  # type: ignore[arg-type]
    found = compare.write([REPORT], [new])
    (cell,) = found.cells
    assert (cell.path, cell.kind, cell.why) == (GRANTED, "value", why)
    assert (cell.old_value, cell.new_value, cell.old_raw, cell.new_raw) == (1, 2, "1", "2")
    assert (cell.old_report, cell.new_report) == (sha("a"), sha(new.name))
    assert found.counts == (Count(why, "value", 1, 1),)  # type: ignore[arg-type]
    assert not (found.added or found.removed or found.empty)


def test_other_rules_of_the_same_version_are_another_library(compare: Compare) -> None:
    documents = [MadeDocument("n", "failed", "x")], [MadeDocument("n", "failed", "y")]
    compare.write([REPORT], [replace(REPORT, values={GRANTED: 2})], *documents)
    for folder, rules in ((compare.old, "1"), (compare.new, "2")):
        path = folder / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "rules_version": rules}))
    found = diff(compare.old, compare.new)
    assert [item.why for item in (*found.cells, *found.statuses)] == ["library", "library"]
    path.write_text("[]")
    assert diff(compare.old, compare.new).cells[0].why == "unexplained"


def test_agencies_without_id_are_matched_by_name(compare: Compare) -> None:
    old = replace(REPORT, agency_id=None)
    assert compare.write([old], [replace(old, name="b")]).other_bytes == 1


def test_a_lost_value_keeps_its_states(compare: Compare) -> None:
    found = compare.write([REPORT], [replace(REPORT, values={GRANTED: None})])
    (cell,) = found.cells
    assert (cell.kind, cell.old_value, cell.new_value) == ("value", 1, None)
    assert (cell.old_state, cell.new_state) == ("read", "missing")


def test_changes_of_state_and_of_raw_text_alone(compare: Compare) -> None:
    compare.write([REPORT], [REPORT])
    rewrite(compare.new, "cells", 2023, state="inferred")
    assert [cell.kind for cell in diff(compare.old, compare.new).cells] == ["state"]
    rewrite(compare.new, "cells", 2023, state="read", raw="〇")
    (cell,) = diff(compare.old, compare.new).cells
    assert (cell.kind, cell.old_raw, cell.new_raw) == ("raw", "0", "〇")


def test_cells_that_only_one_side_has(compare: Compare) -> None:
    found = compare.write([REPORT], [replace(REPORT, form="2019", library="9")])
    kinds = {cell.path: cell.kind for cell in diff(compare.old, compare.new, most_cells=999).cells}
    assert kinds["requests.other_processing.total"] == "added"
    assert kinds["requests.other_processing.other.total"] == "removed"
    assert found.cells_total == len(kinds)


def test_a_fraction_is_exact(compare: Compare) -> None:
    path = "proactive_disclosure.fees.amount_10k_yuan"
    found = compare.write([REPORT], [replace(REPORT, values={GRANTED: 1, path: "0.10"})])
    assert found.cells[0].new_value == Decimal("0.1")


def test_reports_that_only_one_side_has(compare: Compare) -> None:
    old, new = MadeReport("x", agency_id="x"), MadeReport("y", agency_id="y")
    found = compare.write([REPORT, old], [REPORT, new])
    assert [item.report for item in found.removed] == [sha("x")]
    assert [item.report for item in found.added] == [sha("y")]
    assert not found.cells_total


def test_another_chosen_page_is_compared_with_the_one_before(compare: Compare) -> None:
    newer = replace(REPORT, name="b", values={GRANTED: 7})
    kept = replace(REPORT, chosen_by="b", link_reason="superseded")
    found = compare.write([REPORT], [newer, kept])
    assert (found.same_bytes, found.other_bytes) == (1, 1)
    assert [(cell.new_value, cell.why) for cell in found.cells] == [(7, "page")]
    assert [(item.field, item.new, item.why) for item in found.fields] == [
        ("chosen", "false", "unexplained")
    ]
    assert not found.added and not found.removed


def test_fields_of_a_report(compare: Compare) -> None:
    new = replace(REPORT, year=2022, agency_id=None, title="题", library="9")
    found = compare.write([replace(REPORT, title="题")], [new])
    changes = {item.field: (item.old, item.new, item.why) for item in found.fields}
    assert changes == {
        "agency_id": ("yunze", None, "library"),
        "year": ("2023", "2022", "library"),
    }


def test_status_by_bytes_wherever_the_document_lies(compare: Compare) -> None:
    old = MadeDocument("n", "not_report", "not_a_report")
    moved = replace(old, status="failed", reason="needs_ocr", model="tagger 2")
    found = compare.write([], [], [old], [moved])
    rewrite(compare.new, "documents", None, document="elsewhere.html")
    found = diff(compare.old, compare.new)
    assert found.statuses == (
        StatusChange(
            "elsewhere.html", "not_report", "not_a_report", "failed", "needs_ocr", "model"
        ),
    )


def test_status_by_place_where_the_bytes_are_others(compare: Compare) -> None:
    compare.write([], [], [MadeDocument("n", "failed", "x")], [MadeDocument("n", "failed", "y")])
    rewrite(compare.new, "documents", None, sha256=sha("other"))
    assert [item.why for item in diff(compare.old, compare.new).statuses] == ["page"]


def test_status_of_documents_that_were_not_read(compare: Compare) -> None:
    old = MadeDocument("n", "skipped", "image", read=False)
    found = compare.write([], [], [old], [replace(old, reason="folder", library="9")])
    assert [(item.old_reason, item.why) for item in found.statuses] == [("image", "library")]


def test_json_has_every_cell(compare: Compare) -> None:
    compare.write([REPORT], [replace(REPORT, form="2019", library="9")])
    stream = io.StringIO()
    assert write_json(compare.old, compare.new, stream)
    data = json.loads(stream.getvalue())
    assert len(data["cells"]) == data["cells_total"] > 50
    assert data["counts"][0]["why"] == "library"
    assert {cell["kind"] for cell in data["cells"]} == {"added", "removed"}


def test_json_of_no_difference(compare: Compare) -> None:
    compare.write([REPORT], [REPORT])
    stream = io.StringIO()
    assert not write_json(compare.old, compare.new, stream)
    assert json.loads(stream.getvalue())["cells"] == []


def test_the_list_of_cells_is_cut_but_the_counts_are_not(compare: Compare) -> None:
    compare.write([REPORT], [replace(REPORT, values={GRANTED: 2, "requests.granted.other": 2})])
    found = diff(compare.old, compare.new, most_cells=1)
    assert (len(found.cells), found.cells_total) == (1, 2)
    assert not diff(compare.old, compare.new, most_cells=0).empty


def test_text_says_what_changed_and_why(compare: Compare) -> None:
    found = compare.write(
        [REPORT, MadeReport("x", agency_id="x", agency="旧局")],
        [replace(REPORT, values={GRANTED: 2}, model="tagger 2")],
        [MadeDocument("n", "not_report", "not_a_report")],
        [MadeDocument("n", "failed", "needs_ocr")],
    )
    console = Console(file=io.StringIO(), width=140)
    render_text(found, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for words in (
        "模型版本不同",
        GRANTED,
        "1 「1」 read",
        "2 「2」 read",
        "旧局",
        "读取失败（needs_ocr）",
    ):
        assert words in text
    assert "新增的年报" not in text


def test_text_of_no_difference(compare: Compare) -> None:
    console = Console(file=io.StringIO(), width=140)
    render_text(compare.write([REPORT], [REPORT]), console)
    assert "没有差异" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_report_without_cells_on_one_side(compare: Compare) -> None:
    compare.write([REPORT], [])
    append(compare.new, "reports", 2023, [REPORT.head()])
    found = diff(compare.old, compare.new)
    assert {count.kind for count in found.counts} == {"removed"}
    assert found.cells_total == 200


def test_what_is_no_dataset_is_refused(compare: Compare) -> None:
    write(compare.old, [REPORT])
    with pytest.raises(UnreadableDataset):
        diff(compare.old, compare.new)
