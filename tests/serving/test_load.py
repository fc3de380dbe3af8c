"""The measures of the service run and judge as they say; how fast it is is not tested."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest

from benchmarks.service import __main__ as command
from benchmarks.service import clients, hostile, memory, mutations, overload, results, running, wire
from benchmarks.service.documents import Documents, record
from nianbao.pipeline import Pipeline
from tests.serving.running import Running


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents.make(3, Pipeline.rules_only())


@dataclass(frozen=True)
class Stand:
    """The service of the tests in place of one that is started."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def family(self) -> running.Family:
        me = psutil.Process()
        return running.Family(me, me, (), ())

    def traces(self) -> int:
        return 0

    def counters(self, metric: str) -> dict[str, float]:
        return {}


@pytest.fixture
def stood(rules_service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def run(*_: object, **__: object) -> Iterator[Stand]:
        yield Stand(rules_service.client.base_url.port or 0)

    monkeypatch.setattr(running, "running", run)


def test_documents_are_distinct_and_their_records_known(documents: Documents) -> None:
    made = [documents[number] for number in range(7)]
    assert len(set(made)) == 7 and documents[4] == made[4]
    assert documents.record(5) == record(Pipeline.rules_only(), made[5])
    assert len({documents.record(number) for number in range(7)}) == 7


def test_measures_run_and_are_written(
    stood: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: Any
) -> None:
    monkeypatch.setattr(overload, "WATCHED_SECONDS", 0.5)
    monkeypatch.setattr(memory, "SAMPLE_SECONDS", 0.1)
    target = tmp_path / "figures.json"
    options = ["--rules-only", "--pages", "2", "--turns", "2", "--burst", "4", "--mutations", "40"]
    small = ["--overload-seconds", "0.3", "--soak-minutes", "0.01", "--work", str(tmp_path)]
    names = ["overhead", "overload", "mutations", "soak"]
    command.main([*names, *options, *small, "--json", str(target)])
    found = {one["name"]: one for one in json.loads(target.read_text())["measures"]}
    assert list(found) == names and not any("failed" in one["figures"] for one in found.values())
    held = {bar["what"]: bar for one in found.values() for bar in one["bars"]}
    for what, bar in held.items():
        is_of_time = what.startswith(("added at", "until a lone"))
        assert bar["met"] or is_of_time, (what, bar)
    printed = capsys.readouterr()
    assert "mutations: 40 of 40 requests" in printed.err and "missed:" in printed.out


def test_a_measure_that_fails_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    def fails(_: object) -> results.Result:
        raise RuntimeError("no")

    good = results.Result("good", {"a": {"b": 1.0}}, (results.at_most("a", 1, 2),))
    monkeypatch.setattr(command, "MEASURES", {"bad": fails, "good": lambda _: good})
    assert command.main(["--all", "--work", str(tmp_path)]) == 1
    bad, kept = json.loads((tmp_path / "figures.json").read_text())["measures"]
    assert bad["figures"] == {"failed": "RuntimeError: no"} and not bad["met"]
    assert kept["met"] and kept["figures"]["a"] == {"b": 1.0}


def test_answers_are_judged(documents: Documents) -> None:
    def answer(status: int, retry: bool = False, number: int = 0, of: int = 0) -> clients.Answer:
        digest = clients.digest(documents.record(of))
        return clients.Answer(number, status, "code", retry, digest, 0.0, 0.1)

    found = clients.judge(
        [answer(200), answer(200, number=1), answer(503), answer(503, retry=True), answer(0)],
        documents,
    )
    assert found.counts == {"right": 1, "refused": 1, "mixed_up": 1, "other": 1, "lost": 1}
    assert found.codes == {"503 code": 1, "0 code": 1}


def test_mutants_are_the_same_each_time_and_faults_are_seen() -> None:
    requests = mutations.wholes(1)
    made = [mutations.mutant(number, 1, requests) for number in range(150)]
    assert made == [mutations.mutant(number, 1, requests) for number in range(150)]
    assert len({request.to_bytes() for request, _ in made}) > 140
    assert {kind for _, called in made for kind in called.partition(": ")[2].split(", ")} == {
        *mutations.KINDS
    }
    assert mutations.judge(wire.Reply(500, {}, b"")) == "status 500"
    assert mutations.judge(wire.Reply(503, {}, b"")) == "status 503"
    assert mutations.judge(wire.Reply(503, {"retry-after": "1"}, b"")) == ""
    assert mutations.judge(wire.Reply(400, {}, b"Traceback (most")) == "traceback"


def test_hostile_requests_can_be_made(documents: Documents) -> None:
    for kind in ("damaged.pdf", "cut.form", "surrogates.json", "binary.bin", "repeated.html"):
        made = [hostile.KINDS[kind](Random(1), documents[0]) for _ in range(2)]
        assert made[0] == made[1] and made[0].to_bytes()


def test_slopes_and_recovery() -> None:
    spiked = [memory.Sample(at, 10**8 + (10**8 if at % 7 else 0)) for at in range(1000)]
    assert memory.slope(spiked) == pytest.approx(0)
    rising = [memory.Sample(at, 10**8 + 1000 * at) for at in range(1000)]
    assert memory.slope(rising) == pytest.approx(3.6, rel=0.01)
    following = memory.Memory(running.Service(None, 0, Path(), 0.0))  # type: ignore[arg-type]
    for pid in range(5):  # each gains 3.6 MB/hour from a level of its own, once its heaps are full
        following.roles[pid] = memory.READER
        following.samples[pid] = [
            memory.Sample(
                200 * pid + at, (1 + pid % 3) * 10**8 + 1000 * at + 10**5 * max(0, 50 - at)
            )
            for at in range(200)
        ]
    assert following.growth(memory.READER) == pytest.approx(3.6, rel=0.01)
    assert following.growth("http") == 0
    asked = [(at / 10, 1.0 if at < 30 else 0.1) for at in range(100)]
    assert 2.0 <= overload.seconds_until_back(asked, 0.1) <= 3.1
    assert overload.seconds_until_back([(0.0, 9.0)], 0.1) == float("inf")
