"""What a PDF may not hold: streams that grow without bound when decoded.

The PDF library decodes a stream in one go, and a few kilobytes can stand for gigabytes.  So every
stream that it would decode is measured first, in bounded memory.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from nianbao.exceptions import InputTooLarge
from nianbao.reading.limits import MAX_PDF_CODES, MAX_PDF_DECODED

_STREAM: Final = re.compile(rb"stream\r?\n")
_DICTIONARY_REACH: Final = 2000  # bytes before `stream` in which its dictionary lies
#: Images are never decoded, embedded fonts hardly ever: neither is measured.
_UNDECODED: Final = re.compile(
    rb"/Subtype\s*/(?:Image|CIDFontType0C|Type1C|OpenType)|/Length1\b|/DCTDecode|/JPXDecode"
)
_EXPANDING: Final = (b"/LZWDecode", b"/RunLengthDecode", b"/LZW", b"/RL")
#: The most that one byte of the other expanding filters can stand for.
_EXPANSION: Final = 128
_CHUNK: Final = 1 << 20
#: A block of ranges in a character map, and one of its entries: first code, last code, target.
_RANGES: Final = re.compile(rb"begin(?:bf|cid)range(.*?)end(?:bf|cid)range", re.DOTALL)
_RANGE: Final = re.compile(
    rb"<\s*([0-9A-Fa-f]{1,8})\s*>\s*<\s*([0-9A-Fa-f]{1,8})\s*>\s*(?:<[^>]*>|\[|\d)"
)
#: Character maps are some kilobytes long; only the beginning of longer streams is searched.
_MAP_REACH: Final = 4 * _CHUNK


def check_streams(data: bytes) -> None:
    """Raise InputTooLarge when the streams of `data` decode to more than `MAX_PDF_DECODED` bytes or
    its character maps have more than `MAX_PDF_CODES` codes."""
    _check_codes(data)
    decoded = 0
    for match in _STREAM.finditer(data):
        before = data[max(0, match.start() - _DICTIONARY_REACH) : match.start()]
        dictionary = before[before.rfind(b" obj") + 1 :]
        if _UNDECODED.search(dictionary):
            continue
        if dictionary.count(b"/FlateDecode") + dictionary.count(b"/Fl ") > 1:
            raise InputTooLarge("PDF 内有重复压缩的数据流，不予读取")
        if any(name in dictionary for name in _EXPANDING):
            end = data.find(b"endstream", match.end())
            decoded += ((end if end >= 0 else len(data)) - match.end()) * _EXPANSION
        elif b"/Fl" in dictionary:
            decoded += _measure(memoryview(data)[match.end() :], MAX_PDF_DECODED - decoded)
        if decoded > MAX_PDF_DECODED:
            raise InputTooLarge(f"PDF 解压后超过 {MAX_PDF_DECODED} 字节的上限")


def _measure(packed: memoryview, limit: int) -> int:
    """Return the inflated size of `packed`, or a size above `limit` as soon as it is exceeded."""
    size, position = 0, 0
    head: list[bytes] = []
    inflater = zlib.decompressobj()
    pending: bytes | memoryview = b""
    try:
        while size <= limit and not inflater.eof:
            if not pending:
                pending = packed[position : position + _CHUNK]
                position += _CHUNK
                if not pending:
                    break
            part = inflater.decompress(pending, _CHUNK)
            pending = inflater.unconsumed_tail
            size += len(part)
            if size <= _MAP_REACH:
                head.append(part)
    except zlib.error:
        return size
    _check_codes(b"".join(head))
    return size


def _check_codes(content: bytes) -> None:
    if b"range" not in content:
        return
    codes = sum(
        int(last, 16) - int(first, 16)
        for block in _RANGES.findall(content)
        for first, last in _RANGE.findall(block)
        if int(last, 16) > int(first, 16)
    )
    if codes > MAX_PDF_CODES:
        raise InputTooLarge(f"PDF 的字符映射超过 {MAX_PDF_CODES} 个字符的上限")
