"""The members of a ZIP archive whose directory is gone: found by the headers before them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nianbao.batch.sources.compressed import DEFLATE, Inflated
from nianbao.batch.sources.guard import Budget, Damage
from nianbao.batch.sources.options import Limits
from nianbao.batch.sources.streams import CHUNK, Raw, Slice, buffered

_HEADER: Final = struct.Struct("<4s5H3I2H")
_HEADER_MARK: Final = b"PK\x03\x04"
#: What follows a member of unknown size: checksum, packed and inflated size of 32 or 64 bits.
_TRAILER_MARK: Final = b"PK\x07\x08"
_TRAILERS: Final = (struct.Struct("<4s3I"), struct.Struct("<4sI2Q"))
_LATER: Final = 0x8  # sizes and checksum come after the data
_LONG: Final = 0xFFFFFFFF  # the size is in an extra field
_DEFLATED: Final = 8
_FIRST_LOOK: Final = 1024
#: A file of nothing but headers of members without an end would be searched once for each.
_LOOKS: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: its raw name, and where `packed` bytes of it begin in the file.

    `packed` is None when nothing says where it ends.
    """

    file: io.BufferedReader
    name: bytes
    flags: int
    method: int
    start: int
    packed: int | None
    checksum: int

    def open(self, budget: Budget, limits: Limits) -> Raw:
        """Return the inflated content; raises Damage when its end is unknown."""
        if self.packed is None:
            raise Damage("truncated", "ZIP 归档中的文件不完整")
        return _Checked(self, budget, limits)


class _Checked(Raw):
    """The content of an entry; raises Damage at its end when the checksum is wrong."""

    def __init__(self, entry: Entry, budget: Budget, limits: Limits) -> None:
        super().__init__()
        entry.file.seek(entry.start)
        packed = buffered(Slice(entry.file, entry.packed or 0, "ZIP 归档中的文件"))
        self._stream: io.BufferedReader = packed
        if entry.method == _DEFLATED:
            self._stream = buffered(Inflated(packed, DEFLATE, budget, limits))
        self._expected = entry.checksum
        self._checksum = 0

    def _some(self, count: int) -> bytes:
        part = self._stream.read1(count)
        self._checksum = zlib.crc32(part, self._checksum)
        if not part and self._checksum != self._expected:
            raise Damage("bad_checksum", "ZIP 归档中的文件校验和（CRC）不符")
        return part


@dataclass(frozen=True, slots=True)
class _Sizes:
    packed: int | None
    checksum: int


def _long_size(extra: bytes) -> int | None:
    """Return the packed size from the extra field of large members."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == 1 and size >= 16 and len(extra) >= 20:
            return int(struct.unpack_from("<Q", extra, 12)[0])
        extra = extra[4 + size :]
    return None


class _Search:
    """Looks for marks in a file, and no more than `_LOOKS` times through all of it."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.end = file.seek(0, io.SEEK_END)
        self._left = _LOOKS * self.end

    def find(self, mark: bytes, start: int) -> int | None:
        """Return where `mark` stands first from `start` on."""
        self._file.seek(start)
        kept, size = b"", _FIRST_LOOK
        while self._left > 0 and (chunk := self._file.read(size)):
            self._left -= len(chunk)
            data = kept + chunk
            found = data.find(mark)
            if found >= 0:
                return start - len(kept) + found
            start += len(chunk)
            kept = data[1 - len(mark) :]
            size = min(2 * size, CHUNK)
        return None

    def trailer(self, start: int) -> _Sizes:
        """Find the trailer that tells exactly the distance from `start` as the packed size."""
        position = self.find(_TRAILER_MARK, start)
        while position is not None:
            self._file.seek(position)
            data = self._file.read(_TRAILERS[1].size)
            for layout in _TRAILERS:
                if len(data) >= layout.size:
                    _, checksum, packed, _ = layout.unpack_from(data)
                    if packed == position - start:
                        return _Sizes(packed, checksum)
            position = self.find(_TRAILER_MARK, position + 4)
        return _Sizes(None, 0)


def entries(file: io.BufferedReader) -> Iterator[Entry]:
    """Yield the members of which there is a header, in order."""
    search = _Search(file)
    position = search.find(_HEADER_MARK, 0)
    while position is not None:
        file.seek(position)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return
        _, _, flags, method, _, _, checksum, packed, _, name_size, extra_size = _HEADER.unpack(
            header
        )
        name, extra = file.read(name_size), file.read(extra_size)
        start = position + _HEADER.size + name_size + extra_size
        found = _Sizes(packed if packed != _LONG else _long_size(extra), checksum)
        if flags & _LATER and not packed:
            found = search.trailer(start)
        yield Entry(file, name, flags, method, start, found.packed, found.checksum)
        size = found.packed or 0
        if start + size > search.end:
            # The last member, or a wrong size; what follows may be the members of one in it.
            file.seek(start)
            if file.read(len(_HEADER_MARK)) == _HEADER_MARK:
                return
            size = 0
        position = search.find(_HEADER_MARK, start + size)
