"""What runs in a process of the pool: one scorer, loaded once, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nianbao.batch.child import obey_parent
from nianbao.batch.score import Model, Scorer, Verdict

Score = Callable[[bytes], Verdict]
Make = Callable[[Model], Score]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may take before its process is ended: seconds, and megabytes of address space
    beyond what the worker has when its model is loaded (a report takes some 30; Linux only)."""

    seconds: float = 60.0
    megabytes: int = 1024


_score: Score | None = None


def make_scorer(model: Model) -> Score:
    """Load the pipeline of `model` with all that it needs later; raises BundleError where that fails."""
    pipeline = model.load()
    pipeline.warm()
    return Scorer(pipeline)


def begin(make: Make, model: Model, bounds: Bounds) -> None:
    """Load what scores, then bound what a document may take."""
    global _score
    obey_parent()
    _score = make(model)
    bound_memory(bounds.megabytes << 20)


def score(data: bytes) -> Verdict:
    """Score one document with what `begin` has loaded."""
    if _score is None:
        raise RuntimeError("the worker has not begun")
    return _score(data)


def bound_memory(beyond: int) -> None:
    """Bound the address space to what there is now and `beyond` bytes: allocations over it fail."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        import resource

        now = int(statm.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + beyond, now + beyond))
