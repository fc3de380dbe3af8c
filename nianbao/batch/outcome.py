"""What goes into scoring and what comes out: the types that sources, engines, journal and tables share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from backports import zstd

#: `skipped` is what is in a container and no document (an image, a WARC request record, a folder);
#: `failed` is a document that could not be read or scored.
Status = Literal["parsed", "not_report", "failed", "skipped"]
#: Of zstd: level 1 makes 87 kB of JSON 10 kB in 0.09 ms, where zlib makes 11 kB in 0.26.
_LEVEL: Final = 1


def pack_record(record: bytes) -> bytes:
    """Compress a record: a ninth of its size, which is what travels between processes."""
    return zstd.compress(record, _LEVEL)


def unpack_record(packed: bytes) -> bytes:
    """Return the record that `pack_record` was given; raises zstd.ZstdError for what it has not made."""
    return zstd.decompress(packed)


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where a document was found: stable from run to run and from machine to machine, and sortable.

    `source` is the file as the user named it (below a folder: the folder as named, "/", the path in
    it); `member` the path inside an archive ("" for a plain file; of an archive in an archive the
    two paths joined by "!/"); `ordinal` the number, from 0, of a record in its file: a WARC record, a
    line, a row.
    """

    source: str
    member: str = ""
    ordinal: int = 0

    def __str__(self) -> str:
        inside = f"!/{self.member}" if self.member else ""
        return f"{self.source}{inside}" + (f"#{self.ordinal}" if self.ordinal else "")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document came from before it was stored, as far as its container says.

    `fetched` is ISO 8601 in UTC, as WARC-Date has it; `headers` are the names, in lower case, and
    values of the HTTP headers, in their order.
    """

    url: str | None = None
    fetched: str | None = None
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an item is no document to score: `reason` is a stable code, `message` says it in Chinese."""

    status: Literal["failed", "skipped"]
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing found in a source: the bytes of a document, or the problem with it.

    `size` is the number of bytes it has, as far as is known, also where they were not kept;
    `position` how many bytes of its file, as it lies on disk, had been read when it was met.
    """

    place: Place
    data: bytes | None
    size: int
    origin: Origin = Origin()
    problem: Problem | None = None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item.

    `sha256` is that of the document's bytes, in hex; None where they were not read to their end.
    `reason` and `message` are "" for what was parsed.  `packed` is the record as `pack_record`
    leaves it, None unless parsed.
    """

    place: Place
    origin: Origin
    size: int
    sha256: str | None
    status: Status
    reason: str
    message: str
    packed: bytes | None
    library_version: str
    model_version: str

    @property
    def record(self) -> bytes | None:
        """The canonical JSON in UTF-8 (`to_json`, without indentation), None unless parsed."""
        return None if self.packed is None else unpack_record(self.packed)
