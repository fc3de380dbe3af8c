"""The evaluation: what it counts, how sure it is, and that it says the same twice."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import pytest

from nianbao.gold import GoldDocument, Subject, write_gold
from nianbao.pipeline import Pipeline
from nianbao.spans import Span
from training.measure.__main__ import main
from training.measure.figures import differences, figures, trust
from training.measure.outcome import NOTHING, Outcome, Page, confused, judge
from training.measure.page import Point, render
from training.measure.pages import Choice, pages
from training.measure.readers import About
from training.measure.result import measured, table

SMALL = Choice(per_kind=1, made=3, seed=5)


def outcome(name: str, nonzero: tuple[int, int], confidence: float = 0.5) -> Outcome:
    perfect = int(nonzero[0] == nonzero[1])
    counts = {"nonzero": nonzero, "perfect": (perfect, 1), "false": (0, 2)}
    return Outcome(name, {"form": ("2021",)}, counts, {}, confidence)


def test_the_pages_are_the_same_twice_and_of_all_kinds() -> None:
    first, again = list(pages(SMALL)), list(pages(SMALL))
    assert [(p.name, p.data, p.spans) for p in first] == [(p.name, p.data, p.spans) for p in again]
    assert len({p.name for p in first}) == len(first)
    assert sum(p.spans is not None for p in first) == SMALL.made


def test_a_reader_that_breaks_is_a_finding() -> None:
    def broken(_: object) -> list[Span]:
        raise RuntimeError("lost")

    page = Page(
        "one", "某县2022年政府信息公开工作年度报告".encode(), {"is_report": True, "tables": {}}
    )
    found = judge(Pipeline(broken, "broken"), page)
    assert found.counts["perfect"] == (0, 1)
    assert "RuntimeError: lost" in found.errors


def test_blank_is_not_zero() -> None:
    gold = {"is_report": True, "tables": {"requests": {"granted": {"total": None, "other": 0}}}}
    found = judge(Pipeline.rules_only(), Page("one", "年报".encode(), gold))
    assert found.counts["blank_zero"] == (0, 2)


def test_a_span_is_taken_for_what_it_shares_most_with() -> None:
    truth = {Span(0, 5, "title"), Span(6, 9, "date"), Span(20, 22, "note")}
    found = {Span(0, 4, "agency"), Span(4, 5, "title"), Span(6, 8, "date"), Span(30, 31, "year")}
    assert confused(truth, found) == {
        ("title", "agency"): 1,
        ("note", NOTHING): 1,
        (NOTHING, "year"): 1,
    }


def test_a_difference_that_is_one_has_an_interval_that_says_so() -> None:
    good = [outcome(f"{n}", (10, 10)) for n in range(40)]
    bad = [outcome(f"{n}", (7 + n % 3, 10)) for n in range(40)]
    found = {(d.slice, d.measure): d for d in differences({"a": good, "b": bad}, "a", "b")}
    one = found["all", "nonzero"]
    assert 0 < one.lower < one.difference < one.upper
    assert found["form: 2021", "false"].difference == 0
    with pytest.raises(ValueError, match="same pages"):
        differences({"a": good, "b": bad[:-1]}, "a", "b")


def test_trust_of_a_confidence_that_is_right_half_the_time() -> None:
    sure = [outcome(f"{n}", (n % 2, 1), confidence=0.9) for n in range(10)]
    worth = trust(sure)
    assert worth is not None
    assert worth.error == pytest.approx(0.4)
    assert worth.risk == ((1.0, 0.5),)
    assert trust([Outcome("x", {}, {"judged": (1, 1)}, {}, 0.0)]) is None


def test_figures_as_table_json_and_page() -> None:
    made = [p for p in pages(SMALL) if p.name.startswith(("plain/pipes", "made", "other/news"))]
    rules = [judge(Pipeline.rules_only(), page) for page in made]
    about = [About("model", "trial 1", "0" * 64, 10, 1.0), About("rules", "rules-only", "", 0, 1.0)]
    outcomes: Mapping[str, list[Outcome]] = {"model": rules, "rules": rules}
    found = measured(5, made, about, outcomes)
    assert {f.slice for f in figures(outcomes)} >= {"all", "source: made", "kind: other/news"}
    assert json.loads(found.to_json())["version"] == 1
    assert found.to_json() == measured(5, made, about, outcomes).to_json()
    assert "all" in table(found)
    page = render(found, [Point(0, "random", 1, 0.5), Point(5, "queue", 1, 0.9)])
    assert page.count("<svg") == 3
    for piece in page.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + piece.partition("</svg>")[0] + "</svg>")


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = next(p for p in pages(SMALL) if p.spans is not None)
    assert example.text is not None and example.spans is not None
    document = GoldDocument(Subject("0" * 64), example.text, example.spans, "甲", "2026", "0" * 64)
    write_gold(tmp_path / "gold.jsonl", [document])
    command = ["--per-kind", "0", "--made", "0", "--processes", "1", "--gold"]
    assert main([*command, str(tmp_path / "gold.jsonl"), "--json", str(tmp_path / "out.json")]) == 0
    assert "rules-only" in capsys.readouterr().out
    assert json.loads((tmp_path / "out.json").read_text())["pages"] == 1
    assert main([*command, str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
