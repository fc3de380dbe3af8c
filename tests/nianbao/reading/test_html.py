"""HTML -> text and grids."""

from __future__ import annotations

import time

import pytest

from nianbao.document import Document, Table
from nianbao.exceptions import NeedsOcr, UnreadableInput
from nianbao.reading import read


def page(body: str, head: str = "") -> Document:
    return read(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode())


def texts(document: Document, table: Table) -> list[list[str]]:
    rows: dict[int, list[str]] = {}
    for cell in table.cells:
        rows.setdefault(cell.row, []).append(document.text[cell.start : cell.end])
    return list(rows.values())


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>甲</p><p>乙</p>", "甲\n乙"),
        ("<div>甲<div>乙</div>丙</div>", "甲\n乙\n丙"),
        ("甲<br>乙<br><br>丙", "甲\n乙\n丙"),
        ("<p>总<span>体</span><font>情</font><b>况</b><a href=x>。</a></p>", "总体情况。"),
        ("<p>前 <b> 后</b></p>", "前 后"),
        ("<p>one\n  two</p>", "one two"),
        ("<p>换行的\n  中文</p>", "换行的中文"),
        ("<p>在<span>公</span>\n<span>开</span></p>", "在公开"),
        ("<p>2023\n年</p>", "2023 年"),
        ("<p>张&nbsp;三</p>", "张\xa0三"),
        ("<p>&nbsp;&nbsp;缩进</p>", "缩进"),
        ("<p>甲</p><script>var a = '<p>乙</p>';</script><style>p{}</style>", "甲"),
        ("<p>甲</p><!-- 乙 --><template>丙</template><iframe>丁</iframe>", "甲"),
        ("<p>甲</p><noscript>乙</noscript>", "甲"),
        ("<p>甲<span style='display: none'>乙</span>丙</p>", "甲丙"),
        ("<p>甲<span style='VISIBILITY:Hidden'>乙</span>丙</p>", "甲丙"),
        ("<p>甲<span hidden>乙</span>丙</p><p aria-hidden=true>丁</p>", "甲丙\n丁"),
        ("<p>甲<span style='overflow:hidden;border:none'>乙</span>丙</p>", "甲乙丙"),
        ("<ruby>汉<rp>(</rp><rt>hàn</rt><rp>)</rp></ruby>字", "汉字"),
        ("<ruby><rb>汉</rb><rb>字</rb><rt>hàn</rt><rt>zì</rt></ruby>", "汉字"),
        ("<pre>甲  1\n乙  2</pre>", "甲  1\n乙  2"),
        ("<ul><li>甲<li>乙</ul><select><option>丙<option>丁</select>", "甲\n乙\n丙\n丁"),
        ("<h2>一、总体情况</h2>正文<hr>完", "一、总体情况\n正文\n完"),
        ("<p>甲&#0;&#1;&#30;乙</p>", "甲� 乙"),
        ("<p>&lt;p&gt; &amp;amp;</p>", "<p> &amp;"),
    ],
)
def test_flow(markup: str, text: str) -> None:
    assert (
        page("<p>开头的文字足够长，不是空白的页面。</p>" + markup).text.partition("\n")[2] == text
    )


def test_title_stands_in_for_an_empty_body_only() -> None:
    head = "<title>某局年度报告</title>"
    assert page("<p>无</p>", head).text == "某局年度报告\n无"
    assert page("<p>" + "正文" * 20 + "</p>", head).text == "正文" * 20


def test_word_markup() -> None:
    document = page(
        "<!--[if gte mso 9]><xml><w:View>Normal</w:View></xml><![endif]-->"
        "<p class=MsoNormal><![if !supportLists]><span>（一）</span><![endif]>"
        "<span lang=EN-US style='mso-bidi-font-size:10.5pt'>2023<o:p></o:p></span>"
        "<span style='mso-spacerun:yes'>&nbsp;</span>年<st1:date>情况</st1:date></p>"
        "<xml><w:Zoom>0</w:Zoom></xml>"
        "<p class=MsoNormal><span style='mso-hide:all'>隐藏</span><o:p>&nbsp;</o:p></p>",
    )
    assert document.text == "（一）2023\xa0年情况"


def test_a_report_shown_by_script_only_is_kept() -> None:
    report = "".join(f"<p>第{i}段报告正文。</p>" for i in range(20))
    for wrapped in (f"<div style='display:none'>{report}</div>", f"<noscript>{report}</noscript>"):
        assert "第19段报告正文。" in page(f"<p>首页</p>{wrapped}").text
    tabs = "<div hidden>热线</div>" * 3
    assert page(f"<div>{report}</div>{tabs}").text.count("热线") == 0


def test_cells_are_lines_with_offsets() -> None:
    document = page(
        "<table><caption>表</caption>"
        "<tr><th rowspan=2>单位<br>名称</th><td colspan=2><p>商业</p><p>企业</p></td></tr>"
        "<tr><td> 1 </td><td>&nbsp;</td></tr></table>"
    )
    assert document.text == "表\n单位 名称 | 商业 企业\n1 | "
    (table,) = document.tables
    assert [
        (document.text[c.start : c.end], c.row, c.column, c.rowspan, c.colspan) for c in table.cells
    ] == [
        ("单位 名称", 0, 0, 2, 1),
        ("商业 企业", 0, 1, 1, 2),
        ("1", 1, 1, 1, 1),
        ("", 1, 2, 1, 1),
    ]


def test_every_character_in_its_own_span() -> None:
    def spans(text: str) -> str:
        return "".join(f"<span><font>{c}</font></span>" for c in text)

    document = page(f"<table><tr><td>{spans('行政许可')}</td><td>{spans('1025')}</td></tr></table>")
    assert document.text == "行政许可 | 1025"


def test_layout_table_gives_flow_with_its_inner_grids() -> None:
    inner = "<table><tr><td>规章</td><td>0</td></tr><tr><td>规范性文件</td><td>3</td></tr></table>"
    prose = "".join(f"<p>这是第{i}段叙述，写明全年工作。</p>" for i in range(12))
    document = page(
        f"<table><tr><td>导航</td><td><table><tr><td>{prose}{inner}<p>落款</p></td></tr></table>"
        "</td></tr><tr><td colspan=2>版权</td></tr></table>"
    )
    lines = document.text.split("\n")
    assert (
        lines[0] == "导航" and lines[1].startswith("这是第0段") and lines[-2:] == ["落款", "版权"]
    )
    assert [texts(document, t) for t in document.tables] == [[["规章", "0"], ["规范性文件", "3"]]]


def test_report_in_one_table_keeps_prose_as_lines_and_rows_as_grid() -> None:
    prose = "".join(
        f"<p>第{i}段：本年度各项工作有序推进，公开渠道进一步拓宽。</p>" for i in range(12)
    )
    document = page(
        f"<table><tr><td colspan=3>{prose}</td></tr>"
        "<tr><td rowspan=2>合计</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr>"
        f"<tr><td colspan=3>{prose}</td></tr></table>"
    )
    (table,) = document.tables
    assert texts(document, table) == [["合计", "1", "2"], ["3", "4"]]
    assert [(c.row, c.column, c.rowspan) for c in table.cells][:2] == [(0, 0, 2), (0, 1, 1)]
    assert document.text.count("\n") == 12 + 2 + 12 - 1


def test_one_column_is_flow() -> None:
    document = page("<table><tr><td>一、总体情况<tr><td><p>甲</p><p>乙</p></table>")
    assert document.text == "一、总体情况\n甲\n乙" and not document.tables


def test_tiny_table_in_a_cell_is_part_of_it() -> None:
    inner = "<table><tr><td>自然</td><td>人</td></tr></table>"
    document = page(f"<table><tr><td>{inner}</td><td>5</td></tr></table>")
    assert [texts(document, t) for t in document.tables] == [[["自然 人", "5"]]]


def test_footer_rows_come_last() -> None:
    document = page(
        "<table><tfoot><tr><td>总计</td><td>3</td></tr></tfoot>"
        "<tbody><tr><td>甲</td><td>1</td></tr></tbody></table>"
    )
    assert document.text == "甲 | 1\n总计 | 3"


def test_form_fields_in_cells_are_read() -> None:
    document = page(
        "<input value=搜索><table><tr><td>受理</td><td><input type=text value='12'>"
        "<input type=hidden value=9></td></tr></table>"
    )
    assert document.text == "受理 | 12"


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>甲<td>1<tr><td>乙<td>2</table>",
        "<table><td>甲</td><td>1</td></tr><tr><td>乙</td><td>2</td></table>",
        "<table><tbody><tr><td>甲</td><td>1</td></tr></tbody><tr><td>乙</td><td>2</table></div>",
        "<table><tr><td><b>甲</td><td>1</b></td></tr></p><tr><td>乙</td><td>2</td>",
        '<table><tr><td width="50%"">甲</td><td>1</td></tr><tr><td>乙</td><td>2</td></tr></table>',
    ],
)
def test_broken_markup(markup: str) -> None:
    document = page(markup)
    assert [texts(document, t) for t in document.tables] == [[["甲", "1"], ["乙", "2"]]]


def test_page_of_pictures() -> None:
    with pytest.raises(NeedsOcr, match="图片"):
        page("<p><img src=scan1.jpg></p><p><img src=scan2.jpg></p>")
    with pytest.raises(UnreadableInput, match="没有"):
        page("<div></div>")


def test_a_page_is_read_in_linear_time() -> None:
    row = "<tr>" + "<td style='border:1px'><p><span>12</span></p></td>" * 10 + "</tr>"

    def seconds(rows: int) -> float:
        data = f"<body><table>{row * rows}</table></body>".encode()
        started = time.perf_counter()
        read(data)
        return time.perf_counter() - started

    seconds(10)
    small = min(seconds(60) for _ in range(3))
    assert min(seconds(600) for _ in range(2)) < 60 * small
