"""From official text to the bundle, by one command.

    python -m training                          what the shipped model was made with
    python -m training --out runs/trial --bundle runs/trial/bundle --steps 100

vocabulary -> pretrain -> batches -> finetune -> narrow -> export; each step is a command of its own, which is
printed before it runs.  Seeds and counts of steps are fixed, so that the same data, machine and number
of threads make the same bundle.  Run again, it skips what is finished and goes on with what is not.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PRETRAIN_SEED, FIRST_EXAMPLE, FINETUNE_SEED = 7, 0, 11
RATE, NARROW_RATE = "2e-3", "1e-3"
#: The width of the feed-forward layers that ships.
INTERMEDIATE = "128"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the chain: `python -m training.<module> <arguments>`.

    `output` is what must be there for the step to count as finished; `resumes` says that an
    unfinished run goes on with `--resume` (the others go on, or begin anew, by themselves).
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    output: Path
    resumes: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        return ("-m", f"training.{self.module}", *self.arguments)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line; `base` is a checkpoint to start from in place of our own
    pre-training."""

    data: Path
    out: Path
    bundle: Path
    pretrain_steps: int
    examples: int
    steps: int
    narrow_steps: int
    threads: int
    version: str
    base: str | None


def plan(options: Options) -> list[Step]:
    """Return the steps in order."""
    out, threads = options.out, str(options.threads)
    vocabulary, shards, tagger = out / "vocab.txt", out / "shards", out / "tagger"
    narrow = out / "narrow"
    encoder = out / "pretrain" / "encoder.pt"
    text = ("--data", str(options.data), "--vocab", str(vocabulary))
    steps: list[Step] = []
    if options.base:
        printing = ("--base", options.base, "--print-vocab", str(vocabulary))
        steps.append(Step("vocabulary", "finetune", printing, vocabulary))
        start = ("--base", options.base)
    else:
        counting = ("--data", str(options.data), "--out", str(vocabulary))
        steps.append(Step("vocabulary", "vocabulary", counting, vocabulary))
        counts = ("--steps", str(options.pretrain_steps), "--seed", str(PRETRAIN_SEED))
        reading = (*text, "--out", str(encoder.parent), *counts, "--threads", threads)
        steps.append(Step("pretrain", "pretrain", reading, encoder, resumes=True))
        start = ("--encoder", str(encoder))
    making = ("--count", str(options.examples), "--start-seed", str(FIRST_EXAMPLE))
    making = (*text, "--out", str(shards), *making, "--workers", threads)
    steps.append(Step("batches", "batches", making, shards / "settings.json"))
    shown = (*text, "--shards", str(shards), "--seed", str(FINETUNE_SEED), "--threads", threads)
    tuning = (*start, *shown, "--out", str(tagger))
    tuning = (*tuning, "--rate", RATE, "--steps", str(options.steps))
    wide, best = tagger / "tagger.pt", narrow / "tagger.pt"
    steps.append(Step("finetune", "finetune", tuning, wide, resumes=True))
    smaller = ("--narrow", str(wide), "--intermediate", INTERMEDIATE, *shown, "--out", str(narrow))
    smaller = (*smaller, "--rate", NARROW_RATE, "--steps", str(options.narrow_steps))
    steps.append(Step("narrow", "finetune", smaller, best, resumes=True))
    shipping = ("--tagger", str(best), "--out", str(options.bundle), "--version", options.version)
    steps.append(Step("export", "export", shipping, options.bundle / "manifest.json"))
    return steps


def run(steps: Sequence[Step], folder: Path, execute: Callable[[tuple[str, ...]], None]) -> None:
    """Run what is not finished, in order, and note in `folder` what was.

    Raises ValueError for a step that was begun with other options, whose output the rest would be
    mixed with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    renewed = False
    for step in steps:
        note = folder / f"{step.name}.step.json"
        before = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
        if before and before["command"] != list(step.command) and step.name != "export":
            raise ValueError(f"{folder} holds a {step.name} of other options; give another --out")
        same = before.get("finished") and before["command"] == list(step.command)
        if same and step.output.exists() and not renewed:
            print(f"# {step.name}: finished before", flush=True)
            continue
        renewed = True
        begun = before and not before["finished"]
        command = step.command + (("--resume",) if step.resumes and begun else ())
        _note(note, step, finished=False)
        print(f"python {shlex.join(command)}", flush=True)
        execute(command)
        _note(note, step, finished=True)


def _note(path: Path, step: Step, *, finished: bool) -> None:
    state = {"command": list(step.command), "finished": finished}
    path.write_text(json.dumps(state, ensure_ascii=False) + "\n", encoding="utf-8")


def execute(command: tuple[str, ...]) -> None:
    subprocess.run((sys.executable, *command), check=True)


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="official text")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="what lies in between")
    parser.add_argument("--bundle", type=Path, default=Path("models/tagger"))
    parser.add_argument("--pretrain-steps", type=int, default=2800)
    parser.add_argument("--examples", type=int, default=36_000, help="made reports")
    parser.add_argument("--steps", type=int, default=9000, help="of fine-tuning")
    parser.add_argument("--narrow-steps", type=int, default=6000, help="of making it smaller")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--version", default="1.3.0", help="of the bundle")
    parser.add_argument(
        "--base", help="start from this checkpoint of the BERT family, no pre-training"
    )
    return Options(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Train from the command line; return the exit status."""
    options = read_options(arguments)
    try:
        run(plan(options), options.out, execute)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(
            f"{shlex.join(map(str, error.cmd[1:]))}: exit status {error.returncode}",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
