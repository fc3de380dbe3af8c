"""How well a bundle reads made pages: their non-zero cells, pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nianbao.evaluation import Summary, score, summarise
from nianbao.pipeline import Pipeline
from nianbao.report import to_dict
from training.loop.simulate import Simulated


@dataclass(frozen=True, slots=True)
class Reading:
    """The measures of one bundle on pages."""

    reports: int
    nonzero: float
    false: float
    perfect: float


def read(bundle: Path | None, pages: Sequence[Simulated]) -> Reading:
    """Return what the bundle in a folder (None: the shipped one) makes of `pages`."""
    return _reading(Pipeline.default(bundle), pages)


def read_with_gold(pages: Sequence[Simulated]) -> Reading:
    """Return what the assembly makes of `pages` where every label is right: what there is to win."""
    scores = []
    for one in pages:
        spans = one.gold.spans
        pipeline = Pipeline(lambda folded, spans=spans: folded.project_spans(spans), "gold")  # type: ignore[misc]
        scores.append(score(one.example.gold, to_dict(pipeline.parse(_bytes(one)))))
    return _summed(summarise(scores))


def _reading(pipeline: Pipeline, pages: Sequence[Simulated]) -> Reading:
    found = (score(one.example.gold, to_dict(pipeline.parse(_bytes(one)))) for one in pages)
    return _summed(summarise(found))


def _bytes(one: Simulated) -> bytes:
    return one.example.text.encode("utf-8", "replace")


def _summed(found: Summary) -> Reading:
    return Reading(
        found.reports, round(found.nonzero, 6), round(found.false, 6), round(found.perfect, 6)
    )
