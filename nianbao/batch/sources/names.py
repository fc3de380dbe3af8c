"""Names of files and members: bytes of some encoding -> text that is safe to store."""

from __future__ import annotations

import os
import re
from typing import Final

from nianbao.batch.sources.guard import Damage

_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
#: What an address ends in, before `?` and `#`.
_LAST: Final = re.compile(r"[^/?#]*(?=[?#]|$)")


def decode_name(raw: bytes) -> str:
    """Return the text of a name in UTF-8, GB18030 or Big5; of other bytes the escapes."""
    for encoding in ("utf-8", "gb18030", "big5hkscs"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def shown(name: str) -> str:
    """Return a name of the file system without what Python puts in for bytes it cannot decode."""
    return decode_name(os.fsencode(name))


def storable(text: str) -> str:
    """Return `text` without lone surrogates, which no file in UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def member_path(name: str) -> str:
    """Return the path of a member, with `/` and without empty parts.

    Raises Damage for a name that leads out of the folder in which the archive would be unpacked.
    """
    if "/" not in name:
        name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in parts or not parts:
        raise Damage("unsafe_name", f"归档中的文件名不安全，不予读取：{name!r}")
    return "/".join(parts)


def is_hidden(path: str) -> bool:
    """Say whether a file manager would not show `path`."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


def join(outer: str, inner: str) -> str:
    """Return the path of `inner` in the archive at `outer`, itself in an archive or not."""
    return f"{outer}!/{inner}" if outer else inner


def name_in_url(url: str | None) -> str:
    """Return the last part of the path of `url`."""
    if url is None:
        return ""
    path = url.partition("://")[2] or url
    match = _LAST.search(path)
    return match.group() if match else ""
