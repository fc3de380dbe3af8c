"""The encoder: its size, its construction, its checkpoints.

Everything that pre-training, fine-tuning and export have in common and that needs torch.  A model
input is a window of at most `Size.positions` token ids with their token types; there is no [CLS]
and no [SEP].
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import BertConfig, BertForMaskedLM, BertForTokenClassification, BertModel
from transformers.models.bert.modeling_bert import BertLayer
from transformers.utils import cached_file

from nianbao.encoding import (
    FORM_NAMES,
    NAME_TOKENS,
    NUMBER_TOKENS,
    PAD,
    TAGS,
    TYPE_COUNT,
    WINDOW,
    Vocabulary,
)

#: The standard deviation of a fresh embedding row, as in BERT.
INITIAL_DEVIATION = 0.02
#: How much weaker than the rest the two outputs of a fresh layer start.
WEAK_OUTPUT = 0.1


@dataclass(frozen=True, slots=True)
class Size:
    """The size of an encoder; without `intermediate`, the feed-forward layers are four times `hidden`
    wide."""

    hidden: int = 128
    layers: int = 2
    heads: int = 4
    positions: int = WINDOW
    types: int = TYPE_COUNT
    intermediate: int | None = None


class LocalLayer(BertLayer):
    """A BERT layer that first lets each token look at its two neighbours: x + gelu(convolution(x)).

    Labels are told by the characters side by side, which a small encoder with absolute positions
    learns slowly.  With the convolution at zero the layer is BERT's own.
    """

    def __init__(self, config: BertConfig, layer_idx: int | None = None) -> None:
        super().__init__(config, layer_idx=layer_idx)
        self.local = torch.nn.Conv1d(config.hidden_size, config.hidden_size, 3, padding=1)
        torch.nn.init.zeros_(self.local.weight)
        torch.nn.init.zeros_(self.local.bias)

    def forward(self, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Any:
        seen = torch.nn.functional.gelu(self.local(hidden_states.transpose(1, 2)))
        return super().forward(hidden_states + seen.transpose(1, 2), *args, **kwargs)


def add_local_layers(encoder: BertModel) -> None:
    """Make the layers of `encoder` local ones, with fresh weights."""
    layers = [LocalLayer(encoder.config, i) for i in range(encoder.config.num_hidden_layers)]
    encoder.encoder.layer = torch.nn.ModuleList(layers)


def start_small(encoder: BertModel) -> None:
    """Give `encoder` local layers and initial weights that suit a small encoder.

    BERT's own deviation of 0.02 is made for a width of 768: at 128 attention starts, and stays for
    long, uniform.  Sinusoids tell distances from the first step; weak outputs keep each layer near
    the identity.  Loss on made reports after 150 steps of 4096 tokens, 3 x 128 from random weights:
    0.74 for plain BERT, 0.67 with these weights, 0.51 with local layers too, 0.29 with weak outputs,
    0.21 with the output layer of `make_tagger`.
    """
    add_local_layers(encoder)
    deviation = wide_deviation(encoder.config)
    for name, module in encoder.encoder.named_modules():
        if isinstance(module, torch.nn.Linear):
            weak = WEAK_OUTPUT if name.endswith("output.dense") else 1.0
            torch.nn.init.normal_(module.weight, std=deviation * weak)
            torch.nn.init.zeros_(module.bias)
        elif isinstance(module, torch.nn.Conv1d):
            torch.nn.init.normal_(module.weight, std=deviation / 2)
    positions = encoder.embeddings.position_embeddings.weight
    with torch.no_grad():
        positions.copy_(sinusoids(*positions.shape) * (INITIAL_DEVIATION * math.sqrt(2)))


def wide_deviation(config: BertConfig) -> float:
    """Return the deviation at which a layer of this width neither shrinks nor swells its input much."""
    return 0.7 / math.sqrt(config.hidden_size)


def sinusoids(count: int, width: int) -> Tensor:
    """Return float32 [count, width]: sines and cosines of the position, wavelengths up to 6000."""
    angles = torch.arange(count)[:, None] * torch.exp(
        torch.arange(0, width, 2) * (-math.log(1000.0) / width)
    )
    return torch.stack([torch.sin(angles), torch.cos(angles)], dim=-1).flatten(1)


def make_config(size: Size, tokens: int, *, dropout: float = 0.1) -> BertConfig:
    """Return the configuration of an encoder over `tokens` tokens."""
    return BertConfig(
        vocab_size=tokens,
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=size.intermediate or 4 * size.hidden,
        max_position_embeddings=size.positions,
        type_vocab_size=size.types,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        pad_token_id=PAD,
    )


def size_of(config: BertConfig) -> Size:
    """Return the size that `config` describes."""
    return Size(
        hidden=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        positions=config.max_position_embeddings,
        types=config.type_vocab_size,
        intermediate=config.intermediate_size,
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


@dataclass(frozen=True, slots=True)
class Encoder:
    """A trained encoder: its configuration, its tokens, and the weights of its `BertModel` (without
    the pooler), by name."""

    config: BertConfig
    tokens: tuple[str, ...]
    weights: dict[str, Tensor]


def make_language_model(size: Size, tokens: int) -> BertForMaskedLM:
    """Return a masked language model with random weights and no dropout, to pre-train."""
    model = BertForMaskedLM(make_config(size, tokens, dropout=0.0))
    start_small(model.bert)
    return model


def encoder_state(model: BertForMaskedLM, tokens: Sequence[str]) -> dict[str, Any]:
    """Return what fine-tuning needs of a pre-trained `model`: weights, size and vocabulary."""
    weights = {name: value.detach().cpu() for name, value in model.bert.state_dict().items()}
    return {"size": asdict(size_of(model.config)), "tokens": list(tokens), "weights": weights}


def read_pretrained(path: Path) -> Encoder:
    """Read the `encoder.pt` that pre-training wrote."""
    state = load_state(path)
    config = make_config(Size(**state["size"]), len(state["tokens"]))
    return Encoder(config, tuple(state["tokens"]), state["weights"])


def read_base(name: str) -> Encoder:
    """Read a checkpoint of the BERT family with a character vocabulary: a folder with `config.json`,
    weights and `vocab.txt`, or a name on the model hub.  Raises OSError where there is none."""
    listing = cached_file(name, "vocab.txt")
    tokens = tuple(Path(listing).read_text(encoding="utf-8").rstrip("\n").split("\n"))
    model = BertModel.from_pretrained(name, add_pooling_layer=False)
    return Encoder(model.config, tokens, dict(model.state_dict()))


def vocabulary_of(encoder: Encoder) -> Vocabulary:
    """Return the part of the encoder's vocabulary that the library can use: its single characters.
    A character that it lacks is [UNK] to the model."""
    usable = [token for token in encoder.tokens if len(token) == 1 and ord(token) <= 0xFFFF]
    return Vocabulary.of_characters(usable)


def fit_rows(rows: Tensor, count: int) -> Tensor:
    """Return `rows` [n, width] cut or filled up to [count, width]: a new row is the first one with a
    little noise, so that the encoder starts as if it did not see the difference."""
    if count <= len(rows):
        return rows[:count].clone()
    noise = torch.randn(count - len(rows), rows.shape[1]) * INITIAL_DEVIATION / 10
    return torch.cat([rows, rows[0] + noise])


def fit_tokens(rows: Tensor, old: Sequence[str], new: Sequence[str]) -> Tensor:
    """Return token rows for the vocabulary `new` from `rows` of `old`, by the tokens' strings.

    A capital letter may fall back to the small one; a number's shape starts as the mean of the
    digits, a name of the form as the mean of its characters; what is left is drawn afresh.
    """
    place = {token: index for index, token in enumerate(old)}
    digits = [place[digit] for digit in "0123456789" if digit in place]
    spelled = dict(zip(NAME_TOKENS, FORM_NAMES, strict=True))
    fitted = torch.randn(len(new), rows.shape[1]) * INITIAL_DEVIATION
    for index, token in enumerate(new):
        at = place.get(token, place.get(token.lower()) if len(token) == 1 else None)
        if at is not None:
            fitted[index] = rows[at]
        elif token in NUMBER_TOKENS and digits:
            fitted[index] += rows[digits].mean(0)
        elif token in spelled:
            known = [place[char] for char in spelled[token] if char in place]
            fitted[index] += rows[known].mean(0) if known else 0
    return fitted


_TOKENS = "embeddings.word_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"


def make_tagger(
    encoder: Encoder,
    vocabulary: Vocabulary,
    *,
    tags: Sequence[str] = TAGS,
    dropout: float = 0.1,
) -> BertForTokenClassification:
    """Return a tagger over `vocabulary` that starts from `encoder`; its output layer is fresh.

    No dropout on the attention: its random numbers take a third of a step's time on a CPU.  Raises ValueError when the encoder has fewer positions than a window.
    """
    if encoder.config.max_position_embeddings < WINDOW:
        raise ValueError(
            f"the encoder sees {encoder.config.max_position_embeddings} positions only"
        )
    config = BertConfig.from_dict(
        {
            **encoder.config.to_dict(),
            "vocab_size": len(vocabulary),
            "type_vocab_size": TYPE_COUNT,
            "max_position_embeddings": WINDOW,
            "hidden_dropout_prob": dropout,
            "attention_probs_dropout_prob": 0.0,
            "id2label": dict(enumerate(tags)),
            "label2id": {tag: index for index, tag in enumerate(tags)},
            "pad_token_id": PAD,
        }
    )
    model = BertForTokenClassification(config)
    add_local_layers(model.bert)
    torch.nn.init.normal_(model.classifier.weight, std=wide_deviation(config))
    weights = {n: v for n, v in encoder.weights.items() if not n.startswith("pooler.")}
    weights[_TOKENS] = fit_tokens(weights[_TOKENS], encoder.tokens, vocabulary.tokens)
    weights[_TYPES] = fit_rows(weights[_TYPES], TYPE_COUNT)
    weights[_POSITIONS] = fit_rows(weights[_POSITIONS], WINDOW)
    result = model.bert.load_state_dict(weights, strict=False)
    new = (".local.weight", ".local.bias", "position_ids", "token_type_ids")
    lost = [name for name in result.missing_keys if not name.endswith(new)]
    if lost:
        raise ValueError(f"the encoder lacks {lost[0]} and {len(lost) - 1} more weights")
    return model


def fresh_encoder(size: Size, vocabulary: Vocabulary, seed: int) -> Encoder:
    """Return an encoder with random weights."""
    torch.manual_seed(seed)
    config = make_config(size, len(vocabulary))
    model = BertModel(config, add_pooling_layer=False)
    start_small(model)
    return Encoder(config, vocabulary.tokens, dict(model.state_dict()))
