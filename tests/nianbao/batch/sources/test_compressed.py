from __future__ import annotations

import bz2
import lzma
from pathlib import Path
from random import Random

import pytest

from tests.nianbao.batch.sources.made import (
    documents,
    gz,
    outline,
    page,
    read,
    reasons,
    stored,
    zst,
)

CODECS = {"gzip": gz, "zstd": zst, "bzip2": bz2.compress, "xz": lzma.compress}
ALL = pytest.mark.parametrize("name", CODECS)
BODY = Random(1).randbytes(300_000) + bytes(300_000)


@ALL
def test_one_document(tmp_path: Path, name: str) -> None:
    items = read(stored(tmp_path, "报告.html.x", CODECS[name](BODY)))
    assert outline(items) == [("", 0, "")]
    assert documents(items) == [BODY]


@ALL
def test_members_one_after_the_other(tmp_path: Path, name: str) -> None:
    pack = CODECS[name]
    assert documents(read(stored(tmp_path, "x", pack(BODY) + pack(b"") + pack(page(1))))) == [
        BODY + page(1)
    ]


@ALL
@pytest.mark.parametrize("lost", [1, 9, 1000, 250_000])
def test_cut_off(tmp_path: Path, name: str, lost: int) -> None:
    items = read(stored(tmp_path, "x", CODECS[name](BODY)[:-lost]))
    assert outline(items) == [("", 0, "truncated")]
    assert name in items[0].problem.message and items[0].problem.status == "failed"


@ALL
def test_damaged(tmp_path: Path, name: str) -> None:
    data = bytearray(CODECS[name](b"".join(b"%d," % i for i in range(50_000))))
    data[len(data) // 2] ^= 0xFF
    items = read(stored(tmp_path, "x", bytes(data)))
    assert documents(items) == [] or name == "zstd"  # zstd has no checksum unless asked for
    assert len(items) == 1


@ALL
def test_what_follows(tmp_path: Path, name: str) -> None:
    pack = CODECS[name]
    assert documents(read(stored(tmp_path, "x", pack(page(1)) + bytes(1000)))) == [page(1)]
    items = read(stored(tmp_path, "x", pack(page(1)) + b"garbage"))
    assert outline(items) == [("", 0, "broken")]
    assert f"第 {len(pack(page(1)))} 字节" in items[0].problem.message


@ALL
def test_empty(tmp_path: Path, name: str) -> None:
    assert documents(read(stored(tmp_path, "x", CODECS[name](b"")))) == [b""]


def test_name_promises_what_is_broken(tmp_path: Path) -> None:
    for name in ("x.gz", "x.zst", "x.zip", "x.tar", "x.parquet", "x.warc", "x.tgz", "x.warc.gz"):
        items = read(stored(tmp_path, name, b"\x00\x01\x02garbage" * 100))
        assert "broken" in reasons(items) and documents(items) == [], name


def test_damaged_mark(tmp_path: Path) -> None:
    for pack in (gz, bz2.compress):
        data = bytearray(pack(page(1)))
        data[3 if pack is bz2.compress else 2] = 0x77
        assert outline(read(stored(tmp_path, "x", bytes(data)))) == [("", 0, "broken")]


def test_suffix_of_what_is_inside(tmp_path: Path) -> None:
    for name in ("a.js.gz", "a.css.zst"):
        pack = gz if name.endswith("gz") else zst
        assert len(reasons(read(stored(tmp_path, name, pack(b"x {}"))))) == 1
