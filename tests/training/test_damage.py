"""Every damage keeps every span exact, and says what it lost."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from random import Random

import pytest

from nianbao.reading.folding import fold
from nianbao.spans import check_spans
from tests.training.made_content import small_content
from training.synthesis.damage import STRUCTURAL, TEXTUAL
from training.synthesis.damage_blocks import followed_by
from training.synthesis.layout import Annotated
from training.synthesis.layout_registry import FLAT_LAYOUTS
from training.synthesis.model import Content

CONTENT = small_content()
SEEDS = range(5)
LAYOUT_NAMES = ("pipes", "cell_lines", "glued_page", "pdf_rows")
#: Damages that change Chinese characters themselves.
NOISE = {"character_noise", "shifted_bytes", "question_marks", "stops_lost", "traditional"}
NOISE |= {"over_converted", "ruby_toned", "ruby_toneless"}  # Taiwan wording; damaged conversions


def texts_of(content: Content) -> dict[str, set[str]]:
    """Label -> the texts printed under it, without blanks."""
    found: dict[str, set[str]] = {}
    for block in content.blocks:
        pieces = list(block.pieces)
        for cell in block.table.cells if block.table else ():
            pieces += cell.pieces
        for piece in pieces:
            if piece.label:
                found.setdefault(piece.label, set()).add("".join(piece.text.split()))
    return found


def bare(text: str) -> str:
    """`text` without blanks, ruby, and the difference of scripts and widths."""
    folded = unicodedata.normalize("NFKC", fold(text).text)
    return re.sub(r"[\s\u200b\ufeff]+", "", folded)


def rendered(content: Content, name: str, seed: int) -> Annotated:
    return FLAT_LAYOUTS[name](content, Random(seed))


@pytest.mark.parametrize("name", STRUCTURAL)
@pytest.mark.parametrize("seed", SEEDS)
def test_structural_damage_keeps_the_labels_it_keeps(name: str, seed: int) -> None:
    damaged = STRUCTURAL[name](CONTENT, Random(seed))
    assert damaged == STRUCTURAL[name](CONTENT, Random(seed))
    printed = texts_of(damaged)
    for layout in LAYOUT_NAMES:
        made = rendered(damaged, layout, seed)
        check_spans(made.spans, made.text)
        for mark in made.marks:
            text = "".join(made.text[mark.start : mark.end].split())
            assert any(text in whole for whole in printed[mark.label])
        assert {mark.label for mark in made.marks} == printed.keys()
    if name == "numbers_restarted":
        return
    names = texts_of(CONTENT)
    for label, texts in printed.items():
        assert label == "furniture" or texts <= names[label]


@pytest.mark.parametrize("name", TEXTUAL)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_textual_damage_moves_the_marks_with_their_text(name: str, seed: int, layout: str) -> None:
    before = rendered(CONTENT, layout, seed)
    after = TEXTUAL[name](before, Random(seed))
    assert after == TEXTUAL[name](before, Random(seed))
    check_spans(after.spans, after.text)
    if len(after.marks) != len(before.marks):
        assert name in NOISE  # a short label may lose all its characters
        return
    for old, new in zip(before.marks, after.marks, strict=True):
        assert (old.label, old.path) == (new.label, new.path)
        was = before.text[old.start : old.end]
        now = after.text[new.start : new.end]
        if old.label == "value":
            assert bare(now).upper().translate(str.maketrans("OLI", "011")) == bare(was)
        elif name not in NOISE:
            assert bare(now) == bare(was)
        else:
            assert len(now) <= 4 * len(was) + 60


def test_a_value_run_keeps_its_cells_apart() -> None:
    made = rendered(CONTENT, "glued_page", 1)
    damaged = TEXTUAL["ruby_toned"](made, Random(3))
    values = [mark for mark in damaged.marks if mark.label == "value"]
    touching = [a for a, b in pairwise(values) if a.end == b.start]
    assert len(touching) > 50


def test_ruby_behind_a_label_belongs_to_it() -> None:
    made = rendered(CONTENT, "cell_lines", 1)
    for seed in range(20):
        damaged = TEXTUAL["ruby_toneless"](made, Random(seed))
        for mark in damaged.marks:
            assert not damaged.text[mark.end :].startswith("(") or damaged.text[
                mark.end + 1
            ] not in ("abcdefghijklmnopqrstuvwxyz")


def test_another_report_has_no_cells_of_this_one() -> None:
    both = followed_by(CONTENT, CONTENT)
    made = rendered(both, "pipes", 2)
    values = [mark for mark in made.marks if mark.label == "value"]
    assert sum(mark.path is not None for mark in values) * 2 == len(values)


def test_glued_digits_give_the_next_rows_number_to_its_label() -> None:
    made = rendered(CONTENT, "glued_page", 4)
    at = made.text.index("4.保护第三方合法权益")
    label = next(mark for mark in made.marks if mark.start == at)
    assert label.label == "row.requests.denied.third_party_rights"
    assert any(mark.end == at and mark.label == "value" for mark in made.marks)
