"""Processes: every document is answered, whoever is killed and whatever is sent."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import psutil
import pytest

from nianbao.batch.processes import Document, NotBegun, Processes
from nianbao.exceptions import BundleError


def echo(tasks: Connection, answers: Connection) -> None:
    """Answer by the number of the process and the length; `nap` first sleeps, `hang` for long."""
    answers.send(None)
    while True:
        data = tasks.recv_bytes()
        time.sleep(0.3 if data == b"nap" else 60 if data == b"hang" else 0)
        answers.send((os.getpid(), len(data)))


def fail(_tasks: Connection, answers: Connection) -> None:
    """Say why it cannot begin."""
    answers.send("模型已损坏")


def die(_tasks: Connection, _answers: Connection) -> None:
    """End before it has begun."""
    os._exit(5)


@contextmanager
def running(count: int, target: Callable[..., None], seconds: float = 30.0) -> Iterator[Processes]:
    processes = Processes(count, target, (), seconds)
    try:
        yield processes
    finally:
        processes.stop()


def answered(processes: Processes, documents: list[Document]) -> dict[str, Any]:
    found = []
    for document in documents:
        while not processes.has_room(len(document.data)):
            found += processes.take(wait=True)
        processes.give(document)
    found += processes.drain()
    assert len(found) == len(documents)
    return {document.key: answer for document, answer in found}


def begun(processes: Processes, count: int) -> list[int]:
    """Wait until all have begun; return their numbers."""
    numbers: set[int] = set()
    while len(numbers) < count:
        found = answered(processes, [Document(str(i), b"nap") for i in range(count)])
        numbers |= {pid for pid, _ in found.values()}
    return sorted(numbers)


def test_documents_of_any_size_are_answered() -> None:
    sizes = [0, 1, 5000, 70_000, 3 << 20, 10, 20 << 20, 400_000] * 3
    documents = [Document(str(i), bytes(size)) for i, size in enumerate(sizes)]
    with running(2, echo) as processes:
        found = answered(processes, documents)
    assert [size for _, size in (found[str(i)] for i in range(len(sizes)))] == sizes


def test_a_document_whose_process_is_killed_is_given_out_again() -> None:
    with running(2, echo) as processes:
        first = begun(processes, 2)[0]
        for number in range(6):
            processes.give(Document(str(number), b"nap"))
        time.sleep(0.1)
        psutil.Process(first).kill()
        found = {document.key: answer for document, answer in processes.drain()}
    assert found.keys() == {str(number) for number in range(6)}
    assert all(isinstance(answer, tuple) for answer in found.values())


def test_an_idle_process_that_is_killed_is_replaced() -> None:
    with running(1, echo) as processes:
        (first,) = begun(processes, 1)
        psutil.Process(first).kill()
        assert answered(processes, [Document("a", b"x")])["a"][0] != first


def test_a_document_is_late_by_its_own_time() -> None:
    """One that waited for the caller is not late, nor is one that waited behind another."""
    with running(1, echo, seconds=1.0) as processes:
        begun(processes, 1)
        for number in range(3):
            processes.give(Document(str(number), b"nap"))
        time.sleep(1.5)
        assert all(isinstance(answer, tuple) for _, answer in processes.drain())
        found = answered(processes, [Document("hang", b"hang"), Document("x", b"x")])
    assert found["hang"] == "timeout"
    assert found["x"][1] == 1


def test_what_cannot_begin_says_why() -> None:
    with running(2, fail) as processes, pytest.raises(NotBegun, match="模型已损坏"):
        answered(processes, [Document("a", b"")])
    with running(2, die) as processes, pytest.raises(NotBegun, match="退出状态 5"):
        answered(processes, [Document("a", b"")])


def test_a_model_that_cannot_be_loaded_in_a_worker_is_told() -> None:
    from nianbao.batch.engines import Pool
    from nianbao.batch.score import Model

    with Pool(Model(rules_only=True), 1, make=damaged).open() as scoring:
        scoring.submit(Document("a", b"report"))
        with pytest.raises(NotBegun, match="权重"):
            list(scoring.drain())


def damaged(_: object) -> Any:
    raise BundleError("权重读不出来")
