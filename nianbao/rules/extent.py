"""How far a label reaches: its printed number before it, brackets and stray words behind it."""

from __future__ import annotations

import re
from typing import Final

from nianbao.rules.places import Edges
from nianbao.rules.squeeze import Squeezed

_DIGIT_NUMBER: Final = re.compile(r"(?:\((\d)\)[.、,]?|(\d)[.、,:)。]|([①②③④⑤⑥⑦⑧⑨]))$")
_HAN_NUMBER: Final = re.compile(
    r"(?:\(([一二三四五六七八九十])\)?[.、,:]?|([一二三四五六七八九十])[、.,:)是。]"
    r"|第([一二三四五六七八九十])项?[、,:]?)$"
)
_CIRCLED: Final = {circled: str(number) for number, circled in enumerate("①②③④⑤⑥⑦⑧⑨", 1)}
_BRACKET: Final = re.compile(r"\((?![一二三四五六七八九十\d]+\))[^()]{1,150}\)")
_VALUES_INSIDE: Final = re.compile(r"\d[\s|]+\d|\|")
_PROSE_AHEAD: Final = re.compile(
    r"\d+(?:\.\d+)?(?:万元|元|人次|[件条项个宗起份部次篇])(?:[,、。;)]|[\u3400-\u9fff])"
    r"|\d{1,5}[。;]|[,。;:]"
)
#: How many characters of a cell may stand before and behind a wording and still be its label.
MAX_BEFORE: Final = 3
MAX_BEHIND: Final = 4
_NUMERALS: Final = "一二三四五六七八九十零无"


def with_number(squeezed: Squeezed, start: int, expected: str) -> tuple[int, bool]:
    """Return `start` with the printed number before it, and whether that is the `expected` one."""
    text = squeezed.text
    before = text[max(start - 5, 0) : start]
    found = _DIGIT_NUMBER.search(before) or _HAN_NUMBER.search(before)
    if found:
        number = next(g for g in found.groups() if g)
        if not expected and not squeezed.separated(start - len(found.group())):
            return start, False
        return start - len(found.group()), _CIRCLED.get(number, number) == expected
    if expected and text[start - 1 : start] == expected and not squeezed.line_break(start):
        run = re.search(r"\d*$", text[max(start - 12, 0) : start])
        glued = not squeezed.separated(start) and squeezed.separated(start - 1)
        glued = glued or (run is not None and len(run.group()) == 8)
        if glued or squeezed.line_break(start - 1):
            return start - 1, True
    return start, False


def with_brackets(squeezed: Squeezed, end: int) -> int:
    """Return `end` after a bracket that explains the label; `(一)` starts the next one."""
    found = _BRACKET.match(squeezed.text, end)
    if found is None or _VALUES_INSIDE.search(squeezed.original, *squeezed.source(*found.span())):
        return end
    return found.end()


def in_prose(squeezed: Squeezed, start: int, end: int) -> bool:
    """Tell whether [start, end) stands in a sentence that lists figures: `、重复申请6件、`."""
    text = squeezed.text
    if start and not squeezed.separated(start) and text[start - 1] in "、,;:中(。":
        return True
    return not squeezed.separated(end) and _PROSE_AHEAD.match(text, end) is not None


def whole_cell(squeezed: Squeezed, start: int, end: int, edges: Edges) -> tuple[int, int]:
    """Return [start, end) widened to its cell, if only a few Chinese characters are left over and
    no other label stands in them."""
    text = squeezed.text
    behind = end
    while behind - end <= MAX_BEHIND and not squeezed.separated(behind):
        if behind in edges.starts or not "\u3400" <= text[behind] <= "\u9fff":
            break
        behind += 1
    closed = squeezed.separated(behind) or text[behind].isdigit()
    numbered = _DIGIT_NUMBER.search(text[max(start - 5, 0) : start]) is not None
    if behind - end <= MAX_BEHIND and closed and (numbered or edges.left(squeezed, start)):
        end = behind
    before = start
    while start - before <= MAX_BEFORE and not squeezed.separated(before):
        character = text[before - 1]
        if before in edges.ends or not "\u3400" <= character <= "\u9fff":
            break
        if character in _NUMERALS:
            break
        before -= 1
    numbered = _DIGIT_NUMBER.search(text[max(before - 5, 0) : before]) is not None
    opened = squeezed.separated(before) or numbered
    if start - before <= MAX_BEFORE and opened and squeezed.separated(end):
        start = before
    return start, end
