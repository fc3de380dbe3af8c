"""The grids of the page are those of the library."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, table_cells
from serving.grids import FILE, FORMS, grid, to_json

TABLES = (PROACTIVE, REQUESTS, REVIEW)


def covered(drawn: dict[str, Any]) -> Counter[tuple[int, int]]:
    return Counter(
        (row, column)
        for cell in drawn["cells"]
        for row in range(cell["row"], cell["row"] + cell.get("rowspan", 1))
        for column in range(cell["column"], cell["column"] + cell.get("colspan", 1))
    )


def test_the_file_of_the_page_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == to_json(), "run python -m serving.grids"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("table", TABLES)
def test_a_grid_is_covered_once_and_has_every_cell_of_the_form(table: str, form: str) -> None:
    drawn = grid(table, form)
    places = {(r, c) for r in range(drawn["rows"]) for c in range(len(drawn["columns"]))}
    assert covered(drawn) == Counter(places)
    paths = [cell["path"] for cell in drawn["cells"] if "path" in cell]
    rows = table_cells(table, form).items()
    assert paths == [f"{table}.{row}.{column}" for row, columns in rows for column in columns]


@pytest.mark.parametrize(
    ("table", "form", "columns", "rows"),
    [
        (PROACTIVE, "2021", 4, 14),
        (PROACTIVE, "2019", 5, 18),
        (REQUESTS, "2021", 10, 3 + 25),
        (REQUESTS, "2019", 10, 3 + 23),
        (REVIEW, "2021", 15, 4),
        (REVIEW, "2019", 15, 4),
    ],
)
def test_a_grid_has_the_lines_of_the_printed_form(
    table: str, form: str, columns: int, rows: int
) -> None:
    drawn = grid(table, form)
    assert (len(drawn["columns"]), drawn["rows"]) == (columns, rows)


@pytest.mark.parametrize(("form", "results"), [("2021", 22), ("2019", 20)])
def test_heads_span_what_they_head(form: str, results: int) -> None:
    heads = {cell["text"]: cell for cell in grid(REQUESTS, form)["cells"] if "text" in cell}
    assert heads["三、本年度办理结果"]["rowspan"] == results
    assert heads["三、本年度办理结果"]["axis"] == "row"
    assert heads["(三)不予公开"]["rowspan"] == 8
    assert heads["申请人情况"]["colspan"] == 7 and heads["法人或其他组织"]["colspan"] == 5
    assert heads["四、结转下年度继续办理"]["colspan"] == 3 and heads["(七)总计"]["colspan"] == 2
    assert heads["自然人"]["axis"] == "column"


def test_the_last_blocks_of_the_first_table_have_one_wide_value() -> None:
    wide = {
        cell["path"].split(".")[1]: cell.get("colspan", 1)
        for cell in grid(PROACTIVE, "2021")["cells"]
        if "path" in cell
    }
    assert wide == {
        "rules": 1, "normative_documents": 1, "licensing": 3, "penalties": 3, "coercion": 3, "fees": 3,
    }  # fmt: skip
