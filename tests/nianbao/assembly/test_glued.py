"""Digits without borders: every cut that adds up is found, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.assembly.glued import Cut, Stretch, TooManyCuts, cuts_that_add_up


def every_cut(digits: str, groups: tuple[int, ...]) -> Iterator[Cut]:
    """The slow way: all cuts, those kept that add up."""
    columns = sum(groups)
    for inner in combinations(range(1, len(digits)), columns - 1):
        cut = (*inner, len(digits))
        parts = [digits[a:b] for a, b in zip((0, *inner), cut, strict=True)]
        if any(len(part) > 1 and part[0] == "0" for part in parts):
            continue
        numbers, at = list(map(int, parts)), 0
        sums = []
        for size in groups:
            *added, total = numbers[at : at + size]
            sums.append(sum(added) == total)
            at += size
        if all(sums):
            yield cut


def cuts(
    *stretches: str | int | None, groups: tuple[int, ...] = (7,), steps: int = 20_000
) -> list[Cut]:
    made = [Stretch(s) if isinstance(s, str) else Stretch(value=s) for s in stretches]
    return cuts_that_add_up(made, groups, most_steps=steps, most_cuts=2000)


@settings(deadline=None)
@given(st.text("0012", min_size=4, max_size=11), st.sampled_from([(3,), (4,), (2, 2), (3, 3)]))
def test_the_cuts_are_those_of_the_slow_way(digits: str, groups: tuple[int, ...]) -> None:
    assert cuts(digits, groups=groups) == sorted(every_cut(digits, groups))


@pytest.mark.parametrize(
    ("digits", "groups", "numbers"),
    [
        ("0000000", (7,), [0] * 7),
        ("8010000081", (7,), None),
        ("801000081", (7,), [80, 1, 0, 0, 0, 0, 81]),
        ("110024001510102", (5, 5, 5), [1, 1, 0, 0, 2, 4, 0, 0, 1, 5, 1, 0, 1, 0, 2]),
        ("00000" * 3, (5, 5, 5), [0] * 15),
    ],
)
def test_rows_of_one_run(digits: str, groups: tuple[int, ...], numbers: list[int] | None) -> None:
    found = cuts(digits, groups=groups)
    read = [[int(digits[a:b]) for a, b in zip((0, *c[:-1]), c, strict=True)] for c in found]
    assert read == ([numbers] if numbers else [])


def test_cells_that_stay_whole() -> None:
    assert cuts("12", 0, "00", None, "012") == [(2, 3, 4, 5, 6, 7, 9)]


def test_all_blank_parts_add_up_to_anything() -> None:
    assert cuts(*[None] * 6, "7") == [(1, 2, 3, 4, 5, 6, 7)]
    assert cuts("1", "2", None, None, None, None, None) == [(1, 2, 3, 4, 5, 6, 7)]


def test_a_long_search_is_given_up() -> None:
    with pytest.raises(TooManyCuts):
        cuts("1" * 60, groups=(7,), steps=500)
