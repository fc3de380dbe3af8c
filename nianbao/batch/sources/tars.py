"""TAR archives, read forwards: their members in order, none of them ever written to a path."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import IO, Final

from nianbao.batch.outcome import Item
from nianbao.batch.sources.guard import Damage
from nianbao.batch.sources.names import decode_name
from nianbao.batch.sources.streams import CHUNK, Raw, buffered
from nianbao.batch.sources.walk import Spot, Walk

#: What one header may take, with the long names and attributes before it.  `tarfile` reads those
#: into memory whatever size they state.
_HEADER_BYTES: Final = 1 << 20
_BROKEN: Final = (tarfile.TarError, ValueError, LookupError, ArithmeticError, RecursionError)


class _Forwards:
    """A stream for `tarfile` that goes back never and forwards by reading."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._position = 0
        self._header_left = _HEADER_BYTES
        self.in_header = True
        self.ended = False
        self.cut = False  # in the content of a member, which says so itself
        #: Where the first header since the last good one stands that is none.
        self.bad: int | None = None

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, position: int) -> None:
        """Go on to `position`; raises Damage when it lies behind, or the stream ends before."""
        if position < self._position:
            raise Damage("broken", f"TAR 归档已损坏：第 {self._position} 字节附近的大小不可信")
        while position > self._position:
            if not self._read(min(CHUNK, position - self._position)):
                return

    def read(self, size: int) -> bytes:
        """Read `size` bytes; raises Damage for a header beyond all measure."""
        if self.in_header:
            self._header_left -= size
            if self._header_left < 0:
                where = self._position
                raise Damage("broken", f"TAR 归档已损坏：第 {where} 字节处的文件头过大")
        return self._read(size)

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._position += len(data)
        self.ended = len(data) < size
        return data

    def align(self) -> None:
        """Go on to the beginning of the next block."""
        self.seek(-(-self._position // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE)

    def new_header(self) -> None:
        """Begin to count anew what a header takes."""
        self._header_left = _HEADER_BYTES


class _Header(tarfile.TarInfo):
    """A header that tells where it is none; `tarfile` itself goes on without a word."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> _Header:
        """Read the next header, as `tarfile` does."""
        stream = tar.fileobj
        assert isinstance(stream, _Forwards)
        start = stream.tell()
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            stream.new_header()
            raise
        except tarfile.InvalidHeaderError:  # type: ignore[attr-defined]
            stream.new_header()
            stream.bad = start if stream.bad is None else stream.bad
            raise


class _Content(Raw):
    """The content of a member; raises Damage where it is cut off."""

    def __init__(self, stream: IO[bytes], forwards: _Forwards) -> None:
        super().__init__()
        self._stream = stream
        self._forwards = forwards

    def _some(self, count: int) -> bytes:
        try:
            return self._stream.read(count)
        except tarfile.ReadError:
            self._forwards.cut = True
            raise Damage("truncated", "TAR 归档中的文件不完整") from None


def read_tar(walk: Walk, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
    """Yield what is in a TAR archive; after a damaged header what follows the next good one."""
    forwards = _Forwards(stream)
    tar: tarfile.TarFile | None = None
    while True:
        info, broken = None, False
        forwards.new_header()
        try:
            tar = tar or _open(forwards)
            info = tar.next()
        except _BROKEN:
            broken = True
        damage = _damage(forwards, broken, info is None)
        if damage is not None and not forwards.cut:
            yield walk.failed(spot, damage)
        if info is not None and tar is not None:
            tar.members = []  # type: ignore[attr-defined]  # it would keep them all
            forwards.in_header = False
            yield from _member(walk, tar, info, spot)
            forwards.in_header = True
        elif forwards.ended:
            return
        elif broken:
            forwards.align()
            if tar is not None:
                tar.offset = forwards.tell()


def _open(forwards: _Forwards) -> tarfile.TarFile:
    return tarfile.TarFile(
        fileobj=forwards,  # type: ignore[arg-type]
        tarinfo=_Header,
        ignore_zeros=True,  # goes on after headers that are none
        encoding="utf-8",
        errors="surrogateescape",
    )


def _damage(forwards: _Forwards, broken: bool, nothing: bool) -> Damage | None:
    """Return what is wrong with the headers since the last member."""
    bad, forwards.bad = forwards.bad, None
    where = forwards.tell()
    if bad is not None or (broken and not forwards.ended):
        where = bad if bad is not None else where
        return Damage("broken", f"TAR 归档已损坏：第 {where} 字节起的内容不是文件头")
    if nothing and forwards.ended and (broken or where % tarfile.BLOCKSIZE):
        return Damage("truncated", f"TAR 归档不完整：在第 {where} 字节处中断")
    return None


def _member(walk: Walk, tar: tarfile.TarFile, info: tarfile.TarInfo, spot: Spot) -> Iterator[Item]:
    name = decode_name(info.name.encode("utf-8", "surrogateescape"))
    child = walk.member(spot, name, info.size)
    if isinstance(child, Item):
        yield child
        return
    if info.isdir():
        yield walk.skipped(child, "folder", "这是文件夹")
        return
    if info.issym() or info.islnk():
        yield walk.failed(child, Damage("link", "归档中的链接，不予读取"))
        return
    if info.isdev():
        yield walk.failed(child, Damage("special_file", "归档中的设备或管道，不予读取"))
        return
    if info.issparse():
        yield walk.failed(child, Damage("special_file", "归档中的稀疏文件，不予读取"))
        return
    content = tar.extractfile(info)
    assert content is not None
    forwards = tar.fileobj
    assert isinstance(forwards, _Forwards)
    with content, buffered(_Content(content, forwards)) as inner:
        yield from walk.expand(walk, inner, child)
