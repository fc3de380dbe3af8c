"""Pre-train the encoder: predict masked characters of official Chinese text.

    python -m training.pretrain --data DIR --vocab runs/vocab.txt --out runs/pretrain --minutes 25

A step is a function of the seed, the step number and the state, so that a resumed run goes on
where it stopped.  With `--minutes` the learning rate follows the clock; with `--steps` it follows
the steps and the run is reproducible to the bit on one machine and thread count.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import BertForMaskedLM

from nianbao.encoding import MASK, RESERVED, WINDOW, Encoded, Vocabulary, encode
from nianbao.reading.folding import fold
from training.modeling import (
    Size,
    encoder_state,
    load_state,
    make_language_model,
    pick_device,
    save_atomically,
    seed_everything,
    size_of,
)
from training.vocabulary import law_texts, news_texts

#: Share of the tokens to predict, and of these the share shown as [MASK] and as another character.
MASKED, SHOWN_AS_MASK, SHOWN_AS_OTHER = 0.15, 0.8, 0.1
LONGEST_MASK = 3
#: How often the short texts (news, government reports) are repeated beside the laws.
NEWS_REPEATS = 3
WARM_UP = 0.05
LOG_EVERY = 50
_LINE_ENDS = re.compile(r"[^\n]{16,36}?[。，；、：](?!\n)")


@dataclass(frozen=True, slots=True)
class Options:
    """How to pre-train; exactly one of `minutes` and `steps` is set."""

    seed: int = 7
    batch: int = 16
    length: int = WINDOW
    rate: float = 2e-3
    minutes: float | None = None
    steps: int | None = None
    save_every: float = 120.0


@dataclass(frozen=True, slots=True)
class Stream:
    """The corpus as one run of tokens: ids and token types, both int16 [tokens]."""

    ids: np.ndarray
    types: np.ndarray


def build_stream(data: Path, vocabulary: Vocabulary) -> Stream:
    """Encode the corpus with the library's own encoder, a clause or two a line: it leaves out the inside
    of long lines, which here is what there is to learn from."""
    parts: list[Encoded] = []
    for repeats, texts in ((1, law_texts), (NEWS_REPEATS, news_texts)):
        for text in texts(data):
            parts.extend([encode(fold(_LINE_ENDS.sub(r"\g<0>\n", text)), vocabulary)] * repeats)
    ids = np.concatenate([part.ids for part in parts])
    types = np.concatenate([part.types for part in parts])
    return Stream(ids.astype(np.int16), types.astype(np.int16))


def cached_stream(data: Path, vocabulary: Vocabulary, cache: Path) -> Stream:
    """Return the corpus, from `cache` where it lies there for this very vocabulary."""
    digest = hashlib.sha256(vocabulary.to_text().encode()).hexdigest()[:16]
    path = cache / f"corpus-{digest}.npy"
    if not path.exists():
        stream = build_stream(data, vocabulary)
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, np.stack([stream.ids, stream.types]))
    both = np.load(path)
    return Stream(both[0], both[1])


def chunk_starts(stream: Stream, options: Options, step: int) -> np.ndarray:
    """Return where the chunks of `step` begin: each epoch cuts the stream at another offset and
    takes its chunks in another order."""
    chunks = len(stream.ids) // options.length - 1
    per_epoch = max(1, chunks // options.batch)
    epoch, place = divmod(step, per_epoch)
    rng = np.random.default_rng([options.seed, epoch])
    offset = int(rng.integers(options.length))
    order = rng.permutation(chunks)
    chosen = order[place * options.batch : (place + 1) * options.batch]
    return offset + chosen * options.length


def mask_positions(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return bool [shape]: runs of one to `LONGEST_MASK` tokens, about `MASKED` of all."""
    starts = rng.random(shape) < MASKED / ((1 + LONGEST_MASK) / 2)
    lengths = rng.integers(1, LONGEST_MASK + 1, shape)
    chosen = starts.copy()
    for reach in range(1, LONGEST_MASK):
        chosen[:, reach:] |= starts[:, :-reach] & (lengths[:, :-reach] > reach)
    return chosen


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors [batch, length]: what the model sees, and where (bool) it is asked for `targets`."""

    shown: torch.Tensor
    types: torch.Tensor
    asked: torch.Tensor
    targets: torch.Tensor


def make_batch(stream: Stream, options: Options, step: int, tokens: int) -> Batch:
    """Return the batch of `step`; `tokens` is the size of the vocabulary."""
    rng = np.random.default_rng([options.seed, 1, step])
    starts = chunk_starts(stream, options, step)
    index = starts[:, None] + np.arange(options.length)[None, :]
    truth = stream.ids[index].astype(np.int64)
    asked = mask_positions(truth.shape, rng)
    how = rng.random(truth.shape)
    shown = np.where(asked & (how < SHOWN_AS_MASK), MASK, truth)
    other = asked & (how >= SHOWN_AS_MASK) & (how < SHOWN_AS_MASK + SHOWN_AS_OTHER)
    shown = np.where(other, rng.integers(len(RESERVED), tokens, truth.shape), shown)
    return Batch(
        shown=torch.from_numpy(shown),
        types=torch.from_numpy(stream.types[index].astype(np.int64)),
        asked=torch.from_numpy(asked),
        targets=torch.from_numpy(truth[asked]),
    )


def loss_of(model: BertForMaskedLM, batch: Batch, device: torch.device) -> torch.Tensor:
    """Return the mean cross-entropy over the asked tokens; the vocabulary is scored there alone."""
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        states = model.bert(
            input_ids=batch.shown.to(device),
            token_type_ids=batch.types.to(device),
        ).last_hidden_state
        scores = model.cls(states[batch.asked.to(device)])
    return torch.nn.functional.cross_entropy(scores.float(), batch.targets.to(device))


def rate_factor(progress: float) -> float:
    """Return the share of the peak learning rate at `progress` in [0, 1]: warm-up, then cosine."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 0.01)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


class Pretraining:
    """A run: model, optimiser, the next step and the seconds spent."""

    def __init__(self, size: Size, tokens: Sequence[str], options: Options, device: torch.device):
        seed_everything(options.seed)
        self.tokens, self.options, self.device = list(tokens), options, device
        self.model = make_language_model(size, len(tokens)).to(device).train()
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=options.rate, weight_decay=0.01, betas=(0.9, 0.98)
        )
        self.step = 0
        self.seconds = 0.0

    def progress(self) -> float:
        """Return how much of the run is done, in [0, 1]."""
        if self.options.steps is not None:
            return min(1.0, self.step / self.options.steps)
        return min(1.0, self.seconds / (60 * (self.options.minutes or 1)))

    def advance(self, stream: Stream) -> float:
        """Take one step and return its loss."""
        began = time.monotonic()
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * rate_factor(self.progress())
        batch = make_batch(stream, self.options, self.step, len(self.tokens))
        loss = loss_of(self.model, batch, self.device)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        value = float(loss.detach())
        self.seconds += time.monotonic() - began
        return value

    def save(self, folder: Path) -> None:
        """Write the encoder (`encoder.pt`) and all that a resumed run needs (`state.pt`)."""
        save_atomically(encoder_state(self.model, self.tokens), folder / "encoder.pt")
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "tokens": self.tokens,
        }
        save_atomically(state, folder / "state.pt")

    def load(self, folder: Path) -> None:
        """Go on from what `save` wrote; ValueError when it was made for another vocabulary."""
        state = load_state(folder / "state.pt")
        if state["tokens"] != self.tokens:
            raise ValueError(f"{folder} was pre-trained with another vocabulary")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


def run(training: Pretraining, stream: Stream, folder: Path) -> Iterator[str]:
    """Train to the end, saving now and then; yield lines for the log."""
    recent: list[float] = []
    saved = time.monotonic()
    while training.progress() < 1.0:
        recent.append(training.advance(stream))
        if training.step % LOG_EVERY == 0:
            speed = training.step * training.options.batch * training.options.length
            yield (
                f"step {training.step}  {training.seconds:.0f} s  loss {np.mean(recent):.4f}"
                f"  {speed / training.seconds:.0f} tokens/s"
            )
            recent.clear()
        if time.monotonic() - saved > training.options.save_every:
            training.save(folder)
            saved = time.monotonic()
    training.save(folder)
    yield f"done: {training.step} steps in {training.seconds:.0f} s"


def main(arguments: list[str] | None = None) -> None:
    """Pre-train from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.pretrain", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vocab", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=WINDOW)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    if (given.minutes is None) == (given.steps is None):
        parser.error("give either --minutes or --steps")
    torch.set_num_threads(given.threads)
    vocabulary = Vocabulary.from_text(given.vocab.read_text(encoding="utf-8"))
    stream = cached_stream(given.data, vocabulary, given.out.parent)
    options = Options(given.seed, given.batch, given.length, given.rate, given.minutes, given.steps)
    size = Size(hidden=given.hidden, layers=given.layers)
    training = Pretraining(size, vocabulary.tokens, options, pick_device(given.device))
    if given.resume and (given.out / "state.pt").exists():
        training.load(given.out)
    print(f"{len(stream.ids)} tokens, {len(vocabulary)} known, {size_of(training.model.config)}")
    for line in run(training, stream, given.out):
        print(line, flush=True)


if __name__ == "__main__":
    main()
