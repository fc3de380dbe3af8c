"""The body of a request, piece by piece and within bounds: time, bytes as sent, bytes inflated."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from serving.problems import Problem
from serving.settings import Settings

#: What a body may be as it is; JSON and multipart are taken apart first.
RAW: Final = (
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "text/markdown",
    "application/pdf",
    "application/octet-stream",
)
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
MULTIPART: Final = "multipart/form-data"
#: Bytes that are inflated before other requests get their turn.
_PIECE: Final = 1 << 18
_MAX_BOUNDARY: Final = 200


class Part(NamedTuple):
    """A part of a multipart body."""

    field: str
    filename: str | None
    media_type: str | None
    data: bytes


def media_type(request: Request) -> str:
    """Return the media type of the body, lower case, without parameters; "" where none is given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def declared_length(request: Request) -> int:
    """Return what `Content-Length` says, 0 where it says nothing."""
    given = request.headers.get("content-length", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 20 else 0


def disposition_name(request: Request) -> str | None:
    """Return the file name in `Content-Disposition`, which a client may send with raw bytes."""
    given = request.headers.get("content-disposition")
    return None if given is None else _filename(parse_options_header(given)[1])


async def pieces(request: Request, settings: Settings, bound: int | None) -> AsyncIterator[bytes]:
    """Yield the body, inflated where it came as gzip.

    Raises Problem when the next piece does not come in time, or the body is larger than `bound`.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        inflater = None
    elif encoding in ("gzip", "x-gzip"):
        inflater = _Inflater()
    else:
        raise Problem("unsupported_encoding", where="header:Content-Encoding")
    if bound is not None and declared_length(request) > bound:
        raise _too_large(bound, inflated=False)
    sent = inflated = 0
    async for sent_piece in _sent(request, settings.body_seconds):
        sent += len(sent_piece)
        if bound is not None and sent > bound:
            raise _too_large(bound, inflated=False)
        if inflater is None:
            yield sent_piece
            continue
        for piece in inflater.feed(sent_piece):
            inflated += len(piece)
            if bound is not None and inflated > bound:
                raise _too_large(bound, inflated=True)
            yield piece
            await asyncio.sleep(0)
    if inflater is not None:
        inflater.finish()


async def whole(source: AsyncIterator[bytes]) -> bytes:
    """Return all of `source`."""
    body = bytearray()
    async for piece in source:
        body += piece
    return bytes(body)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raise Problem `request_timeout` when what is done inside takes longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Problem("request_timeout", where="body") from None


async def lines(source: AsyncIterator[bytes], bound: int) -> AsyncIterator[bytes | Problem]:
    """Yield the lines of `source`; for one that is longer than `bound`, the problem in its place."""
    line, is_over = bytearray(), False
    async for piece in source:
        *ended, rest = piece.split(b"\n")
        for part in ended:
            is_over = is_over or len(line) + len(part) > bound
            yield _too_large(bound, inflated=False) if is_over else bytes(line + part)
            line, is_over = bytearray(), False
        is_over = is_over or len(line) + len(rest) > bound
        line = bytearray() if is_over else line + rest
    if is_over:
        yield _too_large(bound, inflated=False)
    elif line:
        yield bytes(line)


async def parts(
    source: AsyncIterator[bytes], request: Request, bound: int
) -> AsyncIterator[Part | Problem]:
    """Yield the parts of a multipart body; for one that is larger than `bound`, the problem in its
    place.  Raises Problem `bad_multipart`."""
    async for event in _read_form(source, _Parts(_boundary(request), bound)):
        if isinstance(event, Part | Problem):
            yield event


async def part_pieces(
    source: AsyncIterator[bytes], request: Request
) -> AsyncIterator[Part | bytes]:
    """Yield of each part of a multipart body first the part without its data, then the pieces of
    these, so that it need not be held.  Raises Problem `bad_multipart`."""
    async for event in _read_form(source, _PartPieces(_boundary(request), 0)):
        if isinstance(event, Part | bytes):
            yield event


async def _read_form(
    source: AsyncIterator[bytes], reader: _Parts
) -> AsyncIterator[Part | Problem | bytes]:
    try:
        async for piece in source:
            for event in reader.feed(piece):
                yield event
    except FormParserError as error:
        raise Problem("bad_multipart", where="body") from error
    if not reader.is_complete:
        raise Problem("bad_multipart", where="body")


def _boundary(request: Request) -> bytes:
    options = parse_options_header(request.headers.get("content-type"))[1]
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        raise Problem("bad_multipart", where="header:Content-Type")
    return boundary


async def _sent(request: Request, seconds: float) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        async with within(seconds):
            piece = await anext(stream, None)
        if piece is None:
            return
        if piece:
            yield piece


async def disconnected(request: Request) -> None:
    """Return when the client is gone; for use once the body is read."""
    while True:
        if (await request.receive())["type"] == "http.disconnect":
            return


class _Inflater:
    """Inflates gzip, of several members too, a piece at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._is_empty = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._member.eof:
                    self._member = zlib.decompressobj(wbits=31)
                self._is_empty = False
                piece = self._member.decompress(data, _PIECE)
                if piece:
                    yield piece
                data = (
                    self._member.unused_data if self._member.eof else self._member.unconsumed_tail
                )
        except zlib.error as error:
            raise Problem("bad_gzip", where="body") from error

    def finish(self) -> None:
        if self._is_empty or not self._member.eof:
            raise Problem("bad_gzip", where="body")


@dataclass(slots=True)
class _Parts:
    """Gathers the parts of a multipart body."""

    boundary: bytes
    bound: int
    is_complete: bool = False
    ended: list[Part | Problem | bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    data: bytearray = field(default_factory=bytearray)
    is_over: bool = False
    parser: MultipartParser = field(init=False)

    def __post_init__(self) -> None:
        self.parser = MultipartParser(
            self.boundary,
            {
                "on_part_begin": self._begin,
                "on_header_begin": self._begin_header,
                "on_header_field": self._field,
                "on_header_value": self._value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    def feed(self, data: bytes) -> list[Part | Problem | bytes]:
        self.parser.write(data)
        ended, self.ended = self.ended, []
        return ended

    def _begin(self) -> None:
        self.headers, self.data, self.is_over = {}, bytearray(), False

    def _begin_header(self) -> None:
        self.header = (bytearray(), bytearray())

    def _field(self, data: bytes, start: int, end: int) -> None:
        self.header[0].extend(data[start:end])

    def _value(self, data: bytes, start: int, end: int) -> None:
        self.header[1].extend(data[start:end])

    def _end_header(self) -> None:
        name, value = (bytes(one).decode("latin-1") for one in self.header)
        self.headers[name.lower()] = value

    def _end_headers(self) -> None:
        """There is nothing to do before the data."""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.is_over = self.is_over or len(self.data) + end - start > self.bound
        if self.is_over:
            self.data.clear()
        else:
            self.data.extend(data[start:end])

    def _end(self) -> None:
        if self.is_over:
            self.ended.append(_too_large(self.bound, inflated=False))
        else:
            self.ended.append(self._part())

    def _part(self) -> Part:
        options = parse_options_header(self.headers.get("content-disposition"))[1]
        field_name = _text(options.get(b"name", b""))
        media = self.headers.get("content-type")
        return Part(field_name, _filename(options), media, bytes(self.data))

    def _finish(self) -> None:
        self.is_complete = True


class _PartPieces(_Parts):
    """Hands the data of parts on as they come."""

    def _end_headers(self) -> None:
        self.ended.append(self._part())

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.ended.append(data[start:end])

    def _end(self) -> None:
        """The next part, or the end of the form, says so."""


def _filename(options: dict[bytes, bytes]) -> str | None:
    given = _text(options.get(b"filename", b"")).replace("\\", "/").rpartition("/")[2]
    return given[:255] or None


def _text(given: bytes) -> str:
    """Return a header's words: browsers write them as UTF-8."""
    return given.decode("utf-8", "replace")


def _too_large(bound: int, *, inflated: bool) -> Problem:
    megabytes = f"{bound / (1 << 20):g}"
    if inflated:
        return Problem(
            "inflated_too_large", f"正文解压后超过 {megabytes} MiB 的上限。",
            f"The inflated body is larger than {megabytes} MiB.", where="body",
        )  # fmt: skip
    return Problem(
        "body_too_large", f"正文超过 {megabytes} MiB 的上限。",
        f"The body is larger than {megabytes} MiB.", where="body",
    )  # fmt: skip
