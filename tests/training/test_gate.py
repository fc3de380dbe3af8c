"""The gate: a worse model is refused, the same one passes, and what is written binds both."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from nianbao.bundle import Bundle, write_bundle
from training.gate import __main__ as command
from training.gate import checks, gate, regression
from training.gate.compare import BOUNDS, compare
from training.gate.gate import Places, Watched, bundle_sha256, read_outcome
from training.gate.slices import Sizes, frozen
from training.measure.outcome import Outcome
from training.provenance import ROOT

SHIPPED = ROOT / "models" / "tagger"


@pytest.fixture(scope="module")
def watched() -> Watched:
    """All would take minutes: some pages of the battery, one with spans, some of the regression set."""
    pages = [page for page in frozen(None, Sizes(1, 0, 1)) if "pdf" not in page.name]
    return Watched(pages[3::9], list(regression.regression_pages())[::17])


def perturbed(folder: Path, noise: float) -> Bundle:
    """The shipped model with noise on the weights of its last layer."""
    bundle = Bundle.load(SHIPPED)
    graph = onnx.load_from_string(bundle.onnx_path.read_bytes())
    weights = next(t for t in graph.graph.initializer if t.name == "model.classifier.weight")
    values = onnx.numpy_helper.to_array(weights)
    drawn = np.random.default_rng(0).normal(0, noise, values.shape).astype(np.float32)
    weights.CopyFrom(onnx.numpy_helper.from_array(values + drawn, weights.name))
    manifest = replace(bundle.manifest, version="1.2.2+worse")
    write_bundle(folder, graph.SerializeToString(), bundle.vocabulary, manifest)
    return Bundle.load(folder)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, watched: Watched) -> Callable[..., int]:
    """The command on few pages, in this process."""
    monkeypatch.setattr(command, "watch", lambda *_: watched)
    monkeypatch.setattr(checks, "MOST_SLOWER", 3.0)  # the tests share their cores
    monkeypatch.setattr(checks, "ROUNDS", 2)
    monkeypatch.setattr(gate, "REPEATED", 3)

    def run(*arguments: str) -> int:
        return command.main([*arguments, "--workers", "1"])

    return run


def test_a_worse_model_is_refused(
    quick: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worse = perturbed(tmp_path / "proposal" / "bundle", 0.5)
    proposal, kept = tmp_path / "proposal", str(tmp_path / "kept")
    assert quick(str(proposal), "--current", str(SHIPPED), "--kept", kept) == 1
    outcome = read_outcome(proposal / "gate.json")
    assert outcome is not None and not outcome["passed"]
    assert outcome["candidate"] == bundle_sha256(worse)
    assert outcome["current"] == bundle_sha256(Bundle.load(SHIPPED))
    failed = {one["name"] for one in outcome["checks"] if not one["passed"]}
    assert {"all, nonzero", "all, perfect", "regression"} <= failed
    # It is a whole model all the same: as large, as fast, and the same every time.
    assert failed.isdisjoint({"parity", "size", "speed", "determinism"})
    assert "refused" in capsys.readouterr().out

    # The same model passes; the figures of the one in use are not made again.
    assert quick(str(SHIPPED), "--current", str(SHIPPED), "--kept", kept,
                 "--out", str(tmp_path / "same.json")) == 0  # fmt: skip
    same = json.loads((tmp_path / "same.json").read_text(encoding="utf-8"))
    assert same["passed"]
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_what_cannot_be_judged_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def outcomes(hits: list[int], chances: int = 100) -> list[Outcome]:
    return [
        Outcome(f"page {n}", {"source": ("plain",)}, {"nonzero": (hit, chances)}, {}, 1.0)
        for n, hit in enumerate(hits)
    ]


@pytest.mark.parametrize(
    ("before", "after", "passes"),
    [
        ([100] * 40, [100] * 40, True),
        ([99] * 40, [100] * 40, True),
        # One page in forty that loses a tenth of its cells is no more than chance.
        ([100] * 40, [90, *[100] * 39], True),
        # A little on every page is: small, and sure.
        ([100] * 40, [99] * 40, False),
        # Much on few pages is not sure, and too much.
        ([100] * 40, [0, 0, *[100] * 38], False),
        # What is lost here and won there is even.
        ([90, *[100] * 39], [100, 90, *[100] * 38], True),
    ],
)
def test_a_slice_is_worse_beyond_chance_or_beyond_its_limit(
    before: list[int], after: list[int], passes: bool
) -> None:
    found = compare(outcomes(before), outcomes(after))
    assert {one.slice for one in found} == {"all", "source: plain"}
    assert all(one.passed == passes for one in found)
    assert all(one.limit > BOUNDS[one.measure].limit for one in found)


def test_the_regression_set_is_that_which_was_put_there(tmp_path: Path) -> None:
    pages = list(regression.regression_pages())
    assert len(pages) > 40
    path = tmp_path / "set.json"
    regression.add({"kind": "plain/tabs", "number": 1, "seed": 5, "why": "a test"}, path)
    regression.add({"kind": "plain/tabs", "number": 0, "seed": 5, "why": "a test"}, path)
    regression.add({"kind": "plain/tabs", "number": 1, "seed": 5, "why": "again"}, path)
    assert [page.name for page in regression.regression_pages(path)] == [
        "plain/tabs#0@5", "plain/tabs#1@5",
    ]  # fmt: skip
    path.write_text(path.read_text(encoding="utf-8").replace('"seed": 5', '"seed": 6'), "utf-8")
    with pytest.raises(regression.RegressionSetChanged, match="plain/tabs#0@6"):
        list(regression.regression_pages(path))


def test_a_proposal_has_its_gate_inside(tmp_path: Path) -> None:
    assert Places.of(SHIPPED) == Places(SHIPPED, SHIPPED.parent / "tagger.gate.json")
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "manifest.json").touch()
    assert Places.of(tmp_path) == Places(tmp_path / "bundle", tmp_path / "gate.json")


def test_a_larger_model_is_refused(tmp_path: Path) -> None:
    shipped = Bundle.load(SHIPPED)
    content = onnx.load_from_string(shipped.onnx_path.read_bytes())
    extra = np.zeros(500_000, np.float32)
    content.graph.initializer.append(onnx.numpy_helper.from_array(extra, "unused"))
    larger = tmp_path / "larger"
    write_bundle(larger, content.SerializeToString(), shipped.vocabulary, shipped.manifest)
    assert not checks.size_check(Bundle.load(larger), shipped).passed
    assert checks.size_check(shipped, shipped).passed
