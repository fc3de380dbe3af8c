"""A made report while it is being made: what it says, how its tables print, and its gold.

A draft is mutable on purpose: damages change the printed strings and say in the same breath what
that does to the gold (`accept`, `unjudged`, `warnings`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from nianbao.rules.forms import REQUESTS, REVIEW, ROWS, outcome_rows, table_cells

Number = int | Decimal
CellKind = Literal["label", "head", "group", "note", "value"]


@dataclass
class Cell:
    """A printed cell.  `path` names the canonical cell of a value, `name` the row or column that a
    label names (`row.granted`, `column.total`, `group.denied`); an extra cell has neither."""

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    kind: CellKind = "value"
    path: str | None = None
    name: str | None = None


@dataclass
class Grid:
    """A statutory table as it prints; `head_rows` says how many rows stand above its first values."""

    table: str
    form: str
    cells: list[Cell]
    head_rows: int

    def rows(self) -> list[list[Cell]]:
        """Return the cells by the row they start in, left to right."""
        rows: list[list[Cell]] = [
            [] for _ in range(1 + max((c.row for c in self.cells), default=-1))
        ]
        for cell in sorted(self.cells, key=lambda c: (c.row, c.column)):
            rows[cell.row].append(cell)
        return rows

    def width(self) -> int:
        """Return the number of grid columns."""
        return max((cell.column + cell.colspan for cell in self.cells), default=0)

    def value_runs(self) -> list[list[Cell]]:
        """Return the value cells of each canonical row, in printed order; cells of no row left out."""
        runs: dict[str, list[Cell]] = {}
        for cell in (c for row in self.rows() for c in row):
            if cell.kind == "value" and cell.path:
                runs.setdefault(cell.path.rsplit(".", 1)[0], []).append(cell)
        return list(runs.values())


@dataclass
class Section:
    """A section as printed: `heading` is None when the page has lost it; `judged` says whether gold
    may judge where its text begins and ends."""

    id: str
    number: int
    heading: str | None
    before: list[str] = field(default_factory=list)
    grid: Grid | None = None
    after: list[str] = field(default_factory=list)
    judged: bool = True


@dataclass
class Draft:
    """A made report.  `title` is (before the agency, agency, after it), `head` what stands above it,
    `meta` what stands below it; `values` holds the gold value of every cell of the forms used."""

    title: tuple[str, str, str]
    year: int
    published: str | None
    title_break: bool
    head: list[str]
    meta: list[str]
    intro: list[str]
    sections: list[Section]
    signature: list[str]
    tail: list[str]
    values: dict[str, Number | None]
    accept: dict[str, list[Number | None]] = field(default_factory=dict)
    unjudged: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def title_lines(self) -> list[str]:
        """Return the title as its printed lines."""
        before, agency, after = self.title
        return [before + agency, after] if self.title_break else [before + agency + after]

    def grids(self) -> list[Grid]:
        return [section.grid for section in self.sections if section.grid]

    def cells(self, kind: CellKind | None = None) -> Iterator[Cell]:
        """Yield the printed cells of all tables, or those of one kind."""
        for grid in self.grids():
            for cell in grid.cells:
                if kind is None or cell.kind == kind:
                    yield cell

    def undetermined(self, path: str) -> None:
        """Note that the page does not say what stands at `path`: its value or null both count."""
        value = self.values[path]
        self.accept[path] = [None, 0] if value is None else [value, None]

    def gold(self) -> dict[str, Any]:
        """Return the gold record; what the page leaves open is left out or has its `accept`."""
        record: dict[str, Any] = {
            "is_report": True,
            "format": self.sections_form(),
            "title": "".join(self.title),
            "agency": self.title[1],
            "year": self.year,
            "published": self.published,
            "sections": [gold_section(s) for s in self.sections if s.heading is not None],
            "tables": nested(self.values),
            "failed_checks": failed_checks(self.values),
            "warnings": list(self.warnings),
        }
        if self.accept:
            record["accept"] = dict(self.accept)
            record.pop("failed_checks")
        return {key: value for key, value in record.items() if key not in self.unjudged}

    def sections_form(self) -> str:
        return self.grids()[0].form if self.grids() else "2021"


def gold_section(section: Section) -> dict[str, Any]:
    """Return the gold of one section: its heading, and the first and last words of its text."""
    paragraphs = [*section.before, *section.after] if section.judged else []
    return {
        "id": section.id,
        "number": section.number,
        "heading": section.heading,
        "starts": paragraphs[0][:30] if paragraphs else "",
        "ends": paragraphs[-1][-30:] if paragraphs else "",
    }


def nested(values: dict[str, Number | None]) -> dict[str, dict[str, dict[str, Number | None]]]:
    """Return {table: {row: {column: value}}} of {path: value}."""
    tables: dict[str, dict[str, dict[str, Number | None]]] = {}
    for path, value in values.items():
        table, rest = path.split(".", 1)
        row, column = rest.rsplit(".", 1)
        tables.setdefault(table, {}).setdefault(row, {})[column] = value
    return tables


def failed_checks(values: dict[str, Number | None]) -> list[str]:
    """Return the ids of the arithmetic checks that do not hold, by the rules of the record: a check
    is skipped when a total is null or all addends are; otherwise a null addend counts as 0."""
    failed = []
    form = "2019" if f"{REQUESTS}.other_processing.total" in values else "2021"
    for table in (REQUESTS, REVIEW):
        rows = table_cells(table, form)
        for row, columns in rows.items():
            parts = [values.get(f"{table}.{row}.{c}") for c in columns[:-1]]
            if unequal(parts, values.get(f"{table}.{row}.total")):
                failed.append(f"{table}.row_sum.{row}")
    for column in table_cells(REQUESTS, form)["granted"]:

        def at(row: str, column: str = column) -> Number | None:
            return values.get(f"{REQUESTS}.{row}.{column}")

        if unequal([at(row) for row in outcome_rows(form)], at("results_total")):
            failed.append(f"{REQUESTS}.results_sum.{column}")
        left, right = (at("new_received"), at("carried_over")), at("results_total")
        if left[0] is not None and right is not None:
            if sum(v or 0 for v in left) != right + (at("carried_forward") or 0):
                failed.append(f"{REQUESTS}.balance.{column}")
    return sorted(failed)


def unequal(parts: list[Number | None], total: Number | None) -> bool:
    """Say whether `parts` do not add up to `total`; False when that cannot be said."""
    if total is None or all(part is None for part in parts):
        return False
    return sum(part or 0 for part in parts) != total


def row_names(table: str) -> tuple[str, ...]:
    """Return the canonical rows of `table` over both forms."""
    return tuple(ROWS[table])
