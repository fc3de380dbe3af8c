"""A candidate over the last batch: what would change is told, report by report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from nianbao.bundle import Bundle, write_bundle
from training import shadow
from training.example import example


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model, deaf for one row: the bias of its label is far below all others."""
    bundle = Bundle.load()
    graph = onnx.load_from_string(bundle.onnx_path.read_bytes())
    bias = next(t for t in graph.graph.initializer if t.name == "model.classifier.bias")
    values = onnx.numpy_helper.to_array(bias).copy()
    row = 1 + 2 * bundle.manifest.labels.index("row.requests.granted")
    values[row : row + 2] -= 100
    bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
    folder = tmp_path_factory.mktemp("proposal")
    manifest = replace(bundle.manifest, version="1.2.2+deaf")
    write_bundle(folder / "bundle", graph.SerializeToString(), bundle.vocabulary, manifest)
    return folder


def test_what_would_change_is_told_report_by_report(
    candidate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.html").write_text(example(), encoding="utf-8")
    out = tmp_path / "out"
    arguments = [str(candidate), str(pages), "--out", str(out), "--processes", "1"]
    assert shadow.main(arguments) == 0
    told = capsys.readouterr().out
    assert "模型版本不同" in told
    assert "requests.granted" in told
    found = json.loads((out / shadow.JSON).read_text(encoding="utf-8"))
    assert found["cells"]
    assert {one["why"] for one in found["cells"]} == {"model"}
    assert all(one["path"].startswith("requests.") for one in found["cells"])

    # A dataset is read again from its own inputs; its folder is no input.
    assert shadow.inputs_of(out / "current") == [str(pages)]
    assert shadow.inputs_of(pages) is None


def test_what_is_not_there_is_named(candidate: Path, tmp_path: Path) -> None:
    missing = [str(candidate), str(tmp_path / "nothing"), "--out", str(tmp_path / "out")]
    assert shadow.main(missing) == 2
