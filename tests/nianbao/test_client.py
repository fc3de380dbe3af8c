"""The client of the service, against one that answers what the test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nianbao import client
from nianbao.cli import app


class Asked(list[tuple[str, dict[str, str], bytes]]):
    """The requests that came."""


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[str, Asked]]:
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, dict(self.headers), data))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


RECORD = (
    b'{"a": 0.10, "b": 1e-05, "c": 12345678901234567890.50, "is_report": true, "t": "\xe5\xb9\xb4"}'
)


def test_numbers_are_printed_as_the_service_wrote_them(tmp_path: Path) -> None:
    (tmp_path / '年 "报.html').write_bytes(b"page")
    name = str(tmp_path / '年 "报.html')
    with answering(200, RECORD) as (url, asked):
        one = CliRunner().invoke(app, ["parse", name, "--server", url + "/"])
        two = CliRunner().invoke(app, ["parse", name, name, "--server", url])
    assert one.exit_code == two.exit_code == 0
    assert two.output == RECORD.decode() + "\n" + RECORD.decode() + "\n"
    assert json.loads(one.output) == json.loads(RECORD) and '\n "b": 1e-05,' in one.output
    path, headers, data = asked[0]
    assert (path, data) == ("/parse", b"page")
    disposition = headers["Content-Disposition"].encode("latin-1").decode()
    assert disposition == 'attachment; filename="年 _报.html"'


def test_the_key_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIANBAO_API_KEY", "nb_key")
    with answering(200, RECORD) as (url, asked):
        client.ask(url, b"x", None)
    assert asked[0][1]["Authorization"] == "Bearer nb_key"


def test_exit_status_and_messages(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_bytes(b"page")
    problem = json.dumps({"detail": "服务繁忙。", "code": "busy", "instance": "r1"}).encode()
    for status, body, exit_code, words in (
        (200, b'{"is_report": false}', 1, "不是政府信息公开工作年度报告"),
        (503, problem, 2, "服务繁忙。(busy,编号 r1)"),
        (502, b"<html>", 2, "服务回答 502"),
        (200, b"[]", 2, "不是记录"),
    ):
        with answering(status, body) as (url, _):
            done = CliRunner().invoke(app, ["parse", str(page), "--server", url])
        assert done.exit_code == exit_code and words in done.output
    for url, words in (("http://127.0.0.1:9", "无法连接"), ("file:///etc", "http://")):
        done = CliRunner().invoke(app, ["parse", str(page), "--server", url])
        assert done.exit_code == 2 and words in done.output


def test_options_of_reading_here_do_not_go_with_a_server() -> None:
    command = ["parse", "a.html", "--server", "http://127.0.0.1:9", "--format", "csv"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2 and "--server" in done.output


def test_serve_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.importlib.util, "find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["serve"])
    assert done.exit_code == 2 and ".[serve]" in done.output
    monkeypatch.setattr(client, "__file__", "/usr/lib/python3/site-packages/nianbao/client.py")
    done = CliRunner().invoke(app, ["serve"])
    assert done.exit_code == 2 and all(w in done.output for w in ("克隆", "Bento", "Dockerfile"))


def test_serve_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0", "--port", "1"])
    assert done.exit_code == 2
