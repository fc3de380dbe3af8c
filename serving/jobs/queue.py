"""The queue: huey, over SQLite in the folder of the jobs, or over Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.registry import Message
from huey.serializer import Serializer

from serving.jobs.store import QUEUE
from serving.settings import Settings

NAME: Final = "nianbao"
#: Seconds between two looks into an empty queue.
_LOOK_SECONDS: Final = 1.0


class _Json(Serializer):  # type: ignore[misc]
    """Messages as JSON: who can write into Redis must not be able to run code here, as with pickle."""

    def _serialize(self, data: Message) -> bytes:
        # Times that huey works out itself are in no need to be kept: nothing is scheduled, and what
        # has waited too long does no harm.
        kept = data._replace(eta=None, expires=None, expires_resolved=None)
        return json.dumps(kept).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


class Queue:
    """Numbers of jobs on their way to the consumer.  Methods raise what SQLite or Redis raise."""

    def __init__(self, settings: Settings) -> None:
        self._huey = _huey(settings)
        self._work: Callable[[str], None] | None = None
        self._tend: Callable[[], None] | None = None
        self._put = self._huey.task(name="work")(self._deliver)
        self._huey.periodic_task(crontab(), name="tend")(self._remind)

    def put(self, number: str) -> None:
        """Let the job of this number be worked on."""
        self._put(number)

    def waiting(self) -> set[str]:
        """Return the numbers in the queue."""
        return {str(task.args[0]) for task in self._huey.pending() if task.args}

    def consume(self, work: Callable[[str], None], tend: Callable[[], None], at_once: int) -> None:
        """Give numbers to `work`, so many at a time, and call `tend` once a minute, until a signal
        ends this process."""
        self._work, self._tend = work, tend
        self._huey.create_consumer(workers=at_once, max_delay=_LOOK_SECONDS).run()

    def _deliver(self, number: str) -> None:
        if self._work is not None:
            self._work(number)

    def _remind(self) -> None:
        if self._tend is not None:
            self._tend()


def _huey(settings: Settings) -> Huey:
    given: dict[str, Any] = {"results": False, "serializer": _Json()}
    if settings.jobs_redis is not None:
        return RedisHuey(NAME, url=settings.jobs_redis, **given)
    folder = settings.jobs_path
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return SqliteHuey(NAME, filename=str(folder / QUEUE), **given)
