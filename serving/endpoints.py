"""What each address answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from nianbao.checks.names import TABLE_NAMES, cell_name
from nianbao.rules.forms import ROWS, table_cells
from nianbao.spans import LABELS
from nianbao.view.schema import record_schema
from serving import bodies, metrics
from serving.access import Access
from serving.guard import Guard, Held
from serving.openapi import document as openapi_document
from serving.problems import KINDS, Problem
from serving.settings import Settings
from serving.stream import StreamAnswer, entries
from serving.work import Answer, Operation, Task

PAGE: Final = Path(__file__).resolve().parent / "page"
_INCLUDE: Final = "include"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints, over the pool and the door."""

    settings: Settings
    guard: Guard
    access: Access

    async def parse(self, request: Request) -> Response:
        """One document in, its record out."""
        return await self._one(request, "parse")

    async def label(self, request: Request) -> Response:
        """One document in, its labelled spans out."""
        return await self._one(request, "label")

    async def explain(self, request: Request) -> Response:
        """One document and the path of a cell in, what is known of the cell out."""
        return await self._one(request, "explain")

    async def _one(self, request: Request, operation: Operation) -> Response:
        include_text = _includes_text(request, allowed=operation != "explain")
        who: str = request.state.who
        with self.access.under_way(who):
            self.access.count(who)
            async with self.guard.admitted() as held:
                task = await self._task(request, operation, held)
                answer = await self._answer(request, replace(task, include_text=include_text))
        failure = answer.failure
        if failure is not None:
            raise Problem(failure.code, failure.detail, failure.detail_en, failure.where)
        return _json(_with_text(answer, operation))

    async def _task(self, request: Request, operation: Operation, held: Held) -> Task:
        """Read the one document of a request."""
        settings = self.settings
        kind = bodies.media_type(request)
        source = _counted(bodies.pieces(request, settings, settings.body_bytes), held)
        async with bodies.within(settings.body_seconds):
            if kind == bodies.MULTIPART:
                return await self._form(request, source, operation)
            if kind == bodies.JSON:
                beside = ("path",) if operation == "explain" else ()
                data = await bodies.whole(source)
                return Task(operation, data, is_json=True, beside=beside)
            if operation != "explain" and (kind in bodies.RAW or not kind):
                declared = request.headers.get("content-type")
                name = bodies.disposition_name(request)
                return Task(operation, await bodies.whole(source), media_type=declared, name=name)
        raise Problem("unsupported_media_type", where="header:Content-Type")

    async def _form(
        self, request: Request, source: AsyncIterator[bytes], operation: Operation
    ) -> Task:
        found: dict[str, bodies.Part] = {}
        wanted = ("file", "path") if operation == "explain" else ("file",)
        async for part in bodies.parts(source, request, self.settings.body_bytes):
            if isinstance(part, Problem):
                raise part
            if part.field not in wanted or part.field in found:
                raise Problem(
                    "bad_multipart", f"multipart 中只能有：{'、'.join(wanted)}，各一个。",
                    f"The form holds one each of: {', '.join(wanted)}.", where="body",
                )  # fmt: skip
            found[part.field] = part
        for name in wanted:
            if name not in found:
                raise Problem(
                    "bad_multipart", f"multipart 中缺少 {name}。",
                    f"The form has no part called {name}.", where=f"body:{name}",
                )  # fmt: skip
        file = found["file"]
        path = found["path"].data.decode("utf-8", "replace") if "path" in found else None
        return Task(operation, file.data, media_type=file.media_type, name=file.filename, path=path)

    async def _answer(self, request: Request, task: Task) -> Answer:
        """Answer a task, unless the client leaves before its turn."""
        begun = perf_counter()
        running = asyncio.ensure_future(self.guard.run(task))
        leaving = asyncio.ensure_future(bodies.disconnected(request))
        try:
            await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                raise ClientDisconnect
            answer = running.result()
        finally:
            leaving.cancel()
            running.cancel()
            # Only then is the place given up: a task that is cancelled is still counted as waiting.
            await asyncio.wait({running, leaving})
        took = sum(answer.measures.seconds.values())
        metrics.observe(task.operation, answer, max(0.0, perf_counter() - begun - took))
        return answer

    async def stream(self, request: Request) -> StreamAnswer:
        """Many documents in, a line for each out, in order of completion."""
        include_text = _includes_text(request)
        items = entries(request, self.settings, include_text=include_text)
        return StreamAnswer(items, self.guard, self.access, request)

    async def schema(self, request: Request) -> Response:
        """The JSON Schema of the record."""
        _no_parameters(request)
        return _json(_dumped(record_schema()))

    async def labels(self, request: Request) -> Response:
        """The labels of spans, and the cells of the record with their Chinese names."""
        _no_parameters(request)
        return _json(_labels())

    async def version(self, request: Request) -> Response:
        """The versions of the library, of the record's shape and of the model, and since when."""
        _no_parameters(request)
        versions, since = self.guard.versions, self.guard.since
        if versions is None or since is None:
            return _json(_dumped({}))
        found = {**versions._asdict(), "model_since": since.isoformat(timespec="seconds")}
        return _json(_dumped(found))

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI document."""
        _no_parameters(request)
        with_keys, with_studio = self.access.keys is not None, self.settings.studio
        return _json(_dumped(openapi_document(with_keys=with_keys, with_studio=with_studio)))

    async def problem(self, request: Request) -> Response:
        """What a problem's `type` means."""
        _no_parameters(request)
        code = request.path_params["code"]
        if code not in KINDS:
            raise Problem("not_found")
        return _json(_dumped({"code": code, **KINDS[code]._asdict()}))

    async def page(self, _request: Request) -> Response:
        """The page."""
        index = PAGE / "index.html"
        if not index.is_file():
            raise Problem("not_found")
        return FileResponse(index, headers={"Cache-Control": "no-cache"})


def routes(endpoints: Endpoints) -> list[BaseRoute]:
    """Return the routes of the service."""
    found: list[BaseRoute] = [
        Route("/parse", endpoints.parse, methods=["POST"]),
        Route("/parse/stream", endpoints.stream, methods=["POST"]),
        Route("/label", endpoints.label, methods=["POST"]),
        Route("/explain", endpoints.explain, methods=["POST"]),
        Route("/schema", endpoints.schema),
        Route("/labels", endpoints.labels),
        Route("/version", endpoints.version),
        Route("/openapi.json", endpoints.openapi),
        Route("/problems/{code}", endpoints.problem),
        Route("/", endpoints.page),
    ]
    if PAGE.is_dir():
        found.append(Mount("/static", StaticFiles(directory=PAGE)))
    return found


async def _counted(source: AsyncIterator[bytes], held: Held) -> AsyncIterator[bytes]:
    async for piece in source:
        held.add(len(piece))
        yield piece


def _includes_text(request: Request, *, allowed: bool = True) -> bool:
    given = request.query_params.multi_items()
    if not given:
        return False
    if allowed and given == [(_INCLUDE, "text")]:
        return True
    name = _INCLUDE if allowed and given[0][0] == _INCLUDE else given[0][0][:64]
    raise Problem("bad_parameter", where=f"query:{name}")


def _no_parameters(request: Request) -> None:
    _includes_text(request, allowed=False)


def _with_text(answer: Answer, operation: Operation) -> bytes:
    if answer.text is None:
        return answer.body
    if operation == "label":
        return answer.body[:-1] + b', "text": ' + answer.text + b"}"
    return b'{"record": ' + answer.body + b', "text": ' + answer.text + b"}"


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def _dumped(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


@cache
def _labels() -> bytes:
    """Cells are those of the form of 2021, and those that only the form of 2019 has."""
    names: dict[str, str] = {}
    for form in ("2021", "2019"):
        for table in ROWS:
            for row, columns in table_cells(table, form).items():
                for column in columns:
                    path = f"{table}.{row}.{column}"
                    names.setdefault(path, f"{TABLE_NAMES[table]} {cell_name(path, form)}")
    cells = [{"path": path, "name": name} for path, name in names.items()]
    return _dumped({"labels": LABELS, "cells": cells})
