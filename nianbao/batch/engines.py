"""Who scores: this process, or a pool of processes that ends a document alone.

An engine goes from inputs to verdicts.  One that scores what this process reads takes documents as it
has room for them, so that memory is bounded, and gives verdicts in order of completion, each under
the key that its document came with.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Final, NamedTuple, Protocol

from nianbao.batch import worker
from nianbao.batch.journal import Found
from nianbao.batch.outcome import Item
from nianbao.batch.processes import Document, Ended, Processes
from nianbao.batch.score import Model, Scorer, Verdict, Versions
from nianbao.batch.sources import SourceOptions, iter_items


class Scored(NamedTuple):
    """The verdict on the document of `key`."""

    key: str
    verdict: Verdict


class Scoring(Protocol):
    """Scoring under way.  Nothing is raised for what is wrong with a document."""

    def submit(self, document: Document) -> list[Scored]:
        """Take a document, waiting for room; return the verdicts given since the last call."""
        ...

    def drain(self) -> Iterator[Scored]:
        """Yield the verdicts on what was submitted and has none yet."""
        ...


class Engine(Protocol):
    """Something that scores."""

    def versions(self) -> Versions:
        """Return whose verdicts it gives; raises BundleError when the model cannot be loaded."""
        ...

    def steps(
        self, inputs: Sequence[str], sources: SourceOptions, known: Collection[str]
    ) -> Iterator[Found | Scored]:
        """Yield each item that is met, without its data, and each verdict as it is given.

        A document is scored when its digest is not among the `known`, which may grow meanwhile; its
        verdict comes after at least one item of its digest.  Raises InputNotFound for an input that
        is not there and BundleError when the model cannot be loaded.
        """
        ...


class Local(Engine, Protocol):
    """An engine that scores what this process reads."""

    def open(self) -> AbstractContextManager[Scoring]:
        """Begin to score; raises BundleError when the model cannot be loaded."""
        ...


def local_steps(
    engine: Local, inputs: Sequence[str], sources: SourceOptions, known: Collection[str]
) -> Iterator[Found | Scored]:
    """Read `inputs` here and let `engine` score them; a document that is being scored is not given
    out again."""
    scoring: set[str] = set()
    with engine.open() as opened:
        for item in _ahead(iter_items(inputs, sources)):
            data = item.data
            if data is None:
                yield Found(item, None)
                continue
            key = hashlib.sha256(data).hexdigest()
            yield Found(replace(item, data=None), key)
            if key in scoring or key in known:
                continue
            scoring.add(key)
            for scored in opened.submit(Document(key, data)):
                scoring.discard(scored.key)
                yield scored
        yield from opened.drain()


#: Items read at a time, and the bytes and seconds after which there are enough of them.
_AHEAD: Final = 64
_AHEAD_BYTES: Final = 2 << 20
_AHEAD_SECONDS: Final = 0.02


def _ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield `items`, some of which are read at a time: what reads them stays in the processor's cache
    (0.75 ms of this process a document, 0.9 one by one).  A slow source is not waited for."""
    some: list[Item] = []
    size, began = 0, time.monotonic()
    for item in items:
        some.append(item)
        size += len(item.data or b"")
        late = time.monotonic() - began > _AHEAD_SECONDS
        if late or len(some) >= _AHEAD or size >= _AHEAD_BYTES:
            yield from some
            some, size, began = [], 0, time.monotonic()
    yield from some


@dataclass(frozen=True, slots=True)
class Serial:
    """One document after the other in this process: no bound of time or memory can be held."""

    model: Model = field(default_factory=Model)

    def versions(self) -> Versions:
        return self.model.versions()

    def open(self) -> AbstractContextManager[Scoring]:
        return _SerialScoring(Scorer(self.model.load()))

    def steps(
        self, inputs: Sequence[str], sources: SourceOptions, known: Collection[str]
    ) -> Iterator[Found | Scored]:
        return local_steps(self, inputs, sources, known)


@dataclass(frozen=True, slots=True)
class _SerialScoring(AbstractContextManager[Scoring]):
    scorer: Scorer

    def submit(self, document: Document) -> list[Scored]:
        return [Scored(document.key, self.scorer(document.data))]

    def drain(self) -> Iterator[Scored]:
        return iter(())

    def __enter__(self) -> Scoring:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Pool:
    """A process per core; a document that takes too long or too much is ended alone.

    `make` is what each worker scores with (module-level, picklable), by default the pipeline.
    """

    model: Model = field(default_factory=Model)
    processes: int = field(default_factory=cores)
    bounds: worker.Bounds = field(default_factory=worker.Bounds)
    make: worker.Make = worker.make_scorer

    def versions(self) -> Versions:
        return self.model.versions()

    def open(self) -> AbstractContextManager[Scoring]:
        return _PoolScoring(self, self.versions())

    def steps(
        self, inputs: Sequence[str], sources: SourceOptions, known: Collection[str]
    ) -> Iterator[Found | Scored]:
        return local_steps(self, inputs, sources, known)


class _PoolScoring(AbstractContextManager[Scoring]):
    def __init__(self, pool: Pool, versions: Versions) -> None:
        self._seconds = pool.bounds.seconds
        self._versions = versions
        arguments = (pool.make, pool.model, pool.bounds)
        self._processes = Processes(pool.processes, worker.score_all, arguments, self._seconds)

    def submit(self, document: Document) -> list[Scored]:
        scored = self._scored(self._processes.take(wait=False))
        while not self._processes.has_room(len(document.data)):
            scored += self._scored(self._processes.take(wait=True))
        self._processes.give(document)
        return scored

    def drain(self) -> Iterator[Scored]:
        for one in self._processes.drain():
            yield from self._scored([one])

    def _scored(self, answers: Iterable[tuple[Document, Verdict | Ended]]) -> list[Scored]:
        return [
            Scored(document.key, self._failed(found) if isinstance(found, str) else found)
            for document, found in answers
        ]

    def _failed(self, ended: Ended) -> Verdict:
        message = (
            f"{self._seconds:g} 秒内没有处理完，已终止"
            if ended == "timeout"
            else "处理这个文件的进程意外终止"
        )
        return Verdict("failed", ended, message, None, self._versions)

    def __enter__(self) -> Scoring:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._processes.stop()
