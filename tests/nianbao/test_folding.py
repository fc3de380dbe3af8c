"""Folding: what it makes of a text, and that every offset finds its way back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.reading.folding import fold
from nianbao.spans import Span

#: Pieces of pages that folding treats apart, beside any text at all.
PIECES = st.sampled_from(
    ["報(bào)", "告(gao)(gao)", "公(gong)(gong)(gong)", "㈠", "⑴", "⒈", "\u200b", "\ufeff", "⼀", "（",
     "１２", "(app)", "\u00ad", "｜", "年", "𠮷", " ", "\u3000", "\n", "(", "bào", ")", "—"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("read", "folded"),
    [
        ("長(zhǎng)興島經(jīng)濟(jì)", "长兴岛经济"),
        ("公(gong)(gong)(gong)開(kai)(kai)", "公开"),
        ("据(jù)實", "据实"),
        ("报( bào )告", "报告"),
        ("下载(app)查看(ok)", "下载(app)查看(ok)"),
        ("app(bao)", "app(bao)"),
        ("(bào)", "(bào)"),
        ("⼀⼆⾏⼈⽂", "一二行人文"),
        ("⻚⻋⻓", "页车长"),
        ("２０２３年１，０００．５", "2023年1,000.5"),
        ("ＡＢｃ", "ABc"),
        ("（一）〔2021〕【公开】", "(一)(2021)[公开]"),
        ("“三安全一稳定”", '"三安全一稳定"'),
        ("甲｜乙│丙", "甲|乙|丙"),
        ("－—–−", "----"),
        ("\u00a0\u3000\u2003", "   "),
        ("政\u200b府\ufeff信\u00ad息", "政府信息"),
        ("㈠总体", "(一)总体"),
        ("⑶不予", "(3)不予"),
        ("⒈属于", "1.属于"),
        ("規範性檔案", "规范性档案"),
        ("", ""),
    ],
)
def test_what_folding_makes(read: str, folded: str) -> None:
    assert fold(read).text == folded


@settings(deadline=None)
@given(TEXTS)
def test_every_character_stands_somewhere_and_in_order(text: str) -> None:
    folded = fold(text)
    starts, ends = folded.starts.tolist(), folded.ends.tolist()
    assert len(starts) == len(ends) == len(folded.text)
    assert folded.source_text == text
    assert all(0 <= a < b <= len(text) for a, b in zip(starts, ends, strict=True))
    assert starts == sorted(starts) and ends == sorted(ends)
    for i, j in zip(range(len(starts)), range(1, len(starts)), strict=False):
        # Neighbours are apart, or are two characters that one sign prints.
        assert ends[i] <= starts[j] or (starts[i], ends[i]) == (starts[j], ends[j])


@settings(deadline=None)
@given(TEXTS, st.data())
def test_a_folded_stretch_finds_its_way_there_and_back(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    size = len(folded.text)
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    source = folded.source(start, end)
    assert 0 <= source[0] <= source[1] <= len(text)
    first, last = folded.project(*source)
    assert first <= start and (start == end or last >= end)
    if start < end:
        # Wider only where one sign prints several characters.
        assert folded.source(first, last) == source
    else:
        assert source[0] == source[1]


@settings(deadline=None)
@given(TEXTS)
def test_folding_again_changes_no_offset(text: str) -> None:
    once = fold(text).text
    twice = fold(once)
    if twice.text == once:
        assert twice.starts.tolist() == list(range(len(once)))
        assert twice.ends.tolist() == list(range(1, len(once) + 1))


def test_ruby_counts_to_the_character_before_it() -> None:
    folded = fold("甲長(zhǎng)興(xing)(xing)島")
    assert folded.text == "甲长兴岛"
    assert folded.source(1, 2) == (1, 9)
    assert folded.source(2, 3) == (9, 22)
    assert folded.project(1, 9) == (1, 2)
    assert folded.project(2, 9) == (2, 2)


def test_spans_are_carried_both_ways() -> None:
    folded = fold("報(bào)告㈠\u200b")
    read = [Span(0, 7, "title", 0.5, "made"), Span(7, 8, "note", 0.25, "gold")]
    there = folded.project_spans(read)
    assert there == [Span(0, 2, "title"), Span(2, 5, "note")]
    assert [(s.score, s.source) for s in there] == [(0.5, "made"), (0.25, "gold")]
    assert folded.source_spans(there) == read
    assert folded.project_spans([Span(1, 6, "title"), Span(8, 9, "value")]) == []


def _seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    "unit", ["公(gong)(gong)", "(", "公(", "公(gon", "\u200b", "㈠", "公(((((", "报告", "公(āāāāā"]
)
def test_folding_takes_time_in_proportion(unit: str) -> None:
    """Four times the text; what takes next to nothing is left to the machine's noise."""
    short, long = unit * 20_000, unit * 80_000
    fold(short)
    took = _seconds(lambda: fold(long))
    assert took < 0.05 or took / _seconds(lambda: fold(short)) < 9
