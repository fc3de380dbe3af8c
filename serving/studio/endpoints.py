"""What Label Studio asks of its model backend, and what it is answered."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from serving import bodies, metrics
from serving.access import STUDIO_PREFIX, Access
from serving.failures import Failure, Wrong, json_object, string_member
from serving.guard import Guard, Held
from serving.logs import LOGGER
from serving.problems import KINDS, Problem
from serving.settings import MEGABYTE, Settings
from serving.studio.config import labelling
from serving.studio.predictions import Part
from serving.studio.requests import TrainingRequest, put
from serving.work import Answer, Task

START_TRAINING: Final = "START_TRAINING"
#: What `setup` and a wish for a training are at most: they are looked into in this process.
SMALL: Final = MEGABYTE
_LOG: Final = logging.getLogger(LOGGER)
#: Tasks of one request that are given out for each process: one that is read and one that waits.
_OUT: Final = 2
#: How often the tasks of a request are read again because another model took over meanwhile.
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Backend:
    """The endpoints of the backend, over the pool and the door."""

    settings: Settings
    guard: Guard
    access: Access

    async def health(self, request: Request) -> Response:
        """That it is there."""
        _no_parameters(request)
        return _json({"status": "UP", "model_version": self._model})

    async def setup(self, request: Request) -> Response:
        """A project in, the model's version out, if the project's configuration fits it."""
        _no_parameters(request)
        body = json_object(await self._small(request))
        labelling(string_member(body, "schema"), "body:/schema")
        return _json({"model_version": self._model})

    async def predict(self, request: Request) -> Response:
        """Tasks in, a prediction for each out, all of one model."""
        _no_parameters(request)
        with self.access.under_way(request.state.who):
            async with self.guard.admitted() as held:
                data = await self._body(request, self.settings.body_bytes, held)
                running = asyncio.ensure_future(self._predictions(request, data))
                leaving = asyncio.ensure_future(bodies.disconnected(request))
                try:
                    await asyncio.wait(
                        {running, leaving}, return_when=asyncio.FIRST_COMPLETED
                    )  # fmt: skip
                    if not running.done():
                        raise ClientDisconnect
                    results = running.result()
                finally:
                    leaving.cancel()
                    running.cancel()
        return _answer(b'{"results": [' + b", ".join(results) + b"]}")

    async def webhook(self, request: Request) -> Response:
        """An event in; a wish for a training is kept, all else is left alone."""
        _no_parameters(request)
        body = json_object(await self._small(request))
        if string_member(body, "action") != START_TRAINING:
            return _json({"status": "ignored"})
        folder = self.settings.studio_requests
        if folder is None:
            raise Problem("no_training_requests")
        project = _project(body)
        wish = TrainingRequest.now(project.number, project.title, request.state.who, self._model)
        is_new = await asyncio.to_thread(put, folder, wish)
        _LOG.info("training requested", extra={"project": project.number, "is_new": is_new})
        return _json({"status": "requested" if is_new else "requested before"})

    @property
    def _model(self) -> str:
        versions = self.guard.versions
        return "" if versions is None else versions.model

    async def _small(self, request: Request) -> bytes:
        with self.access.under_way(request.state.who):
            async with self.guard.admitted() as held:
                return await self._body(request, min(SMALL, self.settings.body_bytes), held)

    async def _body(self, request: Request, bound: int, held: Held) -> bytes:
        if bodies.media_type(request) != bodies.JSON:
            raise Problem("unsupported_media_type", where="header:Content-Type")
        body = bytearray()
        async with bodies.within(self.settings.body_seconds):
            async for piece in bodies.pieces(request, self.settings, bound):
                held.add(len(piece))
                body += piece
        return bytes(body)

    async def _predictions(self, request: Request, data: bytes) -> list[bytes]:
        taken = await self.guard.run(Task("tasks", data))
        if taken.failure is not None:
            raise _problem(taken.failure)
        turns = asyncio.Semaphore(_OUT * self.settings.processes)
        who: str = request.state.who

        async def one(number: int, part: Part) -> Answer:
            async with turns:
                await self.access.count_patiently(who)
                return await self._prediction(number, part)

        answers: list[Answer | None] = [None] * len(taken.parts)
        for _ in range(_ROUNDS):
            model = next((a.model for a in reversed(answers) if a is not None), None)
            async with asyncio.TaskGroup() as group:
                again = {
                    number: group.create_task(one(number, part))
                    for number, part in enumerate(taken.parts)
                    if (found := answers[number]) is None or found.model != model
                }
            for number, task in again.items():
                answers[number] = task.result()
            if len({answer.model for answer in answers if answer is not None}) <= 1:
                break
        return [answer.body for answer in answers if answer is not None]

    async def _prediction(self, number: int, part: Part) -> Answer:
        begun = perf_counter()
        answer = await self.guard.run(Task("predict", part.data), patient=True)
        took = sum(answer.measures.seconds.values())
        metrics.observe("predict", answer, max(0.0, perf_counter() - begun - took))
        failure = answer.failure
        if failure is not None:
            kind = KINDS[failure.code]
            raise Problem(
                failure.code,
                f"任务 {part.name}：{failure.detail or kind.chinese}",
                f"Task {part.name}: {failure.detail_en or kind.english}",
                f"body:/tasks/{number}",
            )
        return answer


@dataclass(frozen=True, slots=True)
class _Project:
    number: int
    title: str


def _project(body: dict[str, Any]) -> _Project:
    """Return the project that a wish for a training is about; raises Wrong."""
    given = body.get("project")
    number = given.get("id") if isinstance(given, dict) else None
    if isinstance(number, bool) or not isinstance(number, int):
        raise Wrong(
            "bad_body", "project 应有整数 id。", "project has to have an integer id.",
            where="body:/project/id",
        )  # fmt: skip
    title = given.get("title") if isinstance(given, dict) else None
    return _Project(number, title if isinstance(title, str) else "")


def routes(backend: Backend) -> list[BaseRoute]:
    """Return the routes of the backend."""
    return [
        Route(f"{STUDIO_PREFIX}/health", _shown(backend.health)),
        Route(f"{STUDIO_PREFIX}/setup", _shown(backend.setup), methods=["POST"]),
        Route(f"{STUDIO_PREFIX}/predict", _shown(backend.predict), methods=["POST"]),
        Route(f"{STUDIO_PREFIX}/webhook", _shown(backend.webhook), methods=["POST"]),
    ]


def _shown(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return `endpoint` with its problems in the log: Label Studio shows a problem's status alone."""

    async def shown(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Wrong as wrong:
            problem = _problem(wrong.failure)
        except Problem as found:
            problem = found
        except BaseExceptionGroup as group:
            problem = _first(group)
        place = problem.where or ""
        _LOG.warning("label studio", extra={"code": problem.code, "where": place})
        raise problem

    return shown


def _first(group: BaseExceptionGroup[BaseException]) -> Problem:
    """Return the first problem of the tasks of one request, whose other tasks were left then."""
    problems, rest = group.split(Problem)
    if rest is not None or problems is None:
        raise group
    found: Problem = next(iter(problems.exceptions))  # type: ignore[assignment]
    return found


def _problem(failure: Failure) -> Problem:
    return Problem(failure.code, failure.detail, failure.detail_en, failure.where)


def _no_parameters(request: Request) -> None:
    for name in request.query_params:
        raise Problem("bad_parameter", where=f"query:{name[:64]}")


def _json(content: dict[str, str]) -> Response:
    return _answer(json.dumps(content, ensure_ascii=False).encode())


def _answer(content: bytes) -> Response:
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})
