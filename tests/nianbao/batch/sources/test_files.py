from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from nianbao.batch.sources import iter_items
from nianbao.exceptions import InputNotFound, NianbaoError
from tests.nianbao.batch.sources.made import documents, made_zip, page, read, reasons, stored


def test_heavy_packages_are_loaded_when_they_are_needed() -> None:
    code = "import sys, nianbao.batch.sources; sys.exit(bool({'pyarrow', 'fsspec'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def names(items: list) -> list[str]:
    return [item.place.source for item in items]


def test_folder_in_order_of_paths(tmp_path: Path) -> None:
    for name in ("b/1.html", "a.html", "b.html", "b-1.html", "b/0/z.html", "空/x.txt"):
        stored(tmp_path, name, name.encode())
    items = read(tmp_path)
    assert names(items) == sorted(names(items))
    assert len(items) == 6
    assert all(item.data == item.place.source[len(str(tmp_path)) + 1 :].encode() for item in items)
    assert all(item.place.member == "" and item.place.ordinal == 0 for item in items)


def test_named_as_the_user_named_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(tmp_path, "in/a.html", page(1))
    monkeypatch.chdir(tmp_path)
    for named, source in (
        ("in", "in/a.html"),
        ("in/", "in/a.html"),
        ("./in", "./in/a.html"),
        (".", "./in/a.html"),
        ("in/a.html", "in/a.html"),
        ("in/*.html", "in/a.html"),
        ("**/*.html", "in/a.html"),
        (f"file://{tmp_path}/in", f"file://{tmp_path}/in/a.html"),
        (f"file://{tmp_path}/in/*", f"file://{tmp_path}/in/a.html"),
    ):
        assert names(read(named)) == [source]


def test_a_file_named_twice_comes_once(tmp_path: Path) -> None:
    one, two = stored(tmp_path, "1.html", page(1)), stored(tmp_path, "2.html", page(2))
    inputs = [str(two), str(tmp_path), str(one), str(tmp_path / "*")]
    assert names(list(iter_items(inputs))) == [str(two), str(one)]


def test_name_like_a_pattern(tmp_path: Path) -> None:
    path = stored(tmp_path, "报告[1].html", page(1))
    stored(tmp_path, "报告1.html", page(2))
    assert documents(read(path)) == [page(1)]


def test_hidden_and_links_are_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    stored(folder, "a.html", page(1))
    stored(folder, ".hidden.html", page(2))
    stored(folder, ".git/config", b"x")
    outside = stored(tmp_path, "outside.html", page(3))
    (folder / "in.html").symlink_to(folder / "a.html")
    (folder / "out.html").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "lost").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe")
    found = {Path(item.place.source).name: item for item in read(folder)}
    assert found["a.html"].data == found["in.html"].data == page(1)
    told = {name: item.problem.reason for name, item in found.items() if item.problem}
    assert told == {
        ".hidden.html": "hidden",
        ".git": "hidden",
        "out.html": "link",
        "loop": "link",
        "lost": "link",
        "pipe": "special_file",
    }
    assert all(item.problem is None or item.problem.status == "skipped" for item in found.values())


def test_named_link_and_hidden_file_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    stored(folder, "a.html", page(1))
    (tmp_path / "link").symlink_to(folder)
    assert documents(read(tmp_path / "link")) == [page(1)]
    assert documents(read(stored(tmp_path, ".a.html", page(2)))) == [page(2)]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    try:
        for raw, number in (("报告.html".encode("gb18030"), 1), ("年报.html".encode(), 2)):
            path = os.path.join(os.fsencode(tmp_path), raw)  # noqa: PTH118
            with open(path, "wb") as stream:
                stream.write(page(number))
        twin = os.path.join(os.fsencode(tmp_path), "年报.html".encode("gb18030"))  # noqa: PTH118
        with open(twin, "wb") as stream:
            stream.write(page(3))
    except OSError:
        pytest.skip("the file system wants UTF-8")
    found = {Path(item.place.source).name: item.data for item in read(tmp_path)}
    assert found["报告.html"] == page(1)
    assert sorted(found.values()) == [page(1), page(2), page(3)]
    for name in found:
        name.encode("utf-8")


def test_missing_inputs_are_told_before_anything_is_read(tmp_path: Path) -> None:
    there = stored(tmp_path, "a.html", page(1))
    with pytest.raises(InputNotFound, match=r"缺失.html、.*没有\*"):
        iter_items([str(there), str(tmp_path / "缺失.html"), str(tmp_path / "没有*")])
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for named in ("", str(tmp_path / "dangling"), "\0", "file:///nothing/at/all"):
        with pytest.raises(InputNotFound):
            iter_items([named])
    assert issubclass(InputNotFound, NianbaoError)


def test_empty_folder_and_empty_file(tmp_path: Path) -> None:
    assert reasons(read(tmp_path)) == ["empty"]
    assert documents(read(stored(tmp_path, "a.html", b""))) == [b""]


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(tmp_path, "a.html", page(1))
    stored(tmp_path, "b/c.html", page(1))
    stored(tmp_path, "d.html", page(2))
    scandir, opened = os.scandir, Path.open

    def refuse(path: Path, *args: object, **kwargs: object) -> object:
        if path.name in ("a.html", "b"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs) if path.is_file() else scandir(path)

    # Root, who often runs the tests, may read everything.
    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    items = read(tmp_path)
    assert reasons(items) == ["unreadable", "unreadable"]
    assert items[0].problem is not None and "没有权限" in items[0].problem.message
    assert documents(items) == [page(2)]


def test_file_that_goes_away(tmp_path: Path) -> None:
    first, second = stored(tmp_path, "1.html", page(1)), stored(tmp_path, "2.html", page(2))
    items = iter_items([str(first), str(second)])
    assert next(items).data == page(1)
    second.unlink()
    (gone,) = items
    assert gone.problem is not None and gone.problem.reason == "unreadable"


@pytest.fixture
def memory() -> fsspec.AbstractFileSystem:
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    return system


def test_urls(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe("/crawl/b.html", page(2))
    memory.pipe("/crawl/in/a.zip", made_zip({"x.html": page(1)}))
    memory.pipe("/crawl/.hidden", b"x")
    items = read("memory://crawl/")
    assert [str(item.place) for item in items] == [
        "memory://crawl/.hidden",
        "memory://crawl/b.html",
        "memory://crawl/in/a.zip!/x.html",
    ]
    assert reasons(items) == ["hidden"]
    assert documents(items) == [page(2), page(1)]
    assert documents(read("memory://crawl/b.html")) == [page(2)]
    assert documents(read("memory://crawl/in/*")) == [page(1)]


def test_urls_that_are_not_there(memory: fsspec.AbstractFileSystem) -> None:
    for url in ("memory://nothing", "memory://nothing/*", "nosuchstorage://x/y"):
        with pytest.raises(InputNotFound):
            iter_items([url])


def test_storage_that_fails(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.pipe("/crawl/a.html", page(1))
    memory.pipe("/crawl/b.html", page(2))

    class Gone(Exception):
        pass

    opened = type(memory).open

    def fail(self: object, path: str, *args: object, **kwargs: object) -> object:
        if path.endswith("a.html"):
            raise Gone("the bucket is gone")
        return opened(self, path, *args, **kwargs)

    monkeypatch.setattr(type(memory), "open", fail)
    items = read("memory://crawl")
    assert reasons(items) == ["unreadable"]
    assert documents(items) == [page(2)]
