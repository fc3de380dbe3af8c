"""What a candidate is judged on: frozen slices of made pages, and the gold of the test side.

The pages of the battery share neither generator nor agencies with the training; those of the training's
own generator come from provinces held out of it, and have spans to judge.  All follow from fixed seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nianbao.gold import GoldDocument
from training.battery import pages as battery
from training.battery.content import Sources
from training.measure.outcome import Page, gold_page
from training.measure.pages import Choice, pages

#: The seed of the frozen pages: of no training, no probe and no published figure.
SEED: Final = 9311
#: Traits whose slices are judged; those of one kind of damage have four pages and tell nothing alone.
JUDGED: Final = ("all", "source: ", "form: 2")
_THREE: Final = "three/any"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many pages there are: of each kind of the battery, with three damages at once, and made
    pages with spans."""

    per_kind: int = 4
    three: int = 60
    made: int = 60


def frozen(data: Path | None, sizes: Sizes = Sizes()) -> Iterator[Page]:
    """Yield the frozen pages; `data` is the folder of official text (None for invented places)."""
    yield from pages(Choice(data, sizes.per_kind, sizes.made, SEED))
    sources = Sources.load(data)
    for number in range(sizes.per_kind, sizes.three):
        page = battery.page(_THREE, number, SEED, sources)
        yield Page(f"{_THREE}/{page.name}", page.data, page.gold, traits={"source": ("three",)})


def gold_pages(documents: Iterable[GoldDocument]) -> Iterator[Page]:
    """Yield annotated documents as pages."""
    yield from map(gold_page, documents)
