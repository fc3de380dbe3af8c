from __future__ import annotations

import hashlib
from collections import Counter
from random import Random
from typing import Any

import pytest

from nianbao.batch.queue import Candidate, ChoiceOptions, Signal, choose, similarity, sketch
from nianbao.gold import QueuedDocument, Subject
from tests.nianbao.batch.queue.made_results import usual


def words(seed: int) -> str:
    rng = Random(seed)
    return "".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(400))


def candidate(
    name: str, strength: float = 0.5, code: str = "low_confidence", **more: Any
) -> Candidate:
    """A candidate; a strength of 0 is none that has a signal."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    fields = {key: more.pop(key) for key in ("agency", "site") if key in more}
    text = more.pop("text", words(int(digest[:8], 16)))
    signals = (Signal(code, strength, f"{name} 的理由"),) if strength else ()
    return Candidate(
        Subject(digest, place=name, **fields), text, (), signals, sketch(text), **more
    )  # fmt: skip


def names(queue: list[QueuedDocument]) -> list[str]:
    return [one.subject.place for one in queue]


def audited(queue: list[QueuedDocument]) -> list[str]:
    return [one.subject.place for one in queue if "audit" in {r.code for r in one.reasons}]


NO_AUDIT = ChoiceOptions(budget=4, audit=0.0)


def test_the_strongest_come_first_with_their_reasons() -> None:
    candidates = [candidate(f"c{i}", i / 10) for i in range(8)]
    queue = choose(candidates, NO_AUDIT, "tagger 1")
    assert names(queue) == ["c7", "c6", "c5", "c4"]
    assert [r.message for r in queue[0].reasons] == ["c7 的理由"]
    assert [one.priority for one in queue] == sorted((one.priority for one in queue), reverse=True)
    assert {one.model_version for one in queue} == {"tagger 1"}


def test_what_has_no_reason_is_not_chosen() -> None:
    queue = choose([candidate("a"), candidate("b", 0.0)], NO_AUDIT, "")
    assert names(queue) == ["a"]


def test_the_order_of_candidates_makes_no_difference() -> None:
    candidates = [candidate(f"c{i}", 0.5, agency=f"a{i % 3}") for i in range(20)]
    options = ChoiceOptions(budget=8, audit=0.25, seed=3)
    shuffled = Random(1).sample(candidates, len(candidates))
    assert choose(candidates, options, "") == choose(shuffled, options, "")


def test_the_audit_slice_is_drawn_by_the_seed_alone() -> None:
    plain = [candidate(f"c{i}", 0.0) for i in range(40)]
    drawn = [audited(choose(plain, ChoiceOptions(20, 0.25, seed), "")) for seed in (1, 1, 2)]
    assert len(drawn[0]) == 5 and drawn[0] == drawn[1] != drawn[2]
    # Whether the others look wrong has no say in who is drawn.
    suspect = [candidate(f"c{i}", 0.9 if i % 2 else 0.0) for i in range(40)]
    again = choose(suspect, ChoiceOptions(20, 0.25, 1), "")
    assert sorted(audited(again)) == sorted(drawn[0]) and len(again) == 20


def test_the_audit_slice_leaves_out_what_is_no_report() -> None:
    other = candidate("other", 0.9, audited=False)
    assert audited(choose([other], ChoiceOptions(1, 1.0), "")) == []


def test_agencies_and_sites_share_the_budget() -> None:
    loud = [candidate(f"loud{i}", 0.9, agency="a", site="s") for i in range(20)]
    quiet = [candidate(f"quiet{i}", 0.2, agency=f"b{i}", site=f"t{i}") for i in range(20)]
    queue = choose(loud + quiet, ChoiceOptions(20, 0.0), "")
    assert Counter(one.subject.agency for one in queue)["a"] == 2
    # Where there is nobody else, the rest of the budget is theirs after all.
    assert len(choose(loud, ChoiceOptions(10, 0.0), "")) == 10


def test_layouts_take_turns() -> None:
    same = [candidate(f"same{i}", 0.6, layout=1) for i in range(4)]
    others = [candidate(f"other{i}", 0.58, layout=2 + i) for i in range(3)]
    queue = choose(same + others, NO_AUDIT, "")
    assert sum(name.startswith("other") for name in names(queue)) == 3


def test_near_duplicates_are_dropped_and_other_layouts_are_not() -> None:
    page = usual(1)
    other_year = page.replace("2023", "2022").replace("1", "7")
    in_lines = usual(1, "cell_lines")
    assert similarity(sketch(page), sketch(other_year)) > 0.95
    assert similarity(sketch(page), sketch(in_lines)) < 0.8
    candidates = [
        candidate("first", 0.9, text=page),
        candidate("again", 0.8, text=other_year),
        candidate("lines", 0.7, text=in_lines),
    ]
    assert names(choose(candidates, NO_AUDIT, "")) == ["first", "lines"]


def test_short_and_empty_texts_have_sketches() -> None:
    assert similarity(sketch(""), sketch("")) == 1.0
    assert similarity(sketch("年报"), sketch("月报")) == 0.0
    assert similarity(sketch("共 12 件"), sketch("共 3 件")) == 1.0


@pytest.mark.parametrize(("budget", "audit"), [(0, 0.1), (5, 1.5), (5, -0.1)])
def test_no_budget_is_an_error(budget: int, audit: float) -> None:
    with pytest.raises(ValueError, match="budget"):
        ChoiceOptions(budget, audit)
