"""Pages that leave out noughts: what their tables still say."""

from __future__ import annotations

import pytest

from nianbao.assembly.likely import credible
from nianbao.pipeline import Pipeline
from nianbao.report import Number
from nianbao.rules.forms import REQUESTS, REVIEW, REVIEW_COLUMNS, ROWS

RULES = Pipeline.rules_only()
#: Rows of table 2, and what is left of each without noughts.
LEFT = {
    "new_received": "7 2 9", "carried_over": "1 1", "granted": "3 1 4", "partially_granted": "2 2",
    "unavailable.not_held": "1 1 2", "results_total": "6 2 8", "carried_forward": "2 2",
}  # fmt: skip


def page(review: str, rows: dict[str, str]) -> str:
    """A page of one cell a line; rows of table 2 that are not given are of noughts, and empty."""
    table = []
    for row, label in ROWS[REQUESTS].items():
        table += [label, *rows.get(row, "").split()]
    heads = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
    review_heads = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    return "\n".join(
        [
            "云泽市水务局2023年政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况",
            "申请人情况", *heads, *table, "四、政府信息公开行政复议、行政诉讼情况", "行政复议", "行政诉讼",
            *review_heads, "未经复议直接起诉", "复议后起诉", *review_heads, *review_heads,
            *review.split(), "五、存在的主要问题及改进情况", "无。",
        ]
    )  # fmt: skip


def totals(text: str) -> list[Number | None]:
    cells = {cell.path: cell.value for cell in RULES.parse(text.encode()).cells}
    return [cells[f"{REVIEW}.{row}.total"] for row in ROWS[REVIEW]]


def test_where_noughts_are_dropped_three_sums_are_three_totals() -> None:
    assert totals(page("1 1 1 1 2 1 1", LEFT)) == [1, 2, 1]


def test_where_any_cell_may_be_lost_they_are_not() -> None:
    """Here rows of table 2 do not add up as they are: not only noughts are lost."""
    lost = LEFT | {"new_received": "7 9", "granted": "1 4", "results_total": "6 8"}
    assert None in totals(page("1 1 1 1 2 1 1", lost))


@pytest.mark.parametrize("left", [(1, 1, 2, 2), (3, 4, 7)])
def test_readings_without_noughts_add_up(left: tuple[int, ...]) -> None:
    for places in credible(left, (5, 5, 5), noughts=True):
        row = [0] * 15
        for place, value in zip(places, left, strict=True):
            row[place] = value
        for at in (0, 5, 10):
            assert sum(row[at : at + len(REVIEW_COLUMNS) - 1]) == row[at + 4]


def test_values_that_do_not_add_up_so_have_no_reading_without_noughts() -> None:
    assert credible((1, 2, 7), (5, 5, 5), noughts=True) == []
    assert credible((1, 2, 7), (5, 5, 5)) != []
