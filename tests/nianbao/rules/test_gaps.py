"""Labels too damaged for their own wording, told by what stands around them."""

from __future__ import annotations

from nianbao.rules.gaps import fill_gaps
from nianbao.rules.matcher import match


def labels(text: str) -> dict[str, str]:
    return {span.label: text[span.start : span.end] for span in match(text)}


def test_a_damaged_row_between_its_neighbours_is_found() -> None:
    text = "信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数\n规草 | 0 | 0 | 0\n行政规范性文件 | 1 | 2 | 3\n"
    assert labels(text)["row.proactive_disclosure.rules"] == "规草"
    glued = "5.属于三类内部事务信息00000006.屈于四粪过程牲信恩00000007.属于行政执法案卷0000000"
    assert labels(glued)["row.requests.denied.process_information"] == "6.屈于四粪过程牲信恩"


def test_a_row_that_the_form_does_not_have_stays_unlabelled() -> None:
    text = (
        "规章 | 0 | 0 | 0\n行政规范性文件 | 1 | 2 | 3\n内部会议纪要 | 4 | 5 | 6\n第二十条第(五)项\n"
    )
    assert "内部会议纪要" not in labels(text).values()


def test_two_damaged_heads_between_known_ones_are_found() -> None:
    text = "自然人法人或其他组织总计商亚企业科开机构社会公益组织"
    known = [(0, 3, "column.requests.natural_person", 1.0)]
    known += [(3, 10, "group.organizations", 1.0), (10, 12, "column.requests.total", 1.0)]
    known += [(20, 26, "column.requests.public_welfare_organization", 1.0)]
    assert fill_gaps(text, known) == []
    split = text.replace("企业", "企业0")
    known[-1] = (21, 27, "column.requests.public_welfare_organization", 1.0)
    assert [(split[s:e], label) for s, e, label, _ in fill_gaps(split, known)] == [
        ("商亚企业", "column.requests.commercial_enterprise"),
        ("科开机构", "column.requests.research_institution"),
    ]
