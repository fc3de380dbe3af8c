"""The service as an ASGI application: who asks, what they get, and what is logged of it."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import metrics
from serving.access import STUDIO_PREFIX, Access
from serving.endpoints import Endpoints, routes
from serving.guard import Crew, Guard
from serving.jobs.endpoints import Jobs, job_routes
from serving.logs import LOGGER, REQUEST_ID
from serving.problems import MEDIA_TYPE, Problem, retry_later
from serving.room import give_back, trim
from serving.settings import ANSWER_SECONDS, Settings
from serving.studio.endpoints import Backend
from serving.studio.endpoints import routes as studio_routes
from serving.watch import Watch

#: What BentoML answers itself.
METRICS: Final = "/metrics"
SYSTEM_PATHS: Final = frozenset({"/livez", "/readyz", "/healthz", METRICS})
#: A page may load what this service ships and talk to this service, nothing else.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Of a body that is not wanted, so much is read, for a client that is still writing does not see the
#: answer when the connection is closed on it.
_DRAINED_BYTES: Final = 1 << 20
_DRAINED_SECONDS: Final = 2.0
#: Of bodies, after which what is free is given back.
_TRIM_BYTES: Final = 64 << 20
_BY_STATUS: Final = {404: "not_found", 405: "method_not_allowed"}
#: What logs and metrics say of a client that left before its answer.
_GONE: Final = 499


@dataclass
class Exchange:
    """One request and what was answered: all that is logged of it."""

    scope: Scope
    receive: Receive
    send: Send
    request_id: str
    who: str = ""
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    is_read: bool = False
    code: str = ""
    bound: asyncio.Timeout | None = None
    begun: float = field(default_factory=perf_counter)

    async def received(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.bytes_in += len(message.get("body", b""))
            self.is_read = not message.get("more_body", False)
        else:
            self.is_read = True
        return message

    async def sent(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.bound is not None:
                self.bound.reschedule(None)
            given = {**_HEADERS, "X-Request-Id": self.request_id}
            headers = [(name.encode(), value.encode()) for name, value in given.items()]
            message = {**message, "headers": [*message.get("headers", []), *headers]}
        elif message["type"] == "http.response.body":
            self.bytes_out += len(message.get("body", b""))
        await self.send(message)

    async def drain(self) -> None:
        """Read what is left of the body, up to a bound; not from a client that waits to be asked."""
        if any(name == b"expect" for name, _ in self.scope["headers"]):
            return
        bound = self.bytes_in + _DRAINED_BYTES
        try:
            async with asyncio.timeout(_DRAINED_SECONDS):
                while not self.is_read and self.bytes_in < bound:
                    await self.received()
        except TimeoutError:
            return


class Serving:
    """The service: settings, the door, the pool and the endpoints."""

    def __init__(self, settings: Settings, crew: Crew | None = None) -> None:
        self.settings = settings
        self.guard = Guard(settings, crew or Crew())
        self.watch = Watch(settings, self.guard)
        self.access = Access(settings)
        self.endpoints = Endpoints(settings, self.guard, self.access)
        self.jobs = Jobs(settings, self.access)
        found = [*routes(self.endpoints), *job_routes(self.jobs)]
        if settings.studio:
            found += studio_routes(Backend(settings, self.guard, self.access))
        self.router = Router(found, redirect_slashes=False)
        self.log = logging.getLogger(LOGGER)
        self._passed = 0

    async def start(self) -> None:
        """Check the keys and load the model; raises KeyFileError, BundleError and NotBegun."""
        self.access.check()
        give_back()
        await self.guard.start()
        self.watch.start()
        await self.jobs.start()

    async def stop(self) -> None:
        """Finish what was taken, and end; jobs go on when it starts again."""
        await self.jobs.stop()
        await self.watch.stop()
        await self.guard.stop()

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, system: ASGIApp | None = None
    ) -> None:
        """Answer one HTTP request; `system` answers for BentoML's own paths."""
        exchange = Exchange(scope, receive, send, _request_id(scope))
        REQUEST_ID.set(exchange.request_id)
        try:
            await self._answer_in_time(exchange, system)
        except ClientDisconnect:
            exchange.status = exchange.status or _GONE
        except Problem as problem:
            await self._refuse(exchange, problem)
        except HTTPException as error:
            code = _BY_STATUS.get(error.status_code, "bad_request")
            await self._refuse(exchange, Problem(code, headers=dict(error.headers or {})))
        except Exception as error:  # noqa: BLE001 - a client gets a problem, never a traceback
            self._report(error)
            await self._refuse(exchange, Problem("internal_error"))
        finally:
            self._log(exchange)
            self._tidy(exchange)

    async def _answer_in_time(self, exchange: Exchange, system: ASGIApp | None) -> None:
        """Answer, or raise Problem `busy` when the answer does not begin in time."""
        bound = asyncio.timeout(_seconds(exchange.scope))
        try:
            async with bound:
                exchange.bound = bound
                await self._answer(exchange, system)
        except TimeoutError:
            if bound.expired():
                raise retry_later("busy", self.guard.load.mean) from None
            raise
        finally:
            exchange.bound = None

    async def _answer(self, exchange: Exchange, system: ASGIApp | None) -> None:
        # The routes raise HTTPException only where they find an application.
        scope: dict[str, Any] = {**exchange.scope, "app": self}
        exchange.who = await self.access.admit(Request(scope))
        scope["state"] = {"who": exchange.who, "request_id": exchange.request_id}
        if system is not None and scope["path"] in SYSTEM_PATHS:
            metrics.show(self.guard.load)
            if scope["path"] == METRICS:
                metrics.show_jobs(await self.jobs.states())
            await system(exchange.scope, exchange.received, exchange.sent)
        else:
            await self.router(scope, exchange.received, exchange.sent)

    async def _refuse(self, exchange: Exchange, problem: Problem) -> None:
        exchange.code = problem.code
        metrics.PROBLEMS.labels(problem.code).inc()
        if exchange.status:
            return  # the answer has begun; it ends here, and the client sees that it is cut
        await exchange.drain()
        response = Response(
            problem.to_json(exchange.request_id),
            problem.kind.status,
            {**problem.headers, "Cache-Control": "no-store"},
            MEDIA_TYPE,
        )
        await response(exchange.scope, exchange.receive, exchange.sent)

    def _tidy(self, exchange: Exchange) -> None:
        """Give memory back when so much has passed through it that it may be worth the time."""
        self._passed += exchange.bytes_in + exchange.bytes_out
        if self._passed > _TRIM_BYTES:
            self._passed = 0
            trim()

    def _report(self, error: Exception) -> None:
        shown = f"{type(error).__name__}: {error}" if self.settings.log_inputs else ""
        frames = error.__traceback__
        while frames is not None and frames.tb_next is not None:
            frames = frames.tb_next
        place = "" if frames is None else f"{frames.tb_frame.f_code.co_name}:{frames.tb_lineno}"
        self.log.error(
            "fault",
            extra={"error": shown or type(error).__name__, "at": place},
        )

    def _log(self, exchange: Exchange) -> None:
        path = str(exchange.scope["path"])
        level = logging.DEBUG if path in SYSTEM_PATHS else logging.INFO
        client = exchange.scope.get("client") or ("", 0)
        self.log.log(
            level,
            "request",
            extra={
                "method": exchange.scope["method"],
                "path": route(path),
                "status": exchange.status,
                "code": exchange.code,
                "ms": round((perf_counter() - exchange.begun) * 1000, 1),
                "bytes_in": exchange.bytes_in,
                "bytes_out": exchange.bytes_out,
                "key": exchange.who,
                "client": client[0],
            },
        )


_PATHS: Final = frozenset(
    "/ /parse /parse/stream /label /explain /schema /labels /version /openapi.json /jobs".split()
    + [f"{STUDIO_PREFIX}/{name}" for name in ("health", "setup", "predict", "webhook")]
)


def route(path: str) -> str:
    """Return what logs and metrics call `path`: one of few names, whatever is asked for."""
    if path in _PATHS or path in SYSTEM_PATHS:
        return path
    for prefix in ("/static/", "/problems/", "/jobs/"):
        if path.startswith(prefix):
            return f"{prefix}*"
    return "/*"


def _seconds(scope: Scope) -> float | None:
    """Return in how many seconds an answer has to begin.  An archive may take longer to arrive."""
    return None if (scope["method"], scope["path"]) == ("POST", "/jobs") else ANSWER_SECONDS


def _request_id(scope: Scope) -> str:
    """Return the client's `X-Request-Id` where it is a plain word, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            if _REQUEST_ID.fullmatch(given):
                return str(given)
    return uuid.uuid4().hex
