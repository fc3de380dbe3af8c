"""A candidate in the shadow of the current model: what would change in the last batch.

    python -m training.shadow runs/retrain/…/proposal dataset
    python -m training.shadow runs/retrain/…/proposal crawl.warc.gz pages/

The first reads the inputs of a dataset again, with the candidate, and compares; the second reads inputs
with both models.  Nothing that is in use is touched.  `shadow.json` has every changed cell.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from nianbao.batch.build import build
from nianbao.batch.engines import Pool
from nianbao.batch.manifest import MANIFEST
from nianbao.batch.review.diff import CellChange, Difference, diff, write_json
from nianbao.batch.review.diff_text import render_text
from nianbao.batch.run import Options
from nianbao.batch.score import Model
from nianbao.bundle import Bundle
from nianbao.exceptions import NianbaoError
from training.gate.gate import Places, bundle_sha256

JSON: Final = "shadow.json"
#: Cells that are told of one report, and that are looked at for the text at all; the JSON has all.
TOLD, LOOKED_AT = 3, 100_000


def shadow(candidate: Path, batch: Sequence[str], out: Path, options: Shadowing) -> Path:
    """Read `batch` (one dataset, or inputs) with `candidate` into `out`, and return the dataset to
    compare with: the given one, or what the current model makes of the inputs.

    Run again, it goes on.  Raises what `nianbao.batch.build.build` raises.
    """
    known = inputs_of(Path(batch[0])) if len(batch) == 1 else None
    inputs = batch if known is None else known
    if known is None:
        _build(inputs, out / "current", Model(folder=options.current), options.processes)
    _build(inputs, out / "candidate", Model(folder=candidate), options.processes)
    return out / "current" if known is None else Path(batch[0])


class Shadowing(argparse.Namespace):
    """What a shadow run works with."""

    current: Path | None
    processes: int


def inputs_of(folder: Path) -> list[str] | None:
    """Return the inputs that a dataset was made from, None for a folder that is no dataset."""
    try:
        found: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    inputs = found.get("inputs") if isinstance(found, dict) else None
    return [str(one) for one in inputs] if inputs and "dataset_version" in found else None


def _build(inputs: Sequence[str], folder: Path, model: Model, processes: int) -> None:
    engine = Pool(model=model, processes=processes)
    build(inputs, folder, Options(engine=engine, since_model=True))


def by_report(found: Difference) -> list[str]:
    """Return a line for each report whose cells would change, the most changes first."""
    reports: dict[str, list[CellChange]] = {}
    for change in found.cells:
        reports.setdefault(change.new_report, []).append(change)
    ordered = sorted(reports.values(), key=lambda changes: -len(changes))
    return [_report_line(changes) for changes in ordered]


def _report_line(changes: Sequence[CellChange]) -> str:
    first = changes[0]
    who = f"{first.agency or '机关不详'} {first.year or '年度不详'}（{first.new_report[:12]}）"
    told = "；".join(
        f"{one.path} {_shown(one.old_value)} → {_shown(one.new_value)}" for one in changes[:TOLD]
    )
    return f"{who}：{len(changes)} 个单元格，{told}{'；…' if len(changes) > TOLD else ''}"


def _shown(value: object) -> str:
    return "空" if value is None else f"{value:f}" if not isinstance(value, int) else str(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 compared, 2 not compared."""
    parser = argparse.ArgumentParser(prog="python -m training.shadow", description=__doc__)
    parser.add_argument("candidate", type=Path, help="a proposal, or the folder of a bundle")
    parser.add_argument("batch", nargs="+", help="a dataset of nianbao batch, or its inputs")
    parser.add_argument("--current", type=Path, help="the bundle in use; the shipped one")
    parser.add_argument("--out", type=Path, help="where both datasets lie (runs/shadow/…)")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments, Shadowing())
    try:
        bundle = Bundle.load(Places.of(options.candidate).bundle)
        out: Path = options.out or Path("runs/shadow") / bundle_sha256(bundle)[:12]
        old = shadow(bundle.path, options.batch, out, options)
        found = diff(old, out / "candidate", most_cells=LOOKED_AT)
        with open(out / JSON, "w", encoding="utf-8", newline="\n") as stream:
            write_json(old, out / "candidate", stream)
    except (NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    console = Console(width=120, highlight=False)
    render_text(found, console)
    for line in by_report(found):
        console.print(line, markup=False)
    print(out / JSON)
    return 0


if __name__ == "__main__":
    sys.exit(main())
