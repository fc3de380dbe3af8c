"""Mutated reports and random bytes: a record or a clear refusal, never another error."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.exceptions import UnreadableInput
from nianbao.pipeline import Pipeline
from nianbao.report import to_json
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example

SHARED = Path(__file__).resolve().parents[2] / "../shared/reports"
CORPUS = Corpus.without_data()
RULES = Pipeline.rules_only()
NOISE = "0123456789 \t\n||一二三、(报)件万元①²〇O—/\u200b\ufeff\u3000(bào)<td></td>𠮷\x00�"


def parse(data: bytes) -> None:
    """Parse `data`, and hold the record to what it says of the text."""
    try:
        document = RULES.document(data)
    except UnreadableInput:
        return
    report = RULES.parse_document(document)
    for cell in report.cells:
        if cell.start is not None and cell.end is not None:
            assert document.text[cell.start : cell.end] == cell.raw
    to_json(report)


def mutate(text: str, rng: Random) -> str:
    """Return `text` after some deletions, repetitions, shuffles and insertions."""
    for _ in range(rng.randint(1, 6)):
        size = len(text)
        start = rng.randrange(size + 1)
        end = min(start + rng.choice((1, 3, 20, 400)), size)
        kind = rng.randrange(6)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            text = text[:end] + text[start:]
        elif kind == 2:
            text = text[:start] + "".join(rng.choices(NOISE, k=rng.randint(1, 30))) + text[end:]
        elif kind == 3:
            lines = text.split("\n")
            rng.shuffle(lines)
            text = "\n".join(lines)
        elif kind == 4:
            text = text.replace(rng.choice("|\n 0年"), rng.choice(("", "|", " ", "00", "\n\n")))
        else:
            text = text[:start] + "9" * rng.choice((5, 40, 5000)) + text[start:]
    return text


@pytest.mark.parametrize("seed", range(60))
def test_made_reports(seed: int) -> None:
    rng = Random(seed)
    parse(mutate(make_example(seed, CORPUS).text, rng).encode("utf-8", "replace"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not here")
@pytest.mark.parametrize("seed", range(24))
def test_real_reports(seed: int) -> None:
    rng = Random(seed)
    files = sorted(path for path in SHARED.iterdir() if path.suffix == ".txt")
    text = files[seed % len(files)].read_text(encoding="utf-8")
    parse(mutate(text, rng).encode("utf-8", "replace"))


@pytest.mark.parametrize("seed", range(24))
def test_damaged_bytes(seed: int) -> None:
    rng = Random(seed)
    data = bytearray(make_example(seed, CORPUS).text.encode(("utf-8", "gb18030")[seed % 2]))
    for _ in range(rng.choice((1, 20, 500))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    parse(bytes(data))


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(NOISE, max_size=200).map(lambda t: t.encode())))
def test_anything(data: bytes) -> None:
    parse(data)
