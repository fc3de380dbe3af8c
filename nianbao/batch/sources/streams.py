"""Streams that are read forwards: bounded, counted, and clear about what is wrong with them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final, cast

from nianbao.batch.sources.guard import Damage, Exhausted, too_large
from nianbao.batch.sources.options import Limits

#: Bytes at the head of a stream by which its kind is known.
HEAD: Final = 65536
CHUNK: Final = 1 << 20


class Raw(io.RawIOBase):
    """A stream of parts: `_some` gives the next one, of at most `count` bytes, b"" at the end.

    An error comes out of the read after the last good byte, so that a buffer over this stream
    loses nothing of what was readable.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told = 0
        self._pending: Damage | Exhausted | None = None

    def _some(self, count: int) -> bytes:
        raise NotImplementedError

    def readable(self) -> bool:
        """Say that the stream is open for reading."""
        return True

    def tell(self) -> int:
        """Return the bytes given out so far."""
        return self._told

    @property
    def damaged(self) -> bool:
        """Nothing more can be read."""
        return self._pending is not None

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """Fill `target` as far as there are data; raises Damage and Exhausted."""
        if self._pending is not None:
            raise self._pending
        view = memoryview(target).cast("B")
        filled = 0
        while filled < len(view):
            try:
                part = self._some(len(view) - filled)
            except (Damage, Exhausted) as error:
                self._pending = error
                if filled:
                    break
                raise
            if not part:
                break
            view[filled : filled + len(part)] = part
            filled += len(part)
        self._told += filled
        return filled


class Slice(Raw):
    """The next `size` bytes of `stream`, which is read on by nobody else meanwhile.

    Raises Damage when `stream` ends before; `what` says of what.
    """

    def __init__(self, stream: io.BufferedReader, size: int, what: str) -> None:
        super().__init__()
        self._stream = stream
        self._what = what
        self.left = size

    def _some(self, count: int) -> bytes:
        if not self.left:
            return b""
        # `read` loses what it has read of a stream that is damaged further on, `read1` does not.
        part = self._stream.read1(min(count, self.left))
        if not part:
            message = f"{self._what}不完整，还缺 {self.left} 字节"
            raise Damage("truncated", message)
        self.left -= len(part)
        return part


def bomb(limits: Limits) -> Damage:
    """Return the damage of a stream that inflates beyond the ratio."""
    message = f"解压后的大小超过压缩数据的 {limits.ratio} 倍，可能是压缩炸弹，不予读取"
    return Damage("archive_bomb", message)


def buffered(raw: io.RawIOBase | io.BufferedReader) -> io.BufferedReader:
    """Return `raw` with a new buffer, which will hold the head of its content."""
    return cast(io.BufferedReader, io.BufferedReader(raw, HEAD))


def from_bytes(data: bytes) -> io.BufferedReader:
    """Return a stream of `data`."""
    return io.BufferedReader(io.BytesIO(data), HEAD)


def read_within(stream: io.BufferedReader, limit: int, what: str) -> bytes:
    """Return all of `stream`; raises Damage as soon as it has more than `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    while part := stream.read(min(CHUNK, limit + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise too_large(what, limit)
    return b"".join(parts)


@contextmanager
def seekable(stream: io.BufferedReader, limits: Limits) -> Iterator[io.BufferedReader]:
    """Give `stream`, or a scratch file with its content when it cannot go back.

    Raises Damage when that has more than `limits.scratch` bytes; when the stream is damaged, only
    after what came before has been looked at.
    """
    if stream.seekable():
        yield stream
        return
    with tempfile.TemporaryFile(prefix="nianbao-") as scratch:
        damage = _copy(stream, scratch, limits.scratch)
        scratch.seek(0)
        yield cast(io.BufferedReader, scratch)
        if damage is not None:
            raise damage


def _copy(stream: io.BufferedReader, target: IO[bytes], limit: int) -> Damage | None:
    size = 0
    try:
        while part := stream.read1(CHUNK):
            size += len(part)
            if size > limit:
                break
            target.write(part)
    except Damage as damage:
        return damage
    if size > limit:
        raise too_large("归档中的归档", limit)
    return None


def rest(stream: io.BufferedReader) -> int | None:
    """Return how many bytes `stream` has from here on, None when it cannot be asked."""
    if not stream.seekable():
        return None
    here = stream.tell()
    end = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return end - here
