"""Reports a second with many clients, beside as many processes that call the pipeline in a loop.

Both get the same documents and the same cores, in turns within one run: the loops, the service, the
service, the loops.  What is idle meanwhile sleeps.  The clients share the cores with the service.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.service import clients, running
from benchmarks.service.documents import written
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, at_least, milliseconds, none
from nianbao.pipeline import Pipeline

BAR = 0.75


def measure(plan: Plan) -> Result:
    """Measure both, in turns."""
    documents = plan.documents
    numbers = clients.numbers()
    looped: list[float] = []
    served: list[float] = []
    answers: list[clients.Answer] = []
    progress = Progress("throughput", 2 * plan.rounds, "turns")
    rules_only = bool(plan.settings.get("rules_only", False))
    with (
        running.running(plan.work, plan.processes, **plan.settings) as service,
        _loops(list(documents), plan.processes, rules_only) as loops,
    ):
        asyncio.run(clients.closed(service.url, documents, plan.clients, 2.0, numbers))
        for turn in range(plan.rounds):
            for who in ("loops", "service") if turn % 2 == 0 else ("service", "loops"):
                if who == "loops":
                    looped.append(loops.run(plan.seconds))
                else:
                    began = time.monotonic()
                    found = asyncio.run(
                        clients.closed(
                            service.url, documents, plan.clients, plan.seconds, numbers
                        )
                    )  # fmt: skip
                    right = sum(answer.status == 200 for answer in found)
                    served.append(right / (time.monotonic() - began))
                    answers += found
                progress.tell(len(looped) + len(served))
    judged = clients.judge(answers, documents)
    ratio = sum(served) / sum(looped)
    figures: dict[str, Any] = {
        "clients": plan.clients,
        "processes": plan.processes,
        "seconds of a turn": plan.seconds,
        "service, reports/s": [round(rate, 2) for rate in served],
        "loops, reports/s": [round(rate, 2) for rate in looped],
        "ratio": round(ratio, 3),
        "latency": milliseconds([answer.seconds for answer in judged.right]),
        "answers": judged.counts,
        "other codes": judged.codes,
    }
    errors = len(answers) - len(judged.right)
    return Result("throughput", figures, (at_least("ratio", ratio, BAR), none("errors", errors)))


@dataclass(frozen=True, slots=True)
class _Loops:
    links: Sequence[Connection]

    def run(self, seconds: float) -> float:
        """Let all loop for `seconds`; return the reports that all read in a second."""
        for link in self.links:
            link.send(seconds)
        return float(sum(link.recv() for link in self.links))


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
    """Parse `documents` again and again, for as many seconds as `link` says, and answer with the
    reports read in a second; end when it is closed."""
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
        began, first = time.monotonic(), at
        while time.monotonic() - began < seconds:
            written(pipeline.parse(mine[at % len(mine)]))
            at += 1
        link.send((at - first) / (time.monotonic() - began))
