"""Fine-tune the encoder as a tagger on made reports.

    python -m training.finetune --shards runs/shards --vocab runs/vocab.txt --data DIR \\
        --encoder runs/pretrain/encoder.pt --out runs/tagger --minutes 45

`--base PATH_OR_NAME` starts from any checkpoint of the BERT family instead (make the shards with the
vocabulary that `--print-vocab` writes for it), `--scratch` from random weights, `--narrow TAGGER` from a
tagger whose feed-forward layers are cut down and that then teaches (`training.distil`).  With `--follow`
the training begins while `training.batches` still makes shards: each round takes the new ones, or all
when there are none.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from transformers import BertForTokenClassification

from nianbao.encoding import IGNORED, Vocabulary
from training.batches import (
    Batch,
    Shard,
    hide_characters,
    load_shard,
    make_batch,
    plan_batches,
    read_settings,
    shard_path,
    vocabulary_sha256,
)
from training.distil import WEIGHED_BY, divergence, narrowed, read_teacher, tag_logits
from training.modeling import (
    Encoder,
    Size,
    fresh_encoder,
    load_state,
    make_tagger,
    pick_device,
    read_base,
    read_pretrained,
    save_atomically,
    seed_everything,
    vocabulary_of,
)
from training.probe import Probe, make_probe, measure

WARM_UP = 0.06
LOG_EVERY = 50


@dataclass(frozen=True, slots=True)
class Options:
    """How to fine-tune; exactly one of `minutes` and `steps` is set.  `tokens` is the batch size with
    padding, `evaluate_every` and `save_every` are seconds of training."""

    seed: int = 11
    tokens: int = 4096
    rate: float = 3e-3
    dropout: float = 0.1
    minutes: float | None = None
    steps: int | None = None
    evaluate_every: float = 300.0
    save_every: float = 120.0


@dataclass
class Place:
    """Where a run stands: round number, next batch in it, and the shards that the round goes over;
    `used` are all shards of the rounds so far."""

    step: int = 0
    seconds: float = 0.0
    round: int = -1
    batch: int = 0
    shards: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)


class Shards(Protocol):
    """Shards by number, wherever they lie."""

    def available(self) -> list[int]:
        """Return the numbers of the shards that are there."""

    def read(self, number: int) -> Shard:
        """Return a shard that is there."""


class ShardFolder:
    """The shards in a folder, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = read_settings(folder)
        self._read: dict[int, Shard] = {}

    def available(self) -> list[int]:
        """Return the numbers of the shards that are there."""
        return [i for i in range(self.settings.shards) if shard_path(self.folder, i).exists()]

    def complete(self) -> bool:
        return len(self.available()) == self.settings.shards

    def read(self, number: int) -> Shard:
        if number not in self._read:
            self._read[number] = load_shard(shard_path(self.folder, number))
        return self._read[number]

    def sha256(self, numbers: Sequence[int]) -> str:
        """Return the digest of the shards `numbers`."""
        digests = [self.read(number).sha256() for number in sorted(numbers)]
        return hashlib.sha256("".join(digests).encode()).hexdigest()


class Finetuning:
    """A run: model, optimiser and place; where there is a teacher, it is learned from as well."""

    def __init__(
        self,
        model: BertForTokenClassification,
        options: Options,
        device: torch.device,
        teacher: BertForTokenClassification | None = None,
    ):
        seed_everything(options.seed)
        self.options, self.device = options, device
        self.model = model.to(device)
        self.teacher = teacher.to(device).eval() if teacher else None
        decayed = [p for p in model.parameters() if p.ndim > 1]
        plain = [p for p in model.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}],
            lr=options.rate,
            betas=(0.9, 0.98),
        )
        self.place = Place()
        self._plan: list[list[tuple[int, int]]] = []
        self._shards: list[Shard] = []

    def progress(self) -> float:
        """Return how much of the run is done, in [0, 1]."""
        if self.options.steps is not None:
            return min(1.0, self.place.step / self.options.steps)
        return min(1.0, self.place.seconds / (60 * (self.options.minutes or 1)))

    def next_batch(self, folder: Shards) -> Batch:
        """Return the batch of the next step, beginning a new round where one is over."""
        place = self.place
        if place.round < 0 or (self._plan and place.batch >= len(self._plan)):
            available = folder.available()
            new = [number for number in available if number not in place.used]
            place.round, place.batch, place.shards = place.round + 1, 0, new or available
            place.used = sorted({*place.used, *place.shards})
            self._plan = []
        if not self._plan:
            self._shards = [folder.read(number) for number in place.shards]
            self._plan = plan_round(self._shards, self.options, place.round)
        members = self._plan[place.batch]
        place.batch += 1
        return make_batch(self._shards, members)

    def advance(self, folder: Shards) -> float:
        """Take one step and return its loss: a function of the seed, the step and the state."""
        began = time.monotonic()
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * rate_factor(self.progress())
        batch = self.next_batch(folder)
        batch = hide_characters(batch, np.random.default_rng([self.options.seed, self.place.step]))
        torch.manual_seed(self.options.seed * 1_000_003 + self.place.step)
        self.model.train()
        loss = loss_of(self.model, batch, self.device, self.teacher)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.place.step += 1
        value = float(loss.detach())
        self.place.seconds += time.monotonic() - began
        return value

    def save(self, folder: Path) -> None:
        """Write all that a resumed run needs to `folder`/state.pt."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "place": vars(self.place),
        }
        save_atomically(state, folder / "state.pt")

    def load(self, folder: Path) -> None:
        """Go on from what `save` wrote."""
        state = load_state(folder / "state.pt")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.place = Place(**state["place"])
        self._plan = []


def plan_round(
    shards: Sequence[Shard], options: Options, number: int
) -> list[list[tuple[int, int]]]:
    """Return the (shard, window) pairs of each batch of round `number`."""
    where = [(s, w) for s, shard in enumerate(shards) for w in range(len(shard))]
    lengths = np.concatenate([shard.lengths for shard in shards])
    rng = np.random.default_rng([options.seed, 2, number])
    return [
        [where[int(i)] for i in members] for members in plan_batches(lengths, options.tokens, rng)
    ]


def loss_of(
    model: BertForTokenClassification,
    batch: Batch,
    device: torch.device,
    teacher: BertForTokenClassification | None = None,
) -> torch.Tensor:
    """Return the mean cross-entropy over the tokens that the windows answer for; with a teacher, plus
    the mean divergence from it over all tokens."""
    logits = tag_logits(model, batch, device)
    tags = torch.from_numpy(batch.tags).to(device)
    loss = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), tags.flatten(), ignore_index=IGNORED
    )
    if teacher is None:
        return loss
    with torch.no_grad():
        meant = tag_logits(teacher, batch, device)
    return loss + divergence(logits, meant, torch.from_numpy(batch.mask).to(device).bool())


def rate_factor(progress: float) -> float:
    """Return the share of the peak learning rate at `progress` in [0, 1]: warm-up, then cosine."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 0.01)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


@dataclass(frozen=True, slots=True)
class Run:
    """What a run works with, beside the model: its shards, the held-out probe and its folder."""

    shards: ShardFolder
    probe: Probe
    out: Path
    vocabulary: Vocabulary


def train(training: Finetuning, run: Run) -> Iterator[str]:
    """Train to the end, measuring and saving now and then; yield lines for the log.

    `tagger.pt` in the folder is the best state by strict F1 on the probe.
    """
    options, place = training.options, training.place
    recent: list[float] = []
    saved = measured = place.seconds
    best = best_so_far(run.out) if place.step else -1.0
    while training.progress() < 1.0:
        recent.append(training.advance(run.shards))
        if place.step % LOG_EVERY == 0:
            yield (
                f"step {place.step}  {place.seconds:.0f} s  round {place.round}"
                f"  {len(place.used)} shards  loss {np.mean(recent):.4f}"
            )
            recent.clear()
        over = training.progress() >= 1.0
        if over or place.seconds - measured > options.evaluate_every:
            scores = measure(training.model, run.probe, training.device)
            yield f"step {place.step}  {scores.line()}"
            measured = place.seconds
            if scores.overall >= best:
                best = scores.overall
                save_tagger(training, run, scores.as_dict())
        if over or place.seconds - saved > options.save_every:
            training.save(run.out)
            saved = place.seconds
    yield f"done: {place.step} steps in {place.seconds:.0f} s, best F1 {best:.4f}"


def save_tagger(training: Finetuning, run: Run, scores: dict[str, float]) -> None:
    """Write the tagger as `training.export` reads it, and its scores as JSON beside it."""
    state: dict[str, Any] = {
        "config": json.loads(training.model.config.to_json_string(use_diff=False)),
        "tokens": list(run.vocabulary.tokens),
        "weights": {n: v.detach().cpu() for n, v in training.model.state_dict().items()},
        "seed": training.options.seed,
        "start_seed": run.shards.settings.start_seed,
        "step": training.place.step,
        "data_sha256": run.shards.sha256(training.place.used),
        "scores": scores,
    }
    save_atomically(state, run.out / "tagger.pt")
    text = json.dumps(scores, ensure_ascii=False, indent=1, sort_keys=True)
    (run.out / "scores.json").write_text(text + "\n", encoding="utf-8")


def best_so_far(folder: Path) -> float:
    """Return the score of the tagger saved in `folder`, or -1."""
    path = folder / "scores.json"
    return float(json.loads(path.read_text(encoding="utf-8"))["f1"]) if path.exists() else -1.0


def main(arguments: list[str] | None = None) -> None:
    """Fine-tune from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.finetune", description=__doc__)
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--encoder", type=Path, help="encoder.pt of training.pretrain")
    start.add_argument("--base", help="a checkpoint of the BERT family: folder or hub name")
    start.add_argument("--scratch", action="store_true", help="random weights")
    start.add_argument("--narrow", type=Path, help="a bundle or tagger.pt, to be made smaller")
    parser.add_argument("--print-vocab", type=Path, help="write the vocabulary of --base and stop")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--shards", type=Path)
    parser.add_argument("--vocab", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--tokens", type=int, default=4096, help="tokens of a batch")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--evaluate-every", type=float, default=300.0, help="seconds")
    parser.add_argument("--probe", type=int, default=150, help="held-out made examples")
    parser.add_argument("--hidden", type=int, default=128, help="with --scratch")
    parser.add_argument("--layers", type=int, default=2, help="with --scratch")
    parser.add_argument("--intermediate", type=int, default=128, help="with --narrow")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--follow", action="store_true", help="begin before all shards are made")
    given = parser.parse_args(arguments)
    if given.print_vocab:
        vocabulary = vocabulary_of(read_base(given.base))
        given.print_vocab.write_text(vocabulary.to_text(), encoding="utf-8")
        return
    if (given.minutes is None) == (given.steps is None):
        parser.error("give either --minutes or --steps")
    if not (given.data and given.shards and given.vocab and given.out):
        parser.error("--data, --shards, --vocab and --out are needed")
    torch.set_num_threads(given.threads)
    vocabulary = Vocabulary.from_text(given.vocab.read_text(encoding="utf-8"))
    shards = ShardFolder(given.shards)
    if shards.settings.vocabulary_sha256 != vocabulary_sha256(vocabulary):
        parser.error("the shards were made with another vocabulary")
    if not shards.complete() and not given.follow:
        parser.error("shards are still missing; wait, or train on what is there with --follow")
    options = Options(
        seed=given.seed,
        tokens=given.tokens,
        rate=given.rate,
        minutes=given.minutes,
        steps=given.steps,
        evaluate_every=given.evaluate_every,
    )
    seed_everything(options.seed)
    device = pick_device(given.device)
    if given.narrow:
        teacher = read_teacher(given.narrow)
        if teacher.config.vocab_size != len(vocabulary):
            parser.error(f"{given.narrow} has another vocabulary")
        seen = first_batches([shards.read(number) for number in shards.available()], options)
        model = narrowed(teacher, given.intermediate, seen, device)
        training = Finetuning(model, options, device, teacher)
    else:
        encoder = _starting_encoder(given, vocabulary)
        model = make_tagger(encoder, vocabulary, dropout=options.dropout)
        training = Finetuning(model, options, device)
    if given.resume and (given.out / "state.pt").exists():
        training.load(given.out)
    probe = make_probe(given.data, vocabulary, given.probe)
    print(f"{sum(p.numel() for p in model.parameters())} weights, {len(probe.pages)} held out")
    for line in train(training, Run(shards, probe, given.out, vocabulary)):
        print(line, flush=True)


def first_batches(shards: Sequence[Shard], options: Options) -> Iterator[Batch]:
    """Return the batches of `shards` that the units of a teacher are weighed by."""
    members = plan_round(shards, options, 0)[:WEIGHED_BY]
    return (make_batch(list(shards), some) for some in members)


def _starting_encoder(given: argparse.Namespace, vocabulary: Vocabulary) -> Encoder:
    if given.base:
        return read_base(given.base)
    if given.encoder:
        return read_pretrained(given.encoder)
    return fresh_encoder(Size(hidden=given.hidden, layers=given.layers), vocabulary, given.seed)


if __name__ == "__main__":
    main()
