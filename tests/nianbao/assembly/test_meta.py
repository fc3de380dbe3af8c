"""The title's pieces, what a labeller breaks off them, and a Simplified page's own characters."""

from __future__ import annotations

import pytest

from nianbao.assembly.bodies import Body
from nianbao.assembly.meta import read_meta
from nianbao.reading.folding import fold
from nianbao.spans import Span
from nianbao.tidy import tidy

LABELS = {"t": "title", "a": "agency", "y": "year", ".": ""}


def meta(text: str, kinds: str) -> tuple[str | None, str | None, int | None]:
    """Read the meta data of `text`, whose characters have the labels of `kinds`."""
    spans, start = [], 0
    for i in range(1, len(kinds) + 1):
        if i == len(kinds) or kinds[i] != kinds[start]:
            if kinds[start] != ".":
                spans.append(Span(start, i, LABELS[kinds[start].lower()]))
            start = i
    found = read_meta(fold(text), Body(0, len(text), tuple(spans)), len(text))
    return found.title, found.agency, found.year


@pytest.mark.parametrize(
    "kinds",
    [
        "aaaaaayyyyytttttttttttt",
        "taaaaayyyyytttttttttttt",
        "aaAAAAyyyyytttttttttttt",
        "aaaaa.yyyyytttttttttttt",
        "..aaaayyyyytttttttttttt",
        "aaaaaayyyyytttttttttt..",
    ],
)
def test_what_was_broken_off_a_title_is_given_back(kinds: str) -> None:
    title = "益阳市水务局2023年政府信息公开工作年度报告"
    assert meta(title, kinds) == (title, "益阳市水务局", 2023)


def test_a_year_that_took_the_first_of_the_name() -> None:
    title = "2023年延吉市水务局政府信息公开年报"
    assert meta(title, "yyyyyyaaaaattttttttt") == (title, "延吉市水务局", 2023)


def test_words_before_a_name_are_none_of_it() -> None:
    assert meta("关于延吉市水务局2023年度报告", "ttaaaaaayyyyytttt")[1] == "延吉市水务局"
    for before in ("标题", "附件", "首页"):
        found = meta(f"{before}延吉市水务局2023年度报告", "..aaaaaayyyyytttt")
        assert found[1] == "延吉市水务局"


def test_a_simplified_page_keeps_its_rare_characters() -> None:
    prose = "本局认真做好政府信息公开工作，及时回应群众关切。" * 12
    title = "靖宇县濛江乡2023年政府信息公开工作年度报告"
    kinds = "aaaaaayyyyytttttttttttt"[: len(title)]
    assert meta(title + "\n" + prose, kinds + "." * (len(prose) + 1))[1] == "靖宇县濛江乡"


def test_a_traditional_page_is_simplified() -> None:
    title = "吳橋縣水務局2023年政府信息公開工作年度報告"
    kinds = "aaaaaayyyyytttttttttttt"[: len(title)]
    assert meta(title, kinds)[1] == "吴桥县水务局"


@pytest.mark.parametrize(
    ("line", "label"),
    [("2 / 11", "furniture"), ("第2页 共11页", "furniture"), ("0/0", "value"), ("1,113", "value")],
)
def test_the_number_of_a_page_is_no_value(line: str, label: str) -> None:
    text = f"总计\n6\n{line}\n8"
    at = text.index(line)
    (span,) = tidy(text, [Span(at, at + len(line), "value")])
    assert span.label == label
