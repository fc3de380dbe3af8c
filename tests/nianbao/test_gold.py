"""Queues and gold sets: what is written is read, and what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nianbao.gold import (
    ExchangeError,
    GoldDocument,
    QueuedDocument,
    Reason,
    Subject,
    gold_sha256,
    read_gold,
    read_queue,
    write_gold,
    write_queue,
)
from nianbao.spans import Span

SUBJECT = Subject("ab" * 32, "pages.zip!/1.html", site="gov.example", agency="某县", year=2023)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=2)


def gold(text: str, annotator: str = "甲") -> GoldDocument:
    spans = (Span(0, len(text) - 1, "title", source="gold"),)
    return GoldDocument(SUBJECT, text, spans, annotator, "2026-01-02T03:04:05Z", "0" * 64)


@given(text=TEXTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gold_survives_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gold.jsonl"
    write_gold(path, [gold(text)])
    assert read_gold(path) == [gold(text)]


def test_a_set_is_known_by_its_documents_not_by_their_order(tmp_path: Path) -> None:
    one, other = gold("年报", "甲"), gold("年报", "乙")
    write_gold(tmp_path / "a.jsonl", [one, other])
    write_gold(tmp_path / "b.jsonl", [other, one])
    assert gold_sha256(tmp_path / "a.jsonl") == gold_sha256(tmp_path / "b.jsonl")


def test_a_queue_survives_its_file(tmp_path: Path) -> None:
    spans = (Span(0, 2, "title", score=0.25),)
    document = QueuedDocument(SUBJECT, "年报𠮷", spans, (Reason("audit", "抽查"),), 1.5, "tagger 1")
    write_queue(tmp_path / "queue.jsonl", [document])
    (found,) = read_queue(tmp_path / "queue.jsonl")
    assert found == document
    assert found.spans[0].score == 0.25


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"spans": [[0, 9, "title"]]}, "outside"),
        ({"spans": [[0, 1, "title"], [0, 2, "date"]]}, "overlaps"),
        ({"spans": [[0, 1, "nonsense"]]}, "nonsense"),
        ({"spans": [["0", 1, "title"]]}, "标注"),
        ({"subject": {}}, "sha256"),
        ({"text": None}, "text"),
        ({"more": 1}, "字段"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = tmp_path / "gold.jsonl"
    write_gold(path, [gold("年报")])
    line = json.loads(path.read_text(encoding="utf-8"))
    path.write_text("\n" + json.dumps(line | change), encoding="utf-8")
    with pytest.raises(ExchangeError, match=said) as caught:
        read_gold(path)
    assert "gold.jsonl:2" in str(caught.value)
