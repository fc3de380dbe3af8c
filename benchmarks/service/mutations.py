"""Ten thousand damaged requests, from one seed: none may be answered with a fault of the service.

Whole requests of every kind (JSON, forms, raw HTML, text and PDF, streams, gzip) are damaged in one to
three ways: bits turned, bytes cut, doubled, moved; headers changed, lost, given twice; JSON, forms,
markup and PDF broken where they hurt; a charset that is not that of the text.  An answer of 500 or
above is wrong, 503 with `Retry-After` apart, and so is a traceback in an answer or in the log.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.archive import page
from benchmarks.service import running, wire
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, none
from benchmarks.service.wire import Request
from nianbao.reading import read
from training.synthesis.corpus import Corpus

#: A body that never comes whole is given up after so long (`NIANBAO_BODY_SECONDS`).
_BODY_SECONDS = 2
_THREADS = 8
_PATH = "requests.new_received.total"
_HTML = (("Content-Type", b"text/html"),)
_WORDS = (
    b"<table>", b"</td>", b"<tr><td colspan=99999999>", b"<!--", b"<![CDATA[", b"<script>",
    b"&#x110000;", b"&#xD800;", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"<ruby>", b"<base href=//x>",
    b"<?xml version='1.0' encoding='x'?>", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    b"<meta charset=utf-7>", b"%PDF-1.7", b"\xf0\x9f\x98\x80", b"9" * 400,
)  # fmt: skip
_CHARSETS = (
    b"utf-7", b"utf-16", b"utf-32", b"gbk", b"big5", b"hz", b"latin-1", b"x-nothing", b"", b"\xff",
    b'"', b"rot13", b"idna", b"utf-8; charset=gbk", b"unicode_escape", b"A" * 5000,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, -1, 10**400, 1e308, "", "\ud800", "x" * 5000, [], {}, [[[[]]]], {"text": 1}, "\x00",
)  # fmt: skip
_HEADERS = (
    "Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Accept", "Host",
    "X-Request-Id", "Authorization", "Content-Disposition", "Expect", "Range", "Cookie", "Upgrade",
)  # fmt: skip
_HEADER_VALUES = (
    b"", b"gzip", b"gzip, gzip", b"br", b"chunked", b"identity", b"0", b"-1", b"1e3", b"7",
    b"application/json", b"multipart/form-data", b"multipart/form-data; boundary=", b"text/html",
    b"multipart/form-data; boundary=" + b"b" * 300, b"application/pdf", b"text/plain; charset=",
    b"application/x-ndjson", b"image/png", b"100-continue", b"bytes=0-1", b"\xe5\xb9\xb4\xe6\x8a\xa5",
    b"Bearer x", b'form-data; name="file"; filename="../../x"', b"a" * 4000, b"websocket", b";;;==\"",
)  # fmt: skip


def wholes(seed: int) -> tuple[Request, ...]:
    """Return whole requests of every kind."""
    corpus = Corpus.without_data()
    data = page(seed, corpus, report=True)
    text = read(data).text
    html = data.decode("utf-8", "replace")
    pdf = wire.made_pdf(text)
    lines = b"".join(
        json.dumps({"id": number, "text": part}, ensure_ascii=False).encode("utf-8", "replace")
        + b"\n"
        for number, part in enumerate((text, text[:2000], "年报", html[:3000]))
    )
    packed = (*_HTML, ("Content-Encoding", b"gzip"))
    return (
        Request("/parse", data, _HTML),
        Request("/parse", text.encode(), (("Content-Type", b"text/plain; charset=utf-8"),)),
        Request("/parse", text.encode("gb18030"), (("Content-Type", b"text/plain; charset=gbk"),)),
        Request("/parse", pdf, (("Content-Type", b"application/pdf"),)),
        Request("/parse", data),
        Request("/parse", gzip.compress(data), packed),
        wire.as_json("/parse?include=text", {"html": html, "name": "甲.html"}),
        wire.as_json("/parse", {"text": text}),
        wire.as_form("/parse", {"file": ("甲.html", data)}),
        wire.as_form("/parse", {"file": ("甲.pdf", pdf)}),
        wire.as_json("/label", {"text": text}),
        wire.as_json("/explain", {"text": text, "path": _PATH}),
        wire.as_form("/explain", {"file": ("甲.html", data), "path": ("", _PATH.encode())}),
        Request("/parse/stream", lines, (("Content-Type", b"application/x-ndjson"),)),
        wire.as_form("/parse/stream", {"a": ("a.html", data), "b": ("b.pdf", pdf), "c": ("", b"x")}),
        Request("/schema", b"", method="GET"),
        Request("/problems/busy", b"", method="GET"),
        Request("/", b"", method="GET"),
    )  # fmt: skip


def _bits(rng: Random, request: Request) -> Request:
    return replace(request, body=wire.flipped(rng, request.body, 200))


def _cut(rng: Random, request: Request) -> Request:
    size = len(request.body)
    a, b = sorted((rng.randint(0, size), rng.randint(0, size)))
    kept = request.body[:a] if rng.random() < 0.5 else request.body[:a] + request.body[b:]
    return replace(request, body=kept)


def _doubled(rng: Random, request: Request) -> Request:
    size = len(request.body)
    a, b = sorted((rng.randint(0, size), rng.randint(0, size)))
    times = rng.choice((1, 2, 5))
    return replace(request, body=request.body[:b] + request.body[a:b] * times + request.body[b:])


def _moved(rng: Random, request: Request) -> Request:
    size = len(request.body)
    a, b = sorted((rng.randint(0, size), rng.randint(0, size)))
    return replace(request, body=request.body[b:] + request.body[a:b] + request.body[:a])


def _words(rng: Random, request: Request) -> Request:
    body = request.body
    for _ in range(rng.randint(1, 30)):
        at = rng.randint(0, len(body))
        body = body[:at] + rng.choice(_WORDS) + body[at + rng.choice((0, 0, 7)) :]
    return replace(request, body=body)


def _markup(rng: Random, request: Request) -> Request:
    """Take signs of markup, JSON, forms and PDF away, or put others in their place."""
    body = bytearray(request.body)
    signs = b'<>"&/={}[]:,\\-\r\n'
    places = [at for at, sign in enumerate(body) if sign in signs]
    for at in rng.sample(places, min(len(places), rng.randint(1, 40))):
        body[at] = rng.choice(signs)
    return replace(request, body=bytes(body))


def _numbers(rng: Random, request: Request) -> Request:
    """Change digits: figures of tables, offsets and lengths in PDF."""
    body = bytearray(request.body)
    places = [at for at, sign in enumerate(body) if sign in b"0123456789"]
    for at in rng.sample(places, min(len(places), rng.randint(1, 60))):
        body[at] = rng.choice(b"0123456789-. ")
    return replace(request, body=bytes(body))


def _value(rng: Random, request: Request) -> Request:
    """Give a member of JSON another value, or another member."""
    try:
        found = json.loads(request.body)
        name = rng.choice(sorted(found))
    except (ValueError, TypeError, IndexError):
        return _words(rng, request)
    if rng.random() < 0.3:
        found[rng.choice(("id", "base64", "url", "name", "text", "", "path"))] = rng.choice(_VALUES)
    else:
        found[name] = rng.choice(_VALUES)
    return replace(request, body=json.dumps(found).encode("utf-8", "replace"))


def _header(rng: Random, request: Request) -> Request:
    headers = list(request.headers)
    if headers and rng.random() < 0.3:
        headers.pop(rng.randrange(len(headers)))
    else:
        headers.append((rng.choice(_HEADERS), rng.choice(_HEADER_VALUES)))
    return replace(request, headers=tuple(headers))


def _charset(rng: Random, request: Request) -> Request:
    kind = dict(request.headers).get("Content-Type", b"text/html").partition(b";")[0]
    others = tuple(header for header in request.headers if header[0] != "Content-Type")
    value = kind + b"; charset=" + rng.choice(_CHARSETS)
    body = request.body
    if rng.random() < 0.5:
        text = body.decode("utf-8", "replace")
        body = text.encode(
            rng.choice(("gb18030", "utf-16", "utf-32", "big5", "latin-1")), "replace"
        )
    return replace(request, body=body, headers=(*others, ("Content-Type", value)))


def _address(rng: Random, request: Request) -> Request:
    ends = (
        "?include=text", "?include=text&include=text", "?x=1", "?", "/", "//", "/../x", "%00", "%",
        "?include=%E5%B9%B4", "?include=" + "a" * 3000, "\xff", "#x",
    )  # fmt: skip
    method = rng.choice((request.method,) * 4 + ("GET", "PUT", "PATCH", "HEAD", "OPTIONS", "X"))
    return replace(request, path=request.path + rng.choice(ends), method=method)


KINDS: dict[str, Callable[[Random, Request], Request]] = {
    "bits": _bits, "cut": _cut, "doubled": _doubled, "moved": _moved, "words": _words,
    "markup": _markup, "numbers": _numbers, "value": _value, "header": _header,
    "charset": _charset, "address": _address,
}  # fmt: skip


def mutant(number: int, seed: int, requests: Sequence[Request]) -> tuple[Request, str]:
    """Return the damaged request of a number, and how it was damaged."""
    rng = Random(f"mutant {seed} {number}")
    request = rng.choice(requests)
    kinds = rng.choices(list(KINDS), k=rng.choice((1, 1, 1, 2, 3)))
    for kind in kinds:
        request = KINDS[kind](rng, request)
    return request, f"{number} {request.method} {request.path[:40]}: {', '.join(kinds)}"


def judge(reply: wire.Reply) -> str:
    """Return what is wrong with an answer, "" where nothing is."""
    if b"Traceback" in reply.body:
        return "traceback"
    is_patience = reply.status == 503 and "retry-after" in reply.headers
    return f"status {reply.status}" if reply.status >= 500 and not is_patience else ""


def measure(plan: Plan) -> Result:
    """Send them all."""
    requests = [request for seed in range(3) for request in wholes(plan.seed + seed)]
    settings = {"body_seconds": _BODY_SECONDS, **plan.settings}
    statuses = Counter[int]()
    wrong: list[str] = []
    progress = Progress("mutations", plan.mutations, "requests")
    with running.running(plan.work, plan.processes, **settings) as service:

        def one(number: int) -> None:
            request, called = mutant(number, plan.seed, requests)
            reply = wire.send(service.port, request)
            statuses[reply.status] += 1
            if found := judge(reply):
                wrong.append(f"{called}: {found}")
            progress.tell(statuses.total())

        with ThreadPoolExecutor(_THREADS) as threads:
            for _ in threads.map(one, range(plan.mutations)):
                pass
        traces = service.traces()
        faults = sum(service.counters("nianbao_problems_total").values())
    figures = {
        "requests": plan.mutations,
        "seed": plan.seed,
        "statuses (0: closed without an answer)": dict(sorted(statuses.items())),
        "problems that the service counted": int(faults),
        "wrong": wrong[:20],
    }
    bars = (
        none("answers of 500 and above, or with a traceback", len(wrong)),
        none("tracebacks in the log", traces),
    )
    return Result("mutations", figures, bars)
