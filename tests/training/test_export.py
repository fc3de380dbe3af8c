"""The exported model against the trained one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertForTokenClassification

from nianbao.bundle import CARD, Bundle
from nianbao.encoding import TAGS, Vocabulary, encode
from nianbao.exceptions import BundleError
from nianbao.reading.folding import fold
from nianbao.tagger import Tagger, decode
from training import export, modeling, probe

WORDS = Vocabulary.of_characters(
    "0123456789一二三四五六七八九十年报告公开政府信息行许可处罚强制,。"
)
PAGE = "政府信息公开年度报告\n" + "行政许可 12\n行政处罚|3\n\n" * 60


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model() -> BertForTokenClassification:
    """A random model whose tags vary: the output layer and the local layers are not small."""
    encoder = modeling.fresh_encoder(modeling.Size(32, 2, 2), WORDS, 3)
    tagger = modeling.make_tagger(encoder, WORDS).eval()
    torch.nn.init.normal_(tagger.classifier.weight, std=1.0)
    for layer in tagger.bert.encoder.layer:
        torch.nn.init.normal_(layer.local.weight, std=0.1)
    return tagger


@pytest.fixture(scope="module")
def saved(model: BertForTokenClassification, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "tagger.pt"
    state: dict[str, Any] = {
        "config": model.config.to_dict(),
        "tokens": list(WORDS.tokens),
        "weights": model.state_dict(),
        "seed": 1,
        "start_seed": 2,
        "data_sha256": "ab",
        "scores": {"f1": 0.5},
    }
    modeling.save_atomically(state, path)
    return path


@pytest.fixture(scope="module")
def content(model: BertForTokenClassification) -> bytes:
    return export.to_onnx(model)


def feed(rows: int, length: int, seed: int) -> export.Feed:
    return export.random_feed(rows, length, len(WORDS), np.random.default_rng(seed))


@settings(max_examples=15, deadline=None)
@given(rows=st.integers(1, 5), length=st.integers(1, 256), seed=st.integers(0, 99))
def test_the_exported_model_says_what_the_trained_one_says(
    model: BertForTokenClassification, content: bytes, rows: int, length: int, seed: int
) -> None:
    parity = export.compare(model, content, [feed(rows, length, seed)])
    assert parity.largest < export.TOLERANCE
    assert parity.same_tags == 1.0


@pytest.mark.parametrize("weights", export.WEIGHTS)
def test_company_leaves_every_bit_alone(model: BertForTokenClassification, weights: str) -> None:
    made = export.to_onnx(model, weights)
    parity = export.compare(model, made, [feed(4, 64, 0), feed(3, 256, 1)])
    assert parity.bits
    assert parity.same_tags > 0.9


def test_smaller_weights_are_smaller(model: BertForTokenClassification, content: bytes) -> None:
    half, byte = (len(export.to_onnx(model, weights)) for weights in ("fp16", "int8"))
    assert byte < half < len(content)


def test_the_export_is_repeatable_and_leaves_the_model_alone(
    model: BertForTokenClassification, content: bytes
) -> None:
    before = export.torch_logits(model, feed(1, 64, 5))
    assert export.to_onnx(model) == content
    assert not model.training
    np.testing.assert_array_equal(export.torch_logits(model, feed(1, 64, 5)), before)


def test_what_the_graph_does_not_compute_is_refused(model: BertForTokenClassification) -> None:
    other = copy.deepcopy(model)
    other.config.hidden_act = "relu"
    with pytest.raises(ValueError, match="activation"):
        export.to_onnx(other)


def test_a_model_that_differs_is_not_shipped(content: bytes) -> None:
    other = modeling.make_tagger(modeling.fresh_encoder(modeling.Size(32, 2, 2), WORDS, 4), WORDS)
    with pytest.raises(BundleError, match="相差"):
        export.check(other.eval(), content, "fp32")


def test_the_bundle_reads_as_the_trained_model(
    model: BertForTokenClassification, saved: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    export.main(["--tagger", str(saved), "--out", str(folder), "--version", "2.1"])
    bundle = Bundle.load(folder)
    assert bundle.manifest.version == "2.1"
    assert bundle.manifest.encoder["layers"] == 2
    assert bundle.manifest.seeds["finetune"] == 1
    assert bundle.manifest.onnx_sha256 in (folder / CARD).read_text(encoding="utf-8")

    encoded = encode(fold(PAGE), bundle.vocabulary)
    expected = probe.logits_of(model, encoded, torch.device("cpu"))
    found = Tagger(bundle).logits(encoded)
    assert found.shape == (len(encoded), len(TAGS))
    np.testing.assert_allclose(found, expected, atol=export.TOLERANCE)
    assert decode(encoded, found) == decode(encoded, expected)
    assert decode(encoded, found)
