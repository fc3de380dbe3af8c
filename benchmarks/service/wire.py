"""Requests as bytes: what a proper client would never send can be sent too."""

from __future__ import annotations

import http.client
import io
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

#: Longer than the service takes for anything.
_SECONDS = 150.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header values are bytes, for they may be anything."""

    path: str
    body: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    method: str = "POST"

    def to_bytes(self) -> bytes:
        """Return it as it goes over the wire, with `Host`, `Connection: close` and, unless the
        headers give one, the length of the body."""
        given = {name.lower() for name, _ in self.headers}
        head = [f"{self.method} {self.path} HTTP/1.1".encode("latin-1", "replace")]
        if "host" not in given:
            head.append(b"Host: localhost")
        head += [name.encode("latin-1", "replace") + b": " + value for name, value in self.headers]
        if not given & {"content-length", "transfer-encoding"}:
            head.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join([*head, b"Connection: close", b"", self.body])


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; status 0 where nothing did."""

    status: int
    headers: Mapping[str, str]
    body: bytes


NOTHING = Reply(0, {}, b"")


def send(port: int, request: Request, seconds: float = _SECONDS) -> Reply:
    """Send a request and return what came back until the connection was closed."""
    with socket.create_connection(("127.0.0.1", port), seconds) as link:
        with suppress(OSError):  # it may answer before the end of the body, and close
            link.sendall(request.to_bytes())
        answer = http.client.HTTPResponse(link, method=request.method)
        try:
            answer.begin()
            body = answer.read()
        except (http.client.HTTPException, OSError):
            return NOTHING
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, body)


def leave(port: int, data: bytes) -> None:
    """Send bytes and leave before the answer."""
    with socket.create_connection(("127.0.0.1", port), _SECONDS) as link, suppress(OSError):
        link.sendall(data)


def as_json(path: str, found: Any) -> Request:
    """Return the request that sends `found` as JSON."""
    body = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
    return Request(path, body, (("Content-Type", b"application/json"),))


def as_form(path: str, parts: Mapping[str, tuple[str, bytes]]) -> Request:
    """Return the request that sends a form: field -> (name of the file or "", bytes)."""
    boundary = b"benchmark-boundary"
    body = io.BytesIO()
    for name, (filename, data) in parts.items():
        named = f'; filename="{filename}"' if filename else ""
        head = f'Content-Disposition: form-data; name="{name}"{named}'.encode()
        body.write(b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + data + b"\r\n")
    body.write(b"--" + boundary + b"--\r\n")
    kind = b"multipart/form-data; boundary=" + boundary
    return Request(path, body.getvalue(), (("Content-Type", kind),))


def made_pdf(text: str) -> bytes:
    """Return a PDF of a few pages that shows the lines of `text`."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    made = io.BytesIO()
    canvas = Canvas(made, A4, invariant=1)
    lines = [line[at : at + 40] for line in text.splitlines() for at in range(0, len(line), 40)]
    for first in range(0, len(lines), 45):
        canvas.setFont("STSong-Light", 11)
        for row, line in enumerate(lines[first : first + 45]):
            canvas.drawString(60, 780 - 16 * row, line)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def flipped(rng: Random, data: bytes, most: int = 20) -> bytes:
    """Return `data` with some bits turned."""
    damaged = bytearray(data)
    for _ in range(rng.randint(1, most) if data else 0):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)
