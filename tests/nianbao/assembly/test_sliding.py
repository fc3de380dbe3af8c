"""Labels that slid along their values, columns and numbers that the form does not know."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from nianbao.assembly.regions import Slot
from nianbao.assembly.sliding import Stream, Taken, orders
from nianbao.pipeline import Pipeline
from nianbao.reading.folding import Folded, fold
from nianbao.report import Number
from nianbao.rules.forms import REQUEST_COLUMNS, REQUESTS, ROWS, request_rows
from nianbao.spans import Span

RULES = Pipeline.rules_only()
#: The rules find labels in the form's order only.
MODEL = Pipeline.default()


def stream(numbers: list[int], before: list[int], columns: int = 3) -> Stream:
    text, slots = "", []
    for number in numbers:
        slots.append(Slot("value", len(text), len(text) + len(str(number))))
        text += f"{number} "

    def adds_up(part: list[Slot]) -> bool:  # type: ignore[misc]
        *parts, total = (int(text[slot.start : slot.end]) for slot in part)
        return sum(parts) == total

    return Stream(text, slots, before, columns, adds_up)  # type: ignore[arg-type]


def test_rows_behind_their_labels_are_left_alone() -> None:
    assert stream([1, 2, 3, 4, 5, 9, 0, 6, 6], [0, 3, 6]).align() is None


def test_an_authors_mistake_is_left_alone() -> None:
    assert stream([1, 2, 3, 4, 5, 8, 0, 6, 6], [0, 3, 6]).align() is None


@pytest.mark.parametrize("before", [[0, 4, 6], [1, 3, 6], [1, 4, 8]])
def test_labels_behind_some_of_their_values(before: list[int]) -> None:
    taken = stream([1, 2, 3, 4, 5, 9, 0, 6, 6], before).align()
    assert taken == [Taken(0, 3, True), Taken(3, 6, True), Taken(6, 9, True)]


def test_a_stray_number_between_rows_is_no_rows() -> None:
    taken = stream([1, 2, 3, 77, 4, 5, 9, 0, 6, 6], [0, 5, 8]).align()
    assert taken is not None and [(t.start, t.end) for t in taken] == [(0, 3), (4, 7), (7, 10)]


def test_two_neighbours_that_do_not_add_up_are_doubted() -> None:
    behind, rows = [0, 4, 7, 10], [1, 2, 3, 4, 5, 9, 0, 6, 6, 2, 2, 4]
    taken = stream(rows, behind).align()
    assert taken is not None and all(row.sure for row in taken)
    mistake = stream([1, 2, 3, 4, 5, 8, 0, 6, 6, 2, 2, 4], behind).align()
    assert mistake is not None and all(row.sure for row in mistake)
    spoilt = stream([1, 2, 3, 4, 5, 8, 1, 6, 6, 2, 2, 4], behind).align()
    assert spoilt is not None and [row.sure for row in spoilt] == [True, False, False, True]


def test_where_cells_are_lost_the_page_is_left_as_it_is() -> None:
    assert stream([1, 3, 9, 6], [0, 2, 3]).align() is None


# Whole pages


def report_of(lines: list[str], pipeline: Pipeline = RULES) -> dict[str, Number | None]:
    """Read a page whose table 2 is `lines`."""
    head = ["云泽市水务局2023年政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况",
            "申请人情况", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]  # fmt: skip
    page = "\n".join([*head, *lines, "四、政府信息公开行政复议、行政诉讼情况", "无。"])
    cells = pipeline.parse(page.encode()).cells
    return {cell.path: cell.value for cell in cells if cell.path.startswith(REQUESTS)}


def table(rng: random.Random) -> dict[str, list[int]]:
    rows = {}
    for row in request_rows("2021"):
        parts = [rng.choice((0, 0, 1, rng.randint(2, 90))) for _ in REQUEST_COLUMNS[1:]]
        rows[row] = [*parts, sum(parts)]
    return rows


def expected(rows: dict[str, list[int]]) -> dict[str, Number | None]:
    return {
        f"{REQUESTS}.{row}.{column}": value
        for row, values in rows.items()
        for column, value in zip(REQUEST_COLUMNS, values, strict=True)
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_page_whose_labels_slid(seed: int) -> None:
    rng = random.Random(seed)
    rows = table(rng)
    lines = []
    for row, values in rows.items():
        slid = rng.choice((0, 0, 0, 1, 2, 3))
        cells = list(map(str, values))
        lines += [*cells[:slid], ROWS[REQUESTS][row], *cells[slid:]]
    found = report_of(lines)
    assert {path: value for path, value in found.items() if value is not None}.items() <= (
        expected(rows).items()
    )
    assert sum(value is not None for value in found.values()) >= len(found) - 7


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("later", [1, 2])
def test_one_label_stands_behind_those_of_the_next_rows(seed: int, later: int) -> None:
    rng = random.Random(seed)
    rows = table(rng)
    lines = []
    astray, *_ = rng.sample(list(rows)[1:-2], 1)
    for row, values in rows.items():
        slid = rng.choice((0, 0, 0, 1, 2, 3))
        cells = list(map(str, values))
        label = [] if row == astray else [ROWS[REQUESTS][row]]
        lines += [*cells[:slid], *label, *cells[slid:]]
    behind = list(rows)[list(rows).index(astray) + later]
    lines.insert(lines.index(ROWS[REQUESTS][behind]) + 1, ROWS[REQUESTS][astray])
    found = report_of(lines, MODEL)
    assert {path: value for path, value in found.items() if value is not None}.items() <= (
        expected(rows).items()
    )
    assert sum(value is not None for value in found.values()) >= len(found) - 14


def _blind(folded: Folded) -> list[Span]:
    """Label all but the values right behind the head of a group."""
    spans = MODEL.labeller(folded)
    before = [None, *spans]
    return [
        span
        for span, last in zip(spans, before, strict=False)
        if not (span.label == "value" and last and last.label.startswith("group."))
    ]


def test_a_value_that_no_label_knows_behind_the_head_of_a_group() -> None:
    rows = table(random.Random(7))
    lines = []
    for row, values in rows.items():
        cells = list(map(str, values))
        slid = 1 if row in ("granted", "denied.third_party_rights") else 0
        head = ["三、本年度办理结果"] if row == "granted" else []
        lines += [*head, *cells[:slid], ROWS[REQUESTS][row], *cells[slid:]]
    assert report_of(lines, Pipeline(_blind, "blind")) == expected(rows)


def test_the_orders_in_which_rows_may_follow() -> None:
    assert orders([0, 1, 2], [0, 7, 15], 7) == [([0, 1, 2], [0, 7, 15])]
    behind_two = orders([0, 2, 3, 1], [0, 14, 21, 29], 7)
    assert behind_two == [([0, 3, 1, 2], [0, 7, 14, 21])]
    neighbours = orders([0, 2, 1], [0, 14, 15], 7)
    assert neighbours == [([0, 2, 1], [0, 15, 22]), ([0, 2, 1], [0, 7, 14])]
    assert orders([2, 1, 0], [0, 7, 14], 7) == [([0, 1, 2], [0, 7, 14])]


@pytest.mark.parametrize("remark", ["无", "0", "5"])
def test_a_column_of_remarks_is_left_out(remark: str) -> None:
    rows = table(random.Random(1))
    lines = []
    for row, values in rows.items():
        lines.append(" | ".join([ROWS[REQUESTS][row], *map(str, values), remark]) + " |")
    assert report_of(lines) == expected(rows)


def test_numbers_in_a_dress_that_no_label_knows_are_read() -> None:
    rows = table(random.Random(2))
    rows["granted"] = [5, 1, 0, 0, 1, 0, 7]
    dressed = {"granted": ["5件次", "一", "0", "0", "l", "0", "七"]}
    lines = [
        " | ".join([ROWS[REQUESTS][row], *dressed.get(row, map(str, values))]) + " |"
        for row, values in rows.items()
    ]
    assert report_of(lines) == expected(rows)


def page(rows: dict[str, list[int]], names: dict[str, str]) -> list[str]:
    return [
        " | ".join([names.get(row, ROWS[REQUESTS][row]), *map(str, values)]) + " |"
        for row, values in rows.items()
    ]


def test_a_row_of_unknown_words_is_the_one_that_the_form_has_there() -> None:
    rows = table(random.Random(3))
    names = {"not_processed.excessive_repeat": "4、超出合理频次范围的情形"}
    assert report_of(page(rows, names)) == expected(rows)


def test_a_row_that_no_form_has_is_none() -> None:
    rows = table(random.Random(4))
    lines = page(rows, {})
    lines.insert(5, "当面提交甲类材料 | 1 | 2 | 3 | 4 | 5 | 6 | 21 |")
    assert report_of(lines) == expected(rows)


def _relabelled(text: str, label: str) -> Pipeline:
    """Return a labeller that takes `text` for `label`."""

    def labeller(folded: Folded) -> list[Span]:
        return [
            replace(span, label=label) if folded.text[span.start : span.end] == text else span
            for span in MODEL.labeller(folded)
        ]

    return Pipeline(labeller, "relabelled")


@pytest.mark.parametrize(
    ("row", "taken_for"),
    [
        ("other_processing.other", "results_total"),
        ("denied.process_information", "denied.enforcement_file"),
        ("denied.process_information", "denied.internal_affairs"),
    ],
)
def test_a_row_that_is_taken_for_its_neighbour(row: str, taken_for: str) -> None:
    rows = table(random.Random(5))
    name = fold(ROWS[REQUESTS][row]).text
    pipeline = _relabelled(name, f"row.{REQUESTS}.{taken_for}")
    assert report_of(page(rows, {}), pipeline) == expected(rows)


def test_a_row_that_is_printed_twice_is_no_other_row() -> None:
    rows = table(random.Random(6))
    lines = page(rows, {})
    at = list(rows).index("denied.internal_affairs")
    lines[at + 1] = lines[at]
    wanted = expected(rows)
    lost = {path: None for path in wanted if "denied.process_information" in path}
    assert report_of(lines, MODEL) == wanted | lost


def test_a_row_of_numbers_that_no_label_knows() -> None:
    rows = table(random.Random(8))
    lines = page(rows, {})
    at = sum(len(line) + 1 for line in lines[: list(rows).index("unavailable.not_held") + 1])

    def blind(folded: Folded) -> list[Span]:
        first = folded.text.index(fold(lines[0]).text)
        gone = range(first + at - len(lines[list(rows).index("unavailable.not_held")]), first + at)
        return [
            span
            for span in MODEL.labeller(folded)
            if not (span.label == "value" and span.start in gone)
        ]

    assert report_of(lines, Pipeline(blind, "blind")) == expected(rows)


def test_values_that_are_taken_for_the_number_of_a_page() -> None:
    rows = table(random.Random(9))
    lines: list[str] = []
    for row, values in rows.items():
        cells = list(map(str, values))
        footer = ["第 3 页"] if row == "partially_granted" else []
        lines += [ROWS[REQUESTS][row], *cells[:4], *footer, *cells[4:]]

    def swallowing(folded: Folded) -> list[Span]:
        start = folded.text.index("第 3 页")
        spans = MODEL.labeller(folded)
        gone = [span for span in spans if span.label == "value" and span.start > start][:3]
        others = [
            span for span in spans if span not in gone and not start <= span.start < gone[-1].end
        ]
        furniture = Span(start, gone[-1].end, "furniture", 1.0)
        return sorted([*others, furniture], key=lambda span: span.start)

    assert report_of(lines, Pipeline(swallowing, "swallowing")) == expected(rows)


@pytest.mark.parametrize("lost", [["new_received"], ["other_processing.other", "results_total"]])
def test_a_block_of_values_behind_labels_of_which_some_are_unknown(lost: list[str]) -> None:
    rows = table(random.Random(10))
    labels = ["此处字迹不清" if row in lost else ROWS[REQUESTS][row] for row in rows]
    lines = [*labels, *(str(value) for values in rows.values() for value in values)]
    assert report_of(lines, MODEL) == expected(rows)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("| 3 | 0 | 0 | 0 | 0 | 4 | ||", [None] * 7),
        ("| 3 | 0 | 0 | 0 | 0 | 1 | |||", [3, 0, 0, 0, 0, 1, None]),
    ],
)
def test_a_short_row_that_is_padded_like_whole_ones_lost_a_cell(
    printed: str, expected: list[Number | None]
) -> None:
    """Rows of labels as wide end with as many bars, so that none of these is an empty cell."""
    lines = [
        f"一、本年新收政府信息公开申请数量 {printed}",
        "二、上年结转政府信息公开申请数量 | 1 | 0 | 0 | 0 | 0 | 0 | 1 | ||",
        "三、本年度办理结果 | （一）予以公开 | 2 | 0 | 0 | 0 | 0 | 0 | 2 | |",
        "（二）部分公开 | 2 | 0 | 0 | 0 | 0 | 0 | 2 | |",
        "四、结转下年度继续办理 | 1 | 0 | 0 | 0 | 0 | 0 | 1 | ||",
    ]
    found = report_of(lines)
    assert [found[f"{REQUESTS}.new_received.{column}"] for column in REQUEST_COLUMNS] == expected
