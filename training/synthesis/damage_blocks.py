"""Damages of a report's order: blocks moved, lost, glued, repeated, or alien ones among them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from training.synthesis.adverts import advert_line, brand
from training.synthesis.damage_tables import split_tables
from training.synthesis.model import Block, Content, Piece

_NUMERALS = "一二三四五六七八九十"
_NUMBER = re.compile(rf"^(\s*)(?:[{_NUMERALS}]{{1,2}}、|[{_NUMERALS}]{{1,2}}是)")


def _title(content: Content) -> str:
    texts = ["".join(p.text for p in b.pieces) for b in content.blocks if b.kind == "title"]
    return "".join(texts).strip() or "政府信息公开工作年度报告"


_PAGE_NUMBERS = (
    "- {page} -",
    "— {page} —",
    "—{page}—",
    "－{page}－",
    "-{page}-",
    "第{page}页",
    "第{page}页 共{pages}页",
    "第 {page} 页 / 共 {pages} 页",
    "{page}/{pages}",
    "{page} / {pages}",
    "{page}",
    "·{page}·",
    "Page {page} of {pages}",
)


def furniture_maker(content: Content, rng: Random) -> Callable[[], list[Block]]:
    """Return what makes the lines at a page's end: its number, then the running head."""
    title = _title(content)
    number = rng.choice(_PAGE_NUMBERS)
    shape = rng.choice(("{number}", "{number}", "{number}\n{title}", "{title}", "{title} {number}"))
    if rng.random() < 0.15:
        title = rng.choice(
            ("政府信息公开", "政府信息公开工作年度报告", "年度报告", "内部资料", "政府公报")
        )
    page, pages = rng.randint(0, 2), rng.randint(4, 12)

    def make() -> list[Block]:
        nonlocal page
        page += 1
        printed = number.format(page=page, pages=max(page, pages))
        lines = shape.format(number=printed, title=title).split("\n")
        return [Block("chrome", (Piece(line, "furniture"),)) for line in lines]

    return make


def tables_split(content: Content, rng: Random) -> Content:
    """Tables go on in a second one, with its head repeated, a wrong one, or none."""
    return split_tables(content, rng, list)


def page_furniture(content: Content, rng: Random) -> Content:
    """Page numbers and running heads inside the tables and between the paragraphs."""
    make = furniture_maker(content, rng)
    content = split_tables(content, rng, make)
    blocks: list[Block] = []
    share = rng.choice((0.05, 0.1, 0.2))
    for block in content.blocks:
        blocks.append(block)
        if block.kind in ("paragraph", "heading") and rng.random() < share:
            blocks.extend(make())
    return replace(content, blocks=tuple(blocks))


def tables_before_headings(content: Content, rng: Random) -> Content:
    """A table stands before the heading of its section."""
    blocks = list(content.blocks)
    every = rng.random() < 0.4
    for index, block in enumerate(blocks):
        if block.kind != "heading" or not (every or rng.random() < 0.5):
            continue
        for at in range(index + 1, len(blocks)):
            if blocks[at].kind == "heading":
                break
            if blocks[at].table is not None:
                blocks.insert(index, blocks.pop(at))
                break
    return replace(content, blocks=tuple(blocks))


def headings_lost(content: Content, rng: Random) -> Content:
    """One to three headings are missing; gold loses their sections' headings too."""
    headings = [b for b in content.blocks if b.kind == "heading"]
    if not headings:
        return content
    gone = rng.sample(headings, min(len(headings), rng.choice((1, 1, 2, 3))))
    ids = {id(block) for block in gone}
    lost = {block.section for block in gone}
    gold = dict(content.gold)
    gold["sections"] = [s for s in gold.get("sections", ()) if s["id"] not in lost]
    gold["lost_headings"] = sorted(str(section) for section in lost)
    kept = tuple(block for block in content.blocks if id(block) not in ids)
    return replace(content, blocks=kept, gold=gold)


def headings_glued(content: Content, rng: Random) -> Content:
    """A heading runs on from the sentence before it, often into the one after it."""
    share = rng.choice((0.5, 1.0))
    after = rng.choice((0.0, 0.5, 1.0))
    gap = rng.choice(("", "", " ", "  ", "\u3000\u3000"))
    blocks: list[Block] = []
    hungry = False
    for block in content.blocks:
        last = blocks[-1] if blocks else None
        text = last is not None and last.kind in ("paragraph", "intro")
        if last is not None and text and block.kind == "heading" and rng.random() < share:
            pieces = (*last.pieces, Piece(gap), *block.pieces)
            blocks[-1] = replace(last, pieces=pieces, section=block.section)
            hungry = True
            continue
        if last is not None and hungry and block.kind == "paragraph" and rng.random() < after:
            blocks[-1] = replace(last, pieces=(*last.pieces, Piece(gap), *block.pieces))
        else:
            blocks.append(block)
        hungry = False
    return replace(content, blocks=tuple(blocks))


def printed_twice(content: Content, rng: Random) -> Content:
    """The page holds the report twice, the one copy perhaps without its chrome or its end."""
    body = [block for block in content.blocks if block.kind != "chrome"]
    copy = body
    if rng.random() < 0.3:
        copy = body[: rng.randint(len(body) // 2, len(body))]
    if rng.random() < 0.2:
        copy = [block for block in copy if block.table is None]
    first = rng.random() < 0.3
    last = max((i for i, b in enumerate(content.blocks) if b.kind != "chrome"), default=0) + 1
    start = min((i for i, b in enumerate(content.blocks) if b.kind != "chrome"), default=0)
    at = start if first else last
    blocks = (*content.blocks[:at], *copy, *content.blocks[at:])
    gold = dict(content.gold)
    gold["warnings"] = sorted({*gold.get("warnings", ()), "duplicate_body"})
    return replace(content, blocks=blocks, gold=gold)


def followed_by(content: Content, other: Content) -> Content:
    """`content` with another report after it, whose values are of no cell of this one."""
    blocks = []
    for block in other.blocks:
        if block.kind == "chrome":
            continue
        if block.table is not None:
            cells = tuple(
                cell if cell.path is None else replace(cell, path=None)
                for cell in block.table.cells
            )
            block = replace(block, table=replace(block.table, cells=cells))
        blocks.append(block)
    return replace(content, blocks=(*content.blocks, *blocks))


def tables_lost(content: Content, rng: Random) -> Content:
    """Tables are missing: pictures once, and now headings back to back."""
    ids = sorted({b.table.id for b in content.blocks if b.table is not None})
    gone = set(ids if rng.random() < 0.5 else rng.sample(ids, min(len(ids), 1)))
    notes = ("", "", "[图片]", "(图片)", "(表格见附件)", "image.png", "点击查看附表")
    note = rng.choice(notes)
    blocks: list[Block] = []
    for block in content.blocks:
        if block.table is None or block.table.id not in gone:
            blocks.append(block)
        elif note:
            blocks.append(Block("chrome", (Piece(note),), section=block.section))
    return replace(content, blocks=tuple(blocks))


_OWN_HEADS = (
    "加强组织领导",
    "健全工作机制",
    "拓宽公开渠道",
    "抓好政策解读",
    "强化监督考核",
    "主动公开情况",
    "依申请公开情况",
    "政府信息管理情况",
    "平台建设情况",
    "监督保障情况",
    "组织领导和制度建设情况",
    "主动公开政府信息的情况",
    "存在的不足和下一步打算",
)


def numbers_restarted(content: Content, rng: Random) -> Content:
    """The overview has its own 一、二、三; the headings after it go on from there, start again, or
    change their style of number."""
    style = rng.choice(("again", "on", "plain", "bracket", "arabic", "none"))
    own = rng.sample(_OWN_HEADS, rng.randint(2, 4))
    blocks: list[Block] = []
    headings: dict[str | None, str] = {}
    count = {"again": 0, "on": len(own)}.get(style, 0)
    for block in content.blocks:
        if block.kind == "heading" and block.pieces:
            count += 1
            block = _renumbered(block, _numeral(style, count))
            headings[block.section] = "".join(piece.text for piece in block.pieces).strip()
        blocks.append(block)
        if block.kind == "heading" and block.section == "overview":
            for number, name in enumerate(own, 1):
                prefix = f"{_NUMERALS[number - 1]}、"
                blocks.append(Block("paragraph", (Piece(prefix + name),), section="overview"))
                blocks.append(
                    Block(
                        "paragraph",
                        (Piece(f"{name}方面,按要求完成了各项任务。"),),
                        None,
                        "overview",
                    )
                )
            if style == "again":
                count = 0
    gold = dict(content.gold)
    gold["sections"] = [
        {**section, "heading": headings.get(section["id"], section["heading"])}
        for section in gold.get("sections", ())
    ]
    return replace(content, blocks=tuple(blocks), gold=gold)


def _numeral(style: str, count: int) -> str:
    numeral = _NUMERALS[min(count, 10) - 1]
    return {
        "bracket": f"（{numeral}）",
        "arabic": f"{count}.",
        "none": "",
    }.get(style, f"{numeral}、")


def _renumbered(block: Block, number: str) -> Block:
    first, *rest = block.pieces
    text = _NUMBER.sub(lambda match: match.group(1) + number, first.text, count=1)
    return replace(block, pieces=(Piece(text or first.text, first.label), *rest))


def alien_lines(content: Content, rng: Random) -> Content:
    """Lines of a spam mirror on top, between or below."""
    name = brand(rng)

    def line() -> Block:
        text = advert_line(rng, name)
        return Block("chrome", (Piece(text, None if len(text) < 4 else "furniture"),))

    blocks = [*(line() for _ in range(rng.randint(1, 3))), *content.blocks]
    for _ in range(rng.choice((0, 0, 1, 2))):
        blocks.insert(rng.randint(1, len(blocks)), line())
    if rng.random() < 0.4:
        blocks.extend(line() for _ in range(rng.randint(1, 3)))
    return replace(content, blocks=tuple(blocks))


def blocks_lost(content: Content, rng: Random) -> Content:
    """The title, the signature, the introduction or everything of the site is missing."""
    kind = rng.choice(("title", "signature", "chrome", "intro"))
    blocks = tuple(block for block in content.blocks if block.kind != kind)
    labels = {piece.label for block in blocks for piece in block.pieces}
    gold = dict(content.gold)
    for key, label in (("title", "title"), ("agency", "agency")):
        if label not in labels:
            gold.pop(key, None)
    if "date" not in labels and "published" in gold:
        gold["published"] = None
    return replace(content, blocks=blocks, gold=gold)
