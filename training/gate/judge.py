"""One bundle on the frozen slices: what it makes of each document, as counts that can be pooled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nianbao.document import Document
from nianbao.evaluation import score
from nianbao.gold import GoldDocument
from nianbao.pipeline import Pipeline
from nianbao.reading.folding import fold
from nianbao.report import to_dict
from nianbao.spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A document to judge by, in the slice `slice`: its bytes and its gold record (`is_report` alone
    where it is no report), and where people or the maker know them the `spans` in its text."""

    slice: str
    name: str
    data: bytes
    gold: Mapping[str, Any]
    spans: tuple[Span, ...] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What one bundle made of one page: hits and chances of the measures, `judged` whether it told
    report from no report, `errors` the first findings."""

    slice: str
    name: str
    nonzero: tuple[int, int]
    false: tuple[int, int]
    f1: tuple[int, int]
    perfect: bool
    judged: bool
    errors: tuple[str, ...] = ()


def judge(pipeline: Pipeline, pages: Sequence[Page]) -> Iterator[Figures]:
    """Yield the figures of each page, in order."""
    for page in pages:
        yield judge_page(pipeline, page)


def judge_page(pipeline: Pipeline, page: Page) -> Figures:
    """Return the figures of one page.  An exception is a finding about the reader, counted as a page of
    which nothing was read, not an end of the run."""
    try:
        document = _document(pipeline, page)
        record = to_dict(pipeline.parse_document(document))
        spans = pipeline.spans(document) if page.spans is not None else []
        crash: tuple[str, ...] = ()
    except Exception as error:  # noqa: BLE001
        record, spans, crash = {}, [], (f"{type(error).__name__}: {error}",)
    is_report = bool(page.gold.get("is_report"))
    judged = bool(record.get("is_report")) == is_report and not crash
    f1 = _agreement(page.spans, spans)
    if not is_report:
        wrong = () if judged else ("is_report: judged wrongly",)
        return Figures(page.slice, page.name, (0, 0), (0, 0), f1, judged, judged, crash + wrong)
    found = score(page.gold, record)
    return Figures(
        page.slice,
        page.name,
        (found.nonzero.hits, found.nonzero.of),
        (found.false.hits, found.false.of),
        f1,
        found.perfect and judged,
        judged,
        (crash + found.errors)[:5],
    )


def _document(pipeline: Pipeline, page: Page) -> Document:
    if page.text is None:
        return pipeline.document(page.data)
    return text_document(page.text)


def text_document(text: str) -> Document:
    """Return a text that was read before as a document."""
    data = text.encode("utf-8", "surrogatepass")
    return Document(text, "text/plain", "utf-8", hashlib.sha256(data).hexdigest(), len(data))


def _agreement(truth: tuple[Span, ...] | None, found: Sequence[Span]) -> tuple[int, int]:
    """Return twice the spans that are right, and all on both sides: their quotient is strict F1."""
    if truth is None:
        return (0, 0)
    return (2 * len(set(truth) & set(found)), len(truth) + len(found))


def gold_page(one: GoldDocument, name: str) -> Page:
    """Return an annotated document as a page: its gold record is what the assembly reads where every
    label is right, so that what is judged is the labelling alone."""
    right: Callable[[Any], list[Span]] = lambda folded: folded.project_spans(one.spans)  # noqa: E731
    record = to_dict(Pipeline(right, "gold").parse_document(text_document(one.text)))
    gold = {**record, "warnings": [], "failed_checks": _failed(record)}
    folded = fold(one.text)
    seen = tuple(folded.source_spans(folded.project_spans(one.spans)))
    return Page("gold", name, b"", gold, seen, one.text)


def _failed(record: Mapping[str, Any]) -> list[str]:
    return [
        check["id"]
        for check in record["checks"]
        if check["status"] == "fail" and not check["id"].startswith("narrative.")
    ]
