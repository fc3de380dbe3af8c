"""gzip, zstd, bzip2 and xz: streams that inflate within bounds and go on after damage."""

from __future__ import annotations

import io
import lzma
import struct
import zlib
from bz2 import BZ2Decompressor
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from backports import zstd

from nianbao.batch.sources.guard import Budget, Damage
from nianbao.batch.sources.options import Limits
from nianbao.batch.sources.streams import HEAD, Raw, bomb

_XZ_MEMORY: Final = 256 * 1024 * 1024  # what xz -9 needs four times over
_MAX_DICTIONARY: Final = 64 * 1024 * 1024
_MARK: Final = 16  # more than the longest mark at the beginning of a member
#: Bytes that are read again, in one stream, to find where it goes on after damage.  Without a bound
#: a file of nothing but heads of members would be read once for each.
_MAX_REWIND: Final = 64 * 1024 * 1024
_ERRORS: Final = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError)


class Engine(Protocol):
    """Inflates one member, as the classes of the standard library do."""

    @property
    def eof(self) -> bool:
        """The member has come to its end, its checksum is right."""

    @property
    def needs_input(self) -> bool:
        """There is nothing more to give without further data."""

    @property
    def unused_data(self) -> bytes:
        """What follows the member."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take `data`, give at most `max_length` bytes."""


class Zlib:
    """zlib's engine with the interface of the others."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)
        self._full = False

    @property
    def eof(self) -> bool:
        """The member has come to its end, its checksum is right."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """There is nothing more to give without further data."""
        return not self._full and not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What follows the member."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take `data`, give at most `max_length` bytes."""
        tail = self._inner.unconsumed_tail
        part = self._inner.decompress(tail + data if tail else data, max(max_length, 0))
        # With its room filled zlib may hold more back, though it has taken all input.
        self._full = len(part) == max_length
        return part


@dataclass(frozen=True, slots=True)
class Codec:
    """A method of compression: its name, how a member begins (b"": no mark), its engine."""

    name: str
    magic: bytes
    engine: Callable[[], Engine]


GZIP: Final = Codec("gzip", b"\x1f\x8b\x08", lambda: Zlib(31))
BZIP2: Final = Codec("bzip2", b"BZh", BZ2Decompressor)
XZ: Final = Codec("xz", b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY))
ZSTD: Final = Codec("zstd", b"\x28\xb5\x2f\xfd", zstd.ZstdDecompressor)
DEFLATE: Final = Codec("deflate", b"", lambda: Zlib(-15))
ZLIB: Final = Codec("zlib", b"", lambda: Zlib(15))

#: A frame that a decompressor skips, and the one in which a WARC keeps its dictionary.
_SKIPPABLE: Final = b"\x2a\x4d\x18"
_DICTIONARY: Final = b"\x5d" + _SKIPPABLE


def codec_of(head: bytes) -> Codec | None:
    """Return how the data with this head are compressed.

    Two bytes of gzip and three of bzip2 are enough: no text begins like that, and a damaged head is
    better told as one.
    """
    if head.startswith(GZIP.magic[:2]):
        return GZIP
    for codec in (BZIP2, XZ, ZSTD):
        if head.startswith(codec.magic):
            return codec
    if head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F:
        return ZSTD
    return None


class Inflated(Raw):
    """What `source` inflates to, over all its members.

    Raises Damage where the data are broken or cut off, or grow beyond the ratio of the limits.
    """

    def __init__(
        self, source: io.BufferedReader, codec: Codec, budget: Budget, limits: Limits
    ) -> None:
        super().__init__()
        #: Bytes given out up to the last member that was found whole by its checksum.
        self.checked = 0
        self._source = source
        self._base = source.tell()
        self._codec = codec
        self._budget = budget
        self._limits = limits
        self._engine: Engine | None = None
        self._packed = b""  # read from the source, not yet given to the engine
        self._read = 0  # bytes read from the source
        self._start = 0  # where the present member begins
        self._given = 0
        self._rewound = 0
        self._dictionary: zstd.ZstdDict | None = None
        self._last = (0, b"")  # the chunk read last, and where it begins
        self._final = False  # damage after which there is no going on

    def _some(self, count: int) -> bytes:
        try:
            part = self._inflate(count)
        except _ERRORS as error:
            raise self._damage(error) from None
        self._given += len(part)
        self._budget.inflate(len(part))
        bound = max(self._limits.ratio_from, self._limits.ratio * self._read)
        if self._given > bound:
            self._final = True
            raise bomb(self._limits)
        return part

    def _inflate(self, count: int) -> bytes:
        while True:
            engine = self._engine or self._begin()
            if engine is None:
                return b""
            data = b""
            if engine.needs_input:
                if not self._packed and not self._fill():
                    where = self._base + self._read
                    message = f"{self._codec.name} 压缩数据不完整：在第 {where} 字节处中断"
                    raise Damage("truncated", message)
                data, self._packed = self._packed, b""
            part = engine.decompress(data, count)
            if engine.eof:
                self._packed = engine.unused_data
                self._engine = None
                self.checked = self._given + len(part)
            if part:
                return part

    def _fill(self) -> bool:
        chunk = self._source.read1(HEAD)
        self._last = (self._read, chunk)
        self._read += len(chunk)
        self._packed += chunk
        return bool(chunk)

    def _begin(self) -> Engine | None:
        """Begin the next member; None at the end of the data, or of the zeros that pad them."""
        self._look_ahead()
        while self._codec is ZSTD and self._packed.startswith(_DICTIONARY):
            self._read_dictionary()
            self._look_ahead()
        self._start = self._read - len(self._packed)
        first = self._start == 0
        marked = bool(self._codec.magic) and codec_of(self._packed) is self._codec
        if not first and not marked:
            while not self._packed.strip(b"\0"):
                self._packed = b""
                if not self._fill():
                    return None
            where = self._base + self._start
            message = f"{self._codec.name} 压缩数据之后，从第 {where} 字节起有无法识别的内容"
            raise Damage("broken", message)
        self._engine = self._engine_for_member()
        return self._engine

    def _look_ahead(self) -> None:
        while len(self._packed) < _MARK and self._fill():
            pass

    def _engine_for_member(self) -> Engine:
        if self._codec is ZSTD and self._dictionary is not None:
            return zstd.ZstdDecompressor(self._dictionary)
        return self._codec.engine()

    def _read_dictionary(self) -> None:
        size = struct.unpack_from("<I", self._packed, 4)[0]
        if size > _MAX_DICTIONARY:
            raise Damage("broken", f"zstd 字典有 {size} 字节，过大")
        while len(self._packed) < 8 + size:
            if not self._fill():
                raise Damage("truncated", "zstd 字典不完整")
        content, self._packed = self._packed[8 : 8 + size], self._packed[8 + size :]
        if content.startswith(ZSTD.magic):
            content = zstd.ZstdDecompressor().decompress(content, _MAX_DICTIONARY)
        self._dictionary = zstd.ZstdDict(content)

    def _damage(self, error: Exception) -> Damage:
        codec, where = self._codec.name, self._base + self._start
        if "incorrect data check" in str(error) or "incorrect length check" in str(error):
            message = f"{codec} 压缩数据的校验和不符：从第 {where} 字节开始的一段"
            return Damage("bad_checksum", message)
        return Damage("broken", f"{codec} 压缩数据已损坏：从第 {where} 字节开始的一段")

    def resume(self, start: bytes = b"") -> bool:
        """After damage go on at the next member whose content begins with `start`; say whether
        there is one."""
        if self._final or not self._codec.magic:
            return False
        self._pending = None
        self._engine = None
        self._rewind()
        while True:
            found = self._packed.find(self._codec.magic)
            if found < 0:
                self._packed = self._packed[-_MARK:]
                if self._fill():
                    continue
                self._final = True
                return False
            self._packed = self._packed[found:]
            if len(self._packed) < HEAD:
                self._fill()
            if self._opens(start):
                return True
            self._packed = self._packed[1:]

    def _rewind(self) -> None:
        """Go back to just behind where the damaged member begins, or as far as can be gone."""
        back = self._read - self._start
        if self._source.seekable() and self._rewound + back <= _MAX_REWIND:
            self._rewound += back
            self._source.seek(self._base + self._start + 1)
            self._read, self._packed = self._start + 1, b""
            return
        begin, chunk = self._last
        self._packed = chunk[max(0, self._start + 1 - begin) :]

    def _opens(self, start: bytes) -> bool:
        try:
            part = self._engine_for_member().decompress(self._packed[:HEAD], max(len(start), 1))
        except _ERRORS:
            return False
        return part.startswith(start)
