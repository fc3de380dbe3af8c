"""The rules-only labeller on pages written here in the layouts that real ones use."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.rules.forms import COLUMNS, REQUESTS, ROWS, request_rows
from nianbao.rules.matcher import match
from nianbao.spans import check_spans

HEADS = "\n".join(COLUMNS[REQUESTS].values())
GROUPS = {
    "granted": "三、本年度办理结果",
    "denied.state_secret": "(三)不予公开",
    "unavailable.not_held": "(四)无法提供",
    "not_processed.petition_complaint": "(五)不予处理",
    "other_processing.correction_overdue": "(六)其他处理",
}


def requests_table(form: str, cell: str, row: str, values: list[str]) -> str:
    """Return the body of the table with `cell` between cells and `row` between rows."""
    lines = []
    for name in request_rows(form):
        group = [GROUPS[name]] if name in GROUPS else []
        lines.append(cell.join([*group, ROWS[REQUESTS][name], *values]))
    return row.join(lines)


def labels(text: str, prefix: str = "") -> list[tuple[str, str]]:
    return [(s.label, text[s.start : s.end]) for s in match(text) if s.label.startswith(prefix)]


def expected_rows(form: str) -> list[str]:
    rows = [f"row.{REQUESTS}.{name}" for name in request_rows(form)]
    if form == "2021":
        rows.insert(rows.index(f"row.{REQUESTS}.other_processing.correction_overdue"),
                    f"row.{REQUESTS}.other_processing")  # fmt: skip
    return rows


def test_rows_are_found_in_every_layout_and_form() -> None:
    zeros = ["0"] * 7
    for form in ("2019", "2021"):
        for cell, row in ((" | ", " |\n"), ("\n", "\n"), ("\t", "\n"), (" |\n", " |\n"), ("", "")):
            text = f"申请人情况\n{HEADS}\n" + requests_table(form, cell, row, zeros)
            found = [label for label, _ in labels(text, "row.")]
            assert found == expected_rows(form), (form, cell, row)


def test_the_number_of_the_next_row_leaves_the_glued_values() -> None:
    text = requests_table("2021", "", "", ["0"] * 7)
    found = dict(labels(text, "row."))
    assert found["row.requests.denied.internal_affairs"] == "5.属于三类内部事务信息"
    values = [value for label, value in labels(text) if label == "value"]
    assert values == ["0" * 7] * len(request_rows("2021"))


def test_each_row_of_glued_values_is_one_span() -> None:
    text = "申请人情况自然人一、本年新收政府信息公开申请数量801000081二、上年结转政府信息公开申请数量0000000"
    assert [v for label, v in labels(text) if label == "value"] == ["801000081", "0000000"]


def test_wrapped_and_split_labels_keep_their_whole_stretch() -> None:
    text = (
        "申请人情况\n商业\n企业\n一、本年新收政府信息\n公开申请数量\n1\n2\n"
        "1.申请人无正当理由逾期不补正、行政机关\n不再处理其政府信息公开申请\n0"
    )
    found = labels(text)
    assert ("column.requests.commercial_enterprise", "商业\n企业") in found
    assert ("row.requests.new_received", "一、本年新收政府信息\n公开申请数量") in found
    assert found[-2][1].endswith("行政机关\n不再处理其政府信息公开申请")


def test_damaged_and_reworded_labels_are_found() -> None:
    text = requests_table("2021", " | ", "\n", ["0"] * 7)
    text = text.replace("属于国家秘密", "属于国冢秘密").replace("其他法律行政法规", "其他法律行政")
    text = text.replace(
        "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", "逾期不补正"
    )
    assert [label for label, _ in labels(text, "row.")] == expected_rows("2021")


def test_prose_that_repeats_rows_loses_to_the_table() -> None:
    prose = "本年行政许可12件,行政处罚3件,行政强制0件,予以公开2件,部分公开1件,其他处理0件。\n"
    text = (
        prose + "信息内容 | 本年处理决定数量\n行政许可 | 5\n"
        "信息内容 | 本年处理决定数量\n行政处罚 | 6\n行政强制 | 7\n" + prose
    )
    rows = [s for s in match(text) if s.label.startswith("row.")]
    assert [text[s.start : s.end] for s in rows] == ["行政许可", "行政处罚", "行政强制"]
    assert all(len(prose) < s.start < len(text) - len(prose) for s in rows)


def test_a_report_printed_twice_is_labelled_twice() -> None:
    table = requests_table("2019", " | ", "\n", ["0"] * 7) + "\n"
    found = [label for label, _ in labels(table + table, "row.")]
    assert found == expected_rows("2019") * 2


def test_a_bracket_that_explains_belongs_to_the_label_but_the_next_number_does_not() -> None:
    text = "信息内容 | 现行有效件数(历史累计) | 本年收费金额(单位:万元)\n规章(指省级) | 0\n行政规范性文件 | 1\n"
    found = dict(labels(text))
    assert found["column.proactive_disclosure.in_force"] == "现行有效件数(历史累计)"
    assert found["row.proactive_disclosure.rules"] == "规章(指省级)"
    glued = "三、本年度办理结果(一)予以公开0(三)不予公开1.属于国家秘密0"
    assert ("group.results", "三、本年度办理结果") in labels(glued)
    assert ("group.denied", "(三)不予公开") in labels(glued)


def test_headings_reworded_and_inline_are_found_and_sub_headings_are_not() -> None:
    text = (
        "某县2022年政府信息公开工作年度报告\n一、总体情况\n(二)主动公开政府信息情况\n一是主动公开情况。\n"
        "二、行政机关主动公开政府信息情况\n三、依申请公开政府信息情况\n"
        "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况\n"
        "五、工作中存在的问题和下步改进打算\n六、需要报告的其他事项\n无。\n"
    )
    found = labels(text, "heading.")
    assert [t[:2] for _, t in found] == ["一、", "二、", "三、", "四、", "五、", "六、"]
    inline = "公开专栏下载。一、总体情况2020年,我区认真。二、主动公开政府信息情况第二十条第(一)项信息内容规章007"
    assert labels(inline, "heading.") == [
        ("heading.overview", "一、总体情况"),
        ("heading.proactive_disclosure", "二、主动公开政府信息情况"),
    ]


def test_title_pieces_and_dates() -> None:
    text = "发布时间:2023-01-19\n某市水务局\n2022年政府信息公开工作年度报告\n一、总体情况\n无\n某市水务局\n2023年1月9日\n"
    found = labels(text)
    assert [f for f in found if not f[0].startswith("heading")] == [
        ("date", "2023-01-19"),
        ("agency", "某市水务局"),
        ("year", "2022年"),
        ("title", "政府信息公开工作年度报告"),
        ("agency", "某市水务局"),
        ("date", "2023年1月9日"),
    ]


def test_dressed_values_and_blank_marks() -> None:
    text = (
        "信息内容 | 上一年项目数量 | 本年增/减 | 处理决定数量\n行政许可 | 1,113 | -35 | 124件\n"
        "其他对外管理服务事项 | / | 增10 | 22(其中修订16件)\n行政处罚 | - | 0/0 | 无\n"
        "行政强制 | 0 | 0 | 0\n信息内容 | 采购项目数量 | 采购总金额\n政府集中采购 | 8 | 160.5964万元\n"
    )
    values = [value for label, value in labels(text) if label == "value"]
    assert values == [
        "1,113", "-35", "124件", "/", "增10", "22(其中修订16件)", "-", "0/0", "无",
        "0", "0", "0", "8", "160.5964万元",
    ]  # fmt: skip


_PIECES = [
    *ROWS[REQUESTS].values(),
    *COLUMNS[REQUESTS].values(),
    "一、总体情况", "2021年政府信息公开工作年度报告", "0", "12", "|", "\n", " ", "。", "(", ")", "/",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=6)), max_size=40))
def test_spans_are_sound_on_any_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    spans = match(text)
    assert check_spans(spans, text) == spans
    assert all(span.source == "rules" and 0 <= span.score <= 1 for span in spans)
    assert match(text) == spans


def test_an_empty_text_has_no_spans() -> None:
    assert match("") == []
    assert match(" \n|\n") == []


def test_every_title_of_the_page_is_cut_into_its_pieces() -> None:
    text = (
        "某市水务局2022年政府信息公开工作年度报告_某市人民政府\n首页 > 政府信息公开年报\n"
        "某市水务局关于2022年度政府信息公开年报\n根据要求,现公布某市2022年政府信息公开工作年度报告。\n"
    )
    pieces = [(label, t) for label, t in labels(text) if label in ("agency", "year", "title")]
    assert pieces == [
        ("agency", "某市水务局"), ("year", "2022年"), ("title", "政府信息公开工作年度报告"),
        ("agency", "某市水务局"), ("title", "关于"), ("year", "2022年度"),
        ("title", "政府信息公开年报"),
    ]  # fmt: skip


def test_figures_of_a_sentence_are_no_rows() -> None:
    text = (
        "一、总体情况\n本年度办理结果:(一)予以公开2件;(二)部分公开0件;(五)不予处理1件;(六)其他处理0件;"
        "(七)总计3件。其中信访举报投诉类申请1件、重复申请6件,结转下年度继续办理0件。\n"
    )
    assert [label for label, _ in labels(text)] == ["heading.overview"]


def test_a_table_of_contents_has_no_headings_and_bracketed_sections_are_found() -> None:
    assert labels("一、总体情况........2\n二、主动公开政府信息情况........3\n", "heading.") == []
    text = "(一)总体情况\n无。\n(二)主动公开政府信息情况\n见表。\n(三)收到和处理政府信息公开申请情况\n无。\n"
    assert [t[:3] for _, t in labels(text, "heading.")] == ["(一)", "(二)", "(三)"]


def test_a_label_takes_its_whole_cell_but_not_its_neighbour() -> None:
    text = "7.属于行政执法案卷信息 | 0 | 0\n8.属于行政查询事项 | 0 | 0\n"
    assert labels(text)[0][1] == "7.属于行政执法案卷信息"
    glued = (
        "四、政府信息公开行政复议、行政诉讼情况行政复议行政诉讼结果维持结果纠正其他结果尚未审结总计"
    )
    assert ("row.reconsideration_litigation.reconsideration", "行政复议") in labels(glued)
    assert ("group.litigation", "行政诉讼") in labels(glued)


def test_bare_numbers_belong_to_the_label_of_their_cell() -> None:
    text = "|  |  | 1 属于国家秘密 | 0 |\n|  |  | 2 其他法律行政法规禁止公开 | 0 |\n"
    assert [t[:3] for _, t in labels(text, "row.")] == ["1 属", "2 其"]
    lines = "1.属于国家秘密\n0\n2\n其他法律行政法规禁止公开\n0\n"
    assert labels(lines, "row.")[1][1] == "其他法律行政法规禁止公开"
