"""Bytes -> `Document`: HTML, plain text and Markdown, PDF with a text layer."""

from __future__ import annotations

import hashlib

from nianbao.document import Document, ReadingNote, Table
from nianbao.exceptions import InputTooLarge, NeedsOcr, UnreadableInput
from nianbao.reading.charset import Decoded, clean, decode, is_garbage
from nianbao.reading.detect import is_html, sniff
from nianbao.reading.limits import MAX_BYTES
from nianbao.reading.plain import read_plain

__all__ = ["read", "read_text"]


def read(data: bytes, *, media_type: str | None = None, name: str | None = None) -> Document:
    """Read `data`, whatever it is: its content decides, `media_type` and `name` are hints.

    Raises UnreadableInput for what is no text, HTML or PDF, NeedsOcr for scans and pictures, and
    InputTooLarge over the bounds of `nianbao.reading.limits`.
    """
    try:
        return _read(data, media_type, name)
    except UnreadableInput as error:
        if name is None or name in str(error):
            raise
        raise type(error)(f"{name}：{error}") from error


def read_text(text: str) -> Document:
    """Read text that is decoded already; its digest and size are those of its UTF-8 form.

    Raises UnreadableInput when there is nothing but white space.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_BYTES:
        raise _too_large(data)
    kept, notes = read_plain(clean(text))
    return _document(data, kept, "text/plain", None, notes=notes)


def _read(data: bytes, media_type: str | None, name: str | None) -> Document:
    if len(data) > MAX_BYTES:
        raise _too_large(data)
    if not data.strip(b" \t\r\n\x00"):
        raise UnreadableInput("文件是空的")
    binary = sniff(data)
    if binary is not None:
        if binary.family == "pdf":
            return _read_pdf(data)
        if binary.family == "image":
            raise NeedsOcr(f"这是{binary.name}；暂不支持识别扫描件和图片中的文字")
        raise UnreadableInput(f"不支持的文件类型：{binary.name}")
    decoded = decode(data, media_type)
    if is_garbage(decoded):
        raise UnreadableInput("这是二进制文件，不是文本、网页或 PDF")
    text, notes = clean(decoded.text), _charset_notes(decoded)
    if is_html(text, media_type, name):
        from nianbao.reading.html import read_html

        writer = read_html(text)
        return _document(
            data,
            writer.text,
            "text/html",
            decoded.encoding,
            tables=tuple(writer.tables),
            notes=notes + writer.notes(),
        )
    kept, cut = read_plain(text)
    return _document(data, kept, "text/plain", decoded.encoding, notes=notes + cut)


def _read_pdf(data: bytes) -> Document:
    from nianbao.reading.pdf import read_pdf

    writer, notes = read_pdf(data)
    return _document(
        data,
        writer.text,
        "application/pdf",
        None,
        tables=tuple(writer.tables),
        notes=notes + writer.notes(),
    )


def _document(
    data: bytes,
    text: str,
    media_type: str,
    encoding: str | None,
    *,
    tables: tuple[Table, ...] = (),
    notes: tuple[ReadingNote, ...] = (),
) -> Document:
    digest = hashlib.sha256(data).hexdigest()
    return Document(text, media_type, encoding, digest, len(data), tables, notes)


def _charset_notes(decoded: Decoded) -> tuple[ReadingNote, ...]:
    notes = []
    if decoded.guessed:
        stated = f"声明的编码是 {decoded.declared}，但" if decoded.declared else "没有声明编码，"
        notes.append(ReadingNote("encoding_guessed", f"{stated}内容按 {decoded.encoding} 读取"))
    if decoded.lost:
        message = f"有 {decoded.lost} 处字节不能按 {decoded.encoding} 解码，显示为 \ufffd"
        notes.append(ReadingNote("undecodable_bytes", message))
    return tuple(notes)


def _too_large(data: bytes) -> InputTooLarge:
    return InputTooLarge(f"文件有 {len(data)} 字节，超过 {MAX_BYTES} 字节的上限")
