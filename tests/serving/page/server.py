"""A server of the page that answers as the service does, from the standard library."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from nianbao.exceptions import InputTooLarge, UnreadableInput
from nianbao.pipeline import Pipeline
from nianbao.reading import read_text
from nianbao.report import Report, to_json

PAGE = Path(__file__).resolve().parents[3] / "serving" / "page"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass
class Service:
    """What the server answers with.  `made` holds records by the digest of the bytes that ask for
    them; `key` is asked for when set; `busy` is how many calls are turned away first."""

    pipeline: Pipeline
    made: dict[str, tuple[Report, str]] = field(default_factory=dict)
    key: str | None = None
    busy: int = 0
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def add(self, data: bytes, report: Report, text: str) -> None:
        self.made[hashlib.sha256(data).hexdigest()] = (report, text)

    def parse(self, kind: str, body: bytes) -> tuple[Report, str]:
        """Raises UnreadableInput as the pipeline does."""
        if kind.startswith("application/json"):
            given = json.loads(body)
            self.asked.append(next(iter(given)))
            data = next(iter(given.values())).encode()
        else:
            head = f"Content-Type: {kind}\r\n\r\n".encode()
            message = message_from_bytes(head + body, policy=policy.HTTP)
            (part,) = message.iter_parts()
            assert part.get_param("name", header="content-disposition") == "file"
            data = part.get_payload(decode=True)
            self.asked.append("file")
        found = self.made.get(hashlib.sha256(data).hexdigest())
        if found is not None:
            return found
        if self.asked[-1] == "text":
            document = read_text(data.decode())
        else:
            document = self.pipeline.document(data)
        return self.pipeline.parse_document(document), document.text


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        name = "index.html" if path == "/" else path.removeprefix("/static/")
        file = PAGE / name
        if not file.is_file() or not file.resolve().is_relative_to(PAGE):
            self._send(404, "text/plain", b"")
            return
        self._send(200, TYPES[file.suffix], file.read_bytes())

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert url.path == "/parse" and parse_qs(url.query) == {"include": ["text"]}
        service = self.service
        if service.key is not None and self.headers["Authorization"] != f"Bearer {service.key}":
            self._problem(
                401, "unauthorized", "缺少密钥或密钥无效", "The key is missing or not valid"
            )
            return
        if service.busy > 0:
            service.busy -= 1
            self._problem(503, "busy", "服务正忙", "The service is busy", {"Retry-After": "1"})
            return
        try:
            report, text = service.parse(self.headers["Content-Type"], body)
        except InputTooLarge as error:
            self._problem(413, error.code, str(error), "The input is too large")
        except UnreadableInput as error:
            self._problem(422, error.code, str(error), "The input cannot be read")
        else:
            record = to_json(report, indent=None)
            answer = f'{{"record": {record}, "text": {json.dumps(text, ensure_ascii=False)}}}'
            self._send(200, "application/json", answer.encode())

    def _problem(
        self,
        status: int,
        code: str,
        chinese: str,
        english: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        body = {
            "type": f"/problems/{code}", "title": english, "status": status, "code": code,
            "detail": chinese, "detail_en": english, "instance": "made",
        }  # fmt: skip
        self._send(status, "application/problem+json", json.dumps(body).encode(), headers)

    def _send(
        self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """Serve `service` on a free port of loopback and tell it its address."""
    handler = type("Handler", (_Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}/"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
