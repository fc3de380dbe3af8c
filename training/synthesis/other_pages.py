"""Pages that are no report: news, lists, notices about reports, guides, the form itself, laws, errors."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from training.synthesis import titles, topics
from training.synthesis.chrome import Chrome
from training.synthesis.corpus import Corpus
from training.synthesis.model import Block, Content, Piece
from training.synthesis.places import make_agency
from training.synthesis.prose import Writer


def make_other_page(rng: random.Random, corpus: Corpus) -> Content:
    """Make a page that is no report; its only answer is `is_report` false."""
    agency = make_agency(rng, corpus)
    year = rng.randint(2012, 2026)
    writer = Writer(
        rng,
        corpus,
        {
            "self": agency.self,
            "short": agency.short,
            "area": agency.area,
            "parent": agency.parent,
            "office": agency.office,
            "place": agency.place,
            "title": f"{agency.name}{year}年政府信息公开工作年度报告",
            "year": str(year),
            "last": str(year - 1),
            "next": str(year + 1),
        },
        borrow=0.5,
    )
    chrome = Chrome(rng, agency, year, titles.make_published(rng, year))
    lines = rng.choice(_KINDS)(writer)
    blocks = [*chrome.top(dated=False), *(_plain(line) for line in lines if line), *chrome.bottom()]
    return Content(tuple(_unlabelled(block) for block in blocks), {"is_report": False})


def _plain(text: str) -> Block:
    return Block("paragraph", (Piece(text, None),))


def _unlabelled(block: Block) -> Block:
    """Drop the labels of a report's pieces: here a repeated title names no report."""
    keep = tuple(Piece(p.text, p.label if p.label == "furniture" else None) for p in block.pieces)
    return Block(block.kind, keep)


def _news(writer: Writer) -> list[str]:
    head = writer.say(
        "{short}[召开|组织|开展|举办][政务公开工作[会议|培训]|座谈会|专题学习|{year}年度工作部署会|安全生产检查]"
    )
    return [
        head,
        *("".join(writer.borrowed() for _ in range(writer.rng.randint(2, 6))) for _ in range(4)),
    ]


def _list_page(writer: Writer) -> list[str]:
    rng = writer.rng
    lines = ["政府信息公开年报"]
    for back in range(rng.randint(4, 16)):
        year = int(writer.slots["year"]) - back // 2
        name = writer.say("[{short}|{place}|{place}{office}]")
        stamp = f"{year + 1}-{rng.randint(1, 4):02d}-{rng.randint(1, 28):02d}"
        lines.append(f"{name}{year}年政府信息公开工作年度报告  {stamp}")
    return [*lines, f"首页 上一页 1 2 3 下一页 尾页 共{rng.randint(2, 40)}页"]


def _notice(writer: Writer) -> list[str]:
    return [
        writer.say(
            "关于[做好|报送|编制]{year}年[度|]政府信息公开工作年度报告[编制发布工作|]的通知"
        ),
        writer.say("[各乡镇人民政府、街道办事处，各部门|各科室、各下属单位|各有关单位]："),
        writer.say(
            "[根据|按照]《中华人民共和国政府信息公开条例》[规定|要求]，[为做好|现就]{year}年度报告编制工作[，|有关事项]通知如下："
        ),
        writer.say("一、[报告内容|编制要求]。年度报告[应当|要]包括{parts}。"),
        writer.say(
            "二、[时间要求|报送时间]。请于{next}年1月{few}日前将[年度报告|统计表]报{office}。"
        ),
        writer.say(
            "三、工作要求。[各单位要高度重视|加强数据审核]，[确保数据准确|严格按照格式编制]。联系电话：{phone}。"
        ),
        writer.slots["office"],
    ]


def _guide(writer: Writer) -> list[str]:
    return [
        writer.say("{short}政府信息公开指南"),
        writer.say("为[方便|便于]公民、法人和其他组织获取政府信息，根据《条例》，编制本指南。"),
        "一、公开内容",
        writer.say(
            "主动公开的范围包括：机构职能、规章和规范性文件、行政许可、行政处罚、行政强制、行政事业性收费、政府集中采购等。"
        ),
        "二、公开形式",
        writer.sentences(topics.PLATFORM, 2),
        "三、依申请公开",
        writer.say(
            "公民、法人或者其他组织可以向{office}申请获取政府信息。申请人为自然人的，[应当|须]提供身份证明；法人或其他组织[应当|须]提供营业执照。"
        ),
        writer.say(
            "收到申请后，能够当场答复的，当场予以答复；不能当场答复的，自收到申请之日起20个工作日内予以答复。"
        ),
        writer.say("电话：{phone}　邮编：{postcode}　地址：{place}{street}{few}号"),
        "四、监督和救济",
        "认为行政机关在政府信息公开工作中侵犯其合法权益的，可以依法申请行政复议或者提起行政诉讼。",
    ]


def _form(writer: Writer) -> list[str]:
    return [
        "关于政府信息公开工作年度报告有关事项的通知",
        "各省、自治区、直辖市人民政府办公厅，国务院各部门办公厅（室）：",
        "一、报告内容",
        "年度报告内容，要严格按照条例的规定确定，不能遗漏，也不宜泛化。",
        "（一）总体情况。这一项报告本机关政府信息公开工作总体情况。",
        "（二）主动公开政府信息情况。这一项按照第二十条第（一）、（五）、（六）、（八）项统计。",
        "（三）收到和处理政府信息公开申请情况。第一项加第二项之和，等于第三项加第四项之和。",
        "（四）政府信息公开行政复议、行政诉讼情况。结果维持、结果纠正、其他结果、尚未审结分别统计。",
        "（五）存在的主要问题及改进情况。（六）其他需要报告的事项。",
        "二、报告格式",
        writer.say("[格式见附件|统一使用规定的格式]，不得[增减|改动]表格的行和列。"),
    ]


def _law(writer: Writer) -> list[str]:
    rng = writer.rng
    name = writer.say("{place}[政府信息公开|行政许可|优化营商环境|市容管理|档案管理]办法")
    laws = rng.choices(writer.corpus.law_sentences, k=rng.randint(6, 25))
    return [name, *(f"第{_article_numeral(i)}条　{text}" for i, text in enumerate(laws, 1))]


def _article_numeral(number: int) -> str:
    """Return 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    head = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
    return head + ("" if ones == 0 else digits[ones])


def _error(writer: Writer) -> list[str]:
    return writer.rng.choice(
        (
            ["404 Not Found", "nginx"],
            ["您访问的页面不存在或已删除！", "返回首页"],
            ["系统繁忙，请稍后再试。", "错误代码：500"],
            ["该页面已下线", "3秒后自动跳转至首页"],
            ["403 Forbidden", "访问被拒绝"],
        )
    )


def _rule_of_law(writer: Writer) -> list[str]:
    """An annual report of another kind: its headings are close to ours."""
    topics_of = ("OVERVIEW_OPEN", "MANAGEMENT", "SUPERVISION", "PLATFORM")
    name = writer.say("[法治政府建设|政务公开工作|权力清单执行|优化营商环境|平安建设|行政执法]")
    kind = writer.say("[年度报告|情况报告|工作总结|工作报告|自查报告]")
    heads = (
        "总体情况",
        "主要做法和成效",
        "存在的主要问题及改进情况",
        "下一步工作打算",
        "其他需要报告的事项",
    )
    lines = [writer.say("{short}{year}年") + name + kind]
    for index, head in enumerate(heads[: writer.rng.randint(2, 5)]):
        lines += [f"{'一二三四五'[index]}、{head}", writer.topic(writer.rng.choice(topics_of), 3)]
    return lines


def _budget(writer: Writer) -> list[str]:
    rng = writer.rng
    lines = [
        writer.say("{short}{year}年[部门预算|部门决算|财政预决算][公开|信息公开|说明]"),
        writer.say("一、部门[主要职责|基本情况]"),
        writer.borrowed(),
        "二、收支情况",
    ]
    items = (
        "一般公共预算财政拨款收入",
        "政府采购",
        "行政事业性收费",
        "“三公”经费",
        "其他收入",
        "总计",
    )
    lines += [
        f"{item} | {rng.randint(0, 99999) / 100} | {rng.randint(0, 99999) / 100}" for item in items
    ]
    return lines


def _reply(writer: Writer) -> list[str]:
    return [
        writer.say("政府信息公开申请[答复书|告知书|补正通知书]"),
        writer.say("{short}信公开〔{year}〕第{few}号"),
        "张某某：",
        writer.say(
            "本机关于{year}年{few}月{few}日收到您提出的政府信息公开申请，[申请公开征地补偿安置方案|申请获取相关会议纪要]。"
        ),
        writer.say(
            "经审查，[您申请的信息属于内部事务信息，不予公开|本机关不掌握相关政府信息|予以公开，详见附件|属于重复申请，不予处理]。"
        ),
        "如对本答复不服，可以自收到之日起六十日内申请行政复议，或者在六个月内提起行政诉讼。",
        writer.slots["office"],
    ]


def _plan(writer: Writer) -> list[str]:
    lines = [
        writer.say("{place}{year}年[政务公开工作要点|政府信息公开工作要点|政务公开重点任务分解表]")
    ]
    for index in range(writer.rng.randint(2, 5)):
        head = writer.say("[加强主动公开|规范依申请公开|做好政策解读|强化平台建设|抓好监督保障]")
        lines += [f"{'一二三四五'[index]}、{head}", writer.sentences(topics.MANAGEMENT, 2)]
    return lines


def _explained(writer: Writer) -> list[str]:
    """A page about reports, not one of them."""
    return [
        writer.say("[一图读懂|图解|解读|关于]《{title}》[的说明|]"),
        writer.say(
            "{year}年，{short}主动公开政府信息{published}条，收到政府信息公开申请{received}件。"
        ),
        writer.say("[全文请见|点击查看]：{title}"),
    ]


_KINDS: Final[tuple[Callable[[Writer], list[str]], ...]] = (
    _news,
    _list_page,
    _notice,
    _guide,
    _form,
    _law,
    _error,
    _rule_of_law,
    _budget,
    _reply,
    _plan,
    _explained,
)
