"""From the start of the process to the first record: again and again, each time with fresh files of
BentoML's, and what processor time it takes."""

from __future__ import annotations

import os
import statistics
import time

from benchmarks.service import clients, running
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, at_most

BAR_SECONDS = 10.0


def measure(plan: Plan) -> Result:
    """Start and stop the service; the first start, which reads the files from the disk, is not
    counted where there are more."""
    data = plan.documents[0]
    ready: list[float] = []
    first: list[float] = []
    used: list[float] = []
    progress = Progress("ready", plan.starts + 1, "starts")
    for start in range(plan.starts + 1):
        service = running.start(plan.work, plan.processes, **plan.settings)
        try:
            ready.append(service.await_ready())
            with clients.Lone(service.port) as lone:
                lone.parse(data)
            first.append(time.monotonic() - service.started)
            service.await_readers(plan.processes)
            used.append(sum(map(running.cpu_seconds, service.family().all)))
            service.stop()
        finally:
            running.end(service)
        progress.tell(start + 1)
    counted = slice(1, None)
    figures = {
        "starts": plan.starts,
        "ready_s": [round(seconds, 2) for seconds in ready[counted]],
        "first record_s": [round(seconds, 2) for seconds in first[counted]],
        "processor time of all until all is loaded_s": round(statistics.median(used[counted]), 2),
        "first start of all_s": round(first[0], 2),
        "load of the machine": round(os.getloadavg()[0], 1),
    }
    median = statistics.median(first[counted])
    bar = at_most("start to first record, median", median, BAR_SECONDS, "s")
    return Result("ready", figures, (bar,))
