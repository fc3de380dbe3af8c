"""What is judged: the battery, made pages with spans, gold sets, and folders of gold records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from nianbao.batch.identity import identify
from nianbao.gold import read_gold
from training.battery import pages as battery
from training.battery.content import Sources
from training.measure.outcome import Page, gold_page
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example

#: The first seed of made pages with spans; those of training and its probe stay away from it.
FIRST_MADE: Final = 940_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pages: `per_kind` of each kind of the battery from `seed`, `made` pages of the training's
    generator in provinces held out of it, the gold sets `gold`, and pairs (gold folder, input
    folder) `records`.  `data` is the folder of official text; without it places are invented."""

    data: Path | None = None
    per_kind: int = 4
    made: int = 60
    seed: int = 9501
    gold: tuple[Path, ...] = ()
    records: tuple[tuple[Path, Path], ...] = ()


def pages(choice: Choice) -> Iterator[Page]:
    """Yield the pages of `choice`, in a fixed order.

    Raises ExchangeError for a gold set that is not one, OSError for what cannot be read, and
    ValueError where a gold record has not just one input.
    """
    yield from _battery(choice)
    yield from _made(choice)
    for path in choice.gold:
        for document in read_gold(path):
            yield gold_page(document)
    for gold, inputs in choice.records:
        yield from _records(gold, inputs)


def _battery(choice: Choice) -> Iterator[Page]:
    sources = Sources.load(choice.data)
    for kind in battery.KINDS:
        for page in battery.pages(kind, choice.per_kind, choice.seed, sources):
            family = kind.partition("/")[0]
            traits: dict[str, tuple[str, ...]] = {"source": (family,), "kind": (kind,)}
            if family != "other":
                traits |= {
                    "layout": (page.what[0],),
                    "form": (str(page.gold.get("format", "unknown")),),
                    "region": (_region(page.gold.get("title"), page.gold.get("agency")),),
                }
            yield Page(f"{kind}/{page.name}", page.data, page.gold, traits=traits)


def _made(choice: Choice) -> Iterator[Page]:
    if not choice.made:
        return
    held_out = Corpus.load(choice.data, provinces="held_out") if choice.data else None
    corpus = held_out or Corpus.without_data()
    for seed in range(FIRST_MADE + choice.seed, FIRST_MADE + choice.seed + choice.made):
        example = make_example(seed, corpus)
        traits = {"source": ("made",), "made layout": (example.layout,)}
        traits["made damage"] = example.damages
        # What the damages left of its values is not known, as it is of the battery: spans alone.
        gold = {"is_report": bool(example.gold.get("is_report", True))}
        yield Page(f"made/{seed}", b"", gold, example.spans, example.text, traits)


def _records(gold: Path, inputs: Path) -> Iterator[Page]:
    for path in sorted(gold.glob("*.json")):
        found = [one for one in inputs.glob(f"{path.stem}.*") if one.suffix != ".json"]
        if len(found) != 1:
            raise ValueError(f"{path}: {len(found)} inputs of that name in {inputs}")
        record = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        traits = {"source": ("records",), "form": (str(record.get("format")),)}
        yield Page(path.stem, found[0].read_bytes(), record, traits=traits)


def _region(title: str | None, agency: str | None) -> str:
    return identify(title=title, agency=agency, url=None).province or "unknown"
