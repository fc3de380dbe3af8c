"""A smaller tagger from a larger one: narrower feed-forward layers, taught by what the larger one says.

    python -m training.finetune --narrow runs/tagger/tagger.pt --intermediate 128 --shards runs/shards \\
        --vocab runs/vocab.txt --data DIR --out runs/narrow --steps 6000 --rate 1e-3

The feed-forward layers are where two fifths of the multiplications of 2 x 128 are (262 of 643 thousand for
a token of a whole window).  Of each the units that move its output most are kept, and the rest is learned
back from the larger model's probabilities and from the labels (knowledge distillation: Hinton, Vinyals
and Dean 2015, arXiv:1503.02531).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BertForTokenClassification

from nianbao.bundle import Bundle
from training.batches import Batch
from training.export import restore
from training.modeling import add_local_layers, load_state
from training.restore import from_bundle

#: Batches of made pages by which the units of a layer are weighed.
WEIGHED_BY = 24


def read_teacher(path: Path) -> BertForTokenClassification:
    """Return the tagger at `path`, in evaluation mode: a bundle, or the `tagger.pt` of fine-tuning."""
    if path.is_dir():
        return from_bundle(Bundle.load(path))
    return restore(load_state(path))


def narrowed(
    teacher: BertForTokenClassification,
    intermediate: int,
    batches: Iterable[Batch],
    device: torch.device,
    *,
    dropout: float = 0.0,
) -> BertForTokenClassification:
    """Return a copy of `teacher` whose feed-forward layers are `intermediate` units wide: those of the
    teacher's that change its output most on `batches`.

    What the others say on average goes into the bias.  Raises ValueError where the teacher has fewer.
    """
    wide = teacher.config.intermediate_size
    if not 0 < intermediate <= wide:
        raise ValueError(f"{intermediate} units cannot be kept of {wide}")
    units = _weigh(teacher, batches, device)
    config = copy.deepcopy(teacher.config)
    config.intermediate_size = intermediate
    config.hidden_dropout_prob = dropout
    model = BertForTokenClassification(config)
    add_local_layers(model.bert)
    weights = {name: value.detach().cpu().clone() for name, value in teacher.state_dict().items()}
    for number, found in enumerate(units):
        _narrow(weights, f"bert.encoder.layer.{number}.", found, intermediate)
    model.load_state_dict(weights)
    return model


@dataclass(slots=True)
class _Units:
    """Sums over tokens of what the units of a layer say, float64 [units]."""

    count: int = 0
    sums: list[Tensor] = field(default_factory=list)
    squares: list[Tensor] = field(default_factory=list)

    def add(self, said: Tensor) -> None:
        """Count `said`, [tokens, units]."""
        said = said.double()
        self.count += len(said)
        self.sums.append(said.sum(0))
        self.squares.append(said.square().sum(0))

    def mean(self) -> Tensor:
        return torch.stack(self.sums).sum(0) / self.count

    def deviation(self) -> Tensor:
        square = torch.stack(self.squares).sum(0) / self.count
        return (square - self.mean().square()).clamp_min(0).sqrt()


def _weigh(
    teacher: BertForTokenClassification, batches: Iterable[Batch], device: torch.device
) -> list[_Units]:
    """Return what the units of each layer say on the tokens of `batches`."""
    teacher.to(device).eval()
    layers = teacher.bert.encoder.layer
    found = [_Units() for _ in layers]
    mask = torch.ones(0, dtype=torch.bool, device=device)

    def listen(units: _Units) -> Any:
        return lambda _module, _given, said: units.add(said[mask])

    hooks = [
        layer.intermediate.register_forward_hook(listen(units))
        for layer, units in zip(layers, found, strict=True)
    ]
    for batch in batches:
        mask = torch.from_numpy(batch.mask).to(device).bool()
        with torch.inference_mode():
            tag_logits(teacher, batch, device)
    for hook in hooks:
        hook.remove()
    return found


def _narrow(weights: dict[str, Tensor], layer: str, units: _Units, intermediate: int) -> None:
    """Cut the feed-forward layer whose weights begin with `layer` down to `intermediate` units."""
    into, bias_in, out, bias_out = (
        f"{layer}{part}"
        for part in (
            "intermediate.dense.weight", "intermediate.dense.bias",
            "output.dense.weight", "output.dense.bias",
        )
    )  # fmt: skip
    moved = units.deviation().cpu() * weights[out].double().norm(dim=0)
    kept = moved.topk(intermediate).indices.sort().values
    silent = torch.ones(len(moved), dtype=torch.bool)
    silent[kept] = False
    mean = units.mean().cpu()[silent]
    weights[bias_out] += (weights[out][:, silent].double() @ mean).float()
    weights[into], weights[bias_in] = weights[into][kept], weights[bias_in][kept]
    weights[out] = weights[out][:, kept].contiguous()


def tag_logits(model: BertForTokenClassification, batch: Batch, device: torch.device) -> Tensor:
    """Return the logits of `batch`, float32 [windows, length, tags]; on a GPU computed in bfloat16."""
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        logits: Tensor = model(
            input_ids=torch.from_numpy(batch.ids).to(device),
            token_type_ids=torch.from_numpy(batch.types).to(device),
            attention_mask=torch.from_numpy(batch.mask).to(device),
        ).logits
    return logits.float()


def divergence(logits: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """Return the mean Kullback-Leibler divergence of `logits` from those of the teacher, both
    [windows, length, tags], over the tokens where bool `mask` [windows, length] is true."""
    said = torch.nn.functional.log_softmax(logits[mask], dim=-1)
    meant = torch.nn.functional.log_softmax(teacher[mask], dim=-1)
    return torch.nn.functional.kl_div(said, meant, log_target=True, reduction="batchmean")
