"""Titles, dates and signatures of made reports, with their pieces labelled."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from training.synthesis.far_headings import far_title
from training.synthesis.model import Block, Piece
from training.synthesis.places import Agency

_WORDS: Final = (
    ("政府信息公开工作年度报告", 66),
    ("政府信息公开年度报告", 13),
    ("政府信息公开工作报告", 3),
    ("政府信息公开工作情况报告", 2),
    ("政务公开工作年度报告", 2),
    ("政府信息公开工作年报", 3),
    ("信息公开工作年度报告", 2),
    ("政府信息公开情况年度报告", 2),
    ("政府信息公开情况报告", 2),
    ("政府信息公开工作情况", 1),
    ("政府信息公开年报", 3),
    ("政府信息公开年度工作报告", 2),
    ("政府信息公开工作情况的报告", 1),
    ("政府信息与政务公开年度报告", 1),
    ("政府信息公开工作总结", 1),
    ("政务信息公开工作年度报告", 1),
)
#: Order of the pieces: A agency, Y year, T the rest, | a new line, other characters as they are.
_ORDERS: Final = (
    ("AYT", 50),
    ("A|YT", 12),
    ("AY|T", 6),
    ("YAT", 6),
    ("AT", 3),
    ("A|T", 2),
    ("YT", 3),
    ("T", 1),
    ("关于AYT", 1),
    ("A关于YT", 2),
    ("AT（Y）", 2),
    ("A|关于YT", 1),
    ("Y|AT", 1),
    ("A Y T", 5),
    ("A|Y T", 2),
    ("", 6),
    ("A|Y|T", 2),
    ("YA|T", 2),
    ("A（Y）T", 1),
    ("A|T|（Y）", 2),
    ("AT—Y", 1),
    ("《AYT》", 1),
    ("AY的T", 1),
    ("A发布YT", 1),
    ("A Y|T", 1),
    ("A：YT", 1),
)
_DIGITS: Final = "〇一二三四五六七八九"
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Title:
    """A title: its lines of pieces (none when the page has no title) and what they say."""

    lines: tuple[tuple[Piece, ...], ...]
    has_agency: bool
    has_year: bool

    @property
    def text(self) -> str:
        return "".join(piece.text for line in self.lines for piece in line)


def make_title(rng: random.Random, agency: Agency, year: int) -> Title:
    """Draw a title of the report of `agency` on `year`."""
    order = _weighted(rng, _ORDERS)
    lines = tuple(_line(rng, part, agency, year) for part in order.split("|")) if order else ()
    return Title(lines, "A" in order, "Y" in order)


def _weighted(rng: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([text for text, _ in choices], [weight for _, weight in choices])[0]


def _line(rng: random.Random, order: str, agency: Agency, year: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for mark in order:
        if mark == "A":
            pieces.append(Piece(agency.name, "agency"))
        elif mark == "Y":
            pieces.append(Piece(year_in_title(rng, year), "year"))
        elif mark == "T":
            words = _weighted(rng, _WORDS) if rng.random() < 0.85 else far_title(rng)
            if rng.random() < 0.02:
                words = words.replace("工作", "工作 ").replace("信息公开年", "信息公开 年")
            pieces.append(Piece(words, "title"))
        elif mark == " ":
            pieces.append(Piece(" ", None))
        elif pieces and pieces[-1].label == "title":
            pieces[-1] = Piece(pieces[-1].text + mark, "title")
        else:
            pieces.append(Piece(mark, "title"))
    return tuple(pieces)


def year_in_title(rng: random.Random, year: int) -> str:
    """Print the year as titles do: 2023年, 2023年度, 二〇二三年, ..."""
    unit = rng.choice(("年", "年", "年度"))
    style = rng.random()
    if style < 0.03:
        return "".join(_DIGITS[int(d)] for d in str(year)) + unit
    if style < 0.06:
        return str(year).translate(_WIDE) + unit
    if style < 0.11:
        return f"{year} {unit}"
    if style < 0.13:
        return "".join(_DIGITS[int(d)] for d in str(year)).replace("〇", rng.choice("○零O0")) + unit
    if style < 0.145:
        return f"{year} {unit}".replace("年", " 年")
    if style < 0.155:
        return rng.choice((f"{year}", f"{year} 年 度"))
    return f"{year}{unit}"


def meta_pieces(rng: random.Random, agency: Agency, year: int) -> tuple[Piece, ...]:
    """Return the pieces of a title on one line, as metadata and page heads repeat it."""
    return _line(rng, rng.choice(("AYT", "AYT", "YAT")), agency, year)


def make_published(rng: random.Random, year: int) -> date:
    """Draw the day on which the report on `year` was published: most come out in January."""
    return date(year + 1, 1, 1) + timedelta(days=int(rng.triangular(2, 110, 20)))


def print_date(rng: random.Random, day: date) -> str:
    """Print a date in one of the forms in use."""
    padded = rng.random() < 0.3
    month = f"{day.month:02d}" if padded else str(day.month)
    number = f"{day.day:02d}" if padded else str(day.day)
    style = rng.random()
    if style < 0.78:
        return f"{day.year}年{month}月{number}日"
    if style < 0.84:
        forms = (
            "{0}-{1}-{2}",
            "{0}/{1}/{2}",
            "{0}年 {1}月 {2}日",
            "{0} 年{1}月{2} 日",
            "{0}年{1}月{2}号",
        )
        return rng.choice(forms).format(day.year, month, number)
    if style < 0.89:
        return f"{day.year} 年 {month} 月 {number} 日"
    if style < 0.92:
        return f"{day.year}年{month} 月 {number}日"
    if style < 0.97:
        return f"{day.year}.{month}.{number}"
    year = "".join(_DIGITS[int(d)] for d in str(day.year))
    return f"{year}年{_small(day.month)}月{_small(day.day)}日"


def print_stamp(rng: random.Random, day: date) -> str:
    """Print a date as sites stamp it: 2024-03-26."""
    pattern = rng.choices(("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"), (80, 7, 10, 3))[0]
    return day.strftime(pattern)


def _small(number: int) -> str:
    """Return 1 to 31 in Chinese."""
    tens, ones = divmod(number, 10)
    return ("", "十", "二十", "三十")[tens] + ("" if ones == 0 else _DIGITS[ones])


def signature_blocks(rng: random.Random, agency: Agency, day: date) -> list[Block]:
    """Return the agency and the date at the end, together or on two lines."""
    name = Piece(rng.choice((agency.full, agency.full, agency.name)), "agency")
    when = Piece(print_date(rng, day), "date")
    if rng.random() < 0.12:
        return [
            Block("signature", (name, Piece(rng.choice(("  ", " ", "\u3000\u3000")), None), when))
        ]
    if rng.random() < 0.12:
        return [Block("signature", (when,))]
    if rng.random() < 0.04:  # the day was never filled in
        blank = Piece(f"{day.year}年  月  日", None)
        return [Block("signature", (name,)), Block("signature", (blank,))]
    return [Block("signature", (name,)), Block("signature", (when,))]
