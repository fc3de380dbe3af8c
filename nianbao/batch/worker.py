"""What runs in a process of the pool: one scorer, loaded once, within bounds."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from nianbao.batch.child import obey_parent
from nianbao.batch.score import Model, Scorer, Verdict
from nianbao.exceptions import NianbaoError

Score = Callable[[bytes], Verdict]
Make = Callable[[Model], Score]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may take before its process is ended: seconds, and megabytes of address space
    beyond what the worker has when its model is loaded (a report takes some 30; Linux only)."""

    seconds: float = 60.0
    megabytes: int = 1024


def make_scorer(model: Model) -> Score:
    """Load the pipeline of `model` with all that it needs later; raises BundleError where that fails."""
    pipeline = model.load()
    pipeline.warm()
    return Scorer(pipeline)


def score_all(
    tasks: Connection, answers: Connection, make: Make, model: Model, bounds: Bounds
) -> None:
    """Do what a process of `Processes` does: load what scores, and answer each document by its verdict,
    until there is nobody who asks."""
    obey_parent()
    # Where torch is installed, spaCy imports it (by thinc): a second and 130 MB, and nobody asks for it.
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    try:
        score = make(model)
    except NianbaoError as error:
        answers.send(str(error))
        return
    except Exception as error:  # noqa: BLE001 - ONNX Runtime raises what it likes for a bad model
        answers.send(f"{type(error).__name__}: {error}")
        return
    collect_less()
    answers.send(None)
    beyond = bounds.megabytes << 20
    with contextlib.suppress(EOFError):
        while True:
            data = tasks.recv_bytes()
            bound_memory(beyond)
            answers.send(score(data))


#: Objects by which a document may grow before they are searched for circles; the default is 700.
_OBJECTS = 50_000


def collect_less() -> None:
    """Take what is loaded out of the search for circles, and search less often.

    What a document leaves behind is freed without it; its circles, some MB at most, wait for 50,000
    objects.  Saves a tenth of what a document takes outside the model (2.4 of 21.4 ms).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, 20, 20)


def bound_memory(beyond: int) -> None:
    """Bound the address space to what there is now and `beyond` bytes: allocations over it fail.

    Set anew for each document, so that each has all of it, whatever was read before: ONNX Runtime's arena
    keeps what it once reserved.
    """
    statm = Path("/proc/self/statm")
    if statm.exists():
        import resource

        now = int(statm.read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = now + beyond
        resource.setrlimit(
            resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )
