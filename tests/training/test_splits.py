"""No agency and no site is on two sides, whatever comes in whatever order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.gold import Subject
from training.splits import SIDES, SplitError, Splits, grow_splits, names_of, read_splits

agencies = st.one_of(st.none(), st.sampled_from([f"a{i}" for i in range(30)]))
sites = st.one_of(st.none(), st.sampled_from([f"s{i}.gov.cn" for i in range(15)]))
subjects = st.builds(
    lambda number, agency, site: Subject(sha256=f"{number:064x}", agency_id=agency, site=site),
    st.integers(0, 10_000),
    agencies,
    sites,
)
batches = st.lists(st.lists(subjects, max_size=12), min_size=1, max_size=4)


def sides_of(splits: Splits, found: Iterable[Subject], name: str) -> set[str]:
    return {s for one in found if name in names_of(one) and (s := splits.side(one))}


@given(batches)
def test_no_agency_and_no_site_is_on_two_sides(weeks: list[list[Subject]]) -> None:
    splits = Splits()
    for week in weeks:
        before, splits = splits, splits.grown(week)
        assert before.sides.items() <= splits.sides.items()  # it only grows
    everything = [one for week in weeks for one in week]
    for name in {name for one in everything for name in names_of(one)}:
        assert len(sides_of(splits, everything, name)) <= 1


@given(st.lists(subjects, max_size=25), st.randoms())
def test_the_order_makes_no_difference(found: list[Subject], random: object) -> None:
    mixed = sorted(found, key=lambda one: hash((one, random)))
    assert Splits().grown(found) == Splits().grown(mixed)
    # Of one week, every document has a side.
    splits = Splits().grown(found)
    assert all(splits.side(one) in SIDES for one in found)


def test_most_are_trained_on_and_each_side_has_some() -> None:
    found = [Subject(sha256=str(i), agency_id=f"agency {i}") for i in range(2000)]
    splits = Splits().grown(found)
    shares = [sum(splits.side(one) == side for one in found) / 2000 for side in SIDES]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.03)


def test_what_joins_two_sides_is_on_none() -> None:
    splits = Splits({"agency:a": "train", "site:b": "test"})
    joining = Subject(sha256="1", agency_id="a", site="b")
    new = Subject(sha256="2", agency_id="c", site="b")
    grown = splits.grown([joining, new])
    assert grown.side(joining) is None
    # The group that joins both sides is left alone as a whole.
    assert grown == splits


def test_the_file_is_written_once_and_grows(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "splits.json"
    one, other = (Subject(sha256=n, url=f"http://{n}.gov.cn/x") for n in ("a", "b"))
    first = grow_splits(path, [one])
    text = path.read_text(encoding="utf-8")
    assert grow_splits(path, [one]) == first == read_splits(path)
    assert path.read_text(encoding="utf-8") == text
    assert grow_splits(path, [other]).sides.keys() == {"site:a.gov.cn", "site:b.gov.cn"}


@pytest.mark.parametrize(
    "text", ["[", "{}", '{"format": 2, "key": "", "sides": {}}',
             '{"format": 1, "key": "", "sides": {"agency:a": "left"}}'],
)  # fmt: skip
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "splits.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SplitError, match=r"splits\.json"):
        read_splits(path)
