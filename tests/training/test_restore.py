"""A bundle that was read back into torch says what the bundle says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from nianbao.bundle import Bundle, Manifest, write_bundle
from nianbao.encoding import Vocabulary, encode
from nianbao.exceptions import BundleError
from nianbao.reading.folding import fold
from nianbao.tagger import Tagger
from training import export, modeling, probe, restore

PAGE = "政府信息公开工作年度报告\n行政许可 | 12 | 0\n行政处罚 | 3 | 245\n" * 20


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    return Bundle.load()


def test_the_shipped_bundle_reads_back_exactly(shipped: Bundle) -> None:
    model = restore.from_bundle(shipped)
    encoded = encode(fold(PAGE), shipped.vocabulary)
    found = probe.logits_of(model, encoded, torch.device("cpu"))
    np.testing.assert_allclose(found, Tagger(shipped).logits(encoded), atol=1e-4)


@pytest.mark.parametrize("weights", export.WEIGHTS)
def test_what_is_exported_reads_back(tmp_path: Path, weights: str) -> None:
    words = Vocabulary.of_characters("0123456789年报告公开政府信息许可处罚")
    encoder = modeling.fresh_encoder(modeling.Size(32, 2, 2), words, 3)
    model = modeling.make_tagger(encoder, words).eval()
    size = {"hidden": 32, "layers": 2, "heads": 2, "tokens": len(words)}
    content = export.to_onnx(model, weights)
    manifest = Manifest("nianbao-tagger", "1", "0", encoder=size, weights=weights)
    write_bundle(tmp_path / "b", content, words, manifest)

    again = restore.from_bundle(Bundle.load(tmp_path / "b"))
    if weights == "fp32":
        for name, value in model.state_dict().items():
            assert torch.equal(again.state_dict()[name], value), name
    assert restore.largest_difference(again, content) < restore.TOLERANCE


def test_a_foreign_graph_is_refused(tmp_path: Path, shipped: Bundle) -> None:
    graph = onnx.load_from_string(shipped.onnx_path.read_bytes())
    weights = next(t for t in graph.graph.initializer if t.name == "model.classifier.weight")
    node = next(n for n in graph.graph.node if weights.name in n.input)
    weights.name = node.input[1] = "other"
    write_bundle(tmp_path / "b", graph.SerializeToString(), shipped.vocabulary, shipped.manifest)
    with pytest.raises(BundleError, match="不是本库导出的"):
        restore.from_bundle(Bundle.load(tmp_path / "b"))
