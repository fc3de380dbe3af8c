"""What of a long line the model is shown."""

from __future__ import annotations

import pytest

from nianbao.encoding import GAP, Vocabulary, encode
from nianbao.reading.folding import fold

VOCABULARY = Vocabulary.of_characters(
    [*map(chr, range(33, 127)), *map(chr, range(0x3001, 0x3020)), *map(chr, range(0x4E00, 0x9FA6))]
)
PROSE = "本机关认真贯彻落实条例要求持续推进政务公开工作取得新的成效，" * 4


def visible(text: str) -> str:
    """Return what is shown of `text`, "…" for what is not."""
    folded = fold(text)
    tokens = encode(folded, VOCABULARY)
    parts = zip(tokens.ids.tolist(), tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
    return "".join("…" if token == GAP else folded.text[a:b] for token, a, b in parts)


def test_prose_is_its_ends() -> None:
    assert visible(PROSE) == "本机关认真贯彻落实条例要…效,"


@pytest.mark.parametrize(
    "buried",
    [
        "。三、收到和处理政府信息公开申请情况",
        "云泽市水务局2023年政府信息公开工作年度报告",
        "发布日期:2024年1月12日",
        "第二十条第(五)项信息内容本年处理决定数量",
        "规章77132470行政规范性文件110024",
        "行政许可|12|行政处罚|0|行政强制|0",
        "1.属于国家秘密0000000 2.其他法律行政法规禁止公开0000000",
        "自然人商业企业科研机构社会公益组织法律服务机构其他总计",
    ],
)
def test_what_may_carry_a_label_is_shown(buried: str) -> None:
    shown = visible(PROSE + buried + " " + PROSE)
    assert fold(buried).text.replace("|", "").replace(" ", "") in shown
    assert shown.count("…") == 2


@pytest.mark.parametrize(
    "prose",
    [
        "其中属于国家秘密9件、属于行政执法案卷5件、属于行政查询事项1件，",
        "自2023年1月1日至2023年12月31日止",
        "根据要求编制本年度报告;",
        "我局第二、三季度共",
    ],
)
def test_prose_that_repeats_labels_is_left_out(prose: str) -> None:
    assert prose[3:-3] not in visible(PROSE + prose + PROSE)


def test_running_latin_is_prose() -> None:
    """A million characters of it took 5 s, for each word stands alone, as the cells of a table do."""
    words = "The quick brown fox jumps over a lazy dog. " * 400
    assert len(visible(words)) < 200
    assert len(visible(PROSE + words + PROSE)) < 200
    cells = "|".join(["规章", "12", "A", "B"] * 30)
    assert "…" not in visible(cells)


def test_a_short_line_is_shown_whole() -> None:
    line = "本机关认真贯彻落实条例要求持续推进政务公开工作取得新的成效"
    assert len(line) < 48 and visible(line) == line


def test_left_out_stretches_are_one_token_each() -> None:
    tokens = encode(fold(PROSE[:-1] + "。\n" + PROSE), VOCABULARY)
    assert (tokens.ids == GAP).sum() == 2


def test_lines_that_a_page_broke_are_one_paragraph() -> None:
    width = 30
    broken = "\n".join(PROSE[i : i + width] for i in range(0, len(PROSE), width))
    assert visible(broken) == visible(PROSE)


@pytest.mark.parametrize(
    "table",
    [
        "一、本年新收政府信息公开申请数量 71 3 1 0 2 2 79\n二、上年结转政府信息公开申请数量 4 1 0 0 1 0 6",
        "1.信访举报投诉类申请3件0件0件0份0份0件3条\n2.要求提供公开出版物0件0件0件0件0件0件0件",
        "四、因政府信息公开工作被申请行政复议、提起行政诉讼的情况\n" + PROSE,
    ],
)
def test_lines_of_tables_and_headings_are_no_paragraph(table: str) -> None:
    first = fold(table.split("\n")[0]).text
    shown = visible(PROSE[:-1] + "。\n" + table)
    assert first.replace(" ", "") in shown.replace(" ", "")
