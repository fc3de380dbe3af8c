"""Damaged archives of each kind: items or a clear refusal, never an exception, never a hang."""

from __future__ import annotations

import bz2
import faulthandler
import io
import lzma
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.nianbao.batch.sources.made import (
    gz,
    made_record,
    made_tar,
    made_warc,
    made_zip,
    page,
    read,
    zst,
)

MEMBERS = {"年报/1.html": page(1), "2.html": page(2) * 40, "3.jsonl": b'{"html": "x"}\n' * 3}
WARC = made_warc([page(1), page(2) * 40, page(3)]) + made_record("revisit", b"")
PACKED = b"".join(made_warc([page(number)], packed=True) for number in range(4))
CHUNKED = made_warc(
    [b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"], headers=[("Transfer-Encoding", "chunked")]
)
LINES = b"".join(b'{"html": "%s", "url": "http://e.cn/%d"}\n' % (b"x" * n, n) for n in range(30))
CSV = b"url,html\n" + b"".join(b'u%d,"%s\n"\n' % (n, b"x" * n) for n in range(30))


def parquet(compression: str) -> bytes:
    target = io.BytesIO()
    table = pa.table({"html": [page(n) for n in range(30)], "url": [str(n) for n in range(30)]})
    pq.write_table(table, target, row_group_size=10, compression=compression)
    return target.getvalue()


KINDS = {
    "x.zip": made_zip(MEMBERS),
    "stored.zip": made_zip({"in.zip": made_zip(MEMBERS)}, zipfile.ZIP_STORED),
    "x.tar": made_tar(MEMBERS | {"n" * 150: b"long name"}),
    "x.tar.gz": gz(made_tar(MEMBERS)),
    "x.tar.zst": zst(made_tar(MEMBERS)),
    "x.tar.bz2": bz2.compress(made_tar(MEMBERS)),
    "x.tar.xz": lzma.compress(made_tar(MEMBERS)),
    "x.warc": WARC + CHUNKED,
    "x.warc.gz": PACKED,
    "whole.warc.gz": gz(WARC),
    "x.warc.zst": b"".join(map(zst, (WARC, CHUNKED, WARC))),
    "x.jsonl": LINES,
    "x.jsonl.gz": gz(LINES) + gz(LINES),
    "x.csv": CSV,
    "x.csv.zst": zst(CSV),
    "x.parquet": parquet("zstd"),
    "plain.parquet": parquet("none"),
    "x.html.gz": gz(page(1) * 50),
    "tar.zip.gz": gz(made_zip({"x.tar": made_tar(MEMBERS), "y.warc.gz": PACKED})),
}
ALL = pytest.mark.parametrize("name", KINDS)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """End the run, with a trace of where it stands, when something never ends."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def check(folder: Path, name: str, data: bytes) -> None:
    """Read `data` twice, with the same result."""
    path = folder / name
    path.write_bytes(data)
    # `read` asserts that places differ and that no fault is ours.
    assert read(path) == read(path)


def damaged(data: bytes, rng: Random) -> bytes:
    """Return `data` with some bytes flipped, blocks moved, or an end cut off."""
    changed = bytearray(data)
    kind = rng.randrange(5)
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.choice((1, 8, 100, 600)))
    if kind == 0:
        del changed[start:]
    elif kind == 1:
        del changed[start:end]
    elif kind == 2:
        changed[start:start] = changed[start:end] or rng.randbytes(9)
    elif kind == 3:
        changed[start:end] = rng.choice((b"\0", b"\xff", b"9", b"PK")) * (end - start)
    for _ in range(rng.choice((1, 1, 3, 30)) if kind == 4 else rng.randrange(2)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


@ALL
def test_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(KINDS[name])
    items = read(path)
    assert sum(item.data is not None for item in items) >= 1
    assert [item.problem.status for item in items if item.problem] in (
        [],
        ["skipped"],
        ["skipped"] * 2,
    )


@ALL
def test_damage(tmp_path: Path, name: str) -> None:
    rng = Random(name)
    for _ in range(60):
        check(tmp_path, name, damaged(KINDS[name], rng))


@ALL
def test_cut_anywhere(tmp_path: Path, name: str) -> None:
    data = KINDS[name]
    for end in range(0, len(data), max(1, len(data) // 50)):
        check(tmp_path, name, data[:end])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    head=st.sampled_from([data[:600] for data in KINDS.values()] + [b""]),
    cut=st.integers(0, 600),
    tail=st.binary(max_size=300),
    name=st.sampled_from(list(KINDS)),
)
def test_anything_behind_a_good_beginning(
    tmp_path: Path, head: bytes, cut: int, tail: bytes, name: str
) -> None:
    check(tmp_path, name, head[:cut] + tail)
