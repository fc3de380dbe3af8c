"""Judge a candidate.  See `python -m training.gate --help`; the status is 1 where it is refused."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nianbao.bundle import Bundle
from nianbao.exceptions import NianbaoError
from training.files import write_text
from training.gate.gate import Means, Outcome, Places, Watched, decide
from training.gate.regression import regression_pages
from training.gate.slices import frozen, gold_pages
from training.retrain.goldset import divided, files_sha256, read_files
from training.splits import read_splits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 passed, 1 refused, 2 not judged."""
    options = _options().parse_args(arguments)
    places = Places.of(options.candidate)
    try:
        candidate, current = Bundle.load(places.bundle), Bundle.load(options.current)
        watched = watch(options.data, options.gold, options.splits)
        means = Means(options.workers, options.kept, lambda line: print(line, flush=True))
        outcome = decide(candidate, current, watched, means)
    except (NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    path = options.out or places.gate
    write_text(path, outcome.to_json())
    print(report(outcome))
    print(f"{path}: {'passed' if outcome.passed else 'refused'}")
    return 0 if outcome.passed else 1


def watch(data: Path | None, gold: Sequence[Path] = (), splits: Path | None = None) -> Watched:
    """Return what is watched by default, and the gold of the test side where there is some.

    Raises ExchangeError, SplitError, RegressionSetChanged and OSError.
    """
    pages = list(frozen(data))
    if gold and splits is not None:
        documents = divided(read_files(gold), read_splits(splits), files_sha256(gold))
        pages += gold_pages(documents.test)
    return Watched(pages, list(regression_pages()))


def report(outcome: Outcome) -> str:
    """Return the checks as lines for people, those that failed last."""
    ordered = sorted(outcome.checks, key=lambda check: not check.passed)
    return "\n".join(check.line() for check in ordered)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.gate", description=__doc__)
    parser.add_argument("candidate", type=Path, help="a proposal, or the folder of a bundle")
    parser.add_argument("--current", type=Path, help="the bundle to compare with; the shipped one")
    parser.add_argument(
        "--data", type=Path, help="folder of official text; without it invented places"
    )
    parser.add_argument(
        "--gold", type=Path, nargs="+", default=[], help="gold; its test side is judged"
    )
    parser.add_argument("--splits", type=Path, help="the split of the gold")
    parser.add_argument("--workers", type=int, default=2, help="processes that read")
    parser.add_argument("--kept", type=Path, default=Path("runs/judged"), help="figures of before")
    parser.add_argument("--out", type=Path, help="where to write gate.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
