"""Kill a batch, and its processes, at random moments, and compare the dataset with an undisturbed one.

    python -m benchmarks.kills --reports 200 --kills 10

A moment is drawn anew for each start, from all the time that an undisturbed run takes, so that kills
meet start-up, scoring, writing and the swap.  Then one batch runs to its end while its processes are
killed, one or two at a time.  Exit status 1 where a byte differs.
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
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.archive import write_warc
from training.synthesis.corpus import Corpus

_RUNS = ("whole", "killed", "disturbed")
#: Seconds in which a process has loaded the model, with room to spare.
_LOADED = 6.0
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
    parser.add_argument("--reports", type=int, default=400, help="and as many other pages")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("runs/kills"))
    given = parser.parse_args(arguments)
    warc = given.work / f"crawl-{given.reports}.warc.gz"
    if not warc.exists():
        write_warc(warc, given.reports, Corpus.without_data())
    for name in _RUNS:
        shutil.rmtree(given.work / name, ignore_errors=True)
    command = [sys.executable, "-m", "nianbao", "batch", str(warc), "-q", "-o"]
    began = time.monotonic()
    whole, killed, disturbed = (given.work / name for name in _RUNS)
    subprocess.run([*command, str(whole)], check=True, stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    print(f"undisturbed: {took:.0f} s")
    rng = random.Random(given.seed)
    _kill_batch([*command, str(killed)], killed, given.kills, took, rng)
    wrong = 0
    if not _kill_processes([*command, str(disturbed)], given.kills, took, rng):
        print("no process lived long enough to be killed; give more --reports")
        wrong += 1
    expected = digests(whole)
    for folder in (killed, disturbed):
        found = digests(folder)
        differing = sorted(
            {
                path
                for path in expected.keys() | found.keys()
                if expected.get(path) != found.get(path)
            }
        )
        print(f"{folder.name}: {len(expected)} files; differing: {differing or 'none'}")
        wrong += len(differing)
    return 1 if wrong else 0


def _kill_batch(command: list[str], out: Path, kills: int, took: float, rng: random.Random) -> None:
    """Start and kill so often, then let it finish."""
    done = 0
    while done < kills:
        # Of its own group, so that its workers are seen to die with it and not by this kill.
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, process_group=0)
        moment = rng.uniform(0.02, 1.0) * took / 2
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
            print(f"killed after {moment:.1f} s")
            continue
        print(f"finished before {moment:.1f} s; begun anew")
        shutil.rmtree(out)
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _kill_processes(command: list[str], kills: int, took: float, rng: random.Random) -> int:
    """Kill processes of one batch until it is done; where that ends it, start it again.  Return how
    many were killed."""
    done = 0
    while True:
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            time.sleep(rng.uniform(0.5, 1.5) * took / kills)
            found = _grown(process.pid)
            for one in rng.sample(found, min(len(found), rng.randint(1, 2))):
                with suppress(psutil.Error):
                    one.kill()
                    done += 1
        if process.returncode == 0:
            print(f"{done} of its processes killed")
            return done
        print(f"ended with status {process.returncode}; begun again")


def _grown(pid: int) -> list[psutil.Process]:
    """Return the processes of a batch that have had the time to load a model: where one after the other
    is killed before, the batch gives up, and says so."""
    try:
        below = psutil.Process(pid).children()
        return [
            one
            for one in below
            if any("spawn_main" in word for word in one.cmdline())
            and time.time() - one.create_time() > _LOADED
        ]
    except psutil.Error:
        return []


if __name__ == "__main__":
    raise SystemExit(main())
