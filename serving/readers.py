"""Processes that read documents, one document at a time each, every one at a pipe of its own.

No pool of a library: theirs share a queue, and a process that is killed while it holds the queue's lock
keeps it.  With pebble, one that was killed while it took a document lost the document, and the others
stood still for the minute after which pebble gives a lock up; here the end of a pipe tells at once.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
    process: SpawnProcess
    link: Connection
    has_begun: bool = False

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

    async def start(self) -> Versions:
        """Start the processes and return whose answers the first gives that has begun; raises NotBegun
        when it cannot."""
        self._versions: asyncio.Future[Versions] = asyncio.get_running_loop().create_future()
        # multiprocessing waits for its processes when this one ends by an error.
        atexit.register(self._kill)
        for _ in range(self._count):
            self._begin()
        return await self._versions

    async def run(self, task: Task, seconds: float) -> Answer:
        """Answer a task with the first process that is free.

        Raises TimeoutError when that takes longer than `seconds` (the process is ended), Ended when
        the process ends by itself, and NotBegun when there is none in time.
        """
        loop = asyncio.get_running_loop()
        reader = await self._free()
        is_late = False

        def end() -> None:
            nonlocal is_late
            is_late = True
            reader.process.kill()

        timer = loop.call_later(seconds, end)
        try:
            answer: Answer = await loop.run_in_executor(self._threads, reader.exchange, task)
        except (EOFError, OSError):
            if is_late:
                raise TimeoutError from None
            raise Ended(reader.process.exitcode) from None
        except BaseException:
            reader.process.kill()  # what it is at is not known
            raise
        finally:
            timer.cancel()
        if not is_late:
            self._idle.put_nowait(reader)
        return answer

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
                    reader = await self._idle.get()
                    if reader.process.is_alive():
                        return reader
        except TimeoutError:
            raise NotBegun(f"no process has begun within {_LOAD_SECONDS:g} s") from None

    def _begin(self) -> None:
        # Here and not in a thread that ends: the kernel ends a process with the thread that started
        # it.  A forked process would inherit locks that other threads of this one hold.
        if self._is_stopped:
            return
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work.answer_all, args=(theirs, *self._crew, self._arguments), name="reader"
        )
        process.start()
        theirs.close()
        reader = _Reader(process, ours)
        self._all.add(reader)
        loop = asyncio.get_running_loop()
        loop.add_reader(process.sentinel, self._replace, reader)
        loading = loop.create_task(self._load(reader))
        self._loading.add(loading)
        loading.add_done_callback(self._loading.discard)

    async def _load(self, reader: _Reader) -> None:
        """Wait until a process has begun."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, reader.link.recv
            )  # fmt: skip
        except (EOFError, OSError):
            found = "a process ended before it had begun"
        if self._is_stopped:
            return
        if isinstance(found, str):
            _LOG.error("not begun", extra={"error": found})
            if not self._versions.done():
                self._versions.set_exception(NotBegun(found))
            return
        if not self._versions.done():
            self._versions.set_result(found)
        reader.has_begun = True
        self._idle.put_nowait(reader)

    def _replace(self, reader: _Reader) -> None:
        """Start another process in place of one that has ended."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(reader.process.sentinel)
        self._all.discard(reader)
        reader.process.join()
        if reader.has_begun:
            self._begin()
        else:
            loop.call_later(_PAUSE, self._begin)
