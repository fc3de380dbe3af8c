"""Spans: labelled half-open stretches of one text, and the closed set of labels.

A label is a dotted name.  `row.` and `column.` labels carry the canonical path of the record, so
that nothing downstream has to translate a name a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from nianbao.rules.forms import COLUMNS, ROWS, SECTIONS

Source = Literal["model", "rules", "gold", "made"]


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is a `label`.

    `score` is the labeller's probability, in [0, 1]; `source` says who labelled.  Both are
    provenance: two spans are equal when they say the same of the same characters.
    """

    start: int
    end: int
    label: str
    score: float = field(default=1.0, compare=False)
    source: Source = field(default="model", compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is empty or reversed")


#: The pieces of a title: "title" is what remains of it beside the agency and the year.
META_LABELS = ("title", "agency", "year", "date")
HEADING_LABELS = tuple(f"heading.{section}" for section in SECTIONS)
ROW_LABELS = tuple(f"row.{table}.{row}" for table, rows in ROWS.items() for row in rows)
COLUMN_LABELS = tuple(
    f"column.{table}.{column}" for table, columns in COLUMNS.items() for column in columns
)
#: Heads of several rows or columns.  `row.requests.other_processing` is a row in the 2019 form and
#: the head of three rows in the 2021 form; it has one label, and the values beside it decide.
GROUP_LABELS = (
    "group.block",  # 第二十条第(一)项 …
    "group.content",  # 信息内容
    "group.applicants",  # 申请人情况
    "group.organizations",  # 法人或其他组织
    "group.results",  # 三、本年度办理结果
    "group.denied",  # (三)不予公开
    "group.unavailable",  # (四)无法提供
    "group.not_processed",  # (五)不予处理
    "group.litigation",  # 行政诉讼
)
OTHER_LABELS = ("value", "note", "furniture")

#: Every label, in the fixed order that a bundle's manifest repeats.
LABELS: tuple[str, ...] = (
    META_LABELS + HEADING_LABELS + ROW_LABELS + COLUMN_LABELS + GROUP_LABELS + OTHER_LABELS
)


def check_spans(spans: Iterable[Span], text: str) -> list[Span]:
    """Return `spans` sorted by start; raise ValueError naming the first that overlaps, lies outside
    `text` or has an unknown label."""
    ordered = sorted(spans, key=lambda s: (s.start, s.end))
    end = 0
    for span in ordered:
        if span.label not in _KNOWN:
            raise ValueError(f"unknown label {span.label!r} at [{span.start}, {span.end})")
        if span.end > len(text):
            raise ValueError(f"span [{span.start}, {span.end}) lies outside {len(text)} characters")
        if span.start < end:
            raise ValueError(
                f"span [{span.start}, {span.end}) {span.label} overlaps its predecessor"
            )
        end = span.end
    return ordered


_KNOWN = frozenset(LABELS)
