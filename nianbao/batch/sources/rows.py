"""JSON lines and CSV: every line or row with a document in one of its fields."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from nianbao.batch.outcome import Item
from nianbao.batch.sources.compressed import Inflated
from nianbao.batch.sources.fields import fields_of, missing_text
from nianbao.batch.sources.guard import Damage, too_large
from nianbao.batch.sources.kinds import suffix_of
from nianbao.batch.sources.options import SourceOptions
from nianbao.batch.sources.streams import CHUNK, buffered
from nianbao.batch.sources.walk import Spot, Walk

_JSON_NAMES: Final = (".jsonl", ".ndjson", ".jsonlines", ".jl")
_CSV_NAMES: Final = (".csv", ".tsv")
#: An object that begins and has a field on the same line; a file of one object seldom does.
_OBJECT: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{[ \t]*\"")
_STRING_FIELD: Final = re.compile(rb"\"([^\"\\\r\n]{1,60})\"[ \t]*:[ \t]*\"")


def is_json_lines(head: bytes, name: str, options: SourceOptions) -> bool:
    """Say whether a stream that begins with `head` holds JSON lines: by its name, or because its
    first line begins an object that has a document in a usual field."""
    if suffix_of(name) in _JSON_NAMES:
        return True
    if not _OBJECT.match(head):
        return False
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
    names = [found.decode("utf-8", "replace") for found in _STRING_FIELD.findall(line)]
    return fields_of(names, options).text is not None


def is_csv(head: bytes, name: str, options: SourceOptions) -> bool:
    """Say whether a CSV file has documents in one of its columns; else it is one itself."""
    if suffix_of(name) not in _CSV_NAMES:
        return False
    line = head.partition(b"\n")[0]
    text = line.decode(_encoding(head), "replace")
    return fields_of(_header(text), options).text is not None


class _Lines:
    """The lines of a stream, each of at most `limit` bytes, and where they stand."""

    def __init__(self, stream: io.BufferedReader, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self.number = 0  # of the line read last, from 1
        self.offset = 0  # where that begins

    def next(self) -> bytes:
        """Return the next line, b"" at the end; raises Damage for one that is too long, after
        reading to its end, and for what is wrong with the stream."""
        self.number += 1
        self.offset = self._stream.tell()
        line = self._stream.readline(self._limit + 1)
        if len(line) <= self._limit or line.endswith(b"\n"):
            return line
        size = len(line)
        del line
        while part := self._stream.readline(CHUNK):
            size += len(part)
            if part.endswith(b"\n"):
                break
        raise too_large(self.where(), self._limit, size)

    def where(self) -> str:
        """Return where the line read last stands, in Chinese."""
        return f"第 {self.number} 行（第 {self.offset} 字节起）"

    def resume(self) -> bool:
        """After damage of the stream go on at its next member, which may begin inside a line; say
        whether there is one."""
        raw = self._stream.raw
        if not isinstance(raw, Inflated):
            return False
        self._stream.detach()
        self._stream = buffered(raw)
        return raw.resume()


def read_json_lines(walk: Walk, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
    """Yield an item for every line that is not empty; after a broken line the next."""
    lines = _Lines(stream, walk.limits.document)
    row = Spot(spot.inside, "", spot.depth + 1)
    while True:
        try:
            line = lines.next()
        except Damage as damage:
            yield walk.failed(row, _located(damage, lines))
            if damage.reason == "too_large" or lines.resume():
                continue
            return
        if not line:
            return
        if not line.strip():
            walk.skip(row.path, 1)
            continue
        try:
            yield _json_item(walk, line, row)
        except Damage as damage:
            yield walk.failed(row, _located(damage, lines))


def _located(damage: Damage, lines: _Lines) -> Damage:
    damage.reported = True
    if damage.reason == "too_large":
        return damage
    return Damage(damage.reason, f"{lines.where()}：{damage.message}", damage.size)


def _json_item(walk: Walk, line: bytes, spot: Spot) -> Item:
    try:
        row = json.loads(line.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Damage(
            "bad_line", f"不是 UTF-8 编码，从行内第 {error.start} 字节起", len(line)
        ) from None
    except json.JSONDecodeError as error:
        raise Damage(
            "bad_line", f"不是完整的 JSON，在第 {error.pos + 1} 个字符处", len(line)
        ) from None
    except (ValueError, RecursionError):
        raise Damage("bad_line", "JSON 的数字过长或层次过深", len(line)) from None
    if not isinstance(row, dict):
        raise Damage("bad_line", "不是 JSON 对象", len(line))
    fields = fields_of(row, walk.options)
    spot = replace(spot, origin=fields.origin(row))
    if fields.text is None:
        raise Damage("no_text_field", missing_text(row, walk.options), len(line))
    filled = [name for name, value in row.items() if isinstance(value, str) and value]
    text = fields_of(filled, walk.options).text
    if text is not None:
        return walk.text(row[text].encode("utf-8", "replace"), spot)
    if row[fields.text]:
        raise Damage("bad_line", f"字段“{fields.text}”不是字符串", len(line))
    return walk.skipped(spot, "no_text", f"字段“{fields.text}”是空的")


def read_csv(walk: Walk, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
    """Yield an item for every row; a row with more or fewer fields than the head is broken."""
    encoding = _encoding(stream.peek())
    lines = _Lines(stream, walk.limits.document)
    row = Spot(spot.inside, "", spot.depth + 1)
    head = lines.next().decode(encoding, "replace")
    names = _header(head)
    table = _Table(lines, encoding, _delimiter(head), walk.limits.document)
    while True:
        try:
            values = table.next()
            if values is None:
                return
            if values:
                yield _csv_item(walk, names, values, row)
        except Damage as damage:
            yield walk.failed(row, _located(damage, lines))
            if damage.reason not in ("too_large", "bad_row"):
                if not lines.resume():
                    return
                table.lost = True
            table.restart()


class _Table:
    """The rows of a CSV file, each of at most `limit` bytes."""

    def __init__(self, lines: _Lines, encoding: str, delimiter: str, limit: int) -> None:
        self._lines = lines
        self._encoding = encoding
        self._delimiter = delimiter
        self._limit = limit
        self._size = 0
        #: The next line may be the end of one, which is no broken row but may look like a good one.
        self.lost = False
        self.restart()

    def restart(self) -> None:
        """Begin a row at the next line."""
        self._rows = csv.reader(self._texts(), delimiter=self._delimiter, strict=True)

    def next(self) -> list[str] | None:
        """Return the next row, None at the end; raises Damage."""
        self._size = 0
        # The limit is one for all of the process, and 128 kB where nobody has set it.
        usual = csv.field_size_limit(self._limit)
        try:
            return next(self._rows, None)
        except csv.Error as error:
            message = "引号没有结束" if "end of data" in str(error) else "引号或分隔符有误"
            raise Damage("bad_row", message) from None
        finally:
            csv.field_size_limit(usual)

    def _texts(self) -> Iterator[str]:
        while line := self._lines.next():
            self._size += len(line)
            if self.lost:
                self.lost = False
                continue
            if self._size > self._limit:
                raise too_large(f"到{self._lines.where()}为止的一行数据", self._limit, self._size)
            yield line.decode(self._encoding, "replace")


def _csv_item(walk: Walk, names: list[str], values: list[str], spot: Spot) -> Item:
    if len(values) != len(names):
        raise Damage("bad_row", f"有 {len(values)} 个字段，而表头有 {len(names)} 个")
    # Of two columns with one name the first counts.
    row = dict(reversed(list(zip(names, values, strict=True))))
    fields = fields_of(names, walk.options)
    spot = replace(spot, origin=fields.origin(row))
    text = fields_of([name for name in names if row[name]], walk.options).text
    if text is None:
        return walk.skipped(spot, "no_text", f"字段“{fields.text}”是空的")
    return walk.text(row[text].encode("utf-8", "replace"), spot)


def _header(line: str) -> list[str]:
    text = line.removeprefix("\ufeff").rstrip("\r\n")
    try:
        return next(csv.reader([text], delimiter=_delimiter(text)), [])
    except csv.Error:
        return []


def _delimiter(head: str) -> str:
    return max(",\t;|", key=head.count)


def _encoding(head: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
