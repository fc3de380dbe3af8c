"""SIGKILL to the processes that read documents, again and again, while clients send.

Each document has to be answered once and rightly, or with a problem.  The service gives a document
whose process was killed to another one; a document that is hit twice is answered with `crashed`,
which is counted apart.  That nothing is read and counted twice is seen in `nianbao_documents_total`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from typing import Any

import psutil

from benchmarks.service import clients, running
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, at_most, milliseconds, none

CLIENTS = 6
#: Seconds between two kills: less than a process takes to load, and more.
_BETWEEN = (0.3, 5.0)
_CRASHED = "crashed"
#: How long the service may take to be whole again: a process loads for some seconds of a core.
BAR_SECONDS = 60.0


def measure(plan: Plan) -> Result:
    """Kill and send until so many were killed."""
    with running.running(plan.work, plan.processes, **plan.settings) as service:
        killed: list[int] = []
        answers = asyncio.run(_send_and_kill(plan, service, killed))
        began = time.monotonic()
        is_whole = clients.until(
            lambda: len(service.family().readers) >= plan.processes, BAR_SECONDS
        )
        service.await_readers(plan.processes)
        whole = time.monotonic() - began
        with clients.Lone(service.port) as lone:
            is_right = lone.parse(plan.documents[0]) == plan.documents.record(0)
        counted = sum(service.counters("nianbao_documents_total").values())
        traces = service.traces()
    judged = clients.judge(answers, plan.documents)
    crashed = [answer for answer in judged.other if answer.code == _CRASHED]
    other = len(judged.other) - len(crashed)
    # One for the lone document at the end.
    answered = len(judged.right) + len(judged.mixed_up) + len(judged.other) + 1
    figures: dict[str, Any] = {
        "killed": len(killed),
        "answers": judged.counts,
        "of the others, crashed (hit twice)": len(crashed),
        "other codes": judged.codes,
        "latency": milliseconds([answer.seconds for answer in judged.right]),
        "seconds until all readers were there again": round(whole, 1),
        "documents that the service counted": int(counted),
    }
    bars = (
        none("documents without an answer", len(judged.lost)),
        none("records of another document", len(judged.mixed_up)),
        none("problems that do not say that the process was killed", other),
        none("documents counted more or less than answered", abs(int(counted) - answered)),
        none("wrong records, or readers missing, after the last kill", int(not (is_right and is_whole))),
        at_most("longest answer", max((a.seconds for a in answers), default=0.0), BAR_SECONDS, "s"),
        none("tracebacks in the log", traces),
    )  # fmt: skip
    return Result("kills", figures, bars)


async def _send_and_kill(
    plan: Plan, service: running.Service, killed: list[int]
) -> list[clients.Answer]:
    rng = random.Random(plan.seed)
    progress = Progress("kills", plan.kills, "kills")

    async def killer() -> None:
        while len(killed) < plan.kills:
            await asyncio.sleep(rng.uniform(*_BETWEEN))
            readers = await asyncio.to_thread(lambda: service.family().readers)
            if readers:
                victim = _busiest(readers) if rng.random() < 0.5 else rng.choice(readers)
                with suppress(ProcessLookupError):
                    os.kill(victim.pid, signal.SIGKILL)
                    killed.append(victim.pid)
            progress.tell(len(killed))

    return await clients.ask_during(killer, service.url, plan.documents, CLIENTS)


def _busiest(readers: tuple[psutil.Process, ...]) -> psutil.Process:
    """Return the process that has used the most of a core: not one that is still loading."""
    return max(readers, key=running.cpu_seconds)
