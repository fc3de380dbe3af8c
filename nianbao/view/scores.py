"""Measures of an evaluation: kinds of labeller side by side, per file on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nianbao.evaluation import Score, Summary, summarise

#: Kind of labeller -> (name of the report, its score).
Columns = Mapping[str, Sequence[tuple[str, Score]]]

_MEASURES = tuple(f.name for f in fields(Summary) if f.name != "reports")


def render(columns: Columns, *, per_file: bool) -> RenderableType:
    """Return a table with one line for each measure and one column for each kind; `per_file` adds
    such a table for each report, with its errors."""
    parts: list[RenderableType] = []
    if per_file:
        for name in _names(columns):
            parts += _file(columns, name)
    summaries = {kind: summarise(score for _, score in scores) for kind, scores in columns.items()}
    count = next(iter(summaries.values())).reports
    parts.append(_table(f"{count} reports", summaries))
    return Group(*parts)


def to_json(columns: Columns, *, per_file: bool) -> str:
    """Return the same as JSON: {kind: {measure: share, files: {name: {measure: …, errors}}}}."""
    data: dict[str, Any] = {}
    for kind, scores in columns.items():
        data[kind] = asdict(summarise(score for _, score in scores))
        if per_file:
            data[kind]["files"] = {
                name: {**asdict(summarise([score])), "errors": list(score.errors)}
                for name, score in scores
            }
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)


def _names(columns: Columns) -> list[str]:
    return [name for name, _ in next(iter(columns.values()))]


def _file(columns: Columns, name: str) -> Iterator[RenderableType]:
    scores = {kind: dict(pairs)[name] for kind, pairs in columns.items()}
    yield _table(name, {kind: summarise([score]) for kind, score in scores.items()})
    for kind, score in scores.items():
        for error in score.errors:
            yield Text(f"  {kind}: {error}", style="red")
    yield Text()


def _table(title: str, summaries: Mapping[str, Summary]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("measure")
    for kind in summaries:
        table.add_column(kind, justify="right")
    for measure in _MEASURES:
        row = (f"{getattr(summary, measure):.4f}" for summary in summaries.values())
        table.add_row(measure, *row)
    return table
