"""Damages of the page: furniture, torn rows, repeated headers, chrome, advertising, doubles."""

from __future__ import annotations

import html
import random
import re
from dataclasses import replace

from training.battery.draft import Draft
from training.battery.layouts import Chunk

FURNITURE = (
    "- {n} -",
    "— {n} —",
    "第{n}页",
    "第 {n} 页 共 {m} 页",
    "{n} / {m}",
    "第{n}页，共{m}页",
    "Page {n} of {m}",
)
NAVIGATION = (
    "首页 > 政务公开 > 政府信息公开年报",
    "当前位置：首页 >> 信息公开 >> 法定主动公开内容 >> 年度报告",
    "网站首页 | 机构概况 | 新闻中心 | 政务服务 | 互动交流 | 专题专栏",
    "无障碍阅读 长者模式 繁體 EN",
    "政府信息公开指南",
    "政府信息公开制度",
    "法定主动公开内容",
    "依申请公开",
    "政府信息公开年报",
    "今天是星期四 欢迎访问",
)
METADATA = (
    "索 引 号：{a}-{b}/{y}-0{c}",
    "主题分类：综合政务;政务公开",
    "文 号：无",
    "信息名称：政府信息公开工作年度报告",
    "浏览次数：{b}",
    "字体：[大 中 小] 打印 关闭",
    "有效性：有效",
)
FOOTER = (
    "上一篇：关于开展{y}年春季绿化的通知",
    "下一篇：没有了",
    "附件下载：{y}年政府信息公开工作年度报告.docx（{c}KB）",
    "【打印本页】【关闭窗口】",
    "主办单位：办公室 承办单位：信息中心",
    "备案序号：ICP备{b}{c}号 网站标识码：{a}{b}",
    "公安备案 {a}{b}号",
    "网站地图 | 联系我们 | 隐私声明",
    "扫一扫在手机打开当前页",
    "版权所有 未经许可不得转载",
)
ADVERTS = (
    "星海体育_星海体育官网(中国)",
    "金鼎娱乐app下载-最新版安装",
    "彩云棋牌官方网站",
    "多乐彩票登录入口",
    "凤凰电竞投注平台",
)


def add_chrome(draft: Draft, rng: random.Random) -> None:
    """Put a site around the report: navigation, metadata, footers with figures of their own."""

    def some(lines: tuple[str, ...], least: int, most: int) -> list[str]:
        figures = {"a": rng.randint(1000, 9999), "b": rng.randint(100, 99999)}
        figures |= {"c": rng.randint(10, 99), "y": draft.year + 1}
        count = min(len(lines), rng.randint(least, most))
        return [line.format(**figures) for line in rng.sample(lines, count)]

    draft.head = [*some(NAVIGATION, 2, 7), *draft.head]
    draft.meta = [*some(METADATA, 1, 4), *draft.meta]
    draft.tail = [*draft.tail, *some(FOOTER, 2, 7)]


def advertise(draft: Draft, rng: random.Random) -> None:
    """Put alien titles on top, and advertising in place of the agency's name in the narrative."""
    advert = rng.choice(ADVERTS)
    agency = draft.title[1]
    lead = rng.choice(("???", "????", ""))
    draft.head = [*([lead] if lead else []), f"{advert}-{rng.choice(ADVERTS)}", *draft.head]
    draft.intro = [text.replace(agency, f"{advert}@:") for text in draft.intro]
    for section in draft.sections:
        for texts in (section.before, section.after):
            for at in range(1, len(texts) - 1):
                cut = texts[at].find("，") + 1
                if cut and rng.random() < 0.5:
                    texts[at] = texts[at][:cut] + f"{advert}@:" + texts[at][cut:]
    draft.tail = [*draft.tail, f"友情链接：{rng.choice(ADVERTS)} {rng.choice(ADVERTS)}"]


def note_double(draft: Draft, rng: random.Random) -> None:
    """Note that the page will hold the report twice."""
    draft.warnings.append("duplicate_body")


def print_twice(lines: list[Chunk], rng: random.Random) -> list[Chunk]:
    """Print the body again, with its title or without."""
    body = [c for c in lines if c.tag != "head"]
    if rng.random() < 0.5:
        body = [c for c in body if c.tag != "title"]
    return [*lines, *body]


def note_previous(draft: Draft, rng: random.Random) -> None:
    """Leave open what a page with the previous year's report behind its own has to warn of."""
    draft.unjudged |= {"warnings", "published"}


def _tables(lines: list[Chunk]) -> dict[str, list[int]]:
    """Return the places of the lines of each table."""
    found: dict[str, list[int]] = {}
    for at, chunk in enumerate(lines):
        if chunk.tag == "table":
            found.setdefault(chunk.table, []).append(at)
    return found


def _row_starts(lines: list[Chunk], places: list[int]) -> list[int]:
    """Return the places at which a row below the head begins, the first one left out."""
    starts = [
        at
        for at in places
        if not lines[at].is_head and (at == 0 or lines[at - 1].row != lines[at].row)
    ]
    return starts[1:]


def _furniture(rng: random.Random, lines: list[Chunk]) -> list[Chunk]:
    """Return the foot of one page and perhaps the head of the next."""
    page = rng.randint(2, 9)
    texts = [rng.choice(FURNITURE).format(n=page, m=rng.randint(page, 12))]
    if rng.random() < 0.4:
        texts.append("".join(chunk.text for chunk in lines if chunk.tag == "title"))
    return [Chunk(text, "furniture") for text in texts]


def furnish(lines: list[Chunk], rng: random.Random) -> list[Chunk]:
    """Let page numbers and running heads stand between the rows of tables."""
    places = [at for found in _tables(lines).values() for at in _row_starts(lines, found)]
    chosen = set(rng.sample(places, min(len(places), rng.randint(3, 6))))
    out: list[Chunk] = []
    for at, chunk in enumerate(lines):
        out += [*(_furniture(rng, lines) if at in chosen else []), chunk]
    return out


def split_tables(lines: list[Chunk], rng: random.Random) -> list[Chunk]:
    """Cut tables between rows and head the rest again, now and then with another table's head."""
    tables = _tables(lines)
    heads = {t: [lines[at] for at in found if lines[at].is_head] for t, found in tables.items()}
    cuts: dict[int, list[Chunk]] = {}
    for table, found in tables.items():
        starts = _row_starts(lines, found)
        if not starts:
            continue
        for at in rng.sample(starts, min(len(starts), 2 if table == "requests" else 1)):
            other = rng.choice(sorted(heads)) if rng.random() < 0.3 else table
            between = _furniture(rng, lines) if rng.random() < 0.4 else []
            cuts[at] = [*between, *(replace(chunk, tag="furniture") for chunk in heads[other])]
    return [each for at, chunk in enumerate(lines) for each in (*cuts.get(at, []), chunk)]


def break_rows(lines: list[Chunk], rng: random.Random) -> list[Chunk]:
    """Tear rows over page breaks: a label in two, or its values from it."""
    places = [at for at, c in enumerate(lines) if c.tag == "table" and not c.is_head]
    chosen = set(rng.sample(places, min(len(places), rng.randint(2, 5))))
    out: list[Chunk] = []
    for at, chunk in enumerate(lines):
        halves = _halves(chunk.text, rng) if at in chosen else None
        if halves is None:
            out += [chunk, *(_furniture(rng, lines) if at in chosen else [])]
        else:
            first, second = (replace(chunk, text=text) for text in halves)
            out += [first, *_furniture(rng, lines), second]
    return out


def _halves(text: str, rng: random.Random) -> tuple[str, str] | None:
    """Return `text` cut between two Chinese characters or behind a separator, never in a number."""
    cuts = [m.end() for m in re.finditer(r"[一-鿿](?=[一-鿿])|[|\t] ?(?=\S)|(?<=\d) +(?=\d)", text)]
    if not cuts:
        return None
    cut = rng.choice(cuts)
    return text[:cut], text[cut:]


def ocr_boxes(lines: list[Chunk], rng: random.Random) -> list[Chunk]:
    """Reorder the boxes of each row a little: a label slides behind its first values, the head of a
    group into a neighbouring row, two boxes come as one line."""
    out: list[Chunk] = []
    row: list[Chunk] = []
    for chunk in [*lines, Chunk("", "end")]:
        if row and (chunk.tag != "table" or chunk.row != row[0].row or chunk.table != row[0].table):
            out += _boxes(row, rng)
            row = []
        if chunk.tag == "table":
            row.append(chunk)
        elif chunk.tag != "end":
            out.append(chunk)
    return _slid(out, rng)


def _boxes(row: list[Chunk], rng: random.Random) -> list[Chunk]:
    labels = [c for c in row if re.search("[一-鿿]", c.text)]
    values = [c for c in row if c not in labels]
    if labels and len(values) > 3 and rng.random() < 0.3:
        at = rng.randint(1, 3)
        row = [*labels[:-1], *values[:at], labels[-1], *values[at:]]
    if len(row) > 2 and rng.random() < 0.3:
        at = rng.randint(0, len(row) - 2)
        row[at : at + 2] = [replace(row[at], text=f"{row[at].text}  {row[at + 1].text}")]
    return row


def _slid(lines: list[Chunk], rng: random.Random) -> list[Chunk]:
    out = list(lines)
    for chunk in lines:
        if re.match(r"（[三四五六]）", chunk.text) and chunk.tag == "table" and rng.random() < 0.6:
            where = out.index(chunk)
            moved = out.pop(where)
            out.insert(min(len(out), max(0, where + rng.choice((-8, -4, 8, 9, 17)))), moved)
    return out


def dirty_html(text: str, rng: random.Random) -> str:
    """Dirty the markup as editors and sites do: a span for each character, Word's comments, hidden
    elements, upper-case and unclosed tags, a table inside a table."""
    ways = rng.sample(("spans", "word", "hidden", "unclosed", "nested", "spaces"), 3)
    if "spans" in ways:
        text = re.sub(r"(?<=>)([^<>\n]{1,40})(?=</(?:td|p|span|strong|b)>)", _spanned, text)
    if "word" in ways:
        comment = (
            "<!--[if gte mso 9]><xml><w:View>Normal</w:View><w:Zoom>100</w:Zoom></xml><![endif]-->"
        )
        text = text.replace("<table", comment + "<table").replace("</td>", "<o:p></o:p></td>")
    if "hidden" in ways:
        secret = '<div style="display:none">行政许可 88 行政处罚 99</div>'
        text = text.replace('<div id="content">', secret + '<div id="content">')
    if "unclosed" in ways:
        text = text.replace("</td></tr>", "</tr>").replace("</p>\n<p", "\n<p")
    if "nested" in ways:
        text = text.replace('<div id="content">', '<table><tr><td><div id="content">', 1)
        text = text.replace("</div><script", "</div></td></tr></table><script", 1)
    if "spaces" in ways:
        text = text.replace("<td>", "<TD>&nbsp;").replace("</td>", "&ensp;</TD>")
    return text


def _spanned(found: re.Match[str]) -> str:
    chars = html.unescape(found[1])
    return "".join(f"<span>{html.escape(char)}</span>" for char in chars)
