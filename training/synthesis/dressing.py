"""How value cells are printed: blanks, marks, units, separators, damaged digits and signs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from nianbao.numbers import read_number
from nianbao.reading.folding import fold
from nianbao.rules.forms import MONEY, PROACTIVE, REQUESTS, REVIEW
from training.synthesis.numbers import Number, Printed, Values

_MARKS: Final = ("/", "/", "-", "—", "——", "－", "／", "****", "--", "\\")
_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
#: What a note behind a number says of a part of it.
_NOTES: Final = (
    "其中修订", "其中废止", "含上年", "其中涉企", "其中联合发文", "修订", "含修订", "新制定", "其中新增", "其中网上",
    "含结转", "其中撤销", "其中涉农", "另有转办", "包括联合行文", "其中线上办理", "含下属单位", "其中延期", "其中失效",
)  # fmt: skip
_CHINESE: Final = "零一二三四五六七八九"
_UNITS: Final = {
    "licensing": ("件", "件", "项", "宗", "个"),
    "penalties": ("件", "起", "宗", "例", "次"),
    "coercion": ("件", "起", "次"),
    "rules": ("件", "部", "份"),
    "normative_documents": ("件", "份", "个", "条"),
    "other_services": ("项", "件", "次"),
    "fees": ("项", "个"),
    "procurement": ("项", "个", "次"),
}


def print_values(rng: random.Random, values: Values) -> dict[str, Printed]:
    """Print every value in the report's own way; the result's `value` is what the print stands for."""
    tables = {path.split(".", 1)[0] for path in values}
    printed = {
        path: Printed(str(value), value) for path, value in values.items() if value is not None
    }
    for table in sorted(tables):
        _leave_blanks(rng, printed, [path for path in printed if path.startswith(table)])
    if any(path.endswith(".change") for path in printed):
        _sign(rng, printed)
    _dress_money(rng, printed)
    if rng.random() < 0.32:
        _dress(rng, printed)
    return printed


def _is_zero(cell: Printed) -> bool:
    return cell.value == 0


def _leave_blanks(rng: random.Random, printed: dict[str, Printed], paths: list[str]) -> None:
    """Empty or mark cells of one table, by one of the habits that agencies have."""
    habit = rng.choices(
        ("none", "zeros", "details", "some", "everything", "totals", "rows", "words", "nonzero"),
        weights=(78, 5, 5, 3, 1, 1, 3, 2, 2),
    )[0]
    if habit == "none":
        return
    mark = rng.choice(_MARKS) if rng.random() < 0.3 else ""
    blank = Printed(mark, None)
    if habit == "words":
        blank = Printed(rng.choice(("无", "无", "零", "无。")), 0)
    keep = rng.random()
    rows = {path.rsplit(".", 1)[0] for path in paths}
    dropped = {row for row in sorted(rows) if rng.random() < 0.25}
    for path in paths:
        cell = printed[path]
        total = path.endswith(".total")
        hit = {
            "zeros": _is_zero(cell),
            "words": _is_zero(cell),
            "details": _is_zero(cell) and not total,
            "some": _is_zero(cell) and rng.random() < keep,
            "everything": True,
            "totals": total,
            "rows": _is_zero(cell) and path.rsplit(".", 1)[0] in dropped,
            "nonzero": rng.random() < 0.04,
        }[habit]
        if hit:
            printed[path] = blank
    if habit in ("some", "rows") and mark and rng.random() < 0.5:
        for path in paths:
            if printed[path].value is None and rng.random() < 0.5:
                printed[path] = Printed("", None)


def _sign(rng: random.Random, printed: dict[str, Printed]) -> None:
    """Print the 2019 form's changes with a sign or a word."""
    style = rng.choices(("plain", "sign", "word", "slash", "double"), weights=(38, 24, 20, 9, 9))[0]
    for path, cell in list(printed.items()):
        if not path.endswith(".change") or cell.value is None:
            continue
        change = int(cell.value)
        text = cell.text
        if style == "sign" and change:
            text = (
                f"{change:+d}"
                if rng.random() < 0.9
                else f"{change:+d}".replace("-", "－").replace("+", "＋")
            )
        elif style == "sign" and rng.random() < 0.2:
            text = "+0"
        elif style == "word":
            text = _change_in_words(rng, change)
            if text in ("增", "减"):
                printed[path] = Printed(text, None)
                continue
        elif style == "slash" and change == 0:
            text = "0/0"
        elif style == "double" and change < 0:
            text = f"-{change}"
        printed[path] = Printed(text, change)


def _change_in_words(rng: random.Random, change: int) -> str:
    if change == 0:
        return rng.choices(("0", "增0", "增", "减"), weights=(82, 4, 7, 7))[0]
    word = rng.choice(("增", "增", "增加")) if change > 0 else rng.choice(("减", "减", "减少"))
    return f"{word}{abs(change)}{rng.choice(('', '', '', '', '项', '件'))}"


def _dress_money(rng: random.Random, printed: dict[str, Printed]) -> None:
    for path in sorted(MONEY & printed.keys()):
        amount = printed[path].value
        if amount is None:
            continue
        style = rng.choices(
            ("plain", "万元", "元", "decimals", "comma"), weights=(62, 16, 9, 9, 4)
        )[0]
        text = _plain(amount)
        if style == "万元":
            text += rng.choice(("万元", "万元", "(万元)", " 万元", "万"))
        elif style == "元":
            text = _plain(amount * 10_000) + "元"
            amount = Decimal(_plain(amount))
        elif style == "decimals" and "." not in text:
            text += rng.choice((".00", ".0"))
        elif style == "comma":
            text = _grouped(text)
        printed[path] = Printed(text, amount)


def _plain(number: Number) -> str:
    """Return the number without exponent or trailing zeros."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _grouped(text: str) -> str:
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _dress(rng: random.Random, printed: dict[str, Printed]) -> None:
    """Dress the counts of the report in one habit, some cells or all."""
    habits = ("units", "units", "commas", "spaces", "wide", "letters", "chinese", "note", "padded")
    habit = rng.choice((*habits, "mixed", "mixed", "mixed"))
    share = rng.choice((0.15, 0.5, 1.0))
    tables = rng.choice(
        ((PROACTIVE,), (PROACTIVE, REQUESTS), (REQUESTS,), (PROACTIVE, REQUESTS, REVIEW))
    )
    for path in _countable(printed):
        if habit == "mixed":
            if path.startswith(tables) and rng.random() <= share:
                printed[path] = _mixed(rng, path, printed[path])
            continue
        if habit != "wide" and (not path.startswith(tables) or rng.random() > share):
            continue
        cell = printed[path]
        printed[path] = Printed(_dressed(rng, habit, path, cell), cell.value)


def _mixed(rng: random.Random, path: str, cell: Printed) -> Printed:
    """Dress one cell in a manner of its own, now and then in two; never so that it reads otherwise."""
    manners = ("units", "spaces", "wide", "letters", "chinese", "note", "wrapped", "note", "commas")
    text = _dressed(rng, rng.choice(manners), path, cell)
    if text.isdigit() and rng.random() < 0.3:
        text = _dressed(rng, rng.choice(manners), path, Printed(text, cell.value))
    elif text[-1].isdigit() and rng.random() < 0.3:
        text = text + rng.choice(("件", " 件", "。", "（件）", "项"))
    said = read_number(fold(text).text, money=path in MONEY)
    return Printed(text, cell.value) if said.value == cell.value else cell


def _countable(printed: dict[str, Printed]) -> Iterable[str]:
    return [path for path, cell in printed.items() if cell.text.isdigit()]


def _dressed(rng: random.Random, habit: str, path: str, cell: Printed) -> str:
    text = cell.text
    if habit == "units":
        row = path.split(".")[1]
        return text + rng.choice(_UNITS.get(row, ("件", "件", "条", "份")))
    if habit == "commas":
        return f"{int(text):,}" if rng.random() < 0.9 else f"{int(text):,}".replace(",", "，")
    if habit == "spaces":
        return rng.choice((" ", " ", "  ", "\u3000")).join(text)
    if habit == "wide":
        return text.translate(_FULL_WIDTH)
    if habit == "letters":
        damaged = text.replace("0", "O" if rng.random() < 0.7 else "o")
        ones = damaged.replace("1", rng.choice("1lI"))
        # Letters for every digit of a long number would be no number to anyone.
        return damaged if ones.isalpha() and "O" not in ones.upper() and len(ones) > 1 else ones
    if habit == "chinese":
        return chinese_number(int(text)) if int(text) < 10_000 else text
    if habit == "note" and text != "0":
        unit = rng.choice(("", "", "", "件", "项"))
        word = rng.choice(_NOTES)
        part = f"{rng.randint(1, max(1, int(text)))}{rng.choice(('件', '件', '项', '', '部'))}"
        return f"{text}{unit}（{word}{part}）"
    if habit == "wrapped":
        return rng.choice(
            ("{} 件", "{}（件）", "共{}件", "共{}", "{}件次", "{}。", "{}件。")
        ).format(text)
    if habit == "padded" and path.startswith(REQUESTS):
        return text.zfill(rng.choice((1, 2)))
    return text


def chinese_number(number: int) -> str:
    """Return a number below 10,000 in Chinese: 120 is 一百二十, 0 is 零."""
    if number == 0:
        return "零"
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if gap else "") + _CHINESE[digit] + name
        gap = bool(text) and not digit
    return text[1:] if text.startswith("一十") else text
