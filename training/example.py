"""Write the example report that `make run` reads: made, in one of the ugliest forms.

    python -m training.example examples/report.html

Agency, prose and figures are invented (`Corpus.without_data`); the page is in Traditional script with
pinyin behind its characters, written by a word processor, inside a layout table.  Everything is drawn
from fixed seeds: the same code writes the same bytes.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from random import Random

from training.synthesis.content import ContentOptions, make_content
from training.synthesis.corpus import Corpus
from training.synthesis.damage_text import ruby_toned
from training.synthesis.html import html_page
from training.synthesis.layout import Annotated
from training.synthesis.model import Block, Content, Piece

#: Seeds of what the report says, of its script and of its markup; chosen by eye.
CONTENT_SEED, SCRIPT_SEED, MARKUP_SEED = 249, 5, 3

_BETWEEN = "\x00"


def _pieces(block: Block) -> list[Piece]:
    if block.table is None:
        return list(block.pieces)
    return [piece for cell in block.table.cells for piece in cell.pieces]


def in_ruby(content: Content, rng: Random) -> Content:
    """Return `content` in the script that `ruby_toned` draws, the same characters alike throughout."""
    texts = [piece.text for block in content.blocks for piece in _pieces(block)]
    damaged = iter(ruby_toned(Annotated(_BETWEEN.join(texts), ()), rng).text.split(_BETWEEN))

    def rewritten(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(replace(piece, text=next(damaged)) for piece in pieces)

    blocks = []
    for block in content.blocks:
        if block.table is None:
            blocks.append(replace(block, pieces=rewritten(block.pieces)))
        else:
            cells = tuple(
                replace(cell, pieces=rewritten(cell.pieces)) for cell in block.table.cells
            )
            blocks.append(replace(block, table=replace(block.table, cells=cells)))
    return replace(content, blocks=tuple(blocks))


def page_of(content: Content, script_seed: int, markup_seed: int) -> str:
    """Return `content` as a page, its script and its markup drawn from the seeds."""
    return html_page(in_ruby(content, Random(script_seed)), Random(markup_seed))


def example() -> str:
    """Return the shipped example: a report of the 2021 form, all its parts there."""
    options = ContentOptions(format="2021", whole=True)
    content = make_content(Random(CONTENT_SEED), Corpus.without_data(), options=options)
    return page_of(content, SCRIPT_SEED, MARKUP_SEED)


def main(arguments: list[str] | None = None) -> None:
    """Write the example."""
    parser = argparse.ArgumentParser(prog="python -m training.example", description=__doc__)
    parser.add_argument("path", type=Path, help="HTML file to write")
    given = parser.parse_args(arguments)
    given.path.parent.mkdir(parents=True, exist_ok=True)
    given.path.write_text(example(), encoding="utf-8", newline="\n")
    print(f"{given.path}: {given.path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
