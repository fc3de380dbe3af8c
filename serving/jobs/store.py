"""Where jobs lie: a folder each, that comes by one rename and goes by one.

`arriving/` holds uploads, `jobs/` what was taken, `trash/` what is being removed.  Who changes a job
holds its lease: a lock of the kernel on a file in the folder, which the consumer shares with the
process that builds.  It ends with the last process that has it, so that no lease outlives a kill and no
two consumers meet on one job; there is no time to wait out and no clock to trust.

What a client wants of a job that runs is a marker beside it, `cancelled` or `deleted`, which counts from
the moment that it is there; the consumer looks for it while the process builds.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from serving.jobs.records import Counts, Job, State, Status, View, later, now

JOB, STATUS, COUNTS, FAULT = "job.json", "state.json", "progress.json", "fault.json"
LOCK, CANCELLED, DELETED = "lock", "cancelled", "deleted"
INPUT, DATASET, RESULTS = "input", "dataset", "results"
QUEUE: Final = "queue.sqlite"
#: Seconds after which a folder in `arriving` without a lease is one that was killed.
_ARRIVED_SECONDS: Final = 60.0
_PAUSE: Final = 0.05

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to change what is in a folder; a context manager that gives it back."""

    folder: Path
    descriptor: int

    @property
    def is_stopped(self) -> bool:
        """Say whether the client wants the job no more."""
        return (self.folder / CANCELLED).exists() or (self.folder / DELETED).exists()

    def write(self, status: Status) -> None:
        write(self.folder / STATUS, status)

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of all jobs.  Methods block for the disk; OSError where it does not do."""

    root: Path

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to work on or to remove."""
        return not any(self._folders("jobs")) and not any(self._folders("arriving"))

    @property
    def arriving(self) -> Path:
        """The folder of uploads under way."""
        return self.root / "arriving"

    def arrive(self) -> Lease:
        """Make a folder for an upload, with the lease of it."""
        # What is uploaded need not be for all who have an account here.
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self.arriving / uuid.uuid4().hex
        (folder / INPUT).mkdir(parents=True)
        (folder / LOCK).touch()
        lease = _locked(folder)
        if lease is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        return lease

    def publish(self, arrived: Lease, job: Job) -> View | None:
        """Make a job of what arrived and return it; or the job of that number which is there
        already, or None where that one is being removed.  It is on the disk when this returns."""
        write(arrived.folder / STATUS, Status())
        write(arrived.folder / JOB, job)
        for path in (arrived.folder / STATUS, arrived.folder / JOB, arrived.folder):
            _sync(path)
        target = self.folder(job.id)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            arrived.folder.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        _sync(target.parent)
        return self.find(job.id)

    def folder(self, number: str) -> Path:
        """Return where the job of this number lies, or would lie."""
        return self.root / "jobs" / number

    def find(self, number: str) -> View | None:
        """Return the job of this number, None where there is none any more."""
        folder = self.folder(number)
        job = read(folder / JOB, Job)
        if job is None or (folder / DELETED).exists():
            return None
        status = read(folder / STATUS, Status) or Status()
        with suppress(FileNotFoundError):
            cancelled = datetime.fromtimestamp((folder / CANCELLED).stat().st_mtime, UTC)
            ended = cancelled.isoformat(timespec="milliseconds")
            status = msgspec.structs.replace(status, state="cancelled", ended=ended, problem=None)
        return View(job, status, read(folder / COUNTS, Counts) or Counts())

    def views(self) -> list[View]:
        """Return all jobs, the latest first."""
        found = [self.find(folder.name) for folder in self._folders("jobs")]
        there = [view for view in found if view is not None]
        return sorted(there, key=lambda view: (view.job.created, view.job.id), reverse=True)

    def lease(self, number: str, patience: float = 0.0) -> Lease | None:
        """Return the lease of a job; None where another has it for the next `patience` seconds, or
        there is no such job."""
        end = time.monotonic() + patience
        while True:
            lease = _locked(self.folder(number))
            if lease is not None or time.monotonic() >= end or not self.folder(number).exists():
                return lease
            time.sleep(_PAUSE)

    def stop(self, number: str, marker: str) -> None:
        """Cancel or delete a job: at once where nobody works on it, else by who does."""
        with suppress(FileNotFoundError):
            (self.folder(number) / marker).touch()
        lease = self.lease(number)
        if lease is not None:
            with lease:
                self.settle(lease)

    def settle(self, lease: Lease) -> None:
        """Bring the folder of a job into the state that was decided on: remove what is deleted, and
        what an ended job needs no more."""
        folder = lease.folder
        view = self.find(folder.name)
        if view is None:
            self.discard(lease)
            return
        if not view.has_ended:
            return
        lease.write(view.status)
        left = {INPUT, DATASET} if view.status.state == "succeeded" else {INPUT, DATASET, RESULTS}
        for name in sorted(left):
            shutil.rmtree(folder / name, ignore_errors=True)

    def discard(self, lease: Lease) -> None:
        """Remove a folder: a rename first, for it must be there whole or not at all."""
        trash = self.root / "trash"
        trash.mkdir(parents=True, exist_ok=True)
        going = trash / uuid.uuid4().hex
        with suppress(FileNotFoundError):
            lease.folder.rename(going)
        shutil.rmtree(going, ignore_errors=True)

    def tend(self, hours: float) -> None:
        """Finish what was killed, and remove what ended more than `hours` ago."""
        for folder in self._folders("jobs"):
            lease = _locked(folder)
            if lease is None:
                continue
            with lease:
                view = self.find(folder.name)
                ended = None if view is None else view.status.ended
                if ended is not None and later(ended, hours) <= now():
                    self.discard(lease)
                else:
                    self.settle(lease)
        for folder in self._folders("arriving"):
            with suppress(FileNotFoundError):
                if time.time() - folder.stat().st_mtime < _ARRIVED_SECONDS:
                    continue
            lease = _locked(folder)
            if lease is not None:
                with lease:
                    self.discard(lease)
        for folder in self._folders("trash"):
            shutil.rmtree(folder, ignore_errors=True)

    def states(self) -> dict[State, int]:
        """Return how many jobs there are in each state."""
        found: dict[State, int] = {}
        for view in self.views():
            found[view.status.state] = found.get(view.status.state, 0) + 1
        return found

    def used(self) -> int:
        """Return the bytes of all jobs, without those that arrive."""
        return sum(_bytes(self.root / name) for name in ("jobs", "trash"))

    def _folders(self, name: str) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            yield from sorted((self.root / name).iterdir())


def write(path: Path, record: msgspec.Struct) -> None:
    """Write a record into a folder that is there; a reader sees the old file or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(msgspec.json.encode(record))
    part.replace(path)


def read(path: Path, kind: type[T]) -> T | None:
    """Return the record in a file, None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(folder: Path) -> Lease | None:
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between the two calls the folder may have gone.
        if os.path.samestat(os.fstat(descriptor), (folder / LOCK).stat()):
            return Lease(folder, descriptor)
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _bytes(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.lstat(Path(parent) / name).st_size
    return total
