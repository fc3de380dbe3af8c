"""HTTP responses as a WARC keeps them: headers, and the body as it was before it was sent."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Final

import brotli
from warcio.statusandheaders import StatusAndHeadersParser

from nianbao.batch.sources.compressed import (
    DEFLATE,
    GZIP,
    ZLIB,
    ZSTD,
    Codec,
    Inflated,
    codec_of,
)
from nianbao.batch.sources.guard import Budget, Damage
from nianbao.batch.sources.options import Limits
from nianbao.batch.sources.streams import Raw, buffered

#: Bytes of a header block; real ones have some hundred, with large cookies some thousand.
MAX_HEADERS: Final = 1 << 20
_MAX_LINE: Final = 1 << 16
_STATUS: Final = re.compile(r"(\d{3})\b")
_CHUNK_SIZE: Final = re.compile(rb"\s*([0-9A-Fa-f]{1,12})\s*(?:;[^\r\n]*)?\r?\n")
_RANGE: Final = re.compile(r"bytes 0-(\d+)/(\d+)")
_MAX_ENCODINGS: Final = 3

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The first line, without the protocol, and the headers, their names in lower case."""

    protocol: str
    status: str
    headers: Headers

    def get(self, name: str) -> str | None:
        """Return the first value of the header `name`."""
        return next((value for key, value in self.headers if key == name), None)


def read_headers(stream: io.BufferedReader, what: str, first: bytes = b"") -> HeaderBlock:
    """Read a header block with the empty line behind it; `first` is what was read of it before.

    Raises Damage when it is longer than `MAX_HEADERS` or ends before the empty line.
    """
    lines = [first] if first else []
    size = 0
    while True:
        line = stream.readline(_MAX_LINE)
        size += len(line)
        if not line:
            raise Damage("truncated", f"{what}的头部不完整")
        if size > MAX_HEADERS:
            raise Damage("broken", f"{what}的头部超过 {MAX_HEADERS} 字节")
        lines.append(line)
        if not line.strip():
            break
    parsed = StatusAndHeadersParser([], verify=False).parse(io.BytesIO(b"".join(lines)))
    headers = tuple((name.strip().lower(), value.strip()) for name, value in parsed.headers)
    return HeaderBlock(parsed.protocol, parsed.statusline, headers)


def status_of(block: HeaderBlock) -> int | None:
    """Return the status code of a response."""
    match = _STATUS.match(block.status)
    return int(match.group(1)) if match else None


def is_whole(block: HeaderBlock) -> bool:
    """Say whether a response with status 206 holds all of the document."""
    match = _RANGE.match(block.get("content-range") or "")
    return match is not None and int(match.group(1)) + 1 == int(match.group(2))


def body_of(
    stream: io.BufferedReader, block: HeaderBlock, budget: Budget, limits: Limits
) -> io.BufferedReader:
    """Return the body without the encodings that the headers name; nothing of it is buffered yet.

    Archives often keep a body decoded and its headers as they were; what does not begin as its
    encoding does is left as it is.  Raises Damage for an encoding that is unknown.
    """
    if "chunked" in (block.get("transfer-encoding") or "").lower():
        if _CHUNK_SIZE.match(stream.peek()[:_MAX_LINE]):
            stream = buffered(_Dechunked(stream))
    stated = [part.strip().lower() for part in (block.get("content-encoding") or "").split(",")]
    encodings = [name for name in stated if name not in ("", "identity", "utf-8", "none")]
    if len(encodings) > _MAX_ENCODINGS:
        raise Damage("unsupported_encoding", f"网页的压缩方式过多：{', '.join(encodings)}")
    for name in reversed(encodings):
        stream = _decoded(stream, name, budget, limits)
    return stream


def _decoded(
    stream: io.BufferedReader, name: str, budget: Budget, limits: Limits
) -> io.BufferedReader:
    if name not in _ENCODINGS:
        raise Damage("unsupported_encoding", f"不支持的网页压缩方式：{name}")
    head = stream.peek()[:16]
    codec: Codec | None = _ENCODINGS[name]
    if codec is None:
        codec = ZLIB if head[:1] == b"\x78" and _checks(head) else DEFLATE
    told = codec_of(head) is codec if codec.magic else not head.lstrip().startswith(b"<")
    return buffered(Inflated(stream, codec, budget, limits)) if told else stream


def _checks(head: bytes) -> bool:
    """Say whether the first two bytes are a zlib header; some servers leave it out."""
    return int.from_bytes(head[:2], "big") % 31 == 0


class _Brotli:
    """brotli's engine with the interface of the others; it may give more than it is asked for."""

    unused_data = b""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._over = b""

    @property
    def eof(self) -> bool:
        """The data have come to their end."""
        return not self._over and bool(self._inner.is_finished())

    @property
    def needs_input(self) -> bool:
        """There is nothing more to give without further data."""
        return not self._over and bool(self._inner.can_accept_more_data())

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take `data`, give at most `max_length` bytes."""
        if not self._over:
            try:
                self._over = self._inner.process(data, output_buffer_limit=max_length)
            except brotli.error as error:
                raise ValueError(str(error)) from None
        part, self._over = self._over[:max_length], self._over[max_length:]
        return part


#: Name of a content encoding -> method; None is the one with and without a header.
_ENCODINGS: Final[dict[str, Codec | None]] = {
    "gzip": GZIP,
    "x-gzip": GZIP,
    "zstd": ZSTD,
    "deflate": None,
    "br": Codec("brotli", b"", _Brotli),
}


class _Dechunked(Raw):
    """The body of a response that was sent in chunks; raises Damage where they are broken."""

    def __init__(self, stream: io.BufferedReader) -> None:
        super().__init__()
        self._stream = stream
        self._left = 0
        self._ended = False

    def _some(self, count: int) -> bytes:
        if not self._left and not self._ended:
            self._left = self._next()
            self._ended = not self._left
        if self._ended:
            return b""
        part = self._stream.read1(min(count, self._left))
        if not part:
            raise Damage("truncated", f"分块传输的网页不完整，还缺 {self._left} 字节")
        self._left -= len(part)
        if not self._left and self._stream.readline(2) not in (b"\r\n", b"\n", b""):
            raise Damage("broken", "分块传输的网页已损坏：块的大小不符")
        return part

    def _next(self) -> int:
        """Return the size of the next chunk."""
        line = self._stream.readline(_MAX_LINE)
        if not line:
            raise Damage("truncated", "分块传输的网页不完整，缺少结尾")
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise Damage("broken", "分块传输的网页已损坏：块的大小无法识别")
        return int(match.group(1), 16)
