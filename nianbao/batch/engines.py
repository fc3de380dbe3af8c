"""Who scores: this process, or a pool of processes that ends a document alone.

An engine goes from inputs to verdicts.  One that scores what this process reads takes documents as it
has room for them, so that memory is bounded, and gives verdicts in order of completion, each under
the key that its document came with.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nianbao.batch import worker
from nianbao.batch.journal import Found
from nianbao.batch.score import Model, Scorer, Verdict, Versions
from nianbao.batch.sources import SourceOptions, iter_items

if TYPE_CHECKING:
    from pebble import ProcessPool


class Document(NamedTuple):
    """Bytes to score and the key that tells whose verdict it is."""

    key: str
    data: bytes


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
        for item in iter_items(inputs, sources):
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


#: Documents, and bytes, that are given out for each worker: one that is scored and those that wait.
_OUT = 4
_OUT_BYTES = 32 << 20
#: How often a document is given out when the pool breaks as a whole.
_ATTEMPTS = 2


@dataclass(slots=True)
class _Work:
    """A document given out, and how often it was."""

    document: Document
    attempts: int = 1


class _PoolScoring(AbstractContextManager[Scoring]):
    def __init__(self, pool: Pool, versions: Versions) -> None:
        self.settings = pool
        self.versions = versions
        self.pool = self._start()
        self.running: dict[Future[Verdict], _Work] = {}
        self.done: SimpleQueue[Future[Verdict]] = SimpleQueue()
        self.bytes_out = 0

    def _start(self) -> ProcessPool:
        from pebble import ProcessPool

        # A forked worker would inherit locks that other threads of the parent hold.
        context: Any = multiprocessing.get_context("spawn")
        settings = self.settings
        return ProcessPool(
            settings.processes,
            initializer=worker.begin,
            initargs=(settings.make, settings.model, settings.bounds),
            context=context,
        )

    def submit(self, document: Document) -> list[Scored]:
        scored: list[Scored] = []
        while self._is_full(len(document.data)):
            scored += self._collect(wait=True)
        self._give_out(_Work(document))
        return scored + self._collect(wait=False)

    def drain(self) -> Iterator[Scored]:
        while self.running:
            yield from self._collect(wait=True)

    def _is_full(self, size: int) -> bool:
        count = self.settings.processes
        too_many = len(self.running) >= _OUT * count
        return bool(self.running) and (too_many or self.bytes_out + size > _OUT_BYTES * count)

    def _give_out(self, work: _Work) -> None:
        future = self.pool.schedule(
            worker.score, (work.document.data,), timeout=self.settings.bounds.seconds
        )
        self.running[future] = work
        self.bytes_out += len(work.document.data)
        future.add_done_callback(self.done.put)

    def _collect(self, *, wait: bool) -> list[Scored]:
        """Return the verdicts given until now, waiting for the first where that is asked for."""
        scored: list[Scored] = []
        while True:
            try:
                future = self.done.get(block=wait)
            except Empty:
                return scored
            wait = False
            work = self.running.pop(future, None)
            if work is None:  # the pool broke, and all was given out anew
                continue
            self.bytes_out -= len(work.document.data)
            try:
                scored.append(Scored(work.document.key, self._verdict(future)))
            except BrokenProcessPool:
                scored += self._begin_anew(work)

    def _begin_anew(self, work: _Work) -> list[Scored]:
        """Give out what was under way to a fresh pool; return a verdict on what broke it again."""
        given_up = []
        unfinished = [work, *self.running.values()]
        self.running, self.bytes_out = {}, 0
        self._stop()
        self.pool = self._start()
        for one in unfinished:
            if one.attempts < _ATTEMPTS:
                self._give_out(_Work(one.document, one.attempts + 1))
            else:
                given_up.append(Scored(one.document.key, self._crashed()))
        return given_up

    def _verdict(self, future: Future[Verdict]) -> Verdict:
        from pebble import ProcessExpired

        try:
            return future.result()
        except TookTooLong:
            seconds = f"{self.settings.bounds.seconds:g}"
            return self._failed("timeout", f"{seconds} 秒内没有处理完，已终止")
        except ProcessExpired:
            return self._crashed()

    def _crashed(self) -> Verdict:
        return self._failed("crashed", "处理这个文件的进程意外终止")

    def _failed(self, reason: str, message: str) -> Verdict:
        return Verdict("failed", reason, message, None, self.versions)

    def _stop(self) -> None:
        self.pool.stop()
        self.pool.join()

    def __enter__(self) -> Scoring:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
