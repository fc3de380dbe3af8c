from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nianbao.batch.review.stored import UnreadableDataset
from nianbao.batch.review.verify import Finding, verify
from tests.nianbao.batch.review.made_dataset import (
    MadeDocument,
    MadeReport,
    append,
    mirror,
    rewrite,
    sha,
    write,
    write_manifest,
)

FIRST = MadeReport("a")
CELLS = "cells/year=2023/part-0.parquet"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    other = MadeReport("c", year=None, agency_id=None)
    documents = [
        MadeDocument("n", "not_report", "x"),
        MadeDocument("s", "skipped", "y", read=False),
    ]
    return write(tmp_path / "set", [FIRST, mirror(FIRST, "b"), other], documents)


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def edit_manifest(dataset: Path, name: str, **changes: Any) -> None:
    path = dataset / "manifest.json"
    data = json.loads(path.read_text())
    data["files"].setdefault(name, {}).update(changes)
    path.write_text(json.dumps(data))


def test_a_sound_dataset_has_no_findings(dataset: Path) -> None:
    assert verify(dataset) == []


def test_a_dataset_without_reports_is_sound(tmp_path: Path) -> None:
    assert verify(write(tmp_path, [], [MadeDocument("n", "not_report", "x")])) == []


def test_a_missing_file(dataset: Path) -> None:
    (dataset / "sections/year=2023/part-0.parquet").unlink()
    (finding,) = verify(dataset)
    assert finding.code == "missing_file"
    assert finding.subject == "sections/year=2023/part-0.parquet"


def test_a_changed_byte(dataset: Path) -> None:
    path = dataset / "codebook.zh.md"
    path.write_text("甲")
    edit_manifest(dataset, path.name, sha256=sha("甲"), bytes=3)
    assert verify(dataset) == []
    path.write_text("乙")
    (finding,) = verify(dataset)
    assert (finding.code, finding.subject) == ("changed_file", "codebook.zh.md")
    path.write_text("乙乙")
    assert verify(dataset)[0].message == "文件被改动：应为 3 字节，实为 6 字节"


def test_a_foreign_file(dataset: Path) -> None:
    path = dataset / "sections/year=2023/part-0.parquet"
    (dataset / "extra").mkdir()
    (dataset / "extra" / "x.parquet").write_bytes(path.read_bytes())
    (finding,) = verify(dataset)
    assert (finding.code, finding.subject) == ("foreign_file", "extra/x.parquet")


def test_what_a_killed_run_left_is_not_foreign(dataset: Path) -> None:
    (dataset / ".incoming").mkdir()
    (dataset / ".incoming" / "x.parquet").write_bytes(b"x")
    assert verify(dataset) == []


def test_what_is_no_parquet_may_be_foreign(dataset: Path) -> None:
    (dataset / "journal.sqlite").write_bytes(b"x")
    assert verify(dataset) == []


def test_a_wrong_number_of_rows(dataset: Path) -> None:
    edit_manifest(dataset, CELLS, rows=399)
    (finding,) = verify(dataset)
    assert finding == Finding("row_count", "行数不符：应为 399 行，实为 400 行", CELLS)


def test_a_manifest_that_is_missing_or_no_manifest(dataset: Path) -> None:
    path = dataset / "manifest.json"
    path.unlink()
    assert codes(verify(dataset)) == ["no_manifest"]
    for content in ("{", "[]", '{"files": []}'):
        path.write_text(content)
        assert codes(verify(dataset)) == ["bad_manifest"]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("../outside", {"sha256": "x", "bytes": 1}),
        ("/etc/hostname", {"sha256": "x", "bytes": 1}),
        ("a", {"sha256": 1, "bytes": 1}),
        ("a", {"sha256": "x", "bytes": "1"}),
        ("a", {"sha256": "x", "bytes": 1, "rows": "1"}),
    ],
)
def test_entries_that_cannot_be_used(dataset: Path, name: str, entry: dict[str, Any]) -> None:
    edit_manifest(dataset, name, **entry)
    assert [(f.code, f.subject) for f in verify(dataset)] == [("bad_manifest", name)]


def test_a_damaged_file_is_named_and_the_relations_said_to_be_unchecked(dataset: Path) -> None:
    path = dataset / CELLS
    path.write_bytes(path.read_bytes()[:100])
    assert codes(verify(dataset)) == ["changed_file", "unreadable_file", "unchecked"]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_changed_byte_is_found(dataset: Path, data: st.DataObject) -> None:
    path = dataset / CELLS
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        assert verify(dataset)[0] == Finding("changed_file", "文件被改动：sha256 不同", CELLS)
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("table", "year", "changes", "code"),
    [
        ("documents", None, {"report": None}, "document_without_report"),
        ("documents", None, {"report": sha("none")}, "document_without_report"),
        ("documents", None, {"status": "failed"}, "report_of_unparsed"),
        ("documents", None, {"document": "in/b.html"}, "duplicate_document"),
        ("documents", None, {"same_bytes_as": "nowhere"}, "same_bytes_as"),
        ("documents", None, {"same_bytes_as": "in/b.html"}, "same_bytes_as"),
        ("reports", 2023, {"chosen": False}, "chosen_count"),
        ("reports", 2023, {"chosen": False}, "chosen_link"),
        ("reports", 2023, {"chosen_report": sha("b")}, "chosen_link"),
        ("reports", 2023, {"link_reason": "mirror"}, "chosen_link"),
        ("reports", 2023, {"cells": 1}, "cell_counts"),
        ("reports", 2023, {"cells_missing": 1}, "cell_counts"),
        ("reports", 2023, {"checks_failed": 1}, "check_counts"),
        ("reports", 2023, {"report": sha("b")}, "duplicate_report"),
        ("cells", 2023, {"report": sha("none")}, "orphan_rows"),
        ("checks", 2023, {"report": sha("none")}, "orphan_rows"),
        ("cells", 2023, {"chosen": False}, "owner_mismatch"),
        ("sections", 2023, {"report": sha("c"), "chosen": True}, "owner_mismatch"),
        ("wide", 2023, {"report": sha("b")}, "wide_rows"),
    ],
)
def test_tables_that_disagree(
    dataset: Path, table: str, year: int | None, changes: dict[str, Any], code: str
) -> None:
    rewrite(dataset, table, year, **changes)
    assert code in codes(verify(dataset))


def test_two_chosen_reports_of_one_agency_and_year(tmp_path: Path) -> None:
    write(tmp_path, [FIRST, MadeReport("b")])
    (finding,) = verify(tmp_path)
    assert (finding.code, finding.subject) == ("chosen_count", "yunze 2023")


def test_a_report_that_no_document_gave(dataset: Path) -> None:
    lone = MadeReport("lone", year=2020, passed=())
    append(dataset, "reports", 2020, [lone.head()])
    append(dataset, "cells", 2020, lone.cells())
    append(dataset, "wide", 2020, [{"report": sha("lone")}])
    write_manifest(dataset)
    (finding,) = verify(dataset)
    assert (finding.code, finding.subject) == ("report_without_document", sha("lone"))


def test_findings_count_what_they_are_true_of(dataset: Path) -> None:
    for path in (dataset / "wide").rglob("*.parquet"):
        path.unlink()
    write_manifest(dataset)
    (finding,) = verify(dataset)
    assert (finding.code, finding.count) == ("wide_rows", 2)


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDataset):
        verify(tmp_path / "none")
