"""The statutory forms as JSON for the page: where every head and every value stands.

The drawing is that of the terminal view, so that the form is written down once; grid lines that only
a terminal needs are taken out.  `python -m serving.grids` writes `serving/page/forms.json`.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from nianbao.checks.names import TABLE_NAMES, cell_name
from nianbao.rules.forms import SECTIONS, table_cells
from nianbao.view.grid import GridCell
from nianbao.view.layout import table_grid
from nianbao.view.marks import LOW_CONFIDENCE

FORMS: Final = ("2019", "2021")
FILE: Final = Path(__file__).with_name("page") / "forms.json"

#: Terminal columns of the drawing, which only set the shares of the columns.
_WIDTH: Final = 110


def forms() -> dict[str, Any]:
    """Return names, the bound of a doubtful score, and the grid of every table in every form."""
    return {
        "low_confidence": LOW_CONFIDENCE,
        "sections": SECTIONS,
        "tables": TABLE_NAMES,
        "forms": {form: {table: grid(table, form) for table in TABLE_NAMES} for form in FORMS},
    }


def grid(table: str, form: str) -> dict[str, Any]:
    """Return `columns` (relative widths), `rows` (their number) and `cells` of one table.

    A cell has its place (`row`, `column`), its spans where they are not 1, and either the `text` of
    a head with the `axis` it heads, or the `path` of a value and its full `name`.
    """
    paths = [
        f"{table}.{row}.{c}" for row, columns in table_cells(table, form).items() for c in columns
    ]
    shown: dict[int, str] = {}
    texts: list[Text] = []  # kept, so that no identity is given twice

    def show(path: str) -> Text:
        texts.append(Text())
        shown[id(texts[-1])] = path
        return texts[-1]

    drawn = table_grid(table, paths, show, _WIDTH)
    if drawn is None:
        raise ValueError(f"form {form} has no cell of {table}")
    edges = sorted({cell.column for cell in drawn.cells})
    bounds = [*edges, len(drawn.widths)]
    values = [cell for cell in drawn.cells if id(cell.text) in shown]
    cells = []
    for cell in sorted(drawn.cells, key=lambda c: (c.row, c.column)):
        path = shown.get(id(cell.text))
        end = bisect_left(bounds, cell.column + cell.colspan)
        placed = {"row": cell.row, "column": bisect_left(edges, cell.column)}
        spans = {"rowspan": cell.rowspan, "colspan": end - placed["column"]}
        placed |= {name: span for name, span in spans.items() if span > 1}
        if path is not None:
            cells.append(placed | {"path": path, "name": cell_name(path, form)})
        else:
            text = cell.text.plain.replace("\n", "")
            cells.append(placed | {"text": text, "axis": _axis(cell, values)})
    return {
        "columns": [sum(drawn.widths[a:b]) for a, b in pairwise(bounds)],
        "rows": max(cell.row + cell.rowspan for cell in drawn.cells),
        "cells": cells,
    }


def _axis(head: GridCell, values: Iterable[GridCell]) -> str:
    """Return "row" for a head with a value to its right in one of its rows, else "column"."""
    rows = range(head.row, head.row + head.rowspan)
    return "row" if any(v.row in rows and v.column > head.column for v in values) else "column"


def to_json() -> str:
    """Return what `serving/page/forms.json` holds."""
    return json.dumps(forms(), ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    """Write the file anew."""
    FILE.write_text(to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
