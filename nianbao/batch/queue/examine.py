"""One document -> a candidate: what the model makes of it, where the rules alone differ, how unlike
the training pages it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nianbao.batch.queue import signals
from nianbao.batch.queue.choose import Candidate, Signal
from nianbao.batch.queue.sketch import sketch
from nianbao.bundle import Bundle
from nianbao.document import Document
from nianbao.encoding import UNK, encode
from nianbao.gold import Subject
from nianbao.pipeline import RULES_ONLY, Pipeline
from nianbao.profile import Novelty, Profile, load_profile, measure
from nianbao.reading.folding import Folded, fold
from nianbao.report import Report
from nianbao.rules.matcher import match
from nianbao.spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A document as the model reads it; `spans` are folded, `novelty` is None without a profile."""

    document: Document
    folded: Folded
    spans: tuple[Span, ...]
    report: Report
    novelty: Novelty | None


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How a document looks: its features [features], how new they are (None without a profile), and
    the characters that the model does not know."""

    values: NDArray[np.float64]
    novelty: Novelty | None
    unknown: frozenset[str]


class Examiner:
    """A model with its profile.  Loads once; not to be shared between threads.

    Raises BundleError where the bundle in folder `model` (None: the shipped one) or its profile is
    damaged or made for another library.
    """

    def __init__(self, model: Path | None = None) -> None:
        self.bundle = Bundle.load(model)
        self.profile: Profile | None = load_profile(self.bundle)
        self._pipeline = Pipeline.default(model)
        # The pipeline labels and keeps the labels to itself; they are wanted here, once.
        self._label = self._pipeline.labeller
        self._pipeline.labeller = self._remembered
        self._spans: tuple[Span, ...] = ()

    @property
    def model_version(self) -> str:
        return self._pipeline.model_version

    def _remembered(self, folded: Folded) -> list[Span]:
        spans = self._label(folded)
        self._spans = tuple(spans)
        return spans

    def read(self, data: bytes) -> Document:
        """Read bytes as the pipeline does; raises UnreadableInput."""
        return self._pipeline.document(data)

    def look(self, document: Document) -> Looked:
        """Label `document`, make its record and measure its layout."""
        report = self._pipeline.parse_document(document)
        folded, spans = fold(document.text), self._spans
        novelty = self._novelty(measure(folded, spans, self.bundle.vocabulary))
        return Looked(document, folded, spans, report, novelty)

    def shape(self, document: Document) -> Shape:
        """Label `document` and measure its layout, without a record."""
        folded, vocabulary = fold(document.text), self.bundle.vocabulary
        values = measure(folded, self._label(folded), vocabulary)
        encoded = encode(folded, vocabulary)
        places = encoded.starts[encoded.ids == UNK].tolist()
        unknown = frozenset(folded.text[at] for at in places)
        return Shape(values, self._novelty(values), unknown)

    def _novelty(self, values: NDArray[np.float64]) -> Novelty | None:
        return None if self.profile is None else self.profile.novelty(values)

    def candidate(self, document: Document, subject: Subject) -> Candidate:
        """Return `document` with all that speaks for annotating it.

        What the record says of agency and year goes into the subject where that does not have it.
        """
        looked = self.look(document)
        report = looked.report
        return Candidate(
            subject=replace(
                subject,
                agency=subject.agency or report.agency,
                year=report.year if subject.year is None else subject.year,
                media_type=subject.media_type or document.media_type,
            ),
            text=document.text,
            spans=apart(looked.folded.source_spans(looked.spans)),
            signals=_signals(looked),
            sketch=sketch(looked.folded.text),
            layout=None if looked.novelty is None else looked.novelty.nearest,
            audited=report.is_report,
        )


def _signals(looked: Looked) -> tuple[Signal, ...]:
    """Return the signals of a document.  A page that is clearly no report has none: the words of the
    form that it may quote are nothing to learn from."""
    report, text = looked.report, looked.document.text
    doubtful = signals.doubtful_page(report.is_report_score)
    if not report.is_report and doubtful is None:
        return ()
    by_rules = match(looked.folded.text)
    source = looked.folded.source_spans
    found = [doubtful, signals.disagreement(text, source(looked.spans), source(by_rules))]
    if report.is_report:
        other = Pipeline(lambda _: by_rules, RULES_ONLY).parse_document(looked.document)
        found.append(signals.failed_check(report, other, text))
        found.append(signals.low_confidence(report, text))
        if looked.novelty is not None:
            found.append(signals.new_layout(looked.novelty))
    return tuple(one for one in found if one is not None)


def apart(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return `spans` without overlap: two that share a character of the text as read (㈠ is read as
    three) are parted behind it, and one that has nothing of its own is left out."""
    kept: list[Span] = []
    end = 0
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        start = max(span.start, end)
        if start < span.end:
            kept.append(replace(span, start=start))
            end = span.end
    return tuple(kept)
