"""What the consumer does: takes a job by its lease, lets a process build it, says how it ended."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from serving.jobs.queue import Queue
from serving.jobs.records import Fault, View, now
from serving.jobs.store import FAULT, Lease, Store, read
from serving.logs import LOGGER
from serving.settings import Settings, environment

_LOG: Final = logging.getLogger(LOGGER)
ROOT: Final = Path(__file__).resolve().parents[2]
#: Seconds that a job waits for its lease: the process of a consumer that was killed needs a moment.
_PATIENCE: Final = 10.0
#: Seconds between two looks whether the job is still wanted, and whether the disk does.
_LOOK_SECONDS: Final = 0.2
_DISK_SECONDS: Final = 5.0
_TEND_SECONDS: Final = 60.0
#: How often a process may end unexpectedly before its job fails.
_CRASHES: Final = 3


@dataclass
class Runner:
    """The consumer's work over the folder of jobs."""

    settings: Settings
    store: Store
    _tended: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        self.queue = Queue(self.settings)

    def run(self) -> None:
        """Queue what is not done, and work until a signal ends this process."""
        self.tend()
        # What another is still busy with waits for its lease: that may be the process of a consumer
        # which was killed.
        self._requeue(busy=True)
        self.queue.consume(self.work, self.tend, max(1, self.settings.jobs_at_once))

    def tend(self) -> None:
        """Remove what is old, finish what was killed, queue what nobody works on; once a minute."""
        if time.monotonic() - self._tended < _TEND_SECONDS / 2:
            return
        self._tended = time.monotonic()
        self.store.tend(self.settings.jobs_hours)
        self._requeue(busy=False)

    def _requeue(self, *, busy: bool) -> None:
        queued = self.queue.waiting()
        for view in reversed(self.store.views()):
            number = view.job.id
            if view.has_ended or number in queued:
                continue
            if not busy:
                lease = self.store.lease(number)
                if lease is None:
                    continue
                with lease:
                    pass
            self.queue.put(number)
            _LOG.info("job queued again", extra={"job": number})

    def work(self, number: str) -> None:
        """Work on a job until it has ended; nothing where it has, or another works on it."""
        lease = self.store.lease(number, _PATIENCE)
        if lease is None:
            return
        with lease:
            view = self.store.find(number)
            if view is not None and not view.has_ended:
                self._work(lease, view)
            self.store.settle(lease)

    def _work(self, lease: Lease, view: View) -> None:
        number, begun = view.job.id, time.monotonic()
        status = msgspec.structs.replace(
            view.status, state="running", started=view.status.started or now()
        )
        lease.write(status)
        _LOG.info("job begun", extra={"job": number, "key": view.job.owner})
        while not lease.is_stopped:
            problem = self._build(lease)
            if problem == "job_crashed" and status.crashes + 1 < _CRASHES:
                status = msgspec.structs.replace(status, crashes=status.crashes + 1)
                lease.write(status)
                continue
            if lease.is_stopped:
                break
            state = "failed" if problem else "succeeded"
            lease.write(msgspec.structs.replace(status, state=state, ended=now(), problem=problem))
            break
        found = self.store.find(number)
        _LOG.info(
            "job ended",
            extra={
                "job": number,
                "state": "deleted" if found is None else found.status.state,
                "code": "" if found is None else found.status.problem or "",
                "documents": 0 if found is None else found.counts.documents,
                "seconds": round(time.monotonic() - begun, 1),
            },
        )

    def _build(self, lease: Lease) -> str | None:
        """Let a process build the job; return the code of why there is no dataset, None for done, and
        whatever comes of a process that was ended because the job is not wanted any more."""
        fault_path = lease.folder / FAULT
        fault_path.unlink(missing_ok=True)
        process = self._start(lease)
        disk = time.monotonic()
        while True:
            try:
                process.wait(_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                pass
            if lease.is_stopped:
                _kill(process)
                return None
            if time.monotonic() - disk > _DISK_SECONDS:
                disk = time.monotonic()
                self.tend()
                if self.store.used() > self.settings.jobs_disk_bytes:
                    _kill(process)
                    return "storage_full"
        if process.returncode == 0:
            return None
        fault = read(fault_path, Fault)
        if fault is None:
            fault = Fault("job_crashed", f"exit {process.returncode}", "")
        _LOG.error(
            "job fault",
            extra={"job": lease.folder.name, "error": fault.error, "at": fault.at},
        )
        return fault.code

    def _start(self, lease: Lease) -> subprocess.Popen[bytes]:
        # It shares the lease, so that where it outlives this process nobody else begins.  What it
        # and libraries print may hold words of a document.  It runs where no file has a name that
        # an upload could have.
        folder = str(lease.folder.resolve())
        shown = None if self.settings.log_inputs else subprocess.DEVNULL
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "serving.jobs.build", folder, str(os.getpid())],
            cwd=self.store.arriving,
            env=child_environment(self.settings),
            stdin=subprocess.DEVNULL,
            stdout=shown,
            stderr=shown,
            pass_fds=(lease.descriptor,),
            start_new_session=True,
        )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process with those that it has started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a Python process finds this service and its settings, and
    imports nothing from where it is started."""
    inherited = os.environ.get("PYTHONPATH")
    paths = [str(ROOT), *([inherited] if inherited else [])]
    return {
        **os.environ,
        **environment(settings),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSAFEPATH": "1",
    }
