"""Timing: one report warm, whole and by stage; a fresh process from its start to its first record."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from unittest.mock import patch

from nianbao import pipeline as steps
from nianbao.pipeline import Pipeline

#: Stage -> the names of `nianbao.pipeline` that do it; the labeller is timed as "label".
STAGES: dict[str, tuple[str, ...]] = {
    "read": ("read",),
    "fold": ("fold",),
    "outline": ("outline",),
    "facts": ("find_facts", "stated_cells"),
    "assemble": ("assemble",),
    "checks": ("run_checks", "check_narrative"),
}
#: The order of the pipeline; "rest" is what no stage accounts for.
ORDER = ("read", "fold", "label", "outline", "facts", "assemble", "checks", "rest")
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of several runs of the same work."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def iqr(self) -> float:
        """The distance between the quartiles; 0 for a single run."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return high - low


def pin() -> int | None:
    """Keep this process and those it starts on one core; return its number, None where the system
    cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def time_whole(pipeline: Pipeline, data: bytes, runs: int) -> Times:
    """Time bytes -> record, warm."""
    for _ in range(WARM_UP):
        pipeline.parse(data)
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        pipeline.parse(data)
        seconds.append(time.perf_counter() - began)
    return Times(tuple(seconds))


@contextmanager
def _watched(pipeline: Pipeline, spent: dict[str, float]) -> Iterator[Pipeline]:
    """A pipeline whose steps add their seconds to `spent`."""

    def timed(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def run(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                spent[stage] += time.perf_counter() - began

        return run

    with ExitStack() as stack:
        for stage, names in STAGES.items():
            for name in names:
                stack.enter_context(patch.object(steps, name, timed(stage, getattr(steps, name))))
        yield Pipeline(timed("label", pipeline.labeller), pipeline.model_version)


def time_stages(pipeline: Pipeline, data: bytes, runs: int) -> dict[str, Times]:
    """Time each stage, in the order of the pipeline, over `runs` runs of the whole."""
    spent = dict.fromkeys(ORDER, 0.0)
    seconds: dict[str, list[float]] = {stage: [] for stage in ORDER}
    with _watched(pipeline, spent) as watched:
        for _ in range(runs):
            spent.update(dict.fromkeys(ORDER, 0.0))
            began = time.perf_counter()
            watched.parse(data)
            total = time.perf_counter() - began
            spent["rest"] = total - sum(spent.values())
            for stage in ORDER:
                seconds[stage].append(spent[stage])
    return {stage: Times(tuple(seconds[stage])) for stage in ORDER}


_FRESH = """
import json, sys, time
data = sys.stdin.buffer.read()
began = time.perf_counter()
from nianbao.pipeline import Pipeline
imported = time.perf_counter()
pipeline = Pipeline.{maker}()
opened = time.perf_counter()
pipeline.parse(data)
parsed = time.perf_counter()
print(json.dumps([imported - began, opened - imported, parsed - opened]))
"""
#: What a fresh process does, in order; "python" is the interpreter's own start and end.
START_UP = ("import", "open", "first report", "python")


def time_start_up(data: bytes, runs: int, *, rules_only: bool) -> dict[str, Times]:
    """Time fresh processes, each from its start to its first record and its end; "whole" is the sum.

    The first one also reads the files into the page cache and is not counted.
    """
    maker = "rules_only" if rules_only else "default"
    command: Sequence[str] = (sys.executable, "-c", _FRESH.format(maker=maker))
    rows = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        done = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True)
        whole = time.perf_counter() - began
        parts = json.loads(done.stdout)
        rows.append((*parts, whole - sum(parts), whole))
    columns = zip(*rows[1:], strict=True)
    return {n: Times(c) for n, c in zip((*START_UP, "whole"), columns, strict=True)}
