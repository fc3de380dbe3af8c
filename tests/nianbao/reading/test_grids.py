"""The grid of spans against a slow reference, and what counts as a grid."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nianbao.reading import read
from nianbao.reading.flow import Flow
from nianbao.reading.grids import RawCell, RawTable, lay_out, place
from nianbao.reading.limits import MAX_GRID_SLOTS

Span = tuple[int, int]
Group = list[list[Span]]


def reference(groups: list[Group]) -> list[list[tuple[int, int, int, int]]]:
    """The algorithm of the HTML standard slot by slot, spans cut at the end of their group."""
    taken: set[tuple[int, int]] = set()
    placed = []
    y = 0
    for group in groups:
        end = y + len(group)
        for row in group:
            x = 0
            cells = []
            for rowspan, colspan in row:
                while (x, y) in taken:
                    x += 1
                width = min(max(1, colspan), 1000)
                height = end - y if rowspan == 0 else min(rowspan, 65534, end - y)
                for i in range(width):
                    for j in range(height):
                        taken.add((x + i, y + j))
                cells.append((y, x, height, width))
                x += width
            placed.append(cells)
            y += 1
    return placed


spans = st.tuples(
    st.sampled_from([0, 1, 1, 1, 1, 2, 3, 5, 70000]), st.sampled_from([0, 1, 1, 1, 2, 3, 7])
)
groups = st.lists(st.lists(st.lists(spans, max_size=6), max_size=6), min_size=1, max_size=3)


@given(groups)
def test_placing_agrees_with_the_standard(groups: list[Group]) -> None:
    rows = [row for group in groups for row in group]
    placed = place(rows, [len(group) for group in groups])
    assert placed is not None
    assert [[(c.row, c.column, c.rowspan, c.colspan) for c in row] for row in placed] == reference(
        groups
    )


@given(groups)
def test_markup_gives_the_same_grid(groups: list[Group]) -> None:
    markup, texts = [], []
    for group in groups:
        markup.append("<tbody>")
        for row in group:
            markup.append("<tr>")
            for rowspan, colspan in row:
                texts.append(f"格{len(texts)}")
                markup.append(f"<td rowspan={rowspan} colspan='{colspan}'>{texts[-1]}")
        markup.append("</tbody>")
    document = read(f"<body>报告<table>{''.join(markup)}</table></body>".encode())
    rows = [row for group in groups for row in group]
    if max(map(len, rows), default=0) < 2:
        assert not document.tables
        return
    (table,) = document.tables
    assert [document.text[c.start : c.end] for c in table.cells] == texts
    assert [(c.row, c.column, c.rowspan, c.colspan) for c in table.cells] == [
        cell for row in reference(groups) for cell in row
    ]
    lines = [" | ".join(texts[i : i + len(row)]) for i, row in _starts(rows) if row]
    assert document.text == "\n".join(["报告", *lines])


def _starts(rows: list[list[Span]]) -> list[tuple[int, list[Span]]]:
    starts, at = [], 0
    for row in rows:
        starts.append((at, row))
        at += len(row)
    return starts


def test_span_values_are_parsed_as_browsers_do() -> None:
    document = read(
        "<body><table><tr><td rowspan=' +2x' colspan='x'>甲<td colspan='-3'>乙"
        "<td colspan='99999999999999999999'>丙<tr><td rowspan=''>丁<td>戊</table>".encode()
    )
    (table,) = document.tables
    assert [(c.row, c.column, c.rowspan, c.colspan) for c in table.cells] == [
        (0, 0, 2, 1),
        (0, 1, 1, 1),
        (0, 2, 1, 1000),
        (1, 1, 1, 1),
        (1, 2, 1, 1),
    ]


def test_a_grid_over_the_bound_is_read_as_lines() -> None:
    rows = [[(1, 1000)]] * (MAX_GRID_SLOTS // 1000 + 1)
    assert place(rows, [len(rows)]) is None
    table = RawTable()
    for number in range(len(rows)):
        table.add_row()
        for _ in range(2):
            table.add_cell(RawCell(Flow([str(number)], 1), 1, 1000))
    flow = lay_out(table)
    assert not flow.has_grid and flow.size == 2 * len(rows)


def test_spans_do_not_reach_over_the_end_of_a_stretch() -> None:
    document = read(
        "<table><tr><td rowspan=3>甲<td>1<tr><td>2<tr><td>{}<tr><td>乙<td>3</table>".format(
            "叙述文字" * 200
        ).encode()
    )
    first, second = document.tables
    assert [(c.row, c.rowspan) for c in first.cells] == [(0, 2), (0, 1), (1, 1)]
    assert [(c.row, c.column) for c in second.cells] == [(0, 0), (0, 1)]
