"""How a report words the labels of the forms: one style a report, now and then a one-off variant.

Templates are written in full width punctuation and mainland words; `Style.write` turns them into the
report's own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from nianbao.rules.forms import COLUMNS, PROACTIVE, REQUESTS, REVIEW
from training.synthesis.label_words import (
    BLOCK_HEADS,
    BODIES,
    INSTRUCTIONS,
    NORMATIVE,
    PROACTIVE_HEADS,
    REQUEST_HEADS,
    REVIEW_HEADS,
    Wordings,
)
from training.synthesis.paraphrase import paraphrase

_NARROW: Final = str.maketrans("（），：；？！", "(),:;?!")
_NARROW_BRACKETS: Final = str.maketrans("（）", "()")
_TAIWAN: Final = (("文件", "档案"), ("视频", "影片"), ("网络", "网路"), ("数据", "资料"))
_NUMERALS: Final = "一二三四五六七八九十"
_CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩"


@dataclass(frozen=True, slots=True)
class Style:
    """The habits of one report; `strange` is the chance that a label is worded unusually, `far` that it
    is rewritten in words of nobody's list."""

    strange: float
    far: float
    narrow: str  # "none", "brackets" or "all"
    items: str  # numbering of 1. 2. 3.
    outcomes: str  # numbering of (一) (二)
    parts: str  # numbering of 一、 二、
    gap: str  # between a number and its words
    instructions: bool
    heads: dict[str, str]
    year: int
    wraps: int  # heads of narrow columns: 0 on one line, 1 the usual ones wrapped, 2 all
    taiwan: bool  # words of sites that convert to Taiwan usage

    def write(self, text: str) -> str:
        """Return `text` in the report's regional words and width of punctuation."""
        if self.taiwan:
            for mainland, local in _TAIWAN:
                text = text.replace(mainland, local)
        if self.narrow == "all":
            return text.translate(_NARROW)
        return text.translate(_NARROW_BRACKETS) if self.narrow == "brackets" else text

    def number(self, level: int, index: int) -> str:
        """Return the printed number of a label; `level` 1 is 一、, 2 is (一), 3 is 1.; index from 1."""
        numeral = _NUMERALS[index - 1]
        patterns = {1: self.parts, 2: self.outcomes, 3: self.items}
        pattern = patterns[level]
        if pattern == "circled":
            return _CIRCLED[index - 1] + self.gap
        filled = pattern.replace("N", numeral).replace("#", str(index))
        return self.write(filled) + self.gap if filled else ""


def make_style(rng: random.Random, year: int) -> Style:
    """Draw the habits of a report on `year`."""
    heads = rng.choices([h for h, _ in PROACTIVE_HEADS], [w for _, w in PROACTIVE_HEADS])[0]
    plain = rng.random() < 0.55
    return Style(
        strange=rng.choice((0.0, 0.0, 0.02, 0.06, 0.15, 0.4)),
        far=rng.choices((0.0, 0.1, 0.4, 0.9), weights=(64, 12, 12, 12))[0],
        narrow=rng.choices(("all", "none", "brackets"), weights=(45, 40, 15))[0],
        items="#."
        if plain
        else rng.choice(("#.", "#、", "（#）", "#．", "#", "circled", "", "#）", "#。")),
        outcomes="（N）"
        if rng.random() < 0.9
        else rng.choice(("（N）、", "N、", "", "（#）", "N.")),
        parts="N、"
        if rng.random() < 0.93
        else rng.choice(("N、", "N.", "N．", "", "N，", "第N项 ")),
        gap=rng.choices(("", " "), weights=(92, 8))[0],
        instructions=rng.random() < 0.06,
        heads=heads,
        year=year,
        wraps=rng.choices((0, 1, 2), weights=(50, 40, 10))[0],
        taiwan=rng.random() < 0.02,
    )


def _pick(rng: random.Random, wordings: Wordings, strange: float) -> str:
    """Return the first wording, or with chance `strange` a weighted one of all."""
    if rng.random() >= strange:
        return wordings[0][0]
    return rng.choices(
        [text for text, _ in wordings[1:]] or [wordings[0][0]], [w for _, w in wordings[1:]] or [1]
    )[0]


def body(rng: random.Random, style: Style, label: str) -> str:
    """Return the words of a row, group or note label, without its number."""
    if label == f"row.{PROACTIVE}.normative_documents":
        raise ValueError("use normative_documents(), its wording depends on the form")
    text = _pick(rng, BODIES[label], max(style.strange, 0.015))
    return style.write(_far(rng, style, label, text))


def _far(rng: random.Random, style: Style, label: str, text: str) -> str:
    """Return `text`, with chance `style.far` rewritten."""
    return paraphrase(rng, label, text) if rng.random() < style.far else text


def normative_documents(rng: random.Random, style: Style, form: str) -> str:
    """Return the words of the row 规范性文件 (2019) or 行政规范性文件 (2021)."""
    usual = "规范性文件" if form == "2019" else "行政规范性文件"
    if rng.random() < 0.85:
        return style.write(_far(rng, style, f"row.{PROACTIVE}.normative_documents", usual))
    text = rng.choices([t for t, _ in NORMATIVE], [w for _, w in NORMATIVE])[0]
    return style.write(text)


def block_head(rng: random.Random, style: Style, item: str) -> str:
    """Return the head of a block of table 1: 第二十条第(一)项."""
    pattern = "第二十条第（{}）项"
    if rng.random() < max(style.strange, 0.03):
        pattern = rng.choice(BLOCK_HEADS[:5])
    if rng.random() < style.far:
        pattern = rng.choice(BLOCK_HEADS)
    return style.write(pattern.format(item))


def proactive_head(rng: random.Random, style: Style, column: str, form: str) -> str:
    """Return a column head of table 1."""
    usual = COLUMNS[PROACTIVE][column].replace("(", "（").replace(")", "）").replace(":", "：")
    if column == "decisions" and form == "2019":
        usual = "处理决定数量"
    text = _far(rng, style, f"column.{PROACTIVE}.{column}", style.heads.get(column, usual))
    if style.instructions and form == "2019" and column in INSTRUCTIONS:
        text += INSTRUCTIONS[column].format(year=style.year, last=style.year - 1)
    return style.write(text)


def request_head(rng: random.Random, style: Style, column: str) -> str:
    """Return a column head of table 2."""
    text = _weighted(rng, style, REQUEST_HEADS[column])
    return style.write(_far(rng, style, f"column.{REQUESTS}.{column}", text))


def review_head(rng: random.Random, style: Style, column: str) -> str:
    """Return a column head of table 3."""
    text = _weighted(rng, style, REVIEW_HEADS[column])
    return style.write(_far(rng, style, f"column.{REVIEW}.{column}", text))


def _weighted(rng: random.Random, style: Style, wordings: Wordings) -> str:
    """Return the usual wording, wrapped as the report wraps its narrow heads; rarely another."""
    if rng.random() < max(style.strange, 0.02):
        return rng.choices([text for text, _ in wordings], [weight for _, weight in wordings])[0]
    often, sometimes = 30, 8
    wrapped = wordings[1][1] >= (often if style.wraps == 1 else sometimes)
    return wordings[1 if style.wraps and wrapped else 0][0]
