"""What a stream holds: by the bytes at its head first, by its name only where they do not tell."""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

from nianbao.batch.sources.compressed import BZIP2, GZIP, XZ, ZSTD, Codec, codec_of
from nianbao.reading.detect import sniff

Container = Literal["zip", "tar", "warc", "parquet", "jsonl", "csv"]


@dataclass(frozen=True, slots=True)
class NoDocument:
    """A kind of data that holds no report that can be read, or an archive that cannot be opened."""

    status: Literal["skipped", "failed"]
    reason: str
    message: str


#: None is a document.
Kind = Codec | Container | NoDocument | None

#: What a name promises, where the content has no mark.
_PROMISED: Final[dict[str, Codec | Container]] = {
    ".zip": "zip",
    ".tar": "tar",
    ".parquet": "parquet",
    ".gz": GZIP,
    ".tgz": GZIP,
    ".zst": ZSTD,
    ".zstd": ZSTD,
    ".tzst": ZSTD,
    ".bz2": BZIP2,
    ".tbz2": BZIP2,
    ".tbz": BZIP2,
    ".xz": XZ,
    ".txz": XZ,
}
#: A name of a compressed file -> the name that the file in it has.
_INNER: Final = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar"}

_KINDS: Final = {
    "image": ("图片", ".png .jpg .jpeg .gif .bmp .webp .svg .ico .tif .tiff .avif .heic"),
    "script": ("脚本", ".js .mjs .ts .vbs .map .wasm"),
    "stylesheet": ("样式表", ".css .scss .less .xsl .xslt"),
    "font": ("字体", ".woff .woff2 .ttf .otf .eot"),
    "audio": ("音频", ".mp3 .wav .wma .ogg .m4a .aac .flac .amr"),
    "video": ("视频", ".mp4 .avi .mov .wmv .flv .mkv .webm .m3u8 .rm .rmvb .mpg .mpeg .swf"),
}
_BY_SUFFIX: Final = {end: reason for reason, (_, ends) in _KINDS.items() for end in ends.split()}
_BY_TYPE: Final = (
    (re.compile(r"image/"), "image"),
    (re.compile(r"(?:text|application)/(?:x-)?(?:java|ecma)script\b"), "script"),
    (re.compile(r"text/css\b"), "stylesheet"),
    (re.compile(r"font/|application/(?:x-)?font-|application/vnd\.ms-fontobject"), "font"),
    (re.compile(r"audio/"), "audio"),
    (re.compile(r"video/"), "video"),
)
#: Marks of what the reader of documents has no need to know.
_MARKS: Final = (
    (b"wOFF", "font"),
    (b"wOF2", "font"),
    (b"OTTO\x00", "font"),
    (b"\x00\x01\x00\x00\x00", "font"),
    (b"\x00\x00\x01\x00", "image"),
    (b"OggS", "audio"),
    (b"fLaC", "audio"),
    (b"FLV\x01", "video"),
)
#: Archives that this library does not open; they may hold documents, so they are no mere trifle.
_UNOPENED: Final = ((b"7z\xbc\xaf\x27\x1c", "7z 压缩文件"), (b"Rar!\x1a\x07", "RAR 压缩文件"))
#: A markup or PDF document, whatever its name or declared type says.
_DOCUMENT: Final = re.compile(rb"<!--|<!doctype html|<html|<head|<body|<title|%PDF-", re.IGNORECASE)
#: What may stand before it; stripped, because a pattern for it takes seconds on a page of blanks.
_LEADING: Final = b"\xef\xbb\xbf \t\r\n\f\v"
_BINARY: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: The office formats are ZIP archives that begin with one of these members.
_OFFICE: Final = re.compile(
    rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/|mimetypeapplication/|OFD\.xml)", re.DOTALL
)
OFFICE_MEMBERS: Final = frozenset(
    ("[Content_Types].xml", "OFD.xml", "META-INF/manifest.xml", "META-INF/container.xml")
)


def kind_of(head: bytes, name: str, media_type: str | None) -> Kind:
    """Return what a stream holds that begins with `head`; rows of text are told by `rows`."""
    codec = codec_of(head)
    if codec is not None:
        return codec
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return office(head) if _OFFICE.match(head) else "zip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.lstrip(b"\r\n")[:7] in (b"WARC/1.", b"WARC/0."):
        return "warc"
    if _is_tar(head):
        return "tar"
    return _no_document(head, name, media_type) or _by_name(head, name)


def office(head: bytes) -> NoDocument:
    """Return the kind of an office document, which is a ZIP archive."""
    binary = sniff(head)
    return unsupported(binary.name if binary else "办公软件文件")


def unsupported(name: str) -> NoDocument:
    """Return the kind of a binary format that cannot be read."""
    return NoDocument("skipped", "unsupported_type", f"不支持的文件类型：{name}")


def without_suffix(name: str) -> str:
    """Return the name of what is in the compressed file `name`."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if suffix in _INNER:
        return path.stem + _INNER[suffix]
    return path.stem if isinstance(_PROMISED.get(suffix), Codec) else name


def suffix_of(name: str) -> str:
    """Return the suffix of a name, in lower case."""
    return PurePosixPath(name).suffix.lower()


def _is_tar(head: bytes) -> bool:
    if head[257:262] == b"ustar":
        return True
    if len(head) < tarfile.BLOCKSIZE or b"\0" not in head[:100]:
        return False
    try:
        # The oldest format has no mark, but a checksum.
        return bool(tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "replace").name)
    except tarfile.HeaderError:
        return False


def _no_document(head: bytes, name: str, media_type: str | None) -> NoDocument | None:
    for mark, title in _UNOPENED:
        if head.startswith(mark):
            return NoDocument("failed", "unsupported_archive", f"不支持的压缩格式：{title}")
    if _DOCUMENT.match(head.lstrip(_LEADING)):
        return None
    binary = sniff(head)
    if binary is not None:
        if binary.family == "pdf":
            return None
        if binary.family == "image":
            return NoDocument("skipped", "image", f"这是{binary.name}，不是文档")
        return unsupported(binary.name)
    reason = next((reason for mark, reason in _MARKS if head.startswith(mark)), None)
    declared = (media_type or "").strip().lower()
    reason = reason or next((kind for form, kind in _BY_TYPE if form.match(declared)), None)
    reason = reason or _BY_SUFFIX.get(suffix_of(name))
    if reason is None:
        return None
    return NoDocument("skipped", reason, f"这是{_KINDS[reason][0]}，不是文档")


def _by_name(head: bytes, name: str) -> Kind:
    """Return the container that a name promises, unless a text was stored under it."""
    suffix = suffix_of(name)
    if suffix == ".warc" and head and not head.lstrip(_LEADING).startswith(b"<"):
        return "warc"
    return _PROMISED.get(suffix) if _BINARY.search(head[:4096]) else None
