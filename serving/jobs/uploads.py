"""An upload on its way from the request to the disk, piece by piece: nothing of it is held."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import IO, Final

from starlette.requests import Request

from serving import bodies
from serving.jobs.records import File
from serving.problems import Problem, retry_later
from serving.settings import Settings

#: What a body may be as it is, and the ending of its name where it brings none.
MEDIA_TYPES: Final = {
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/x-tar": ".tar",
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
    "application/x-bzip2": ".bz2",
    "application/x-xz": ".xz",
    "application/zstd": ".zst",
    "application/warc": ".warc",
    "application/x-ndjson": ".jsonl",
    "application/ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "text/csv": ".csv",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/octet-stream": "",
    "": "",
}
MAX_FILES: Final = 1000
#: Bytes of a name on disk; file systems take 255, and a number may have to be added.
_NAME_BYTES: Final = 200
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\]|[\u2028\u2029\ud800-\udfff]")
#: Bytes that are written at once, in a thread.
_PIECE: Final = 1 << 20
#: Seconds after which somebody may have removed something.
_FULL_SECONDS: Final = 60.0


@dataclass(slots=True)
class Room:
    """The disk that is left to uploads: `used` by jobs when the last began, and `arriving` now."""

    bound: int
    used: int = 0
    arriving: int = 0

    def take(self, count: int) -> None:
        """Count bytes that arrive; raises Problem `storage_full`."""
        if self.used + self.arriving + count > self.bound:
            raise retry_later("storage_full", _FULL_SECONDS)
        self.arriving += count


@dataclass(slots=True)
class Upload:
    """The files of one request, below `folder`."""

    folder: Path
    room: Room
    files: list[File] = field(default_factory=list)
    taken: int = 0

    async def receive(self, request: Request, settings: Settings) -> tuple[File, ...]:
        """Write the body of `request` to the disk and return its files.

        Raises Problem for what is wrong with it, and OSError where the disk does not do.
        """
        kind = bodies.media_type(request)
        source = bodies.pieces(request, settings, settings.jobs_upload_bytes)
        async with bodies.within(settings.jobs_upload_seconds):
            if kind == bodies.MULTIPART:
                await self._form(bodies.part_pieces(source, request))
            elif kind in MEDIA_TYPES:
                name = bodies.disposition_name(request) or f"upload{MEDIA_TYPES[kind]}"
                await self._file(name, source)
            else:
                raise Problem("unsupported_media_type", where="header:Content-Type")
        return tuple(self.files)

    async def _form(self, events: AsyncIterator[bodies.Part | bytes]) -> None:
        writing: _Writing | None = None
        try:
            async for event in events:
                if isinstance(event, bodies.Part):
                    await self._end(writing)
                    writing = self._begin(event.filename or event.field)
                elif writing is not None:
                    await self._write(writing, event)
            await self._end(writing)
        finally:
            if writing is not None:
                writing.file.close()
        if not self.files:
            raise Problem(
                "bad_multipart", "multipart 中没有文件。", "The form has no file.", where="body"
            )

    async def _file(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        writing = self._begin(name)
        try:
            async for piece in pieces:
                await self._write(writing, piece)
            await self._end(writing)
        finally:
            writing.file.close()

    def _begin(self, name: str) -> _Writing:
        if len(self.files) == MAX_FILES:
            raise Problem(
                "bad_multipart", f"一次最多上传 {MAX_FILES} 个文件，请先打包。",
                f"A form has at most {MAX_FILES} files: pack them first.", where="body",
            )  # fmt: skip
        name = _distinct(plain_name(name), {file.name for file in self.files})
        return _Writing(name, (self.folder / name).open("xb"))

    async def _write(self, writing: _Writing, piece: bytes) -> None:
        self.room.take(len(piece))
        self.taken += len(piece)
        writing.waiting += piece
        if len(writing.waiting) >= _PIECE:
            await asyncio.to_thread(writing.flush)

    async def _end(self, writing: _Writing | None) -> None:
        if writing is not None:
            await asyncio.to_thread(writing.end)
            self.files.append(File(writing.name, writing.size, writing.digest.hexdigest()))

    def release(self) -> None:
        """Count what came as arriving no more."""
        self.room.arriving -= self.taken
        self.taken = 0


@dataclass(slots=True)
class _Writing:
    name: str
    file: IO[bytes]
    waiting: bytearray = field(default_factory=bytearray)
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def flush(self) -> None:
        self.file.write(self.waiting)
        self.digest.update(self.waiting)
        self.size += len(self.waiting)
        self.waiting = bytearray()

    def end(self) -> None:
        self.flush()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


def plain_name(given: str) -> str:
    """Return a name that is one file in a folder, whatever was given."""
    name = _UNSAFE.sub("_", given).strip()
    if name in ("", ".", ".."):
        return "upload"
    path = PurePath(name)
    suffix = _cut("".join(path.suffixes[-2:]), _NAME_BYTES // 4)
    return _cut(name.removesuffix(suffix), _NAME_BYTES - len(suffix.encode())) + suffix


def _cut(text: str, count: int) -> str:
    return text.encode()[:count].decode(errors="ignore")


def _distinct(name: str, taken: set[str]) -> str:
    path, number = PurePath(name), 2
    while name in taken:
        name = f"{path.stem}-{number}{path.suffix}"
        number += 1
    return name
