"""All figures of one run: as data, as a table, as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import simplejson

from training.measure.figures import (
    Difference,
    Figure,
    Trust,
    confusion,
    differences,
    figures,
    trust,
)
from training.measure.outcome import Outcome, Page
from training.measure.readers import RULES, About

#: Changes when the shape of the JSON does.
VERSION: Final = 1
#: What the table shows.
SHOWN: Final = ("nonzero", "false", "blank_zero", "perfect", "judged", "f1", "f1_partial")
_COLUMN: Final = 21


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one run; `pages_sha256` says of which pages, `seed` how they were drawn.  Figures
    and differences are in the order of the slices; `confusion` and `trust` are by reader."""

    seed: int
    pages: int
    pages_sha256: str
    readers: tuple[About, ...]
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    confusion: Mapping[str, Sequence[tuple[str, str, int]]]
    trust: Mapping[str, Trust | None]

    def to_json(self) -> str:
        """Return the figures as JSON, rounded to six digits; times are in it, so that two runs differ
        in `milliseconds` alone."""
        data = _rounded({"version": VERSION, **asdict(self)})
        return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def measured(
    seed: int,
    pages: Sequence[Page],
    readers: Sequence[About],
    outcomes: Mapping[str, Sequence[Outcome]],
) -> Measured:
    """Pool the outcomes of every reader: the first one is held against each of the others."""
    first, *others = [one.name for one in readers]
    return Measured(
        seed,
        len(pages),
        pages_sha256(pages),
        tuple(readers),
        tuple(figures(outcomes)),
        tuple(one for other in others for one in differences(outcomes, first, other)),
        {name: confusion(found) for name, found in outcomes.items() if name != RULES},
        {name: trust(found) for name, found in outcomes.items()},
    )


def pages_sha256(pages: Sequence[Page]) -> str:
    """Return the digest of pages and answers: figures of two runs can be compared where it is equal."""
    digest = hashlib.sha256()
    for page in pages:
        digest.update(page.name.encode() + b"\0" + page.data + b"\0")
        digest.update((page.text or "").encode("utf-8", "surrogatepass"))
        digest.update(simplejson.dumps(page.gold, use_decimal=True, sort_keys=True).encode())
        spans = [(s.start, s.end, s.label) for s in page.spans or ()]
        digest.update(repr(spans).encode())
    return digest.hexdigest()


def table(found: Measured) -> str:
    """Return slice by slice the shown measures, the readers side by side in each."""
    names = [one.name for one in found.readers]
    values: dict[str, dict[str, dict[str, Figure]]] = {}
    for figure in found.figures:
        values.setdefault(figure.slice, {}).setdefault(figure.measure, {})[figure.reader] = figure
    head = f"{'/'.join(names):34}{'pages':>6}"
    lines = [head + "".join(f"{measure:>{_COLUMN}}" for measure in SHOWN)]
    for name, by_measure in values.items():
        count = max(one.documents for by in by_measure.values() for one in by.values())
        cells = (_cell(by_measure.get(measure), names) for measure in SHOWN)
        lines.append(f"{name:34.34}{count:>6}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells))
    for one in found.readers:
        size = f", {one.bytes / 1e6:.1f} MB" if one.bytes else ""
        lines.append(f"{one.name}: {one.version}, {one.milliseconds:.0f} ms a page{size}")
    for name, worth in found.trust.items():
        if worth is not None:
            lines.append(f"{name}: expected calibration error {worth.error:.4f}")
    return "\n".join(lines)


def _cell(by_reader: Mapping[str, Figure] | None, names: Sequence[str]) -> str:
    if by_reader is None:
        return "-"
    found = [by_reader[name].value for name in names if name in by_reader]
    return " ".join("-" if value is None else f"{value:.4f}" for value in found)


def _rounded(node: Any) -> Any:
    if isinstance(node, float):
        return round(node, 6)
    if isinstance(node, Mapping):
        return {key: _rounded(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_rounded(one) for one in node]
    return node
