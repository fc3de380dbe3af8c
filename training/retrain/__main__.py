"""Retrain from gold, and leave a proposal.  See `python -m training.retrain --help`.

The work of one set of gold, one current model and one recipe has a folder of its own below `--out`; run
again with the same, it goes on where it was killed, and does nothing where it was finished.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nianbao.bundle import MANIFEST, Bundle
from nianbao.exceptions import NianbaoError
from training import __main__ as chain
from training.gate.__main__ import watch
from training.gate.gate import Means
from training.provenance import STORY
from training.retrain.goldset import GoldSet, divided, files_sha256, read_files
from training.retrain.proposal import WORDS, measure
from training.retrain.run import (
    Job,
    Log,
    Recipe,
    Start,
    export,
    next_version,
    replay_folder,
    train,
)
from training.splits import grow_splits

#: From the base there is all to learn: the pages, the steps and the rate of the first training.
FROM_BASE = Recipe(pages=36_000, rounds=1.1, rate=2e-3, measurements=12, patience=12)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 proposed, 1 not proposed."""
    options = _options().parse_args(arguments)
    began = time.monotonic()

    def log(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

    try:
        proposal = retrain(options, log)
    except (NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd}: exit status {error.returncode}", file=sys.stderr)
        return 1
    print((proposal / WORDS).read_text(encoding="utf-8"))
    print(proposal)
    return 0


def retrain(options: argparse.Namespace, log: Log) -> Path:
    """Do what the command line says and return the folder of the proposal."""
    gold = read_gold(options.gold, options.splits)
    log(f"gold {gold.sha256[:12]}: {gold}")
    start = Start(Bundle.load(options.current), _base(options) if options.from_base else None)
    recipe = FROM_BASE if options.from_base else Recipe()
    recipe = replace(recipe, **{n: v for n in _TUNED if (v := getattr(options, n)) is not None})
    made = replay_folder(options.out, recipe, start.vocabulary())
    job = Job(start, gold, options.data, made, recipe, options.threads)
    folder = options.out / job.key()
    proposal = folder / "proposal"
    log(f"in {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    state = train(job, folder, log)
    version = options.version or next_version(start.current.manifest.version, job.key())
    bundle = proposal / "bundle"
    if not _exported(bundle, version):
        export(job, state, bundle, version)
        log(f"exported {version}")
    if not (proposal / WORDS).exists():
        watched = watch(options.data, options.gold, options.splits)
        means = Means(options.threads, options.kept, log)
        measure(Bundle.load(bundle), job, watched, means, proposal)
        log("measured")
    return proposal


def _exported(bundle: Path, version: str) -> bool:
    """Say whether the bundle is there, with all of its files."""
    if not (bundle / MANIFEST).exists():
        return False
    manifest = Bundle.load(bundle).manifest
    return manifest.version == version and STORY in manifest.files


def read_gold(paths: Sequence[Path], splits: Path) -> GoldSet:
    """Return the gold of `paths` by sides, the split in the file `splits` grown by its agencies."""
    documents = read_files(paths)
    grown = grow_splits(splits, (one.subject for one in documents))
    return divided(documents, grown, files_sha256(paths))


def _base(options: argparse.Namespace) -> Path:
    """Pre-train, where that was not done, and return the encoder."""
    out: Path = options.out / "base"
    where = ["--data", str(options.data), "--out", str(out), "--threads", str(options.threads)]
    steps = chain.plan(chain.read_options(where))
    first = [step for step in steps if step.name in ("vocabulary", "pretrain")]
    chain.run(first, out, chain.execute)
    return first[-1].output


_TUNED = ("seed", "pages", "rounds", "rate")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.retrain", description=__doc__)
    parser.add_argument(
        "--gold", type=Path, nargs="+", required=True, help="gold.jsonl, or several"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="official text")
    parser.add_argument("--out", type=Path, default=Path("runs/retrain"))
    parser.add_argument("--current", type=Path, help="the bundle to start from; the shipped one")
    parser.add_argument("--splits", type=Path, default=Path("runs/splits.json"),
                        help="which agencies and sites are on which side; only ever grows")  # fmt: skip
    parser.add_argument("--from-base", action="store_true", help="from pre-training on, for hours")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--pages", type=int, help=f"made pages among the gold ({Recipe().pages})")
    parser.add_argument(
        "--rounds", type=float, help=f"over gold and made pages ({Recipe().rounds})"
    )
    parser.add_argument("--rate", type=float, help=f"peak learning rate ({Recipe().rate})")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--version", help="of the bundle; the next one, with the key of this work")
    parser.add_argument("--kept", type=Path, default=Path("runs/judged"), help="figures of before")
    return parser


if __name__ == "__main__":
    sys.exit(main())
