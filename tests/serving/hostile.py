"""What processes run in the tests of the guard: answers at once, and every way to misbehave."""

from __future__ import annotations

import os
import time
from pathlib import Path

from serving.guard import Crew
from serving.work import Answer, Failure, Task, Versions

_kept: list[bytes] = []


def begin(_model: object, _bounds: object, _log_inputs: bool) -> None:
    pass


def versions() -> Versions:
    return Versions("1", "1", "made")


def call(task: Task) -> Answer:
    """Do what the first word says; answer with the number of the process."""
    word, _, rest = task.data.decode().partition(" ")
    if word == "hang":
        time.sleep(600)
    if word == "sleep":
        time.sleep(float(rest))
    if word == "die":
        os._exit(3)
    if word == "die-once" and not Path(rest).exists():
        Path(rest).touch()
        os._exit(3)
    if word == "fault":
        return Answer(failure=Failure("internal_error", fault="ValueError at made:1"))
    if word == "eat":
        try:
            bytearray(4 << 30)
        except MemoryError:
            return Answer(failure=Failure("out_of_memory"))
    if word == "keep":
        _kept.append(b"x" * (100 << 20))
    return Answer(body=b'{"process": %d, "said": "%s"}' % (os.getpid(), word.encode()))


CREW = Crew(begin, versions, call)
