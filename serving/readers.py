"""Processes that read documents, one document at a time each, every one at a pipe of its own.

No pool of a library: theirs share a queue, and a process that is killed while it holds the queue's lock
keeps it.  With pebble, one that was killed while it took a document lost the document, and the others
stood still for the minute after which pebble gives a lock up; here the end of a pipe tells at once.

They can be replaced by such as begin otherwise (with another model) while documents are read: the new
ones begin beside the old, a few at a time, and each that has shown that it can read takes the place of
an old one, which finishes what it has.  So there are never fewer processes than before, and never more
than a quarter of them besides what still finishes.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Final, NamedTuple

from serving import work
from serving.logs import LOGGER
from serving.work import Answer, Task, Versions

_LOG: Final = logging.getLogger(LOGGER)
#: Seconds after which another process is started in place of one that ended before it had begun.
_PAUSE: Final = 2.0
#: Longest wait for a process that has loaded the model, in seconds; one loads in a few.
_LOAD_SECONDS: Final = 120.0


class Crew(NamedTuple):
    """What the processes run, all of it module-level: how each begins, what tells its versions, and
    what answers a task."""

    begin: Callable[..., None] = work.begin
    versions: Callable[[], Versions] = work.versions
    call: Callable[[Task], Answer] = work.call


class Ended(Exception):
    """The process that had the document ended unexpectedly, with this status."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class NotBegun(Exception):
    """No process can begin, or none has in time; the message says why."""


@dataclass(slots=True, eq=False)
class _Reader:
    """A process; what it began with, whether it is one of the number and so is replaced when it ends,
    and what it is at."""

    process: SpawnProcess
    link: Connection
    arguments: tuple[Any, ...]
    has_place: bool
    versions: Versions | None = None
    is_busy: bool = False
    is_late: bool = False

    def exchange(self, task: Task) -> Any:
        """Hand a task over and return the answer; raises EOFError or OSError when the process ends."""
        self.link.send(task)
        answer, stays = self.link.recv()
        if not stays:
            self.process.join()  # so that nobody takes it for one that can read
        return answer


class Readers:
    """So many processes; one that ends is replaced.  All methods belong to one event loop."""

    def __init__(self, count: int, crew: Crew, arguments: tuple[Any, ...]) -> None:
        self._count = count
        self._crew = crew
        self._arguments = arguments
        self._all: set[_Reader] = set()
        self._idle: asyncio.Queue[_Reader] = asyncio.Queue()
        self._loading: set[asyncio.Task[None]] = set()
        # One for each process, and for each that takes the place of one whose end is not seen yet.
        self._threads = ThreadPoolExecutor(2 * count, thread_name_prefix="reader")
        self._is_stopped = False
        self.versions: Versions | None = None
        self.since = datetime.now(UTC)

    async def start(self) -> None:
        """Start the processes and wait for the first that has begun; raises NotBegun when it cannot."""
        self._first: asyncio.Future[_Reader] = asyncio.get_running_loop().create_future()
        # multiprocessing waits for its processes when this one ends by an error.
        atexit.register(self._kill)
        for _ in range(self._count):
            self._begin()
        self._answer_with(await self._first)

    async def replace(self, arguments: tuple[Any, ...], trial: Task, seconds: float) -> None:
        """Replace the processes by such as begin with `arguments` and answer `trial` in time.

        Raises NotBegun when one does not.  Where that is the first, nothing has changed; later ones
        can be had by another call.
        """
        while old := self._others(arguments):
            is_first = arguments != self._arguments
            count = 1 if is_first else min(len(old), max(1, self._count // 4))
            found = await asyncio.gather(
                *(self._newcomer(arguments, trial, seconds) for _ in range(count)),
                return_exceptions=True,
            )
            for newcomer in found:
                if isinstance(newcomer, _Reader):
                    self._arguments = arguments
                    self._seat(newcomer)
            for error in found:
                if isinstance(error, BaseException):
                    raise error

    async def _newcomer(self, arguments: tuple[Any, ...], trial: Task, seconds: float) -> _Reader:
        """Return a process without a place that has begun and has answered `trial`."""
        reader = self._spawn(arguments, has_place=False)
        try:
            await self._begun(reader)
            answer = await self._exchange(reader, trial, seconds)
        except (TimeoutError, Ended) as error:
            reader.process.kill()
            raise NotBegun(f"the trial document ended the process: {error!r}") from error
        except BaseException:
            reader.process.kill()
            raise
        if answer.failure is not None:
            reader.process.kill()
            raise NotBegun(f"the trial document was not read: {answer.failure.code}")
        return reader

    def _seat(self, newcomer: _Reader) -> None:
        """Give a newcomer the place of an old process, of one that is idle if there is any."""
        old = self._others(newcomer.arguments)
        if not old:  # they ended by themselves and are replaced already
            newcomer.process.kill()
            return
        leaving = min(old, key=lambda reader: reader.is_busy)
        leaving.has_place = False
        newcomer.has_place = True
        self._answer_with(newcomer)
        self._rest(newcomer)
        if not leaving.is_busy:
            leaving.process.kill()

    def _others(self, arguments: tuple[Any, ...]) -> list[_Reader]:
        """Return the processes with a place that began with other arguments."""
        return [r for r in self._all if r.has_place and r.arguments != arguments]

    def _answer_with(self, reader: _Reader) -> None:
        if reader.versions != self.versions:
            self.versions, self.since = reader.versions, datetime.now(UTC)

    async def run(self, task: Task, seconds: float) -> Answer:
        """Answer a task with the first process that is free.

        Raises TimeoutError when that takes longer than `seconds` (the process is ended), Ended when
        the process ends by itself, and NotBegun when there is none in time.
        """
        reader = await self._free()
        answer = await self._exchange(reader, task, seconds)
        self._rest(reader)
        return answer

    async def _exchange(self, reader: _Reader, task: Task, seconds: float) -> Answer:
        loop = asyncio.get_running_loop()
        reader.is_busy = True

        def end() -> None:
            reader.is_late = True
            reader.process.kill()

        timer = loop.call_later(seconds, end)
        try:
            answer: Answer = await loop.run_in_executor(self._threads, reader.exchange, task)
        except (EOFError, OSError):
            if reader.is_late:
                raise TimeoutError from None
            raise Ended(reader.process.exitcode) from None
        except BaseException:
            reader.process.kill()  # what it is at is not known
            raise
        finally:
            timer.cancel()
        reader.is_busy = False
        return answer

    def _rest(self, reader: _Reader) -> None:
        """Have a process wait for the next document, unless another has taken its place."""
        if not reader.has_place:
            reader.process.kill()
        elif not reader.is_late:
            self._idle.put_nowait(reader)

    def stop(self) -> None:
        """End all processes, whatever they do."""
        self._is_stopped = True
        self._kill()
        for reader in self._all:
            asyncio.get_running_loop().remove_reader(reader.process.sentinel)
            reader.process.join()
        self._threads.shutdown(wait=False)
        atexit.unregister(self._kill)

    def _kill(self) -> None:
        for reader in self._all:
            reader.process.kill()

    async def _free(self) -> _Reader:
        try:
            async with asyncio.timeout(_LOAD_SECONDS):
                while True:
                    reader = self._newest(await self._idle.get())
                    if reader.has_place and reader.process.is_alive():
                        return reader
        except TimeoutError:
            raise NotBegun(f"no process has begun within {_LOAD_SECONDS:g} s") from None

    def _newest(self, reader: _Reader) -> _Reader:
        """Return `reader`, or one that waits too and is no old one while others are replaced."""
        for _ in range(self._idle.qsize()):
            if reader.arguments == self._arguments:
                break
            self._idle.put_nowait(reader)
            reader = self._idle.get_nowait()
        return reader

    def _begin(self) -> None:
        """Start a process that has a place."""
        if self._is_stopped:
            return
        loading = asyncio.get_running_loop().create_task(
            self._load(self._spawn(self._arguments, has_place=True))
        )
        self._loading.add(loading)
        loading.add_done_callback(self._loading.discard)

    def _spawn(self, arguments: tuple[Any, ...], *, has_place: bool) -> _Reader:
        # Here and not in a thread that ends: the kernel ends a process with the thread that started
        # it.  A forked process would inherit locks that other threads of this one hold.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work.answer_all, args=(theirs, *self._crew, arguments), name="reader"
        )
        process.start()
        theirs.close()
        reader = _Reader(process, ours, arguments, has_place)
        self._all.add(reader)
        asyncio.get_running_loop().add_reader(process.sentinel, self._ended, reader)
        return reader

    async def _begun(self, reader: _Reader) -> None:
        """Wait until a process has begun; raises NotBegun."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, reader.link.recv
            )  # fmt: skip
        except (EOFError, OSError):
            found = "a process ended before it had begun"
        if isinstance(found, str):
            raise NotBegun(found)
        reader.versions = found

    async def _load(self, reader: _Reader) -> None:
        """Wait until a process has begun, and have it wait for documents."""
        try:
            await self._begun(reader)
        except NotBegun as error:
            if self._is_stopped or not reader.has_place:
                return
            _LOG.error("not begun", extra={"error": str(error)})
            if not self._first.done():
                self._first.set_exception(error)
            return
        if not self._first.done():
            self._first.set_result(reader)
        self._rest(reader)

    def _ended(self, reader: _Reader) -> None:
        """Start another process in place of one that has ended, if it had a place."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(reader.process.sentinel)
        self._all.discard(reader)
        reader.process.join()
        if not reader.has_place:
            return
        if reader.versions is not None:
            self._begin()
        else:
            loop.call_later(_PAUSE, self._begin)
