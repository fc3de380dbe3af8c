"""The bundle: whole, or refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.bundle import (
    CARD,
    ENVIRONMENT,
    MANIFEST,
    MODEL,
    VOCABULARY,
    Bundle,
    Manifest,
    add_files,
    default_path,
    write_bundle,
)
from nianbao.encoding import WINDOW, Vocabulary
from nianbao.exceptions import BundleError
from nianbao.spans import LABELS

WORDS = Vocabulary.of_characters("一二三年报")
ABOUT = Manifest(name="trial", version="1", library_version="0", seeds={"finetune": 3})
NAMES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "models" / "trial", b"graph", WORDS, ABOUT)
    return tmp_path / "models" / "trial"


def change(folder: Path, edit: Callable[[dict[str, object]], object]) -> None:
    data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    edit(data)
    (folder / MANIFEST).write_text(json.dumps(data), encoding="utf-8")


def test_what_is_written_is_read(folder: Path) -> None:
    bundle = Bundle.load(folder)
    assert bundle.vocabulary.tokens == WORDS.tokens
    assert bundle.onnx_path.read_bytes() == b"graph"
    assert bundle.manifest.labels == LABELS
    assert bundle.manifest.seeds == {"finetune": 3}


@given(name=NAMES, version=NAMES, scores=st.dictionaries(NAMES, st.floats(0, 1)))
def test_a_manifest_survives_its_json(name: str, version: str, scores: dict[str, float]) -> None:
    manifest = Manifest(name=name, version=version, library_version="0", scores=scores)
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert Manifest.from_json(manifest.to_json()).to_json() == manifest.to_json()


def test_the_same_bundle_is_the_same_bytes(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_bundle(folder, b"graph", WORDS, ABOUT)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_new_bundle_takes_the_old_ones_place(folder: Path) -> None:
    write_bundle(folder, b"better", WORDS, ABOUT, card=lambda m: f"# {m.onnx_sha256}")
    bundle = Bundle.load(folder)
    assert bundle.onnx_path.read_bytes() == b"better"
    assert (folder / CARD).read_text(encoding="utf-8") == f"# {bundle.manifest.onnx_sha256}"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("name", [MODEL, VOCABULARY])
def test_a_changed_file_is_refused(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleError, match="SHA-256"):
        Bundle.load(folder)


@pytest.mark.parametrize("name", [MODEL, VOCABULARY, MANIFEST])
def test_a_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=name):
        Bundle.load(folder)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda data: data["labels"].pop(), "标签集"),
        (lambda data: data["labels"].reverse(), "标签集"),
        (lambda data: data.update(window=WINDOW * 2), "窗口"),
        (lambda data: data.update(format=99), "格式版本"),
        (lambda data: data.pop("seeds"), "seeds"),
        (lambda data: data.update(labels=7), "labels"),
    ],
)
def test_a_bundle_for_another_library_is_refused(
    folder: Path, edit: Callable[[dict[str, object]], object], message: str
) -> None:
    change(folder, edit)
    with pytest.raises(BundleError, match=message):
        Bundle.load(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "\udcff"])
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BundleError):
        Bundle.load(folder)


def test_a_vocabulary_without_the_reserved_tokens_is_refused(folder: Path) -> None:
    (folder / VOCABULARY).write_text("一\n二\n", encoding="utf-8")
    digest = hashlib.sha256((folder / VOCABULARY).read_bytes()).hexdigest()
    change(folder, lambda data: data.update(vocabulary_sha256=digest))
    with pytest.raises(BundleError, match="词表"):
        Bundle.load(folder)


def test_the_environment_names_the_bundle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(folder))
    assert default_path() == folder
    assert Bundle.load().path == folder


def test_no_bundle_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setattr("nianbao.bundle.__file__", str(tmp_path / "nianbao" / "bundle.py"))
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(BundleError, match="找不到模型"):
        default_path()


def test_files_beside_the_model_are_bound_to_it(folder: Path) -> None:
    assert Bundle.load(folder).file("more.json") is None
    add_files(folder, {"more.json": b"{}"})
    assert Bundle.load(folder).file("more.json") == b"{}"
    (folder / "more.json").write_bytes(b"[]")
    with pytest.raises(BundleError, match="SHA-256"):
        Bundle.load(folder).file("more.json")
    with pytest.raises(ValueError, match="model"):
        add_files(folder, {MODEL: b"graph"})


def test_a_manifest_of_before_there_were_files_is_read(folder: Path) -> None:
    change(folder, lambda data: data.pop("files"))
    assert Bundle.load(folder).manifest.files == {}
