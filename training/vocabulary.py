"""Count the characters of official Chinese text and write the vocabulary.

    python -m training.vocabulary --data DIR --out runs/vocab.txt

`DIR` holds `laws.jsonl.xz`, `policy_news.txt`, `gov_work_report_*_zh_en.csv` and
`admin_divisions.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from nianbao.encoding import Vocabulary
from nianbao.reading.folding import fold
from nianbao.rules.forms import COLUMNS, ROWS, SECTIONS

#: A character that official text shows more rarely than this is left to [UNK].
MINIMUM_COUNT = 5
_MARKUP = re.compile(r"^---\n.*?\n---\n|<!--.*?-->|^#+ *|\*\*|^> *", re.MULTILINE | re.DOTALL)


def law_texts(data: Path) -> Iterator[str]:
    """Yield the laws and regulations, Markdown removed."""
    with lzma.open(data / "laws.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield _MARKUP.sub("", json.loads(line)["text"])


def news_texts(data: Path) -> Iterator[str]:
    """Yield the policy news, one an entry, and the reports on the work of the government."""
    with open(data / "policy_news.txt", encoding="utf-8") as file:
        yield from file
    for path in sorted(data.glob("gov_work_report_*_zh_en.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            yield "\n".join(row["中文"] for row in csv.DictReader(file))


def place_names(data: Path) -> Iterator[str]:
    """Yield the names of the administrative divisions, from province to street."""

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            for name, below in node.items():
                yield name
                yield from walk(below)
        elif isinstance(node, list):
            for below in node:
                yield from walk(below)

    yield from walk(json.loads((data / "admin_divisions.json").read_text(encoding="utf-8")))


def statutory_names() -> Iterator[str]:
    """Yield the printed names of sections, rows and columns."""
    yield from SECTIONS.values()
    for names in (*ROWS.values(), *COLUMNS.values()):
        yield from names.values()


def count_characters(texts: Iterable[str]) -> Counter[str]:
    """Count the characters of `texts` after folding."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(fold(text).text)
    return counts


def choose_characters(counts: Counter[str], always: Iterable[str]) -> list[str]:
    """Return the characters to keep, the most frequent first, ties by code point; blanks,
    control characters and what lies beyond the basic plane are left out."""
    kept = {char for char, count in counts.items() if count >= MINIMUM_COUNT} | set(always)
    usable = (c for c in kept if c.isprintable() and not c.isspace() and ord(c) <= 0xFFFF)
    return sorted(usable, key=lambda char: (-counts[char], char))


def main(arguments: list[str] | None = None) -> None:
    """Write the vocabulary."""
    parser = argparse.ArgumentParser(prog="python -m training.vocabulary", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    counts = count_characters(
        text for texts in (law_texts, news_texts, place_names) for text in texts(options.data)
    )
    always = set(map(chr, range(0x21, 0x7F))).union(*(fold(n).text for n in statutory_names()))
    chars = choose_characters(counts, always)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(Vocabulary.of_characters(chars).to_text(), encoding="utf-8")
    print(f"{len(chars)} characters of {sum(counts.values())} read; {len(counts)} were seen")


if __name__ == "__main__":
    main()
