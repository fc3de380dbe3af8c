"""Measure the service on loopback, each measure with a service of its own, as `python -m serving` starts it.

    python -m benchmarks.service overhead ready
    python -m benchmarks.service --all --soak-minutes 20 --json runs/service/figures.json
    python -m benchmarks.service soak --soak-minutes 1 --rules-only

Prints a table for each measure and writes all of it as JSON; the exit status is 1 where a bar is missed
or a measure fails.  Times depend on the machine and on what else it does: bars of time are meant for a
quiet one.  The longest are the soak (--soak-minutes) and the mutations (some minutes).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.__main__ import machine
from benchmarks.service import kills, mutations, overhead, overload, ready, soak, swap, throughput
from benchmarks.service.plan import Plan
from benchmarks.service.results import Result, none, show, write
from nianbao.batch.engines import cores
from nianbao.pipeline import library_version

#: In the order in which they run: what needs a quiet machine first.
MEASURES: dict[str, Callable[[Plan], Result]] = {
    "ready": ready.measure,
    "overhead": overhead.measure,
    "throughput": throughput.measure,
    "overload": overload.measure,
    "kills": kills.measure,
    "swap": swap.measure,
    "mutations": mutations.measure,
    "soak": soak.measure,
}
_WIDTH = 110


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    plan = Plan()
    found = argparse.ArgumentParser(
        prog="python -m benchmarks.service",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument(
        "names", nargs="*", choices=[*MEASURES, []], metavar="NAME", help=", ".join(MEASURES)
    )
    found.add_argument("--all", action="store_true", help="every measure")
    found.add_argument("--processes", type=int, default=plan.processes, help="that read documents")
    found.add_argument("--pages", type=int, default=plan.pages, help="made pages")
    found.add_argument("--turns", type=int, default=plan.turns, help="of overhead, each time")
    found.add_argument(
        "--burst", type=int, default=plan.burst, help="requests at once, of overhead"
    )
    found.add_argument(
        "--seconds", type=float, default=plan.seconds, help="of a turn of throughput"
    )
    found.add_argument("--rounds", type=int, default=plan.rounds, help="of throughput")
    found.add_argument("--clients", type=int, default=plan.clients, help="of throughput")
    found.add_argument("--overload-seconds", type=float, default=plan.overload_seconds)
    found.add_argument("--kills", type=int, default=plan.kills)
    found.add_argument("--switches", type=int, default=plan.switches, help="of the model")
    found.add_argument("--mutations", type=int, default=plan.mutations)
    found.add_argument("--soak-minutes", type=float, default=plan.soak_minutes)
    found.add_argument("--starts", type=int, default=plan.starts)
    found.add_argument("--seed", type=int, default=plan.seed)
    found.add_argument("--rules-only", action="store_true", help="string rules, no model")
    found.add_argument("--work", type=Path, default=plan.work, help="logs and files of BentoML")
    found.add_argument("--json", type=Path, help="where the figures go, as JSON")
    return found  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    found = parser()
    given = vars(found.parse_args(arguments))
    every, names, target = given.pop("all"), given.pop("names"), given.pop("json")
    if not every and not names:
        found.error("name a measure, or give --all")
    settings: dict[str, Any] = {"rules_only": True} if given.pop("rules_only") else {}
    plan = Plan(**given, settings=settings)
    about = {
        "machine": machine(),
        "cores": cores(),
        "library": library_version(),
        "bentoml": version("bentoml"),
        "arguments": list(sys.argv[1:] if arguments is None else arguments),
    }
    console = Console(width=_WIDTH)
    console.print(about["machine"], highlight=False)
    results: list[Result] = []
    for name in MEASURES if every else names:
        results.append(_measured(name, plan))
        write(target or plan.work / "figures.json", about, results)
        show(results[-1], console)
    missed = [result.name for result in results if not result.met]
    console.print(f"missed: {', '.join(missed) or 'none'}", highlight=False)
    return 1 if missed else 0


def _measured(name: str, plan: Plan) -> Result:
    """Return what a measure found; one that fails must not cost the others."""
    began, load = time.monotonic(), os.getloadavg()[0]
    print(f"{name}: begins", file=sys.stderr, flush=True)
    try:
        result = MEASURES[name](plan)
    except Exception as error:  # noqa: BLE001 - the service may fail in any way
        failed = f"{type(error).__name__}: {error}"
        return Result(name, {"failed": failed}, (none("failures of the measure", 1),))
    about = {
        "seconds": round(time.monotonic() - began),
        "load before": round(load, 1),
        "load after": round(os.getloadavg()[0], 1),
    }
    return Result(name, {**result.figures, "run": about}, result.bars)


if __name__ == "__main__":
    raise SystemExit(main())
