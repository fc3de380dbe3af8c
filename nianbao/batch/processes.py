"""Processes that answer one document after the other, each at pipes of its own.

No pool of a library: theirs share a queue, and a process that is killed while it takes from the queue
loses the document or keeps the lock (pebble: the others stand still for a minute), and their threads cost
0.7 ms a document, a thirtieth of all that a batch does.  Here the end of a pipe tells at once who died.
"""

from __future__ import annotations

import multiprocessing
import selectors
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Final, Literal, NamedTuple

from nianbao.exceptions import NianbaoError

#: Documents that a process has at a time: one that is read, and those that wait in its pipe.
_GIVEN: Final = 4
#: Bytes that a pipe of Linux may hold without privileges.
_PIPE_BYTES: Final = 1 << 20
_PAGE: Final = 4096
#: How often a document is given out that ends its process: the first may have been killed by others.
_ATTEMPTS: Final = 2
#: Processes in a row that may end before they have begun.
_STARTS: Final = 3

#: What becomes of a document without an answer.
Ended = Literal["timeout", "crashed"]
#: Runs in the process: tells by `None` on the second pipe that it has begun, or why it cannot, and answers
#: what comes by the first.
Target = Callable[..., None]


class NotBegun(NianbaoError):
    """No process can begin to work."""

    code = "not_begun"


class Document(NamedTuple):
    """Bytes to score and the key that tells whose verdict it is."""

    key: str
    data: bytes


@dataclass(slots=True)
class _Work:
    """A document given out, and how often it was."""

    document: Document
    attempts: int = 0


@dataclass(slots=True, eq=False)
class _Process:
    """A process, its two pipes, and what it has: the first is what it works at, since when."""

    process: SpawnProcess
    tasks: Connection
    answers: Connection
    holds: int
    given: deque[_Work] = field(default_factory=deque)
    since: float = 0.0
    has_begun: bool = False

    def has_room(self, size: int) -> bool:
        """Tell whether a document of `size` bytes can be sent without waiting for the process."""
        if self.has_begun and not self.given:
            return True
        sizes = [len(work.document.data) for work in self.given]
        return len(sizes) < _GIVEN and sum(map(_taken, (*sizes, size))) <= self.holds


def _taken(size: int) -> int:
    """Return the bytes of a pipe that a message may take: it begins and ends within a page."""
    return (size // _PAGE + 3) * _PAGE


class Processes:
    """So many processes that run `target(tasks, answers, *arguments)`; one that ends is replaced.

    All methods belong to one thread.  `take` and `drain` raise NotBegun when processes cannot begin.
    """

    def __init__(
        self, count: int, target: Target, arguments: tuple[Any, ...], seconds: float
    ) -> None:
        self._target, self._arguments, self._seconds = target, arguments, seconds
        self._selector = selectors.DefaultSelector()
        self._again: deque[_Work] = deque()
        self._starts = 0
        self._all: set[_Process] = set()
        for _ in range(count):
            self._start()

    def _start(self) -> None:
        # A forked process would inherit locks that other threads of this one hold.
        context = multiprocessing.get_context("spawn")
        their_tasks, tasks = context.Pipe(duplex=False)
        answers, their_answers = context.Pipe(duplex=False)
        process = context.Process(
            target=self._target, args=(their_tasks, their_answers, *self._arguments), daemon=True
        )
        process.start()
        their_tasks.close()
        their_answers.close()
        one = _Process(process, tasks, answers, _widened(tasks))
        self._all.add(one)
        self._selector.register(answers, selectors.EVENT_READ, one)

    def has_room(self, size: int) -> bool:
        """Tell whether a document of so many bytes can be given out at once."""
        return not self._again and self._with_room(size) is not None

    def _with_room(self, size: int) -> _Process | None:
        found = [one for one in self._all if one.has_room(size)]
        return min(found, key=lambda one: len(one.given), default=None)

    def give(self, document: Document) -> None:
        """Give a document out; `has_room` has told that it can be."""
        self._give(_Work(document))

    def _give(self, work: _Work) -> None:
        one = self._with_room(len(work.document.data))
        if one is None:
            self._again.append(work)
            return
        if not one.given:
            one.since = time.monotonic()
        one.given.append(work)
        try:
            one.tasks.send_bytes(work.document.data)
        except OSError:
            return  # it has ended, which its other pipe tells

    def take(self, *, wait: bool) -> Iterator[tuple[Document, Any]]:
        """Yield the answers there are, each with its document, or what became of it; with `wait`, wait
        until something has happened."""
        for key, _ in self._selector.select(self._patience() if wait else 0):
            one: _Process = key.data
            try:
                answer = one.answers.recv()
            except (EOFError, OSError):
                yield from self._ended(one, "crashed")
                continue
            if one.has_begun:
                work = one.given.popleft()
                one.since = time.monotonic()
                yield work.document, answer
            else:
                self._begun(one, answer)
        yield from self._late()
        while self._again and self._with_room(len(self._again[0].document.data)):
            self._give(self._again.popleft())

    def drain(self) -> Iterator[tuple[Document, Any]]:
        """Yield what `take` does until every document has its answer."""
        while self._again or any(one.given for one in self._all):
            yield from self.take(wait=True)

    def _begun(self, one: _Process, failure: str | None) -> None:
        if failure is not None:
            raise NotBegun(failure)
        one.has_begun, one.since = True, time.monotonic()
        self._starts = 0

    def _patience(self) -> float | None:
        """Return the seconds until the first document is late, None without any."""
        ends = [one.since + self._seconds for one in self._all if one.has_begun and one.given]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _late(self) -> Iterator[tuple[Document, Ended]]:
        """End the processes whose document takes too long, unless the answer is there by now."""
        now = time.monotonic()
        for one in list(self._all):
            is_late = one.has_begun and one.given and now - one.since > self._seconds
            if is_late and not one.answers.poll():
                yield from self._ended(one, "timeout")

    def _ended(self, one: _Process, why: Ended) -> Iterator[tuple[Document, Ended]]:
        """Start another process in place of one; yield what became of its document if that is known."""
        self._all.discard(one)
        self._end(one)
        if one.has_begun and one.given:
            work = one.given.popleft()
            work.attempts += 1
            if why == "timeout" or work.attempts == _ATTEMPTS:
                yield work.document, why
            else:
                self._again.append(work)
        elif not one.has_begun:
            self._starts += 1
            if self._starts == _STARTS:
                status = one.process.exitcode
                raise NotBegun(f"处理文件的进程连续 {_STARTS} 次未能启动（退出状态 {status}）")
        self._again.extend(one.given)
        self._start()

    def _end(self, one: _Process) -> None:
        self._selector.unregister(one.answers)
        one.process.kill()
        one.process.join()
        one.tasks.close()
        one.answers.close()

    def stop(self) -> None:
        """End all, whatever they do."""
        for one in self._all:
            one.process.kill()
        for one in self._all:
            self._end(one)
        self._all.clear()
        self._selector.close()


def _widened(pipe: Connection) -> int:
    """Let a pipe hold as much as it may; return how much it does, 0 where that is not known."""
    if sys.platform != "linux":
        return 0
    import fcntl

    try:
        return fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:  # one user's pipes hold too much together
        return fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ)
