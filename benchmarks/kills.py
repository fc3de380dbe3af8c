"""Kill a batch at random moments until it is done, and compare the dataset with an undisturbed one.

    python -m benchmarks.kills --reports 200 --kills 10

A moment is drawn anew for each start, from all the time that an undisturbed run takes, so that kills
meet start-up, scoring, writing and the swap.  Exit status 1 where a byte differs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.archive import write_warc
from training.synthesis.corpus import Corpus

_OURS = ("journal.sqlite", "batch.log")


def digests(directory: Path) -> dict[str, str]:
    """Return path -> SHA-256 of what makes the dataset."""
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith(_OURS)
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--reports", type=int, default=200, help="and as many other pages")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("runs/kills"))
    given = parser.parse_args(arguments)
    warc = given.work / f"crawl-{given.reports}.warc.gz"
    if not warc.exists():
        write_warc(warc, given.reports, Corpus.without_data())
    for name in ("whole", "killed"):
        shutil.rmtree(given.work / name, ignore_errors=True)
    command = [sys.executable, "-m", "nianbao", "batch", str(warc), "-q", "-o"]
    began = time.monotonic()
    subprocess.run([*command, str(given.work / "whole")], check=True, stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    print(f"undisturbed: {took:.0f} s")
    rng = random.Random(given.seed)
    killed = 0
    while killed < given.kills:
        # Of its own group, so that its workers are seen to die with it and not by this kill.
        process = subprocess.Popen(
            [*command, str(given.work / "killed")], stderr=subprocess.DEVNULL, process_group=0
        )
        moment = rng.uniform(0.02, 1.0) * took / 2
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
            print(f"killed after {moment:.1f} s")
            continue
        print(f"finished before {moment:.1f} s; begun anew")
        shutil.rmtree(given.work / "killed")
    subprocess.run([*command, str(given.work / "killed")], check=True, stderr=subprocess.DEVNULL)
    whole, again = digests(given.work / "whole"), digests(given.work / "killed")
    differing = sorted({p for p in whole.keys() | again.keys() if whole.get(p) != again.get(p)})
    print(f"{len(whole)} files; differing: {differing or 'none'}")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
