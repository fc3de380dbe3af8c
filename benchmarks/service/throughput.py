"""Reports a second with many clients, beside as many processes that call the pipeline in a loop.

Both get the same documents and the same cores, in short turns within one run: the loops, the service,
the service, the loops, and so on.  What is idle meanwhile sleeps.  The clients share the cores with the
service.  The ratio is the median of those of each two turns that follow one another; that of processor
time (of a report in a loop, over that of all who take part in serving one) tells on a busy machine too.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from benchmarks.service import clients, running
from benchmarks.service.documents import written
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, at_least, milliseconds, none
from nianbao.pipeline import Pipeline

BAR = 0.75
_WARM_SECONDS = 2.0


def measure(plan: Plan) -> Result:
    """Measure both, in turns."""
    documents = plan.documents
    rules_only = bool(plan.settings.get("rules_only", False))
    with (
        running.running(plan.work, plan.processes, **plan.settings) as service,
        _loops(list(documents), plan.processes, rules_only) as loops,
    ):
        serving = _Serving(plan, service)
        serving.run(_WARM_SECONDS)
        serving.answers.clear()
        served, looped = _Spent(), _Spent()
        progress = Progress("throughput", plan.rounds, "rounds")
        for turn in range(plan.rounds):
            order = (loops, serving) if turn % 2 == 0 else (serving, loops)
            for one in order:
                (looped if one is loops else served).add(one.run(plan.seconds))
            progress.tell(turn + 1)
    judged = clients.judge(serving.answers, documents)
    ratio = statistics.median(
        a / b for a, b in zip(served.rates, looped.rates, strict=True)
    )  # fmt: skip
    figures: dict[str, Any] = {
        "clients": plan.clients,
        "processes": plan.processes,
        "seconds of a turn": plan.seconds,
        "service, reports/s": [round(rate, 2) for rate in served.rates],
        "loops, reports/s": [round(rate, 2) for rate in looped.rates],
        "ratio": round(ratio, 3),
        "ratio by processor time": round(looped.cost / served.cost, 3),
        "latency": milliseconds([answer.seconds for answer in judged.right]),
        "answers": judged.counts,
        "other codes": judged.codes,
    }
    errors = len(serving.answers) - len(judged.right)
    return Result("throughput", figures, (at_least("ratio", ratio, BAR), none("errors", errors)))


class Turn(NamedTuple):
    """What was done in a turn: reports, seconds, and processor time of all who took part."""

    reports: int
    seconds: float
    processor: float


@dataclass(slots=True)
class _Spent:
    turns: list[Turn] = field(default_factory=list)

    def add(self, turn: Turn) -> None:
        self.turns.append(turn)

    @property
    def rates(self) -> list[float]:
        return [turn.reports / turn.seconds for turn in self.turns]

    @property
    def cost(self) -> float:
        """The processor time of a report."""
        reports = sum(turn.reports for turn in self.turns)
        return sum(turn.processor for turn in self.turns) / max(1, reports)


@dataclass(slots=True)
class _Serving:
    plan: Plan
    service: running.Service
    answers: list[clients.Answer] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=clients.numbers)

    def run(self, seconds: float) -> Turn:
        """Let the clients ask for `seconds`."""
        plan, family = self.plan, self.service.family()
        first, began = self._used(family), time.monotonic()
        found = asyncio.run(
            clients.closed(self.service.url, plan.documents, plan.clients, seconds, self.numbers)
        )
        self.answers += found
        right = sum(answer.status == 200 for answer in found)
        return Turn(right, time.monotonic() - began, self._used(family) - first)

    def _used(self, family: running.Family) -> float:
        return time.process_time() + sum(map(running.cpu_seconds, family.all))


@dataclass(frozen=True, slots=True)
class _Loops:
    links: Sequence[Connection]

    def run(self, seconds: float) -> Turn:
        """Let all loop for `seconds`."""
        for link in self.links:
            link.send(seconds)
        turns = [Turn(*link.recv()) for link in self.links]
        return Turn(
            sum(turn.reports for turn in turns),
            statistics.mean(turn.seconds for turn in turns),
            sum(turn.processor for turn in turns),
        )


@contextmanager
def _loops(documents: list[bytes], processes: int, rules_only: bool) -> Iterator[_Loops]:
    """Processes that have loaded the pipeline and wait to be told for how long to loop."""
    context = multiprocessing.get_context("spawn")
    links, children = [], []
    for number in range(processes):
        ours, theirs = context.Pipe()
        child = context.Process(target=loop, args=(theirs, documents, number, rules_only))
        child.start()
        theirs.close()
        links.append(ours)
        children.append(child)
    try:
        for link in links:
            link.recv()
        yield _Loops(links)
    finally:
        for link, child in zip(links, children, strict=True):
            link.close()
            child.join()


def loop(link: Connection, documents: list[bytes], seed: int, rules_only: bool) -> None:
    """Parse `documents` again and again, for as many seconds as `link` says, and answer with what a
    `Turn` is; end when it is closed."""
    pipeline = Pipeline.rules_only() if rules_only else Pipeline.default()
    pipeline.warm()
    mine = random.Random(seed).sample(documents, len(documents))
    link.send(None)
    at = 0
    while True:
        try:
            seconds = link.recv()
        except EOFError:
            return
        began, used, first = time.monotonic(), time.process_time(), at
        while time.monotonic() - began < seconds:
            written(pipeline.parse(mine[at % len(mine)]))
            at += 1
        link.send((at - first, time.monotonic() - began, time.process_time() - used))
