"""Measure a tagger while it is trained: strict span F1 on made reports of held-out provinces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertForTokenClassification

from nianbao.encoding import GAP, TAGS, Encoded, Vocabulary, encode, tags_of, windows
from nianbao.reading.folding import fold
from nianbao.spans import META_LABELS, Span
from nianbao.tagger import decode
from training.synthesis.corpus import Corpus
from training.synthesis.model import Example
from training.synthesis.pages import make_example

#: The first seed of the probe; training seeds stay below it.
FIRST_SEED = 900_000_000
#: How many of the layouts and damages that went worst a log line names.
WORST = 4


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One held-out page: its tokens, the spans that its tags say, and what was done to it.

    `elided` counts the labelled spans that the encoder left out with the prose around them.
    """

    encoded: Encoded
    truth: tuple[Span, ...]
    traits: tuple[str, ...]
    elided: int


@dataclass(frozen=True, slots=True)
class Probe:
    """The pages to measure on."""

    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Strict F1 over all spans, per group of labels, and per layout and damage; `elided` is the share
    of all labelled spans that the encoder left out (they are in no F1)."""

    overall: float
    groups: dict[str, float]
    traits: dict[str, float]
    elided: float

    def as_dict(self) -> dict[str, float]:
        """Return the scores by name, four decimals."""
        named = {"f1": self.overall, "elided": self.elided}
        named |= {f"f1.{group}": score for group, score in self.groups.items()}
        return {name: round(score, 4) for name, score in named.items()}

    def line(self) -> str:
        """Return the scores for the log, with the layouts and damages that went worst."""
        groups = "  ".join(f"{name} {score:.4f}" for name, score in sorted(self.groups.items()))
        worst = sorted(self.traits.items(), key=lambda item: item[1])[:WORST]
        named = ", ".join(f"{name} {score:.3f}" for name, score in worst)
        return f"F1 {self.overall:.4f}  {groups}  elided {self.elided:.5f}  worst: {named}"


def prepare(example: Example, vocabulary: Vocabulary) -> Page:
    """Encode a made example for measuring."""
    folded = fold(example.text)
    encoded = encode(folded, vocabulary)
    spans = folded.project_spans(example.spans)
    truth = decode(encoded, certain_logits(tags_of(encoded, spans)), source="made")
    gaps = encoded.ids == GAP
    starts, ends = encoded.starts[gaps], encoded.ends[gaps]
    at = np.array([span.start for span in spans], dtype=np.int64)
    place = np.searchsorted(starts, at, side="right") - 1
    elided = int(((place >= 0) & (at < ends[place])).sum()) if len(starts) else 0
    return Page(encoded, tuple(truth), (example.layout, *example.damages), elided)


def certain_logits(tags: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return logits float32 [tokens, tags] that say `tags` and nothing else; ignored ones say O."""
    logits = np.zeros((len(tags), len(TAGS)), np.float32)
    logits[np.arange(len(tags)), np.maximum(tags, 0)] = 30.0
    return logits


def make_probe(data: Path, vocabulary: Vocabulary, count: int) -> Probe:
    """Make `count` pages of the held-out provinces."""
    corpus = Corpus.load(data, provinces="held_out")
    examples = (make_example(FIRST_SEED + i, corpus) for i in range(count))
    return Probe(tuple(prepare(example, vocabulary) for example in examples))


def logits_of(
    model: BertForTokenClassification, encoded: Encoded, device: torch.device
) -> NDArray[np.float32]:
    """Return the logits of every token, float32 [tokens, tags], window by window as the library."""
    kept = [np.zeros((0, len(TAGS)), np.float32)]
    for window in windows(len(encoded)) if len(encoded) else ():
        whole = slice(window.start, window.end)
        ids, types = (
            torch.from_numpy(part[whole].astype(np.int64)[None]).to(device)
            for part in (encoded.ids, encoded.types)
        )
        with torch.inference_mode():
            logits = model(input_ids=ids, token_type_ids=types).logits
        here = slice(window.keep_start - window.start, window.keep_end - window.start)
        kept.append(logits[0, here].float().cpu().numpy())
    return np.concatenate(kept)


def measure(model: BertForTokenClassification, probe: Probe, device: torch.device) -> Scores:
    """Return the scores of `model` on `probe`; it is left in evaluation mode."""
    model.eval()
    found = [
        decode(page.encoded, logits_of(model, page.encoded, device)) if len(page.encoded) else []
        for page in probe.pages
    ]
    return score(probe.pages, found)


def score(pages: Sequence[Page], found: Sequence[Sequence[Span]]) -> Scores:
    """Compare the spans `found` on each page with its truth."""
    groups, traits, overall = _Tally(), _Tally(), _Tally()
    for page, spans in zip(pages, found, strict=True):
        right = set(page.truth) & set(spans)
        for tally, names in ((overall, ("all",)), (traits, page.traits)):
            tally.add(names, len(right), len(page.truth), len(spans))
        for counts, of in ((groups.right, right), (groups.true, page.truth), (groups.found, spans)):
            counts.update(group_of(span.label) for span in of)
    labelled = sum(len(page.truth) + page.elided for page in pages)
    return Scores(
        overall.f1().get("all", 1.0),
        groups.f1(),
        traits.f1(),
        sum(page.elided for page in pages) / max(1, labelled),
    )


def group_of(label: str) -> str:
    """Return the group that a label is measured in."""
    return "meta" if label in META_LABELS else label.split(".", 1)[0]


class _Tally:
    """Right, true and found spans by name."""

    def __init__(self) -> None:
        self.right, self.true, self.found = Counter[str](), Counter[str](), Counter[str]()

    def add(self, names: Iterable[str], right: int, true: int, found: int) -> None:
        for name in names:
            self.right[name] += right
            self.true[name] += true
            self.found[name] += found

    def f1(self) -> dict[str, float]:
        names = self.true.keys() | self.found.keys()
        sums = {name: self.true[name] + self.found[name] for name in sorted(names)}
        return {name: 2 * self.right[name] / total for name, total in sums.items() if total}
