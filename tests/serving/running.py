"""A service on a free port of this machine, in a thread of the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from serving.app import Serving
from serving.guard import Crew
from serving.settings import load


@dataclass
class Running:
    """A service that runs, and a client of it."""

    serving: Serving
    loop: asyncio.AbstractEventLoop
    client: httpx.Client
    server: uvicorn.Server

    def await_processes(self) -> None:
        """Wait until each process of the crew has answered (with its number, as `hostile` does)."""
        wanted = self.serving.settings.processes
        seen: set[int] = set()
        while len(seen) < wanted:
            with ThreadPoolExecutor(wanted) as threads:
                asked = [
                    threads.submit(self.client.post, "/parse", content=b"sleep 0.1")
                    for _ in range(wanted)
                ]
                seen |= {one.result().json()["process"] for one in asked}

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")


@contextmanager
def running(crew: Crew | None = None, **settings: Any) -> Iterator[Running]:
    """Run a service with `settings`; it is stopped as BentoML stops it: requests first, then the pool."""
    serving = Serving(load(**settings), crew)
    config = uvicorn.Config(serving, port=0, lifespan="off", log_config=None, server_header=False)
    server = uvicorn.Server(config)
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        await serving.start()
        try:
            await server.serve()
        finally:
            await serving.stop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.05)
            assert thread.is_alive(), "the service did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False
        ) as client:
            yield Running(serving, loop, client, server)
    finally:
        server.should_exit = True
        thread.join()
