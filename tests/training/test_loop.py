"""The experiments of the loop: the new layout is readable and is read wrongly; figures of the curve."""

from __future__ import annotations

import pytest

from nianbao.evaluation import score
from nianbao.pipeline import Pipeline
from training.loop import judge, simulate
from training.loop.points import BUDGETS, STRATEGIES, Point, advantage, drawn
from training.provenance import ROOT
from training.synthesis.corpus import Corpus
from training.synthesis.layout_registry import FLAT_LAYOUTS


@pytest.fixture(scope="module")
def exported() -> list[simulate.Simulated]:
    return list(simulate.pages(simulate.UNSEEN_SEED, 3, Corpus.without_data()))


def test_the_new_layout_is_read_with_right_labels_and_not_with_the_models(
    exported: list[simulate.Simulated],
) -> None:
    right = judge.read_with_gold(exported)
    shipped = judge.read(ROOT / "models" / "tagger", judge.judged(exported))
    assert right.nonzero == 1.0 and right.false == 0.0
    assert shipped.nonzero < 0.9
    assert "export" not in FLAT_LAYOUTS  # nothing is trained on it


def test_simulated_annotators_mark_the_text_as_it_is_read(
    exported: list[simulate.Simulated],
) -> None:
    for one in exported:
        document = Pipeline.rules_only().document(one.example.text.encode())
        assert document.text == one.gold.text
    agencies = [one.gold.subject.agency_id for one in exported]
    assert len(set(agencies)) == len(agencies)
    again = simulate.exported(simulate.UNSEEN_SEED, Corpus.without_data())
    assert again.gold == exported[0].gold


def test_a_platform_prints_every_cell(exported: list[simulate.Simulated]) -> None:
    for one in exported:
        values = [
            v for t in one.example.gold["tables"].values() for r in t.values() for v in r.values()
        ]
        assert None not in values
        perfect = score(one.example.gold, one.example.gold)
        assert perfect.cells.share() == 1.0


def points(queue: float, random: float, seeds: int) -> list[Point]:
    reach = {"queue": queue, "random": random}
    return [Point(0, "none", 0, 0, 0.1, 0.9)] + [
        Point(budget, strategy, seed, 1, reach[strategy] + seed / 1000, 0.9)
        for budget in BUDGETS
        for strategy in STRATEGIES
        for seed in range(seeds)
    ]


def test_the_advantage_is_paired_and_has_its_interval() -> None:
    found = advantage(points(0.9, 0.5, 3))
    assert found["seeds"] == 3
    assert found["mean"] == pytest.approx({"mean": 0.04, "lower": 0.04, "upper": 0.04})
    # A seed whose points are not all there counts for nothing.
    assert advantage(points(0.9, 0.5, 2)[:-1])["seeds"] == 1
    assert advantage(points(0.9, 0.5, 1))["5"]["lower"] is None
    assert advantage([])["seeds"] == 0


def test_what_is_drawn_begins_alike_for_both() -> None:
    found = drawn(points(0.9, 0.5, 1))
    start = [one for one in found if one["budget"] == 0]
    assert [one["strategy"] for one in start] == list(STRATEGIES)
    assert {one["nonzero"] for one in start} == {0.82}
    assert {one["nonzero"] for one in drawn(points(0.9, 0.5, 1), rare=True)} == {0.1, 0.9, 0.5}
    assert found[0].keys() == {"budget", "strategy", "seed", "nonzero"}
