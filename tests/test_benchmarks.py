"""The benchmarks run and account for the time; how much of it is not tested."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from benchmarks import __main__ as command
from benchmarks import inputs, measure
from nianbao.pipeline import Pipeline


@pytest.fixture(autouse=True)
def unpinned() -> Iterator[None]:
    """Give the process its cores back."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, before)


def test_the_report_is_as_long_as_it_says_and_read() -> None:
    made = inputs.make_input("html")
    assert abs(made.characters - inputs.TARGET) < 1_500
    assert made == inputs.make_input("html")
    report = Pipeline.rules_only().parse(made.data)
    assert report.is_report and len(report.sections) == 6


def test_stages_are_those_of_the_pipeline_and_change_no_record() -> None:
    pipeline = Pipeline.rules_only()
    data = inputs.make_input("pipes").data
    before = pipeline.parse(data)
    stages = measure.time_stages(pipeline, data, 1)
    assert tuple(stages) == measure.ORDER
    assert all(stages[stage].median > 0 for stage in measure.ORDER)
    assert pipeline.parse(data) == before


def test_spread() -> None:
    assert measure.Times((1.0,)).iqr == 0.0
    times = measure.Times((1.0, 2.0, 3.0, 4.0, 5.0))
    assert (times.median, times.iqr) == (3.0, 2.0)


def test_the_command_prints_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--rules-only", "--runs", "1", "--starts", "1", "--layout", "pipes"]
    assert command.main(options) == 0
    printed = capsys.readouterr().out
    for word in ("rules-only", "bytes to record", "by stage", "fresh process", "pipes", "IQR"):
        assert word in printed
