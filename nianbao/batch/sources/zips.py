"""ZIP archives: their members in order, none of them ever written to a path."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, cast

from nianbao.batch.outcome import Item
from nianbao.batch.sources.guard import Budget, Damage
from nianbao.batch.sources.kinds import OFFICE_MEMBERS, office
from nianbao.batch.sources.names import decode_name
from nianbao.batch.sources.options import Limits
from nianbao.batch.sources.salvage import Entry, entries
from nianbao.batch.sources.streams import HEAD, Raw, bomb, buffered, seekable
from nianbao.batch.sources.walk import Spot, Walk

#: What `zipfile` raises for damaged archives.
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,  # with UnicodeDecodeError: a name that says to be UTF-8 and is not
    LookupError,
    ArithmeticError,
)
#: The other methods inflate in the standard library without a bound: 4 kB of bzip2 to 4 GB.
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1
_ENTRY: Final = b"PK\x01\x02"  # before each entry of the directory
_DIRECTORY: Final = 256 * 1024 * 1024
_SPECIAL: Final = (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)


class _Directory:
    """An archive whose directory is not taken into memory when it has too many entries.

    `zipfile` reads the directory in one go, and makes an object of some 600 bytes of each entry,
    whatever number of entries is stated.
    """

    def __init__(self, file: io.BufferedReader, members: int) -> None:
        self._file = file
        self._members = members
        self.opening = True
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1, /) -> bytes:
        """Read as usual; raises Damage for a directory that is too large."""
        if self.opening and size > _DIRECTORY:
            raise Damage("too_many_members", f"ZIP 归档的目录有 {size} 字节，过大，不予读取")
        data = self._file.read(size)
        if self.opening and data.count(_ENTRY) > self._members:
            message = f"ZIP 归档中的文件超过 {self._members} 个的上限，不予读取"
            raise Damage("too_many_members", message)
        return data


class _Content(Raw):
    """The content of a member, charged to the budget; raises Damage when it is broken, or grows
    beyond the ratio of the limits."""

    def __init__(
        self, stream: zipfile.ZipExtFile, packed: int, budget: Budget, limits: Limits
    ) -> None:
        super().__init__()
        self._stream = stream
        self._bound = max(limits.ratio_from, limits.ratio * packed)
        self._limits = limits
        self._budget = budget

    def _some(self, count: int) -> bytes:
        try:
            part = self._stream.read1(count)
        except EOFError:
            raise Damage("truncated", "ZIP 归档中的文件不完整") from None
        except _BROKEN as error:
            if "CRC" in str(error):
                raise Damage("bad_checksum", "ZIP 归档中的文件校验和（CRC）不符") from None
            raise Damage("broken", "ZIP 归档中的文件已损坏，不能解压") from None
        self._budget.inflate(len(part))
        if self.tell() + len(part) > self._bound:
            raise bomb(self._limits)
        return part


def read_zip(walk: Walk, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
    """Yield what is in a ZIP archive; of one without a readable directory, what its parts show."""
    with seekable(stream, walk.limits) as file:
        directory = _Directory(file, walk.limits.members)
        try:
            archive = zipfile.ZipFile(directory)
        except _BROKEN:
            for entry in entries(file):
                yield from _salvaged(walk, entry, spot)
            message = "ZIP 归档的目录缺失或已损坏（归档可能不完整），只读出了其中完整的文件"
            yield walk.failed(spot, Damage("broken", message))
            return
        directory.opening = False
        with archive:
            infos = archive.infolist()
            if any(info.filename in OFFICE_MEMBERS for info in infos):
                file.seek(0)
                kind = office(file.read(HEAD))
                yield walk.skipped(spot, kind.reason, kind.message)
                return
            for info in infos:
                yield from _member(walk, archive, info, spot)


def _member(
    walk: Walk, archive: zipfile.ZipFile, info: zipfile.ZipInfo, spot: Spot
) -> Iterator[Item]:
    name = _name(info)
    child = walk.member(spot, name, info.file_size)
    if isinstance(child, Item):
        yield child
        return
    if name.endswith(("/", "\\")):
        yield walk.skipped(child, "folder", "这是文件夹")
        return
    try:
        _check(info.external_attr >> 16, info.flag_bits, info.compress_type)
        content = cast(zipfile.ZipExtFile, archive.open(info))
    except Damage as damage:
        yield walk.failed(child, damage)
    except (*_BROKEN, RuntimeError):
        yield walk.failed(child, Damage("broken", "ZIP 归档中的文件已损坏，与目录不符"))
    else:
        with (
            content,
            buffered(_Content(content, info.compress_size, walk.budget, walk.limits)) as inner,
        ):
            yield from walk.expand(walk, inner, child)


def _salvaged(walk: Walk, entry: Entry, spot: Spot) -> Iterator[Item]:
    child = walk.member(spot, decode_name(entry.name))
    if isinstance(child, Item):
        yield child
        return
    if entry.name.endswith((b"/", b"\\")):
        yield walk.skipped(child, "folder", "这是文件夹")
        return
    try:
        _check(0, entry.flags, entry.method)
        content = entry.open(walk.budget, walk.limits)
    except Damage as damage:
        yield walk.failed(child, damage)
        return
    with buffered(content) as inner:
        yield from walk.expand(walk, inner, child)


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name as it was meant: without a flag it is in the encoding of some system."""
    name = info.orig_filename.partition("\0")[0]
    return name if info.flag_bits & _UTF8 else decode_name(name.encode("cp437"))


def _check(mode: int, flags: int, method: int) -> None:
    """Raise Damage for a member that is not opened for what it says of itself."""
    if stat.S_ISLNK(mode):
        raise Damage("link", "归档中的符号链接，不予读取")
    if stat.S_IFMT(mode) in _SPECIAL:
        raise Damage("special_file", "归档中的设备或管道，不予读取")
    if flags & _ENCRYPTED:
        raise Damage("encrypted", "文件已加密，不能读取")
    if method not in _METHODS:
        raise Damage("unsupported_compression", f"不支持的 ZIP 压缩方法：{method}")
