"""Spans: what may be one, and what a list of them may hold."""

from __future__ import annotations

import pytest

from nianbao.rules.forms import COLUMNS, ROWS, SECTIONS
from nianbao.spans import LABELS, Span, check_spans


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3), (-1, 2)])
def test_an_empty_or_reversed_span_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="empty or reversed"):
        Span(start, end, "value")


def test_score_and_source_are_provenance() -> None:
    assert Span(0, 1, "value", 0.3, "rules") == Span(0, 1, "value", 0.9, "gold")
    assert hash(Span(0, 1, "value", 0.3)) == hash(Span(0, 1, "value", 0.9))
    assert Span(0, 1, "value") != Span(0, 1, "note")


def test_the_labels_name_every_part_of_the_forms_once() -> None:
    assert len(set(LABELS)) == len(LABELS)
    assert {f"heading.{section}" for section in SECTIONS} <= set(LABELS)
    assert {f"row.{table}.{row}" for table, rows in ROWS.items() for row in rows} <= set(LABELS)
    assert {f"column.{t}.{c}" for t, columns in COLUMNS.items() for c in columns} <= set(LABELS)


def test_checking_sorts() -> None:
    spans = [Span(2, 3, "value"), Span(0, 2, "note")]
    assert check_spans(spans, "abc") == [spans[1], spans[0]]


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([Span(0, 1, "nothing")], "unknown label"),
        ([Span(2, 4, "value")], "outside 3 characters"),
        ([Span(0, 2, "value"), Span(1, 3, "note")], "overlaps"),
    ],
)
def test_checking_names_what_is_wrong(spans: list[Span], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_spans(spans, "abc")
