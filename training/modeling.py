"""The encoder: its size, its construction, its checkpoints.

Everything that pre-training, fine-tuning and export have in common and that needs torch.  A model
input is a window of at most `Size.positions` token ids with their token types; there is no [CLS]
and no [SEP].
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BertConfig, BertForMaskedLM, BertForTokenClassification

#: The standard deviation of a fresh embedding row, as in BERT.
INITIAL_DEVIATION = 0.02


@dataclass(frozen=True, slots=True)
class Size:
    """The size of an encoder; `intermediate` is always four times `hidden`."""

    hidden: int = 128
    layers: int = 3
    heads: int = 4
    positions: int = 256
    types: int = 16


def make_config(size: Size, tokens: int, *, tags: int = 2, dropout: float = 0.1) -> BertConfig:
    """Return the configuration of an encoder over `tokens` tokens that tells `tags` tags apart."""
    return BertConfig(
        vocab_size=tokens,
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=4 * size.hidden,
        max_position_embeddings=size.positions,
        type_vocab_size=size.types,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        num_labels=tags,
        pad_token_id=0,
    )


def size_of(config: BertConfig) -> Size:
    """Return the size that `config` describes."""
    return Size(
        hidden=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        positions=config.max_position_embeddings,
        types=config.type_vocab_size,
    )


def seed_everything(seed: int) -> None:
    """Seed every generator that a training step draws from."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def pick_device(name: str) -> torch.device:
    """Return the device called `name`; "auto" is CUDA where there is one, else the CPU."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def save_atomically(state: dict[str, Any], path: Path) -> None:
    """Write `state` to `path` with torch; a reader sees the old file or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(path.suffix + ".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def load_state(path: Path) -> dict[str, Any]:
    """Read what `save_atomically` wrote, on the CPU; tensors and plain data only, no code."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def encoder_state(model: BertForMaskedLM, tokens: Sequence[str]) -> dict[str, Any]:
    """Return what fine-tuning needs of a pre-trained `model`: weights, size and vocabulary."""
    weights = {name: value.detach().cpu() for name, value in model.bert.state_dict().items()}
    return {"size": asdict(size_of(model.config)), "tokens": list(tokens), "weights": weights}
