"""Looks whether another model lies where the model in use came from, and has the pool take it.

Promotion and take-back put a bundle there in one step, by the switch of a symbolic link or by a rename;
the same look serves both.  A bundle that is refused leaves the old model in use.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from time import monotonic
from typing import Final

from nianbao.batch.score import Model
from nianbao.bundle import MANIFEST, MODEL, VOCABULARY
from nianbao.exceptions import BundleError
from serving import metrics
from serving.chosen import chosen, place
from serving.guard import Guard
from serving.logs import LOGGER
from serving.readers import NotBegun
from serving.settings import Settings

_LOG: Final = logging.getLogger(LOGGER)
#: Seconds after which a bundle that was refused is tried once more, although its files are the same.
_AGAIN_SECONDS: Final = 60.0
#: No bundle, a folder that may not be entered, links in a circle.
_UNREADABLE: Final = (BundleError, OSError, RuntimeError)
#: Where the files of a bundle really lie, and for each when it was written, its size and its inode.
Stamp = tuple[str, tuple[tuple[int, int, int], ...]]


class Watch:
    """The look at the folder, every few seconds.  Belongs to the event loop of its guard."""

    def __init__(self, settings: Settings, guard: Guard) -> None:
        self._model = settings.bundle
        self._seconds = settings.model_watch_seconds
        self._guard = guard
        self._seen: Stamp | None = None
        self._again: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on, where that is wanted and there is a bundle to look at."""
        if self._seconds and not self._model.rules_only:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Look no more; a model that is taking over leaves its work."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - the next look may go well; nobody would see it end
                _LOG.error(
                    "model not looked at", extra={"error": f"{type(error).__name__}: {error}"}
                )
            await asyncio.sleep(self._seconds)

    async def look(self) -> None:
        """Take the bundle in the folder if its files are not those that were seen before."""
        stamp = await asyncio.to_thread(_stamp, self._model)
        is_due = self._again is not None and monotonic() >= self._again
        if stamp == self._seen and not is_due:
            return
        self._seen = stamp
        before = self._guard.versions
        try:
            await self._guard.take(await asyncio.to_thread(chosen, self._model))
        except (*_UNREADABLE, NotBegun) as error:
            self._again = monotonic() + _AGAIN_SECONDS
            metrics.MODELS.labels("refused").inc()
            metrics.MODEL_REFUSED.set(1)
            _LOG.error("model refused", extra={"error": str(error), "model": _named(self._guard)})
            return
        self._again = None
        metrics.MODEL_REFUSED.set(0)
        if self._guard.versions != before:
            metrics.MODELS.labels("taken").inc()
            _LOG.info("model taken", extra={"model": _named(self._guard)})


def _named(guard: Guard) -> str:
    versions = guard.versions
    return "" if versions is None else f"{versions.model} {versions.model_digest[:12]}"


def _stamp(model: Model) -> Stamp:
    """Return what tells one bundle from another without reading it: some 20 µs."""
    try:
        folder = place(model)
    except _UNREADABLE:
        return ("", ())
    return (str(folder), tuple(_of_file(folder / name) for name in (MANIFEST, VOCABULARY, MODEL)))


def _of_file(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
