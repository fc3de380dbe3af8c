"""The pool of processes that reads documents, and who gets into it.

A document that takes too long or too much is ended alone, with its process; a process takes one
document at a time.  What waits is bounded in number, in bytes and in time: what is over a bound is
refused at once and told when to come again.

Documents are not batched across requests.  The windows of one report go through the model in one
call; batching several reports gains nothing (ONNX Runtime on one thread: batches above 8 windows are
no faster, and a report has more), and BentoML's adaptive batching learned a wait under a burst that
it kept: p50 of a lone client went from 13 to 59 ms and stayed there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any, Final

from nianbao.batch.score import Model
from serving.chosen import chosen
from serving.failures import Failure
from serving.logs import LOGGER
from serving.problems import retry_later
from serving.readers import Crew, Ended, NotBegun, Readers
from serving.settings import Settings
from serving.work import Answer, Task, Versions

__all__ = ["Crew", "Guard", "Held", "Load"]

_LOG: Final = logging.getLogger(LOGGER)
#: How often a document is given out: once more when its process ended unexpectedly.
_ATTEMPTS: Final = 2
#: What a process with another model has to read before it takes the place of one that reads.
TRIAL: Final = Task(
    "parse",
    "云泽市2023年政府信息公开工作年度报告\n一、总体情况\n本年度收到申请3件。\n".encode(),
    media_type="text/plain; charset=utf-8",
)


@dataclass(slots=True)
class Load:
    """What goes on: requests admitted, documents that wait for a process and that are in one, bytes
    held, and the running mean of seconds that a document takes."""

    admitted: int = 0
    waiting: int = 0
    running: int = 0
    held: int = 0
    mean: float = 0.1

    def took(self, seconds: float) -> None:
        self.mean += (seconds - self.mean) * 0.1


class Held:
    """The bytes that one request holds, counted against what all may hold together."""

    def __init__(self, load: Load, bound: int) -> None:
        self._load = load
        self._bound = bound
        self._bytes = 0

    def fits(self, count: int) -> bool:
        """Say whether `count` bytes more can be held."""
        return self._load.held + count <= self._bound

    def add(self, count: int) -> None:
        """Hold `count` bytes more; raises Problem `busy` when that is too much for all together."""
        if not self.fits(count):
            raise retry_later("busy", self._load.mean)
        self._load.held += count
        self._bytes += count

    def release(self, count: int | None = None) -> None:
        """Hold `count` bytes less, or none any more."""
        count = self._bytes if count is None else count
        self._load.held -= count
        self._bytes -= count


@dataclass
class Guard:
    """The pool.  All methods belong to one event loop."""

    settings: Settings
    crew: Crew = field(default_factory=Crew)
    load: Load = field(default_factory=Load)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.settings.processes)
        self._tasks: set[asyncio.Task[Answer]] = set()
        self._pool: Readers | None = None

    async def start(self) -> None:
        """Start the processes and wait until the first has loaded the model; raises NotBegun, and
        BundleError where there is no bundle."""
        self._pool = Readers(
            self.settings.processes, self.crew, self._with(chosen(self.settings.bundle))
        )
        try:
            await self._pool.start()
        except BaseException:
            self._pool.stop()
            raise

    async def stop(self) -> None:
        """Finish what was taken, then end the processes."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()

    async def take(self, model: Model) -> None:
        """Read documents with `model` from now on: its processes begin beside those that read, and
        take their places.  Raises NotBegun; then the old model stays, or what was begun can be
        finished by another call."""
        if self._pool is not None:
            await self._pool.replace(self._with(model), TRIAL, self.settings.bounds.seconds)

    @property
    def versions(self) -> Versions | None:
        """Whose answers it gives; while a model takes over, the newer."""
        return None if self._pool is None else self._pool.versions

    @property
    def since(self) -> datetime | None:
        """Since when these versions answer."""
        return None if self._pool is None else self._pool.since

    def _with(self, model: Model) -> tuple[Any, ...]:
        """Return what processes with `model` begin with."""
        return (model, self.settings.bounds, self.settings.log_inputs)

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[Held]:
        """Let a request in, or raise Problem `busy`: as many as there are processes, and a queue."""
        load, settings = self.load, self.settings
        if load.admitted >= settings.processes + settings.queue:
            raise retry_later("busy", load.admitted * load.mean / settings.processes)
        load.admitted += 1
        held = Held(load, settings.held_bytes)
        try:
            yield held
        finally:
            load.admitted -= 1
            held.release()

    async def run(self, task: Task, *, patient: bool = False) -> Answer:
        """Answer one task, in its turn.

        Raises Problem `busy` when its turn does not come in time, unless it is `patient`.  When the
        caller is cancelled, a task that waits is dropped and one that runs is finished: to end its
        process would cost the next document the time to load the model.
        """
        self.load.waiting += 1
        try:
            seconds = None if patient else self.settings.queue_seconds
            await asyncio.wait_for(self._slots.acquire(), seconds)
        except TimeoutError:
            raise retry_later("busy", self.settings.queue_seconds) from None
        finally:
            self.load.waiting -= 1
        running = asyncio.create_task(self._run(task))
        self._tasks.add(running)
        running.add_done_callback(self._tasks.discard)
        return await asyncio.shield(running)

    async def _run(self, task: Task) -> Answer:
        self.load.running += 1
        begun = perf_counter()
        try:
            return await self._answer(task)
        finally:
            self.load.running -= 1
            self.load.took(perf_counter() - begun)
            self._slots.release()

    async def _answer(self, task: Task) -> Answer:
        for _ in range(_ATTEMPTS):
            pool = self._pool
            if pool is None:
                raise retry_later("busy", self.settings.shutdown_seconds)
            try:
                answer = await pool.run(task, self.settings.bounds.seconds)
            except TimeoutError:
                return Answer(failure=Failure("timeout"))
            except NotBegun:
                raise retry_later("busy", self.settings.queue_seconds) from None
            except Ended as error:
                _LOG.error("crash", extra={"exit": error.status})
            else:
                if answer.failure is not None and answer.failure.fault:
                    _LOG.error("fault", extra={"at": answer.failure.fault})
                return answer
        return Answer(failure=Failure("crashed"))
