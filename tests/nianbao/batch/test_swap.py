"""Putting a new dataset in the place of the old one, killed at any moment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nianbao.batch import dataset
from nianbao.batch.dataset import repair, swap_in
from nianbao.batch.manifest import MANIFEST
from tests.nianbao.batch.made_outcomes import contents

FOREIGN = {"journal.sqlite": b"journal", "notes/mine.txt": b"mine"}


class Killed(BaseException):
    """What no handler may catch."""


def put(directory: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)


def made(version: str, years: tuple[int, ...]) -> dict[str, bytes]:
    files = {f"reports/year={year}/part-0.parquet": version.encode() for year in years}
    return {
        **files,
        "cells/year=2023/part-0.parquet": version.encode(),
        "codebook.en.md": version.encode(),
        MANIFEST: version.encode(),
    }


OLD, NEW = made("old", (2021, 2022)), made("new", (2022, 2023))


def killing(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Kill in place of the change to the disk that follows `after` others; a folder is half gone."""
    done = 0

    def counted(change: Callable[..., Any], half: Callable[..., Any] | None = None) -> Any:
        def run(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            done += 1
            if done > after:
                if half:
                    half(*arguments)
                raise Killed
            return change(*arguments, **options)

        return run

    def half_gone(folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                path.unlink()
                return

    monkeypatch.setattr(dataset.os, "replace", counted(os.replace))
    monkeypatch.setattr(dataset.shutil, "rmtree", counted(shutil.rmtree, half_gone))
    monkeypatch.setattr(Path, "mkdir", counted(Path.mkdir))
    monkeypatch.setattr(Path, "rmdir", counted(Path.rmdir))


def visible(directory: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(directory).items() if not name.startswith(".")}


def test_a_swap_replaces_the_dataset_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path, {**OLD, **FOREIGN})
    put(tmp_path / ".new", NEW)
    swap_in(tmp_path / ".new", tmp_path)
    assert contents(tmp_path) == {**NEW, **FOREIGN}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_first_dataset_needs_no_folder(tmp_path: Path) -> None:
    put(tmp_path / "new", NEW)
    swap_in(tmp_path / "new", tmp_path / "out" / "d")
    assert contents(tmp_path / "out" / "d") == NEW


@pytest.mark.parametrize("old", [OLD, {}], ids=["over another", "the first"])
@pytest.mark.parametrize("again", [False, True], ids=["repair", "another swap"])
def test_a_kill_leaves_what_the_next_call_repairs(
    old: dict[str, bytes], again: bool, tmp_path: Path
) -> None:
    kills = 0
    for after in range(40):
        directory = tmp_path / str(after)
        put(directory, {**old, **FOREIGN})
        put(directory / ".new", NEW)
        with pytest.MonkeyPatch.context() as patch:
            killing(patch, after)
            try:
                swap_in(directory / ".new", directory)
            except Killed:
                kills += 1
            else:
                break
        left = visible(directory)
        if MANIFEST in left:
            assert left == {**(OLD if left[MANIFEST] == b"old" else NEW), **FOREIGN}
        swapped = not (directory / ".new").exists()
        if again:
            newest = made("newest", (2020,))
            put(directory / ".newest", newest)
            swap_in(directory / ".newest", directory)
            assert visible(directory) == {**newest, **FOREIGN}
        else:
            repair(directory)
            assert visible(directory) == {**(NEW if swapped else old), **FOREIGN}
    assert kills > 8


def test_a_kill_during_repair_is_repaired_too(tmp_path: Path) -> None:
    kills = 0
    for first in range(2, 8):
        for second in range(1, 8):
            directory = tmp_path / f"{first}-{second}"
            put(directory, {**OLD, **FOREIGN})
            put(directory / ".new", NEW)
            for after, call in (
                (first, lambda at: swap_in(at / ".new", at)),
                (second, repair),
            ):
                with pytest.MonkeyPatch.context() as patch:
                    killing(patch, after)
                    try:
                        call(directory)
                    except Killed:
                        kills += 1
            repair(directory)
            assert visible(directory) == {**NEW, **FOREIGN}
    assert kills > 60


def test_what_is_unfinished_is_not_swapped_in(tmp_path: Path) -> None:
    put(tmp_path, OLD)
    unfinished = {name: data for name, data in NEW.items() if name != MANIFEST}
    put(tmp_path / ".new", unfinished)
    with pytest.raises(FileNotFoundError):
        swap_in(tmp_path / ".new", tmp_path)
    assert visible(tmp_path) == OLD


def test_repair_leaves_a_whole_dataset_alone(tmp_path: Path) -> None:
    put(tmp_path, {**OLD, **FOREIGN})
    repair(tmp_path)
    assert contents(tmp_path) == {**OLD, **FOREIGN}
