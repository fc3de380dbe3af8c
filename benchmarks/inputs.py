"""What is read: made reports of about 10,000 characters, the same content in several layouts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from random import Random

from nianbao.reading import read
from training.example import CONTENT_SEED, page_of
from training.synthesis.content import ContentOptions, make_content
from training.synthesis.corpus import Corpus
from training.synthesis.model import Block, Content
from training.synthesis.pages import LAYOUTS, render

#: Characters of the text as read, about; every layout adds or saves some.
TARGET = 10_000
SCRIPT_SEED, MARKUP_SEED, LAYOUT_SEED = 5, 3, 1

#: The page as HTML with ruby, as `examples/report.html` is, then flattened texts, ugliest last.
HTML = "html"
DEFAULT_LAYOUTS = (HTML, "pipes", "cell_lines", "page_with_spaces", "glued_page", "pdf_detached")
CHOICES = (HTML, *(name for name in LAYOUTS if name != HTML))


@dataclass(frozen=True, slots=True)
class Input:
    """One report to read; `characters` is the length of its text as read."""

    layout: str
    data: bytes
    characters: int


def _page(content: Content, layout: str) -> bytes:
    if layout == HTML:
        return page_of(content, SCRIPT_SEED, MARKUP_SEED).encode()
    return render(content, layout, Random(LAYOUT_SEED)).text.encode()


def _made(seed: int) -> Content:
    options = ContentOptions(format="2021", whole=True)
    return make_content(Random(seed), Corpus.without_data(), options=options)


def _written(block: Block) -> int:
    cells = block.table.cells if block.table is not None else ()
    return sum(len(p.text) for p in block.pieces) + sum(len(cell.text) for cell in cells)


@cache
def long_content() -> Content:
    """Return the example's report, its narrative lengthened with the paragraphs of others until it
    is as long as a real one."""
    content = _made(CONTENT_SEED)
    length = len(read(_page(content, HTML)).text)
    lacking = TARGET - length
    # What script and markup add to each written character.
    swell = length / sum(map(_written, content.blocks))
    more: dict[str | None, list[Block]] = {}
    for seed in count(CONTENT_SEED + 1):
        for block in _made(seed).blocks:
            if block.kind == "paragraph" and block.section is not None and lacking > 0:
                more.setdefault(block.section, []).append(block)
                lacking -= round(swell * _written(block))
        if lacking <= 0:
            break
    blocks: list[Block] = []
    for block in content.blocks:
        blocks.append(block)
        if block.kind == "heading":
            blocks += more.get(block.section, [])
    return replace(content, blocks=tuple(blocks))


def make_input(layout: str) -> Input:
    """Return the long report in `layout`, one of `CHOICES`."""
    data = _page(long_content(), layout)
    return Input(layout, data, len(read(data).text))
