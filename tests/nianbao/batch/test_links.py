"""Which report of an agency and year is chosen, and why the others are not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from nianbao.batch.links import CELL_PATHS, Head, agency_key, link, values_digest
from nianbao.batch.outcome import Place
from nianbao.report import CellSource, CellValue, Number
from nianbao.rules.forms import COLUMNS, PROACTIVE, REQUESTS, REVIEW, ROWS, table_cells

HTML, PDF = "text/html", "application/pdf"
LOST, BLANK = "lost", "blank"
_STATES: dict[int | str, CellSource] = {LOST: "missing", BLANK: "blank"}


def values(*first: int | str) -> bytes:
    """The digest of a record whose first cells are these and whose other cells are lost."""
    cells = []
    for path, value in zip(CELL_PATHS, first, strict=False):
        number = value if isinstance(value, int) else None
        cells.append(cell(path, number, _STATES.get(value, "read")))
    return values_digest(cells)


def cell(path: str, value: Number | None, state: CellSource = "read") -> CellValue:
    return CellValue(path, value, "", None, None, 1.0, state)


def head(report: str, **changes: object) -> Head:
    made = Head(
        report=report, agency="id:a", year=2023, published="2024-01-20", media_type=HTML,
        values=values(1, 2, 3), prose=b"prose", confidence=0.9, missing=0, failed=0,
        place=Place(report),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def reasons(*heads: Head) -> dict[str, str | None]:
    return {report: found.reason for report, found in link(heads).items()}


def chosen(*heads: Head) -> list[str]:
    return [report for report, found in sorted(link(heads).items()) if found.chosen]


def test_a_correction_beats_the_earlier_version_however_complete() -> None:
    old = head("a")
    new = head("b", published="2024-03-01", values=values(1, 2, 4), missing=9, confidence=0.1)
    assert reasons(old, new) == {"a": "superseded", "b": None}
    assert link([old, new])["a"].chosen_report == "b"


def test_a_late_mirror_of_the_old_figures_is_no_correction() -> None:
    old, new = head("a"), head("b", published="2024-03-01", values=values(1, 2, 4))
    late = head("c", published="2024-05-01")
    assert chosen(old, new, late) == ["b"]


def test_a_late_copy_with_lost_cells_is_no_correction() -> None:
    whole = head("a")
    copy = head("b", published="2024-03-01", values=values(1, LOST, 3), missing=1, media_type=PDF)
    assert reasons(whole, copy) == {"a": None, "b": "other_format"}


def test_a_lossy_copy_does_not_date_the_version_it_agrees_with() -> None:
    """It agrees with both; taken for one of the corrected version, it would make that the older."""
    old = head("a", values=values(1, 2, 3), confidence=0.8, published="2024-01-20")
    new = head("b", values=values(1, 2, 4), confidence=0.9, published="2024-03-01")
    copy = head("c", values=values(1, 2, LOST), missing=1, published="2024-01-10")
    assert chosen(old, new, copy) == ["b"]


def test_of_equal_values_the_more_complete_then_the_surer_then_the_first() -> None:
    assert chosen(head("a", missing=2), head("b", missing=1, failed=5)) == ["b"]
    assert chosen(head("a", failed=1), head("b", confidence=0.1)) == ["b"]
    assert chosen(head("a", confidence=0.8), head("b")) == ["b"]
    assert chosen(head("a", place=Place("z")), head("b", place=Place("y"))) == ["b"]


def test_reasons() -> None:
    best = head("a")
    assert reasons(
        best,
        head("b"),
        head("c", media_type=PDF),
        head("d", prose=b"other"),
        head("e", values=values(1, 2, 9), published="2024-01-01"),
    ) == {
        "a": None, "b": "mirror", "c": "other_format", "d": "superseded", "e": "superseded",
    }  # fmt: skip


def test_a_blank_cell_is_a_value_and_a_lost_one_is_none() -> None:
    later = {"published": "2024-03-01"}
    assert chosen(head("a"), head("b", values=values(1, BLANK, 3), **later)) == ["b"]
    assert chosen(head("a"), head("b", values=values(1, LOST, 3), missing=1, **later)) == ["a"]


def test_a_version_without_date_stands_beside_the_latest() -> None:
    undated = head("a", published=None, values=values(7), missing=5)
    old = head("b", values=values(8), published="2024-01-01")
    latest = head("c", values=values(9), published="2024-02-01", missing=9)
    assert chosen(undated, old, latest) == ["a"]
    assert chosen(replace(undated, missing=10), old, latest) == ["c"]


def test_without_values_the_prose_tells_versions_apart() -> None:
    nothing = values()
    old = head("a", values=nothing, prose=b"1")
    new = head("b", values=nothing, prose=b"2", published="2024-03-01", confidence=0.1)
    copy = head("c", values=nothing, prose=b"2", published="2024-03-02", confidence=0.05)
    assert reasons(old, new, copy) == {"a": "superseded", "b": None, "c": "mirror"}
    assert chosen(old, new, head("d", published=None, missing=50)) == ["d"]


def test_other_agencies_and_years_are_not_linked_nor_is_what_has_none() -> None:
    heads = [head("a"), head("b", agency="id:b"), head("c", year=2022)]
    heads += [head("d", agency=None), head("e", agency=None), head("f", year=None)]
    heads += [head("g", year=None)]
    assert chosen(*heads) == list("abcdefg")


def test_many_versions_under_one_name() -> None:
    heads = [head(f"{n:03}", values=values(n, n), confidence=n / 1000) for n in range(400)]
    assert chosen(*heads) == ["399"]
    assert set(reasons(*heads).values()) == {None, "superseded"}


def test_agency_key() -> None:
    assert agency_key("x1", "云泽市", "江苏省") == agency_key("x1", "云泽市人民政府", None)
    assert agency_key(None, "教育局", "江苏省") != agency_key(None, "教育局", "浙江省")
    assert agency_key(None, "教育局", None) == agency_key(None, "教育局", None) is not None
    assert agency_key(None, None, "江苏省") is None
    assert agency_key("教育局", None, None) != agency_key(None, "教育局", None)


def test_equal_numbers_have_one_digest() -> None:
    def digest(value: Number) -> bytes:
        return values_digest([cell(CELL_PATHS[0], value)])

    assert digest(5) == digest(Decimal("5.0")) != digest(6)
    assert digest(Decimal("0.1")) != digest(Decimal("0.2"))
    assert len({digest(number) for number in range(6_000)}) == 6_000


def test_cell_paths_are_those_of_both_forms_in_their_order() -> None:
    expected = {
        f"{table}.{row}.{column}"
        for table in (PROACTIVE, REQUESTS, REVIEW)
        for form in ("2019", "2021")
        for row, columns in table_cells(table, form).items()
        for column in columns
    }
    assert set(CELL_PATHS) == expected and len(CELL_PATHS) == len(expected)
    order = [f"{t}.{r}.{c}" for t, rows in ROWS.items() for r in rows for c in COLUMNS[t]]
    assert list(CELL_PATHS) == [path for path in order if path in expected]


_HEADS = st.lists(
    st.builds(
        head,
        st.uuids().map(str),
        agency=st.sampled_from(["id:a", "name::b", None]),
        year=st.sampled_from([2022, 2023, None]),
        published=st.sampled_from([None, "2024-01-20", "2024-03-01", "2024-05-01"]),
        media_type=st.sampled_from([HTML, PDF]),
        values=st.lists(st.sampled_from([0, 1, LOST, BLANK]), max_size=4).map(lambda v: values(*v)),
        prose=st.sampled_from([b"1", b"2"]),
        confidence=st.sampled_from([0.5, 0.9]),
        missing=st.integers(0, 2),
        failed=st.integers(0, 1),
        place=st.sampled_from([Place("a"), Place("a", "b"), Place("b")]),
    ),
    max_size=9,
    unique_by=lambda made: made.report,
)


@given(heads=_HEADS, data=st.data())
def test_links_do_not_depend_on_the_order_of_heads(heads: list[Head], data: st.DataObject) -> None:
    assert link(data.draw(st.permutations(heads))) == link(heads)


@given(heads=_HEADS)
def test_one_report_is_chosen_for_each_agency_and_year(heads: list[Head]) -> None:
    links = link(heads)
    by_report = {made.report: made for made in heads}
    assert links.keys() == by_report.keys()
    counts: dict[tuple[object, object], int] = {}
    for report, found in links.items():
        mine, other = by_report[report], by_report[found.chosen_report]
        assert (found.reason is None) == found.chosen == (found.chosen_report == report)
        assert links[other.report].chosen
        assert (mine.agency, mine.year) == (other.agency, other.year)
        if mine.agency is None or mine.year is None:
            assert found.chosen
        else:
            key = (mine.agency, mine.year)
            counts[key] = counts.get(key, 0) + found.chosen
        if found.reason == "mirror":
            assert mine.media_type == other.media_type and mine.prose == other.prose
        if found.reason == "other_format":
            assert mine.media_type != other.media_type
    assert set(counts.values()) <= {1}
