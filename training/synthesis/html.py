"""A made report as a web page, and back through the library's reader.

Each labelled piece stands between two private-use characters of its own.  The reader takes them for
ordinary characters; taken out of its text they leave the marks, so that what the reader does to
white space, grids and hidden elements is in the made text exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from random import Random

from training.synthesis.layout import Annotated, Mark, Row, is_blank, rows_of
from training.synthesis.model import Block, Content, GridCell, GridTable, Piece

_FIRST = 0xE000
_PAIRS = (0xF8FF - _FIRST) // 2
_SENTINEL = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Markup:
    """How one page is written: drawn once a report."""

    text: Callable[[str], str]
    cell: Callable[[str], str]
    paragraph: str
    heading: str
    cell_attributes: tuple[str, ...]
    table_attributes: str
    blank: str
    head_tag: str
    breaks: float
    sections: bool
    nested: bool
    padding: str


class Sentinels:
    """Hands out the pairs of private-use characters; `read_back` turns them into marks."""

    def __init__(self) -> None:
        self._labels: list[tuple[str, str | None]] = []

    def around(self, piece: Piece, path: str | None) -> str:
        """Return the piece's text between its pair, which leaves outer blanks out."""
        body = piece.text.strip()
        if piece.label is None or not body or len(self._labels) >= _PAIRS:
            return piece.text
        code = _FIRST + 2 * len(self._labels)
        self._labels.append((piece.label, path))
        lead = piece.text[: len(piece.text) - len(piece.text.lstrip())]
        tail = piece.text[len(piece.text.rstrip()) :]
        return f"{lead}{chr(code)}{body}{chr(code + 1)}{tail}"

    def read_back(self, text: str) -> Annotated:
        """Return what the reader made, without the sentinels; a piece that it left out has no
        mark."""
        parts: list[str] = []
        opened: dict[int, int] = {}
        marks: list[Mark] = []
        done = length = 0
        for match in _SENTINEL.finditer(text):
            parts.append(text[done : match.start()])
            length += match.start() - done
            done = match.end()
            number, closing = divmod(ord(match.group()) - _FIRST, 2)
            if not closing:
                opened[number] = length
            elif number in opened and number < len(self._labels) and opened[number] < length:
                label, path = self._labels[number]
                marks.append(Mark(opened[number], length, label, path))
        parts.append(text[done:])
        return Annotated("".join(parts), tuple(sorted(marks))).trimmed()


def _per_character(text: str) -> str:
    return "".join(f"<span>{escape(char)}</span>" for char in text)


def _per_word(text: str) -> str:
    return "".join(
        f'<span lang="EN-US">{escape(part)}</span>'
        if part.isascii()
        else f"<span>{escape(part)}</span>"
        for part in re.split(r"([0-9A-Za-z.,%]+)", text)
        if part
    )


def _word_span(text: str) -> str:
    return (
        "<span style='font-size:16.0pt;font-family:仿宋_GB2312;mso-bidi-font-family:宋体;"
        f"color:black'>{escape(text)}</span>"
    )


def _font(text: str) -> str:
    return f'<font face="宋体" size="3">{escape(text)}</font>'


def _strong(text: str) -> str:
    return f"<strong><span>{escape(text)}</span></strong>"


_TEXTS: tuple[Callable[[str], str], ...] = (
    escape, escape, escape, _word_span, _word_span, _per_word, _per_character, _font, _strong,
)  # fmt: skip
_CELLS: tuple[Callable[[str], str], ...] = (
    lambda inner: inner,
    lambda inner: inner,
    lambda inner: f"<p>{inner}</p>",
    lambda inner: (
        f"<p class=MsoNormal align=center style='text-align:center'>{inner}<o:p></o:p></p>"
    ),
    lambda inner: f"<div>\n  {inner}\n</div>",
    lambda inner: f'<p style="text-indent: 2em;">&nbsp;{inner}&nbsp;</p>',
    lambda inner: f"\n          {inner}\n        ",
    lambda inner: f"<div><div><span>{inner}</span></div></div>",
)
_PARAGRAPHS = (
    "<p>{}</p>",
    "<p style='text-indent:32.0pt'>{}</p>",
    "<p>\u3000\u3000{}</p>",
    "<p>&nbsp;&nbsp;&nbsp;&nbsp;{}</p>",
    "<div>{}</div>",
    "{}<br>",
    "{}<br/><br/>",
    '<p class="MsoNormal"><o:p></o:p>{}</p>',
)
_HEADINGS = (
    "<p><strong>{}</strong></p>",
    "<h2>{}</h2>",
    "<p>{}</p>",
    "<h3>{}</h3>",
    "<div>{}</div>",
)
_ATTRIBUTES = (
    "",
    ' style="width:79.5pt;border:solid windowtext 1.0pt;padding:0 5.4pt"',
    " valign=top width=106",
    ' class="td"',
    ' align="center" nowrap',
)
_TABLES = (
    "",
    ' border="1" cellspacing="0" cellpadding="0"',
    " class=MsoNormalTable border=1 style='border-collapse:collapse;mso-table-layout-alt:fixed'",
    ' width="100%" bordercolor="#000000"',
)
_BLANKS = (
    "",
    "&nbsp;",
    "<p></p>",
    "<p>&nbsp;</p>",
    "<br>",
    "<span></span>",
    "<p><o:p>&nbsp;</o:p></p>",
)


def _markup(rng: Random) -> Markup:
    return Markup(
        text=rng.choice(_TEXTS),
        cell=rng.choice(_CELLS),
        paragraph=rng.choice(_PARAGRAPHS),
        heading=rng.choice(_HEADINGS),
        cell_attributes=tuple(rng.sample(_ATTRIBUTES, rng.randint(1, 3))),
        table_attributes=rng.choice(_TABLES),
        blank=rng.choice(_BLANKS),
        head_tag=rng.choice(("td", "td", "th")),
        breaks=rng.choice((0.0, 0.0, 0.2, 0.6)),
        sections=rng.random() < 0.4,
        nested=rng.random() < 0.25,
        padding=rng.choice(("", "", "", "&nbsp;", " ", "\u3000")),
    )


def _cell(cell: GridCell, markup: Markup, sentinels: Sentinels, rng: Random) -> str:
    tag = markup.head_tag if cell.kind == "head" else "td"
    spans = f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    spans += f" rowspan={cell.rowspan}" if cell.rowspan > 1 else ""
    attributes = rng.choice(markup.cell_attributes) + spans
    if is_blank(cell):
        return f"<{tag}{attributes}>{markup.blank}</{tag}>"
    raw = "".join(sentinels.around(piece, cell.path) for piece in cell.pieces)
    lines = raw.split("\n")
    if len(lines) == 1 and cell.kind != "value" and len(raw) > 5 and rng.random() < markup.breaks:
        at = rng.randint(2, len(raw) - 2)
        lines = [raw[:at], raw[at:]]
    inner = rng.choice(("<br>", "<br/>\n")).join(markup.text(line) for line in lines)
    return f"<{tag}{attributes}>{markup.cell(markup.padding + inner + markup.padding)}</{tag}>"


def _table(table: GridTable, markup: Markup, sentinels: Sentinels, rng: Random) -> str:
    rows: list[Row] = rows_of(table)
    head = 0
    if markup.sections:
        while head < len(rows) and all(cell.kind != "value" for cell in rows[head]):
            head += 1
        # A cell that reaches out of the head keeps the two row groups one.
        if any(c.row + c.rowspan > head for row in rows[:head] for c in row) or head == len(rows):
            head = 0
    parts = [f"<table{markup.table_attributes}>"]
    parts.append("<thead>" if head else "<tbody>" if markup.sections else "")
    for number, row in enumerate(rows):
        if head and number == head:
            parts.append("</thead><tbody>")
        cells = "".join(_cell(cell, markup, sentinels, rng) for cell in row)
        parts.append(f"<tr>{cells}</tr>\n")
    parts.append("</tbody></table>\n" if markup.sections else "</table>\n")
    return "".join(parts)


_SCRIPTS = (
    "<script>var a='一、总体情况 0 0 0';</script>",
    "<style>table td{border:1px solid #000}</style>",
    "<!-- 第二十条第(一)项 -->",
    "<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->",
    '<div style="display:none">打印本页 关闭窗口 0</div>',
    '<span style="display: none;">{}</span>',
    '<input type="hidden" value="3"><noscript></noscript>',
)
#: Markup and its texts, all of the site and none of the report.
_NAVIGATION = (
    (
        "<ul><li><a href='/'>{}</a></li><li>{}</li><li>{}</li></ul>",
        ("首页", "政务公开", "互动交流"),
    ),
    (
        "<div class=nav><a>{}</a> | <a>{}</a> | <a>{}</a></div>",
        ("网站首页", "新闻中心", "政府信息公开"),
    ),
    (
        '<div class="bc">{}<a>{}</a> &gt; <a>{}</a></div>',
        ("您现在的位置:", "首页", "政府信息公开年报"),
    ),
    ("<div>{}[<a>{}</a> <a>{}</a>] <a>{}</a></div>", ("字号:", "大", "小", "打印")),
    (
        "<h3>{}</h3><table><tr><td>{}</td></tr><tr><td>{}</td></tr></table>",
        ("栏目导航", "机构职能", "法定主动公开内容"),
    ),
)
_FOOTERS = (
    ("<div class=footer><p>{}</p><p>{}</p></div>", ("版权所有 主办单位", "网站标识码 备案序号")),
    ("<p>{}</p>", ("扫一扫在手机打开当前页",)),
    ("<div><a>{}</a><a>{}</a></div>", ("上一篇", "下一篇")),
)


def _site(parts: tuple[str, tuple[str, ...]], sentinels: Sentinels) -> str:
    markup, texts = parts
    return markup.format(*(sentinels.around(Piece(text, "furniture"), None) for text in texts))


def _block(block: Block, markup: Markup, sentinels: Sentinels, rng: Random) -> str:
    if block.table is not None:
        return _table(block.table, markup, sentinels, rng)
    raw = "".join(sentinels.around(piece, None) for piece in block.pieces)
    inner = "<br>".join(markup.text(line) for line in raw.split("\n"))
    if block.kind == "title":
        return f"<h1>{inner}</h1>\n"
    if block.kind == "heading":
        return markup.heading.format(inner) + "\n"
    return markup.paragraph.format(inner) + "\n"


def html_page(content: Content, rng: Random) -> str:
    """Return `content` as the page that a site would have, without sentinels."""
    page, _ = make_html(content, rng)
    return _SENTINEL.sub("", page)


def make_html(content: Content, rng: Random) -> tuple[str, Sentinels]:
    """Return `content` as a page, its labelled pieces between sentinels."""
    sentinels = Sentinels()
    markup = _markup(rng)
    body: list[str] = []
    for block in content.blocks:
        if rng.random() < 0.06:
            body.append(rng.choice(_SCRIPTS))
        body.append(_block(block, markup, sentinels, rng))
    inner = "".join(body)
    for _ in range(rng.choice((0, 1, 1, 4))):
        inner = f"<div>{inner}</div>"
    if markup.nested:
        side = rng.choice(("", "<td width=200 valign=top><ul><li>{}</li></ul></td>"))
        side = side.format(sentinels.around(Piece("机构职能", "furniture"), None))
        inner = f"<table width=1000><tr>{side}<td>{inner}</td></tr></table>"
    if rng.random() < 0.6:
        inner = _site(rng.choice(_NAVIGATION), sentinels) + inner
    if rng.random() < 0.6:
        inner += _site(rng.choice(_FOOTERS), sentinels)
    if rng.random() < 0.15:  # a page cut off or badly closed
        inner = inner.replace("</td>", "").replace("</tr>", "")
        return f"<html><head><meta charset=utf-8></head><body>{inner}", sentinels
    page = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>年报</title></head><body>{inner}'
    )
    return page + "</body></html>", sentinels


def render_html(content: Content, rng: Random) -> Annotated:
    """Lay `content` out as a page and read it with the library's reader."""
    from nianbao.reading import read

    page, sentinels = make_html(content, rng)
    return sentinels.read_back(read(page.encode("utf-8")).text)
