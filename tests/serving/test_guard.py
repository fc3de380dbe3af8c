"""The guard: what misbehaves is ended alone, what is too much is refused, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from nianbao.batch.score import Model
from nianbao.batch.worker import Bounds
from serving import app
from serving.readers import Crew, Ended, NotBegun, Readers
from serving.work import Task
from tests.serving.hostile import CREW
from tests.serving.running import Running, running


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds that other threads bring about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Running]:
    with running(
        CREW, processes=2, queue=6, queue_seconds=60.0, document_seconds=1.0,
        document_megabytes=256, held_megabytes=64, body_megabytes=1,
    ) as found:  # fmt: skip
        found.await_processes()
        yield found


def post(service: Running, body: bytes) -> httpx.Response:
    return service.client.post("/parse", content=body)


def test_what_hangs_dies_or_eats_is_ended_alone(guarded: Running) -> None:
    bodies = [b"sleep 0.6", b"hang", b"sleep 0.6", b"die", b"sleep 0.6", b"eat", b"sleep 0.6"]
    with ThreadPoolExecutor(len(bodies)) as threads:
        answers = list(threads.map(lambda body: post(guarded, body), bodies))
    codes = [answer.json().get("code", "") for answer in answers]
    assert codes == ["", "timeout", "", "crashed", "", "out_of_memory", ""]
    assert {answer.status_code for answer in answers} == {200, 422}


def test_a_document_whose_process_is_killed_is_read_again(guarded: Running, tmp_path: Path) -> None:
    answer = post(guarded, f"die-once {tmp_path / 'mark'}".encode())
    assert answer.status_code == 200


def test_idle_processes_that_are_killed_are_replaced(guarded: Running) -> None:
    for _ in range(3):
        process = post(guarded, b"who").json()["process"]
        os.kill(process, signal.SIGKILL)
        assert post(guarded, b"who").status_code == 200


def test_a_process_that_keeps_the_memory_of_a_document_is_replaced(guarded: Running) -> None:
    spent = post(guarded, b"keep").json()["process"]
    answers = [post(guarded, b"who") for _ in range(4)]
    assert {answer.status_code for answer in answers} == {200}
    assert spent not in {answer.json()["process"] for answer in answers}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_large_document_is_read_in_a_process_that_ends_with_it(guarded: Running) -> None:
    filling = b" " * (200 << 10)
    readers = {post(guarded, b"who").json()["process"] for _ in range(8)}
    large = [post(guarded, word + filling).json()["process"] for word in (b"who", b"keep", b"keep")]
    assert len(set(large)) == 3
    assert not readers & set(large)
    assert {post(guarded, b"who").json()["process"] for _ in range(8)} == readers
    codes = [post(guarded, word + filling).json()["code"] for word in (b"hang", b"die", b"eat")]
    assert codes == ["timeout", "crashed", "out_of_memory"]
    until(lambda: not any(psutil.pid_exists(process) for process in large))


class Bomb:
    """Ends the process that takes it, in the middle of taking it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (9,)


def test_a_process_that_ends_while_it_takes_a_document_holds_up_no_other() -> None:
    async def ask() -> list[bytes]:
        readers = Readers(2, CREW, (None, Bounds(20, 256), False))
        await readers.start()
        try:
            for _ in range(2):
                with pytest.raises(Ended):
                    await readers.run(Task("parse", Bomb()), 20)  # type: ignore[arg-type]
            asked = (readers.run(Task("parse", b"who"), 20) for _ in range(4))
            return [answer.body for answer in await asyncio.gather(*asked)]
        finally:
            readers.stop()

    assert all(b'"said": "who"' in body for body in asyncio.run(ask()))


def test_a_model_that_cannot_be_loaded_is_told() -> None:
    async def start(folder: Path) -> None:
        readers = Readers(1, Crew(), (Model(folder=folder), Bounds(20, 256), False))
        try:
            await readers.start()
        finally:
            readers.stop()

    with pytest.raises(NotBegun, match="nowhere"):
        asyncio.run(start(Path("nowhere")))


def test_a_fault_of_ours_is_a_problem_without_a_word_of_it(guarded: Running) -> None:
    answer = post(guarded, b"fault")
    assert answer.status_code == 500 and answer.json()["code"] == "internal_error"
    assert "ValueError" not in answer.text


def test_what_is_over_the_queue_is_refused_at_once_and_no_answer_is_mixed_up(
    guarded: Running,
) -> None:
    bodies = [f"sleep 0.3{i:02}".encode() for i in range(30)]

    def ask(body: bytes) -> tuple[bytes, httpx.Response]:
        return body, post(guarded, body)

    with ThreadPoolExecutor(len(bodies)) as threads:
        answers = list(threads.map(ask, bodies))
    refused = [answer for _, answer in answers if answer.status_code != 200]
    assert 0 < len(refused) < len(bodies) - 7
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert {answer.json()["code"] for answer in refused} == {"busy"}
    load = guarded.serving.guard.load
    assert (load.admitted, load.waiting, load.running, load.held) == (0, 0, 0, 0)


def test_a_client_that_leaves_gives_up_its_place() -> None:
    with running(CREW, processes=1) as service, ThreadPoolExecutor(1) as threads:
        load = service.serving.guard.load
        first = threads.submit(post, service, b"sleep 2")
        until(lambda: load.running == 1)
        url = service.client.base_url
        with socket.create_connection((url.host, url.port or 80)) as leaving:
            leaving.sendall(
                b"POST /parse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\nsleep 2"
            )
            until(lambda: load.waiting == 1)
        until(lambda: load.admitted == 1)
        assert (load.waiting, load.running, load.held) == (0, 1, 7)
        assert first.result().status_code == 200


def test_bytes_that_are_held_are_bounded() -> None:
    with running(CREW, processes=1, body_megabytes=1, held_megabytes=1, queue=50) as service:
        with ThreadPoolExecutor(3) as threads:
            body = b"sleep 0.5 " + b"x" * 600_000
            first = threads.submit(post, service, b"sleep 0.5")
            until(lambda: service.serving.guard.load.running == 1)
            large = [threads.submit(post, service, b"large " + body) for _ in range(2)]
            codes = sorted(one.result().status_code for one in (first, *large))
        assert codes == [200, 200, 503]
        assert service.serving.guard.load.held == 0


def test_a_wait_that_is_too_long_is_ended() -> None:
    with (
        running(CREW, processes=1, queue_seconds=0.3) as service,
        ThreadPoolExecutor(2) as threads,
    ):
        first = threads.submit(post, service, b"sleep 1.5")
        until(lambda: service.serving.guard.load.running == 1)
        second = post(service, b"late")
        assert second.status_code == 503 and second.headers["retry-after"]
        assert first.result().status_code == 200


def test_an_answer_that_does_not_begin_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "ANSWER_SECONDS", 0.3)
    with running(CREW, processes=1) as service:
        late = post(service, b"sleep 1.5")
        assert late.status_code == 503 and late.json()["code"] == "busy"
        assert late.headers["retry-after"]
        monkeypatch.setattr(app, "ANSWER_SECONDS", 60.0)
        assert post(service, b"who").status_code == 200


def test_when_it_stops_it_finishes_what_it_took() -> None:
    with running(CREW, processes=1) as service:
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(post(service, b"sleep 0.5").status_code))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        until(lambda: service.serving.guard.load.admitted == 3)
        service.server.should_exit = True
        for thread in threads:
            thread.join()
    assert answers == [200, 200, 200]
