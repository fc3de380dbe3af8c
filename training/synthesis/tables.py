"""The three statutory tables as the forms print them (source: the annexes of the two notices)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from nianbao.rules.forms import (
    PROACTIVE,
    PROACTIVE_COLUMNS,
    REQUEST_COLUMNS,
    REQUESTS,
    REVIEW,
    REVIEW_COLUMNS,
    ROWS,
    request_rows,
)
from training.synthesis import wording
from training.synthesis.model import CellKind, GridCell, GridTable, Piece
from training.synthesis.numbers import Printed
from training.synthesis.wording import Style

#: Form -> the blocks of table 1: (item of Article 20, rows).
_BLOCKS: Final = {
    "2021": (
        ("一", ("rules", "normative_documents")),
        ("五", ("licensing",)),
        ("六", ("penalties", "coercion")),
        ("八", ("fees",)),
    ),
    "2019": (
        ("一", ("rules", "normative_documents")),
        ("五", ("licensing", "other_services")),
        ("六", ("penalties", "coercion")),
        ("八", ("fees",)),
        ("九", ("procurement",)),
    ),
}
#: (form, columns of values) -> their widths in grid columns.
_WIDTHS: Final = {
    ("2021", 3): (1, 1, 1),
    ("2021", 1): (3,),
    ("2019", 3): (1, 2, 1),
    ("2019", 2): (2, 2),
}
_GROUPS: Final = ("denied", "unavailable", "not_processed", "other_processing")


@dataclass(slots=True)
class _Grid:
    """Collects the cells of one table."""

    rng: random.Random
    style: Style
    printed: Mapping[str, Printed]
    cells: list[GridCell]

    def put(
        self,
        text: str,
        label: str | None,
        at: tuple[int, int],
        span: tuple[int, int],
        kind: CellKind,
    ) -> None:
        self.cells.append(GridCell((Piece(text, label),), at[0], at[1], span[0], span[1], kind))

    def value(self, path: str, at: tuple[int, int], width: int = 1) -> None:
        text = self.style.write(self.printed[path].text)
        pieces = (Piece(text, "value"),) if text else ()
        self.cells.append(GridCell(pieces, at[0], at[1], 1, width, "value", path))


def make_table(
    rng: random.Random,
    style: Style,
    table: str,
    form: str,
    printed: Mapping[str, Printed],
    odd_rows: bool = False,
) -> GridTable:
    """Return table `table` of `form` with the printed values; `odd_rows` adds
    rows that no form has."""
    grid = _Grid(rng, style, printed, [])
    if table == PROACTIVE:
        _proactive(grid, form, odd_rows)
    elif table == REQUESTS:
        _requests(grid, form)
    else:
        _review(grid)
    cells = sorted(grid.cells, key=lambda cell: (cell.row, cell.column))
    return GridTable(table, form, tuple(cells))


def _proactive(grid: _Grid, form: str, odd_rows: bool) -> None:
    rng, style = grid.rng, grid.style
    columns = 4 if form == "2021" else 5
    line = 0
    for item, rows in _BLOCKS[form]:
        names = PROACTIVE_COLUMNS[form][rows[0]]
        widths = _WIDTHS[form, len(names)]
        starts = [1 + sum(widths[:i]) for i in range(len(widths))]
        grid.put(
            wording.block_head(rng, style, item), "group.block", (line, 0), (1, columns), "head"
        )
        grid.put(
            wording.body(rng, style, "group.content"),
            "group.content",
            (line + 1, 0),
            (1, 1),
            "head",
        )
        for name, start, width in zip(names, starts, widths, strict=True):
            text = wording.proactive_head(rng, style, name, form)
            grid.put(text, f"column.{PROACTIVE}.{name}", (line + 1, start), (1, width), "head")
        line += 2
        for row in rows:
            label = f"row.{PROACTIVE}.{row}"
            if row == "normative_documents":
                text = wording.normative_documents(rng, style, form)
            else:
                text = wording.body(rng, style, label)
            grid.put(text, label, (line, 0), (1, 1), "label")
            for name, start, width in zip(names, starts, widths, strict=True):
                grid.value(f"{PROACTIVE}.{row}.{name}", (line, start), width)
            line += 1
        if odd_rows and item == "一":
            _extra_row(grid, line, starts, widths)
            line += 1
    if odd_rows and rng.random() < 0.3:  # sites leave an empty row at the end
        for column in range(columns):
            grid.cells.append(GridCell((), line, column))


def _extra_row(grid: _Grid, line: int, starts: list[int], widths: tuple[int, ...]) -> None:
    """A row that some authorities add; neither its name nor its values belong to the record."""
    rng = grid.rng
    text = rng.choice(
        (
            "其他主动公开文件",
            "其他文件",
            "其他主动公开文件（含以本单位或本单位办公室名义正式签发的、除规范性文件以外的主动公开文件）",
            "其他主动公开信息",
            "一般性文件",
        )
    )
    grid.put(grid.style.write(text), None, (line, 0), (1, 1), "label")
    for start, width in zip(starts, widths, strict=True):
        grid.put(
            str(rng.choice((0, rng.randint(1, 300)))), None, (line, start), (1, width), "value"
        )


def _requests(grid: _Grid, form: str) -> None:
    rng, style = grid.rng, grid.style
    grid.put(wording.body(rng, style, "note"), "note", (0, 0), (3, 3), "note")
    applicants = wording.body(rng, style, "group.applicants")
    grid.put(applicants, "group.applicants", (0, 3), (1, 7), "head")
    organizations = wording.body(rng, style, "group.organizations")
    grid.put(organizations, "group.organizations", (1, 4), (1, 5), "head")
    for index, name in enumerate(REQUEST_COLUMNS):
        deep = name in ("natural_person", "total")
        at, span = ((1, 3 + index), (2, 1)) if deep else ((2, 3 + index), (1, 1))
        text = wording.request_head(rng, style, name)
        grid.put(text, f"column.{REQUESTS}.{name}", at, span, "head")
    rows = request_rows(form)
    for index, row in enumerate(rows):
        _request_row(grid, row, 3 + index, rows)
        for column, name in enumerate(REQUEST_COLUMNS):
            grid.value(f"{REQUESTS}.{row}.{name}", (3 + index, 3 + column))


def _request_row(grid: _Grid, row: str, line: int, rows: tuple[str, ...]) -> None:
    """Put the label cells that begin on the line of `row`."""
    rng, style = grid.rng, grid.style

    def words(label: str, level: int, index: int) -> str:
        return style.number(level, index) + wording.body(rng, style, label)

    label = f"row.{REQUESTS}.{row}"
    parts = {"new_received": 1, "carried_over": 2, "carried_forward": 4}
    if row in parts:
        grid.put(words(label, 1, parts[row]), label, (line, 0), (1, 3), "label")
        return
    if row == "granted":
        outcomes = [name for name in rows if name not in parts]
        grid.put(
            words("group.results", 1, 3), "group.results", (line, 0), (len(outcomes), 1), "label"
        )
    singles = {"granted": 1, "partially_granted": 2, "other_processing": 6, "results_total": 7}
    if row in singles:
        grid.put(words(label, 2, singles[row]), label, (line, 1), (1, 2), "label")
        return
    group = row.split(".")[0]
    members = [name for name in rows if name.startswith(group + ".")]
    if row == members[0]:
        head = f"row.{REQUESTS}.{group}" if group == "other_processing" else f"group.{group}"
        index = 3 + _GROUPS.index(group)
        grid.put(words(head, 2, index), head, (line, 1), (len(members), 1), "label")
    grid.put(words(label, 3, members.index(row) + 1), label, (line, 2), (1, 1), "label")


def _review(grid: _Grid) -> None:
    rng, style = grid.rng, grid.style
    names = {row: wording.body(rng, style, f"row.{REVIEW}.{row}") for row in ROWS[REVIEW]}
    litigation = wording.body(rng, style, "group.litigation")
    grid.put(names["reconsideration"], f"row.{REVIEW}.reconsideration", (0, 0), (1, 5), "head")
    grid.put(litigation, "group.litigation", (0, 5), (1, 10), "head")
    put_outcomes = _outcome_heads(grid)
    put_outcomes(0, 1, 2)
    for start, row in ((5, "litigation_direct"), (10, "litigation_after_reconsideration")):
        grid.put(names[row], f"row.{REVIEW}.{row}", (1, start), (1, 5), "head")
        put_outcomes(start, 2, 1)
    for block, row in enumerate(ROWS[REVIEW]):
        for index, column in enumerate(REVIEW_COLUMNS):
            grid.value(f"{REVIEW}.{row}.{column}", (3, 5 * block + index))


def _outcome_heads(grid: _Grid) -> Callable[[int, int, int], None]:
    """Return a function that puts the five outcome heads; a report words them the same each time."""
    texts = [wording.review_head(grid.rng, grid.style, column) for column in REVIEW_COLUMNS]

    def put(start: int, line: int, depth: int) -> None:
        for index, (text, column) in enumerate(zip(texts, REVIEW_COLUMNS, strict=True)):
            at = (line, start + index)
            grid.put(text, f"column.{REVIEW}.{column}", at, (depth, 1), "head")

    return put
