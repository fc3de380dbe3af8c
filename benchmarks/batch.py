"""How fast an archive is scored, beside the same cores calling the pipeline or trafilatura in a loop.

    python -m benchmarks.batch --reports 5000 --work runs/bench

Makes a WARC of reports and as many other pages, then times, one after the other on the same
documents: a loop over `Pipeline.parse` and over `trafilatura.extract`, the documents shared out among
processes that hold them in memory; and `nianbao batch` from the WARC to the finished dataset, with
what it starts and writes.  The loops take half of the documents before the batch and half after it, so
that a machine that gets slower slows all of them.  Rates are documents in seconds; ratios are of rates
within this run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import psutil

from benchmarks.archive import write_warc
from nianbao.batch.sources import iter_items
from training.synthesis.corpus import Corpus

PARTS = ("pipeline", "trafilatura", "batch", "scaling")
_SAMPLE_SECONDS = 0.5


def parse_all(documents: Sequence[bytes]) -> float:
    """Return the seconds that `Pipeline.parse` takes for `documents`, its loading left out."""
    from nianbao.exceptions import UnreadableInput
    from nianbao.pipeline import Pipeline

    pipeline = Pipeline.default()
    pipeline.warm()
    began = time.monotonic()
    for data in documents:
        try:
            pipeline.parse(data)
        except UnreadableInput:
            continue
    return time.monotonic() - began


def extract_all(documents: Sequence[bytes]) -> float:
    """Return the seconds that `trafilatura.extract` takes for `documents`, its loading left out."""
    import trafilatura

    trafilatura.extract("<p>页</p>")
    began = time.monotonic()
    for data in documents:
        trafilatura.extract(data)
    return time.monotonic() - began


def loop(work: Callable[[Sequence[bytes]], float], documents: list[bytes], processes: int) -> float:
    """Return the seconds of `processes` that share `documents` out.

    They are shuffled first: reports and other pages come in turns, and dealt out in their order one
    process would get all the reports.
    """
    shuffled = Random(0).sample(documents, len(documents))
    shares = [shuffled[i::processes] for i in range(processes)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        return max(pool.map(work, shares))


class Memory:
    """Resident bytes of a process and all below it, sampled while a block runs."""

    def __init__(self, pid: int) -> None:
        self.process = psutil.Process(pid)
        self.samples: list[tuple[float, int]] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        began = time.monotonic()
        while not self._done.wait(_SAMPLE_SECONDS):
            try:
                family = [self.process, *self.process.children(recursive=True)]
                total = sum(one.memory_info().rss for one in family)
            except psutil.Error:
                continue
            self.samples.append((time.monotonic() - began, total))

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def peak(self) -> int:
        return max((size for _, size in self.samples), default=0)

    def early_and_late(self) -> tuple[int, int]:
        """Return the peaks of the second and of the last tenth: the first one is start-up."""
        count = max(1, len(self.samples) // 10)
        sizes = [size for _, size in self.samples]
        return max(sizes[count : 2 * count], default=0), max(sizes[-2 * count : -count], default=0)


def batch(warc: Path, out: Path, processes: int, cores: int = 0) -> tuple[float, Memory]:
    """Return the seconds and the memory of `nianbao batch` from start to end of its process, on so many
    cores (0: all)."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "nianbao", "batch", str(warc), "-o", str(out), "-q"]
    began = time.monotonic()
    process = subprocess.Popen([*command, "-j", str(processes)], stderr=subprocess.DEVNULL)
    if cores:  # before it has started others, which get what it has
        psutil.Process(process.pid).cpu_affinity(list(range(cores)))
    with Memory(process.pid) as memory:
        if process.wait():
            raise RuntimeError(f"nianbao batch: exit status {process.returncode}")
    return time.monotonic() - began, memory


def scaling(documents: list[bytes], warc: Path, out: Path) -> dict[str, float]:
    """Return the seconds of one process: of the loop over `documents`, and of a batch.

    A batch has another process that reads, and that has a core for itself where one process scores: with
    both on one core the seconds are those that two cores are compared with.
    """
    middle = len(documents) // 4 * 2
    seconds = {"pipeline, 1 process": loop(parse_all, documents[:middle], 1)}
    seconds["batch, 1 process"] = batch(warc, out, 1)[0]
    seconds["batch, 1 core"] = batch(warc, out, 1, cores=1)[0]
    seconds["pipeline, 1 process"] += loop(parse_all, documents[middle:], 1)
    return seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--reports", type=int, default=5000, help="and as many other pages")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--data", type=Path, help="folder of official text for the pages")
    parser.add_argument("--work", type=Path, default=Path("runs/bench"))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args(arguments)
    corpus = Corpus.load(given.data) if given.data else Corpus.without_data()
    warc = given.work / f"crawl-{given.reports}.warc.gz"
    if not warc.exists():
        write_warc(warc, given.reports, corpus)
    documents = [item.data for item in iter_items([str(warc)]) if item.data is not None]
    count, processes = len(documents), given.processes
    print(f"{count} documents, {sum(map(len, documents)) / 1e6:.1f} MB, {processes} processes")
    seconds: dict[str, float] = {}
    works = {"pipeline": parse_all, "trafilatura": extract_all}
    # Reports and other pages come in turns: each half has as many of both.
    halves = [documents[: count // 4 * 2], documents[count // 4 * 2 :]]
    for half in halves:
        for name, work in works.items():
            if name in given.parts:
                seconds[name] = seconds.get(name, 0.0) + loop(work, half, processes)
        if "batch" in given.parts and half is halves[0]:
            seconds["batch"], memory = batch(warc, given.work / "out", processes)
            early, late = memory.early_and_late()
            print(
                f"batch: {seconds['batch']:.0f} s; memory {memory.peak / 1e6:.0f} MB at most,"
                f" {early / 1e6:.0f} early, {late / 1e6:.0f} late"
            )
    if "scaling" in given.parts:
        seconds |= scaling(documents, warc, given.work / "out")
    rates = {name: count / taken for name, taken in seconds.items()}
    for name, rate in rates.items():
        print(f"{name:24}{rate:8.2f} documents/s")
    for above, below in (("batch", "pipeline"), ("batch", "trafilatura"),
                         ("pipeline", "pipeline, 1 process"), ("batch", "batch, 1 process"),
                         ("batch", "batch, 1 core")):  # fmt: skip
        if above in rates and below in rates:
            print(f"{above} / {below}: {rates[above] / rates[below]:.2f}")
    (given.work / "rates.json").write_text(json.dumps(rates, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
