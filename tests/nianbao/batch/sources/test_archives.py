from __future__ import annotations

import bz2
import io
import lzma
import stat
import tarfile
import zipfile
from pathlib import Path
from random import Random

import pytest

from tests.nianbao.batch.sources.made import (
    documents,
    gz,
    made_tar,
    made_warc,
    made_zip,
    outline,
    page,
    read,
    reasons,
    stored,
    zst,
)

PAGES = {f"{number}.html": page(number) for number in range(5)}
BOTH = pytest.mark.parametrize("make", [made_zip, made_tar], ids=["zip", "tar"])


@BOTH
def test_members_in_their_order(tmp_path: Path, make) -> None:
    members = {"z.html": page(1), "a/深/b.txt": page(2), "./c.html": page(3)}
    items = read(stored(tmp_path, "x", make(members)))
    assert outline(items) == [("z.html", 0, ""), ("a/深/b.txt", 0, ""), ("c.html", 0, "")]
    assert documents(items) == list(members.values())


@pytest.mark.parametrize("pack", [gz, zst, bz2.compress, lzma.compress])
def test_compressed_tar(tmp_path: Path, pack) -> None:
    items = read(stored(tmp_path, "x.bin", pack(made_tar(PAGES))))
    assert documents(items) == list(PAGES.values())
    assert [item.place.member for item in items] == list(PAGES)


@BOTH
@pytest.mark.parametrize(
    "name", ["../a.html", "a/../../b.html", "/etc/passwd", "C:\\a.html", "..\\a.html", "\\a"]
)
def test_names_that_lead_out(tmp_path: Path, make, name: str) -> None:
    items = read(stored(tmp_path, "x", make({name: page(1), "good.html": page(2)})))
    assert reasons(items) == ["unsafe_name"]
    assert items[0].place.member == name
    assert documents(items) == [page(2)]


@BOTH
def test_one_name_twice(tmp_path: Path, make) -> None:
    lines = b'{"html": "1"}\n{"html": "2"}\n'
    data = io.BytesIO(make({"a.html": page(1), "r.jsonl": lines}))
    if make is made_zip:
        with zipfile.ZipFile(data, "a") as archive:
            for name, content in (("a.html", page(2)), ("r.jsonl", lines)):
                with pytest.warns(UserWarning, match="Duplicate"):
                    archive.writestr(name, content)
    else:
        with tarfile.open(fileobj=data, mode="a") as archive:
            for name, content in (("a.html", page(2)), ("r.jsonl", lines)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    items = read(stored(tmp_path, "x", data.getvalue()))
    assert [(member, ordinal) for member, ordinal, _ in outline(items)] == [
        ("a.html", 0),
        ("r.jsonl", 0),
        ("r.jsonl", 1),
        ("a.html", 1),
        ("r.jsonl", 2),
        ("r.jsonl", 3),
    ]
    assert documents(items) == [page(1), b"1", b"2", page(2), b"1", b"2"]


@BOTH
def test_what_is_no_document(tmp_path: Path, make) -> None:
    members = {
        "a.js": b"var x",
        "a.css": b"p {}",
        "a.woff2": b"wOF2....",
        "a.png": b"\x89PNG\r\n\x1a\n...",
        "b": b"\xff\xd8\xff\xe0",
        "a.svg": b"<svg/>",
        "a.mp3": b"ID3...",
        "a.mp4": b"....ftypmp42",
        "a.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...",
        "a.docx": made_zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"}),
        "b.xlsx": made_zip({"xl/workbook.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}),
        "a.rar": b"Rar!\x1a\x07\x00",
        ".hidden": b"x",
        "__MACOSX/._a.html": b"x",
    }
    items = read(stored(tmp_path, "x", make(members)))
    assert (
        reasons(items)
        == (
            "script stylesheet font image image image unsupported_type unsupported_type"
            " unsupported_type unsupported_type unsupported_type unsupported_archive hidden hidden"
        ).split()
    )
    assert {
        item.problem.status for item in items if item.problem.reason != "unsupported_archive"
    } == {"skipped"}
    assert "docx" in items[9].problem.message
    assert [item.size for item in items[:3]] == [5, 4, 8]


@BOTH
def test_content_goes_before_name(tmp_path: Path, make) -> None:
    members = {
        "a.png": page(1),
        "a.js": b"%PDF-1.4 ...",
        "报告.zip": page(2),
        "a.gz": "一、总体情况".encode(),
        "a.bin": bytes(range(256)),
        "a.pdf": b"%PDF-1.7",
    }
    assert documents(read(stored(tmp_path, "x", make(members)))) == list(members.values())


def test_folders_in_archives(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("in")
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    for data in (target.getvalue(), made_zip({"in/": b""})):
        assert outline(read(stored(tmp_path, "x", data))) == [("in", 0, "folder")]


def test_links_and_devices_in_tar(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for number, kind in enumerate(
            (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
        ):
            info = tarfile.TarInfo(f"{number}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("good.html")
        info.size = len(page(1))
        archive.addfile(info, io.BytesIO(page(1)))
    items = read(stored(tmp_path, "x.tar", target.getvalue()))
    assert reasons(items) == ["link", "link", "special_file", "special_file", "special_file"]
    assert all(item.problem.status == "failed" for item in items[:5])
    assert documents(items) == [page(1)]


def test_links_and_devices_in_zip(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, mode in (("l", stat.S_IFLNK), ("d", stat.S_IFCHR), ("good", stat.S_IFREG)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode | 0o644) << 16
            archive.writestr(info, page(1))
    items = read(stored(tmp_path, "x.zip", target.getvalue()))
    assert reasons(items) == ["link", "special_file"]
    assert documents(items) == [page(1)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "big5"])
def test_zip_names_without_the_flag(tmp_path: Path, encoding: str) -> None:
    name = "年度報告/蘇州.html" if encoding == "big5" else "年度报告/苏州.html"
    raw = name.encode(encoding)
    data = made_zip({"x" * len(raw): page(1)}).replace(b"x" * len(raw), raw)
    (item,) = read(stored(tmp_path, "x.zip", data))
    assert item.data == page(1)
    # GB18030 reads most of Big5 too, so of that only the form of the path is sure.
    assert item.place.member == name or (encoding == "big5" and item.place.member.endswith(".html"))


def test_tar_names_in_gbk(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(
        fileobj=target, mode="w", format=tarfile.GNU_FORMAT, encoding="gb18030"
    ) as archive:
        info = tarfile.TarInfo("年报/" + "长" * 60 + ".html")
        info.size = len(page(1))
        archive.addfile(info, io.BytesIO(page(1)))
    (item,) = read(stored(tmp_path, "x.tar", target.getvalue()))
    assert item.place.member == "年报/" + "长" * 60 + ".html"


def test_zip_from_windows(tmp_path: Path) -> None:
    data = made_zip({"in/a.html": page(1)}).replace(b"in/a.html", b"in\\a.html")
    assert outline(read(stored(tmp_path, "x.zip", data))) == [("in/a.html", 0, "")]


def test_encrypted_and_unknown_methods(tmp_path: Path) -> None:
    data = bytearray(made_zip({"a.html": page(1), "b.html": page(2), "c.html": page(3)}))
    entries = [i for i in range(len(data)) if data[i : i + 4] == b"PK\x01\x02"]
    data[entries[0] + 8] |= 1
    data[entries[1] + 10] = 99
    items = read(stored(tmp_path, "x.zip", bytes(data)))
    assert reasons(items) == ["encrypted", "unsupported_compression"]
    assert documents(items) == [page(3)]
    bombs = made_zip({"a.html": page(1)}, zipfile.ZIP_BZIP2)
    assert reasons(read(stored(tmp_path, "y.zip", bombs))) == ["unsupported_compression"]


def test_wrong_checksum_in_zip(tmp_path: Path) -> None:
    data = made_zip({"a.html": page(1), "b.html": page(2)}, zipfile.ZIP_STORED)
    broken = data.replace(page(1)[:10], page(7)[:6] + b"####", 1)
    items = read(stored(tmp_path, "x.zip", broken))
    assert outline(items) == [("a.html", 0, "bad_checksum"), ("b.html", 0, "")]
    assert "CRC" in items[0].problem.message


@pytest.mark.parametrize("streamed", [False, True], ids=["sizes first", "sizes last"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_cut_off(tmp_path: Path, method: int, streamed: bool) -> None:
    data = made_zip(PAGES, method)
    if streamed:

        class Pipe(io.BytesIO):
            def seekable(self) -> bool:
                return False

            def seek(self, *args: object) -> int:
                raise OSError

            def tell(self) -> int:
                raise OSError

        target = Pipe()
        with zipfile.ZipFile(target, "w", method) as archive:
            for name, content in PAGES.items():
                archive.writestr(name, content)
        data = target.getvalue()
    third = data.index(b"3.html")
    items = read(stored(tmp_path, "x.zip", data[: third + 30]))
    assert documents(items) == [page(0), page(1), page(2)]
    assert outline(items)[3:] == [("3.html", 0, "truncated"), ("", 0, "broken")]
    # Only the directory is gone.
    items = read(stored(tmp_path, "y.zip", data[: data.index(b"PK\x01\x02")]))
    assert documents(items) == list(PAGES.values())
    assert reasons(items) == ["broken"]


def test_zip_without_directory_still_checks(tmp_path: Path) -> None:
    data = made_zip({"a.html": page(1), "../b": page(2), "c.html": page(3)}, zipfile.ZIP_STORED)
    data = data[: data.index(b"PK\x01\x02")].replace(page(1)[:8], b"#" * 8, 1)
    items = read(stored(tmp_path, "x.zip", data))
    assert reasons(items) == ["bad_checksum", "unsafe_name", "broken"]
    assert documents(items) == [page(3)]


def test_zip_in_zip_cut_off(tmp_path: Path) -> None:
    inner = made_zip(PAGES, zipfile.ZIP_STORED)
    outer = made_zip({"in.zip": inner}, zipfile.ZIP_STORED)
    items = read(stored(tmp_path, "x.zip", outer[: outer.index(b"3.html")]))
    assert documents(items) == [page(0), page(1), page(2)]
    assert items[0].place.member == "in.zip!/0.html"
    assert "truncated" in reasons(items)


def test_tar_cut_off(tmp_path: Path) -> None:
    data = made_tar(PAGES)
    where = data.index(b"3.html")
    for end, reason in ((where + 512 + 20, [("3.html", 0, "truncated")]), (where + 20, None)):
        items = read(stored(tmp_path, "x.tar", data[:end]))
        assert documents(items) == [page(0), page(1), page(2)]
        assert outline(items)[3:] == (reason or [("", 0, "truncated")])
    assert str(where + 20) in items[-1].problem.message


def test_tar_goes_on_after_a_broken_header(tmp_path: Path) -> None:
    data = bytearray(made_tar(PAGES))
    where = data.index(b"2.html")
    data[where + 150] ^= 0xFF
    items = read(stored(tmp_path, "x.tar", bytes(data)))
    assert documents(items) == [page(0), page(1), page(3), page(4)]
    assert reasons(items) == ["broken"]
    assert str(where) in items[2].problem.message


def test_tar_gz_cut_off(tmp_path: Path) -> None:
    members = {f"{number}.html": Random(number).randbytes(50_000) for number in range(5)}
    data = gz(made_tar(members))
    items = read(stored(tmp_path, "x.tar.gz", data[: len(data) * 5 // 8]))
    assert documents(items) == list(members.values())[:3]
    assert outline(items)[3:] == [("3.html", 0, "truncated")]
    assert "gzip" in items[3].problem.message


def test_containers_in_containers(tmp_path: Path) -> None:
    data = made_tar({"a.zip": made_zip({"w.warc.gz": made_warc([page(1)], packed=True)})})
    (item,) = read(stored(tmp_path, "x.tar.gz", gz(data)))
    assert str(item.place).endswith("x.tar.gz!/a.zip!/w.warc.gz")
    assert item.data == page(1) and item.origin.url == "http://www.example.gov.cn/0.html"


def test_too_deep(tmp_path: Path) -> None:
    data = made_zip({"a.html": page(1)})
    for _ in range(3):
        data = made_zip({"b.html": page(2), "in.zip": data})
    items = read(stored(tmp_path, "x.zip", data))
    assert documents(items) == [page(2)] * 3
    assert reasons(items) == ["too_deep"]
    assert items[-1].place.member == "in.zip!/in.zip!/in.zip"
    assert reasons(read(tmp_path, depth=0)) == ["too_deep"]
    assert documents(read(tmp_path, depth=3)) == [page(2)] * 3 + [page(1)]


def test_layers_of_compression_are_counted(tmp_path: Path) -> None:
    data = page(1)
    for _ in range(4):
        data = gz(data)
    assert reasons(read(stored(tmp_path, "x.gz", data))) == ["too_deep"]
    assert documents(read(tmp_path, depth=3)) == [page(1)]


def test_empty_archives(tmp_path: Path) -> None:
    for data in (made_zip({}), made_tar({})):
        items = read(stored(tmp_path, "x.tar", data))
        assert outline(items) == [("", 0, "empty")]


def test_office_document_by_its_members(tmp_path: Path) -> None:
    items = read(stored(tmp_path, "x", made_zip({"x.xml": b"", "[Content_Types].xml": b""})))
    assert outline(items) == [("", 0, "unsupported_type")]


def test_old_tar_without_a_mark(tmp_path: Path) -> None:
    data = bytearray(made_tar({"a.html": page(1)}))
    data[257:265] = bytes(8)
    header = bytes(data[:148]) + b" " * 8 + bytes(data[156:512])
    data[148:156] = f"{sum(header):06o}\0 ".encode()
    assert documents(read(stored(tmp_path, "x", bytes(data)))) == [page(1)]


def test_pax_header_beyond_measure(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("a.html")
        info.size = len(page(1))
        archive.addfile(info, io.BytesIO(page(1)))
        info = tarfile.TarInfo("attributes")
        info.type, info.size = tarfile.XHDTYPE, 3 << 20
        archive.addfile(info, io.BytesIO(bytes(3 << 20)))
    items = read(stored(tmp_path, "x.tar", target.getvalue()))
    assert documents(items) == [page(1)]
    assert reasons(items) == ["broken"]


def test_chain_of_long_names(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 5
    link = info.tobuf(tarfile.GNU_FORMAT) + b"name\0".ljust(512, b"\0")
    items = read(stored(tmp_path, "x.tar", link * 900 + made_tar({"a.html": page(1)})))
    assert items and all(item.problem is None or item.problem.status == "failed" for item in items)


def test_directory_of_a_zip_that_lies(tmp_path: Path) -> None:
    data = made_zip(PAGES).replace(b"PK\x01\x02", b"PK\x01\x03", 1)
    items = read(stored(tmp_path, "x.zip", data))
    assert documents(items) == list(PAGES.values())
    assert reasons(items) == ["broken"]
