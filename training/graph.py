"""The ONNX graph of the tagger, node by node: what ONNX Runtime computes fastest on one thread.

    input_ids, token_type_ids: int64 [batch, length] -> logits: float32 [batch, length, tags]

Exported by torch the same arithmetic takes 1.2 times as long (1.2.0 beside 1.2.1, in turn in one process,
on the windows of 300 made pages; onnxruntime 1.32): it builds an attention mask out of shapes, adds it to
every product of queries and keys, and keeps biases apart.  Here windows have no padding, so that there is
no mask, the attention of a layer is one node (`com.microsoft.Attention`), and a linear layer with its bias
another.

Weights keep the names and the shapes that they have in torch, behind "model.": `training.restore` finds
them by these.  What joins and turns them is done once, when the session begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from transformers import BertForTokenClassification

INPUTS: Final = ("input_ids", "token_type_ids")
OUTPUT: Final = "logits"
#: Before the names of weights.
PREFIX: Final = "model."
#: The first opset with Gelu.
_OPSET: Final = 20
#: The least version of the format that has it.
_IR: Final = 9
_CONTRIBUTED: Final = "com.microsoft"
#: Behind the last of anything.
_END: Final = 2**31


def build(model: BertForTokenClassification) -> onnx.ModelProto:
    """Return the graph of `model`, whose layers are local ones (`training.modeling`).

    Raises ValueError for a model that computes something else than what is written here.
    """
    config = model.config
    if (
        config.hidden_act != "gelu"
        or getattr(config, "position_embedding_type", "absolute") != "absolute"
    ):
        raise ValueError("only absolute positions and the activation gelu can be exported")
    weights = {name: value.detach().cpu().numpy() for name, value in model.state_dict().items()}
    graph = _Graph(weights, config.hidden_size, config.num_attention_heads, config.layer_norm_eps)
    hidden = graph.embeddings()
    for number in range(config.num_hidden_layers):
        hidden = graph.layer(f"bert.encoder.layer.{number}.", hidden)
    graph.outputs(hidden, config.num_labels)
    return graph.finished(config.num_labels)


@dataclass
class _Graph:
    """A graph that grows.  Values go by their names; [tokens, width] has the rows of a batch end to end."""

    weights: dict[str, NDArray[np.float32]]
    width: int
    heads: int
    epsilon: float
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)

    def node(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Append a node; return the name of its output."""
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(onnx.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: Sequence[int]) -> str:
        self.constants[name] = np.array(value, dtype=np.int64)
        return name

    def weight(self, name: str) -> str:
        self.constants[PREFIX + name] = self.weights[name]
        return PREFIX + name

    def embeddings(self) -> str:
        """Return the normalised sum of tokens, types and positions, [batch, length, width]."""
        table = "bert.embeddings.{}_embeddings.weight"
        words = self.node("Gather", (self.weight(table.format("word")), "input_ids"))
        types = self.node("Gather", (self.weight(table.format("token_type")), "token_type_ids"))
        length = self.node("Shape", ("input_ids",), start=1, end=2)
        positions = self.node(
            "Slice", (self.weight(table.format("position")), self.constant("first", [0]), length)
        )
        self.shape = self.node(
            "Concat", (self.node("Shape", ("input_ids",)), self.constant("width", [self.width])), axis=0
        )  # fmt: skip
        self.rows = self.constant("rows", [-1, self.width])
        total = self.node("Add", (self.node("Add", (words, types)), positions))
        return self.normalised("bert.embeddings.LayerNorm", total)

    def layer(self, name: str, hidden: str) -> str:
        """Return what the layer whose weights begin with `name` makes of [batch, length, width]."""
        hidden = self.local(f"{name}local", hidden)
        rows = self.node("Reshape", (hidden, self.rows))
        attended = self.linear(f"{name}attention.output.dense", self.attention(name, hidden))
        rows = self.normalised(
            f"{name}attention.output.LayerNorm", self.node("Add", (attended, rows))
        )
        wide = self.node("Gelu", (self.linear(f"{name}intermediate.dense", rows),))
        narrow = self.linear(f"{name}output.dense", wide)
        rows = self.normalised(f"{name}output.LayerNorm", self.node("Add", (narrow, rows)))
        return self.node("Reshape", (rows, self.shape))

    def local(self, name: str, hidden: str) -> str:
        """x + gelu(convolution(x)) over a token and its two neighbours: a product of the three side by
        side, for which nothing has to be turned around."""
        around = self.node("Pad", (hidden, self.constant("around", [0, 1, 0, 0, 1, 0])))
        before, after = (
            self.node("Slice", (around, *self.ends(start, end)))
            for start, end in ((0, -2), (2, _END))
        )
        beside = self.node("Concat", (before, hidden, after), axis=2)
        taps = self.node("Transpose", (self.weight(f"{name}.weight"),), perm=[0, 2, 1])
        three = (self.constant("three", [-1, 3 * self.width]),)
        taps, beside = (self.node("Reshape", (value, *three)) for value in (taps, beside))
        seen = self.node("Gemm", (beside, taps, self.weight(f"{name}.bias")), transB=1)
        seen = self.node("Reshape", (self.node("Gelu", (seen,)), self.shape))
        return self.node("Add", (hidden, seen))

    def ends(self, start: int, end: int) -> tuple[str, str, str]:
        """Return the constants for a slice along the length."""
        names = (f"from_{start}", f"to_{end}", "length_axis")
        found = zip(names, ([start], [end], [1]), strict=True)
        first, last, axis = (self.constant(name, value) for name, value in found)
        return first, last, axis

    def attention(self, name: str, hidden: str) -> str:
        """What each token of [batch, length, width] gathers from its window, [tokens, width]."""
        parts = [f"{name}attention.self.{part}" for part in ("query", "key", "value")]
        joined = self.node("Concat", [self.weight(f"{part}.weight") for part in parts], axis=0)
        biases = self.node("Concat", [self.weight(f"{part}.bias") for part in parts], axis=0)
        given = (hidden, self.node("Transpose", (joined,), perm=[1, 0]), biases)
        seen = self.node("Attention", given, num_heads=self.heads, domain=_CONTRIBUTED)
        return self.node("Reshape", (seen, self.rows))

    def linear(self, name: str, rows: str, output: str = "") -> str:
        weights = (self.weight(f"{name}.weight"), self.weight(f"{name}.bias"))
        return self.node("Gemm", (rows, *weights), output, transB=1)

    def normalised(self, name: str, value: str) -> str:
        weights = (self.weight(f"{name}.weight"), self.weight(f"{name}.bias"))
        return self.node("LayerNormalization", (value, *weights), axis=-1, epsilon=self.epsilon)

    def outputs(self, hidden: str, tags: int) -> None:
        """Append the output layer."""
        rows = self.linear("classifier", self.node("Reshape", (hidden, self.rows)))
        shape = (self.node("Shape", ("input_ids",)), self.constant("tags", [tags]))
        self.node("Reshape", (rows, self.node("Concat", shape, axis=0)), OUTPUT)

    def finished(self, tags: int) -> onnx.ModelProto:
        """Return the checked graph with its inputs, its output and its weights."""
        given, made = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
        batch = ["batch", "length"]
        graph = onnx.helper.make_graph(
            self.nodes,
            "tagger",
            [onnx.helper.make_tensor_value_info(name, given, batch) for name in INPUTS],
            [onnx.helper.make_tensor_value_info(OUTPUT, made, [*batch, tags])],
            [onnx.numpy_helper.from_array(value, name) for name, value in self.constants.items()],
        )
        opsets = [onnx.helper.make_opsetid("", _OPSET), onnx.helper.make_opsetid(_CONTRIBUTED, 1)]
        return onnx.helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR, producer_name="nianbao"
        )
