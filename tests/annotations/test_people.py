"""Several people: how far they agree, what they got wrong, and the sets that come of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from annotations import agreement, sets, suspects
from annotations.guidance import GUIDELINES, guidelines_sha256
from annotations.made import made_queue
from nianbao.gold import GoldDocument, Subject, write_gold
from nianbao.spans import LABELS, Span

TEXT = "甲市2023年报告\n行政许可|12|0\n行政处罚|3|0\n二、主动公开\n"


def gold(who: str, spans: list[Span], text: str = TEXT, digest: str = "1") -> GoldDocument:
    subject = Subject(digest * 64, place=f"{digest}.txt")
    return GoldDocument(subject, text, tuple(spans), who, "2026-11-27T08:00:00Z", "9" * 64)


def at(piece: str, label: str, shorter: int = 0) -> Span:
    start = TEXT.index(piece)
    return Span(start, start + len(piece) - shorter, label)


LICENSING, PENALTIES = "row.proactive_disclosure.licensing", "row.proactive_disclosure.penalties"
FIRST = [
    at("甲市", "agency"),
    at("2023年", "year"),
    at("行政许可", LICENSING),
    at("行政处罚", PENALTIES),
]
SECOND = [
    at("甲市", "agency"), at("2023年", "year", 1), at("行政许可", PENALTIES),
    at("二、主动公开", "heading.proactive_disclosure"),
]  # fmt: skip


def test_agreement_is_counted_strictly_and_partly_and_every_difference_listed() -> None:
    (pair,) = agreement.pairs([gold("甲", FIRST)], [gold("乙", SECOND)])
    found = agreement.measure([pair])
    assert (found.total.strict, found.total.partial) == (1, 2)
    assert found.total.strict_f1 == pytest.approx(2 * 1 / 8)
    assert found.total.partial_f1 == pytest.approx(2 * 2 / 8)
    assert found.labels["year"] == agreement.Score(1, 1, 0, 1)
    assert [(d.kind, d.line) for d in found.disagreements] == [
        ("boundary", 1),
        ("label", 2),
        ("only_first", 3),
        ("only_second", 4),
    ]
    shown = agreement.render(found)
    assert "【行政许可】" in shown and "1.txt 第 2 行" in shown and "没有标" in shown
    data = json.loads(agreement.to_json(found))
    assert data["total"]["strict_f1"] == 0.25 and len(data["disagreements"]) == 4


def test_kappa_is_cohens() -> None:
    from collections import Counter

    cells = Counter({("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15})
    assert agreement.kappa(cells) == pytest.approx(0.4)  # the worked example of Cohen's kappa
    assert agreement.kappa(Counter()) == 1.0
    (same,) = agreement.pairs([gold("甲", FIRST)], [gold("乙", FIRST)])
    found = agreement.measure([same])
    assert (found.kappa, found.total.strict_f1, found.disagreements) == (1.0, 1.0, ())


def test_agreement_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both, other = tmp_path / "both.jsonl", tmp_path / "other.jsonl"
    alone = gold("乙", [], "独有\n", "2")
    write_gold(both, [gold("甲", FIRST), gold("乙", SECOND), alone])
    assert agreement.main([str(both), "--annotators", "甲", "乙"]) == 0
    assert "只有一方标注：2.txt" in capsys.readouterr().out
    assert agreement.main([str(both)]) == 1
    assert agreement.main([str(both), "--annotators", "甲", "丙"]) == 1
    assert "没有两人都标注的文字（标注者：甲）" in capsys.readouterr().err
    write_gold(other, [gold("乙", [], TEXT + "改")])
    write_gold(both, [gold("甲", FIRST)])
    assert agreement.main([str(both), str(other)]) == 1
    assert "1.txt：两份标注的文字不同" in capsys.readouterr().err
    assert agreement.main([str(both), str(tmp_path / "none")]) == 1


def test_planted_errors_head_the_list_and_no_agency_judges_itself() -> None:
    documents = []
    for one in made_queue(10, 7):
        subject = replace(one.subject, agency=one.subject.place)
        documents.append(
            GoldDocument(subject, one.text, one.spans, "甲", "2026-01-01T00:00:00Z", "")
        )
    planted = {}
    for index, label, wrong in (
        (1, "row.requests.granted", "note"),
        (4, "heading.overview", "title"),
    ):
        one = documents[index]
        spans = [replace(s, label=wrong) if s.label == label else s for s in one.spans]
        documents[index] = replace(one, spans=tuple(spans))
        planted[one.subject.place, wrong] = label
    found = suspects.find(documents, folds=3)
    assert (found.groups, found.documents) == (10, 10)
    assert {
        (s.document, s.given): s.suggested for s in found.suspects[:5]
    }.items() >= planted.items()
    assert [s.doubt for s in found.suspects] == sorted(
        (s.doubt for s in found.suspects), reverse=True
    )
    shown = suspects.render(found, 5)
    assert "标为：报告标题　更像：一、总体情况" in shown and "列出 5 处" in shown


def test_suspects_need_two_agencies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gold.jsonl"
    write_gold(path, [gold("甲", FIRST)])
    assert suspects.main([str(path)]) == 1
    assert "至少要有两个机关" in capsys.readouterr().err


def test_a_set_is_taken_in_once_and_watched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, source = tmp_path / "gold", tmp_path / "g.jsonl"
    write_gold(source, [gold("甲", FIRST)])
    run = ["--folder", str(folder)]
    assert sets.main([*run, "add", "first", str(source), "--who", "数据组"]) == 0
    assert sets.main([*run, "add", "again", str(source), "--who", "数据组"]) == 1
    assert "内容与 first 相同" in capsys.readouterr().err
    write_gold(source, [gold("甲", FIRST), gold("乙", SECOND)])
    assert sets.main([*run, "add", "first", str(source), "--who", "数据组"]) == 1
    assert (
        sets.main([*run, "add", "second", str(source), "--who", "数据组", "--parent", "none"]) == 1
    )
    assert sets.main([*run, "add", "Zwei!", str(source), "--who", "数据组"]) == 1
    assert (
        sets.main([*run, "add", "second", str(source), "--who", "数据组", "--parent", "first"]) == 0
    )
    capsys.readouterr()
    assert sets.main([*run, "verify"]) == 0 and sets.main([*run, "list"]) == 0
    assert "second" in (shown := capsys.readouterr().out) and "来自 first" in shown
    first, second = sets.read_index(folder)
    assert (second.count, second.spans, second.guidelines) == (2, 8, ("9" * 64,))
    (folder / first.file).write_text("{}\n", encoding="utf-8")
    (folder / second.file).unlink()
    write_gold(folder / "stray.jsonl", [])
    assert sets.main([*run, "verify"]) == 1
    codes = {problem.code for problem in sets.verify(folder)}
    assert codes == {"changed", "missing", "unlisted"}
    (folder / sets.INDEX).write_text("[]", encoding="utf-8")
    assert sets.main([*run, "list"]) == 1


def test_the_sets_of_the_repository_hold() -> None:
    assert sets.verify(sets.GOLD) == []
    assert [(one.name, one.format, one.count) for one in sets.read_index(sets.GOLD)] == [
        ("pages", "hashes", 42)
    ]


def test_the_guidelines_have_an_example_of_every_label() -> None:
    text = GUIDELINES.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9_.]+)` \| (.+?) \| ", text, re.MULTILINE)
    examples = dict(rows)
    assert set(examples) == set(LABELS) and len(rows) == len(LABELS)
    # An example shows what is labelled in brackets, in something around it or alone.
    assert [label for label, shown in rows if not re.search(r"【[^】]+】", shown)] == []
    assert len(guidelines_sha256()) == 64
