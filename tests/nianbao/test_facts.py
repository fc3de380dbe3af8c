"""Facts of the narrative: what is taken, what never is, offsets, years, time."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import spacy_pkuseg
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nianbao.exceptions import BundleError
from nianbao.facts import find_facts, stated_cells
from nianbao.facts.segmenter import default_path, load_segmenter
from nianbao.report import Fact, Number

YEAR = 2023


def stated(text: str, year: int | None = YEAR) -> list[tuple[str, Number]]:
    return [(fact.name, fact.value) for fact in find_facts(text, [(0, len(text))], year)]


#: Sentence -> its facts, in order.
TAKEN: dict[str, list[tuple[str, Number]]] = {
    # published
    "全年共主动公开政府信息1,286条。": [("published_items", 1286)],
    "2023年,我区主动公开各类政府信息共计3.2万条,同比增长8.5%。": [("published_items", 32000)],
    "年内累计主动公开政务信息五十六条,其中图片新闻三十条。": [("published_items", 56)],
    "我局全年公开政府信息88条。": [("published_items", 88)],
    # requests received
    "2023年,我市共收到政府信息公开申请317件。": [("requests_received", 317)],
    "本年度新收政府信息公开申请 41 件,较上年减少6件。": [("requests_received", 41)],
    "全县收到公民、法人和其他组织提出的信息公开申请12件。": [("requests_received", 12)],
    "我办共受理依申请公开19件,其中自然人申请15件,商业企业申请4件。": [("requests_received", 19)],
    "本机关收到12宗政府信息公开申请。": [("requests_received", 12)],
    "依申请公开方面,全年收到申请七件,均依法答复。": [("requests_received", 7)],
    "收到申请公开政府信息的来函0件。": [("requests_received", 0)],
    "全年依申请公开工作平稳,共收到23件,全部按时办结。": [("requests_received", 23)],
    "我局收到并答复政府信息公开申请9件。": [("requests_handled", 9)],
    "全市共办理政府信息公开申请202件(含新收190件、上年结转12件)。": [
        ("requests_handled", 202),
        ("requests_received", 190),
        ("requests_carried_over", 12),
    ],
    "共办结政府信息公开申请64件。": [("requests_answered", 64)],
    # outcomes
    "收到政府信息公开申请30件,其中予以公开11件,部分公开4件,不予公开3件,无法提供9件,"
    "不予处理2件,其他处理0件,结转下年度继续办理1件。": [
        ("requests_received", 30),
        ("requests_granted", 11),
        ("requests_partially_granted", 4),
        ("requests_denied", 3),
        ("requests_unavailable", 9),
        ("requests_not_processed", 2),
        ("requests_carried_forward", 1),
    ],
    "在办结的申请中,予以公开和部分公开共25件。依申请公开答复均合法。": [],
    "依申请公开办理结果:予以公开和部分公开25件,不予公开2件。": [
        ("requests_granted_or_partially", 25),
        ("requests_denied", 2),
    ],
    "政府信息公开申请办理中,予以公开、部分公开、不予公开均为0件。": [
        ("requests_granted", 0),
        ("requests_partially_granted", 0),
        ("requests_denied", 0),
    ],
    "2022年结转政府信息公开申请5件,结转至2024年办理3件。": [
        ("requests_carried_over", 5),
        ("requests_carried_forward", 3),
    ],
    # none
    "2023年,我镇未收到政府信息公开申请。": [("requests_received", 0)],
    "本年度没有收到公民、法人或其他组织要求公开政府信息的申请。": [("requests_received", 0)],
    "全年未接到书面或其他形式的依申请公开事项": [],
    "未接到依申请公开件,无上年度结转。": [("requests_received", 0), ("requests_carried_over", 0)],
    "全年未收到信息公开申请,也没有发生行政复议和行政诉讼。": [
        ("requests_received", 0),
        ("reconsiderations", 0),
        ("lawsuits", 0),
    ],
    "本单位无因政府信息公开引发的行政复议、行政诉讼案件。": [
        ("reconsiderations", 0),
        ("lawsuits", 0),
    ],
    "未发生因政府信息公开申请提起的行政诉讼。": [("lawsuits", 0)],
    "全年行政复议和行政诉讼均为零。": [("reconsiderations", 0), ("lawsuits", 0)],
    "政府信息公开行政复议0,行政诉讼0。": [("reconsiderations", 0), ("lawsuits", 0)],
    "未收取行政事业性收费。": [("fees", 0)],
    "全年办理政府信息公开未收取任何费用。": [("processing_fee", 0)],
    "没有制发行政规范性文件。": [("normative_documents_made", 0)],
    "2023年,我委无行政复议及行政诉讼。": [("reconsiderations", 0), ("lawsuits", 0)],
    "未收到公民、法人或其他组织申请公开政务信息事项。": [("requests_received", 0)],
    "共收到信息公开申请件28件,比上一年度增长180%。": [("requests_received", 28)],
    # reviews
    "因政府信息公开被申请行政复议4件,被提起行政诉讼2件。": [
        ("reconsiderations", 4),
        ("lawsuits", 2),
    ],
    "政府信息公开工作引发3起行政复议。": [("reconsiderations", 3)],
    "政府信息公开行政复议、行政诉讼各1件。": [("reconsiderations", 1), ("lawsuits", 1)],
    "政府信息公开行政复议5件,其中结果维持4件、结果纠正1件;行政诉讼1件,尚未审结1件。": [
        ("reconsiderations", 5),
        ("lawsuits", 1),
    ],
    # the agency's own work
    "全年制发行政规范性文件6件,废止2件,现行有效31件。": [
        ("normative_documents_made", 6),
        ("normative_documents_repealed", 2),
        ("normative_documents_in_force", 31),
    ],
    "规范性文件制发0件、废止0件、现行有效0件。": [
        ("normative_documents_made", 0),
        ("normative_documents_repealed", 0),
        ("normative_documents_in_force", 0),
    ],
    "我局全年共制作行政规范性文件3份。": [("normative_documents_made", 3)],
    "全年作出行政许可决定2,045件、行政处罚决定118件,实施行政强制3件。": [
        ("licences", 2045),
        ("penalties", 118),
        ("coercions", 3),
    ],
    "行政事业性收费47593.6663万元。": [("fees", Decimal("47593.6663"))],
    "行政事业性收费金额为1.2亿元。": [("fees", 12000)],
    "收取信息处理费260元。": [("processing_fee", 260)],
}

#: Sentences of which no figure may be taken.
LEFT = [
    # parts, kinds and ways
    "其中自然人申请741件,法人或其他组织申请8件。",
    "收到当面申请3件、信函申请2件、网络申请9件。",
    "政府信息公开申请中因本机关不掌握相关政府信息无法提供6件。",
    "属于国家秘密不予公开政府信息公开申请2件。",
    "政府信息公开行政复议维持3件、纠正1件。",
    "政府信息公开行政诉讼二审2件。",
    "主动公开财政预决算信息12条。",
    "其中主动公开政府信息30条。",
    "通过微信公众号公开信息451条。",
    # comparisons, shares, rates
    "政府信息公开申请数量同比增加15件。",
    "与上年相比,收到政府信息公开申请减少9件。",
    "政府信息公开申请办结率100%,满意率99.6%。",
    "主动公开政府信息量增长25%。",
    "比上一年度收到政府信息公开申请多3件。",
    "较2022年收到的政府信息公开申请20件略有下降。",
    # other periods
    "上半年收到政府信息公开申请4件。",
    "2019年以来累计收到政府信息公开申请410件。",
    "1-6月收到政府信息公开申请7件。",
    "2020-2023年共收到政府信息公开申请77件。",
    # dates, numbers of documents, telephones, articles
    "根据《中华人民共和国政府信息公开条例》第五十条规定,编制2023年政府信息公开年度报告。",
    "依据国办公开办函〔2021〕30号,数据统计期限为2023年1月1日至12月31日。",
    "如有疑问请联系政府信息公开办公室,电话0731-85012345。",
    "按照条例第十条、第十二条主动公开政府信息。",
    # something else with the same words
    "办理人大代表建议42件、政协提案38件,办理结果予以公开。",
    "收到网民留言和咨询投诉126件,政府信息公开申请另行统计。",
    "未收到行政许可申请。",
    "全年收到行政许可申请33件。",
    "全市法制机构办理行政复议案件345件,行政诉讼案件80件。",
    "公示行政许可信息120条,公示行政处罚信息35条。",
    "公开行政许可20件、行政处罚10件。",
    "梳理行政许可事项86项。",
    "清理规范性文件50件,公开规范性文件12件。",
    "减免行政事业性收费30万元。",
    "无超期未答复的政府信息公开申请。",
    "没有政府信息公开行政复议被纠正、行政诉讼败诉的情况。",
    "如未收到政府信息公开申请,应当零报告。",
    "无法提供的政府信息公开申请均已说明理由。",
    "未来将进一步做好依申请公开工作。",
    "无障碍浏览、无偿提供政府信息公开申请指导。",
    "一次性告知政府信息公开申请补正内容。",
    # more than one reading
    "政府信息公开行政复议和行政诉讼共5件。",
    "予以公开、部分公开政府信息公开申请分别为3件、2件。",
    "制定规章和规范性文件3件。",
    # no unit, no number
    "收到政府信息公开申请若干件。",
    "",
    "。。,,;;",
]


@pytest.mark.parametrize(("text", "expected"), TAKEN.items(), ids=str)
def test_figures_are_taken(text: str, expected: list[tuple[str, Number]]) -> None:
    assert stated(text) == expected


@pytest.mark.parametrize("text", LEFT)
def test_figures_are_left(text: str) -> None:
    assert stated(text) == []


@pytest.mark.parametrize(
    ("text", "year", "expected"),
    [
        ("收到政府信息公开申请3件。", 2023, 2023),
        ("收到政府信息公开申请3件。", None, None),
        ("2021年,我局收到政府信息公开申请3件。", 2023, 2021),
        ("二〇二一年度我局收到政府信息公开申请3件。", 2023, 2021),
        ("2021年共有三种渠道。收到政府信息公开申请3件。", 2023, 2021),
        ("2021年共有三种渠道。\n收到政府信息公开申请3件。", 2023, 2023),
        ("去年收到政府信息公开申请3件。", 2023, 2022),
        ("收到政府信息公开申请3件,较2022年的9件减少6件。", 2023, 2023),
        ("按照《2021年政务公开要点》,收到政府信息公开申请3件。", 2023, 2023),
    ],
)
def test_a_fact_has_the_year_it_speaks_of(
    text: str, year: int | None, expected: int | None
) -> None:
    (fact,) = find_facts(text, [(0, len(text))], year)
    assert (fact.name, fact.value, fact.year) == ("requests_received", 3, expected)


def test_last_year_without_a_reported_year_is_nobodys() -> None:
    assert stated("去年收到政府信息公开申请3件。", None) == []


@pytest.mark.parametrize(
    ("figure", "value", "unit"),
    [
        ("1,113条", 1113, "条"),
        ("4.5万条", 45000, "条"),
        ("300余条", 300, "余条"),
        ("近300条", 300, "近条"),
        ("1.2万余条", 12000, "余条"),
        ("两千多条", 2000, "多条"),
        ("二十五篇", 25, "篇"),
        ("3亿条", 300_000_000, "条"),
    ],
)
def test_units_and_signs_of_inexactness(figure: str, value: int, unit: str) -> None:
    text = f"主动公开政府信息{figure}。"
    (fact,) = find_facts(text, [(0, len(text))], YEAR)
    assert (fact.value, fact.unit) == (value, unit)


def test_a_fact_keeps_its_words_across_blanks_and_wrapped_lines() -> None:
    wrapped = "  2023年,我局依法规范办理各项依申请公开事宜,全年共收到政府信息\n公开申请 28 件,"
    text = f"标题\n{wrapped}均在法定期限内依法依规作出答复,其中予以\n公开 2 件。"
    facts = find_facts(text, [(3, len(text))], YEAR)
    assert [(fact.name, fact.value) for fact in facts] == [
        ("requests_received", 28),
        ("requests_granted", 2),
    ]
    assert facts[0].text == "收到政府信息\n公开申请 28 件"
    assert all(text[fact.start : fact.end] == fact.text for fact in facts)


def test_only_the_given_passages_are_read() -> None:
    first, second = "收到政府信息公开申请3件。\n", "收到政府信息公开申请4件。\n"
    text = first + second
    facts = find_facts(text, [(len(first), len(text) + 99)], YEAR)
    assert [fact.value for fact in facts] == [4]
    assert find_facts(text, [], YEAR) == ()
    assert find_facts(text, [(5, 5), (9, 2), (-3, 0)], YEAR) == ()


def test_the_heading_above_says_what_bare_outcomes_are_of() -> None:
    text = "(二)依申请公开情况\n予以公开4件,不予公开1件。"
    assert stated(text) == [("requests_granted", 4), ("requests_denied", 1)]
    assert stated("(二)建议提案办理情况\n予以公开4件,不予公开1件。") == []


def test_stated_cells_are_those_of_one_cell_and_the_reported_year() -> None:
    text = (
        "2023年收到政府信息公开申请28件,不予公开2件,结转下年度3件。"
        "行政事业性收费3000元。2022年收到政府信息公开申请20件。主动公开政府信息300余条。"
        "全年共收到信息公开申请29件。"
    )
    facts = find_facts(text, [(0, len(text))], YEAR)
    assert stated_cells(facts, YEAR) == {
        "requests.new_received.total": (28,),
        "requests.carried_forward.total": (3,),
        "proactive_disclosure.fees.amount_10k_yuan": (Decimal("0.3"),),
    }


def test_what_was_taken_up_settles_no_cell() -> None:
    text = "2023年受理政府信息公开申请28件。"
    assert stated_cells(find_facts(text, [(0, len(text))], YEAR), YEAR) == {}


def test_two_statements_that_disagree_both_stand() -> None:
    facts = [Fact("requests_granted", n, "件", "", n, n + 1, YEAR) for n in (4, 5, 4)]
    assert stated_cells(facts, YEAR) == {"requests.granted.total": (4, 5)}


PIECES = st.sampled_from(
    "政府信息公开 申请 收到 未收到 依申请公开 予以公开 部分公开 行政复议 行政诉讼 规范性文件 制发 废止 无 "
    "结转 上年结转 2022年 2024年 至 件 条 万元 余 近 , 。 ; ( ) 、 : \n 其中 较 12 3.5万 1,234 三十 0 "
    "《 》 ※ \x00 \ud800 \U00020bb7 主动公开 行政许可 行政事业性收费 各 均 为".split(" ")
)


@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from([None, 2023]))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_breaks_it(text: str, year: int | None) -> None:
    facts = find_facts(text, [(0, len(text))], year)
    assert facts == find_facts(text, [(0, len(text))], year)
    assert list(facts) == sorted(facts, key=lambda fact: fact.start)
    for fact in facts:
        assert text[fact.start : fact.end] == fact.text
        assert fact.text and fact.value >= 0


@given(st.text(max_size=200), st.integers(-5, 250), st.integers(-5, 250))
@settings(deadline=None, max_examples=60)
def test_no_passage_breaks_it(text: str, start: int, end: int) -> None:
    for fact in find_facts(text + "收到政府信息公开申请3件", [(start, end)], YEAR):
        assert start <= fact.start < fact.end <= end


@pytest.mark.parametrize(
    "unit",
    [
        "未收到申请公开信息1件行政复议、",
        "其中,12件公开申请;",
        "数量",
        "公开\n",
        "行政复议数量",
        "《",
        "公开1件(",
    ],
)
def test_time_is_bounded_on_hostile_prose(unit: str) -> None:
    text = unit * (1_000_000 // len(unit)) + "行政复议0"
    started = time.process_time()
    find_facts(text, [(0, len(text))], YEAR)
    assert time.process_time() - started < 10


def test_spacy_waits_for_the_first_figure() -> None:
    code = (
        "import sys; from nianbao.facts import find_facts\n"
        "text = '我局认真落实各项要求。' * 50\n"
        "assert find_facts(text, [(0, len(text))], 2023) == ()\n"
        "assert 'spacy' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_words_are_cut_as_the_rules_expect() -> None:
    sentence = "2023年,本机关共收到政府信息公开申请28件,无法提供3件,未来再说。"
    found = load_segmenter(default_path())(sentence)
    cut = [sentence[start:end] for start, end in found.tokens]
    assert "".join(cut) == sentence
    assert {"政府信息公开", "申请", "28", "件", "无法提供", "未来", "收到"} <= set(cut)


@pytest.fixture(scope="module")
def pkuseg() -> Any:
    """The segmenter as its makers cut with it."""
    seg = spacy_pkuseg.pkuseg(str(default_path()), user_dict=None)
    for word in (default_path() / "words.txt").read_text(encoding="utf-8").split():
        seg.preprocesser.insert(word, "")
    return seg


@settings(deadline=None)
@given(
    st.text(st.sampled_from("政府信息公开申请件年收到无法提供未来二12.,-;: \nＡ％𠮷x"), max_size=40)
)
@example("")
@example("件")
@example("无法提供")
@example("2023年,本机关共收到政府信息公开申请28件,无法提供3件,未来再说。")
def test_words_are_those_of_pkuseg(pkuseg: Any, text: str) -> None:
    tokens = load_segmenter(default_path())(text).tokens
    words = (text[start:end].strip() for start, end in tokens)
    assert [word for word in words if word] == pkuseg.cut(text)


@settings(deadline=None)
@given(st.text(st.sampled_from("公开申请12, \n\t\u3000"), max_size=20))
def test_words_stand_where_spacy_has_them(text: str) -> None:
    segmenter = load_segmenter(default_path())
    with segmenter.nlp.memory_zone():
        expected = [(word.idx, word.idx + len(word)) for word in segmenter.nlp.tokenizer(text)]
    assert list(segmenter(text).tokens) == expected


@pytest.mark.parametrize("name", ["features.msgpack", "weights.npz"])
def test_a_damaged_segmenter_is_refused(name: str, tmp_path: Path) -> None:
    for path in default_path().iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(BundleError, match=name):
        find_facts("收到政府信息公开申请3件。", [(0, 13)], YEAR, segmenter=tmp_path)


def test_a_missing_segmenter_is_said_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="分词模型不完整"):
        find_facts("收到政府信息公开申请3件。", [(0, 13)], YEAR, segmenter=tmp_path / "none")
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BundleError, match="已损坏"):
        find_facts("收到政府信息公开申请3件。", [(0, 13)], YEAR, segmenter=tmp_path)


def test_threads_that_come_first_together_load_it_once() -> None:
    script = """
        from concurrent.futures import ThreadPoolExecutor
        from nianbao.facts.segmenter import default_path, load_segmenter
        with ThreadPoolExecutor(8) as pool:
            print(len(set(map(id, pool.map(load_segmenter, [default_path()] * 8)))))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
