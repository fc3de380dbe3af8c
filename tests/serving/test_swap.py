"""A new model while requests come: none fails, each is answered by one model, and it can be taken back."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from nianbao.batch.score import Model
from nianbao.bundle import MANIFEST, MODEL, Manifest, default_path
from nianbao.exceptions import BundleError
from serving import metrics
from serving.chosen import Chosen
from serving.readers import NotBegun
from tests.serving import switching
from tests.serving.running import Running, running
from tests.serving.test_guard import until

SHIPPED = Manifest.from_json((default_path() / MANIFEST).read_text(encoding="utf-8"))


def copy(folder: Path, onnx: bytes | None = None, **changes: str) -> Path:
    """Write the shipped bundle to `folder`, with another model and other words in its manifest."""
    shutil.copytree(default_path(), folder)
    if onnx is not None:
        (folder / MODEL).write_bytes(onnx)
    (folder / MANIFEST).write_text(
        replace(SHIPPED, name="tagger", **changes).to_json(), encoding="utf-8"
    )
    return folder


def promote(current: Path, to: Path) -> None:
    """Have the link `current` point to another bundle, in one step."""
    scratch = current.with_name(".next")
    scratch.symlink_to(to)
    os.replace(scratch, current)


@dataclass
class Clients:
    """Clients that send one document after the other."""

    url: str
    document: bytes
    answers: list[httpx.Response] = field(default_factory=list)
    is_over: bool = False

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            while not self.is_over:
                self.answers.append(client.post("/parse", content=self.document))
                time.sleep(0.05)  # leaves the new processes something of two cores

    @contextmanager
    def sending(self, count: int) -> Iterator[None]:
        threads = [threading.Thread(target=self.run) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over = True
            for thread in threads:
                thread.join()


@dataclass
class Served:
    """A service whose model is what the link `current` points to."""

    service: Running
    current: Path

    def version(self) -> dict[str, str]:
        found: dict[str, str] = self.service.client.get("/version").json()
        return found

    def await_model(self, version: str) -> None:
        until(lambda: self.version()["model"] == f"tagger {version}", 60)

    def await_the_old_to_end(self) -> None:
        pool = self.service.serving.guard._pool
        assert pool is not None
        until(lambda: not pool._others(pool._arguments) and len(pool._all) == 1, 60)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    current = tmp_path_factory.mktemp("models") / "current"
    promote(current, copy(current.with_name("one"), version="1"))
    with running(model=current, processes=1, model_watch_seconds=0.1) as service:
        yield Served(service, current)


def _errors(caplog: pytest.LogCaptureFixture) -> str:
    return " ".join(str(vars(record).get("error")) for record in caplog.records)


def test_a_damaged_bundle_leaves_the_old_model(
    served: Served, page: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before = served.version()
    assert before["model"] == "tagger 1" and len(before["model_digest"]) == 64
    cut = copy(served.current.with_name("cut"), version="2", onnx=b"cut")
    strange = copy(
        served.current.with_name("strange"), version="2", onnx=b"strange",
        onnx_sha256=sha256(b"strange").hexdigest(),
    )  # fmt: skip
    for bundle, reason in ((cut, "SHA-256"), (strange, "INVALID_PROTOBUF")):
        with caplog.at_level(logging.ERROR):
            promote(served.current, bundle)
            until(lambda reason=reason: reason in _errors(caplog))
        assert metrics.MODEL_REFUSED._value.get() == 1
        assert served.version() == before
        assert served.service.client.post("/parse", content=page).status_code == 200
    promote(served.current, served.current.with_name("one"))
    until(lambda: metrics.MODEL_REFUSED._value.get() == 0)
    assert served.version() == before


def test_no_request_fails_while_the_model_is_switched_and_taken_back(
    served: Served, page: bytes
) -> None:
    two = copy(served.current.with_name("two"), version="2")
    one, clients = served.current.resolve(), Clients(served.service.url, page)
    since = served.version()["model_since"]
    with clients.sending(3):
        until(lambda: len(clients.answers) > 3)
        promote(served.current, two)
        served.await_model("2")
        served.await_the_old_to_end()
        switched = len(clients.answers)
        until(lambda: len(clients.answers) > switched + 10)
        promote(served.current, one)
        served.await_model("1")
        served.await_the_old_to_end()
        back = len(clients.answers)
        until(lambda: len(clients.answers) > back + 10)
    assert {answer.status_code for answer in clients.answers} == {200}
    bodies = [answer.content for answer in clients.answers]
    versions = [json.loads(body)["source"]["model_version"] for body in bodies]
    assert versions[0] == "tagger 1" and versions[switched + 3] == "tagger 2"
    old, new = bodies[0], bodies[switched + 3]
    assert set(bodies) == {old, new} and old.replace(b"tagger 1", b"tagger 2") == new
    assert set(bodies[back + 3 :]) == {old}
    assert served.version()["model_since"] > since


def test_a_bundle_that_is_not_the_chosen_one_is_not_loaded(tmp_path: Path) -> None:
    folder = copy(tmp_path / "one", version="1")
    digest = Manifest.from_json((folder / MANIFEST).read_text(encoding="utf-8")).digest
    assert Chosen(folder=folder, digest=digest).load().model_version == "tagger 1"
    with pytest.raises(BundleError, match="换成了另一个"):
        Chosen(folder=folder, digest=SHIPPED.digest).load()


@dataclass
class Switch:
    """A service whose processes say which model they began with."""

    service: Running

    def take(self, name: str) -> None:
        taking = self.service.serving.guard.take(Model(folder=Path(name)))
        asyncio.run_coroutine_threadsafe(taking, self.service.loop).result(60)

    def ask(self, file: str = "") -> str:
        """Return the model that has read a document, once `file` is there."""
        answer = self.service.client.post("/parse", content=file.encode())
        assert answer.status_code == 200, answer.text
        return str(answer.json()["model"])


@pytest.fixture(scope="module")
def switch() -> Iterator[Switch]:
    with running(switching.CREW, processes=3, rules_only=True, document_seconds=90) as service:
        yield Switch(service)


def test_a_process_finishes_what_it_has_and_gives_its_place_up(
    switch: Switch, tmp_path: Path
) -> None:
    guard = switch.service.serving.guard
    found: list[str] = []
    long = threading.Thread(target=lambda: found.append(switch.ask(str(tmp_path / "end"))))
    long.start()
    until(lambda: guard.load.running == 1)
    switch.take("second")
    assert (guard.load.running, found) == (1, [])
    assert {switch.ask() for _ in range(9)} == {"second"}
    (tmp_path / "end").touch()
    long.join()
    assert found == ["first"]
    assert guard._pool is not None
    processes = guard._pool._all
    until(lambda: len(processes) == 3)
    assert {process.arguments[0].folder for process in processes} == {Path("second")}


@pytest.mark.parametrize(
    ("name", "reason"),
    [("damaged", "bundle is damaged"), ("strange", "no such operator"), ("mute", "not read")],
)
def test_what_does_not_begin_or_read_takes_no_place(switch: Switch, name: str, reason: str) -> None:
    versions = switch.service.serving.guard.versions
    with pytest.raises(NotBegun, match=reason):
        switch.take(name)
    assert switch.service.serving.guard.versions == versions
    assert versions is not None and switch.ask() == versions.model
