"""Simulated annotators and their documents: the maker of a page knows what is right on it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from nianbao.gold import GoldDocument, Subject
from training.loop.layout import make_page
from training.synthesis.corpus import Corpus
from training.synthesis.model import Example
from training.synthesis.pages import make_example

#: Seeds of the pages that are annotated and of those that the loop is judged by lie apart.
POOL_SEED, UNSEEN_SEED = 0, 500_000
#: How much damage the usual pages of a batch have.
USUAL = {"plain": 0.5, "one": 0.4, "several": 0.1}
#: What stands in a gold document where nobody annotated.
ANNOTATOR, WHEN, GUIDELINES = "simulated", "2026-01-01T00:00:00Z", "0" * 64


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A page and what is right on it."""

    example: Example
    gold: GoldDocument


def exported(seed: int, corpus: Corpus) -> Simulated:
    """Return a page of the new layout."""
    return _simulated(make_page(seed, corpus), f"export-{seed}")


def usual(seed: int, corpus: Corpus) -> Simulated:
    """Return a page as a batch has them: half without damage, four in ten with one, the rest with more."""
    drawn = Random(f"usual/{seed}").choices(list(USUAL), list(USUAL.values()))[0]
    return _simulated(make_example(700_000 + seed, corpus, difficulty=drawn), f"usual-{seed}")


def _simulated(example: Example, name: str) -> Simulated:
    agency = str(example.gold.get("agency") or name)
    subject = Subject(
        sha256=hashlib.sha256(example.text.encode("utf-8")).hexdigest(),
        place=name,
        site=f"{name}.example",
        agency=agency,
        agency_id=agency,
        year=example.gold.get("year"),
        media_type="text/plain",
    )
    return Simulated(
        example, GoldDocument(subject, example.text, example.spans, ANNOTATOR, WHEN, GUIDELINES)
    )


def pages(first: int, count: int, corpus: Corpus) -> Sequence[Simulated]:
    """Return `count` pages of the new layout, each of another agency."""
    found: dict[str | None, Simulated] = {}
    seed = first
    while len(found) < count:
        one = exported(seed, corpus)
        found.setdefault(one.gold.subject.agency_id, one)
        seed += 1
    return list(found.values())
