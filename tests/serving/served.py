"""A service that a test may kill: `python -m tests.serving.served PORT`, settings from the environment.

Not BentoML, whose start takes ten times as long; the Bento has its own test.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import uvicorn

from serving import logs
from serving.app import Serving
from serving.settings import environment, load

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


@dataclass
class Served:
    """A process of the service, and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client

    def consumer(self) -> psutil.Process:
        """Return the process that works on jobs, waiting until there is one."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for child in psutil.Process(self.process.pid).children():
                if "serving.jobs" in _command(child):
                    return child
            time.sleep(0.05)
        raise AssertionError("there is no consumer")

    def kill(self) -> None:
        """Kill the process of the service alone, and wait until those it started are gone."""
        started = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait()
        assert psutil.wait_procs(started, SECONDS)[1] == []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def served(port: int, **settings: object) -> Iterator[Served]:
    """Run a service in a process of its own; it is killed at the end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NIANBAO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.serving.served", str(port)],
        cwd=ROOT,
        env=kept | environment(load(**settings)),
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False
        ) as client:
            end = time.monotonic() + SECONDS
            while True:
                try:
                    client.get("/version")
                    break
                except httpx.TransportError:
                    assert process.poll() is None and time.monotonic() < end
                    time.sleep(0.05)
            yield Served(process, client)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


async def _serve(port: int) -> None:
    settings = load()
    logs.configure(settings.log_level)
    serving = Serving(settings)
    config = uvicorn.Config(serving, port=port, lifespan="off", log_config=None)
    await serving.start()
    try:
        await uvicorn.Server(config).serve()
    finally:
        await serving.stop()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
