"""Labels that stand between two known ones of the form, where their own wording is too damaged.

The forms fix what stands between any two neighbours; a stretch of characters there that is a little
like it is taken for it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import Levenshtein

from nianbao.rules.forms import (
    COLUMNS,
    PROACTIVE,
    PROACTIVE_COLUMNS,
    REQUESTS,
    REVIEW,
    ROWS,
    request_rows,
)
from nianbao.rules.patterns import HEADS, ORDERED, ORDERED_GROUPS

#: Start, end, label, similarity; offsets into the squeezed text.
Labelled = tuple[int, int, str, float]

#: A gap longer than this, in squeezed characters, holds prose or lost labels.
MAX_GAP: Final = 90
#: Least similarity between two neighbours that both say what stands here, and beside one that does.
BOTH_SIDES: Final = 0.34
ONE_SIDE: Final = 0.55
_CHUNK: Final = re.compile(r"(?:\d(?=[.、,)]))?[^\d/*+-]*[\u3400-\u9fff][^\d/*+-]*")
_PROSE: Final = re.compile(r"[。;,:]")
_NUMBER: Final = re.compile(r"^(?:\(?[一二三四五六七八九十\d]\)|[一二三四五六七八\d][、.,:])")


def _proactive(form: str) -> list[str]:
    """Return the labels of the first table in printed order: in both forms rows of one block have
    the same columns."""
    blocks = {"2021": (2, 1, 2, 1), "2019": (2, 2, 2, 1, 1)}[form]
    rows = list(PROACTIVE_COLUMNS[form])
    printed: list[str] = []
    for size in blocks:
        block, rows = rows[:size], rows[size:]
        columns = PROACTIVE_COLUMNS[form][block[0]]
        printed += ["group.block", "group.content"]
        printed += [f"column.{PROACTIVE}.{column}" for column in columns]
        printed += [f"row.{PROACTIVE}.{row}" for row in block]
    return printed


def _requests(form: str) -> list[str]:
    columns = [f"column.{REQUESTS}.{column}" for column in COLUMNS[REQUESTS]]
    printed = [f"heading.{REQUESTS}", "note", "group.applicants", columns[0]]
    printed += ["group.organizations", columns[-1], *columns[1:-1]]
    before = defaultdict(list)
    for group, (_, _, row) in ORDERED_GROUPS.items():
        before[row].append(group)
    if form == "2021":
        first = f"row.{REQUESTS}.other_processing.correction_overdue"
        before[first].append(f"row.{REQUESTS}.other_processing")
    for name in request_rows(form):
        row = f"row.{REQUESTS}.{name}"
        printed += [*before[row], row]
    return printed


def _review() -> list[str]:
    rows = [f"row.{REVIEW}.{row}" for row in ROWS[REVIEW]]
    columns = [f"column.{REVIEW}.{column}" for column in COLUMNS[REVIEW]]
    first = [f"heading.{REVIEW}", rows[0], "group.litigation", *columns]
    return [*first, *rows[1:], *columns, *columns]


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """What the forms print `between` two labels, `after` one and `before` one."""

    between: dict[tuple[str, str], frozenset[str]]
    after: dict[str, frozenset[str]]
    before: dict[str, frozenset[str]]


@cache
def _neighbours() -> _Neighbours:
    between: dict[tuple[str, str], set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for form in ("2021", "2019"):
        for printed in (_proactive(form), _requests(form), _review()):
            for left, middle, right in zip(printed, printed[1:], printed[2:], strict=False):
                between[left, right].add(middle)
            for left, right in pairwise(printed):
                after[left].add(right)
                before[right].add(left)
    return _Neighbours(
        {pair: frozenset(labels) for pair, labels in between.items()},
        {label: frozenset(labels) for label, labels in after.items()},
        {label: frozenset(labels) for label, labels in before.items()},
    )


@cache
def _texts() -> dict[str, tuple[str, ...]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for wording in (*ORDERED, *HEADS):
        texts[wording.label].append(wording.text)
    return {label: tuple(found) for label, found in texts.items()}


def fill_gaps(text: str, labelled: Sequence[Labelled]) -> list[Labelled]:
    """Return the labels found between neighbours of `labelled` in the squeezed `text`."""
    ordered = sorted(labelled)
    found: list[Labelled] = []
    for left, right in pairwise(ordered):
        if left[1] < right[0] <= left[1] + MAX_GAP:
            before = left
            for chunk in _CHUNK.finditer(text, left[1], right[0]):
                label = _between(text, chunk, before[2], right[2])
                if label is not None:
                    found.append(label)
                    before = label
    return found


def _between(text: str, chunk: re.Match[str], left: str, right: str) -> Labelled | None:
    """Return the label of `chunk` between `left` and `right`, if the forms put one there."""
    known, none = _neighbours(), frozenset[str]()
    wanted = dict.fromkeys(sorted(known.between.get((left, right), none)), BOTH_SIDES)
    for label in sorted(known.after.get(left, none) | known.before.get(right, none)):
        wanted.setdefault(label, ONE_SIDE)
    start, end = chunk.span()
    end = start + len(text[start:end].rstrip("(、,.。:"))
    number = _NUMBER.match(text[start:end])
    core = text[start + (number.end() if number else 0) : end]
    best: Labelled | None = None
    if _PROSE.search(core):
        return None
    for label, least in wanted.items():
        if label in (left, right) and least == ONE_SIDE:
            continue
        for wording in _texts().get(label, ()):
            similarity = 1 - Levenshtein.distance(wording, core) / max(len(wording), len(core), 1)
            if similarity >= least and (best is None or similarity > best[3]):
                best = start, end, label, similarity
    return best
