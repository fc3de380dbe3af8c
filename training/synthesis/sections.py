"""The six sections of a made report: their headings in real rewordings, and their narratives."""

from __future__ import annotations

import random
from typing import Final

from nianbao.rules.forms import SECTIONS
from training.synthesis import phrases
from training.synthesis.far_headings import far_heading
from training.synthesis.model import Block, Piece
from training.synthesis.prose import Writer

NUMERALS: Final = "一二三四五六七八九十"

#: Section -> weighted headings without number, the statutory one first.
HEADINGS: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "overview": (
        ("总体情况", 70),
        ("{year}年政府信息公开总体情况", 3),
        ("政府信息公开总体情况", 3),
        ("概述", 3),
        ("工作概况", 2),
        ("总体工作情况", 2),
        ("政府信息公开工作总体情况", 3),
        ("基本情况", 3),
        ("总体概况", 2),
        ("总体情况概述", 1),
        ("{year}年工作总体情况", 2),
        ("整体情况", 1),
        ("政府信息公开工作概述", 1),
        ("政府信息公开工作开展情况", 1),
        ("概况", 1),
        ("{year}年政府信息公开工作总体情况", 1),
        ("工作开展总体情况", 1),
        ("政府信息公开概述", 1),
        ("总体工作概况", 1),
    ),
    "proactive_disclosure": (
        ("主动公开政府信息情况", 74),
        ("行政机关主动公开政府信息情况", 6),
        ("主动公开政府信息的情况", 5),
        ("主动公开情况", 4),
        ("主动公开信息情况", 2),
        ("政府信息主动公开情况", 4),
        ("{year}年主动公开政府信息情况", 2),
        ("主动公开政府信息工作情况", 1),
        ("主动公开政府信息的总体情况", 1),
        ("主动公开工作情况", 1),
        ("政府信息公开主动公开情况", 1),
        ("主动公开政府信息情况统计", 1),
        ("行政机关主动公开政府信息的情况", 1),
        ("主动公开信息的情况", 1),
    ),
    "requests": (
        ("收到和处理政府信息公开申请情况", 70),
        ("行政机关收到和处理政府信息公开申请情况", 7),
        ("依申请公开政府信息情况", 5),
        ("收到和处理政府信息公开申请的情况", 3),
        ("政府信息依申请公开情况", 3),
        ("依申请公开情况", 3),
        ("收到和处理信息公开申请情况", 2),
        ("政府信息公开申请收到和处理情况", 1),
        ("依申请公开政府信息办理情况", 2),
        ("受理政府信息公开申请情况", 1),
        ("政府信息依申请公开办理情况", 1),
        ("政府信息公开申请情况", 1),
        ("收到和处理政府信息申请情况", 1),
        ("行政机关收到和处理政府信息公开申请的情况", 1),
        ("收到和处理政府信息公开申请情况统计", 1),
        ("依申请公开政府信息和不予公开政府信息的情况", 1),
        ("政府信息公开申请办理情况", 1),
    ),
    "reconsideration_litigation": (
        ("政府信息公开行政复议、行政诉讼情况", 66),
        ("因政府信息公开工作被申请行政复议、提起行政诉讼情况", 6),
        ("因政府信息公开申请行政复议、提起行政诉讼情况", 4),
        ("政府信息公开行政复议、行政诉讼的情况", 3),
        ("行政复议、行政诉讼情况", 4),
        ("政府信息公开行政复议和行政诉讼情况", 3),
        ("政府信息公开行政复议及行政诉讼情况", 2),
        ("行政复议、行政诉讼和举报投诉情况", 2),
        ("因政府信息公开被申请行政复议、提起行政诉讼的情况", 3),
        ("复议、诉讼和申诉情况", 1),
        ("政府信息公开行政复议行政诉讼情况", 3),
        ("政府信息公开复议、诉讼情况", 2),
        ("行政复议和行政诉讼情况", 1),
        ("政府信息公开引起的行政复议、行政诉讼情况", 1),
        ("申请行政复议、提起行政诉讼的情况", 1),
        ("举报、复议、诉讼情况", 1),
        ("因政府信息公开工作申请行政复议、提起行政诉讼情况", 1),
        ("政府信息公开行政复议、诉讼的情况", 1),
        ("政府信息公开工作行政复议、行政诉讼情况", 1),
    ),
    "problems_improvements": (
        ("存在的主要问题及改进情况", 64),
        ("政府信息公开工作存在的主要问题及改进情况", 8),
        ("存在主要问题及改进情况", 4),
        ("存在的主要问题和改进情况", 4),
        ("存在的问题及改进情况", 4),
        ("存在的主要问题及改进措施", 4),
        ("存在问题和改进措施", 3),
        ("存在的主要问题及下一步改进情况", 2),
        ("存在的不足及改进措施", 1),
        ("主要问题及改进情况", 2),
        ("政府信息公开工作存在的问题及改进措施", 2),
        ("存在的主要问题及改进的情况", 1),
        ("工作中存在的主要问题及改进情况", 1),
        ("存在的问题及下一步工作打算", 1),
        ("存在问题及整改措施", 1),
        ("主要问题和改进措施", 1),
        ("存在的困难及改进措施", 1),
        ("存在的主要问题及改进方向", 1),
        ("政府信息公开工作存在的主要问题和改进情况", 1),
        ("主要存在的问题和改进情况", 1),
        ("存在的不足及改进情况", 1),
    ),
    "other_matters": (
        ("其他需要报告的事项", 82),
        ("其他事项", 4),
        ("需要报告的其他事项", 3),
        ("其他需报告的事项", 3),
        ("其它需要报告的事项", 3),
        ("其他需要说明的事项", 2),
        ("其他报告事项", 1),
        ("其他需要报告事项", 2),
        ("其他需要报告的情况", 1),
        ("其他应报告的事项", 1),
        ("其他有关事项", 1),
        ("其他需要报告的事项说明", 1),
        ("需要说明的其他事项", 1),
        ("其他要报告的事项", 1),
    ),
}
_NUMBERINGS: Final = (
    ("N、", 84),
    ("N、 ", 3),
    ("N.", 2),
    ("N．", 1),
    ("（N）", 2),
    ("第N部分 ", 2),
    ("第N部分：", 1),
    ("#.", 1),
    ("#、", 1),
    ("N ", 1),
    ("", 3),
    ("（#）", 1),
    ("N是", 1),
    ("N，", 1),
    ("N：", 1),
    ("第N章 ", 1),
    ("第N项 ", 1),
    ("【N】", 1),
    ("0#", 1),
    ("N、 　", 1),
)


class Headings:
    """Words the six headings of one report in one manner."""

    def __init__(self, rng: random.Random, year: int, reworded: bool) -> None:
        self._rng, self._year = rng, year
        self._pattern = _weighted(rng, _NUMBERINGS)
        self._strange = 1.0 if reworded else rng.choice((0.0, 0.0, 0.05, 0.3, 1.0))
        self._far = rng.choices((0.0, 0.2, 0.8), (76, 12, 12))[0]
        self._runs_in = rng.random() < 0.05
        self._ending = rng.choices(("", "。", "：", "\u3000"), (95, 2, 2, 1))[0]

    def make(self, section: str, index: int) -> tuple[Piece, ...]:
        """Return the pieces of a heading; `index` counts the headings of the report from 1."""
        rng = self._rng
        wordings = HEADINGS[section]
        words = wordings[0][0]
        if rng.random() < self._strange:
            words = _weighted(rng, wordings)
        if rng.random() < self._far:
            words = far_heading(rng, section)
        pattern = self._pattern
        if pattern and rng.random() < 0.012:
            pattern = rng.choice(("N是", "N", "N，", "N、N、", "N：", "（N）"))
        number = pattern.replace("N", NUMERALS[index - 1]).replace("#", str(index))
        heading = Piece(
            (number + words).format(year=self._year, next=self._year + 1), f"heading.{section}"
        )
        return (heading, Piece(self._ending, None)) if self._ending else (heading,)

    def run_in(self, heading: tuple[Piece, ...], text: str) -> tuple[Piece, ...] | None:
        """Return the heading with its first paragraph on the same line, None where the report does
        not write so."""
        if not self._runs_in or len(heading) > 1:
            return None
        return (*heading, Piece(self._rng.choice(("。", "：", " ", "。 ", "\u3000")) + text, None))


def _weighted(rng: random.Random, choices: tuple[tuple[str, float], ...]) -> str:
    return rng.choices([text for text, _ in choices], [weight for _, weight in choices])[0]


def paragraph(text: str, section: str | None) -> Block:
    """Return a paragraph of plain prose."""
    return Block("paragraph", (Piece(text, None),), section=section)


def intro(writer: Writer) -> list[str]:
    """Return the paragraphs that say what the report is and what it covers."""
    count = writer.rng.choices((0, 1, 2, 4), (12, 28, 40, 20))[0]
    if not count:
        return []
    chosen = writer.rng.sample(phrases.INTRO, count)
    texts = [writer.say(template) for template in chosen]
    return ["".join(texts)] if writer.rng.random() < 0.8 else texts


def contents(writer: Writer) -> list[Block]:
    """Return a table of contents: the six headings as plain lines."""
    rng = writer.rng
    lines = [rng.choice(("目录", "目  录", "目 录"))] if rng.random() < 0.7 else []
    leader = rng.choice(("", "……", "........", " "))
    lines += [
        f"{heading}{leader}{rng.randint(1, 9) if leader else ''}" for heading in SECTIONS.values()
    ]
    return [Block("intro", (Piece(line, None),)) for line in lines]


def charges(writer: Writer, index: int) -> list[Block]:
    """Return the section on charges that reports had before 2019; the record has no place for it."""
    head = writer.say(
        "[政府信息公开的收费及减免情况|收费及减免情况|依申请信息公开收费情况|政府信息公开收费情况]"
    )
    heading = Block(
        "paragraph", (Piece(f"{NUMERALS[index - 1]}、{head}", None),), section="requests"
    )
    return [heading, paragraph(writer.one_of(phrases.FEES), "requests")]


def narrative(writer: Writer, section: str, has_table: bool) -> tuple[list[Block], list[Block]]:
    """Return the paragraphs of `section` before and after its table."""
    rng = writer.rng
    if section == "overview":
        opening = intro(writer) if rng.random() < 0.12 else []
        return [paragraph(text, section) for text in opening + _overview(writer)], []
    if section == "problems_improvements":
        return [paragraph(text, section) for text in _problems(writer)], []
    if section == "other_matters":
        return [paragraph(text, section) for text in _other(writer)], []
    if has_table and rng.random() < 0.78:
        return [], []
    blocks = [paragraph(text, section) for text in _with_table(writer, section, has_table)]
    return (blocks, []) if not has_table or rng.random() < 0.75 else ([], blocks)


def _with_table(writer: Writer, section: str, has_table: bool) -> list[str]:
    if section == "proactive_disclosure":
        if has_table and writer.rng.random() < 0.5:
            return [writer.one_of(phrases.SECTION_TWO)]
        return [writer.topic("PROACTIVE", writer.rng.randint(1, 4))]
    if section == "requests":
        if has_table and writer.facts.get("received"):
            return [writer.one_of(phrases.SECTION_THREE)]
        return [writer.topic("REQUESTED", writer.rng.randint(1, 3))]
    if has_table and writer.facts.get("reviews"):
        return [writer.one_of(phrases.SECTION_FOUR)]
    return [writer.topic("REVIEWS", 1)]


def _overview(writer: Writer) -> list[str]:
    rng = writer.rng
    style = rng.choices(("topics", "list", "plain", "short"), (62, 18, 14, 6))[0]
    opening = writer.sentences(phrases.OVERVIEW_OPEN, rng.randint(1, 2))
    if style == "short":
        return [opening]
    if style == "plain":
        names = ("PROACTIVE", "REQUESTED", "MANAGEMENT", "PLATFORM", "SUPERVISION")
        return [
            opening,
            *(
                writer.topic(name, rng.randint(2, 4))
                for name in rng.sample(names, rng.randint(2, 5))
            ),
        ]
    topics = list(phrases.FIVE)
    if rng.random() < 0.35:
        topics = topics[: rng.randint(2, 5)]
    if rng.random() < 0.35:
        topics.insert(rng.randint(0, len(topics)), rng.choice(phrases.MORE_TOPICS))
    numbered = [
        (rng.choice(names), writer.topic(bank, rng.randint(1, 4))) for names, bank in topics
    ]
    body = _listed(rng, numbered) if style == "list" else _headed(rng, numbered)
    return [opening, *body] if rng.random() < 0.75 else body


def _headed(rng: random.Random, topics: list[tuple[str, str]]) -> list[str]:
    """Topics under sub-headings of their own: on their own line, or running in."""
    number = rng.choices(
        ("（N）", "（N） ", "N、", "#.", "#、", "N是", "", "（N）、"), (66, 5, 7, 7, 5, 4, 3, 3)
    )[0]
    own_line = rng.random() < 0.45
    ending = (
        rng.choice(("。", "。", "：", "", " ")) if not own_line else rng.choice(("", "", "", "。"))
    )
    lines = []
    for index, (name, text) in enumerate(topics, 1):
        head = number.replace("N", NUMERALS[index - 1]).replace("#", str(index)) + name + ending
        lines += [head, text] if own_line else [head + text]
    return lines


def _listed(rng: random.Random, topics: list[tuple[str, str]]) -> list[str]:
    """Topics as 一是…二是…, in one paragraph or several."""
    items = [f"{NUMERALS[i]}是{name}。{text}" for i, (name, text) in enumerate(topics)]
    return ["".join(items)] if rng.random() < 0.4 else items


def _problems(writer: Writer) -> list[str]:
    rng = writer.rng
    problems = [writer.say(t) for t in rng.sample(phrases.PROBLEMS, rng.randint(1, 4))]
    remedies = [writer.say(t) for t in rng.sample(phrases.IMPROVE, rng.randint(1, 4))]
    first = writer.one_of(phrases.PROBLEMS_OPEN) + _enumerated(writer, problems)
    second = writer.one_of(phrases.IMPROVE_OPEN) + _enumerated(writer, remedies)
    if rng.random() < 0.2:
        second = writer.one_of(phrases.SOLVED) + second
    style = rng.random()
    if style < 0.3:
        heads = rng.choice(
            (
                ("存在的主要问题", "改进情况"),
                ("存在的问题", "改进措施"),
                ("主要问题", "下一步改进措施"),
            )
        )
        number = rng.choice(("（N）", "（N）", "#.", "N、"))
        marks = [
            number.replace("N", NUMERALS[i]).replace("#", str(i + 1)) + head
            for i, head in enumerate(heads)
        ]
        gap = rng.choice(("。", "：", "\n", ""))
        if gap == "\n":
            return [marks[0], first, marks[1], second]
        return [marks[0] + gap + first, marks[1] + gap + second]
    return [first + second] if style < 0.5 else [first, second]


def _enumerated(writer: Writer, items: list[str]) -> str:
    """Join items as 一是…；二是…。, as 1.…, or plainly."""
    rng = writer.rng
    marks = rng.choice(("N是", "N是", "N是", "（#）", "#.", "", "#、", "第N，"))
    end = rng.choice(("；", "。"))
    parts = []
    for index, item in enumerate(items):
        mark = (
            marks.replace("N", NUMERALS[index]).replace("#", str(index + 1))
            if len(items) > 1
            else ""
        )
        tail = writer.borrowed() if rng.random() < writer.borrow else ""
        parts.append(mark + item + ("。" if tail or index == len(items) - 1 else end) + tail)
    return "".join(parts)


def _other(writer: Writer) -> list[str]:
    rng = writer.rng
    if rng.random() < 0.5:
        return [writer.one_of(phrases.OTHER[:5])]
    texts = [writer.one_of(phrases.FEES)]
    if rng.random() < 0.5:
        texts.insert(rng.randint(0, 1), writer.one_of(phrases.OTHER[5:]))
    if len(texts) > 1 and rng.random() < 0.5:
        texts = [f"（{NUMERALS[i]}）{text}" for i, text in enumerate(texts)]
    return texts if rng.random() < 0.6 else ["".join(texts)]
