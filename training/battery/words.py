"""Damages of headings and prose: echoes of headings and rows, lost headings, other numbering."""

from __future__ import annotations

import random
import re

from training.battery.draft import Draft

ECHOES = (
    "其中行政许可{a}件，行政处罚{b}件，行政强制{c}件，行政事业性收费{a}万元。",
    "关于收到和处理政府信息公开申请情况，上一年度本年新收政府信息公开申请{a}件，总计{b}件。",
    "去年同期予以公开{a}件，部分公开{b}件，不予公开{c}件，无法提供{a}件，不予处理{b}件。",
    "本机关不掌握相关政府信息{a}件，没有现成信息需要另行制作{b}件，重复申请{c}件。",
    "规章{c}件，行政规范性文件{a}件，现行有效件数{b}件，本年废止件数{c}件。",
    "政府信息公开行政复议、行政诉讼情况：行政复议{c}件，结果维持{b}件，结果纠正{c}件。",
    "自然人申请{a}件，商业企业{b}件，科研机构{c}件，法律服务机构{c}件，总计{a}件。",
    "结转下年度继续办理{c}件，上年结转政府信息公开申请数量{b}件。",
)
LEADS = (
    "（一）主动公开政府信息情况",
    "（二）收到和处理政府信息公开申请情况",
    "（三）政府信息公开行政复议、行政诉讼情况",
    "1.主动公开政府信息情况。",
    "2.收到和处理政府信息公开申请情况。",
    "（一）存在的主要问题及改进情况",
)


def echo(draft: Draft, rng: random.Random) -> None:
    """Let the narrative repeat the names of sections and rows, with other figures than the tables."""
    overview = draft.sections[0]
    for _ in range(rng.randint(2, 4)):
        at = rng.randint(1, max(1, len(overview.before) - 1))
        overview.before[at:at] = _echo(rng)
    if rng.random() < 0.5:
        draft.intro.append(
            "本报告由总体情况、主动公开政府信息情况、收到和处理政府信息公开申请情况、政府信息公开行政复议、"
            "行政诉讼情况、存在的主要问题及改进情况、其他需要报告的事项等六部分组成。"
        )
    if rng.random() < 0.35:
        headings = [section.heading for section in draft.sections if section.heading]
        draft.intro += ["目录", *(f"{h}……{n}" for n, h in enumerate(headings, 1))]
    for section in draft.sections[1:4]:
        if rng.random() < 0.4:
            section.before += _echo(rng)[-1:]


def _echo(rng: random.Random) -> list[str]:
    figures = {name: rng.randint(1, top) for name, top in (("a", 900), ("b", 90), ("c", 9))}
    text = rng.choice(ECHOES).format(**figures)
    return [rng.choice(LEADS), text] if rng.random() < 0.5 else [text]


def lose_headings(draft: Draft, rng: random.Random) -> None:
    """Lose one or two of the six headings."""
    for at in rng.sample(range(6), rng.randint(1, 2)):
        draft.sections[at].heading = None
        if at:
            draft.sections[at - 1].judged = False
    if draft.sections[0].heading is None:
        draft.sections[0].judged = False


def renumber(draft: Draft, rng: random.Random) -> None:
    """Number the headings in another manner, or begin again after a narrative with its own 一、二、."""
    style = rng.choice(("（）", "digits", "part", "none", "restart", "restart"))
    for number, section in zip("一二三四五六", draft.sections, strict=True):
        name = re.sub(r"^[一二三四五六]、", "", section.heading or "")
        if section.heading is None:
            continue
        section.heading = {
            "（）": f"（{number}）{name}",
            "digits": f"{section.number}、{name}",
            "part": f"第{number}部分 {name}",
            "none": name,
            "restart": section.heading,
        }[style]
    if style == "restart":
        _restart(draft, rng)


def _restart(draft: Draft, rng: random.Random) -> None:
    """Number the overview's own paragraphs 一、二、三 and the sections after it from 一 again."""
    overview, *rest = draft.sections
    topics = ("加强组织领导", "完善工作机制", "拓展公开渠道", "强化督促检查")
    for number, topic in zip("一二三四", rng.sample(topics, rng.randint(2, 4)), strict=False):
        at = rng.randint(1, max(1, len(overview.before) - 1))
        overview.before.insert(at, f"{number}、{topic}")
    order = [text for text in overview.before if re.match("[一二三四]、", text)]
    places = [i for i, text in enumerate(overview.before) if text in order]
    for place, text in zip(
        places, sorted(order, key=lambda t: "一二三四".index(t[0])), strict=True
    ):
        overview.before[place] = text
    for number, section in zip("一二三四五", rest, strict=True):
        if section.heading is not None:
            section.heading = number + "、" + section.heading.split("、", 1)[-1]
