"""How well a bundle reads made pages: their non-zero cells, pooled."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nianbao.evaluation import Score, score, summarise
from nianbao.pipeline import Pipeline
from nianbao.reading.folding import Folded
from nianbao.report import to_dict
from nianbao.spans import Span
from training.battery import pages as battery
from training.battery.content import Sources
from training.loop.simulate import USUAL, Simulated


@dataclass(frozen=True, slots=True)
class Reading:
    """The measures of one bundle on pages."""

    reports: int
    nonzero: float
    false: float
    perfect: float


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A page as bytes, and its gold record."""

    data: bytes
    gold: Mapping[str, Any]


def judged(pages: Iterable[Simulated]) -> list[Judged]:
    """Return simulated pages as pages to judge by."""
    return [Judged(one.example.text.encode("utf-8", "replace"), one.example.gold) for one in pages]


def usual_pages(seed: int, count: int, data: Path) -> list[Judged]:
    """Return pages of the battery, damaged as often as usual ones are: unlike made pages they say which
    cells a damage left open."""
    rng = random.Random(f"usual/{seed}")
    sources = Sources.load(data)
    families = {"plain": USUAL["plain"], "damage": USUAL["one"], "three": USUAL["several"]}
    found = []
    for number in range(count):
        family = rng.choices(list(families), list(families.values()))[0]
        kinds = [kind for kind in battery.KINDS if kind.startswith(f"{family}/")]
        page = battery.page(rng.choice(kinds), number, seed, sources)
        found.append(Judged(page.data, page.gold))
    return found


def read(bundle: Path | None, pages: Sequence[Judged]) -> Reading:
    """Return what the bundle in a folder (None: the shipped one) makes of `pages`."""
    pipeline = Pipeline.default(bundle)
    return _summed(score(one.gold, to_dict(pipeline.parse(one.data))) for one in pages)


def read_with_gold(pages: Sequence[Simulated]) -> Reading:
    """Return what the assembly makes of `pages` where every label is right: what there is to win."""
    scores = []
    for one, page in zip(pages, judged(pages), strict=True):
        right = partial(_project, one.gold.spans)
        record = to_dict(Pipeline(right, "gold").parse(page.data))
        scores.append(score(page.gold, record))
    return _summed(scores)


def _project(spans: Sequence[Span], folded: Folded) -> list[Span]:
    return folded.project_spans(spans)


def _summed(scores: Iterable[Score]) -> Reading:
    found = summarise(scores)
    return Reading(
        found.reports, round(found.nonzero, 6), round(found.false, 6), round(found.perfect, 6)
    )
