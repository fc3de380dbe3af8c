from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nianbao.batch.sources import Limits, iter_items
from nianbao.reading.limits import MAX_BYTES
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

MIB = 1 << 20


def peak(action: Callable[[], object]) -> int:
    """Return the most memory that `action` holds at one time."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_bound_of_a_document_is_that_of_the_reader() -> None:
    assert Limits().document == MAX_BYTES


def test_documents_at_the_bound(tmp_path: Path) -> None:
    for name, data in (
        ("plain", b"x" * 101),
        ("a.gz", gz(b"x" * 101)),
        ("b.zst", zst(b"x" * 101)),
        ("c.zip", made_zip({"a": b"x" * 101})),
        ("d.tar", made_tar({"a": b"x" * 101})),
        ("e.warc", made_warc([b"x" * 101])),
        ("f.jsonl", b'{"text": "%s"}' % (b"x" * 101)),
    ):
        path = stored(tmp_path, name, data)
        bound = 101 if name != "f.jsonl" else len(data)
        assert documents(read(path, document=bound)) == [b"x" * 101]
        (item,) = read(path, document=bound - 1)
        assert item.problem is not None and item.problem.reason == "too_large"
        assert item.problem.status == "failed" and item.size >= 101


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    with path.open("wb") as stream:
        stream.truncate(300 * MIB)
    assert peak(lambda: read(path)) < 4 * MIB
    (item,) = read(path)
    assert item.size == 300 * MIB


@pytest.mark.parametrize("wrap", [gz, zst], ids=["gzip", "zstd"])
def test_bombs(tmp_path: Path, wrap) -> None:
    data = wrap(b'{"html": "' + b" " * (40 * MIB))
    bounds = {"document": 2 * MIB, "ratio_from": 4 * MIB}
    path = stored(tmp_path, "bomb.jsonl.gz", data)

    def run() -> None:
        items = read(path, **bounds)
        assert [item.problem.reason for item in items if item.problem] == ["archive_bomb"]

    assert peak(run) < 16 * MIB


def test_bomb_in_zip_costs_only_itself(tmp_path: Path) -> None:
    members = {"a.jsonl": b'{"html": "' + b" " * (6 * MIB), "b.html": page(1)}
    path = stored(tmp_path, "x.zip", made_zip(members))
    bounds = {"document": MIB, "ratio_from": 2 * MIB, "ratio": 100}
    with pytest.MonkeyPatch.context() as patch:
        # The bound of the whole input would come first.
        patch.setattr("nianbao.batch.sources.Budget.inflate", lambda self, count: None)
        items = read(path, **bounds)
    assert outline(items) == [("a.jsonl", 0, "archive_bomb"), ("b.html", 0, "")]


def test_many_small_bombs(tmp_path: Path) -> None:
    members = {f"{number}.html": bytes(MIB) for number in range(40)}
    path = stored(tmp_path, "x.zip", made_zip(members))
    items = read(path, ratio_from=4 * MIB)
    assert len(documents(items)) < 15
    assert items[-1].problem is not None and items[-1].problem.reason == "archive_bomb"


def test_what_one_input_may_inflate_to(tmp_path: Path) -> None:
    members = {f"{number}.html": page(number) * 100 for number in range(40)}
    for name, data in (("x.zip", made_zip(members)), ("x.tar.gz", gz(made_tar(members)))):
        items = read(stored(tmp_path, name, data), inflated=100_000)
        assert 0 < len(documents(items)) < 40
        assert reasons(items)[-1] == "archive_bomb"


@pytest.mark.parametrize("make", [made_zip, made_tar])
def test_too_many_members(tmp_path: Path, make) -> None:
    members = {f"{number}.html": page(number) for number in range(10)}
    path = stored(tmp_path, "x", make(members))
    items = read(path, members=4)
    assert len(documents(items)) == (0 if make is made_zip else 4)
    assert reasons(items) == ["too_many_members"]
    assert len(documents(read(path, members=10))) == 10


def test_members_of_archives_in_archives_count_together(tmp_path: Path) -> None:
    inner = made_zip({"a": page(1), "b": page(2)})
    path = stored(tmp_path, "x.zip", made_zip({f"{n}.zip": inner for n in range(3)}))
    assert reasons(read(path, members=7)) == ["too_many_members"]
    assert len(documents(read(path, members=9))) == 6


def test_other_inputs_go_on(tmp_path: Path) -> None:
    stored(tmp_path, "a.zip", made_zip({f"{n}": page(n) for n in range(10)}))
    stored(tmp_path, "b.html", page(1))
    assert documents(read(tmp_path, members=4)) == [page(1)]


def test_scratch_file_is_bounded(tmp_path: Path) -> None:
    inner = made_zip({"a.html": bytes(range(256)) * 40}, zipfile.ZIP_STORED)
    path = stored(tmp_path, "x.zip.gz", gz(inner))
    assert reasons(read(path, scratch=1000)) == ["too_large"]
    assert len(documents(read(path))) == 1


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    body = bytes(range(256)) * 400

    def peak_of(count: int) -> int:
        path = tmp_path / "x.warc.gz"
        path.write_bytes(made_warc([body], packed=True) * count)

        def run() -> None:
            assert sum(item.data is not None for item in iter_items([str(path)])) == count

        return peak(run)

    assert peak_of(300) < peak_of(30) + MIB


def test_a_long_line_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"html": "1"}\n{"html": "')
        for _ in range(200):
            stream.write(b"x" * MIB)
        stream.write(b'"}\n{"html": "3"}\n')

    def run() -> None:
        items = read(path, document=2 * MIB)
        assert documents(items) == [b"1", b"3"]
        assert outline(items)[1] == ("", 1, "too_large")
        assert items[1].size > 200 * MIB and "第 2 行" in items[1].problem.message

    assert peak(run) < 16 * MIB
