"""Inputs behind a URL: whatever file system `fsspec` knows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any

import fsspec

from nianbao.batch.outcome import Item
from nianbao.batch.sources.found import Found, Source, skipped
from nianbao.batch.sources.guard import Damage
from nianbao.batch.sources.names import is_hidden, storable
from nianbao.batch.sources.streams import HEAD
from nianbao.exceptions import InputNotFound


def find_remote(url: str) -> list[Found]:
    """Return what a URL stands for: a file, a folder, or what a pattern with `*` matches.

    Raises FileNotFoundError where there is nothing, InputNotFound where the storage cannot be
    reached or the package for it is missing.
    """
    try:
        system, path = fsspec.core.url_to_fs(url)
        if system.exists(path):
            return [_found(system, url, path)]
        matches = sorted(system.glob(path)) if "*" in path else []
        if matches:
            return [_found(system, system.unstrip_protocol(match), match) for match in matches]
    except Exception as error:
        raise InputNotFound(f"{url} 无法访问：{error}") from error
    raise FileNotFoundError(url)


def _found(system: Any, url: str, path: str) -> Found:
    name = storable(url)
    if not system.isdir(path):
        return lambda: iter((_source(system, name, path, None),))
    return lambda: _folder(system, name.rstrip("/"), path)


def _folder(system: Any, name: str, path: str) -> Iterator[Source | Item]:
    empty = True
    for file, info in sorted(_guarded(lambda: system.find(path, detail=True)).items()):
        empty = False
        inner = storable(file[len(path) :].strip("/"))
        if is_hidden(inner):
            yield skipped(f"{name}/{inner}", "hidden", "隐藏文件，不予读取")
        else:
            yield _source(system, f"{name}/{inner}", file, info.get("size"))
    if empty:
        yield skipped(name, "empty", "文件夹里没有文件")


def _source(system: Any, name: str, path: str, size: int | None) -> Source:
    return Source(name, size, partial(_open, system, path))


def _open(system: Any, path: str) -> IO[bytes]:
    return io.BufferedReader(_Remote(_guarded(lambda: system.open(path, "rb"))), HEAD)


def _guarded(call: Callable[[], Any]) -> Any:
    """Call into a package behind `fsspec`, which may raise anything."""
    try:
        return call()
    except Exception as error:
        raise Damage("unreadable", f"无法读取：{error}") from error


class _Remote(io.RawIOBase):
    """A file of `fsspec` that says in one way what is wrong; raises Damage."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        """Say that the file is open for reading."""
        return True

    def seekable(self) -> bool:
        """Say whether the file can go back."""
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position."""
        return int(_guarded(lambda: self._file.seek(offset, whence)))

    def tell(self) -> int:
        """Return the position."""
        return int(self._file.tell())

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """Fill `target` as far as there are data."""
        view = memoryview(target).cast("B")
        data: bytes = _guarded(lambda: self._file.read(len(view)))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()
