"""Run the experiments of the loop.  See `python -m training.loop --help`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nianbao.exceptions import NianbaoError
from training.files import write_text
from training.loop import bar
from training.loop.points import advantage, drawn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 1 where the bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m training.loop", description=__doc__)
    parser.add_argument("part", choices=("bar", "curve"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="official text")
    parser.add_argument("--out", type=Path, default=Path("runs/loop"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--seeds", type=int, default=5, help="of the curve: pools, draws, trainings"
    )
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        if options.part == "bar":
            found = bar.run(options.data, options.out, options.threads)
            print(json.dumps(found, ensure_ascii=False, indent=1))
            return 0 if found["met"] else 1
        curve(options)
    except (NianbaoError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def curve(options: argparse.Namespace) -> None:
    """Make the points of the curve, and write it as it is drawn."""
    from training.loop.curve import Curve  # needs what batches need, which the bar does not

    out: Path = options.out / "curve"
    made = Curve(options.data, out, options.threads)
    for line in made.run(range(options.seeds)):
        print(line, flush=True)
    for name, rare in (("curve.json", False), ("curve-new-layout.json", True)):
        text = json.dumps(drawn(made.points, rare=rare), indent=1) + "\n"
        write_text(options.out / name, text)
    found = advantage(made.points)
    write_text(options.out / "advantage.json", json.dumps(found, indent=1) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    sys.exit(main())
