"""Archives of small pages, built in memory, and a shorthand for what is read of them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from backports import zstd
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from nianbao.batch.outcome import Item
from nianbao.batch.sources import Limits, SourceOptions, iter_items

DATE = "2023-03-01T02:03:04Z"


def page(number: int) -> bytes:
    """Return a page that is like no other."""
    return f"<html><p>政府信息公开工作年度报告 {number}</p></html>".encode()


def made_zip(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0)), data, method)
    return target.getvalue()


def made_tar(members: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def made_warc(
    bodies: Sequence[bytes],
    *,
    status: str = "200 OK",
    headers: Sequence[tuple[str, str]] = (("Content-Type", "text/html"),),
    packed: bool = False,
    warc_headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a WARC with a response for each of `bodies`, each compressed for itself if `packed`."""
    target = io.BytesIO()
    writer = WARCWriter(target, gzip=packed)
    writer._create_temp_file = io.BytesIO  # its own is left open
    for number, body in enumerate(bodies):
        record = writer.create_warc_record(
            f"http://www.example.gov.cn/{number}.html",
            "response",
            payload=io.BytesIO(body),
            http_headers=StatusAndHeaders(status, list(headers), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": DATE, **(warc_headers or {})},
        )
        writer.write_record(record)
    return target.getvalue()


def made_record(kind: str, payload: bytes, *extra: str, length: int | None = None) -> bytes:
    """Return one WARC record, byte for byte."""
    lines = (
        "WARC/1.1",
        f"WARC-Type: {kind}",
        "WARC-Target-URI: http://www.example.gov.cn/x",
        f"WARC-Date: {DATE}",
        f"Content-Length: {len(payload) if length is None else length}",
        *extra,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload + b"\r\n\r\n"


def zst(data: bytes) -> bytes:
    return zstd.compress(data)


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def read(path: Path | str, **options: object) -> list[Item]:
    """Return the items of `path`, read with these options or limits."""
    bounds = {key: options.pop(key) for key in list(options) if key in Limits.__dataclass_fields__}
    limits = Limits(**bounds)  # type: ignore[arg-type]
    items = list(iter_items([str(path)], SourceOptions(**options, limits=limits)))  # type: ignore[arg-type]
    assert len({item.place for item in items}) == len(items)
    for item in items:
        assert (item.data is None) == (item.problem is not None)
        assert item.data is None or item.size == len(item.data)
        assert item.problem is None or (item.problem.reason != "internal_error"), item.problem
    return items


def stored(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def documents(items: Sequence[Item]) -> list[bytes]:
    return [item.data for item in items if item.data is not None]


def reasons(items: Sequence[Item]) -> list[str]:
    """Return the reasons of the problems, in order."""
    return [item.problem.reason for item in items if item.problem is not None]


def outline(items: Sequence[Item]) -> list[tuple[str, int, str]]:
    """Return member, ordinal and reason (of a document "") of each item."""
    return [
        (item.place.member, item.place.ordinal, item.problem.reason if item.problem else "")
        for item in items
    ]
