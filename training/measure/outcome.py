"""One page and its answer -> what one reader made of it, as counts that can be pooled."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nianbao.document import Document
from nianbao.evaluation import Tally, accepted, score
from nianbao.gold import GoldDocument
from nianbao.pipeline import Pipeline
from nianbao.reading.folding import fold
from nianbao.report import to_dict
from nianbao.rules.forms import ROWS
from nianbao.spans import Span

Counts = tuple[int, int]

#: What is pooled, and whether less of it is better.  `f1` and `f1_partial` are strict and partial F1 of
#: spans as quotients: twice the spans that agree, out of those on both sides.
MEASURES: Final[dict[str, bool]] = {
    "nonzero": False,
    "false": True,
    "cells": False,
    "blank_zero": False,
    **{f"nonzero.{table}": False for table in ROWS},
    "headings": False,
    "texts": False,
    "meta": False,
    "perfect": False,
    "judged": False,
    "f1": False,
    "f1_partial": False,
}
#: What a span is confused with where there is nothing.
NOTHING: Final = "-"
#: Labels that no span is judged by: numbers glued to each other are one to the encoder, and what is
#: furniture is a matter of taste.  Cells judge the values.
UNJUDGED: Final = frozenset({"value", "furniture"})


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page whose answer is known.

    `text` is given where it was read before, `data` is what to read otherwise.  `gold` is a record in
    the shape that `nianbao evaluate` takes (`is_report` alone where nothing else is judged); `spans` are
    offsets into `text`, None where nobody knows them.  `traits` say what it is ("kind", "form",
    "layout", "region", …), and slices are made of them.
    """

    name: str
    data: bytes
    gold: Mapping[str, Any]
    spans: tuple[Span, ...] | None = None
    text: str | None = None
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one reader made of one page: measure -> hits and chances, (label, found label) -> how often
    it was taken for the other, the confidence of its record, and its first errors."""

    name: str
    traits: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, Counts]
    confusion: Mapping[tuple[str, str], int]
    confidence: float
    errors: tuple[str, ...] = ()


def judge(pipeline: Pipeline, page: Page) -> Outcome:
    """Return what `pipeline` makes of `page`.  An exception is a finding about the reader: a page of
    which nothing was read, not an end of the run."""
    crash: tuple[str, ...] = ()
    found: list[Span] = []
    record: Mapping[str, Any] = {}
    try:
        document = _document(pipeline, page)
        record = to_dict(pipeline.parse_document(document))
        found = pipeline.spans(document) if page.spans is not None else []
    except Exception as error:  # noqa: BLE001
        crash = (f"{type(error).__name__}: {error}",)
    is_report = bool(page.gold.get("is_report", True))
    judged = not crash and bool(record["is_report"]) == is_report
    counts = {"judged": (int(judged), 1)}
    errors = crash if judged or crash else ("is_report: judged wrongly",)
    if is_report and "tables" in page.gold:
        whole = score(page.gold, record)
        errors += whole.errors
        counts["perfect"] = (int(judged and whole.perfect), 1)
        for name in ("nonzero", "false", "cells", "headings", "texts", "meta"):
            counts[name] = _pair(getattr(whole, name))
        counts["blank_zero"] = _blanks(page.gold, record)
        for table in page.gold.get("tables") or {}:
            part = score(_only(page.gold, table), _only(record, table))
            counts[f"nonzero.{table}"] = _pair(part.nonzero)
    confusion: Mapping[tuple[str, str], int] = {}
    if page.spans is not None:
        truth, seen = _judged(page.spans), _judged(found)
        counts["f1"] = (2 * len(truth & seen), len(truth) + len(seen))
        counts["f1_partial"] = (_touched(truth, seen) + _touched(seen, truth), counts["f1"][1])
        confusion = confused(truth, seen)
    confidence = float(record.get("confidence") or 0.0)
    return Outcome(page.name, page.traits, counts, confusion, confidence, errors[:5])


def confused(truth: set[Span], found: set[Span]) -> dict[tuple[str, str], int]:
    """Return (true label, found label) -> count over the spans that do not agree strictly: a span is
    taken for the one of the other side that it shares most characters with, `NOTHING` where none."""
    counts = Counter[tuple[str, str]]()
    for span in truth - found:
        other = _closest(span, found)
        if other is None or other.label != span.label:
            counts[span.label, NOTHING if other is None else other.label] += 1
    for span in found - truth:
        if _closest(span, truth) is None:
            counts[NOTHING, span.label] += 1
    return dict(counts)


def gold_page(one: GoldDocument) -> Page:
    """Return an annotated document as a page: its record is what the assembly reads where every label
    is right, so that what is judged is the labelling alone."""
    right: Callable[[Any], list[Span]] = lambda folded: folded.project_spans(one.spans)  # noqa: E731
    record = to_dict(Pipeline(right, "gold").parse_document(text_document(one.text)))
    gold = {**record, "warnings": [], "failed_checks": _failed(record)}
    folded = fold(one.text)
    spans = tuple(folded.source_spans(folded.project_spans(one.spans)))
    traits = {"source": ("gold",), "form": (str(record["format"]),)}
    return Page(one.subject.place or one.subject.sha256, b"", gold, spans, one.text, traits)


def text_document(text: str) -> Document:
    """Return a text that was read before as a document."""
    data = text.encode("utf-8", "surrogatepass")
    return Document(text, "text/plain", "utf-8", hashlib.sha256(data).hexdigest(), len(data))


def _document(pipeline: Pipeline, page: Page) -> Document:
    return pipeline.document(page.data) if page.text is None else text_document(page.text)


def _failed(record: Mapping[str, Any]) -> list[str]:
    return [
        check["id"]
        for check in record["checks"]
        if check["status"] == "fail" and not check["id"].startswith("narrative.")
    ]


def _pair(tally: Tally) -> Counts:
    return (tally.hits, tally.of)


def _only(record: Mapping[str, Any], table: str) -> dict[str, Any]:
    tables = record.get("tables") or {}
    kept = {table: tables[table]} if table in tables else {}
    return {"is_report": True, "tables": kept, "accept": record.get("accept") or {}}


def _blanks(gold: Mapping[str, Any], record: Mapping[str, Any]) -> Counts:
    """Return how many cells that are 0 or blank were told which of the two they are."""
    want, got = _leaves(gold.get("tables")), _leaves(record.get("tables"))
    open_ = [path for path in want if not want[path] and accepted(path, gold) is None]
    hits = sum(path in got and _empty(got[path]) == _empty(want[path]) for path in open_)
    return (hits, len(open_))


def _empty(value: Any) -> str | None:
    return None if value is None else str(value).rstrip("0").rstrip(".") or "0"


def _leaves(node: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(node, Mapping):
        return {path: node} if path else {}
    leaves: dict[str, Any] = {}
    for key, value in node.items():
        leaves.update(_leaves(value, f"{path}.{key}" if path else str(key)))
    return leaves


def _judged(spans: Sequence[Span]) -> set[Span]:
    return {span for span in spans if span.label not in UNJUDGED}


def _touched(spans: set[Span], others: set[Span]) -> int:
    """Count the spans that share a character with one of `others` of the same label."""
    by_label: dict[str, list[Span]] = {}
    for other in others:
        by_label.setdefault(other.label, []).append(other)
    return sum(
        any(_shared(span, other) for other in by_label.get(span.label, ())) for span in spans
    )


def _closest(span: Span, others: set[Span]) -> Span | None:
    best = max(others, key=lambda other: (_shared(span, other), -other.start), default=None)
    return best if best is not None and _shared(span, best) else None


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))
