"""Ten times what the service can do, for a minute: what is refused, what is answered, and how soon a
lone client is served as before.

Capacity is measured first, by clients that wait for their answers.  Then requests come at ten times
that rate and wait for nobody, each with a document of its own; every record is held to the one that
the library makes of the same bytes.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from benchmarks.service import clients, running
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, at_most, milliseconds, none

TIMES = 10
BAR_SECONDS = 5.0
_CAPACITY_SECONDS = 10.0
#: A lone client is served as before when the median of the requests of this many seconds is no more
#: than so much above what it was.
_WINDOW = 2.0
_AS_BEFORE = 1.25
WATCHED_SECONDS = 15.0


def measure(plan: Plan) -> Result:
    """Overload a service, and watch it recover."""
    documents = plan.documents
    data = documents[0]
    with running.running(plan.work, plan.processes, **plan.settings) as service:
        with clients.Lone(service.port) as lone:
            before = [lone.seconds(data) for _ in range(plan.turns)]
        asked = asyncio.run(
            clients.closed(
                service.url, documents, 4 * plan.processes,
                min(_CAPACITY_SECONDS, plan.overload_seconds), clients.numbers(),
            )
        )  # fmt: skip
        spent = max(a.began + a.seconds for a in asked) - min(a.began for a in asked)
        capacity = sum(answer.status == 200 for answer in asked) / spent
        load = clients.OpenLoop(service.url, documents, TIMES * capacity, plan.overload_seconds)
        recovered = asyncio.run(_overload(load, service, data))
        traces = service.traces()
    judged = clients.judge(load.answers, documents)
    base = statistics.median(before)
    back = seconds_until_back(recovered, base)
    figures: dict[str, Any] = {
        "capacity, reports/s": round(capacity, 2),
        "requests": len(load.answers),
        "requests/s": round(len(load.answers) / plan.overload_seconds, 1),
        "sender behind by at most, s": round(load.late, 2),
        "answers": judged.counts,
        "other codes": judged.codes,
        "records/s": round(len(judged.right) / plan.overload_seconds, 2),
        "latency of records": milliseconds([a.seconds for a in judged.right]),
        "latency of refusals": milliseconds([a.seconds for a in judged.refused]),
        "lone client before": milliseconds(before),
        "lone client after": milliseconds([s for at, s in recovered if at >= back]),
        "seconds until it is served as before": round(back, 1),
    }
    bars = (
        none("answers that are neither a record nor 429/503 with Retry-After", len(judged.other)),
        none("requests without an answer", len(judged.lost)),
        none("records of another document", len(judged.mixed_up)),
        at_most("until a lone client is served as before", back, BAR_SECONDS, "s"),
        none("tracebacks in the log", traces),
    )
    return Result("overload", figures, bars)


async def _overload(
    load: clients.OpenLoop, service: running.Service, data: bytes
) -> list[tuple[float, float]]:
    """Run the load; from its end on ask alone, and return when each of these requests was sent (in
    seconds from the end) and what it took."""
    running_load = asyncio.create_task(
        load.run(Progress("overload", load.seconds, "seconds"))
    )  # fmt: skip
    while not load.ended and not running_load.done():
        await asyncio.sleep(0.01)
    found = []
    async with clients.session() as link:
        while (at := time.monotonic() - load.ended) < WATCHED_SECONDS:
            answer = await clients.ask(link, service.url, 0, data)
            # One that is refused was not served: it counts as never.
            found.append((at, answer.seconds if answer.status == 200 else float("inf")))
            if answer.status != 200:
                await asyncio.sleep(0.1)
    await running_load
    return found


def seconds_until_back(asked: list[tuple[float, float]], base: float) -> float:
    """Return from when on the medians of `asked` (when, how long) stay near `base`; infinity where
    they do not."""
    back = float("inf")
    for at, _ in reversed(asked):
        window = [taken for when, taken in asked if at <= when < at + _WINDOW]
        if statistics.median(window) > _AS_BEFORE * base:
            break
        back = at
    return back
