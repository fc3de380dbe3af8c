"""What processes run in the tests of the switch: they say which model they began with, at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from nianbao.exceptions import BundleError
from serving.guard import TRIAL, Crew
from serving.studio.predictions import Part
from serving.work import Answer, Failure, Task, Versions

_name = "first"


def begin(model: Any, _bounds: object, _log_inputs: bool) -> None:
    global _name
    _name = "first" if model.folder is None else model.folder.name
    if _name == "damaged":
        raise BundleError("the bundle is damaged")
    if _name == "strange":
        raise ValueError("no such operator")


def versions() -> Versions:
    return Versions("1", "1", _name, _name)


def call(task: Task) -> Answer:
    """Read until the file that the document names is there; each line of a body of tasks is one."""
    if task == TRIAL:
        return Answer(failure=Failure("internal_error") if _name == "mute" else None)
    if task.operation == "tasks":
        lines = task.data.split(b"\n")[:-1]
        return Answer(parts=tuple(Part(str(n), line) for n, line in enumerate(lines)))
    while task.data and not Path(task.data.decode()).exists():
        time.sleep(0.02)
    return Answer(body=b'{"model": "%s"}' % _name.encode(), model=_name)


CREW = Crew(begin, versions, call)
