"""All figures of one run as one page that needs nothing beside itself: no script, font or picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nianbao.batch.review.charts import curves
from training.measure.figures import Difference, Figure, Trust
from training.measure.outcome import MEASURES
from training.measure.result import Measured

#: Pairs of labels that are listed, and what fewer of them are not worth.
MOST_CONFUSED: Final = 25


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart; `legend` are the names of its lines, in their order."""

    title: str
    legend: tuple[str, ...]
    svg: str


@dataclass(frozen=True, slots=True)
class Point:
    """One retraining of a learning curve: reports annotated, how they were chosen, the seed, and the
    share of non-zero cells that was read."""

    budget: int
    strategy: str
    seed: int
    nonzero: float


def render(found: Measured, learning: Sequence[Point] = ()) -> str:
    """Return the page; equal figures give equal pages."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("training.measure", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("measured.html.jinja")
    return template.render(
        found=found,
        measures=list(MEASURES),
        rows=_rows(found.figures, [one.name for one in found.readers]),
        changes=[one for one in found.differences if one.lower > 0 or one.upper < 0],
        confused={name: pairs[:MOST_CONFUSED] for name, pairs in found.confusion.items()},
        plots=[*_trust_plots(found.trust), *_learning_plots(learning)],
    )


def _rows(figures: Sequence[Figure], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return slice -> documents and measure -> the values of the readers, in their order."""
    rows: dict[str, dict[str, Any]] = {}
    for figure in figures:
        row = rows.setdefault(figure.slice, {"documents": 0, "values": {}})
        row["documents"] = max(row["documents"], figure.documents)
        cells = row["values"].setdefault(figure.measure, dict.fromkeys(names))
        cells[figure.reader] = figure.value
    return rows


def _trust_plots(trust: Mapping[str, Trust | None]) -> list[Plot]:
    known = {name: one for name, one in trust.items() if one is not None}
    if not known:
        return []
    reliability: dict[str, Sequence[tuple[float, float]]] = {"ideal": ((0.0, 0.0), (1.0, 1.0))}
    reliability |= {n: [(b.confidence, b.perfect) for b in one.bins] for n, one in known.items()}
    risk = {name: one.risk for name, one in known.items()}
    titles = (
        "Reliability: share of reports without an error, by confidence",
        "Risk against coverage: share of the accepted reports with an error, by share accepted",
    )
    return [
        Plot(title, tuple(series), curves(title, series))
        for title, series in zip(titles, (reliability, risk), strict=True)
    ]


def _learning_plots(points: Sequence[Point]) -> list[Plot]:
    if not points:
        return []
    by_place: dict[tuple[str, int], list[float]] = {}
    for point in points:
        by_place.setdefault((point.strategy, point.budget), []).append(point.nonzero)
    series: dict[str, list[tuple[float, float]]] = {}
    for (strategy, budget), values in sorted(by_place.items()):
        series.setdefault(strategy, []).append((float(budget), sum(values) / len(values)))
    title = "Learning curve: non-zero cells read, by annotated reports (mean over seeds)"
    return [Plot(title, tuple(series), curves(title, series))]


def signed(one: Difference) -> str:
    """Return a difference with its interval, for people."""
    return f"{one.difference:+.4f} [{one.lower:+.4f}, {one.upper:+.4f}]"
