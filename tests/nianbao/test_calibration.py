"""The calibrated confidence: read whole or refused, rising, the same for the same record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.calibration import Calibration, Threshold, features
from nianbao.exceptions import BundleError
from nianbao.pipeline import Pipeline
from nianbao.report import Report

MADE = Calibration(
    weights={"failed": -1.0, "mean": 0.5},
    centre={"failed": 0.0, "mean": 2.0},
    scale={"failed": 1.0, "mean": 2.0},
    bias=1.0,
    knots=((-2.0, 0.1), (0.0, 0.4), (3.0, 0.99)),
    thresholds=(Threshold(0.01, 0.9, 0.5, 500, 1), Threshold(0.001, None, 0.0, 0, 0)),
    about={"pages": 10},
)


@pytest.fixture(scope="module")
def report() -> Report:
    page = Path(__file__).parents[2] / "examples" / "report.html"
    return Pipeline.rules_only().parse(page.read_bytes())


def test_a_calibration_survives_its_file() -> None:
    assert Calibration.from_json(MADE.to_json()) == MADE
    assert Calibration.from_json(MADE.to_json()).to_json() == MADE.to_json()


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=2))
def test_confidence_rises_with_the_odds(pair: list[float]) -> None:
    low, high = sorted(pair)
    first, second = (MADE.of({"failed": 0.0, "mean": 2 + 4 * odds}) for odds in (low, high))
    assert 0.1 <= first <= second <= 0.99


def test_a_failed_check_costs_confidence(report: Report) -> None:
    assert 0 < MADE(report) < 1
    assert features(report)["failed"] == 0
    broken = tuple(replace(one, status="fail") for one in report.checks[:2])
    assert MADE(replace(report, checks=broken + report.checks[2:])) < MADE(report)
    assert MADE(replace(report, cells=())) == 0


def test_a_pipeline_states_what_its_calibration_gives(report: Report) -> None:
    page = Path(__file__).parents[2] / "examples" / "report.html"
    labeller = Pipeline.rules_only().labeller
    stated = Pipeline(labeller, "trial", calibration=MADE).parse(page.read_bytes())
    assert stated.confidence == MADE(report)
    assert stated.cells == report.cells


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(format=2),
        lambda data: data["weights"].update(nonsense=1.0),
        lambda data: data["centre"].pop("mean"),
        lambda data: data.update(knots=[[0, 0.5], [1, 0.4]]),
        lambda data: data.update(knots=[[0, 0.5], [0, 0.6]]),
        lambda data: data.update(knots=[]),
        lambda data: data.update(knots=[[0, 0.5], [1, 1.5]]),
        lambda data: data.pop("thresholds"),
    ],
)
def test_a_wrong_file_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(MADE.to_json())
    change(data)
    with pytest.raises(BundleError, match="校准"):
        Calibration.from_json(json.dumps(data).encode())
    with pytest.raises(BundleError, match="校准"):
        Calibration.from_json(b"\xff")
