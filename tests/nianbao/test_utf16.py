"""Offsets in UTF-16 units, against Python's own encoder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.spans import Span
from nianbao.utf16 import Units, from_utf16, to_utf16

TEXTS = st.text(st.sampled_from("年报a\n0 𠮷𪚥😀\ufe0f\ud842"), max_size=40)


def cut(text: str, start: int, end: int) -> str:
    """Return what a browser cuts out of `text`."""
    data = text.encode("utf-16-le", "surrogatepass")
    return data[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


@given(TEXTS, st.data())
def test_a_browser_cuts_out_the_same_and_the_way_back_is_exact(
    text: str, data: st.DataObject
) -> None:
    ends = st.integers(0, len(text))
    pairs = (
        data.draw(st.lists(st.tuples(ends, ends).filter(lambda p: p[0] < p[1]), max_size=5))
        if text
        else []
    )
    spans = [Span(start, end, "value", 0.5, "rules") for start, end in pairs]
    moved = to_utf16(text, spans)
    if "\ud842" not in text:  # a lone half beside another is read as a pair
        assert [cut(text, m.start, m.end) for m in moved] == [text[s.start : s.end] for s in spans]
    back = from_utf16(text, moved)
    assert back == spans
    assert [(s.score, s.source, s.label) for s in back] == [(0.5, "rules", "value")] * len(spans)


@given(TEXTS)
def test_every_offset_comes_back_or_lies_within_a_character(text: str) -> None:
    units = Units(text)
    assert units.length == len(text.encode("utf-16-le", "surrogatepass")) // 2
    there = [units.units(offset) for offset in range(len(text) + 1)]
    assert [units.characters(offset) for offset in there] == list(range(len(text) + 1))
    for offset in set(range(units.length + 1)) - set(there):
        with pytest.raises(ValueError, match=f"offset {offset} lies within a character"):
            units.characters(offset)


def test_what_lies_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="offset 3 lies outside 2 characters"):
        to_utf16("𠮷a", [Span(1, 3, "value")])
    with pytest.raises(ValueError, match="offset 4 lies outside 3 UTF-16 units"):
        from_utf16("𠮷a", [Span(2, 4, "value")])
    with pytest.raises(ValueError, match="offset -1 lies outside"):
        Units("a").characters(-1)
