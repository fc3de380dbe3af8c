"""Export a trained tagger as a bundle: ONNX, vocabulary, manifest and model card.

    python -m training.export --tagger runs/tagger/tagger.pt --out models/tagger --version 1.0.0

The exported model is compared with the trained one before anything is written: the tags must be the
same, whatever the batch.  A session has one thread, always: with two, the kernels cut a
product of 128 rows differently and the last bits change (onnxruntime 1.32).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertForTokenClassification

from nianbao.bundle import Manifest, write_bundle
from nianbao.encoding import RESERVED, TYPE_COUNT, WINDOW, Vocabulary
from nianbao.exceptions import BundleError
from nianbao.pipeline import library_version
from training.graph import INPUTS, OUTPUT, build
from training.modeling import add_local_layers, load_state

#: How the weights are stored; `fp16` and `int8` are computed with in fp32 all the same.
WEIGHTS = ("fp32", "fp16", "int8")
#: Weights with fewer values than this (biases, norms) stay fp32.
SMALL = 2048
#: A bundle above this is refused: it ships with the package.
MOST_BYTES = 12_000_000
#: The largest difference of a logit between torch and ONNX Runtime in fp32.
TOLERANCE = 1e-3
#: Of the windows that an exported model is compared on.
LENGTHS = (1, 2, 31, 64, 97, 128, 200, WINDOW)


def restore(state: dict[str, Any]) -> BertForTokenClassification:
    """Return the tagger that `training.finetune` saved, ready to use."""
    model = BertForTokenClassification(BertConfig.from_dict(state["config"]))
    add_local_layers(model.bert)
    model.load_state_dict(state["weights"])
    return model.eval()


def to_onnx(model: BertForTokenClassification, weights: str = "fp32") -> bytes:
    """Return `model` as ONNX with free batch and length, its weights stored as `weights` says."""
    made = build(model)
    store_weights(made, weights)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString(deterministic=True))


def store_weights(model: onnx.ModelProto, weights: str) -> None:
    """Store the large weights of `model` as `weights` says, each followed by what makes them fp32
    again, so that the arithmetic, and with it the independence of the batch, stays that of fp32."""
    if weights == "fp32":
        return
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALL:
            kept.append(tensor)
            continue
        made = (
            _as_half(tensor.name, values) if weights == "fp16" else _as_bytes(tensor.name, values)
        )
        kept += made.tensors
        nodes.append(made.node)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    body = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *body])


@dataclass(frozen=True, slots=True)
class _Stored:
    tensors: list[onnx.TensorProto]
    node: onnx.NodeProto


def _as_half(name: str, values: NDArray[np.float32]) -> _Stored:
    stored = onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}.fp16")
    node = onnx.helper.make_node("Cast", [stored.name], [name], to=onnx.TensorProto.FLOAT)
    return _Stored([stored], node)


def _as_bytes(name: str, values: NDArray[np.float32]) -> _Stored:
    """Symmetric int8 with one scale for each slice along the first axis: a token, an output."""
    flat = values.reshape(len(values), -1)
    scale = np.abs(flat).max(axis=1, initial=1e-8) / 127
    whole = np.clip(np.rint(flat / scale[:, None]), -127, 127).astype(np.int8)
    tensors = [
        onnx.numpy_helper.from_array(whole.reshape(values.shape), f"{name}.int8"),
        onnx.numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"),
        onnx.numpy_helper.from_array(np.zeros(len(scale), np.int8), f"{name}.zero"),
    ]
    inputs = [tensor.name for tensor in tensors]
    return _Stored(tensors, onnx.helper.make_node("DequantizeLinear", inputs, [name], axis=0))


Feed = dict[str, NDArray[np.int64]]


def session(content: bytes) -> Any:
    """Return an ONNX Runtime session on one thread of the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def random_feed(rows: int, length: int, tokens: int, rng: np.random.Generator) -> Feed:
    """Return `rows` windows of random tokens."""
    ids = rng.integers(len(RESERVED), tokens, (rows, length))
    types = rng.integers(0, TYPE_COUNT, (rows, length))
    return dict(zip(INPUTS, (ids, types), strict=True))


def torch_logits(model: BertForTokenClassification, feed: Feed) -> NDArray[np.float32]:
    """Return the logits of the trained model."""
    with torch.inference_mode():
        logits: NDArray[np.float32] = model(
            **{name: torch.from_numpy(array) for name, array in feed.items()}
        ).logits.numpy()
    return logits


@dataclass(frozen=True, slots=True)
class Parity:
    """How an exported model agrees with the trained one.

    `largest` is the largest difference of a logit, `same_tags` the share of the tokens that either
    tags with a label and both alike; `bits` says whether batch and repetition leave every bit of a
    logit alone (one thread).
    """

    largest: float
    same_tags: float
    bits: bool


def compare(model: BertForTokenClassification, content: bytes, feeds: Sequence[Feed]) -> Parity:
    """Compare the exported model with `model` on `feeds`."""
    one = session(content)
    largest, same, labelled, bits = 0.0, 0, 0, True
    for feed in feeds:
        (exported,) = one.run([OUTPUT], feed)
        expected = torch_logits(model, feed)
        largest = max(largest, float(np.abs(exported - expected).max()))
        left, right = exported.argmax(-1), expected.argmax(-1)
        either = (left > 0) | (right > 0)
        same += int((left == right)[either].sum())
        labelled += int(either.sum())
        bits &= np.array_equal(exported, one.run([OUTPUT], feed)[0])
        for row in range(len(expected)):
            alone = {name: array[row : row + 1] for name, array in feed.items()}
            bits &= np.array_equal(exported[row : row + 1], one.run([OUTPUT], alone)[0])
    return Parity(largest, same / max(1, labelled), bits)


#: What the card of a model says of its training where it was trained by `training.finetune`.
MADE_ONLY = """pre-trained from random weights on official
  Chinese text (laws and regulations, policy news, government work reports), fine-tuned on made
  reports only. No real report was trained on."""


def make_card(manifest: Manifest, size: int, story: str = MADE_ONLY) -> str:
    """Return the model card, Markdown, from the manifest; `story` says what it was trained on."""
    encoder = manifest.encoder
    scores = "\n".join(
        f"| {name} | {score:.4f} |" for name, score in sorted(manifest.scores.items())
    )
    seeds = ", ".join(f"{name} {seed}" for name, seed in sorted(manifest.seeds.items()))
    return f"""# {manifest.name} {manifest.version}

Labels the parts of a 政府信息公开工作年度报告: title, headings, the rows and columns of its statutory
tables, values, furniture. {len(manifest.labels)} labels as BIO tags over windows of {manifest.window} tokens.

- **Model**: BERT encoder, {encoder.get("layers")} layers of width {encoder.get("hidden")}, feed-forward
  {encoder.get("intermediate")}, {encoder.get("tokens")} tokens (characters, names of the form, shapes of numbers); {size / 1e6:.1f} MB ONNX, weights {manifest.weights}.
- **Made with** nianbao {manifest.library_version}: {story} Seeds: {seeds}.
- **Licence**: Apache-2.0, as the library.
- **Use**: `nianbao.bundle.Bundle.load()`; the manifest's SHA-256 digests are checked on loading.
- **Limits**: a tagger, not a reader: which value belongs to which cell is decided by the library's
  rules. Scores below are on made reports of provinces that training never saw; figures on real reports
  are those of the library's quality gate.

| measure (strict spans, held-out made reports) | score |
| --- | --- |
{scores}

Training data SHA-256 `{manifest.data_sha256}`, vocabulary `{manifest.vocabulary_sha256}`, model
`{manifest.onnx_sha256}`.
"""


def encoder_of(state: dict[str, Any]) -> dict[str, int]:
    """Return the size of the tagger `state` by the names of a manifest."""
    config = state["config"]
    return {
        "hidden": config["hidden_size"],
        "layers": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "intermediate": config["intermediate_size"],
        "tokens": config["vocab_size"],
    }


def make_manifest(state: dict[str, Any], version: str, weights: str) -> Manifest:
    """Return the manifest of the tagger `state`, its file digests still empty."""
    return Manifest(
        name="nianbao-tagger",
        version=version,
        library_version=library_version(),
        data_sha256=state["data_sha256"],
        weights=weights,
        encoder=encoder_of(state),
        seeds={"finetune": state["seed"], "first_example": state["start_seed"]},
        scores=state["scores"],
    )


def check(model: BertForTokenClassification, content: bytes, weights: str) -> Parity:
    """Compare an exported model on random windows; raise BundleError where it must not ship."""
    rng = np.random.default_rng(0)
    tokens = model.config.vocab_size
    parity = compare(model, content, [random_feed(3, length, tokens, rng) for length in LENGTHS])
    if not parity.bits:
        raise BundleError("导出的模型的输出随批次而变")
    if weights == "fp32" and parity.largest > TOLERANCE:
        raise BundleError(f"导出的模型与训练的模型相差 {parity.largest:.2g}")
    if len(content) > MOST_BYTES:
        raise BundleError(f"导出的模型有 {len(content)} 字节,超过 {MOST_BYTES}")
    return parity


def main(arguments: list[str] | None = None) -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("--tagger", type=Path, required=True, help="tagger.pt of training.finetune")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--version", required=True)
    parser.add_argument("--weights", choices=WEIGHTS, default="fp32")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    state = load_state(given.tagger)
    model = restore(state)
    content = to_onnx(model, given.weights)
    parity = check(model, content, given.weights)
    manifest = make_manifest(state, given.version, given.weights)
    vocabulary = Vocabulary(state["tokens"])
    manifest = write_bundle(
        given.out, content, vocabulary, manifest, card=lambda m: make_card(m, len(content))
    )
    print(f"{len(content)} bytes, {parity}")


if __name__ == "__main__":
    main()
