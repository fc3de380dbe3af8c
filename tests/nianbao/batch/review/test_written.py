"""What is asked of a dataset, asked of one that the writer wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nianbao.batch.review.diff import diff
from nianbao.batch.review.stored import COLUMNS
from nianbao.batch.review.summary import summarise
from nianbao.batch.review.verify import verify
from nianbao.batch.tables import TABLES
from tests.nianbao.batch.made_outcomes import made_report, no_report, outcome, read_outcomes, write

GRANTED = "requests.granted.total"


def test_the_columns_read_are_those_written() -> None:
    written = {table.name: {column.name for column in table.columns} for table in TABLES}
    for table, columns in COLUMNS.items():
        assert set(columns) <= written[table]


def test_a_written_dataset_is_sound(tmp_path: Path) -> None:
    write(read_outcomes(), tmp_path / "full")
    assert verify(tmp_path / "full") == []
    write([no_report("x")], tmp_path / "empty")
    assert verify(tmp_path / "empty") == []


def test_a_written_dataset_is_summarised(tmp_path: Path) -> None:
    reports = [
        outcome(made_report({GRANTED: 3}, agency="云泽局", year=2023), "a"),
        outcome(made_report({GRANTED: 4}, agency="云泽局", year=2024), "b"),
        outcome(made_report({GRANTED: 4}, agency="云泽局", year=2024), "c"),
    ]
    write(reports, tmp_path)
    summary = summarise(tmp_path)
    assert (summary.overview.reports, summary.overview.chosen) == (3, 2)
    assert [(item.year, item.granted) for item in summary.outcomes] == [(2023, 3), (2024, 4)]
    assert [link.reason for link in summary.links] == ["mirror"]


def test_written_datasets_are_compared(tmp_path: Path) -> None:
    report = made_report({GRANTED: 3})
    other = made_report({GRANTED: 4}, source=replace(report.source, model_version="other"))
    write([outcome(report, "a")], tmp_path / "old")
    write([outcome(other, "a")], tmp_path / "new")
    (cell,) = diff(tmp_path / "old", tmp_path / "new").cells
    assert (cell.path, cell.why, cell.old_value, cell.new_value) == (GRANTED, "model", 3, 4)
