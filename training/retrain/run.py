"""One retraining, from gold files to an exported bundle: each step goes on where it was killed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import BertForTokenClassification

from nianbao.bundle import MANIFEST, Bundle, Manifest, add_files, write_bundle
from nianbao.encoding import Vocabulary
from nianbao.pipeline import library_version
from training import finetune, probe
from training.batches import Batch
from training.distil import narrowed
from training.export import check, encoder_of, make_card, restore, to_onnx
from training.modeling import load_state, make_tagger, pick_device, read_pretrained, seed_everything
from training.provenance import STORY, code_sha256
from training.restore import from_bundle
from training.retrain.course import BEST, HISTORY, Course, Dev, Work, follow
from training.retrain.goldset import GoldSet, NoGold, example_of
from training.retrain.mixture import (
    FIRST_SEED,
    Mixture,
    Replay,
    cut_spans,
    make_gold,
    make_replay,
    windows_of,
)
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example

#: Files of the current bundle that the next one has too: what made pages look like does not change.  How
#: confidence is calibrated does, and is fitted anew.
CARRIED: Final = ("profile.json",)
#: Held-out made pages that a state is chosen by.
MADE_DEV: Final = 60
Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a retraining is done; what follows from it and from the inputs is the same each time.

    `rounds` over the mixture of `pages` made pages and the gold; `rate` is the peak learning rate, a
    quarter of that of the first training; `measurements` of the states to choose from.
    """

    seed: int = 17
    pages: int = 1000
    rounds: float = 2.5
    rate: float = 5e-4
    tokens: int = 4096
    dropout: float = 0.1
    measurements: int = 8
    patience: int = 4


@dataclass(frozen=True, slots=True)
class Start:
    """What a retraining starts from: the bundle that is to be replaced, or the `encoder.pt` of
    pre-training with its vocabulary."""

    current: Bundle
    encoder: Path | None = None

    def vocabulary(self) -> Vocabulary:
        if self.encoder is None:
            return self.current.vocabulary
        return Vocabulary(read_pretrained(self.encoder).tokens)

    def model(self, recipe: Recipe, batches: Iterable[Batch]) -> BertForTokenClassification:
        """Return the tagger to train; one from pre-training is cut down to the width of the current
        one by `batches`, or the gate would refuse it as too slow."""
        if self.encoder is None:
            return from_bundle(self.current, dropout=recipe.dropout)
        wide = make_tagger(read_pretrained(self.encoder), self.vocabulary())
        size = self.current.manifest.encoder
        width = min(size.get("intermediate", 4 * size["hidden"]), wide.config.intermediate_size)
        return narrowed(wide, width, batches, pick_device("auto"), dropout=recipe.dropout)


@dataclass(frozen=True, slots=True)
class Job:
    """One retraining: where from, with which gold and made pages, how and where to."""

    start: Start
    gold: GoldSet
    data: Path
    made: Path
    recipe: Recipe = Recipe()
    threads: int = 2

    def key(self) -> str:
        """Return what tells this job from any other: twelve hex digits of what it is made from."""
        story = json.dumps(self.story(), sort_keys=True)
        return hashlib.sha256(story.encode()).hexdigest()[:12]

    def story(self) -> dict[str, Any]:
        """Return what the bundle is made from, for its file `retrain.json`."""
        return {
            "gold_sha256": self.gold.sha256,
            "documents": {
                side: sorted(one.subject.sha256 for one in getattr(self.gold, side))
                for side in ("train", "dev", "test")
            },
            "from": self.start.current.manifest.model_version if not self.start.encoder else None,
            "from_sha256": _sha256(self.start.encoder or self.start.current.path / MANIFEST),
            "recipe": asdict(self.recipe),
            "code_sha256": code_sha256(),
            "library_version": library_version(),
        }


def train(job: Job, out: Path, log: Log) -> Path:
    """Train in `out` and return the state to export.  Raises NoGold without anything to train on."""
    if not job.gold.train:
        raise NoGold(f"没有可以训练的标注（{job.gold}）")
    if (out / HISTORY).exists():
        log("trained before")
        return out / BEST
    vocabulary, recipe = job.start.vocabulary(), job.recipe
    for one in job.gold.train:
        if cut := cut_spans(example_of(one), vocabulary):
            log(
                f"{one.subject.place or one.subject.sha256}: {cut} tokens that a span cuts, not asked"
            )
    replay = Replay(job.made, recipe.pages)
    for line in make_replay(replay, vocabulary, job.data, job.threads):
        log(line)
    mixture = _mixture(job, out, replay, vocabulary)
    torch.set_num_threads(job.threads)
    seed_everything(recipe.seed)
    shards = [mixture.read(number) for number in mixture.available()]
    rounds = len(finetune.plan_round(shards, finetune.Options(tokens=recipe.tokens), 0))
    steps = max(1, round(recipe.rounds * rounds))
    options = finetune.Options(
        seed=recipe.seed,
        tokens=recipe.tokens,
        rate=recipe.rate,
        dropout=recipe.dropout,
        steps=steps,
    )
    model = job.start.model(recipe, finetune.first_batches(shards, options))
    training = finetune.Finetuning(model, options, pick_device("auto"))
    course = Course(max(1, steps // recipe.measurements), recipe.patience)
    log(f"{job.gold}; {steps} steps, {rounds} a round, gold shown {mixture.gold_shards} times")
    work = Work(mixture, _dev(job, vocabulary), out, vocabulary)
    for line in follow(training, work, course):
        log(line)
    return out / BEST


def _mixture(job: Job, out: Path, replay: Replay, vocabulary: Vocabulary) -> Mixture:
    settings = replay.settings(vocabulary)
    examples = [example_of(one) for one in job.gold.train]
    windows = windows_of(replay.folder, settings)
    gold = make_gold(out / "gold", examples, vocabulary, made_windows=windows, seed=job.recipe.seed)
    return Mixture(replay.folder, settings.shards, out / "gold", gold)


def _dev(job: Job, vocabulary: Vocabulary) -> Dev:
    corpus = Corpus.load(job.data, provinces="held_out")
    made = [make_example(probe.FIRST_SEED + 5000 + i, corpus) for i in range(MADE_DEV)]
    gold = [example_of(one) for one in job.gold.dev]
    prepared = [
        probe.Probe(tuple(probe.prepare(one, vocabulary) for one in pages))
        for pages in (gold, made)
    ]
    return Dev(*prepared)


def export(job: Job, state_path: Path, bundle: Path, version: str) -> Manifest:
    """Write the bundle of a trained state, with its card and `retrain.json`, and return its manifest.

    Raises BundleError where what is exported differs from what was trained.
    """
    torch.set_num_threads(1)
    state = load_state(state_path)
    model = restore(state)
    weights = job.start.current.manifest.weights
    content = to_onnx(model, weights)
    check(model, content, weights)
    manifest = Manifest(
        name=job.start.current.manifest.name,
        version=version,
        library_version=library_version(),
        data_sha256=job.gold.sha256,
        weights=weights,
        encoder=encoder_of(state),
        seeds={"finetune": state["seed"], "first_example": FIRST_SEED},
        scores=state["scores"],
    )
    told = in_words(job)
    write_bundle(
        bundle, content, Vocabulary(state["tokens"]), manifest,
        card=lambda m: make_card(m, len(content), told),
    )  # fmt: skip
    story = json.dumps(job.story(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    current = job.start.current
    carried = {name: content for name in CARRIED if (content := current.file(name)) is not None}
    return add_files(bundle, {**carried, STORY: story.encode("utf-8")})


def in_words(job: Job) -> str:
    """Return what the card says of the training."""
    start = job.start.current.manifest.model_version
    origin = "the pre-trained encoder" if job.start.encoder else start
    counted = f"{len(job.gold.train)} annotated reports ({len(job.gold.dev)} more to choose by)"
    return (
        f"fine-tuned from {origin} on\n  {counted} and {job.recipe.pages} made reports. Gold "
        f"`{job.gold.sha256[:16]}`, code\n  `{code_sha256()[:16]}`; the rest is in `{STORY}`."
    )


def next_version(current: str, key: str) -> str:
    """Return the version of what replaces `current`: its last number one up, and the job's key, so that
    no two models have one name."""
    numbers = current.partition("+")[0].split(".")
    numbers[-1] = str(int(numbers[-1]) + 1) if numbers[-1].isdigit() else "1"
    return f"{'.'.join(numbers)}+{key[:8]}"


def replay_folder(out: Path, recipe: Recipe, vocabulary: Vocabulary) -> Path:
    """Return where the made pages of `recipe` are kept: with other code they are others."""
    text = f"{code_sha256()} {recipe.pages} {vocabulary.to_text()}"
    return out / f"made-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
