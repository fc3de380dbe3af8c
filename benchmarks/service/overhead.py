"""What the service adds to one report: POST /parse beside the call in this process, in turns.

One client with one connection sends a report of about 10,000 characters; after each answer, or before
it by turns, this process parses the same bytes and writes the JSON.  Then so many requests come at
once, and the turns go on as soon as the last of them is answered.

Times tell on a quiet machine only.  Processor time tells on any: that of the process that speaks HTTP
and of those that read, for each request, beside that of the call.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

from benchmarks.inputs import HTML, make_input
from benchmarks.service import clients, running
from benchmarks.service.documents import record
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, at_most, milliseconds, none

BAR_MS = 10.0
_WARM = 5


def measure(plan: Plan) -> Result:
    """Measure before and right after a burst."""
    data = make_input(HTML).data
    wanted = record(plan.pipeline, data)
    documents = plan.documents
    with (
        running.running(plan.work, plan.processes, **plan.settings) as service,
        clients.Lone(service.port) as lone,
    ):
        wrong = int(lone.parse(data) != wanted)
        for _ in range(_WARM * plan.processes):
            lone.seconds(data)

        def here() -> float:
            began = time.perf_counter()
            record(plan.pipeline, data)
            return time.perf_counter() - began

        def there() -> float:
            return lone.seconds(data)

        before = _turns(plan.turns, here, there, Progress("overhead", plan.turns, "turns"))
        costs = _costs(service, plan.turns, here, there)
        asked = asyncio.run(clients.burst(service.url, documents, plan.burst))
        name = "overhead, after the burst"
        after = _turns(plan.turns, here, there, Progress(name, plan.turns, "turns"))
        wrong += int(lone.parse(data) != wanted)
    judged = clients.judge(asked, documents)
    figures = {
        "turns": plan.turns,
        "burst": {"size": plan.burst, **judged.counts},
        "before": before,
        "after the burst": after,
        "processor time of one report": costs,
    }
    bars = (
        at_most("added at p50", before["added p50_ms"], BAR_MS, "ms"),
        at_most("added at p50, after the burst", after["added p50_ms"], BAR_MS, "ms"),
        none("records that are not those of the call", wrong + len(judged.mixed_up)),
    )
    return Result("overhead", figures, bars)


def _turns(
    turns: int, here: Callable[[], float], there: Callable[[], float], progress: Progress
) -> dict[str, float]:
    """Return p50 and spread of both and of what the service adds, in ms."""
    calls, requests = [], []
    for turn in range(turns):
        if turn % 2:
            calls.append(here())
            requests.append(there())
        else:
            requests.append(there())
            calls.append(here())
        progress.tell(turn + 1)
    added = [request - call for request, call in zip(requests, calls, strict=True)]
    found = {
        f"{name} {key}": value
        for name, seconds in (("call", calls), ("request", requests))
        for key, value in milliseconds(seconds).items()
    }
    between = statistics.median(requests) - statistics.median(calls)
    return found | {
        "added p50_ms": round(between * 1000, 2),
        "median of paired differences_ms": round(statistics.median(added) * 1000, 2),
    }


def _costs(
    service: running.Service, turns: int, here: Callable[[], float], there: Callable[[], float]
) -> dict[str, float]:
    """Return the processor time of a request, by who spends it, and that of a call, in ms."""
    family = service.family()
    began = time.process_time()
    for _ in range(turns):
        here()
    call = time.process_time() - began

    def used() -> dict[str, float]:
        return {
            "http": running.cpu_seconds(family.server),
            "readers": sum(map(running.cpu_seconds, family.readers)),
            "client": time.process_time(),
        }

    first = used()
    for _ in range(turns):
        there()
    spent = {name: value - first[name] for name, value in used().items()} | {"call": call}
    return {f"{name}_ms": round(value / turns * 1000, 2) for name, value in spent.items()}
