"""Torn scans, rows and columns of no form, specks, dressed cells, far headings, advertising."""

from __future__ import annotations

from random import Random

import pytest

from nianbao.numbers import read_number
from nianbao.reading.folding import fold
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW
from tests.training.made_content import small_content
from training.synthesis.adverts import advert, advert_line, brand
from training.synthesis.damage_extra import _ROWS, _row_name, extra_columns, extra_rows
from training.synthesis.damage_spacing import digits_dusted
from training.synthesis.damage_tables import zeros_unseen
from training.synthesis.dressing import print_values
from training.synthesis.far_headings import HEADINGS, far_heading, far_title
from training.synthesis.layout_registry import FLAT_LAYOUTS
from training.synthesis.model import Content
from training.synthesis.numbers import make_values
from training.synthesis.paraphrase import tells

CONTENT = small_content()


def grid_area(content: Content) -> list[tuple[int, int]]:
    tables = [block.table for block in content.blocks if block.table]
    return [
        (sum(c.rowspan * c.colspan for c in table.cells), table.rows * table.columns)
        for table in tables
    ]


def paths(content: Content) -> set[str]:
    return {c.path for b in content.blocks if b.table for c in b.table.cells if c.path}


@pytest.mark.parametrize("damage", [extra_rows, extra_columns])
def test_what_no_form_has_is_unlabelled_and_moves_no_cell(damage) -> None:  # type: ignore[no-untyped-def]
    labelled = {p.label for b in CONTENT.blocks if b.table for c in b.table.cells for p in c.pieces}
    grew = 0
    for seed in range(60):
        changed = damage(CONTENT, Random(seed))
        assert paths(changed) == paths(CONTENT)
        new = {p.text for b in changed.blocks if b.table for c in b.table.cells
               for p in c.pieces if p.label is None}  # fmt: skip
        assert {
            p.label for b in changed.blocks if b.table for c in b.table.cells for p in c.pieces
        } <= labelled | {None}
        grew += bool(new)
        for covered, area in grid_area(changed):
            assert covered <= area
    assert grew > 30


@pytest.mark.parametrize("table", [PROACTIVE, REQUESTS])
def test_an_extra_row_is_called_like_none_of_the_form(table: str) -> None:
    rng = Random(3)
    names = {_row_name(table, rng) for _ in range(200)}
    assert len(names) > 100
    assert not any(
        tells(f"row.{REQUESTS}.other_processing.other", n) for n in names if table == REQUESTS
    )
    assert not {"规章", "行政许可", "总计", "其他"} & set(_ROWS[REQUESTS])


def test_a_torn_label_stands_behind_some_of_its_values() -> None:
    behind = 0
    for seed in range(40):
        made = FLAT_LAYOUTS["torn_rows"](CONTENT, Random(seed))
        for before, mark in zip(made.marks, made.marks[1:], strict=False):
            behind += (
                mark.label.startswith("row.")
                and before.label == "value"
                and any(
                    other.label == mark.label and other.end < before.start for other in made.marks
                )
            )
    assert behind > 20


def test_specks_are_no_part_of_what_they_stand_beside() -> None:
    made = FLAT_LAYOUTS["pipes"](CONTENT, Random(1))
    dusted = digits_dusted(made, Random(2))
    assert dusted.text != made.text
    texts = [made.text[m.start : m.end] for m in made.marks]
    assert [dusted.text[m.start : m.end] for m in dusted.marks] == texts


def test_only_zeros_are_overlooked() -> None:
    for seed in range(10):
        seen = zeros_unseen(CONTENT, Random(seed))
        gone = paths(CONTENT) - paths(seen)
        values = {c.path: c.text for b in CONTENT.blocks if b.table for c in b.table.cells}
        assert {values[path] for path in gone} <= {"0"}


def test_dressed_cells_read_as_what_they_stand_for() -> None:
    forms = {PROACTIVE: "2019", REQUESTS: "2019", REVIEW: "2019"}
    dressed = 0
    for seed in range(120):
        rng = Random(seed)
        for path, cell in print_values(rng, make_values(rng, 2, forms)).items():
            if (
                not cell.text.isdigit()
                and "." not in path.split(".")[-1]
                and cell.value is not None
            ):
                money = path.endswith(("amount", "amount_10k_yuan"))
                assert read_number(fold(cell.text).text, money=money).value == cell.value, cell.text
                dressed += 1
    assert dressed > 500


def test_no_far_heading_is_one_of_two_sections() -> None:
    made = {
        section: {far_heading(Random(seed), section) for seed in range(400)} for section in HEADINGS
    }
    for section, words in made.items():
        assert len(words) > 15, section
        others = set[str]().union(*(texts for name, texts in made.items() if name != section))
        assert not words & others
        assert not any("[" in text or "]" in text for text in words)
    titles = {far_title(Random(seed)) for seed in range(200)}
    assert len(titles) > 40
    assert not any(set("[]|?") & set(title) for title in titles)


def test_adverts_repeat_themselves_by_seed() -> None:
    assert advert(Random(4)) == advert(Random(4))
    assert len({advert(Random(seed)) for seed in range(200)}) > 100
    assert advert_line(Random(1), brand(Random(1))) == advert_line(Random(1), brand(Random(1)))
