"""Pages that are no report of the kind, near and far."""

from __future__ import annotations

import random
from collections.abc import Callable

from training.battery import forms, numbers, prose
from training.battery.content import Sources
from training.battery.layouts import PLAIN
from training.battery.places import agency

Make = Callable[[random.Random, Sources], str]


def _writer(rng: random.Random, sources: Sources) -> tuple[str, int, prose.Writer]:
    who, year = agency(rng, sources.divisions), rng.randint(2019, 2024)
    values = numbers.requests(rng, "2021", "middle") | numbers.proactive(rng, "2021", "middle")
    return who[0], year, prose.Writer(rng, who, year, numbers.facts(rng, values))


def news(rng: random.Random, sources: Sources) -> str:
    """A piece of news about the work of disclosure."""
    name, year, writer = _writer(rng, sources)
    title = rng.choice(
        ("召开政务公开工作推进会", "开展政府信息公开业务培训", "部署年度报告编制工作")
    )
    lead = f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日，{name}{title}，分管负责同志出席并讲话。"
    body = [writer.some(prose.MEASURES + prose.SUPERVISED, 3), writer.some(prose.DISCLOSED, 2)]
    if sources.sentences:
        body.append("".join(rng.sample(sources.sentences, 4)))
    return "\n".join([f"{name}{title}", f"发布时间：{year}-05-12", lead, *body, "（供稿：办公室）"])


def guide(rng: random.Random, sources: Sources) -> str:
    """A guide to asking for government information."""
    name, year, _ = _writer(rng, sources)
    return "\n".join(
        (
            f"{name}政府信息公开指南",
            "为了便于公民、法人和其他组织获取政府信息，编制本指南。",
            "一、主动公开",
            "（一）公开范围：机构职能、规范性文件、行政许可、行政处罚、行政强制、行政事业性收费。",
            "（二）公开形式：门户网站、公报、公示栏。",
            "二、依申请公开",
            "（一）受理机构：办公室，电话0898-66781234，办公时间8:30至17:30。",
            "（二）提出申请：填写申请表，当面、邮寄或者网上提交。",
            "（三）答复：二十个工作日内答复，不予公开的说明理由。",
            "三、收费标准",
            "申请人一次申请超过10件的，按阶梯收取信息处理费。",
            "四、监督方式",
            f"认为不依法履行公开义务的，可以申请行政复议或者提起行政诉讼。{year}年3月修订。",
        )
    )


def notice(rng: random.Random, sources: Sources) -> str:
    """The notice that hands down the format, its empty tables included."""
    name, year, _ = _writer(rng, sources)
    layout = PLAIN[rng.choice(("pipes-padded", "cell-lines", "tabs", "markdown"))]
    form = rng.choice(("2021", "2019"))
    lines = [
        f"{name}关于做好{year}年政府信息公开工作年度报告编制工作的通知",
        "各科室、各下属单位：",
        "现将年度报告格式印发给你们，请按照要求编制并于1月20日前报送。",
        "一、报告内容",
        "总体情况、主动公开、申请办理、复议诉讼、存在问题、其他事项六个部分缺一不可。",
        "二、报送要求",
        "数据须经主要负责人审核，表格不得增减行列，空白处填0。",
        "附件：政府信息公开工作年度报告格式",
    ]
    for heading, make in (
        ("二、主动公开政府信息情况", forms.proactive),
        ("三、收到和处理政府信息公开申请情况", forms.requests),
        ("四、政府信息公开行政复议、行政诉讼情况", forms.review),
    ):
        rows = layout.table(make(form, lambda path: ""), rng)
        lines += [heading, *(line for row in rows for line in row)]
    return "\n".join(lines)


def law(rng: random.Random, sources: Sources) -> str:
    """Articles of a regulation on disclosure, in the battery's own words."""
    name, _, _ = _writer(rng, sources)
    articles = (
        "为了规范政府信息公开工作，保障公民知情权，制定本办法。",
        "行政机关应当编制、公布政府信息公开指南和目录，并及时更新。",
        "政府信息公开工作年度报告应当在每年1月31日前公布，内容包括主动公开、申请办理和复议诉讼情况。",
        "行政机关收到申请后能够当场答复的，应当当场答复。",
        "涉及国家秘密、商业秘密、个人隐私的信息，不予公开。",
        "对公开工作中的违法行为，由上一级机关责令改正。",
        "本办法自公布之日起施行。",
    )
    numbered = (f"第{n}条　{a}" for n, a in zip("一二三四五六七", articles, strict=True))
    return "\n".join([f"{name}政府信息公开办法", "第一章　总则", *numbered])


def listing(rng: random.Random, sources: Sources) -> str:
    """A list of links to reports."""
    names = [agency(rng, sources.divisions)[0] for _ in range(rng.randint(8, 20))]
    year = rng.randint(2019, 2024)
    lines = [
        f"{name}{year}年政府信息公开工作年度报告　{year + 1}-01-{rng.randint(10, 31)}"
        for name in names
    ]
    pages = f"共{rng.randint(3, 30)}页 第1页 首页 上一页 下一页 尾页"
    return "\n".join(["首页 > 政府信息公开 > 政府信息公开年报", *lines, pages])


def error(rng: random.Random, sources: Sources) -> str:
    """What a site says when it has no page."""
    return rng.choice(
        (
            "404 Not Found\nnginx/1.18.0\n",
            "抱歉，您访问的页面不存在或已被删除\n返回首页 5 秒后自动跳转\n",
            "系统繁忙，请稍后再试（错误代码：502）\n",
            "您的请求可能存在安全风险，已被拦截。\n事件编号：20240117-88213\n",
        )
    )


OTHERS: dict[str, Make] = {
    "news": news,
    "guide": guide,
    "notice": notice,
    "law": law,
    "listing": listing,
    "error": error,
}
