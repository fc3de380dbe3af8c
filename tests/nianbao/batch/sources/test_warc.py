from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from random import Random

import brotli
import pytest
from backports import zstd

from nianbao.batch.outcome import Origin
from tests.nianbao.batch.sources.made import (
    DATE,
    documents,
    gz,
    made_record,
    made_warc,
    made_zip,
    outline,
    page,
    read,
    reasons,
    stored,
    zst,
)

PAGES = [page(number) for number in range(6)]
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
TYPE = "Content-Type: application/http; msgtype=response"


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = "\r\n".join((f"HTTP/1.1 {status}", *headers)).encode("latin-1")
    return made_record("response", lines + b"\r\n\r\n" + body, TYPE)


def chunked(data: bytes, size: int = 100) -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("wrap", [bytes, gz, zst], ids=["plain", "gzip", "zstd"])
@pytest.mark.parametrize("packed", [False, True], ids=["", "each record packed"])
def test_responses(tmp_path: Path, wrap, packed: bool) -> None:
    headers = (("Content-Type", "text/html; charset=utf-8"), ("X-Two", "a"), ("X-Two", "b"))
    items = read(stored(tmp_path, "x", wrap(made_warc(PAGES, headers=headers, packed=packed))))
    assert documents(items) == PAGES
    assert [item.place.ordinal for item in items] == list(range(6))
    assert items[1].origin == Origin(
        "http://www.example.gov.cn/1.html",
        DATE,
        "text/html; charset=utf-8",
        (
            (":status", "200"),
            ("content-type", "text/html; charset=utf-8"),
            ("x-two", "a"),
            ("x-two", "b"),
        ),
    )


def test_zstd_with_a_dictionary(tmp_path: Path) -> None:
    records = [made_warc([page(number)]) for number in range(400)]
    dictionary = zstd.train_dict(records, 4096)
    content = dictionary.dict_content
    for stored_as in (content, zstd.compress(content)):
        frame = b"\x5d\x2a\x4d\x18" + struct.pack("<I", len(stored_as)) + stored_as
        data = frame + b"".join(zstd.compress(one, zstd_dict=dictionary) for one in records[:20])
        items = read(stored(tmp_path, "x.warc.zst", data))
        assert documents(items) == [page(number) for number in range(20)]


def test_other_records(tmp_path: Path) -> None:
    data = b"".join(
        (
            made_record("warcinfo", b"software: x", "Content-Type: application/warc-fields"),
            made_record("request", b"GET / HTTP/1.1\r\n\r\n", "Content-Type: application/http"),
            made_record("revisit", HTTP, TYPE),
            made_record("metadata", b"x"),
            made_record("conversion", b"text"),
            made_record("resource", page(1), "Content-Type: text/html"),
            made_record("response", b"20230301\n", "Content-Type: text/dns").replace(
                b"http://", b"dns:"
            ),
            response(b"gone", status="404 Not Found"),
            response(b"", "Location: /", status="302 Found"),
            response(page(2)),
        )
    )
    items = read(stored(tmp_path, "x.warc", data))
    told = "record_type record_type revisit record_type record_type record_type http_status http_status"
    assert reasons(items) == told.split()
    assert all(item.problem is None or item.problem.status == "skipped" for item in items)
    assert documents(items) == [page(1), page(2)]
    assert items[5].origin.media_type == "text/html"
    assert "revisit" in items[2].problem.message and "404" in items[7].problem.message
    assert items[7].origin.headers[0] == (":status", "404")
    assert items[3].origin.url == "http://www.example.gov.cn/x"


def test_kinds_by_declared_type_and_address(tmp_path: Path) -> None:
    data = b"".join(
        (
            response(b"body {}", "Content-Type: text/css"),
            response(b"\x89PNG\r\n\x1a\n", "Content-Type: text/html"),
            response(b"var x", "Content-Type: application/javascript; charset=utf-8"),
            response(b"var x").replace(b"gov.cn/x", b"gov.cn/x.js?v=1"),
            response(page(1), "Content-Type: image/png"),
            response(b"%PDF-1.7 ...", "Content-Type: application/octet-stream"),
        )
    )
    items = read(stored(tmp_path, "x.warc", data))
    assert reasons(items) == ["stylesheet", "image", "script", "script"]
    assert documents(items) == [page(1), b"%PDF-1.7 ..."]


def test_archive_in_a_record(tmp_path: Path) -> None:
    body = made_zip({"a.html": page(1), "b.html": page(2)})
    data = response(page(0)) + response(body, "Content-Type: application/zip") + response(page(3))
    items = read(stored(tmp_path, "x.warc.gz", gz(data)))
    assert outline(items) == [
        ("", 0, ""),
        ("#1!/a.html", 0, ""),
        ("#1!/b.html", 0, ""),
        ("", 2, ""),
    ]
    cut = response(page(0)) + response(body[:-30], "Content-Type: application/zip")
    items = read(stored(tmp_path, "y.warc", cut))
    assert outline(items)[1:] == [("#1!/a.html", 0, ""), ("#1!/b.html", 0, ""), ("#1", 0, "broken")]


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("gzip", gz),
        ("x-gzip", gz),
        ("GZIP", gz),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("br", brotli.compress),
        ("zstd", zst),
        ("br, gzip", lambda data: gz(brotli.compress(data))),
        ("identity", bytes),
        ("gzip", bytes),  # the archive has decoded it already
        ("br", bytes),
    ],
)
@pytest.mark.parametrize("in_chunks", [False, True])
def test_encoded_bodies(tmp_path: Path, name: str, pack, in_chunks: bool) -> None:
    body = page(1) + Random(1).randbytes(5000).hex().encode()
    headers = [f"Content-Encoding: {name}"]
    sent = pack(body)
    if in_chunks:
        sent, headers = chunked(sent), [*headers, "Transfer-Encoding: chunked"]
    path = stored(tmp_path, "x.warc", response(sent, *headers) + response(page(2)))
    assert documents(read(path)) == [body, page(2)]
    unchunked = response(body, "Transfer-Encoding: chunked")
    assert documents(read(stored(tmp_path, "x.warc", unchunked))) == [body]


@pytest.mark.parametrize(
    ("body", "header", "reason"),
    [
        (gz(page(1) * 50)[:-20], "Content-Encoding: gzip", "truncated"),
        (gz(page(1) * 50)[:-8] + bytes(8), "Content-Encoding: gzip", "bad_checksum"),
        (brotli.compress(page(1) * 50)[:-5], "Content-Encoding: br", "truncated"),
        (zst(page(1) * 50)[:-9], "Content-Encoding: zstd", "truncated"),
        (page(1), "Content-Encoding: compress", "unsupported_encoding"),
        (page(1), "Content-Encoding: br, br, br, br", "unsupported_encoding"),
        (b"10\r\nshort", "Transfer-Encoding: chunked", "truncated"),
        (b"5\r\nhello\r\n", "Transfer-Encoding: chunked", "truncated"),
        (b"5\r\nhello!!\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "broken"),
        (b"5\r\nhello\r\nxyz\r\n", "Transfer-Encoding: chunked", "broken"),
    ],
)
def test_broken_bodies(tmp_path: Path, body: bytes, header: str, reason: str) -> None:
    path = stored(tmp_path, "x.warc", response(body, header) + response(page(2)))
    items = read(path)
    assert outline(items) == [("", 0, reason), ("", 1, "")]
    assert items[0].problem.status == "failed"


@pytest.mark.parametrize("name", ["gzip", "br", "zstd", "deflate"])
def test_bombs_in_bodies(tmp_path: Path, name: str) -> None:
    pack = {"gzip": gz, "br": brotli.compress, "zstd": zst, "deflate": zlib.compress}[name]
    body = pack(b" " * (20 << 20))
    path = stored(
        tmp_path, "x.warc", response(body, f"Content-Encoding: {name}") + response(page(2))
    )
    items = read(path, document=1 << 20)
    assert outline(items) == [("", 0, "too_large"), ("", 1, "")]


def test_parts_of_documents(tmp_path: Path) -> None:
    record = response(page(1))
    data = b"".join(
        (
            record.replace(b"WARC-Date", b"WARC-Truncated: length\r\nWARC-Date"),
            record.replace(b"WARC-Date", b"WARC-Segment-Number: 1\r\nWARC-Date"),
            response(page(1), "Content-Range: bytes 0-99/5000", status="206 Partial Content"),
            response(page(1), "Content-Range: bytes 0-99/100", status="206 Partial Content"),
        )
    )
    items = read(stored(tmp_path, "x.warc", data))
    assert reasons(items) == ["incomplete"] * 3
    assert documents(items) == [page(1)]


def test_no_http_in_a_response(tmp_path: Path) -> None:
    data = made_record("response", b"garbage\r\n\r\n", TYPE) + made_record("response", b"", TYPE)
    assert reasons(read(stored(tmp_path, "x.warc", data))) == ["broken", "truncated"]


@pytest.mark.parametrize("packed", [False, True])
def test_cut_off(tmp_path: Path, packed: bool) -> None:
    records = [made_warc([body], packed=packed) for body in PAGES]
    data = b"".join(records)
    for lost in (1, 5, 40, len(records[-1]) - 3):
        items = read(stored(tmp_path, "x.warc", data[:-lost]))
        whole = lost == 1 or (packed and lost == 5)  # only what ends the record is gone
        assert documents(items) == (PAGES if whole else PAGES[:-1])
        if packed:
            assert outline(items)[-1] == ("", 6 if whole else 5, "truncated")
        elif not whole:
            assert outline(items)[-1] in (("", 5, "truncated"), ("", 5, "broken"))
    where = len(data) - len(records[-1])
    if not packed:
        assert f"第 {where} 字节" in items[-1].problem.message


def test_cut_off_in_one_gzip_member(tmp_path: Path) -> None:
    bodies = [page(n) + Random(n).randbytes(30_000).hex().encode() for n in range(6)]
    data = gz(made_warc(bodies))
    items = read(stored(tmp_path, "x.warc.gz", data[: len(data) * 7 // 12]))
    assert documents(items) == bodies[:3]
    assert outline(items)[3:] == [("", 3, "truncated")]


def broken_in(data: bytes, where: int) -> bytes:
    changed = bytearray(data)
    changed[where] ^= 0x55
    return bytes(changed)


@pytest.mark.parametrize(
    "pack", [gz, lambda data: zstd.compress(data, options={201: 1})], ids=["gzip", "zstd"]
)
def test_goes_on_after_a_broken_member(tmp_path: Path, pack) -> None:
    records = [pack(made_warc([body])) for body in PAGES]
    for where in range(0, len(records[2]), 7):
        data = b"".join([*records[:2], broken_in(records[2], where), *records[3:]])
        items = read(stored(tmp_path, "x.warc", data))
        found = documents(items)
        # A header of gzip has bytes that say nothing.
        assert found == [*PAGES[:2], *PAGES[3:]] or (found == PAGES and where < 10), where
        if found != PAGES:
            assert len(reasons(items)) == 1


def test_goes_on_after_a_broken_record(tmp_path: Path) -> None:
    records = [made_warc([body]) for body in PAGES]
    for old, new in (
        (b"WARC/1.0", b"XXXX/1.0"),
        (b"WARC/1.0", b""),
        (b"Content-Length: ", b"Content-Length: x"),
        (b"Content-Length: ", b"Content-Length: 99999"),
        (b"Content-Length: ", b"Content-Length: 9"),
        (b"Content-Length: ", b"Content-Length: -"),
        (b"Content-Length: ", b"Content-Type: "),
    ):
        data = b"".join([*records[:2], records[2].replace(old, new, 1), *records[3:]])
        items = read(stored(tmp_path, "x.warc", data))
        assert documents(items) == [*PAGES[:2], *PAGES[3:]], (old, new)
        assert len(reasons(items)) == 1
        assert outline(items)[2][1] == 2
        # Of a line that is gone the end is an empty line.
        where = len(records[0] + records[1]) + (2 if not new else 0)
        assert f"第 {where} 字节" in items[2].problem.message


def test_length_a_little_wrong(tmp_path: Path) -> None:
    for length in (len(HTTP) + 3, len(HTTP + page(1)) + 6):
        data = made_record("response", HTTP + page(1), TYPE, length=length) + response(page(2))
        items = read(stored(tmp_path, "x.warc", data))
        assert outline(items) == [("", 0, "broken"), ("", 1, "")]


def test_headers_beyond_measure(tmp_path: Path) -> None:
    long = made_record("response", HTTP + page(1), TYPE, "X: " + "a" * (2 << 20))
    http = response(page(1), "X: " + "a" * (2 << 20))
    items = read(stored(tmp_path, "x.warc", long + http + response(page(2))))
    assert reasons(items)[0] == reasons(items)[-1] == "broken"
    assert documents(items) == [page(2)]


def test_records_that_all_claim_the_rest(tmp_path: Path) -> None:
    head = b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: %d\r\n\r\n"
    count, size = 3000, len(head) + 8
    data = b"".join(
        (head % (size * (count - number) - size)).ljust(size - 1, b"x") + b"\n"
        for number in range(count)
    )
    items = read(stored(tmp_path, "x.warc", data))
    assert documents(items) == [] and len(items) > 1


def test_wget_puts_the_address_in_brackets(tmp_path: Path) -> None:
    data = response(page(1)).replace(
        b"http://www.example.gov.cn/x", b"<http://www.example.gov.cn/x>"
    )
    assert read(stored(tmp_path, "x.warc", data))[0].origin.url == "http://www.example.gov.cn/x"


def test_gzip_that_python_makes_is_the_same(tmp_path: Path) -> None:
    path = stored(tmp_path, "x.warc.gz", b"".join(gz(made_warc([body])) for body in PAGES))
    with gzip.open(path) as stream:
        plain = stored(tmp_path, "x.warc", stream.read())
    assert documents(read(path)) == documents(read(plain)) == PAGES
