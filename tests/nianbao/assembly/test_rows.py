"""Slots and rows: what stands after a label, and which column it belongs to."""

from __future__ import annotations

import re

import pytest

from nianbao.assembly.align import MAX_READINGS, Piece, Readings, Row, Shape, read_row
from nianbao.assembly.balance import Equation, choose
from nianbao.assembly.regions import Habits, Region, Slot, find_habits, find_regions, find_slots
from nianbao.spans import Span

SEVEN = Shape(7, groups=(7,))
FIFTEEN = Shape(15, groups=(5, 5, 5))
ROW = "row.requests.granted"


def region(after: str) -> tuple[str, Region]:
    """Return a text of a label and what follows it, its values labelled."""
    text = "予以公开" + after
    values = tuple(Span(m.start(), m.end(), "value") for m in re.finditer(r"[-+\d.,/件元]+", text))
    return text, Region(Span(0, 4, ROW), len(text), values)


def slots(after: str, usual_lines: int = 1) -> list[str]:
    text, found = region(after)
    return [
        text[s.start : s.end] if s.kind == "value" else s.kind
        for s in find_slots(text, found, Habits(usual_lines))
    ]


def read(after: str, shape: Shape = SEVEN) -> Readings:
    text, found = region(after)
    return read_row(text, find_slots(text, found), shape)


def values(readings: Readings) -> list[object]:
    assert len(readings.rows) == 1
    return [p.value if p.state == "read" else p.state for p in readings.rows[0]]


# Slots


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("|1|2|3|", ["1", "2", "3"]),
        ("|1||3|", ["1", "empty", "3"]),
        ("| | |1|2|", ["lead", "lead", "1", "2"]),
        ("|1|2|||", ["1", "2", "pad", "pad"]),
        ("|1|\n|2|", ["1", "2"]),
        ("\t1\t\t3", ["1", "empty", "3"]),
        ("\t\t1\t2\t\t", ["lead", "1", "2", "pad"]),
        ("\t1\t\n2\t3", ["1", "empty", "2", "3"]),
        ("\t1\t\n— 第四页 —\n2\t3", ["1", "2", "3"]),
        ("\t1\t\t\n— 第四页 —\n2\t3", ["1", "empty", "2", "3"]),
        (" 1 2  3", ["1", "2", "3"]),
        ("\n1\n2\n3", ["1", "2", "3"]),
        ("\n1\n\n3", ["1", "soft", "3"]),
        ("0件0件0件", ["0件", "0件", "0件"]),
        ("|/|-|0", ["/", "-", "0"]),
        ("", []),
    ],
)
def test_slots(after: str, expected: list[str]) -> None:
    assert slots(after) == expected


def test_blank_lines_are_no_cells_where_they_are_the_custom() -> None:
    assert slots("\n\n1\n\n2\n\n\n\n3", usual_lines=2) == ["1", "2", "soft", "3"]
    text, found = region("\n\n1\n\n2\n\n\n\n3")
    assert find_habits(text, [found]).usual_lines == 2


def test_a_region_ends_at_the_next_label_or_at_foreign_words() -> None:
    text = "予以公开|1|附件下载请点|2|部分公开|3"
    spans = [
        Span(0, 4, ROW), Span(5, 6, "value"), Span(14, 15, "value"),
        Span(16, 20, "row.requests.partially_granted"), Span(21, 22, "value"),
    ]  # fmt: skip
    first, unnamed, second = find_regions(text, spans)
    assert (first.end, len(first.values)) == (7, 1)
    assert (unnamed.label.label, len(unnamed.values)) == ("", 1)
    assert text[unnamed.label.start : unnamed.label.end] == "附件下载请点|"
    assert (second.end, len(second.values)) == (len(text), 1)


def test_furniture_neither_ends_nor_fills_a_region() -> None:
    text = "予以公开|1\n第四页共六页\n|2"
    spans = [Span(0, 4, ROW), Span(5, 6, "value"), Span(7, 13, "furniture"), Span(15, 16, "value")]
    (only,) = find_regions(text, spans)
    assert len(only.values) == 2 and only.end == len(text)


@pytest.mark.parametrize(
    ("between", "labels"),
    [("\n第四页\n", 1), ("\n第四页\n水务局年报\n", 1), ("\n", 2), ("\n第四页\n3 ", 2)],
)
def test_a_label_torn_by_the_foot_of_a_page_is_one(between: str, labels: int) -> None:
    text = f"予以{between}公开|5"
    feet = [Span(text.index(foot), text.index(foot) + len(foot), "furniture")
            for foot in ("第四页", "水务局年报") if foot in text]  # fmt: skip
    end = text.index("公开")
    spans = [
        Span(0, 2, ROW, 0.9),
        *feet,
        Span(end, end + 2, ROW, 0.6),
        Span(end + 3, end + 4, "value"),
    ]
    found = find_regions(text, spans)
    assert len(found) == labels
    if labels == 1:
        assert found[0].label == Span(0, end + 2, ROW, 0.9)
        assert len(found[0].values) == 1


# Rows


@pytest.mark.parametrize(
    ("after", "tier", "expected"),
    [
        ("|8|0|1|0|0|0|9", "plain", [8, 0, 1, 0, 0, 0, 9]),
        ("|8|0|1|0|0|0|77", "plain", [8, 0, 1, 0, 0, 0, 77]),
        ("|8||1|0|0||9", "plain", [8, "blank", 1, 0, 0, "blank", 9]),
        ("|/|-|/|/|/|/|0", "plain", ["blank"] * 6 + [0]),
        ("|8|0|1|||||", "blank", [8, 0, 1, "blank", "blank", "blank", "blank"]),
        ("801000081", "split", None),
        ("8010009", "split", [8, 0, 1, 0, 0, 0, 9]),
        ("310000031", "split", [31, 0, 0, 0, 0, 0, 31]),
        ("200 000121", "split", None),
        ("1 2 0 0 0 0 0 12", "torn", [12, 0, 0, 0, 0, 0, 12]),
        ("|3|0|0|4|0|0|0|3", "stray", [3, 0, 0, 0, 0, 0, 3]),
    ],
)
def test_rows(after: str, tier: str, expected: list[object] | None) -> None:
    readings = read(after)
    assert readings.tier == tier
    if expected is not None:
        assert values(readings) == expected


def holding(readings: Readings, size: int = 7) -> bool:
    return all(
        sum(p.value or 0 for p in row[i : i + size - 1]) == row[i + size - 1].value
        for row in readings.rows
        for i in range(0, len(row), size)
    )


def test_places_that_whole_rows_have_as_well_are_no_cells() -> None:
    after = "|3|0|0|0|0|4||"
    believed = read(after)
    assert (believed.tier, believed.rows[0][6].state) == ("blank", "blank")
    padded = read(after, Shape(7, groups=(7,), padding=(0, 1)))
    assert padded.tier == "lost"
    assert {row[6].value for row in padded.rows} == {4, None}


def test_dust_beside_a_number_that_nobody_labelled() -> None:
    text = "予以公开|4|0|。4|"
    values = tuple(Span(at, at + 1, "value") for at in (5, 7))
    found = find_slots(text, Region(Span(0, 4, ROW), len(text), values))
    assert [text[s.start : s.end] for s in found if s.kind == "value"] == ["4", "0", "。4"]


def test_what_several_splits_allow_is_left_open() -> None:
    assert values(read("1212000024")) == [12, 12, 0, 0, 0, 0, 24]
    readings = read("111000012")
    firsts = [[p.value for p in row][:2] for row in readings.rows]
    assert readings.tier == "split" and sorted(firsts) == [[1, 1], [1, 11], [11, 1]]
    assert holding(readings)


def test_a_split_uses_every_digit_once() -> None:
    for after in ("801000081", "200000121", "1112131415161"):
        text, _ = region(after)
        for row in read(after).rows:
            assert "".join(text[p.start : p.end] for p in row) == after


def test_the_fifteen_values_of_the_review_row() -> None:
    assert values(read("110024001510102", FIFTEEN)) == [1, 1, 0, 0, 2, 4, 0, 0, 1, 5, 1, 0, 1, 0, 2]
    assert values(read("0" * 15, FIFTEEN)) == [0] * 15


def test_a_sign_says_where_a_change_begins() -> None:
    shape = Shape(3, signed=frozenset({1}))
    rows = [[p.value for p in row] for row in read("2648-18538", shape).rows]
    assert rows == [[2648, -1, 8538], [2648, -18, 538], [2648, -185, 38], [2648, -1853, 8]]


def test_lost_cells_are_missing_and_their_readings_listed() -> None:
    readings = read("|5|2|7")
    assert readings.tier == "lost" and len(readings.rows) > 1
    assert holding(readings)
    assert all([p.value for p in row if p.state == "read"] == [5, 2, 7] for row in readings.rows)


def test_a_row_without_values_is_unknown() -> None:
    readings = read("")
    assert readings.tier == "none"
    assert [p.state for p in readings.rows[0]] == ["missing"] * 7


@pytest.mark.parametrize(
    "after", ["1234567890" * 4, "9" * 4_000, " 12" * 3_000, "①" * 9, "1 " * 12]
)
@pytest.mark.parametrize("shape", [SEVEN, FIFTEEN, Shape(1), Shape(3, signed=frozenset({1}))])
def test_a_search_is_bounded(after: str, shape: Shape) -> None:
    readings = read(after, shape)
    assert 0 < len(readings.rows) <= 3 * MAX_READINGS
    assert all(len(row) == shape.columns for row in readings.rows)


def test_joining_digits_that_are_no_number_does_not_raise() -> None:
    text = "①" * 8
    found = [Slot("value", i, i + 1, 1.0, i > 0) for i in range(8)]
    assert read_row(text, found, SEVEN).rows


# Sums down the columns


def row(*numbers: int | None) -> Row:
    return tuple(Piece("missing" if n is None else "read", 0, 1, n) for n in numbers)


def test_the_column_sums_choose_among_readings() -> None:
    candidates = {"a": [row(1, 2), row(12, 0)], "b": [row(3, 0)], "t": [row(4, 2)]}
    left = choose(candidates, [Equation(("a", "b"), ("t",))], 2)
    assert left["a"] == (row(1, 2),)


def test_a_sum_that_nothing_meets_chooses_nothing() -> None:
    candidates = {"a": [row(1), row(2)], "t": [row(9)]}
    assert choose(candidates, [Equation(("a",), ("t",))], 1)["a"] == (row(1), row(2))


def test_an_unknown_value_says_nothing() -> None:
    candidates = {"a": [row(1), row(None)], "t": [row(1)]}
    assert len(choose(candidates, [Equation(("a",), ("t",))], 1)["a"]) == 2


def test_plain_rows_stay_as_printed_whatever_the_sums_say() -> None:
    candidates = {"a": [row(1)], "b": [row(1)], "t": [row(9)]}
    left = choose(candidates, [Equation(("a", "b"), ("t",))], 1)
    assert left == {"a": (row(1),), "b": (row(1),), "t": (row(9),)}


# Dust, blanks and closing bars


def test_dust_between_glued_digits_is_no_digit() -> None:
    text = "700。0007~"
    (row,) = read_row(text, [Slot("value", 0, len(text))], SEVEN).rows
    assert [piece.value for piece in row] == [7, 0, 0, 0, 0, 0, 7]
    assert text[row[-1].start : row[-1].end] == "7~"


def test_a_value_of_several_numbers_is_cut_like_its_neighbours() -> None:
    text = "规章\n8 0 53"
    found = Region(Span(0, 2, ROW), len(text), (Span(3, 6, "value"), Span(7, 9, "value")))
    assert [text[s.start : s.end] for s in find_slots(text, found)] == ["8", "0", "53"]
    alone = Region(Span(0, 2, ROW), 6, (Span(3, 6, "value"),))
    assert [text[s.start : s.end] for s in find_slots(text, alone)] == ["8 0"]


@pytest.mark.parametrize(("head", "kinds"), [("自然人 | 总计", ["pad"]), ("自然人 | 总计 |", [])])
def test_a_bar_at_the_end_is_a_cell_where_rows_close_without(head: str, kinds: list[str]) -> None:
    text = f"{head}\n予以公开 | 1 | \n部分公开 | 2 | "
    at = [text.index(word) for word in ("自然人", "总计", "予以公开", "部分公开")]
    spans = [
        Span(at[0], at[0] + 3, "column.requests.natural_person"),
        Span(at[1], at[1] + 2, "column.requests.total"),
        Span(at[2], at[2] + 4, ROW), Span(at[2] + 7, at[2] + 8, "value"),
        Span(at[3], at[3] + 4, "row.requests.partially_granted"), Span(at[3] + 7, at[3] + 8, "value"),
    ]  # fmt: skip
    regions = find_regions(text, spans)
    found = find_slots(text, regions[2], find_habits(text, regions))
    assert [slot.kind for slot in found] == ["value", *kinds]
