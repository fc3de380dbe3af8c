"""Labelled spans of a document, as a table and as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.table import Table

from nianbao.document import Document
from nianbao.spans import Span
from nianbao.view.marks import LOW_CONFIDENCE
from nianbao.view.record import line_number, one_line


def render(spans: Sequence[Span], document: Document) -> Table:
    """Return one line for each span, in the order of the text."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("start", "end", "line"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("label", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("source", no_wrap=True)
    table.add_column("text", overflow="ellipsis", no_wrap=True)
    for span in spans:
        table.add_row(
            str(span.start),
            str(span.end),
            str(line_number(document, span.start)),
            span.label,
            f"{span.score:.3f}",
            span.source,
            one_line(document.text[span.start : span.end]),
            style="yellow" if span.score < LOW_CONFIDENCE else None,
        )
    return table


def to_jsonl(spans: Sequence[Span], document: Document) -> str:
    """Return one JSON object a line: start, end, label, score, source and the text labelled."""
    return "".join(
        json.dumps(
            {
                "start": span.start,
                "end": span.end,
                "label": span.label,
                "score": round(span.score, 6),
                "source": span.source,
                "text": document.text[span.start : span.end],
            },
            ensure_ascii=False,
        )
        + "\n"
        for span in spans
    )
