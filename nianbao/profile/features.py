"""The features of a page: what stands between its values, how its rows are filled, how its names are
written, which characters it has, how sure the labels are.

How much an agency has to say is no layout: there is no feature of length.  Each is a share or a score
in [0, 1], so that long pages and short ones compare.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from nianbao.encoding import (
    BAR,
    BARS,
    BLANK,
    BLANKS,
    EMPTY_LINE,
    EMPTY_LINES,
    GAP,
    LATIN,
    LINE,
    LINE_BAR,
    RULE,
    TAB,
    TOUCHING,
    UNK,
    Vocabulary,
    encode,
)
from nianbao.reading.folding import Folded, fold
from nianbao.rules.forms import COLUMNS, REQUESTS, ROWS, SECTIONS
from nianbao.spans import ROW_LABELS, Span

Group = Literal["layout", "characters", "labels"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One number of a page, in [0, 1]; `title` says in Chinese what it is the share of."""

    name: str
    title: str
    group: Group = "layout"


#: Token type of `nianbao.encoding` -> what stands between two tokens, in words.
_SEPARATORS: Final = {
    TOUCHING: ("touching", "没有分隔"),
    BLANK: ("blank", "一个空格"),
    BLANKS: ("blanks", "多个空格"),
    BAR: ("bar", "竖线"),
    BARS: ("bars", "多条竖线"),
    LINE: ("line", "换行"),
    LINE_BAR: ("line_bar", "换行加竖线"),
    EMPTY_LINE: ("empty_line", "一个空行"),
    EMPTY_LINES: ("empty_lines", "多个空行"),
    TAB: ("tab", "制表符"),
}
#: Values behind the name of a row of the second table, which has seven columns.
_FILLED: Final = {
    "none": "没有数值",
    "few": "一至六个数值",
    "full": "七个数值",
    "more": "超过七个数值",
}
_BOUNDS: Final = ("none", "few", "full", "more")

FEATURES: Final[tuple[Feature, ...]] = (
    *(Feature(f"value_after.{n}", f"数值前为{t}的占比") for n, t in _SEPARATORS.values()),
    *(Feature(f"name_after.{n}", f"行列名称前为{t}的占比") for n, t in _SEPARATORS.values()),
    *(Feature(f"row.{n}", f"申请表各行名称后{t}的占比") for n, t in _FILLED.items()),
    Feature("row.others_none", "其他两表各行名称后没有数值的占比"),
    Feature("line.one", "有数值的行中只有一个数值的占比"),
    Feature("line.few", "有数值的行中有二至六个数值的占比"),
    Feature("line.full", "有数值的行中有七个数值的占比"),
    Feature("line.more", "有数值的行中超过七个数值的占比"),
    Feature("row.shared_line", "与别的行名称同在一行的行名称占比"),
    Feature("value.block", "最长一串连续数值占全部数值的比重"),
    Feature("value.first", "出现在所有行名称之前的数值占比"),
    Feature("heading.found", "六个部分标题中找到的比重"),
    Feature("heading.order", "部分标题按顺序出现的比重"),
    Feature("heading.repeated", "重复出现的部分标题占比"),
    Feature("row.found", "各表行名称中找到的比重"),
    Feature("row.order", "申请表行名称按顺序出现的比重"),
    Feature("row.repeated", "重复出现的行名称占比"),
    Feature("row.before_heading", "出现在所有部分标题之前的行名称占比"),
    Feature("column.found", "申请表列名称中找到的比重"),
    Feature("column.repeated", "重复出现的列名称占比"),
    Feature("column.late", "申请表中出现在行名称之后的列名称占比"),
    Feature("wording.rows", "行名称与法定格式一致的占比"),
    Feature("wording.columns", "列名称与法定格式一致的占比"),
    Feature("wording.headings", "部分标题与法定格式一致的占比"),
    Feature("wording.broken", "中间被断开的名称占比"),
    Feature("value.zero", "数值中 0 的占比"),
    Feature("value.blank", "数值中斜线、短横等空白标记的占比"),
    Feature("value.dressed", "数值中带单位或括号等的占比"),
    Feature("value.long", "数值中五位以上的占比"),
    Feature("unknown", "词表以外字符的占比", "characters"),
    Feature("traditional", "汉字中繁体的占比", "characters"),
    Feature("fullwidth", "数字中全角的占比", "characters"),
    Feature("dropped", "拼音注音和不可见字符的占比", "characters"),
    Feature("latin", "外文词的占比", "characters"),
    Feature("rules", "横线等重复符号的占比", "characters"),
    Feature("gaps", "略去的叙述段落的占比", "characters"),
    Feature("score.least", "最没把握的二十分之一名称的得分", "labels"),
    Feature("score.quarter", "最没把握的四分之一名称的得分", "labels"),
    Feature("score.doubtful", "得分低于 0.9 的名称占比", "labels"),
    Feature("score.values", "最没把握的二十分之一数值的得分", "labels"),
)  # fmt: skip

_DOUBTFUL: Final = 0.9
_BLANKS: Final = frozenset(" \t\r\n|")
_ORDER: Final = {label: at for at, label in enumerate(ROW_LABELS)}
_SECTION_ORDER: Final = {f"heading.{section}": at for at, section in enumerate(SECTIONS)}
_NUMBERING: Final = re.compile(
    r"^(?:\([一二三四五六七八九十]+\)|[一二三四五六七八九十]+、|\d+[.、])"
)
_HAN: Final = re.compile("[^\u3400-\u9fff]+")
#: What the form of 2019 prints where that of 2021 says otherwise.
_ALSO: Final = {
    "row.proactive_disclosure.normative_documents": "规范性文件",
    "column.proactive_disclosure.decisions": "处理决定数量",
}


def measure(folded: Folded, spans: Sequence[Span], vocabulary: Vocabulary) -> NDArray[np.float64]:
    """Return the features of a page, float64 [features] in the order of `FEATURES`.

    `spans` are those of the page in folded offsets, sorted, without overlap.
    """
    page = _Page(folded.text, spans)
    found = {
        **_separators(page),
        **_filling(page),
        **_lines(page),
        **_order(page),
        **_wording(page),
        **_values(page),
        **_characters(folded, vocabulary),
        **_scores(page),
    }
    return np.array([found[feature.name] for feature in FEATURES])


class _Page:
    """A folded text with its spans by kind."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self.text = text
        self.values = [s for s in spans if s.label == "value"]
        self.rows = [s for s in spans if s.label.startswith("row.")]
        self.columns = [s for s in spans if s.label.startswith("column.")]
        self.headings = [s for s in spans if s.label.startswith("heading.")]
        groups = [s for s in spans if s.label.startswith("group.")]
        self.names = sorted((*self.rows, *self.columns, *groups), key=lambda s: s.start)
        #: What stands in tables, and the headings that part them.
        self.items = sorted((*self.names, *self.values, *self.headings), key=lambda s: s.start)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _separators(page: _Page) -> dict[str, float]:
    found: dict[str, float] = {}
    for prefix, spans in (("value_after", page.values), ("name_after", page.names)):
        kinds = Counter(_kind_before(page.text, span.start) for span in spans)
        for kind, (name, _) in _SEPARATORS.items():
            found[f"{prefix}.{name}"] = _share(kinds[kind], len(spans))
    return found


def _kind_before(text: str, start: int) -> int:
    """Return the token type of what stands before `start`, as `nianbao.encoding` has it."""
    at = start
    while at and text[at - 1] in _BLANKS:
        at -= 1
    between = Counter(text[at:start])
    lines, bars = between["\n"], between["|"]
    if lines:
        return (
            EMPTY_LINES if lines > 2 else EMPTY_LINE if lines == 2 else LINE_BAR if bars else LINE
        )
    if bars:
        return BAR if bars == 1 else BARS
    if between["\t"]:
        return TAB
    blanks = between[" "]
    return TOUCHING if not blanks else BLANK if blanks == 1 else BLANKS


def _filling(page: _Page) -> dict[str, float]:
    """How many values stand between a row's name and the next item, and the longest run of values."""
    followers: list[tuple[str, int]] = []
    longest = run = 0
    for span in page.items:
        if span.label == "value":
            run += 1
            longest = max(longest, run)
            if followers:
                followers[-1] = (followers[-1][0], followers[-1][1] + 1)
        else:
            run = 0
            followers.append((span.label, 0))
    own = [count for label, count in followers if label.startswith(f"row.{REQUESTS}.")]
    others = [
        count
        for label, count in followers
        if label.startswith("row.") and not label.startswith(f"row.{REQUESTS}.")
    ]
    kinds = Counter(_BOUNDS[_filled(count)] for count in own)
    first = page.rows[0].start if page.rows else 0
    return {
        **{f"row.{name}": _share(kinds[name], len(own)) for name in _FILLED},
        "row.others_none": _share(others.count(0), len(others)),
        "value.block": _share(longest, len(page.values)),
        "value.first": _share(sum(v.start < first for v in page.values), len(page.values)),
    }


def _filled(count: int) -> int:
    return 0 if not count else 1 if count < 7 else 2 if count == 7 else 3


def _lines(page: _Page) -> dict[str, float]:
    ends = [at for at, char in enumerate(page.text) if char == "\n"]
    with_values = Counter(bisect_right(ends, span.start) for span in page.values)
    with_rows = Counter(bisect_right(ends, span.start) for span in page.rows)
    sizes = Counter(_filled(count) for count in with_values.values() if count > 1)
    lines = len(with_values)
    shared = sum(count for count in with_rows.values() if count > 1)
    return {
        "line.one": _share(sum(count == 1 for count in with_values.values()), lines),
        "line.few": _share(sizes[1], lines),
        "line.full": _share(sizes[2], lines),
        "line.more": _share(sizes[3], lines),
        "row.shared_line": _share(shared, len(page.rows)),
    }


def _order(page: _Page) -> dict[str, float]:
    headings = [span.label for span in page.headings]
    rows = [span.label for span in page.rows]
    own = [label for label in rows if label.startswith(f"row.{REQUESTS}.")]
    columns = [span for span in page.columns if span.label.startswith(f"column.{REQUESTS}.")]
    first_row = next((s.start for s in page.rows if s.label.startswith(f"row.{REQUESTS}.")), None)
    first_heading = page.headings[0].start if page.headings else len(page.text)
    late = sum(span.start > first_row for span in columns) if first_row is not None else 0
    return {
        "heading.found": _share(len(set(headings)), len(SECTIONS)),
        "heading.order": _ascending([_SECTION_ORDER[label] for label in headings]),
        "heading.repeated": _repeated(headings),
        "row.found": _share(len(set(rows)), len(ROW_LABELS)),
        "row.order": _ascending([_ORDER[label] for label in own]),
        "row.repeated": _repeated(rows),
        "row.before_heading": _share(sum(s.start < first_heading for s in page.rows), len(rows)),
        "column.found": _share(len({s.label for s in columns}), len(COLUMNS[REQUESTS])),
        "column.repeated": _repeated([s.label for s in page.columns]),
        "column.late": _share(late, len(columns)),
    }


def _ascending(places: Sequence[int]) -> float:
    steps = list(zip(places, places[1:], strict=False))
    return _share(sum(a < b for a, b in steps), len(steps))


def _repeated(labels: Sequence[str]) -> float:
    return 1 - len(set(labels)) / len(labels) if labels else 0.0


def _wording(page: _Page) -> dict[str, float]:
    texts = {id(span): page.text[span.start : span.end] for span in page.names}
    broken = sum(any(char in _BLANKS for char in text.strip()) for text in texts.values())
    return {
        "wording.rows": _as_printed(page.text, page.rows),
        "wording.columns": _as_printed(page.text, page.columns),
        "wording.headings": _as_printed(page.text, page.headings),
        "wording.broken": _share(broken, len(texts)),
    }


def _as_printed(text: str, spans: Sequence[Span]) -> float:
    printed = _printed()
    same = sum(_bare(text[s.start : s.end]) in printed.get(s.label, ()) for s in spans)
    return _share(same, len(spans))


@cache
def _printed() -> dict[str, frozenset[str]]:
    """Return label -> what the forms print there, bare."""
    names = {f"heading.{section}": name for section, name in SECTIONS.items()}
    for prefix, tables in (("row", ROWS), ("column", COLUMNS)):
        for table, own in tables.items():
            names |= {f"{prefix}.{table}.{key}": name for key, name in own.items()}
    bare = {label: {_bare(fold(name).text)} for label, name in names.items()}
    for label, name in _ALSO.items():
        bare[label].add(name)
    return {label: frozenset(found) for label, found in bare.items()}


def _bare(text: str) -> str:
    """Return the Chinese characters of a name without its numbering."""
    squeezed = "".join(char for char in text if char not in _BLANKS)
    return _HAN.sub("", _NUMBERING.sub("", squeezed))


def _values(page: _Page) -> dict[str, float]:
    texts = [page.text[span.start : span.end].strip() for span in page.values]
    digits = ["".join(char for char in text if char.isdigit()) for text in texts]
    dressed = sum(
        bool(own) and not set(text) <= set("0123456789.,")
        for text, own in zip(texts, digits, strict=True)
    )
    return {
        "value.zero": _share(texts.count("0"), len(texts)),
        "value.blank": _share(digits.count(""), len(texts)),
        "value.dressed": _share(dressed, len(texts)),
        "value.long": _share(sum(len(own) >= 5 for own in digits), len(texts)),
    }


def _characters(folded: Folded, vocabulary: Vocabulary) -> dict[str, float]:
    encoded = encode(folded, vocabulary)
    count = len(encoded)
    before, after = _codes(folded.source_text)[folded.starts], _codes(folded.text)
    han = (before >= 0x4E00) & (before <= 0x9FFF)
    wide = _count((before >= 0xFF10) & (before <= 0xFF19))
    digits = _count((after >= 0x30) & (after <= 0x39))
    kept = len(np.unique(folded.starts))
    source = len(folded.source_text)

    def share(token: int) -> float:
        return _share(_count(encoded.ids == token), count)

    return {
        "unknown": share(UNK),
        "latin": share(LATIN),
        "rules": share(RULE),
        "gaps": share(GAP),
        "traditional": _share(_count(han & (before != after)), _count(han)),
        "fullwidth": _share(wide, digits),
        "dropped": _share(source - kept, source),
    }


def _count(where: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(where))


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _scores(page: _Page) -> dict[str, float]:
    scores = [span.score for span in (*page.names, *page.headings)]
    return {
        "score.least": _quantile(scores, 0.05),
        "score.quarter": _quantile(scores, 0.25),
        "score.doubtful": _share(sum(score < _DOUBTFUL for score in scores), len(scores)),
        "score.values": _quantile([span.score for span in page.values], 0.05),
    }


def _quantile(scores: Iterable[float], at: float) -> float:
    ordered = sorted(scores)
    return ordered[int(at * len(ordered))] if ordered else 0.0
