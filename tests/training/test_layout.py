"""Marks stay exact: after edits, and in every layout."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.spans import check_spans
from tests.training.made_content import small_content
from training.synthesis.layout import Annotated, Edit, Mark
from training.synthesis.layout_registry import FLAT_LAYOUTS

CONTENT = small_content()
PIECES = {
    (piece.label, piece.text.strip())
    for block in CONTENT.blocks
    for piece in block.pieces
    + tuple(p for c in (block.table.cells if block.table else ()) for p in c.pieces)
    if piece.label
}


def squeeze(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", FLAT_LAYOUTS)
@pytest.mark.parametrize("seed", range(6))
def test_layout_marks_what_it_prints(name: str, seed: int) -> None:
    made = FLAT_LAYOUTS[name](CONTENT, Random(seed))
    check_spans(made.spans, made.text)
    names: dict[str, set[str]] = {}
    for label, text in PIECES:
        names.setdefault(str(label), set()).add(squeeze(text))
    printed: dict[str, set[str]] = {}
    for span in made.spans:
        text = made.text[span.start : span.end]
        assert text == text.strip()
        printed.setdefault(span.label, set()).add(squeeze(text))
        if span.label == "value":
            assert squeeze(text) in names["value"]
        else:
            assert any(squeeze(text) in name for name in names[span.label])
    assert printed.keys() == names.keys()
    paths = [mark.path for mark in made.marks if mark.label == "value"]
    values = [
        cell.path
        for block in CONTENT.blocks
        if block.table
        for cell in block.table.cells
        if cell.kind == "value" and cell.pieces
    ]
    assert sorted(map(str, paths)) == sorted(map(str, values))
    assert made == FLAT_LAYOUTS[name](CONTENT, Random(seed))


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[Annotated, list[Edit]]:
    text = draw(st.text("甲乙丙丁0123 ", min_size=1, max_size=30))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    marks = [Mark(a, b, "value") for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b]
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    new = st.text("xyz", max_size=3)
    edits = [Edit(a, b, draw(new)) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]
    return Annotated(text, tuple(marks)), edits


@given(edited_texts())
def test_edits_keep_marks_exact(case: tuple[Annotated, list[Edit]]) -> None:
    made, edits = case
    after = made.edited(edits)
    text = list(made.text)
    for edit in sorted(edits, reverse=True):
        text[edit.start : edit.end] = [edit.text]
    assert after.text == "".join(text)
    check_spans(after.spans, after.text)
    expected = []
    for mark in made.marks:
        body = ""
        position = mark.start
        for edit in sorted(edits):
            inside = mark.start <= edit.start and edit.end <= mark.end
            insertion_at_rim = edit.start == edit.end and edit.start in (mark.start, mark.end)
            if edit.end < position or edit.start > mark.end or insertion_at_rim:
                continue
            body += made.text[position : max(position, edit.start)]
            body += edit.text if inside else ""
            position = max(position, edit.end)
        body += made.text[position : mark.end]
        if body:
            expected.append(body)
    assert [after.text[m.start : m.end] for m in after.marks] == expected


def test_overlapping_edits_are_refused() -> None:
    made = Annotated("甲乙丙", ())
    with pytest.raises(ValueError, match="overlaps"):
        made.edited([Edit(0, 2, "x"), Edit(1, 3, "y")])
