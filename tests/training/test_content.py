"""The content of made reports: labels, geometry of the forms, answers, determinism."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from nianbao.checks.arithmetic import run_checks
from nianbao.numbers import read_number
from nianbao.reading.folding import fold
from nianbao.rules.forms import MONEY, PROACTIVE, REQUESTS, REVIEW, ROWS, SECTIONS, table_cells
from nianbao.spans import LABELS
from training.synthesis.content import ContentOptions, Corpus, make_content, make_other_page
from training.synthesis.corpus import HELD_OUT_PROVINCES
from training.synthesis.dressing import chinese_number
from training.synthesis.label_words import BODIES
from training.synthesis.model import Content, GridTable, Piece
from training.synthesis.numbers import failed_checks, make_values
from training.synthesis.sections import HEADINGS

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
CORPUS = Corpus.without_data()
SEEDS = range(150)
MADE = [make_content(random.Random(seed), CORPUS) for seed in SEEDS]
WHOLE = {
    form: make_content(random.Random(7), CORPUS, options=ContentOptions(format=form, whole=True))
    for form in ("2021", "2019")
}


def _pieces(content: Content) -> Iterator[Piece]:
    for block in content.blocks:
        yield from block.pieces
        if block.table:
            for cell in block.table.cells:
                yield from cell.pieces


def _tables(content: Content) -> dict[str, GridTable]:
    return {block.table.id: block.table for block in content.blocks if block.table}


def test_labels_are_known_and_no_piece_is_empty() -> None:
    known = {None, *LABELS}
    for content in MADE:
        for piece in _pieces(content):
            assert piece.label in known
            assert piece.text


def test_every_label_is_made() -> None:
    seen = {piece.label for content in MADE for piece in _pieces(content)}
    assert set(LABELS) <= seen


def test_labelled_pieces_have_no_blank_edges() -> None:
    for content in MADE:
        for piece in _pieces(content):
            if piece.label not in (None, "furniture"):
                assert piece.text == piece.text.strip(), piece


def test_the_usual_wording_is_the_statutory_one() -> None:
    for table, rows in ROWS.items():
        for row, name in rows.items():
            if row != "normative_documents":
                usual = fold(BODIES[f"row.{table}.{row}"][0][0]).text
                assert usual in fold(name).text
    for section, heading in SECTIONS.items():
        assert HEADINGS[section][0][0] in heading


def test_no_wording_stands_under_two_labels_of_a_table() -> None:
    """A wording of two rows would teach a contradiction."""
    for table in ROWS:
        owners: dict[str, set[str]] = {}
        for label, wordings in BODIES.items():
            if label.startswith(f"row.{table}."):
                for text, _ in wordings:
                    owners.setdefault(text, set()).add(label)
        assert {text for text, labels in owners.items() if len(labels) > 1} == set()
    titles = [text for wordings in HEADINGS.values() for text, _ in wordings]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(("form", "cells"), [("2021", 200), ("2019", 198)])
def test_a_whole_report_has_the_cells_of_its_form(form: str, cells: int) -> None:
    tables = _tables(WHOLE[form])
    paths = [c.path for table in tables.values() for c in table.cells if c.kind == "value"]
    expected = {
        f"{table}.{row}.{column}"
        for table in (PROACTIVE, REQUESTS, REVIEW)
        for row, columns in table_cells(table, form).items()
        for column in columns
    }
    assert len(paths) == cells
    assert set(paths) == expected


@pytest.mark.parametrize(
    ("form", "table", "rows", "columns"),
    [
        ("2021", PROACTIVE, 14, 4),
        ("2019", PROACTIVE, 18, 5),
        ("2021", REQUESTS, 28, 10),
        ("2019", REQUESTS, 26, 10),
        ("2021", REVIEW, 4, 15),
        ("2019", REVIEW, 4, 15),
    ],
)
def test_a_table_fills_its_grid_once(form: str, table: str, rows: int, columns: int) -> None:
    grid = _tables(WHOLE[form])[table]
    covered = [
        (row, column)
        for cell in grid.cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for column in range(cell.column, cell.column + cell.colspan)
    ]
    assert len(covered) == len(set(covered)) == rows * columns
    assert (grid.rows, grid.columns) == (rows, columns)


def test_every_grid_is_covered_once_whatever_was_drawn() -> None:
    for content in MADE:
        for grid in _tables(content).values():
            area = sum(cell.rowspan * cell.colspan for cell in grid.cells)
            assert area == grid.rows * grid.columns


def test_a_value_cell_is_one_labelled_piece_or_empty() -> None:
    for content in MADE:
        for grid in _tables(content).values():
            for cell in grid.cells:
                if cell.kind == "value" and cell.path:
                    assert [piece.label for piece in cell.pieces] in ([], ["value"])
                else:
                    assert cell.path is None
                    assert len(cell.pieces) == (0 if cell.kind == "value" and not cell.text else 1)


def test_gold_tables_are_what_the_cells_print() -> None:
    for content in MADE:
        gold = content.gold["tables"]
        assert set(gold) == set(_tables(content))
        for grid in _tables(content).values():
            for cell in grid.cells:
                if not cell.path:
                    continue
                table, rest = cell.path.split(".", 1)
                row, column = rest.rsplit(".", 1)
                value = gold[table][row][column]
                assert value is None or isinstance(value, int | Decimal)
                printed = read_number(fold(cell.text).text, money=cell.path in MONEY)
                assert printed.value == value, cell.text


def test_failed_checks_are_those_of_the_printed_values() -> None:
    some = 0
    for content in MADE:
        forms = {grid.id: grid.form for grid in _tables(content).values()}
        values = {
            f"{table}.{row}.{column}": value
            for table, rows in content.gold["tables"].items()
            for row, columns in rows.items()
            for column, value in columns.items()
        }
        assert content.gold["failed_checks"] == failed_checks(values, forms)
        results = run_checks(values, content.gold["format"], tuple(content.gold["tables"]))
        assert content.gold["failed_checks"] == sorted(r.id for r in results if r.status == "fail")
        some += bool(content.gold["failed_checks"])
    assert 0.04 < some / len(MADE) < 0.35


def test_undisturbed_values_pass_every_check() -> None:
    forms = {PROACTIVE: "2021", REQUESTS: "2021", REVIEW: "2021"}
    for seed in range(60):
        assert failed_checks(make_values(random.Random(seed), 2, forms), forms) == []


def test_a_check_is_skipped_without_total_or_addends() -> None:
    forms = {REQUESTS: "2021", REVIEW: "2021"}
    values = dict.fromkeys(make_values(random.Random(0), 0, forms), None)
    assert failed_checks(values, forms) == []
    values[f"{REQUESTS}.granted.total"] = 5
    assert failed_checks(values, forms) == []
    values[f"{REQUESTS}.granted.other"] = 4
    assert failed_checks(values, forms) == ["requests.row_sum.granted"]
    values[f"{REQUESTS}.new_received.total"] = values[f"{REQUESTS}.results_total.total"] = 6
    assert failed_checks(values, forms) == [
        "requests.results_sum.total",
        "requests.row_sum.granted",
    ]
    values[f"{REQUESTS}.carried_over.total"] = 1
    assert "requests.balance.total" in failed_checks(values, forms)


def test_sections_of_gold_are_the_headings_and_narratives() -> None:
    for content in MADE:
        headings = [b.pieces[0] for b in content.blocks if b.kind == "heading"]
        labels = [f"heading.{section['id']}" for section in content.gold["sections"]]
        assert [piece.label for piece in headings] == labels
        assert [s["heading"] for s in content.gold["sections"]] == [p.text for p in headings]
        for section in content.gold["sections"]:
            assert list(SECTIONS)[section["number"] - 1] == section["id"]
            assert len(section["starts"]) <= 24 and len(section["ends"]) <= 24


def test_the_answer_stands_on_the_page() -> None:
    for content in MADE:
        text = "".join(piece.text for piece in _pieces(content)).replace(" ", "")
        labels = {piece.label for piece in _pieces(content)}
        if "agency" in content.gold:
            assert content.gold["agency"].replace(" ", "") in text
        assert ("date" in labels) == (content.gold["published"] is not None)
        assert ("title" in labels) == ("title" in content.gold)


def test_the_same_seed_makes_the_same_report() -> None:
    for seed in range(20):
        again = make_content(random.Random(seed), CORPUS)
        assert again == MADE[seed]
        assert again.gold == MADE[seed].gold


def test_formats_are_mixed() -> None:
    formats = {content.gold["format"] for content in MADE}
    assert formats == {"2021", "2019", "pre2019"}
    assert any(len({g.form for g in _tables(c).values()}) > 1 for c in MADE)


def test_zeros_are_the_rule() -> None:
    values = [
        value
        for content in MADE
        for rows in content.gold["tables"].values()
        for columns in rows.values()
        for value in columns.values()
    ]
    assert 0.86 < sum(not value for value in values) / len(values) < 0.97


def test_a_page_that_is_no_report_says_only_that() -> None:
    for seed in range(60):
        page = make_other_page(random.Random(seed), CORPUS)
        assert page.gold == {"is_report": False}
        assert {block.kind for block in page.blocks} <= {"chrome", "paragraph"}
        assert {piece.label for piece in _pieces(page)} <= {None, "furniture"}


def test_chinese_numbers() -> None:
    pairs = {
        0: "零",
        7: "七",
        10: "十",
        12: "十二",
        20: "二十",
        105: "一百零五",
        2010: "二千零一十",
    }
    assert {number: chinese_number(number) for number in pairs} == pairs


@pytest.mark.skipif(not DATA.exists(), reason="the shared folder is absent")
def test_places_are_split_by_province() -> None:
    train = Corpus.load(DATA, "train")
    held_out = Corpus.load(DATA, "held_out")
    assert {place.province for place in held_out.places} == HELD_OUT_PROVINCES
    assert not {place.province for place in train.places} & HELD_OUT_PROVINCES
    assert len(train.sentences) > 1000
    make_content(random.Random(1), train)
