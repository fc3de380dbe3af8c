"""Measure a bundle.  See `python -m training.measure --help`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from nianbao.exceptions import NianbaoError
from training.measure.page import Point, render
from training.measure.pages import Choice, pages
from training.measure.readers import describe, read_all, readers
from training.measure.result import measured, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    given = _options().parse_args(arguments)
    records = tuple((Path(gold), Path(inputs)) for gold, inputs in given.records)
    choice = Choice(given.data, given.per_kind, given.made, given.seed, tuple(given.gold), records)
    try:
        made = list(pages(choice))
        learning = _points(given.learning) if given.learning else []
        chosen = readers(given.model, given.against)
        about = describe(chosen, made)
        outcomes = read_all(chosen, made, given.processes)
    except (NianbaoError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    found = measured(choice.seed, made, about, outcomes)
    print(table(found))
    if given.json:
        given.json.write_text(found.to_json(), encoding="utf-8")
    if given.html:
        given.html.write_text(render(found, learning), encoding="utf-8")
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.measure", description=__doc__)
    parser.add_argument("--model", type=Path, help="bundle to measure (default: the shipped one)")
    parser.add_argument("--against", type=Path, help="bundle to hold it against")
    parser.add_argument("--data", type=Path, help="folder of official text, for places and prose")
    parser.add_argument("--per-kind", type=int, default=4, help="pages of each kind of the battery")
    parser.add_argument("--made", type=int, default=60, help="made pages with spans")
    parser.add_argument("--seed", type=int, default=9501)
    parser.add_argument("--gold", type=Path, nargs="*", default=[], help="gold sets")
    parser.add_argument(
        "--records", nargs=2, action="append", default=[], metavar=("GOLD_DIR", "INPUT_DIR"),
        help="gold records and their inputs, as for nianbao evaluate",
    )  # fmt: skip
    parser.add_argument("--learning", type=Path, help="JSON of training.loop, to draw")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--html", type=Path, metavar="FILE")
    return parser


def _points(path: Path) -> list[Point]:
    """Read the points of a learning curve; raises ValueError naming the file that has none."""
    try:
        return [Point(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: no points of a learning curve: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
