"""What the form itself says of a labeller's spans."""

from __future__ import annotations

import pytest

from nianbao.spans import Span
from nianbao.tidy import tidy

ROW = "row.requests.carried_over"


def named(text: str, spans: list[Span]) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.label) for span in tidy(text, spans)]


@pytest.mark.parametrize("cut", ["没有", "没有的填", "没有的填0"])
def test_an_instruction_is_the_labels_whatever_of_it_was_labelled(cut: str) -> None:
    text = "上年结转数量(没有的填0)\t4\t0"
    end = text.index(cut) + len(cut)
    values = [Span(m, m + 1, "value") for m in (text.index("4"), len(text) - 1)]
    torn = [Span(end, text.index(")") + 1, "value")] if end < text.index(")") else []
    expected = [("上年结转数量(没有的填0)", ROW), ("4", "value"), ("0", "value")]
    assert named(text, [Span(0, end, ROW), *torn, *values]) == expected


def test_a_number_in_brackets_behind_a_label_is_a_value() -> None:
    text = "上年结转数量(12)"
    spans = [Span(0, 6, ROW), Span(7, 9, "value")]
    assert named(text, spans) == [("上年结转数量", ROW), ("12", "value")]


def test_letters_that_touch_a_label_are_no_value() -> None:
    text = "上年结转申请数晕 4"
    spans = [Span(0, 7, ROW), Span(7, 8, "value"), Span(9, 10, "value")]
    assert named(text, spans) == [("上年结转申请数晕", ROW), ("4", "value")]


@pytest.mark.parametrize("value", ["三", "无", "7"])
def test_numbers_that_touch_a_label_are_values(value: str) -> None:
    text = f"上年结转{value}"
    assert named(text, [Span(0, 4, ROW), Span(4, 5, "value")]) == [
        ("上年结转", ROW),
        (value, "value"),
    ]
