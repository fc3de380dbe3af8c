"""Keys, limits, and what is never logged."""

from __future__ import annotations

import json
import logging
import stat
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving import logs
from serving.__main__ import app
from serving.keys import KeyFile, KeyFileError
from tests.serving.hostile import CREW
from tests.serving.running import running


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_key_is_kept_as_a_hash_and_known_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = KeyFile(path)
    first, second = keys.add("first"), keys.add("second")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first not in path.read_text() and first.split("_", 2)[2] not in path.read_text()
    assert keys.known(first) is None
    assert (keys.prove(first), keys.prove(second)) == ("first", "second")
    assert keys.known(first) == "first"
    wrong = first[:-1] + ("A" if first[-1] != "A" else "B")
    assert keys.prove(wrong) is None and keys.known(wrong) is None
    assert keys.prove("nb_00000000_" + "A" * 43) is None and keys.prove("") is None


def test_a_revoked_key_is_none_at_once_in_another_process_too(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    theirs, ours = KeyFile(path), KeyFile(path)
    key = ours.add("one")
    assert theirs.prove(key) == "one" and theirs.known(key) == "one"
    ours.revoke("one")
    assert theirs.known(key) is None and theirs.prove(key) is None
    assert ours.add("one") != key
    assert [bool(entry.revoked) for entry in ours.entries()] == [True, False]


def test_what_cannot_be_done_with_keys_is_said(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    keys.add("one")
    for wrong in ("one", "", "a b", "x" * 65):
        with pytest.raises(KeyFileError):
            keys.add(wrong)
    with pytest.raises(KeyFileError):
        keys.revoke("two")
    (tmp_path / "keys.json").write_text('{"keys": 1}')
    with pytest.raises(KeyFileError):
        keys.entries()


def test_keys_are_made_listed_and_revoked_by_a_command(tmp_path: Path) -> None:
    path = str(tmp_path / "keys.json")
    run = CliRunner().invoke
    key = run(app, ["keys", "add", "one", "--file", path]).output.strip()
    assert KeyFile(Path(path)).prove(key) == "one"
    assert run(app, ["keys", "revoke", "one", "--file", path]).exit_code == 0
    listed = run(app, ["keys", "list", "--file", path]).output
    assert listed.startswith("one\t") and "\t-" not in listed and key not in listed
    assert run(app, ["keys", "revoke", "one", "--file", path]).exit_code == 2


def test_with_keys_each_request_needs_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key, gone = KeyFile(path).add("one"), KeyFile(path).add("gone")
    KeyFile(path).revoke("gone")
    with running(CREW, processes=1, keys_file=path) as service:
        ask = service.client.post
        refused = [
            ask("/parse", content=b"x"),
            ask("/parse", content=b"x", headers=bearer(gone)),
            ask("/parse", content=b"x", headers={"Authorization": f"Basic {key}"}),
            service.client.get("/nowhere"),
            service.client.get("/metrics"),
        ]
        assert [(r.status_code, r.json()["code"]) for r in refused] == [(401, "unauthorized")] * 5
        assert all(r.headers["www-authenticate"].startswith("Bearer") for r in refused)
        assert ask("/parse", content=b"x", headers=bearer(key)).status_code == 200
        assert service.client.get("/openapi.json").status_code == 200
        KeyFile(path).revoke("one")
        assert ask("/parse", content=b"x", headers=bearer(key)).status_code == 401


def test_each_key_has_its_own_limits(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    one, two = KeyFile(path).add("one"), KeyFile(path).add("two")
    with running(CREW, processes=1, keys_file=path, key_rate="3/minute", key_requests=1) as service:

        def ask(key: str, body: bytes = b"x") -> tuple[int, str]:
            answer = service.client.post("/parse", content=body, headers=bearer(key))
            if answer.status_code == 429:
                assert 1 <= int(answer.headers["retry-after"]) <= 61
            return answer.status_code, answer.json().get("code", "")

        slow = threading.Thread(target=ask, args=(one, b"sleep 1"))
        slow.start()
        while not service.serving.guard.load.running:
            time.sleep(0.01)
        assert ask(one) == (429, "too_many_requests")
        slow.join()
        assert [ask(one), ask(one), ask(one)] == [(200, ""), (200, ""), (429, "rate_limited")]
        assert ask(two) == (200, "")


def test_the_open_service_answers_to_names_of_this_machine_only() -> None:
    with running(CREW, processes=1) as service:
        for host, status in (
            ("localhost:1234", 200), ("[::1]:80", 200), ("127.0.0.1", 200),
            ("reports.example", 421), ("127.0.0.1.example:80", 421), ("", 421),
        ):  # fmt: skip
            answer = service.client.post("/parse", content=b"x", headers={"Host": host})
            assert answer.status_code == status, host


def test_no_word_of_a_document_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running(CREW, processes=1) as service:
        for body in (b"secret", b"die secret", b"fault secret"):
            service.client.post("/parse", files={"file": ("secret.html", body)})
        service.client.get("/secret?secret=secret")
    lines = [record for record in caplog.records if record.name == logs.LOGGER]
    requests = [vars(record) for record in lines if record.message == "request"]
    assert [r["status"] for r in requests] == [200, 422, 500, 404]
    assert [r["path"] for r in requests] == ["/parse"] * 3 + ["/*"]
    shown = json.dumps([vars(record) for record in lines], default=str)
    assert "secret" not in shown and "fault" in shown and "crash" in shown


def test_logs_are_json_with_the_id_of_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("", "bentoml", "circus", "uvicorn.error", logs.LOGGER)
    kept = {n: (logging.getLogger(n).handlers, logging.getLogger(n).propagate) for n in names}
    try:
        logs.configure("INFO")
        token = logs.REQUEST_ID.set("r1")
        logging.getLogger(logs.LOGGER).info("request", extra={"status": 200, "key": "甲"})
        logs.REQUEST_ID.reset(token)
    finally:
        for name, (handlers, propagate) in kept.items():
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = handlers, propagate
    line = json.loads(capsys.readouterr().err)
    assert (line["request_id"], line["status"], line["key"], line["level"]) == (
        "r1", 200, "甲", "INFO",
    )  # fmt: skip
