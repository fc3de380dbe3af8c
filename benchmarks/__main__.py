"""Print how long one report takes, warm and on one core, and how long a fresh process needs.

    python -m benchmarks                      the model, about 10,000 characters, several layouts
    python -m benchmarks --rules-only         the same with the string rules
    python -m benchmarks --layout html --runs 100

Nothing is asserted: times depend on the machine, and on what else it does.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.inputs import CHOICES, DEFAULT_LAYOUTS, Input, make_input
from benchmarks.measure import ORDER, Times, pin, time_stages, time_start_up, time_whole
from nianbao.exceptions import BundleError
from nianbao.pipeline import Pipeline

WIDTH = 110


def machine() -> str:
    """Describe the machine in a line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = (line for line in info.read_text().splitlines() if line.startswith("model name"))
        model = next(names, f":{model}").split(":", 1)[1].strip()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{model}, {os.cpu_count()} cores{load}; {platform.system()}, Python "
        f"{platform.python_version()}"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def _table(title: str, first: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def whole_table(rows: Sequence[tuple[Input, Times]]) -> Table:
    """Bytes to record, milliseconds."""
    table = _table(
        "bytes to record, warm, ms",
        "layout",
        ("bytes", "characters", "median", "min", "max", "IQR"),
    )
    for made, times in rows:
        figures = (times.median, min(times.seconds), max(times.seconds), times.iqr)
        table.add_row(made.layout, str(len(made.data)), str(made.characters), *map(_ms, figures))
    return table


def stage_table(rows: Sequence[tuple[Input, dict[str, Times]]]) -> Table:
    """The median of each stage, milliseconds."""
    table = _table("by stage, median ms", "layout", ORDER)
    for made, stages in rows:
        table.add_row(made.layout, *(_ms(stages[stage].median) for stage in ORDER))
    return table


def start_table(parts: dict[str, Times]) -> Table:
    """A fresh process, milliseconds."""
    table = _table("fresh process to first record, ms", "part", ("median", "min", "max"))
    for name, times in parts.items():
        figures = (times.median, min(times.seconds), max(times.seconds))
        table.add_row(name, *map(_ms, figures))
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=30, help="timed runs of each layout")
    parser.add_argument("--starts", type=int, default=5, help="fresh processes; 0 for none")
    parser.add_argument("--layout", action="append", choices=CHOICES, help="may be repeated")
    parser.add_argument("--rules-only", action="store_true", help="string rules, no model")
    options = parser.parse_args(arguments)
    if options.runs < 1 or options.starts < 0:
        parser.error("--runs must be 1 or more, --starts 0 or more")
    core = pin()
    try:
        pipeline = Pipeline.rules_only() if options.rules_only else Pipeline.default()
    except BundleError as error:
        print(error, file=sys.stderr)
        return 2
    inputs = [make_input(layout) for layout in options.layout or DEFAULT_LAYOUTS]
    console = Console(width=WIDTH)
    console.print(machine(), highlight=False)
    pinned = "not pinned to a core" if core is None else f"pinned to core {core}"
    console.print(f"{pipeline.model_version}; {pinned}; {options.runs} runs", highlight=False)
    console.print(whole_table([(i, time_whole(pipeline, i.data, options.runs)) for i in inputs]))
    console.print(stage_table([(i, time_stages(pipeline, i.data, options.runs)) for i in inputs]))
    if options.starts:
        parts = time_start_up(inputs[0].data, options.starts, rules_only=options.rules_only)
        console.print(start_table(parts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
