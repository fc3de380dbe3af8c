"""Pages for the tests of queues and drift: usual ones, and ones laid out as nothing in the training."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

from nianbao.batch.build import build
from nianbao.batch.engines import Serial
from nianbao.batch.run import Options
from nianbao.batch.score import Model
from nianbao.rules.forms import COLUMNS, ROWS, SECTIONS
from training.synthesis.content import ContentOptions, make_content
from training.synthesis.corpus import Corpus
from training.synthesis.model import Content
from training.synthesis.pages import compose, make_example

CORPUS = Corpus.without_data()


def content(seed: int) -> Content:
    return make_content(Random(seed), CORPUS, options=ContentOptions("2021", whole=True))


def usual(seed: int, layout: str = "pipes") -> str:
    """A page in a layout of the training."""
    return compose(content(seed), layout, [], Random(seed), CORPUS).text


def mixed(seed: int) -> str:
    """A page as the training has them, damaged or not."""
    return make_example(600_000_000 + seed, CORPUS).text


def told(seed: int) -> str:
    """A page whose tables are told in sentences, column by column: no training page does that."""
    gold = content(seed).gold
    parts = [f"青阳市第{seed}局2023年政府信息公开工作年度报告"]
    for section, heading in SECTIONS.items():
        parts += [heading, "按照要求，认真做好政府信息公开工作，及时公开各类政府信息。"]
        rows = gold["tables"].get(section, {})
        for column in dict.fromkeys(name for own in rows.values() for name in own):
            figures = (
                f"{ROWS[section][row]} {own[column] or 0}件"
                for row, own in rows.items()
                if column in own
            )
            parts.append(f"{COLUMNS[section][column]}：{'；'.join(figures)}。")
    return "\n".join(parts)


def write_pages(path: Path, pages: Iterable[tuple[str, str]]) -> Path:
    """Write (address, text) as JSON lines."""
    lines = [json.dumps({"url": url, "text": text}, ensure_ascii=False) for url, text in pages]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def batch(path: Path, directory: Path) -> Path:
    """Read the pages with the shipped model into a dataset."""
    build([str(path)], directory, Options(Serial(Model())))
    return directory
