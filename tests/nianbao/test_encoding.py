"""Tokens, tags and windows: what the model is shown, and that labels survive it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.encoding import (
    BAR,
    BARS,
    BLANK,
    BLANKS,
    EMPTY_LINE,
    EMPTY_LINES,
    GAP,
    IGNORED,
    LATIN,
    LINE,
    LINE_BAR,
    MARGIN,
    NAME_TOKENS,
    RESERVED,
    RULE,
    TAB,
    TAGS,
    TOUCHING,
    UNK,
    WINDOW,
    Encoded,
    Vocabulary,
    encode,
    tags_of,
    windows,
)  # fmt: skip
from nianbao.reading.folding import Folded, fold
from nianbao.spans import LABELS, Span
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example

VOCABULARY = Vocabulary.of_characters(
    [*map(chr, range(33, 127)), *map(chr, range(0x3001, 0x3020)), *map(chr, range(0x4E00, 0x9FA6))]
)
NAMES = VOCABULARY.tokens
NAME_IDS = {NAMES.index(token) for token in NAME_TOKENS}
#: Enough that one page decides nothing: a glued table in far words hid 19 labels of one example.
EXAMPLES = 200


@cache
def made() -> tuple[tuple[Folded, Encoded, list[Span]], ...]:
    """Made examples: folded text, its tokens, its spans with touching values as one."""
    corpus = Corpus.without_data()
    pages = []
    for seed in range(EXAMPLES):
        example = make_example(seed, corpus)
        folded = fold(example.text)
        spans = joined(folded.project_spans(example.spans))
        pages.append((folded, encode(folded, VOCABULARY), spans))
    return tuple(pages)


def joined(spans: list[Span]) -> list[Span]:
    out: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start):
        if out and out[-1].label == span.label == "value" and out[-1].end == span.start:
            out[-1] = Span(out[-1].start, span.end, "value")
        else:
            out.append(span)
    return out


def touched(tokens: Encoded, span: Span) -> slice:
    first = int(np.searchsorted(tokens.ends, span.start, side="right"))
    return slice(first, int(np.searchsorted(tokens.starts, span.end, side="left")))


def shown(text: str) -> list[str]:
    return [NAMES[i] for i in encode(fold(text), VOCABULARY).ids]


# Tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("7", ["7"]),
        ("12", ["[N2]"]),
        ("123", ["[N3]"]),
        ("1,113", ["[N4]"]),
        ("2023", ["[YEAR]"]),
        ("1998", ["[YEAR]"]),
        ("2123", ["[N4]"]),
        ("12345", ["[N5]"]),
        ("123456789", ["[N9+]"]),
        ("0" * 15, ["[ZEROS]"]),
        ("0000", ["[N4]"]),
        ("47593.66", ["[DECIMAL]"]),
        ("-35", ["-", "[N2]"]),
        ("http://www.a.gov.cn/x", ["[LATIN]"]),
        ("a", ["a"]),
        ("=====", ["[RULE]"]),
        ("𠮷", ["[UNK]"]),
        ("00000005.属于", ["[ZEROS]", "5", ".", "属", "于"]),
        ("12(三)", ["[N2]", "(", "三", ")"]),
        ("8010000815、属于", ["[N9+]", "5", "、", "属", "于"]),
        ("00000010.属于", ["[N8]", ".", "属", "于"]),
        ("0 0|0", ["0", "0", "0"]),
        ("0|0|0|7\n1|0|0|7", ["[RUN]", "[RUN]"]),
        ("规章|1|23|0|456|规范", ["规", "章", "[RUN]", "规", "范"]),
        ("0\n0\n4.属于", ["[RUN]", "4", ".", "属", "于"]),
        ("0\n0\n0\n0\n\n3\n\n0\n0\n0\n0", ["[RUN]", "3", "[RUN]"]),
        ("5 2023 0", ["5", "[YEAR]", "0"]),
        ("1.属于国家秘密|0", ["1", ".", "[属于国家秘密]", "0"]),
        ("1．属于国家秘密的", ["1", ".", "[属于国家秘密]", "的"]),
        ("属于 国家秘密", ["属", "于", "国", "家", "秘", "密"]),
        ("00000005.行政许可行政处罚", ["[ZEROS]", "5", ".", "[行政许可]", "[行政处罚]"]),
        ("（二）部分公开（区分处理）", [*"(二)", "[部分公开]", *"(区分处理)"]),
        (
            "部分公开（区分处理的，只计这一情形，不计其他情形）",
            ["[部分公开(区分处理的,只计这一情形,不计其他情形)]"],
        ),
        ("5 47593.66 0", ["5", "[DECIMAL]", "0"]),
        ("0 12件 0 -3 0 0", ["0", "[N2]", "件", "0", "-", "3", "[RUN]"]),
        (" |\n\t", []),
        ("", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert shown(text) == tokens


def test_a_name_spelled_out_is_its_characters() -> None:
    text = "（三）不予公开 1.属于国家秘密 0|0|0"
    joined_up = encode(fold(text), VOCABULARY)
    spelled = encode(fold(text), VOCABULARY, spelled=True)
    assert [NAMES[i] for i in spelled.ids] == [*"(三)不予公开1.属于国家秘密", "[RUN]"]
    assert spelled.ends[-1] == joined_up.ends[-1] and spelled.runs.keys() == {len(spelled) - 1}
    assert joined_up.runs == {len(joined_up) - 1: spelled.runs[len(spelled) - 1]}


def test_a_name_is_one_token_only_where_all_of_it_is_shown() -> None:
    text = "本机关认真贯彻落实条例要求行政许可不断优化" * 12
    tokens = encode(fold(text), VOCABULARY)
    names = [
        (a, b)
        for i, a, b in zip(tokens.ids, tokens.starts, tokens.ends, strict=True)
        if i in NAME_IDS
    ]
    gap = tokens.ids.tolist().index(GAP)
    assert all(text[a:b] == "行政许可" for a, b in names)
    assert all(b <= tokens.starts[gap] or a >= tokens.ends[gap] for a, b in names)


def test_what_stands_between_is_the_type() -> None:
    text = "甲乙 丙  丁|戊|庚||辛\n壬\n|癸\n\n子\n\n\n丑\t寅"
    types = encode(fold(text), VOCABULARY).types.tolist()
    assert types == [
        LINE, TOUCHING, BLANK, BLANKS, BAR, BAR, BARS, LINE, LINE_BAR, EMPTY_LINE, EMPTY_LINES, TAB,
    ]  # fmt: skip


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(["公开", "2023年", "0|0|", "\n", "00000005.属于", "一、总体情况", "1 2", "====",
                         "本行政机关高度重视。" * 8, "www.gov.cn", "\t", "报(bào)", "①"]),
        st.text(max_size=6),
    ),
    max_size=25,
).map("".join)  # fmt: skip


@settings(deadline=None)
@given(TEXTS)
def test_every_token_stands_in_the_text_and_in_order(text: str) -> None:
    folded = fold(text)
    tokens = encode(folded, VOCABULARY)
    starts, ends = tokens.starts.tolist(), tokens.ends.tolist()
    assert len(tokens) == len(tokens.types) == len(starts) == len(ends)
    assert all(0 <= a < b <= len(folded.text) for a, b in zip(starts, ends, strict=True))
    assert all(before <= after for before, after in zip(ends, starts[1:], strict=False))
    covered = np.zeros(len(folded.text), dtype=bool)
    for a, b in zip(starts, ends, strict=True):
        covered[a:b] = True
    assert all(c in " \t\n\r|" for c, there in zip(folded.text, covered, strict=True) if not there)
    assert tokens.ids.max(initial=0) < len(VOCABULARY)


def test_the_inside_of_prose_is_left_out() -> None:
    text = "本机关认真贯彻落实条例要求持续推进政务公开工作取得新的成效" * 12
    tokens = encode(fold(text), VOCABULARY)
    assert (tokens.ids == GAP).sum() == 1
    assert len(tokens) < 60
    at = tokens.ids.tolist().index(GAP)
    assert tokens.ends[at - 1] == tokens.starts[at] and tokens.ends[at] == tokens.starts[at + 1]


def test_what_is_left_out_holds_hardly_a_label() -> None:
    """A span is hidden where it begins or ends in what is left out."""
    total = hidden = 0
    for _, tokens, spans in made():
        for span in spans:
            if span.label != "furniture":
                total += 1
                mine = touched(tokens, span)
                gaps = tokens.ids[mine] == GAP
                beyond = (tokens.starts[mine] < span.start) | (tokens.ends[mine] > span.end)
                hidden += bool((gaps & beyond).any())
    assert total > 10_000
    assert hidden / total < 0.001


# Tags


def test_a_span_that_cuts_a_token_is_ignored_there() -> None:
    tokens = encode(fold("规章12345件"), VOCABULARY)
    tags = tags_of(tokens, [Span(0, 2, "row.requests.granted"), Span(2, 4, "value")])
    begin = 1 + 2 * LABELS.index("row.requests.granted")
    assert tags.tolist() == [begin, begin + 1, IGNORED, 0]


def test_values_that_touch_are_one() -> None:
    tokens = encode(fold("801000081"), VOCABULARY)
    tags = tags_of(tokens, [Span(0, 2, "value"), Span(2, 9, "value")])
    assert [TAGS[t] for t in tags] == ["B-value"]


def test_tags_repeat_the_spans_of_made_pages() -> None:
    """Every labelled stretch of whole tokens begins with B and goes on with I."""
    ignored = total = 0
    for _, tokens, spans in made():
        tags = tags_of(tokens, spans)
        total += len(tags)
        ignored += int((tags == IGNORED).sum())
        for span in spans:
            mine = touched(tokens, span)
            names = [TAGS[t] for t in tags[mine] if t != IGNORED]
            if len(names) == mine.stop - mine.start:
                assert names == [f"B-{span.label}"] + [f"I-{span.label}"] * (len(names) - 1)
    assert ignored / total < 0.001


# Windows


@settings(deadline=None)
@given(st.integers(0, 4000))
def test_every_token_is_kept_by_one_window(count: int) -> None:
    kept: list[int] = []
    for window in windows(count):
        assert 0 <= window.start <= window.keep_start <= window.keep_end <= window.end <= count
        assert window.end - window.start <= WINDOW
        assert window.start == 0 or window.keep_start - window.start == MARGIN
        assert window.end == count or window.end - window.keep_end == MARGIN
        kept += range(window.keep_start, window.keep_end)
    assert kept == list(range(count))


# The vocabulary


def test_a_vocabulary_is_its_text() -> None:
    again = Vocabulary.from_text(VOCABULARY.to_text())
    assert again.tokens == VOCABULARY.tokens
    assert len(again) == len(VOCABULARY)
    assert (again.by_code == VOCABULARY.by_code).all()
    assert again.by_code[ord("公")] == NAMES.index("公")
    assert again.by_code[0xE000] == UNK


@pytest.mark.parametrize(
    "tokens", [("公",), (*RESERVED, "公开"), (*RESERVED, "𠮷"), (*RESERVED, "")]
)
def test_a_vocabulary_refuses_what_it_cannot_tell(tokens: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"reserved|single character"):
        Vocabulary(tokens)


def test_special_tokens_have_their_places() -> None:
    assert NAMES[GAP] == "[GAP]" and NAMES[LATIN] == "[LATIN]" and NAMES[RULE] == "[RULE]"
