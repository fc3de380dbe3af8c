"""The inputs as a person names them -> the files that they stand for, in a fixed order."""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final

from nianbao.batch.outcome import Item
from nianbao.batch.sources.found import Found, Source, skipped, unreadable
from nianbao.batch.sources.names import is_hidden, shown
from nianbao.batch.sources.streams import HEAD
from nianbao.exceptions import InputNotFound

_LOCAL: Final = "file://"


def find_inputs(inputs: Sequence[str]) -> list[Found]:
    """Return what each of `inputs` stands for, after a look whether it is there.

    Raises InputNotFound for files, folders and URLs that are not there, and for patterns that
    nothing matches.
    """
    found: list[Found] = []
    missing: list[str] = []
    for named in inputs:
        try:
            found.extend(_find(named))
        except FileNotFoundError:
            missing.append(shown(named))
    if missing:
        raise InputNotFound(f"找不到输入：{'、'.join(missing)}")
    return found


def _find(named: str) -> list[Found]:
    if "://" in named and not named.startswith(_LOCAL):
        from nianbao.batch.sources.remote import find_remote

        return find_remote(named)
    prefix = _LOCAL if named.startswith(_LOCAL) else ""
    plain = named.removeprefix(prefix)
    # A file may have a name that looks like a pattern.
    paths = [plain] if Path(plain).exists() else []
    if not paths and glob.has_magic(plain):
        # A pattern may begin anywhere, which `Path.glob` refuses.
        paths = sorted(glob.glob(plain, recursive=True))  # noqa: PTH207
    if not paths or not plain:
        raise FileNotFoundError(named)
    return [_local(prefix + path, Path(path).absolute()) for path in paths]


def _local(named: str, path: Path) -> Found:
    name = shown(named)
    name = name.rstrip("/") or "/"
    if path.is_dir():
        return lambda: _folder(name, path)
    return lambda: iter((_file(name, path),))


def _file(name: str, path: Path) -> Source | Item:
    try:
        status = path.stat()
    except OSError as error:
        return unreadable(name, error)
    if not stat.S_ISREG(status.st_mode):
        return skipped(name, "special_file", "这是设备或管道，不予读取")
    return Source(name, status.st_size, partial(_open, path))


def _open(path: Path) -> IO[bytes]:
    return path.open("rb", buffering=HEAD)


@dataclass(frozen=True, slots=True)
class _Child:
    """What is in a folder; `name` as a place has it."""

    name: str
    entry: os.DirEntry[str]


def _folder(name: str, path: Path) -> Iterator[Source | Item]:
    """Yield what is in a folder and the folders in it, in the order of the names."""
    root = path.resolve()
    empty = True
    try:
        waiting = [iter(_children(name, path))]
    except OSError as error:
        yield unreadable(name, error)
        return
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        found = _judge(child, root)
        if found is None:
            try:
                waiting.append(iter(_children(child.name, Path(child.entry.path))))
                continue
            except OSError as error:
                found = unreadable(child.name, error)
        empty = False
        yield found
    if empty:
        yield skipped(name, "empty", "文件夹里没有文件")


def _children(name: str, path: Path) -> list[_Child]:
    """Return what is in a folder, in the order that the full paths have."""
    with os.scandir(path) as scanned:
        entries = list(scanned)
    seen = Counter(shown(entry.name) for entry in entries)
    children = []
    for entry in entries:
        part = shown(entry.name)
        if seen[part] > 1:
            # The same characters in UTF-8 and in GBK are two files.
            part = os.fsencode(entry.name).decode("utf-8", "backslashreplace")
        children.append(_Child(f"{name.rstrip('/')}/{part}", entry))
    return sorted(children, key=lambda child: child.name + ("/" if _is_folder(child.entry) else ""))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _judge(child: _Child, root: Path) -> Source | Item | None:
    """Return what becomes of an entry of a folder; None for a folder to go into."""
    path = Path(child.entry.path)
    if is_hidden(child.entry.name):
        return skipped(child.name, "hidden", "隐藏文件或文件夹，不予读取")
    if not child.entry.is_symlink():
        return None if _is_folder(child.entry) else _file(child.name, path)
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return skipped(child.name, "link", "符号链接指向的文件不存在")
    if not target.is_relative_to(root):
        return skipped(child.name, "link", "符号链接指向文件夹之外，不予读取")
    if target.is_dir():
        return skipped(child.name, "link", "符号链接指向的文件夹在别处读取")
    return _file(child.name, path)
