"""A bundle back into torch: the inverse of `training.export`, to go on training from what ships.

A bundle holds ONNX alone, whose weights have the names that they have in torch (`training.graph`).
Weights stored as fp16 or int8 come back as what is computed with.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from transformers import BertForTokenClassification

from nianbao.bundle import Bundle
from nianbao.exceptions import BundleError
from training.export import random_feed, torch_logits
from training.graph import OUTPUT, PREFIX
from training.modeling import Encoder, Size, make_config, make_tagger

#: The largest difference of a logit between the bundle and what was read back.
TOLERANCE = 1e-4
#: Tokens of the window that both are given.
_LENGTH = 96
#: Buffers that no weights are.
_UNSAVED = (".position_ids", ".token_type_ids")


def from_bundle(bundle: Bundle, *, dropout: float = 0.1) -> BertForTokenClassification:
    """Return the tagger of `bundle`, in evaluation mode; `dropout` is that of further training.

    Raises BundleError where the graph is none that `training.export` writes, or where the tagger that
    was read back says something else than the bundle.
    """
    content = bundle.onnx_path.read_bytes()
    weights = weights_of(onnx.load_from_string(content))
    encoder = bundle.manifest.encoder
    size = Size(
        encoder["hidden"],
        encoder["layers"],
        encoder["heads"],
        intermediate=encoder.get("intermediate"),  # not named before 1.3.0
    )
    config = make_config(size, len(bundle.vocabulary))
    inner = {n.removeprefix("bert."): v for n, v in weights.items() if n.startswith("bert.")}
    try:
        start = Encoder(config, bundle.vocabulary.tokens, inner)
        model = make_tagger(start, bundle.vocabulary, dropout=dropout)
        lost = model.load_state_dict(weights, strict=False)
    except (KeyError, RuntimeError, ValueError) as error:
        raise BundleError(f"模型 {bundle.path} 不是本库导出的:{error}") from error
    missing = [name for name in lost.missing_keys if not name.endswith(_UNSAVED)]
    if missing or lost.unexpected_keys:
        odd = [*missing, *lost.unexpected_keys][0]
        raise BundleError(f"模型 {bundle.path} 不是本库导出的:权重 {odd} 对不上")
    difference = largest_difference(model.eval(), content)
    if difference > TOLERANCE:
        raise BundleError(f"模型 {bundle.path} 读回后与原来相差 {difference:.2g}")
    return model


def largest_difference(model: BertForTokenClassification, content: bytes) -> float:
    """Return by how much a logit of `model` differs from the graph `content`, computed as it is
    written: fused, products of int8 weights are products of int8 activations too (onnxruntime 1.32),
    which is another 0.02 of a logit."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    written = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    feed = random_feed(1, _LENGTH, model.config.vocab_size, np.random.default_rng(0))
    (expected,) = written.run([OUTPUT], feed)
    return float(np.abs(torch_logits(model, feed) - expected).max())


def weights_of(model: onnx.ModelProto) -> dict[str, torch.Tensor]:
    """Return the weights of an exported tagger by their names in torch."""
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    values = dict(stored)
    for node in model.graph.node:
        if node.op_type == "Cast" and node.input[0] in stored:
            values[node.output[0]] = stored[node.input[0]].astype(np.float32)
        elif node.op_type == "DequantizeLinear" and node.input[0] in stored:
            whole, scale, _ = (stored[name] for name in node.input)
            values[node.output[0]] = _dequantised(whole, scale)
    return {
        name.removeprefix(PREFIX): torch.from_numpy(values[name].copy())
        for node in model.graph.node
        if node.op_type not in ("Cast", "DequantizeLinear")
        for name in node.input
        if name.startswith(PREFIX) and name in values
    }


def _dequantised(whole: NDArray[np.int8], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the fp32 values of `whole`, one scale for each slice along the first axis."""
    values: NDArray[np.float32] = whole * scale.reshape(-1, *[1] * (whole.ndim - 1))
    return values
