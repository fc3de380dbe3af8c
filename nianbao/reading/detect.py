"""What the bytes are: by their content first, by the declared type and the name only in doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Family = Literal["pdf", "image", "unsupported"]


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary format; `name` is what a person calls it, in Chinese."""

    family: Family
    name: str


PDF: Final = Binary("pdf", "PDF")

#: (offset, signature, format).
_SIGNATURES: Final = (
    (0, b"%PDF-", PDF),
    (0, b"\x89PNG\r\n\x1a\n", Binary("image", "PNG 图片")),
    (0, b"\xff\xd8\xff", Binary("image", "JPEG 图片")),
    (0, b"GIF87a", Binary("image", "GIF 图片")),
    (0, b"GIF89a", Binary("image", "GIF 图片")),
    (0, b"II*\x00", Binary("image", "TIFF 图片")),
    (0, b"MM\x00*", Binary("image", "TIFF 图片")),
    (8, b"WEBP", Binary("image", "WebP 图片")),
    (4, b"ftypheic", Binary("image", "HEIC 图片")),
    (4, b"ftypavif", Binary("image", "AVIF 图片")),
    (4, b"jP  \r\n\x87\n", Binary("image", "JPEG 2000 图片")),
    (0, b"AT&TFORM", Binary("image", "DjVu 扫描件")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Binary("unsupported", "旧版 Office 文件（如 doc）")),
    (0, b"{\\rtf", Binary("unsupported", "RTF 文件")),
    (0, b"\x1f\x8b", Binary("unsupported", "gzip 压缩文件")),
    (0, b"BZh", Binary("unsupported", "bzip2 压缩文件")),
    (0, b"\xfd7zXZ\x00", Binary("unsupported", "xz 压缩文件")),
    (0, b"7z\xbc\xaf\x27\x1c", Binary("unsupported", "7z 压缩文件")),
    (0, b"Rar!\x1a\x07", Binary("unsupported", "RAR 压缩文件")),
    (0, b"\x28\xb5\x2f\xfd", Binary("unsupported", "zstd 压缩文件")),
    (257, b"ustar", Binary("unsupported", "tar 归档文件")),
    (0, b"\x7fELF", Binary("unsupported", "程序文件")),
    (0, b"MZ\x90\x00", Binary("unsupported", "程序文件")),
    (0, b"ID3", Binary("unsupported", "音频文件")),
    (4, b"ftyp", Binary("unsupported", "视频文件")),
    (0, b"\x1aE\xdf\xa3", Binary("unsupported", "视频文件")),
    (0, b"SQLite format 3\x00", Binary("unsupported", "数据库文件")),
)
#: Name inside a zip -> the format that the zip is.
_ZIP_MEMBERS: Final = (
    (b"word/", "Word 文件（docx）"),
    (b"xl/", "Excel 文件（xlsx）"),
    (b"ppt/", "PowerPoint 文件（pptx）"),
    (b"OFD.xml", "OFD 版式文件"),
    (b"application/vnd.oasis.opendocument", "OpenDocument 文件"),
    (b"application/epub+zip", "EPUB 电子书"),
)
_PDF_JUNK: Final = 1024  # readers accept this many bytes before the signature


def sniff(data: bytes) -> Binary | None:
    """Return the binary format of `data`, or None when it may be text of some encoding."""
    for offset, signature, binary in _SIGNATURES:
        if data.startswith(signature, offset):
            return binary
    if data.startswith(b"BM") and len(data) > 18 and data[6:10] == b"\x00\x00\x00\x00":
        return Binary("image", "BMP 图片")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return Binary("unsupported", _zip_kind(data))
    if b"%PDF-" in data[:_PDF_JUNK] and b"endobj" in data:
        return PDF
    if _is_mht(data[:2048]):
        return Binary("unsupported", "MHT 网页存档")
    return None


def _zip_kind(data: bytes) -> str:
    # The names stand in clear both at the head of each member and in the directory at the end.
    edges = data[:65536] + data[-65536:]
    for member, name in _ZIP_MEMBERS:
        if member in edges:
            return name
    return "zip 压缩文件"


def _is_mht(head: bytes) -> bool:
    return b"MIME-Version:" in head and b"multipart/related" in head


#: A document that starts like this is HTML whatever it is called.
_HTML_START: Final = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,4000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
#: Elements that nobody leaves in flattened text by accident; `<br>` and `<b>` are left often.
_HTML_TAG: Final = re.compile(
    r"</?(?:html|body|div|p|table|tbody|thead|tr|td|th|span|font|ul|ol|li|h[1-6]|section|article"
    r"|center|script|style|iframe|form|title|meta|a|strong|img)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_SAMPLE: Final = 262_144
#: Tags that a text declared as text may hold and still be text.
_STRAY_TAGS: Final = 3
_TEXT_TYPES: Final = ("text/plain", "text/markdown", "text/csv")
_TEXT_SUFFIXES: Final = (".txt", ".md", ".markdown", ".csv")


def is_html(text: str, media_type: str | None = None, name: str | None = None) -> bool:
    """Say whether decoded `text` is markup.  Declared as plain text, it has to look like markup
    plainly; text without any tag is never markup, so that its line breaks are kept."""
    if _HTML_START.match(text[:8192]):
        return True
    tags = 0
    limit = _STRAY_TAGS if _declared_plain(media_type, name) else 0
    for _ in _HTML_TAG.finditer(text, 0, _SAMPLE):
        tags += 1
        if tags > limit:
            return True
    return False


def _declared_plain(media_type: str | None, name: str | None) -> bool:
    if media_type and media_type.partition(";")[0].strip().lower() in _TEXT_TYPES:
        return True
    return bool(name and name.lower().endswith(_TEXT_SUFFIXES))
