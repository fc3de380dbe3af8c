"""Wishes for a training: a line of JSON each in a file that whoever retrains reads and moves away.

    {"project": 7, "title": "2023年报", "requested": "2026-11-27T09:00:00+00:00", "by": "studio", "model": "nianbao-tagger 1.2.1"}

A project has one line at most; another wish of it changes nothing until the file is moved away.  A line
is written in one piece, under a lock that several services of one folder share.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

NAME: Final = "training-requests.jsonl"
MAX_TITLE: Final = 200
_ATTEMPTS: Final = 100


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A wish for a training: the project's number in Label Studio and its title, when it came (ISO
    8601), by whose key, and the model that answered then."""

    project: int
    title: str
    requested: str
    by: str
    model: str

    @classmethod
    def now(cls, project: int, title: str, by: str, model: str) -> TrainingRequest:
        """Return the wish of this moment."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(project, title[:MAX_TITLE], moment, by, model)


def put(folder: Path, request: TrainingRequest) -> bool:
    """Add a wish to the file in `folder`; False where its project has one there.  Raises OSError."""
    path = folder / NAME
    line = json.dumps(asdict(request), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    for _ in range(_ATTEMPTS):
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not _is_at(descriptor, path):
                continue  # moved away before it was locked
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                before = stream.read()
            if any(_project(one) == request.project for one in before.splitlines()):
                return False
            gap = b"" if not before or before.endswith(b"\n") else b"\n"
            os.write(descriptor, gap + line)
            os.fsync(descriptor)
            return True
        finally:
            os.close(descriptor)
    raise OSError(f"{path} is moved away again and again")


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _project(line: bytes) -> Any:
    """Return the project of a line, None where it is none of ours, which is left as it is."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found.get("project") if isinstance(found, dict) else None
