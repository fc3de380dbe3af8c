"""Printed numbers: every dress of wild pages, exact values, and nothing that raises."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.numbers import MAX_DIGITS, Printed, exact, han_number, read_number

DRESSED = {
    "0": 0, "12": 12, " 12 ": 12, "1,113": 1113, "12,345,678": 12345678, "124件": 124, "0件": 0, "3批": 3, "5件次": 5,
    "1 2 7": 127, "1 113": 1113, "22(其中修订16件)": 22, "22(其中修订16件": 22, "3(件)": 3,
    "减4": -4, "减少4": -4, "增10": 10, "+2": 2, "-35": -35, "--253": -253, "约30": 30,
    "0/0": 0, "0 / 0": 0, "O": 0, "o": 0, "1O": 10, "l": 1, "I": 1, "l2": 12, "2l": 21, "〇": 0,
    "无": 0, "零": 0, "无。": 0, "没有": 0, "0.50": Decimal("0.5"), "3.0": 3,
    "十二": 12, "二十": 20, "一百零五": 105, "两千": 2000, "三万二千": 32000, "二十件": 20,
    "007": 7,
}  # fmt: skip

MONEY = {
    "160.5964万元": Decimal("160.5964"),
    "3405820元": 340582 * Decimal("0.001"),
    "251000元": Decimal("25.1"),
    "1,234.5元": Decimal("0.12345"),
    "1.2亿元": 12000,
    "47593.6663": Decimal("47593.6663"),
    "0.1": Decimal("0.1"),
    "5万": 5,
    "12": 12,
}


@pytest.mark.parametrize(("raw", "value"), DRESSED.items())
def test_dressed_numbers(raw: str, value: int | Decimal) -> None:
    assert read_number(raw) == Printed("read", value)


@pytest.mark.parametrize(("raw", "value"), MONEY.items())
def test_money_is_in_ten_thousands_and_exact(raw: str, value: int | Decimal) -> None:
    printed = read_number(raw, money=True)
    assert printed == Printed("read", value)
    assert type(printed.value) is type(exact(Decimal(value)))


@pytest.mark.parametrize("raw", ["", " ", "/", "-", "--", "****", "\\", "|", "—", " / "])
def test_blanks(raw: str) -> None:
    assert read_number(raw) == Printed("blank")


@pytest.mark.parametrize(
    "raw", ["增", "减", "件", "情况", "12a", "1.2.3", "详见附件", "①", "²", "12月3日"]
)
def test_what_is_no_number_is_not_made_one(raw: str) -> None:
    assert read_number(raw) == Printed("unreadable")


def test_ten_thousands_outside_money_count_single_things() -> None:
    assert read_number("3万").value == 30000
    assert read_number("1.5万").value == 15000


def test_a_number_of_no_known_size_is_refused() -> None:
    for raw in (
        "9" * (MAX_DIGITS + 1),
        "1" * 10_000,
        "1," * 5_000 + "1",
        "九" * 5_000,
        "0." + "3" * 5_000,
    ):
        assert read_number(raw).state == "unreadable"
    assert read_number("9" * MAX_DIGITS).value == int("9" * MAX_DIGITS)
    assert read_number("-" * 10_000).state == "blank"
    assert read_number("-" + "9" * MAX_DIGITS).value == -int("9" * MAX_DIGITS)


SIGNS = st.sampled_from(list("0123456789,.+-/ OolI()件元万亿增减十百千万零〇二|\n①²٣"))


@settings(deadline=None)
@given(st.one_of(st.text(max_size=40), st.text(SIGNS, max_size=40)), st.booleans())
def test_no_text_raises(raw: str, money: bool) -> None:
    printed = read_number(raw, money=money)
    assert (printed.value is None) == (printed.state != "read")
    assert not isinstance(printed.value, float)
    han_number(raw)


@settings(deadline=None)
@given(st.integers(0, 10**MAX_DIGITS - 1))
def test_digits_are_read_as_they_stand(number: int) -> None:
    assert read_number(str(number)) == Printed("read", number)
    assert read_number(f"{number:,}") == Printed("read", number)


@settings(deadline=None)
@given(st.decimals(0, 10**9, places=4))
def test_decimals_stay_exact(number: Decimal) -> None:
    value = read_number(f"{number:f}万元", money=True).value
    assert value is not None and Decimal(value) == number
    assert isinstance(value, int) == (number == number.to_integral_value())


@settings(deadline=None)
@given(st.integers(1, 99_999))
def test_chinese_numerals_say_what_they_say(number: int) -> None:
    assert han_number(spelt(number)) == number


def spelt(number: int) -> str:
    """Return the numeral as it is written out in full."""
    digits = "零一二三四五六七八九"
    if number >= 10_000:
        rest = number % 10_000
        gap = "零" if 0 < rest < 1000 else ""
        return spelt(number // 10_000) + "万" + gap + (spelt(rest) if rest else "")
    out, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            out += ("零" if gap and out else "") + digits[digit] + name
            gap = False
        elif out:
            gap = True
    return out


@pytest.mark.parametrize(
    ("text", "value"), [("十", 10), ("二〇二三", 2023), ("二○二三", None), ("", None)]
)
def test_numerals_of_dates(text: str, value: int | None) -> None:
    assert han_number(text) == value
