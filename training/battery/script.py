"""Damages of characters: Traditional script, pinyin ruby, radicals for characters, OCR confusions."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from functools import cache

import opencc

from training.battery.draft import Draft

#: Pinyin of characters that often carry ruby on mirror sites, Simplified.
PINYIN = {
    "报": "bào", "动": "dòng", "开": "kāi", "条": "tiáo", "总": "zǒng", "体": "tǐ",
    "国": "guó", "务": "wù", "办": "bàn", "关": "guān", "机": "jī", "构": "gòu",
    "规": "guī", "处": "chù", "许": "xǔ", "罚": "fá", "强": "qiáng", "业": "yè",
    "费": "fèi", "额": "é", "单": "dān", "请": "qǐng", "数": "shù", "结": "jié",
    "转": "zhuǎn", "与": "yǔ", "项": "xiàng", "属": "shǔ", "密": "mì", "律": "lǜ",
    "护": "hù", "权": "quán", "类": "lèi", "内": "nèi", "过": "guò", "执": "zhí",
    "询": "xún", "现": "xiàn", "补": "bǔ", "确": "què", "访": "fǎng", "举": "jǔ",
    "诉": "sù", "讼": "sòng", "复": "fù", "议": "yì", "经": "jīng", "后": "hòu",
    "维": "wéi", "纠": "jiū", "审": "shěn", "计": "jì", "获": "huò", "认": "rèn",
    "会": "huì", "组": "zǔ", "织": "zhī", "团": "tuán", "问": "wèn", "题": "tí",
    "进": "jìn", "县": "xiàn", "区": "qū", "镇": "zhèn", "发": "fā", "门": "mén",
    "网": "wǎng", "线": "xiàn", "达": "dá", "见": "jiàn", "实": "shí", "应": "yīng",
    "对": "duì", "时": "shí", "为": "wéi", "统": "tǒng", "资": "zī", "财": "cái",
    "农": "nóng", "东": "dōng", "长": "zhǎng", "万": "wàn", "汇": "huì", "种": "zhǒng",
    "优": "yōu", "监": "jiān", "责": "zé", "级": "jí", "较": "jiào", "继": "jì",
    "续": "xù", "没": "méi", "掌": "zhǎng", "产": "chǎn", "无": "wú", "据": "jù",
}  # fmt: skip

#: Look-alikes that character recognition takes for each other.
CONFUSED = {
    "公": "么", "开": "井并", "政": "攻", "府": "俯", "信": "倌", "息": "怠恩", "请": "清诸",
    "申": "甲由", "数": "敷", "量": "晕", "件": "仵", "规": "现", "章": "竟意", "行": "衍",
    "其": "具", "他": "她地", "属": "厲", "于": "千干", "国": "囯圄", "家": "冢", "法": "怯",
    "律": "津", "禁": "楚", "止": "上正", "危": "厄", "及": "反", "保": "堡", "护": "沪",
    "第": "弟", "方": "万", "合": "台", "权": "杈", "益": "盆盖", "类": "粪", "内": "肉",
    "部": "郎", "事": "亊", "务": "夯", "过": "迂", "程": "桯", "性": "牲", "执": "热",
    "案": "桉", "卷": "券", "查": "杳", "询": "洵", "无": "元", "提": "堤", "供": "洪",
    "本": "木", "机": "枧", "关": "美", "掌": "常", "握": "渥", "没": "设", "有": "冇",
    "现": "规", "成": "戌", "另": "叧", "制": "刷", "作": "怍", "补": "朴", "后": "启",
    "容": "客", "仍": "扔", "不": "下", "明": "朋", "确": "硝", "访": "仿", "举": "拳",
    "报": "服", "投": "没", "诉": "拆", "重": "熏", "复": "夏", "要": "耍", "求": "术",
    "版": "板", "物": "杨", "理": "埋", "由": "甲", "反": "友", "认": "队", "或": "域",
    "新": "斩", "出": "岀", "获": "荻", "取": "最", "期": "朝", "收": "牧", "通": "逋",
    "知": "和", "纳": "衲", "总": "怠", "计": "汁", "结": "诘", "转": "较", "下": "卞",
    "年": "午", "度": "庹", "继": "维", "续": "读", "办": "力", "维": "准", "持": "待",
    "纠": "红", "果": "杲", "尚": "向", "审": "宙", "未": "末", "经": "径", "议": "仪",
    "直": "真", "接": "按", "起": "赶", "商": "啇", "业": "亚", "企": "仝", "科": "料",
    "研": "硏", "构": "沟", "社": "杜", "会": "合", "组": "祖", "织": "枳", "服": "报",
    "然": "燃", "人": "入", "自": "白", "处": "外", "决": "抉", "定": "宝", "许": "讦",
    "可": "司", "罚": "罸", "强": "弶", "费": "贵", "金": "全", "额": "颌", "主": "王",
    "动": "劲", "情": "惰", "况": "祝", "存": "在", "问": "间", "题": "匙", "改": "攻",
    "进": "迸", "需": "霈", "告": "吿", "项": "顷", "体": "休", "工": "土", "是": "昰",
    "一": "-", "日": "曰", "市": "巿", "县": "具", "局": "居", "镇": "填", "各": "备",
    "全": "金", "上": "土", "大": "太", "力": "刀", "入": "人", "发": "友", "时": "吋",
}  # fmt: skip
#: Never misread: the marks that the date and the year are known by, and the ordinals.
_SPARED = frozenset("年月日一二三四五六七八九十")


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


@cache
def _pinyin() -> dict[str, str]:
    """Return the pinyin of each character in Simplified and in Traditional shape."""
    to = _converter("s2t")
    return {shape: sound for char, sound in PINYIN.items() for shape in (char, to.convert(char))}


def settle(draft: Draft, rng: random.Random) -> None:
    """Spell every word that gold judges so that it survives the way to Traditional and back."""
    there, back = _converter("s2t"), _converter("t2s")
    _rewrite(draft, lambda text: back.convert(there.convert(text)))


def traditional(text: str, rng: random.Random) -> str:
    """Return the page in Traditional script, sometimes with Taiwan's words or too much zeal."""
    text = _converter(rng.choice(("s2t", "s2t", "s2tw", "s2hk"))).convert(text)
    if rng.random() < 0.3:
        text = text.replace("規範性文件", "規範性檔案").replace("制作", "製作")
    if rng.random() < 0.4:
        for char, other in (("制度", "製度"), ("面", "麵"), ("系", "係"), ("制定", "製定")):
            text = text.replace(char, other)
    return text


def ruby_toned(text: str, rng: random.Random) -> str:
    """Return the page in Traditional script, or not, with toned pinyin after its characters."""
    text = _converter("s2t").convert(text) if rng.random() < 0.8 else text
    known = _pinyin()
    return "".join(f"{c}({known[c]})" if c in known else c for c in text)


def ruby_toneless(text: str, rng: random.Random) -> str:
    """Return the page with toneless pinyin that some sites repeat."""
    text = _converter("s2t").convert(text) if rng.random() < 0.8 else text
    known = _pinyin()
    share = rng.choice((0.5, 1.0))
    times = rng.choice((1, 1, 3))
    out = []
    for char in text:
        out.append(char)
        if char in known and rng.random() < share:
            letters = unicodedata.normalize("NFD", known[char])
            plain = "".join(c for c in letters if not unicodedata.combining(c))
            out.append(f"({plain})" * rng.randint(1, times))
    return "".join(out)


@cache
def _radicals() -> dict[int, str]:
    """Return character -> the radical sign that looks like it (U+2F00 to U+2FD5)."""
    signs = map(chr, range(0x2F00, 0x2FD6))
    return {ord(unicodedata.normalize("NFKC", sign)): sign for sign in signs}


def kangxi(text: str, rng: random.Random) -> str:
    """Return the page with radical signs for the characters that look like them."""
    return text.translate(_radicals())


def noise_3(draft: Draft, rng: random.Random) -> None:
    """Misread three in a hundred Chinese characters."""
    _rewrite(draft, lambda text: _misread(text, 0.03, rng))


def noise_6(draft: Draft, rng: random.Random) -> None:
    """Misread six in a hundred Chinese characters."""
    _rewrite(draft, lambda text: _misread(text, 0.06, rng))


def _misread(text: str, rate: float, rng: random.Random) -> str:
    out = []
    for char in text:
        if "一" <= char <= "鿿" and char not in _SPARED and rng.random() < rate:
            # An unknown shape is lost or left as a box now and then; most are read after all.
            others = CONFUSED.get(char) or rng.choice(("", "□", char))
            out.append(rng.choice(others) if others else "")
        else:
            out.append(char)
    return "".join(out)


def noise_beside_digits(draft: Draft, rng: random.Random) -> None:
    """Misread what stands next to figures: numbers of rows, ends of labels; leave specks in cells."""
    for cell in draft.cells():
        if cell.kind == "value" and rng.random() < 0.12:
            speck = rng.choice("·'`。‘_~")
            cell.text = cell.text + speck if rng.random() < 0.5 else speck + cell.text
        elif cell.kind in ("label", "group"):
            cell.text = _beside(cell.text, rng)


def _beside(text: str, rng: random.Random) -> str:
    if rng.random() < 0.4:
        swaps = {"1.": "l.", "2.": "Z.", "3.": "З.", "5.": "S.", "8.": "B.", "4.": "4,"}
        text = re.sub(r"^\d\.", lambda m: swaps.get(m[0], m[0].replace(".", "，")), text)
        text = re.sub(r"^（([一二三])）", r"(\1〕", text)
    if rng.random() < 0.5:
        text = text[:-1] + _misread(text[-1], 1.0, rng)
    return text


def _rewrite(draft: Draft, change: Callable[[str], str]) -> None:
    """Send every printed string but the values through `change`."""
    before, agency, after = draft.title
    draft.title = (change(before), change(agency), change(after))
    draft.intro = [change(text) for text in draft.intro]
    for section in draft.sections:
        section.heading = None if section.heading is None else change(section.heading)
        section.before = [change(text) for text in section.before]
        section.after = [change(text) for text in section.after]
    for cell in draft.cells():
        if cell.kind != "value":
            cell.text = change(cell.text)
