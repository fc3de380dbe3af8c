"""The battery: honest gold, the same pages for the same seed, and figures that stand on the page."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import training.battery
from nianbao.evaluation import score
from nianbao.rules.forms import table_cells
from training.battery import content, forms, glue, layouts, numbers, pages, values
from training.battery.__main__ import main
from training.battery.content import Sources
from training.battery.damages import DAMAGES, three
from training.battery.draft import Grid, failed_checks

SOURCES = Sources.load(None)
REPORT_KINDS = [kind for kind in pages.KINDS if not kind.startswith("other/")]


def page(kind: str, number: int = 0, seed: int = 1) -> pages.Page:
    return pages.page(kind, number, seed, SOURCES)


def record_of(gold: dict[str, Any]) -> dict[str, Any]:
    """Return the record that says what `gold` says."""
    sections = [
        {**section, "text": section["starts"] + section["ends"]} for section in gold["sections"]
    ]
    checks = [{"id": check, "status": "fail"} for check in gold.get("failed_checks", ())]
    return {**gold, "sections": sections, "checks": checks}


@pytest.mark.parametrize("kind", pages.KINDS)
def test_same_seed_same_page(kind: str) -> None:
    first, again = page(kind), page(kind)
    assert (first.data, first.gold, first.name) == (again.data, again.gold, again.name)
    assert page(kind, seed=2).data != first.data or kind in ("other/error",)


@pytest.mark.parametrize("kind", REPORT_KINDS)
def test_gold_is_perfect_against_itself(kind: str) -> None:
    for number in range(3):
        gold = page(kind, number).gold
        assert score(gold, record_of(gold)).errors == ()


@pytest.mark.parametrize("kind", [f"plain/{name}" for name in (*layouts.PLAIN, *layouts.MARKUP)])
def test_every_figure_stands_on_the_page(kind: str) -> None:
    for number in range(4):
        made = page(kind, number)
        text = made.data.decode("gb18030" if kind.endswith("gbk") else "utf-8")
        for cells in made.gold["tables"].values():
            for value in (v for row in cells.values() for v in row.values() if v):
                assert (f"{value:f}" if isinstance(value, Decimal) else str(value)) in text
        for section in made.gold["sections"]:
            assert section["heading"] in text


@pytest.mark.parametrize(
    "kind", ["damage/cells-dropped", "damage/merged", "damage/empties-dropped"]
)
def test_what_is_judged_strictly_was_not_lost(kind: str) -> None:
    for number in range(4):
        made = page(kind, number)
        accept = made.gold["accept"]
        assert accept
        assert "failed_checks" not in made.gold
        text = made.data.decode()
        for table, cells in made.gold["tables"].items():
            for row, columns in cells.items():
                for column, value in columns.items():
                    path = f"{table}.{row}.{column}"
                    if value and path not in accept:
                        assert f"{value}" in text
                    assert value in accept.get(path, [value])


def test_gold_has_every_cell_of_its_form() -> None:
    for number in range(6):
        gold = page("plain/tabs", number).gold
        if "format" not in gold:
            continue
        for table, cells in gold["tables"].items():
            expected = table_cells(table, gold["format"])
            assert {row: tuple(columns) for row, columns in cells.items()} == expected


def test_every_kind_is_described_once() -> None:
    text = training.battery.__doc__ or ""
    named = [
        line.split()[0] for line in text.splitlines() if line.startswith("    ") and "/" in line
    ]
    assert [kind for kind in named if kind in pages.KINDS] == list(pages.KINDS)


def test_most_figures_are_nought_and_most_books_balance() -> None:
    golds = [page("plain/tabs", number).gold for number in range(60)]
    cells = [
        v for g in golds for t in g["tables"].values() for row in t.values() for v in row.values()
    ]
    assert 0.6 < sum(1 for value in cells if value == 0) / len(cells) < 0.95
    wrong = sum(bool(gold["failed_checks"]) for gold in golds)
    assert 0 < wrong < 20


def test_a_glued_run_is_read_in_every_possible_way() -> None:
    assert glue.summed_runs("801000081", 7, 1) == {(80, 1, 0, 0, 0, 0, 81)}
    assert glue.summed_runs("1000001", 7, 1) == {(1, 0, 0, 0, 0, 0, 1)}
    assert len(glue.summed_runs("110000011", 7, 1)) > 1
    assert glue.plain_runs("77132470", ("made", "repealed", "in_force")) >= {
        (77, 132, 470),
        (7, 7, 132470),
    }
    with_change = glue.plain_runs("2648-18538", ("items_last_year", "change", "decisions"))
    assert with_change == {(2648, -1, 8538), (2648, -18, 538), (2648, -185, 38), (2648, -1853, 8)}
    assert glue.plain_runs("2570.5", ("items", "amount")) == {
        (2, Decimal("570.5")),
        (25, Decimal("70.5")),
        (257, Decimal("0.5")),
    }
    run = "1 0 0 0 1 2 1 0 0 3 0 0 4 0 4".replace(" ", "")
    assert (1, 0, 0, 0, 1, 2, 1, 0, 0, 3, 0, 0, 4, 0, 4) in glue.summed_runs(run, 5, 3)


def test_rows_with_dropped_cells_keep_what_is_still_certain() -> None:
    draft = content.make(random.Random(3), SOURCES)
    run = draft.grids()[1].value_runs()[0]
    for cell, value in zip(run, (3, 2, 0, 0, 1, 0, 6), strict=True):
        assert cell.path
        draft.values[cell.path] = value
        cell.text = str(value)
    run[6].text = ""
    glue.mark_dropped(draft, run, 1, True)
    assert draft.accept[run[6].path or ""] == [6, None]
    run[6].text, run[5].text = "6", ""
    draft.accept.clear()
    glue.mark_dropped(draft, run, 1, True)
    assert run[6].path not in draft.accept
    assert draft.accept[run[0].path or ""] == [3, None]


def test_a_table_that_lost_all_of_its_cells_prints_nothing() -> None:
    grid = Grid("requests", "2021", [], 3)
    assert (grid.rows(), grid.width(), grid.value_runs()) == ([], 0, [])


def test_forms_print_with_the_spans_of_the_form() -> None:
    grid = forms.requests("2021", lambda path: "0")
    assert (len(grid.rows()), grid.width()) == (3 + 25, 10)
    covered = sum(cell.rowspan * cell.colspan for cell in grid.cells)
    assert covered == 28 * 10
    for form, width in (("2021", 4), ("2019", 5)):
        table = forms.proactive(form, lambda path: "0")
        assert sum(c.rowspan * c.colspan for c in table.cells) == len(table.rows()) * width
    review = forms.review("2021", lambda path: "0")
    assert sum(c.rowspan * c.colspan for c in review.cells) == 4 * 15


def test_made_figures_fail_no_check() -> None:
    rng = random.Random(5)
    for form in ("2021", "2019"):
        cells = numbers.requests(rng, form, "large") | numbers.review(rng, "large")
        assert failed_checks(cells) == []
        cells["requests.granted.total"] = 10**9
        assert failed_checks(cells) == [
            "requests.results_sum.total",
            "requests.row_sum.granted",
        ]


def test_chinese_numerals() -> None:
    assert [values.chinese(n) for n in (0, 7, 10, 15, 20, 99)] == [
        "零",
        "七",
        "十",
        "十五",
        "二十",
        "九十九",
    ]


def test_three_damages_are_of_three_groups_and_all_meet() -> None:
    rng = random.Random(8)
    chosen = [three(rng) for _ in range(300)]
    assert all(len({damage.group for damage in each}) == 3 for each in chosen)
    assert {damage.name for each in chosen for damage in each} == set(DAMAGES)


def test_pages_are_written_with_their_gold(tmp_path: Path) -> None:
    kinds = ["plain/tabs", "plain/html-gbk", "other/law"]
    assert main(["--out", str(tmp_path), "--per-kind", "2", "--kinds", *kinds]) == 0
    written = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*-000*"))
    assert written == [
        "other/law/gold/law-000.json",
        "other/law/law-000.txt",
        "plain/html-gbk/gold/html-gbk-000.json",
        "plain/html-gbk/html-gbk-000.html",
        "plain/tabs/gold/tabs-000.json",
        "plain/tabs/tabs-000.txt",
    ]
    gold = json.loads((tmp_path / "other/law/gold/law-000.json").read_text(encoding="utf-8"))
    assert gold == {"is_report": False}


def test_an_unknown_kind_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--evaluate", "--kinds", "plain/papyrus"]) == 2
    assert "papyrus" in capsys.readouterr().err
