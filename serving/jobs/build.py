"""The process that builds one job: `python -m serving.jobs.build FOLDER PARENT`, by the consumer.

It may be killed at any moment; started again, it goes on from the journal of the batch.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from nianbao.batch.build import JOURNAL, build
from nianbao.batch.child import die_with_parent
from nianbao.batch.engines import Engine, Pool, Scored
from nianbao.batch.journal import Found, Journal
from nianbao.batch.run import Options, Progress
from nianbao.batch.score import Versions
from nianbao.batch.sources import SourceOptions
from nianbao.batch.sources.names import shown
from serving.chosen import chosen
from serving.jobs.records import Counts, Fault, Job, now
from serving.jobs.results import write_results
from serving.jobs.store import COUNTS, DATASET, FAULT, INPUT, JOB, RESULTS, read, write
from serving.settings import Settings, load

#: Seconds between two looks at how far it is.
_SHOWN_SECONDS: Final = 0.5
#: What requests that wait for an answer are before.
_NICE: Final = 10
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An engine that reads names of uploaded files in `folder`, and gives places these names, as
    `nianbao batch` does that is called there.  To go there instead would let Python import them."""

    engine: Engine
    folder: Path

    def versions(self) -> Versions:
        return self.engine.versions()

    def steps(
        self, inputs: Sequence[str], sources: SourceOptions, known: Collection[str]
    ) -> Iterator[Found | Scored]:
        paths = [str(self.folder / name) for name in inputs]
        before = shown(str(self.folder)) + "/"
        for step in self.engine.steps(paths, sources, known):
            if isinstance(step, Scored):
                yield step
                continue
            item = step.item
            named = replace(item.place, source=item.place.source.removeprefix(before))
            yield Found(replace(item, place=named), step.sha256)


@dataclass(slots=True)
class Tally:
    """Counts what a batch meets, with what an earlier run has found out: a `Watch`."""

    path: Path
    statuses: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    shown: float = 0.0

    def __call__(self, progress: Progress, step: Found | Scored) -> None:
        if isinstance(step, Scored):
            self.statuses[step.key] = step.verdict.status
            self.counts[step.verdict.status] += self.waiting.pop(step.key, 0)
        elif step.item.problem is not None:
            self.counts[step.item.problem.status] += 1
        elif (status := self.statuses.get(step.sha256 or "")) is not None:
            self.counts[status] += 1
        else:
            self.waiting[step.sha256 or ""] += 1
        if time.monotonic() - self.shown > _SHOWN_SECONDS:
            self.show(progress)

    def show(self, progress: Progress) -> None:
        """Write down how far it is."""
        self.shown = time.monotonic()
        write(self.path, Counts(progress.met, bytes=progress.read, updated=now(), **self.counts))


def work(folder: Path, settings: Settings) -> None:
    """Build the dataset and the results of the job in `folder`; raises what `build` raises."""
    job = read(folder / JOB, Job)
    if job is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    dataset, results = folder / DATASET, folder / RESULTS
    tally = Tally(folder / COUNTS, _statuses(dataset / JOURNAL))
    engine = Uploaded(Pool(chosen(settings.bundle), settings.jobs_processes), folder / INPUT)
    # A model that was changed between two runs makes all anew: a job has records of one model.
    options = Options(engine, SourceOptions(**msgspec.structs.asdict(job.fields)), since_model=True)
    names = [file.name for file in job.files]
    built = build(names, dataset, options, processes=settings.jobs_processes, watch=tally)
    tally.counts = Counter[str](built.summary.documents)
    tally.show(replace(built.progress, read=job.bytes))
    part = results.with_name(f".{results.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(results, ignore_errors=True)
    with Journal(dataset / JOURNAL) as journal:
        write_results(journal.outcomes(engine.versions()), dataset, part)
    part.rename(results)


def _statuses(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with Journal(path) as journal:
        return journal.statuses()


def main(folder: Path) -> int:
    """Work on the job in `folder`, and return the exit status: 1 with why in `fault.json`."""
    os.nice(_NICE)
    try:
        work(folder, load())
    except Exception as error:  # noqa: BLE001 - whatever it is ends this job alone, with a word why
        write(folder / FAULT, _fault(error))
        return 1
    return 0


def _fault(error: Exception) -> Fault:
    full = isinstance(error, OSError) and error.errno in _FULL
    at: Any = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = "" if at is None else f"{at.tb_frame.f_code.co_name}:{at.tb_lineno}"
    return Fault("storage_full" if full else "internal_error", type(error).__name__, place)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[2]))
    sys.exit(main(Path(sys.argv[1])))
