"""Far wordings: another text, still nearer to its own label than to any other."""

from __future__ import annotations

from random import Random

import pytest
from rapidfuzz import fuzz

from nianbao.rules.forms import COLUMNS, ROWS
from training.synthesis.label_words import BODIES
from training.synthesis.paraphrase import _NUMBERING, _SIGNS, CLEARANCE, paraphrase, tells
from training.synthesis.synonyms import TRUSTED

FAMILIES = [("row", table, names) for table, names in ROWS.items()]
FAMILIES += [("column", table, names) for table, names in COLUMNS.items()]


def bare(words: str) -> str:
    return _SIGNS.sub("", _NUMBERING.sub("", words))


@pytest.mark.parametrize(("kind", "table", "names"), FAMILIES)
def test_a_wording_stays_with_its_label(kind: str, table: str, names: dict[str, str]) -> None:
    """What is made is nearest to a listed wording of its own label, and is no other's statutory one."""
    rng = Random(5)
    statutory = {f"{kind}.{table}.{name}": bare(words) for name, words in names.items()}
    for label, words in statutory.items():
        made = {paraphrase(rng, label, words) for _ in range(60)} - {words}
        assert len(made) >= 4, label
        own = [words, *(bare(w) for w, _ in BODIES.get(label, ())), *TRUSTED.get(label, ())]
        for text in made:
            assert bare(text) not in set(statutory.values()) - {words}
            assert all(not tells(other, text) for other in statutory if other != label), (
                f"{text} tells two labels"
            )
            nearest = max(fuzz.ratio(bare(text), other) for other in own)
            rivals = [fuzz.ratio(bare(text), s) for o, s in statutory.items() if o != label]
            assert nearest >= max(rivals) + CLEARANCE or kind == "column"


def test_rows_and_the_heads_above_them_stay_apart() -> None:
    assert not tells("row.requests.granted", "不予公开")
    assert not tells("group.denied", "予以公开")
    assert tells("group.denied", "不公开")
    assert not tells("row.requests.granted", "公开")


def test_nothing_put_in_is_replaced_again() -> None:
    rng = Random(1)
    made = {paraphrase(rng, "group.results", "本年度办理结果") for _ in range(400)}
    assert len(made) > 20
    assert not any("度度" in text for text in made)


def test_a_label_of_no_table_keeps_its_words() -> None:
    assert paraphrase(Random(1), "group.block", "第二十条第（一）项") == "第二十条第（一）项"


def test_the_same_seed_writes_the_same() -> None:
    words = "本年新收政府信息公开申请数量"
    label = "row.requests.new_received"
    assert paraphrase(Random(3), label, words) == paraphrase(Random(3), label, words)
