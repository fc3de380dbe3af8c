"""The learning curve: reports that the queue chose against reports drawn at random.

A pool mixes pages as training has them with one in ten of the new layout.  From it each strategy takes
its budget, the simulated annotators correct what was taken, and a short retraining learns from it.
What counts is the share of the non-zero cells that is read on unseen pages, mixed as the pool is.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from nianbao.batch.queue.choose import Candidate, ChoiceOptions, choose
from nianbao.batch.queue.examine import Examiner
from nianbao.bundle import Bundle
from training.files import write_text
from training.loop.judge import judged, read, usual_pages
from training.loop.points import BUDGETS, RARE, STRATEGIES, Point
from training.loop.simulate import UNSEEN_SEED, Simulated, exported, pages, usual
from training.provenance import code_sha256
from training.retrain.goldset import GoldSet
from training.retrain.run import Job, Recipe, Start, export, replay_folder, train
from training.synthesis.corpus import Corpus

#: Pages of a pool.
POOL: Final = 400
#: Unseen pages of the new layout, and usual ones.
UNSEEN_NEW, UNSEEN_USUAL = 30, 60
#: A retraining of the curve: short, and without pages to choose a state by, for there are none.
SHORT: Final = Recipe(pages=250, rounds=1.0, measurements=1)
POINTS: Final = "points.json"


def pool(seed: int, corpus: Corpus) -> list[Simulated]:
    """Return the pool of `seed`."""
    rare = round(POOL * RARE)
    first = 1000 * (1 + seed)
    found = [exported(first + number, corpus) for number in range(rare)]
    return found + [usual(first + number, corpus) for number in range(POOL - rare)]


def order_at_random(found: Sequence[Simulated], seed: int) -> list[str]:
    """Return the digests of a pool in a random order."""
    digests = sorted(one.gold.subject.sha256 for one in found)
    random.Random(seed).shuffle(digests)
    return digests


def candidates(found: Sequence[Simulated]) -> list[Candidate]:
    """Return the pool as the queue sees it: by what the shipped model makes of each page."""
    examiner = Examiner()
    return [
        examiner.candidate(
            examiner.read(one.example.text.encode("utf-8", "replace")), one.gold.subject
        )
        for one in found
    ]


def taken(found: Sequence[Simulated], seed: int) -> dict[str, dict[str, list[str]]]:
    """Return strategy -> budget -> the digests that it takes of a pool."""
    drawn = order_at_random(found, seed)
    seen = candidates(found)
    version = Bundle.load().manifest.model_version
    chosen: dict[str, list[str]] = {}
    for budget in BUDGETS:
        queue = choose(seen, ChoiceOptions(budget, seed=seed), version)
        chosen[str(budget)] = [one.subject.sha256 for one in queue]
    return {"queue": chosen, "random": {str(budget): drawn[:budget] for budget in BUDGETS}}


class Curve:
    """The experiment in a folder, apart for each state of the code; every point is kept as soon as it
    is known."""

    def __init__(self, data: Path, out: Path, threads: int) -> None:
        self.data, self.threads = data, threads
        self.out = out / code_sha256()[:12]
        self.start = Start(Bundle.load())
        self.train_corpus = Corpus.load(data, provinces="train")
        held_out = Corpus.load(data, provinces="held_out")
        self.new = judged(pages(UNSEEN_SEED, UNSEEN_NEW, held_out))
        self.usual = usual_pages(UNSEEN_SEED, UNSEEN_USUAL, data)
        self.points = self._known()

    def run(self, seeds: Sequence[int]) -> Iterator[str]:
        """Make the points that are missing; yield lines for the log."""
        if not any(point.budget == 0 for point in self.points):
            self._keep(self._read(Point(0, "none", 0, 0, 0.0, 0.0), None))
        for seed in seeds:
            found = pool(seed, self.train_corpus)
            chosen = self._taken(found, seed)
            for budget in BUDGETS:
                for strategy in STRATEGIES:
                    if any(p.budget == budget and p.strategy == strategy and p.seed == seed
                           for p in self.points):  # fmt: skip
                        continue
                    digests = chosen[strategy][str(budget)]
                    point = self._point(found, digests, Point(budget, strategy, seed, 0, 0.0, 0.0))
                    self._keep(point)
                    yield f"{point}, mixed {point.mixed:.4f}"

    def _point(self, found: Sequence[Simulated], digests: Sequence[str], what: Point) -> Point:
        by_digest = {one.gold.subject.sha256: one for one in found}
        gold = tuple(by_digest[digest].gold for digest in sorted(digests))
        rare = sum(one.subject.place.startswith("export-") for one in gold)
        recipe = Recipe(**{**asdict(SHORT), "seed": 100 + what.seed})
        made = replay_folder(self.out, recipe, self.start.vocabulary())
        job = Job(
            self.start, GoldSet(gold, (), (), (), _sha256(digests)), self.data, made, recipe,
            self.threads,
        )  # fmt: skip
        folder = self.out / f"{what.strategy}-{what.budget}-{what.seed}"
        folder.mkdir(parents=True, exist_ok=True)
        state = train(job, folder, lambda line: None)
        export(job, state, folder / "bundle", f"0.0.0+{job.key()}")
        return self._read(
            Point(what.budget, what.strategy, what.seed, rare, 0, 0), folder / "bundle"
        )

    def _read(self, what: Point, bundle: Path | None) -> Point:
        new, common = read(bundle, self.new), read(bundle, self.usual)
        return Point(what.budget, what.strategy, what.seed, what.rare, new.nonzero, common.nonzero)

    def _taken(self, found: Sequence[Simulated], seed: int) -> dict[str, dict[str, list[str]]]:
        path = self.out / f"taken-{seed}.json"
        if not path.exists():
            write_text(path, json.dumps(taken(found, seed), indent=1) + "\n")
        known: dict[str, dict[str, list[str]]] = json.loads(path.read_text(encoding="utf-8"))
        return known

    def _known(self) -> list[Point]:
        path = self.out / POINTS
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return [Point(**one) for one in found]

    def _keep(self, point: Point) -> None:
        self.points.append(point)
        write_text(self.out / POINTS, json.dumps([asdict(one) for one in self.points], indent=1))


def _sha256(digests: Sequence[str]) -> str:
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
