"""Check the hand-checked gold of real text, and score labellers on it.

    python -m annotations.check --data DIR            hashes, offsets, labels, overlap; counts
    python -m annotations.check --data DIR --score    strict span F1, model and rules side by side
    python -m annotations.check --data DIR --score --show    and every difference

`DIR` holds the texts (`pages.jsonl`); the repository holds hashes, offsets and labels alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nianbao.document import Document
from nianbao.exceptions import BundleError
from nianbao.spans import LABELS, Span, check_spans

GOLD: Final = Path(__file__).parent / "gold"
DATA: Final = Path(__file__).resolve().parents[1] / "../shared/data"
#: Labels that the gold does not mark; no labeller is judged on them.
UNMARKED: Final = frozenset({"value", "furniture"})
#: What is scored: name -> the label prefixes that count.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "headings": ("heading.",),
    "rows": ("row.",),
    "headings and rows": ("heading.", "row."),
    "all labels": ("",),
}

Triple = tuple[int, int, str]
Labeller = Callable[[Document], Sequence[Span]]


class GoldError(Exception):
    """The gold does not fit its texts, or contradicts itself; the message names the record."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """One text with its spans, as offsets into the text as it is."""

    name: str
    text: str
    spans: tuple[Span, ...]

    @property
    def scored(self) -> int:
        """Where scoring stops: the excerpts end anywhere, and a label that reaches the end of its
        text may be cut there, so neither it nor what a labeller makes of it counts."""
        end = len(self.text.rstrip())
        return next((s.start for s in self.spans if s.end >= end), end - 1)


@dataclass(frozen=True, slots=True)
class Tally:
    """Spans found right, found wrong and missed."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false) if self.hits + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.hits / (2 * self.hits + self.false + self.missed) if self.hits else 0.0


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a gold file; raise GoldError naming the line that is not of its shape."""
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        record = json.loads(line)
        if set(record) != {"sha256", "source", "index", "excerpt", "spans"}:
            raise GoldError(f"{path.name}:{number}: keys {sorted(record)}")
        for span in record["spans"]:
            start, end, label = span
            if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
                raise GoldError(f"{path.name}:{number}: offsets {span}")
            if label not in LABELS or label in UNMARKED:
                raise GoldError(f"{path.name}:{number}: label {label!r}")
        records.append(record)
    return records


def load(gold: Path, data: Path) -> list[Annotated]:
    """Return the texts with their spans; raise GoldError when hash, offsets or overlap are wrong."""
    pages: dict[str, list[list[str]]] = {}
    annotated = []
    for record in read_records(gold):
        source, index, excerpt = record["source"], record["index"], record["excerpt"]
        name = f"{source}[{index}].excerpts[{excerpt}]"
        if source not in pages:
            lines = (data / source).read_text(encoding="utf-8").splitlines()
            pages[source] = [json.loads(line)["excerpts"] for line in lines]
        text = pages[source][index][excerpt]
        if hashlib.sha256(text.encode("utf-8")).hexdigest() != record["sha256"]:
            raise GoldError(f"{name}: the text is not the one that was read (sha256)")
        try:
            spans = check_spans((_span(*span) for span in record["spans"]), text)
        except ValueError as error:
            raise GoldError(f"{name}: {error}") from error
        for span in spans:
            piece = text[span.start : span.end]
            if piece != piece.strip(" \t\r\n|,。;、"):
                raise GoldError(f"{name}: [{span.start}, {span.end}) takes in a separator")
        annotated.append(Annotated(name, text, tuple(spans)))
    return annotated


def _span(start: int, end: int, label: str) -> Span:
    return Span(start, end, label, source="gold")


def document_of(text: str) -> Document:
    """Return `text` as the document that the plain-text reader makes of it."""
    data = text.encode("utf-8")
    return Document(text, "text/plain", "utf-8", hashlib.sha256(data).hexdigest(), len(data))


def triples(spans: Iterable[Span], prefixes: Sequence[str], stop: int) -> set[Triple]:
    """Return the spans that are scored: marked labels of `prefixes` that end by `stop`."""
    return {
        (s.start, s.end, s.label)
        for s in spans
        if s.label not in UNMARKED and s.label.startswith(tuple(prefixes)) and s.end <= stop
    }


def score(
    annotated: Sequence[Annotated], found: Sequence[Sequence[Span]], prefixes: Sequence[str]
) -> Tally:
    """Count strictly: a span is right when start, end and label are gold's."""
    hits = false = missed = 0
    for page, spans in zip(annotated, found, strict=True):
        want = triples(page.spans, prefixes, page.scored)
        got = triples(spans, prefixes, page.scored)
        hits += len(want & got)
        false += len(got - want)
        missed += len(want - got)
    return Tally(hits, false, missed)


def differences(annotated: Sequence[Annotated], found: Sequence[Sequence[Span]]) -> list[str]:
    """Return a line for each span that only gold (-) or only the labeller (+) has."""
    lines = []
    for page, spans in zip(annotated, found, strict=True):
        want, got = triples(page.spans, ("",), page.scored), triples(spans, ("",), page.scored)
        for start, end, label in sorted(want ^ got):
            sign = "-" if (start, end, label) in want else "+"
            lines.append(f"{sign} {page.name} [{start}, {end}) {label} {page.text[start:end]!r}")
    return lines


def print_counts(annotated: Sequence[Annotated]) -> None:
    counts = Counter(span.label for page in annotated for span in page.spans)
    cut = sum(span.end > page.scored for page in annotated for span in page.spans)
    for label in LABELS:
        if counts[label]:
            print(f"{counts[label]:6d}  {label}")
    print(
        f"{counts.total():6d}  spans in {len(annotated)} texts; {cut} reach the end of their text and are not scored"
    )


def print_scores(annotated: Sequence[Annotated], show: bool) -> None:
    from nianbao.pipeline import Pipeline  # here, so that the check alone needs no model

    labellers: dict[str, Labeller] = {
        "model": Pipeline.default().spans,
        "rules only": Pipeline.rules_only().spans,
    }
    found = {
        name: [labeller(document_of(page.text)) for page in annotated]
        for name, labeller in labellers.items()
    }
    print(f"{'strict span':20s}" + "".join(f"{name:>30s}" for name in labellers))
    for group, prefixes in GROUPS.items():
        cells = [score(annotated, found[name], prefixes) for name in labellers]
        print(
            f"{group:20s}"
            + "".join(f"   P {t.precision:.4f} R {t.recall:.4f} F1 {t.f1:.4f}" for t in cells)
        )
    if show:
        for name, spans in found.items():
            print(f"\n{name}: - is in gold alone, + in the labeller's answer alone")
            print("\n".join(differences(annotated, spans)) or "no difference")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m annotations.check", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds the texts")
    parser.add_argument("--gold", type=Path, default=GOLD / "pages.jsonl", help="gold file")
    parser.add_argument("--score", action="store_true", help="score the model and the rules")
    parser.add_argument("--show", action="store_true", help="with --score: list the differences")
    options = parser.parse_args(arguments)
    try:
        annotated = load(options.gold, options.data)
    except (GoldError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if not options.score:
        print_counts(annotated)
        return 0
    try:
        print_scores(annotated, options.show)
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
