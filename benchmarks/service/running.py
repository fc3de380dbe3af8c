"""The real service, started as an operator starts it, and its processes seen from outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
#: A machine that does other things too may take long.
READY_SECONDS = 180.0
STOP_SECONDS = 90.0
_SERVER = "_bentoml_impl.worker.service"
_READER = "spawn_main"


class ServiceFailed(Exception):
    """The service did not start, or ended; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Family:
    """The processes of a service: BentoML's supervisor, the one that speaks HTTP, those that read
    documents, and their forks, each for a large one."""

    supervisor: psutil.Process
    server: psutil.Process
    readers: tuple[psutil.Process, ...]
    forks: tuple[psutil.Process, ...]

    @property
    def all(self) -> tuple[psutil.Process, ...]:
        return (self.supervisor, self.server, *self.readers, *self.forks)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs on a port of this machine."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    started: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def family(self) -> Family:
        """Return its processes; raises ServiceFailed where there is none that speaks HTTP."""
        supervisor = psutil.Process(self.process.pid)
        below = [one for one in supervisor.children(recursive=True) if _alive(one)]
        servers = [one for one in below if _runs(one, _SERVER)]
        if not servers:
            raise self.failure("no process of it speaks HTTP")
        server = servers[0]
        found = sorted((one for one in below if _runs(one, _READER)), key=lambda one: one.pid)
        readers = tuple(one for one in found if _parent(one) == server.pid)
        forks = tuple(one for one in found if _parent(one) in {reader.pid for reader in readers})
        return Family(supervisor, server, readers, forks)

    def failure(self, message: str) -> ServiceFailed:
        return ServiceFailed(f"{message}\n{self.log.read_text(errors='replace')[-3000:]}")

    def is_ready(self) -> bool:
        """Say whether `/readyz` answers so; raises ServiceFailed where the service has ended."""
        if self.process.poll() is not None:
            raise self.failure(f"the service ended with status {self.process.returncode}")
        try:
            return bool(get(f"{self.url}/readyz", 10.0))
        except OSError:
            return False

    def await_ready(self) -> float:
        """Return the seconds from the start until `/readyz` said so; raises ServiceFailed."""
        while not self.is_ready():
            if time.monotonic() - self.started > READY_SECONDS:
                raise self.failure(f"not ready after {READY_SECONDS:g} s")
            time.sleep(0.02)
        return time.monotonic() - self.started

    def await_readers(self, count: int) -> None:
        """Wait until `count` processes have loaded the model and read: each has used a second of a
        core, and none uses more any longer; raises ServiceFailed."""
        end, before = time.monotonic() + READY_SECONDS, -1.0
        while time.monotonic() < end:
            readers = self.family().readers
            used = sum(map(cpu_seconds, readers))
            if len(readers) >= count and used - before < 0.02:
                return
            before = used
            time.sleep(0.5)
        raise self.failure(f"{count} readers were not there after {READY_SECONDS:g} s")

    def traces(self) -> int:
        """Return how often the log holds a traceback."""
        return self.log.read_text(errors="replace").count("Traceback")

    def counters(self, metric: str) -> dict[str, float]:
        """Return a Prometheus counter: its labels as they are written -> the count."""
        text = get(f"{self.url}/metrics", 30.0).decode()
        found = re.findall(rf"^{metric}(\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
        return {labels: float(count) for labels, count in found}

    def stop(self) -> int:
        """Stop it as an operator does; return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def get(url: str, seconds: float) -> bytes:
    """Return the body of an answer; raises OSError where there is none, or one of an error."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=seconds) as answer:
        return bytes(answer.read())


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def start(work: Path, processes: int, **settings: Any) -> Service:
    """Start the service, its logs and BentoML's files below `work`; it is not ready yet."""
    work.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="service-", dir=work))
    given = {"port": free_port(), "processes": processes, **settings}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NIANBAO_")}
    environment = {
        **kept,
        **{f"NIANBAO_{name.upper()}": str(value) for name, value in given.items()},
        "BENTOML_HOME": str(home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
    }
    log = home / "log"
    command = [sys.executable, "-m", "serving"]
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    return Service(process, int(given["port"]), log, began)


@contextmanager
def running(work: Path, processes: int, **settings: Any) -> Iterator[Service]:
    """Run the service until the block ends, ready and with all its readers loaded."""
    service = start(work, processes, **settings)
    try:
        service.await_ready()
        service.await_readers(processes)
        yield service
        service.stop()
    finally:
        end(service)


def end(service: Service) -> None:
    """End what is left of a service."""
    with suppress(ProcessLookupError):
        os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait()


def cpu_seconds(process: psutil.Process) -> float:
    """Return the processor time of a process; 0 of one that is gone."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def resident(process: psutil.Process) -> int:
    """Return the resident bytes of a process; 0 of one that is gone."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _runs(process: psutil.Process, word: str) -> bool:
    try:
        return any(word in argument for argument in process.cmdline())
    except psutil.Error:
        return False


def _parent(process: psutil.Process) -> int:
    try:
        return int(process.ppid())
    except psutil.Error:
        return 0


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
