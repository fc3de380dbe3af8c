"""WARC files: every record in order, the responses and resources as documents.

The framing is read here and not by a library: FastWARC 2.0 panics on a stream that cannot seek and
does not go on after damage; warcio's iterator takes a damaged gzip member for the end of a record.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from nianbao.batch.outcome import Item, Origin
from nianbao.batch.sources.compressed import Inflated
from nianbao.batch.sources.dates import to_utc
from nianbao.batch.sources.guard import Damage
from nianbao.batch.sources.http import (
    HeaderBlock,
    body_of,
    is_whole,
    read_headers,
    status_of,
)
from nianbao.batch.sources.names import name_in_url
from nianbao.batch.sources.streams import CHUNK, Raw, Slice, buffered, rest
from nianbao.batch.sources.walk import Spot, Walk

_VERSION: Final = re.compile(rb"WARC/\d")
_LENGTH: Final = re.compile(r"\d{1,15}")
_LINE: Final = 1 << 16
_KEPT: Final = ("response", "resource")


def read_warc(walk: Walk, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
    """Yield an item for every record of a WARC file, and go on after damage."""
    reader = _Reader(walk, stream, spot)
    while True:
        try:
            if not reader.find():
                return
            yield from reader.record()
        except Damage as damage:
            if not damage.reported:
                yield reader.failed(damage)
            if not reader.resume():
                return


class _Reader:
    def __init__(self, walk: Walk, stream: io.BufferedReader, spot: Spot) -> None:
        self._walk = walk
        self._stream = stream
        self._spot = Spot(spot.inside, "", spot.depth + 1)
        self._now = self._spot  # of the present record
        self._offset = 0  # where that begins
        self._line = b""  # its first line
        self._lost = False  # looking for the next record after damage
        left = rest(stream)
        self._end = None if left is None else stream.tell() + left
        #: Where the content of the present record begins: when it is not as long as it says, the
        #: next record may be in there.
        self._content: int | None = None
        #: Bytes that may be read a second time: records that all claim to go to the end of the file
        #: would be read once for each.
        self._again = left or 0

    def find(self) -> bool:
        """Go to the next record; False at the end.  Raises Damage where there is no record."""
        self._now, self._content = self._spot, None
        while not _VERSION.match(self._line):
            if self._line.strip() and not self._lost:
                self._lost = True
                raise Damage("broken", "内容不是记录的开头，跳到下一条记录")
            self._offset = self._stream.tell()
            self._line = self._stream.readline(_LINE)
            if not self._line:
                return False
        self._lost = False
        return True

    def record(self) -> Iterator[Item]:
        """Yield the items of the present record.

        The last one is held back until the record is known to be whole: that its content ends where
        it says, and that the checksum of the gzip member it is in is right.
        """
        self._now = replace(self._spot, place=self._walk.take(self._spot.path))
        line, self._line = self._line, b""
        block = read_headers(self._stream, "WARC ", line)
        self._content = self._stream.tell()
        stated = block.get("content-length") or ""
        if not _LENGTH.fullmatch(stated):
            raise Damage("broken", f"Content-Length 无效：{stated!r}")
        length = int(stated)
        if self._end is not None and self._content + length > self._end:
            raise Damage("truncated", f"内容不完整，还缺 {self._content + length - self._end} 字节")
        content = Slice(self._stream, length, "内容")
        last: Item | None = None
        for item in self._items(block, content):
            if last is not None:
                yield last
            last = item
        try:
            self._skip(content.left)
            self._find_end()
        except Damage as damage:
            if last is not None and (damage.reported or damage.cut or self._is_checked(length)):
                yield last
                self._now = self._spot
            raise
        if last is not None:
            yield last

    def _items(self, block: HeaderBlock, content: Slice) -> Iterator[Item]:
        kind = (block.get("warc-type") or "").lower()
        url = (block.get("warc-target-uri") or "").strip("<>") or None
        origin = Origin(url, to_utc(block.get("warc-date")), block.get("content-type"))
        spot = replace(self._now, hint=name_in_url(url), origin=origin, size=content.left)
        if kind == "revisit":
            message = "重复访问（revisit）记录：内容与先前抓取的相同，没有再次保存"
            yield self._walk.skipped(spot, "revisit", message)
        elif kind not in _KEPT or (url or "").startswith("dns:"):
            yield self._walk.skipped(spot, "record_type", f"{kind} 记录，不是文档")
        elif block.get("warc-truncated") or block.get("warc-segment-number"):
            message = "抓取时没有取得完整的内容，或内容分存于几条记录"
            yield self._walk.failed(spot, Damage("incomplete", message))
        elif (block.get("content-type") or "").lower().startswith("application/http"):
            yield from self._response(buffered(content), spot)
        else:
            yield from self._walk.expand(self._walk, buffered(content), spot)

    def _response(self, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
        try:
            block = read_headers(stream, "HTTP ")
            status = status_of(block)
            if status is None or not block.protocol.upper().startswith("HTTP/"):
                raise Damage("broken", "HTTP 状态行无法识别")
            headers = ((":status", str(status)), *block.headers)
            media_type = block.get("content-type")
            spot = replace(
                spot, origin=replace(spot.origin, media_type=media_type, headers=headers)
            )
            if not 200 <= status < 300:
                yield self._walk.skipped(spot, "http_status", f"HTTP 状态为 {status}，不是文档")
                return
            if status == 206 and not is_whole(block):
                raise Damage("incomplete", "HTTP 状态为 206：只取得了文档的一部分")
            body = body_of(buffered(stream), block, self._walk.budget, self._walk.limits)
        except Damage as damage:
            yield self._walk.failed(spot, damage)
            return
        yield from self._walk.expand(self._walk, body, replace(spot, size=None))

    def _skip(self, count: int) -> None:
        if self._end is not None:
            self._stream.seek(count, io.SEEK_CUR)
            return
        while count:
            part = self._stream.read(min(CHUNK, count))
            if not part:
                raise Damage("truncated", f"内容不完整，还缺 {count} 字节")
            count -= len(part)

    def _find_end(self) -> None:
        """Read the line behind a record, and the first line of the next; what follows an empty line
        is no fault of this record."""
        start = self._stream.tell()
        line = self._stream.readline(_LINE)
        if line.strip() and not _VERSION.match(line):
            raise Damage("broken", "内容的长度与 Content-Length 不符")
        while line and not line.strip():
            start = self._stream.tell()
            line = self._stream.readline(_LINE)
        self._line, self._offset = line, start

    def _is_checked(self, length: int) -> bool:
        """Say whether the checksum of what holds the present record was found right."""
        raw = self._stream.raw
        end = (self._content or 0) + length
        return isinstance(raw, Inflated) and raw.checked >= end

    def failed(self, damage: Damage) -> Item:
        """Return the item of the place where `damage` was met."""
        damage.reported = True
        message = f"WARC 第 {self._offset} 字节处的记录：{damage.message}"
        return self._walk.failed(self._now, Damage(damage.reason, message, damage.size))

    def resume(self) -> bool:
        """Go to where the next record may be; False when there is no going on."""
        raw, self._line, self._lost = self._stream.raw, b"", True
        if isinstance(raw, Raw) and raw.damaged:
            if not isinstance(raw, Inflated):
                return False
            self._stream.detach()
            self._stream = buffered(raw)
            return raw.resume(b"WARC/")
        if self._end is not None and self._content is not None:
            back = self._stream.tell() - self._content
            if back <= self._again:
                self._again -= back
                self._stream.seek(self._content)
        return True
