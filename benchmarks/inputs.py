"""What is read: made reports of about 10,000 characters, the same content in several layouts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from nianbao.reading import read
from training.example import page_of
from training.synthesis.content import ContentOptions, make_content
from training.synthesis.corpus import Corpus
from training.synthesis.model import Content
from training.synthesis.pages import LAYOUTS, render

#: Characters of the text as read; every layout adds or saves some.
TARGET = range(9_500, 10_500)
MOST_SEEDS = 2_000
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


@cache
def long_content() -> Content:
    """Return the first made report whose HTML page reads as about 10,000 characters.

    Raises LookupError when no seed up to `MOST_SEEDS` makes one."""
    corpus = Corpus.without_data()
    options = ContentOptions(format="2021", whole=True)
    for seed in range(1, MOST_SEEDS):
        content = make_content(Random(seed), corpus, options=options)
        written = sum(len(piece.text) for block in content.blocks for piece in block.pieces)
        if written * 2 < TARGET.start:  # far too short, before anything is laid out
            continue
        if len(read(_page(content, HTML)).text) in TARGET:
            return content
    raise LookupError(f"none of {MOST_SEEDS} made reports has {TARGET.start} characters")


def make_input(layout: str) -> Input:
    """Return the long report in `layout`, one of `CHOICES`."""
    data = _page(long_content(), layout)
    return Input(layout, data, len(read(data).text))
