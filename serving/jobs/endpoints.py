"""`/jobs`: take an archive, say how far it is, give its results, cancel it, remove it."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from serving.access import LOCAL, Access
from serving.jobs.consumer import Consumer
from serving.jobs.queue import Queue
from serving.jobs.records import Fields, Job, State, View, later, now
from serving.jobs.results import RESULTS
from serving.jobs.store import CANCELLED, DELETED, INPUT, Lease, Store
from serving.jobs.store import RESULTS as RESULTS_FOLDER
from serving.jobs.uploads import Room, Upload
from serving.logs import LOGGER
from serving.problems import Problem, retry_later
from serving.settings import Settings

_LOG: Final = logging.getLogger(LOGGER)
ID: Final = r"[0-9a-f]{32}"
#: A string of draft-ietf-httpapi-idempotency-key-header, whose quotation marks many clients leave out.
IDEMPOTENCY_KEY: Final = r'(?:"[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})'
MAX_FIELD: Final = 255
#: Seconds after which a job may have ended and made room.
_SOON: Final = 30.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class Jobs:
    """The endpoints of jobs, over their folder.  All methods belong to one event loop."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self._settings = settings
        self._access = access
        self.store = Store(settings.jobs_path)
        self.consumer = Consumer(settings)
        self._room = Room(settings.jobs_disk_bytes)
        self._queue: Queue | None = None
        self._arriving: set[str] = set()

    async def start(self) -> None:
        """Go on with the jobs that are there; the consumer is not started for nothing."""
        if not await asyncio.to_thread(lambda: self.store.is_empty):
            self.consumer.ensure()

    async def stop(self) -> None:
        """End the consumer; its job goes on when the service starts again."""
        await self.consumer.stop()

    async def states(self) -> dict[State, int]:
        """Return how many jobs there are in each state."""
        return await asyncio.to_thread(self.store.states)

    async def collection(self, request: Request) -> Response:
        """An archive in, its job out; or the jobs of a key."""
        if request.method == "POST":
            return await self._submit(request)
        _parameters(request)
        who = request.state.who
        views = await asyncio.to_thread(self.store.views)
        mine = [self._document(view) for view in views if view.job.owner == who]
        return _json({"jobs": mine})

    async def one(self, request: Request) -> Response:
        """What is known of a job; or it is cancelled and removed."""
        _parameters(request)
        view = await self._find(request)
        if request.method != "DELETE":
            return _json(self._document(view))
        await asyncio.to_thread(self.store.stop, view.job.id, DELETED)
        _LOG.info("job deleted", extra={"job": view.job.id, "key": view.job.owner})
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def cancel(self, request: Request) -> Response:
        """End a job; one that has ended stays as it is."""
        _parameters(request)
        view = await self._find(request)
        if not view.has_ended:
            await asyncio.to_thread(self.store.stop, view.job.id, CANCELLED)
            _LOG.info("job cancelled", extra={"job": view.job.id, "key": view.job.owner})
            view = await self._find(request)
        return _json(self._document(view))

    async def results(self, request: Request) -> Response:
        """The results of a job in one format."""
        given = _parameters(request, "format")
        form = given.get("format", "jsonl")
        if form not in RESULTS:
            raise Problem("bad_parameter", where="query:format")
        view = await self._find(request)
        result = RESULTS[form]
        path = self.store.folder(view.job.id) / RESULTS_FOLDER / result.file
        if view.status.state != "succeeded" or not path.is_file():
            raise Problem("no_results", where=f"state:{view.status.state}")
        headers = {"Cache-Control": "no-store"}
        name = f"{view.job.id[:8]}-{result.file}"
        return FileResponse(path, headers=headers, media_type=result.media_type, filename=name)

    async def _find(self, request: Request) -> View:
        number = request.path_params["id"]
        if re.fullmatch(ID, number):
            view = await asyncio.to_thread(self.store.find, number)
            if view is not None and view.job.owner == request.state.who:
                return view
        raise Problem("unknown_job")

    async def _submit(self, request: Request) -> Response:
        given = _parameters(request, *Fields.__struct_fields__)
        fields = Fields(**given)
        who: str = request.state.who
        number = _number(request, who)
        with self._access.under_way(who), self._only(number):
            self._access.count(who)
            try:
                await asyncio.to_thread(self._check_room, number, who)
                view = await self._receive(request, number, fields)
            except OSError as error:
                if error.errno in _FULL:
                    raise retry_later("storage_full", _SOON) from error
                raise
        await self._put(view)
        headers = {"Location": f"/jobs/{number}"}
        return _json(self._document(view), 202, headers)

    @contextmanager
    def _only(self, number: str) -> Iterator[None]:
        """Take one request of a number at a time; raises Problem `idempotency_key_in_use`."""
        if number in self._arriving:
            raise Problem("idempotency_key_in_use", where="header:Idempotency-Key")
        self._arriving.add(number)
        try:
            yield
        finally:
            self._arriving.discard(number)

    def _check_room(self, number: str, who: str) -> None:
        """Raise Problem where there are too many jobs for another one; a number that is there
        already needs no room."""
        settings, views = self._settings, self.store.views()
        if any(view.job.id == number for view in views):
            return
        waiting = [view for view in views if not view.has_ended]
        if who != LOCAL and sum(view.job.owner == who for view in waiting) >= settings.key_jobs:
            raise retry_later("too_many_jobs", _SOON)
        if len(waiting) >= settings.jobs_waiting or len(views) >= settings.jobs_kept:
            raise retry_later("jobs_full", _SOON)
        self._room.used = self.store.used()

    async def _receive(self, request: Request, number: str, fields: Fields) -> View:
        arrived = await asyncio.to_thread(self.store.arrive)
        upload = Upload(arrived.folder / INPUT, self._room)
        try:
            files = await upload.receive(request, self._settings)
            job = Job(number, request.state.who, now(), files, fields)
            return await asyncio.to_thread(self._publish, arrived, job)
        finally:
            upload.release()
            await asyncio.to_thread(self._leave, arrived)

    def _publish(self, arrived: Lease, job: Job) -> View:
        view = self.store.publish(arrived, job)
        if view is None:
            raise Problem("idempotency_key_in_use", where="header:Idempotency-Key")
        if not view.job.asks_for(job):
            raise Problem("idempotency_key_reused", where="header:Idempotency-Key")
        return view

    def _leave(self, arrived: Lease) -> None:
        """Give the lease of what arrived back, and remove what did not become a job."""
        with arrived:
            if arrived.folder.exists():
                self.store.discard(arrived)

    async def _put(self, view: View) -> None:
        """Queue a job.  It is one already: where that fails, the consumer finds it by itself."""
        if not view.has_ended:
            try:
                await asyncio.to_thread(self._queued, view.job.id)
            except Exception as error:  # noqa: BLE001 - SQLite's and Redis' errors are many
                _LOG.error("queue fault", extra={"error": type(error).__name__})
            self.consumer.ensure()
        _LOG.info("job taken", extra={"job": view.job.id, "key": view.job.owner})

    def _queued(self, number: str) -> None:
        if self._queue is None:
            self._queue = Queue(self._settings)
        self._queue.put(number)

    def _document(self, view: View) -> dict[str, Any]:
        """Return what a client sees of a job."""
        job, status, counts = view
        me = f"/jobs/{job.id}"
        expires = None if status.ended is None else later(status.ended, self._settings.jobs_hours)
        problem = None if status.problem is None else Problem(status.problem).to_dict(job.id)
        results = {form: f"{me}/results?format={form}" for form in RESULTS}
        progress = msgspec.structs.asdict(counts)
        progress |= {"bytes_read": progress.pop("bytes"), "bytes_total": job.bytes}
        return {
            "id": job.id,
            "state": status.state,
            "created": job.created,
            "started": status.started,
            "ended": status.ended,
            "expires": expires,
            "files": [msgspec.structs.asdict(file) for file in job.files],
            "progress": progress,
            "problem": problem,
            "links": {"self": me, "cancel": f"{me}/cancel"},
            "results": results if status.state == "succeeded" else None,
        }


def job_routes(jobs: Jobs) -> list[BaseRoute]:
    """Return the routes of jobs."""
    return [
        Route("/jobs", jobs.collection, methods=["GET", "POST"]),
        Route("/jobs/{id}", jobs.one, methods=["GET", "DELETE"]),
        Route("/jobs/{id}/cancel", jobs.cancel, methods=["POST"]),
        Route("/jobs/{id}/results", jobs.results, methods=["GET"]),
    ]


def _number(request: Request, who: str) -> str:
    """Return the number of the job that a request makes: one for each key and `Idempotency-Key`, so
    that the same request finds its job by itself; a random one without."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return uuid.uuid4().hex
    if not re.fullmatch(IDEMPOTENCY_KEY, given):
        raise Problem(
            "bad_request", "Idempotency-Key 应是 1 到 255 个可见的 ASCII 字符。",
            "Idempotency-Key has 1 to 255 visible ASCII characters.",
            where="header:Idempotency-Key",
        )  # fmt: skip
    named = "\0".join((who, given.strip('"')))
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _parameters(request: Request, *names: str) -> dict[str, str]:
    """Return the parameters of the query; raises Problem for what is not among `names`."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in names or name in found or not 0 < len(value) <= MAX_FIELD:
            raise Problem("bad_parameter", where=f"query:{name[:64]}")
        found[name] = value
    return found


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    given = {"Cache-Control": "no-store", **(headers or {})}
    return Response(body, status, given, "application/json")
