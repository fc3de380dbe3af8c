"""Many documents in one request: read piece by piece, answered in order of completion."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from serving import bodies, metrics
from serving.access import Access
from serving.guard import Guard, Held
from serving.problems import Problem
from serving.settings import Settings
from serving.work import Answer, Task

LINES: Final = (bodies.NDJSON, "application/ndjson", "application/jsonl")
#: Documents of one stream that are given out for each process: one that is read and one that waits.
_OUT: Final = 2
_PAUSE: Final = 0.05


class Entry(NamedTuple):
    """One document of a stream: its number from 1, what it is called where it has no id of its own
    (as JSON), and its task or what is wrong with it."""

    number: int
    identity: bytes
    task: Task | Problem


async def entries(
    request: Request, settings: Settings, *, include_text: bool
) -> AsyncIterator[Entry]:
    """Yield the documents of a request; raises Problem for what is wrong with the whole."""
    kind = bodies.media_type(request)
    source = bodies.pieces(request, settings, None)
    number = 0
    if kind in LINES:
        async for line in bodies.lines(source, settings.body_bytes):
            number += 1
            if isinstance(line, bytes):
                if not line.strip():
                    continue
                task = Task("parse", line, is_json=True, include_text=include_text, beside=("id",))
                yield Entry(number, b"%d" % number, task)
            else:
                yield Entry(number, b"%d" % number, line)
    elif kind == bodies.MULTIPART:
        async for part in bodies.parts(source, request, settings.body_bytes):
            number += 1
            if isinstance(part, Problem):
                yield Entry(number, b"%d" % number, part)
                continue
            called = (part.filename or part.field)[:255]
            task = Task(
                "parse", part.data, media_type=part.media_type, name=part.filename,
                include_text=include_text,
            )  # fmt: skip
            yield Entry(number, json.dumps(called, ensure_ascii=False).encode("utf-8"), task)
    else:
        raise Problem("unsupported_media_type", where="header:Content-Type")


@dataclass(slots=True)
class StreamAnswer:
    """The answer to a stream.  No StreamingResponse: that listens for a client that leaves, and would
    swallow the pieces of the body that come meanwhile."""

    items: AsyncIterator[Entry]
    guard: Guard
    access: Access
    request: Request

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        with self.access.under_way(self.request.state.who):
            async with self.guard.admitted() as held:
                first = await self._first()
                headers = [
                    (b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                ]  # fmt: skip
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                if first is not None:
                    async with contextlib.aclosing(self._lines(first, held)) as found:
                        async for line in found:
                            body = {"type": "http.response.body", "body": line, "more_body": True}
                            await send(body)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _first(self) -> Entry | None:
        """Return the first document: what is wrong with the request as a whole shows by then, and is
        answered by a status, not in a line."""
        return await anext(self.items, None)

    async def _lines(self, first: Entry, held: Held) -> AsyncGenerator[bytes]:
        bound = _OUT * self.guard.settings.processes
        reading: asyncio.Task[Entry | None] | None = None
        running = {asyncio.create_task(self._line(first, held))}
        is_ended = False
        try:
            while running or not is_ended:
                if reading is None and not is_ended and len(running) < bound:
                    reading = asyncio.create_task(self._first())
                waited: set[asyncio.Task[bytes] | asyncio.Task[Entry | None]] = {*running}
                if reading is not None:
                    waited.add(reading)
                done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                for line in running & done:
                    running.discard(line)
                    yield line.result()
                if reading is not None and reading in done:
                    try:
                        entry = reading.result()
                    except Problem as problem:
                        entry = None
                        yield self._problem(b"null", problem)
                    reading = None
                    is_ended = entry is None
                    if entry is not None:
                        running.add(asyncio.create_task(self._line(entry, held)))
        finally:
            for left in (*running, *(() if reading is None else (reading,))):
                left.cancel()
                with contextlib.suppress(asyncio.CancelledError, ClientDisconnect, Problem):
                    await left

    async def _line(self, entry: Entry, held: Held) -> bytes:
        if isinstance(entry.task, Problem):
            return self._problem(entry.identity, self._placed(entry, entry.task))
        size = len(entry.task.data)
        while not held.fits(size):
            await asyncio.sleep(_PAUSE)
        held.add(size)
        try:
            await self.access.count_patiently(self.request.state.who)
            begun = perf_counter()
            answer = await self.guard.run(entry.task, patient=True)
        except Problem as problem:
            return self._problem(entry.identity, self._placed(entry, problem))
        finally:
            held.release(size)
        took = sum(answer.measures.seconds.values())
        metrics.observe("parse", answer, max(0.0, perf_counter() - begun - took))
        return self._answered(entry, answer)

    def _answered(self, entry: Entry, answer: Answer) -> bytes:
        identity = answer.identity or entry.identity
        failure = answer.failure
        if failure is not None:
            problem = Problem(failure.code, failure.detail, failure.detail_en, failure.where)
            return self._problem(identity, self._placed(entry, problem))
        text = b"" if answer.text is None else b', "text": ' + answer.text
        return b'{"id": ' + identity + b', "record": ' + answer.body + text + b"}\n"

    def _problem(self, identity: bytes, problem: Problem) -> bytes:
        metrics.PROBLEMS.labels(problem.code).inc()
        body = problem.to_json(self.request.state.request_id)
        return b'{"id": ' + identity + b', "problem": ' + body + b"}\n"

    def _placed(self, entry: Entry, problem: Problem) -> Problem:
        place = f"document:{entry.number}"
        problem.where = place if problem.where is None else f"{place} {problem.where}"
        return problem
