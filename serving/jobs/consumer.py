"""The consumer as the service sees it: a process that is started when there is a first job, and again
when it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Final

from serving.jobs.runner import ROOT, child_environment
from serving.logs import LOGGER
from serving.settings import Settings

_LOG: Final = logging.getLogger(LOGGER)
#: Seconds before it is started again, doubled each time, and its life after which they are few again.
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_HEALTHY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0


class Consumer:
    """Keeps one consumer running.  All methods belong to one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def number(self) -> int | None:
        """The number of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    def ensure(self) -> None:
        """Start it, unless it is there or others work on the jobs."""
        if self._settings.jobs_at_once and self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End it; a job that it works on goes on when it is started again."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None

    async def _keep(self) -> None:
        pause = _PAUSE
        while True:
            begun = asyncio.get_running_loop().time()
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "serving.jobs", str(os.getpid()),
                cwd=ROOT,
                env=child_environment(self._settings),
                stdin=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                status = await process.wait()
            finally:
                self._process = None
                if process.returncode is None:
                    await _end(process)
            _LOG.error("consumer ended", extra={"exit": status})
            if asyncio.get_running_loop().time() - begun > _HEALTHY_SECONDS:
                pause = _PAUSE
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
