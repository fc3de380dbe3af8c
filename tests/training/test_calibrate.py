"""Fitting the confidence: monotone, honest about what it can prove, resumable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nianbao.bundle import default_path
from training.calibrate import (
    FIT,
    TEST,
    Seen,
    calibrate,
    calibration_error,
    fit,
    kind_of,
    main,
    threshold,
)


def seen(count: int, seed: int = 0) -> list[Seen]:
    """Records whose chance to be right follows one feature."""
    rng = np.random.default_rng(seed)
    provinces = [*sorted(FIT), *sorted(TEST), "湖南省", "贵州省"]
    odds = rng.normal(2, 2, count)
    right = rng.random(count) < 1 / (1 + np.exp(-odds))
    return [
        Seen(n, provinces[n % len(provinces)], {"mean": float(o), "failed": 0.0}, bool(r))
        for n, (o, r) in enumerate(zip(odds, right, strict=True))
    ]


def test_what_follows_from_the_features_is_calibrated_on_other_agencies() -> None:
    made, tested = calibrate(seen(6000), {})
    assert tested.error < 0.04
    assert made.weights["mean"] > 0
    assert [y for _, y in made.knots] == sorted(y for _, y in made.knots)
    assert made.about is not None and made.about["fit"] == sum(
        one.province in FIT for one in seen(6000)
    )


def test_a_threshold_keeps_its_promise() -> None:
    rng = np.random.default_rng(1)
    kept = 0
    for _ in range(40):
        confidence = np.round(rng.random(2000), 3)
        found = threshold(confidence, rng.random(2000) < confidence, 0.1)
        # Above a confidence c the share that is wrong is (1 - c) / 2.
        kept += found.confidence is None or (1 - found.confidence) / 2 <= 0.1
    assert kept >= 36


def test_too_few_reports_prove_nothing() -> None:
    found = threshold(np.full(2000, 0.99), np.ones(2000, np.bool_), 0.001)
    assert found.confidence is None
    found = threshold(np.full(3000, 0.99), np.ones(3000, np.bool_), 0.001)
    assert found.confidence == 0.99 and found.accepted == 1


def test_the_error_of_a_perfect_confidence_is_none() -> None:
    confidence = np.array([0.0, 0.0, 1.0, 1.0])
    assert calibration_error(confidence, confidence.astype(np.bool_)) == 0


def test_all_right_is_nothing_to_fit_on() -> None:
    with pytest.raises(ValueError, match="right"):
        fit([Seen(1, "江西省", {"mean": 1.0}, True)] * 5)


def test_a_run_goes_on_and_is_not_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert kind_of(5, 1) == kind_of(5, 1)
    command = ["--out", str(tmp_path), "--processes", "1", "--pages"]
    command = ["--model", str(default_path()), *command]
    assert main([*command, "2"]) == 2  # too few to fit on
    before = (tmp_path / "outcomes.jsonl").read_bytes()
    (tmp_path / "outcomes.jsonl").write_bytes(before + b'{"number": 2, "pro')
    assert main([*command, "3"]) == 2
    assert "3 of 3 pages" in capsys.readouterr().out
    assert main([*command, "3", "--seed", "9"]) == 2
    assert "other pages" in capsys.readouterr().err
