"""The memory of a service over time, process by process, and how fast it grows."""

from __future__ import annotations

import statistics
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

from benchmarks.service import running

SAMPLE_SECONDS = 2.0
#: What one document takes comes and goes: a slope is that of the least of each so many seconds.
WINDOW_SECONDS = 30.0
#: The share of these in which heaps fill, left out of the slope.
LEFT_OUT = 0.25
#: A slope is told where there are so many of these: a process that lived for five minutes.
_LEAST = 10
#: Seconds in which the heaps of a new process fill.
_HEAPS_FILL = 60.0
READER = "reader"
#: Of a reader, for one large document.
FORK = "fork"


class Sample(NamedTuple):
    """Resident bytes at a time, in seconds."""

    at: float
    size: int


def floor(samples: list[Sample]) -> list[Sample]:
    """Return the least of the samples of each `WINDOW_SECONDS`, in their order."""
    least: dict[int, Sample] = {}
    for one in samples:
        window = int(one.at / WINDOW_SECONDS)
        if window not in least or one.size < least[window].size:
            least[window] = one
    return [least[window] for window in sorted(least)]


def slope(samples: list[Sample]) -> float:
    """Return the MB that a line through the floor of `samples` rises in an hour, the first left out."""
    found = floor(samples)
    kept = found[int(LEFT_OUT * len(found)) :]
    line = statistics.linear_regression([one.at for one in kept], [one.size for one in kept])
    return line.slope * 3600 / 1e6


@dataclass
class Memory:
    """Samples of the resident bytes of each process, taken until `done` is set."""

    service: running.Service
    samples: dict[int, list[Sample]] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Sample; ends early where the service does."""
        began = monotonic()
        while not self.done.wait(SAMPLE_SECONDS):
            try:
                family = self.service.family()
            except running.ServiceFailed:
                return
            named = {
                "supervisor": (family.supervisor,), "http": (family.server,),
                READER: family.readers, FORK: family.forks,
            }  # fmt: skip
            for role, processes in named.items():
                for process in processes:
                    self.roles[process.pid] = role
                    if size := running.resident(process):
                        taken = Sample(monotonic() - began, size)
                        self.samples.setdefault(process.pid, []).append(taken)

    def peak(self, role: str) -> int:
        """Return the most bytes that one process of a role had."""
        sizes = [
            one.size for pid, found in self.samples.items() if self.roles[pid] == role for one in found
        ]  # fmt: skip
        return max(sizes, default=0)

    def slopes(self, role: str) -> list[float]:
        """Return the slope of each process of a role that lived long enough to have one, MB/hour."""
        return [
            slope(found)
            for pid, found in self.samples.items()
            if self.roles[pid] == role and len(floor(found)) >= _LEAST
        ]

    def growth(self, role: str) -> float:
        """Return the MB/hour that processes of a role gain by their own age, however short they live:
        the slope that lines through the floor of each have in common, the first minute of each left
        out; 0 where none lived long enough."""
        products = squares = 0.0
        for pid, taken in self.samples.items():
            if self.roles[pid] != role:
                continue
            found = [one for one in floor(taken) if one.at - taken[0].at >= _HEAPS_FILL]
            if len(found) > 1:
                at = statistics.fmean(one.at for one in found)
                products += sum((one.at - at) * one.size for one in found)
                squares += sum((one.at - at) ** 2 for one in found)
        return products / squares * 3600 / 1e6 if squares else 0.0

    def trend(self, role: str) -> float:
        """Return the slope of the least that any process of a role has, those that follow one another
        taken together, MB/hour; 0 of too short a time."""
        found = [
            one for pid, taken in self.samples.items() if self.roles[pid] == role for one in taken
        ]  # fmt: skip
        return slope(found) if len(floor(found)) >= _LEAST else 0.0

    def figures(self) -> dict[str, Any]:
        """Return, for each role: processes there were, peak in MB, slopes in MB/hour of those that
        lived for five minutes, of all by their age, and of those that followed one another."""
        return {
            role: {
                "processes": sum(found == role for found in self.roles.values()),
                "peak_MB": round(self.peak(role) / 1e6),
                "slopes_MB/h": [round(found, 1) for found in self.slopes(role)],
                "by age_MB/h": round(self.growth(role), 1),
                "all together_MB/h": round(self.trend(role), 1),
            }
            for role in ("supervisor", "http", READER, FORK)
        }
