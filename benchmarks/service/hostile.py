"""Hostile requests of the soak: what a crawler meets, and what an attacker would send.

Bodies that are shared with the archive test come from `benchmarks.hostile`.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping
from functools import cache

from benchmarks.hostile import KINDS as BODIES
from benchmarks.service import wire
from benchmarks.service.wire import Request
from nianbao.reading import read

Maker = Callable[[random.Random, bytes], Request]

#: Kinds of `benchmarks.hostile` that fit into a request.
SHARED = (
    "deep.html", "endless.html", "entities.html", "attributes.html", "binary.bin", "blank.txt",
    "cut.html.gz", "cut.zip", "nested.zip", "symlink.tar", "raw.zlib",
)  # fmt: skip
_HTML = (("Content-Type", b"text/html"),)
_JSON = (("Content-Type", b"application/json"),)
_PACKED = (*_HTML, ("Content-Encoding", b"gzip"))


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * (200 << 20), 1)


def _form_cut(rng: random.Random, page: bytes) -> Request:
    whole = wire.as_form("/parse", {"file": ("a.html", page)})
    return Request("/parse", whole.body[: rng.randrange(len(whole.body))], whole.headers)


def _form_many(rng: random.Random, page: bytes) -> Request:
    parts = {f"field{number}": ("", page[:number]) for number in range(rng.randint(10, 200))}
    return wire.as_form("/parse/stream", parts)


def _pdf(rng: random.Random, page: bytes) -> Request:
    whole = wire.made_pdf(read(page).text)
    return Request("/parse", wire.flipped(rng, whole, 60), (("Content-Type", b"application/pdf"),))


def _numbers(rng: random.Random, page: bytes) -> Request:
    row = "".join(f"<td>{rng.randrange(10**6)}" for _ in range(rng.randint(500, 5000)))
    return Request("/parse", page + b"<table><tr>" + row.encode() * 10, _HTML)


def _twice(rng: random.Random, page: bytes) -> Request:
    return Request("/parse", page * rng.randint(2, 20), _HTML)


#: Name -> how one is made, from a source of chance and a good page.
KINDS: Mapping[str, Maker] = {
    **{
        name: (lambda r, p, make=BODIES[name]: Request("/parse", make(r, p), _HTML))
        for name in SHARED
    },
    "bomb.gzip": lambda r, p: Request("/parse", _bomb(), _PACKED),
    "cut.gzip": lambda r, p: Request("/parse", gzip.compress(p)[: r.randint(0, 999)], _PACKED),
    "nested.json": lambda r, p: Request("/parse", b'{"text":' + b"[" * r.randint(9, 999_999), _JSON),
    "digits.json": lambda r, p: Request("/parse", b'{"text":' + b"1" * 99_999 + b"}", _JSON),
    "broken.json": lambda r, p: Request("/parse", b'{"html": "' + p[: r.randrange(len(p))], _JSON),
    "surrogates.json": lambda r, p: wire.as_json("/parse", {"text": "年报\ud800" * 999}),
    "members.json": lambda r, p: wire.as_json("/parse", {f"{n}": n for n in range(r.randint(1, 9999))}),
    "base64.json": lambda r, p: wire.as_json("/parse", {"base64": "=" * r.randint(1, 9999)}),
    "lines.ndjson": lambda r, p: Request(
        "/parse/stream", b"{\n" * r.randint(1, 500), (("Content-Type", b"application/x-ndjson"),)
    ),
    "cut.form": _form_cut,
    "many.form": _form_many,
    "damaged.pdf": _pdf,
    "wide.html": _numbers,
    "repeated.html": _twice,
    "charset.html": lambda r, p: Request("/parse", p, (("Content-Type", b"text/html; charset=utf-7"),)),
    "entity.xml": lambda r, p: Request(
        "/parse", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', _HTML
    ),
}  # fmt: skip
