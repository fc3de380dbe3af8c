"""Where a heading ends, and where the last section's narrative does."""

from __future__ import annotations

import pytest

from nianbao.assembly.bodies import Body
from nianbao.assembly.sections import choose_headings, narrative
from nianbao.reading.folding import fold
from nianbao.spans import Span

HEADING = "六、其他需要报告的事项"


def spans_of(text: str, **labelled: str) -> tuple[Span, ...]:
    """Return spans of the first place of each word, by label ("heading" is 六)."""
    names = {"heading": "heading.other_matters"}
    found = []
    for label, word in labelled.items():
        at = text.index(word)
        found.append(Span(at, at + len(word), names.get(label, label)))
    return tuple(sorted(found, key=lambda span: span.start))


def heading(text: str, labelled: str, **others: str) -> str:
    (place,) = choose_headings(text, Body(0, len(text), spans_of(text, heading=labelled, **others)))
    return text[place.heading.start : place.heading.end]


@pytest.mark.parametrize(
    ("line", "labelled", "whole"),
    [
        ("六、其他需要报告的事项", "其他需要报告的事", "六、其他需要报告的事项"),
        ("六、其他需要报告的情况", "六、其他需要报告的情", "六、其他需要报告的情况"),
        ("六、其他需要报告的事项和说明", HEADING, "六、其他需要报告的事项和说明"),
        ("六、其他需要报告的事项虽然没有,但", HEADING, HEADING),
        ("的情况。六、其他需要报告的事项", HEADING, HEADING),
        ("六、其他需要报告的事项\n2019年主要指标", "六、其他需要报告的事项\n2019年主", HEADING),
    ],
)
def test_a_heading_is_its_line_but_no_sentence(line: str, labelled: str, whole: str) -> None:
    assert heading(f"上一段。\n{line}\n本年度无。", labelled) == whole


def test_what_else_is_labelled_on_the_line_is_no_heading() -> None:
    text = f"{HEADING}申请人情况\n"
    assert heading(text, HEADING, note="申请人情况") == HEADING


def told(below: str, **labelled: str) -> str:
    text = f"{HEADING}\n{below}"
    folded = fold(text)
    body = Body(0, len(text), spans_of(text, heading=HEADING, **labelled))
    (place,) = choose_headings(text, body)
    return "\n".join(text[a:b] for a, b in narrative(folded, body, place))


def test_what_a_site_prints_below_the_signature_is_left_out() -> None:
    below = "本年度无其他需要报告的事项。\n云泽市水务局\n2024年1月12日\n责任编辑 张三\n打印本页"
    assert (
        told(below, agency="云泽市水务局", date="2024年1月12日") == "本年度无其他需要报告的事项。"
    )


def test_a_name_that_is_known_in_part_signs_the_report() -> None:
    below = "本年度无其他需要报告的事项。\n黔南布依族苗族自治州平塘县住房和城乡建设局"
    told_text = told(below, agency="自治州平塘县住房和城乡建设局")
    assert told_text == "本年度无其他需要报告的事项。"


def test_sentences_below_a_date_are_told() -> None:
    below = "本年度收费0元。\n2024年1月12日\n以上为本机关全部需要报告的其他事项,欢迎社会各界监督。"
    assert told(below, date="2024年1月12日").endswith("欢迎社会各界监督。")


def test_furniture_that_opens_a_short_line_is_the_line() -> None:
    below = "本年度无。\n公安备案 276661844号"
    assert told(below, furniture="公安备案") == "本年度无。"


def test_signs_alone_are_not_told() -> None:
    assert told("具体数据见下表。\n。\n——\n√ 。\n本年度无。") == "具体数据见下表。\n本年度无。"
