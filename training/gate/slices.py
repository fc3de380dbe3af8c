"""What a candidate is judged on: frozen slices of made pages, and the gold of the test side.

The pages of the battery share neither generator nor agencies with the training; those of the training's
own generator come from provinces held out of it, and have spans to judge.  All follow from fixed seeds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import simplejson

from nianbao.gold import GoldDocument
from training.battery import pages as battery
from training.battery.content import Sources
from training.gate.judge import Page, gold_page
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example

#: Seeds of the frozen pages: of no training, no probe and no published figure.
BATTERY_SEED: Final = 9311
MADE_SEED: Final = 930_000_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many pages there are: of each kind of the battery by its family, and of made pages with
    spans."""

    plain: int = 4
    damage: int = 4
    three: int = 60
    other: int = 5
    made: int = 60


def frozen(data: Path | None, sizes: Sizes = Sizes()) -> Iterator[Page]:
    """Yield the frozen pages; `data` is the folder of official text (None for invented places)."""
    sources = Sources.load(data)
    counts = {
        "plain": sizes.plain,
        "damage": sizes.damage,
        "three": sizes.three,
        "other": sizes.other,
    }
    for kind in battery.KINDS:
        family = kind.split("/")[0]
        for page in battery.pages(kind, counts[family], BATTERY_SEED, sources):
            yield Page(family, f"{kind}/{page.name}", page.data, page.gold)
    corpus = Corpus.load(data, provinces="held_out") if data else Corpus.without_data()
    for seed in range(MADE_SEED, MADE_SEED + sizes.made):
        example = make_example(seed, corpus)
        yield Page("made", f"made/{seed}", example.text.encode("utf-8", "replace"), example.gold,
                   example.spans, example.text)  # fmt: skip


def gold_pages(documents: Iterable[GoldDocument]) -> Iterator[Page]:
    """Yield annotated documents as pages."""
    for one in documents:
        yield gold_page(one, one.subject.place or one.subject.sha256[:12])


def pages_sha256(pages: Sequence[Page]) -> str:
    """Return the digest of pages and their gold: figures of two bundles are compared where it is equal."""
    digest = hashlib.sha256()
    for page in pages:
        digest.update(f"{page.slice}\0{page.name}\0".encode())
        digest.update(page.data + b"\0" + (page.text or "").encode("utf-8", "replace"))
        digest.update(simplejson.dumps(page.gold, use_decimal=True, sort_keys=True).encode())
    return digest.hexdigest()
