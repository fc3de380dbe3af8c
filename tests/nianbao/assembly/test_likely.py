"""What a table that lost cells still says: the readings that are likely, by counting all of them."""

from __future__ import annotations

from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.assembly.align import Row, Shape, read_row
from nianbao.assembly.likely import SPARE, Places, Values, credible, likelihood
from nianbao.assembly.regions import Slot

REVIEW = Shape(columns=15, groups=(5, 5, 5))


def readings(left: list[int], columns: int) -> list[tuple[Places, tuple[Values, ...]]]:
    """Every way to place `left` in three groups."""
    found = []
    for places in combinations(range(columns), len(left)):
        row: list[int | None] = [None] * columns
        for place, value in zip(places, left, strict=True):
            row[place] = value
        size = columns // 3
        groups = tuple(tuple(row[at : at + size]) for at in range(0, columns, size))
        found.append((places, groups))
    return found


def read(printed: str) -> list[set[int | None]]:
    """Return what each of the fifteen cells may be, by the readings of `printed`."""
    slots, at = [], 0
    for number in printed.split():
        at = printed.index(number, at)
        slots.append(Slot("value", at, at + len(number), 1.0))
        at += len(number)
    rows: tuple[Row, ...] = read_row(printed, slots, REVIEW).rows
    return [
        {int(p.value) if p.value is not None else None for p in cell}
        for cell in zip(*rows, strict=True)
    ]


def test_a_group_of_lost_parts_is_as_likely_as_what_is_left() -> None:
    assert likelihood((None,) * 5) == 1
    total_lost = likelihood((2, 0, 0, 0, None))
    assert likelihood((2, 0, 0, 0, 2)) > 0.98 * total_lost
    assert likelihood((2, 0, 0, 0, 3)) < 0.001 * total_lost
    assert likelihood((2, 0, 0, None, 3)) < likelihood((2, 0, 0, None, 2))


@pytest.mark.parametrize("parts", [1, 2])
def test_the_likelihoods_of_all_groups_are_one(parts: int) -> None:
    known = sum(likelihood((*values, None)) for values in product(range(120), repeat=parts))
    assert known == pytest.approx(1, abs=0.01)
    totals = sum(likelihood((*(None,) * parts, total)) for total in range(400))
    assert totals == pytest.approx(1, abs=0.01)


def test_large_sums_that_agree_are_believed() -> None:
    cells = read("3 14 0 25 42  0 7 0 5 12  11")
    assert cells[:5] == [{3}, {14}, {0}, {25}, {42}]
    assert cells[9] == {12}


def test_a_one_that_may_be_a_part_or_a_total_is_left_open() -> None:
    """`1 0 0 0 1` adds up, and so do the parts of two groups whose totals were lost."""
    cells = read("0 0 0 0 0 1 0 0 0 1 0")
    assert all(len(cell) > 1 for cell in cells[5:])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=9))
def test_what_is_left_out_of_account_is_little_and_the_least_likely(left: list[int]) -> None:
    weights = {}
    for places, groups in readings(left, 9):
        weights[places] = prod(map(likelihood, groups))
    kept = credible(left, (3, 3, 3))
    assert kept == sorted(set(kept))
    assert sum(weights[places] for places in kept) >= (1 - SPARE) * sum(weights.values()) * (
        1 - 1e-9
    )
    others = [weight for places, weight in weights.items() if places not in set(kept)]
    assert min(weights[places] for places in kept) > max(others, default=0.0) * (1 - 1e-9)


def test_few_values_of_many_are_placed_by_their_sums() -> None:
    """Noughts that are dropped leave 5,005 ways to place six values."""
    cells = read("23 23 14 11 25 8 8")
    assert cells[4] == {23} and cells[9] == {25} and cells[14] == {8}
    assert cells[0] == {23, None}


@pytest.mark.parametrize("odd", [-1, -7, 10**400])
def test_numbers_that_no_part_is_are_unlikely_and_nothing_breaks(odd: int) -> None:
    for group in (
        (odd, None, None, None, None),
        (None, None, None, None, odd),
        (odd, 0, 0, 0, odd),
    ):
        assert 0 <= likelihood(group) < 1
    found = credible([odd, 0, 0, 3, 4, odd, 1], (5, 5, 5))
    assert found and all(len(places) == 7 for places in found)
