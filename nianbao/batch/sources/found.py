"""What an input stands for: files to read, and what is there and not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from nianbao.batch.outcome import Item, Place, Problem


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name as a place has it, its size where that is known.

    `open` raises OSError, and Damage where a remote system fails.  It can be pickled, and opens the
    same file in another folder and on another machine that has it.
    """

    name: str
    size: int | None
    open: Callable[[], IO[bytes]]


#: What an input stands for: files, and what is in a folder and not read.
Found = Callable[[], Iterator[Source | Item]]


def skipped(name: str, reason: str, message: str) -> Item:
    """Return the item of what is in a folder and not read."""
    return Item(Place(name), None, 0, problem=Problem("skipped", reason, message))


def unreadable(name: str, error: OSError) -> Item:
    """Return the item of what the system does not let read."""
    return Item(Place(name), None, 0, problem=Problem("failed", "unreadable", reason_of(error)))


def reason_of(error: OSError) -> str:
    """Return in Chinese why the system does not let read."""
    if isinstance(error, PermissionError):
        return "没有权限读取"
    if isinstance(error, FileNotFoundError):
        return "文件已不存在"
    return f"无法读取：{error.strerror or error}"
