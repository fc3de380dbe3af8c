"""The fine-tuning of a retraining: short, at a small rate, and the best state by pages it never saw.

Everything follows from the seed and the count of steps, never from the clock: killed at any moment and
started again, it ends with the same weights (on one machine, with the same number of threads).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from transformers import BertForTokenClassification

from nianbao.encoding import Vocabulary
from training.files import write_text
from training.finetune import Finetuning
from training.modeling import load_state, save_atomically
from training.probe import Probe, measure
from training.retrain.mixture import Mixture

STATE, BEST, HISTORY = "state.pt", "tagger.pt", "history.json"
#: A later state is taken unless it is worse than the best by more than this: what a few pages to choose
#: by tell apart is chance, and the rate has fallen further by then.  With the best one, be it by 0.0001,
#: step 117 of 940 was taken, and one row of the new layout was not learned yet (nonzero 0.990).
TIE = 0.001


@dataclass(frozen=True, slots=True)
class Dev:
    """Pages to choose by: gold of agencies that are not trained on, and made pages of provinces that are
    not.  Without any gold the last state is taken: by made pages alone the first would be the best."""

    gold: Probe
    made: Probe

    def score(self, model: BertForTokenClassification, training: Finetuning) -> dict[str, float]:
        """Return strict F1 on both, and their mean."""
        scores = {
            name: measure(model, Probe(pages), training.device).overall
            for name, pages in (("gold", self.gold.pages), ("made", self.made.pages))
            if pages
        }
        return {**scores, "mean": float(np.mean(list(scores.values())))}


@dataclass(frozen=True, slots=True)
class Course:
    """How long it goes: measured every `evaluate_every` steps, and ended after `patience` measurements
    in a row that were worse than the best."""

    evaluate_every: int
    patience: int
    save_every: int = 25


@dataclass(frozen=True, slots=True)
class Work:
    """What a course works with, beside the model."""

    mixture: Mixture
    dev: Dev
    out: Path
    vocabulary: Vocabulary


def follow(training: Finetuning, work: Work, course: Course) -> Iterator[str]:
    """Train to the end, or on from where a killed run stood; yield lines for the log.

    `tagger.pt` in `work.out` is then the state to export, as `training.finetune` writes it.
    """
    history = _resume(training, work.out)
    losses: list[float] = []
    place = training.place
    while not _over(training, history, course, chosen=bool(work.dev.gold.pages)):
        losses.append(training.advance(work.mixture))
        if place.step % course.evaluate_every == 0 or training.progress() >= 1:
            scores = work.dev.score(training.model, training)
            history.append({"step": place.step, **scores})
            # A run that is killed right here measures again, and writes the same again.
            if _taken(history)[-1] or not work.dev.gold.pages:
                save_atomically(_tagger(training, work, scores), work.out / BEST)
            _save(training, history, work.out)
            shown = "  ".join(f"{name} {score:.4f}" for name, score in scores.items())
            yield f"step {place.step}  loss {np.mean(losses):.4f}  F1 {shown}"
            losses.clear()
        elif place.step % course.save_every == 0:
            _save(training, history, work.out)
    text = json.dumps(history, indent=1) + "\n"
    write_text(work.out / HISTORY, text)


def _over(
    training: Finetuning, history: list[dict[str, float]], course: Course, *, chosen: bool
) -> bool:
    if training.progress() >= 1 or not chosen:
        return training.progress() >= 1
    return len(history) >= course.patience and not any(_taken(history)[-course.patience :])


def _taken(history: list[dict[str, float]]) -> list[bool]:
    """Say of each measurement whether its state was taken."""
    means = [line["mean"] for line in history]
    return [mean >= max(means[: at + 1]) - TIE for at, mean in enumerate(means)]


def _save(training: Finetuning, history: list[dict[str, float]], out: Path) -> None:
    state = {
        "model": training.model.state_dict(),
        "optimizer": training.optimizer.state_dict(),
        "place": vars(training.place),
        "history": history,
    }
    save_atomically(state, out / STATE)


def _resume(training: Finetuning, out: Path) -> list[dict[str, float]]:
    if not (out / STATE).exists():
        return []
    state = load_state(out / STATE)
    training.model.load_state_dict(state["model"])
    training.optimizer.load_state_dict(state["optimizer"])
    vars(training.place).update(state["place"])
    history: list[dict[str, float]] = state["history"]
    return history


def _tagger(training: Finetuning, work: Work, scores: dict[str, float]) -> dict[str, Any]:
    return {
        "config": json.loads(training.model.config.to_json_string(use_diff=False)),
        "tokens": list(work.vocabulary.tokens),
        "weights": {n: v.detach().cpu() for n, v in training.model.state_dict().items()},
        "seed": training.options.seed,
        "step": training.place.step,
        "scores": {f"f1.{name}": round(score, 4) for name, score in scores.items()},
    }
