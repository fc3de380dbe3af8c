"""Far wordings: another text, still nearer to its own label than to any other."""

from __future__ import annotations

from random import Random

import pytest
from rapidfuzz import fuzz

from nianbao.rules.forms import COLUMNS, ROWS
from training.synthesis.paraphrase import _CLEARANCE, _SIGNS, paraphrase

FAMILIES = [("row", table, names) for table, names in ROWS.items()]
FAMILIES += [("column", table, names) for table, names in COLUMNS.items()]


@pytest.mark.parametrize(("kind", "table", "names"), FAMILIES)
def test_a_wording_stays_with_its_label(kind: str, table: str, names: dict[str, str]) -> None:
    rng = Random(5)
    bare = {name: _SIGNS.sub("", words) for name, words in names.items()}
    for name, words in names.items():
        made = {paraphrase(rng, f"{kind}.{table}.{name}", words) for _ in range(30)}
        assert len(made - {words}) >= 2
        for text in made - {words}:
            near = {other: fuzz.ratio(_SIGNS.sub("", text), bare[other]) for other in bare}
            own = near.pop(name)
            assert own >= max(near.values()) + _CLEARANCE


def test_the_same_seed_writes_the_same() -> None:
    words = "本年新收政府信息公开申请数量"
    label = "row.requests.new_received"
    assert [paraphrase(Random(3), label, words) for _ in range(3)] == [
        paraphrase(Random(3), label, words)
    ] * 3
