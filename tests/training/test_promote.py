"""Promotion and take-back: gated, atomic, repaired after a kill, undone to the byte."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nianbao.bundle import Bundle, add_files, write_bundle
from nianbao.pipeline import Pipeline
from nianbao.report import to_json
from training import promote, registry
from training.gate.gate import bundle_sha256
from training.promote import SHIPS, PromotionRefused
from training.registry import Registry, RegistryError, digest_of

# BentoML 1.4 imports what its own dependencies call deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """An empty registry; BentoML reads BENTOML_HOME once, so its store is named outright."""
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.models import ModelStore

    home = tmp_path / "home"
    monkeypatch.setenv("BENTOML_HOME", str(home))
    (home / "models").mkdir(parents=True)
    with BentoMLContainer.model_store.patch(ModelStore(home / "models")):
        yield Registry.open()


@pytest.fixture
def ships(tmp_path: Path) -> Path:
    folder = tmp_path / "ships" / "tagger"
    shutil.copytree(SHIPS, folder)
    return folder


@pytest.fixture
def propose(tmp_path: Path, ships: Path) -> Callable[..., Path]:
    """Make a proposal: a bundle of the given version, with a gate as it is asked for."""

    def make(version: str, current: Path = ships, content: bytes = b"", **changes: object) -> Path:
        folder = tmp_path / version
        bundle = Bundle.load(SHIPS)
        manifest = replace(bundle.manifest, version=version)
        write_bundle(folder / "bundle", content, bundle.vocabulary, manifest)
        beside = {name: (SHIPS / name).read_bytes() for name in bundle.manifest.files}
        add_files(folder / "bundle", beside)
        made = bundle_sha256(Bundle.load(folder / "bundle"))
        gate = {"candidate": made, "current": digest_of(current), "passed": True, "checks": []}
        (folder / "gate.json").write_text(json.dumps({**gate, **changes}), encoding="utf-8")
        return folder

    return make


def current(store: Registry) -> str:
    return Bundle.load(store.aliases / "current").manifest.version


def test_a_promotion_goes_out_and_is_taken_back_to_the_byte(
    store: Registry, ships: Path, propose: Callable[..., Path]
) -> None:
    page = Path("examples/report.html").read_bytes()

    def output(folder: Path) -> str:
        return to_json(Pipeline.default(folder).parse(page))

    before, shipped = output(ships), {p.name: p.read_bytes() for p in ships.iterdir()}
    proposal = propose("1.9.0+ab", content=Bundle.load(SHIPS).onnx_path.read_bytes())
    promote.stand_by(store, proposal)
    assert Bundle.load(store.aliases / "candidate").manifest.version == "1.9.0+ab"
    assert not (store.aliases / "current").exists()
    promote.promote(store, proposal, ships)
    assert current(store) == "1.9.0+ab" == Bundle.load(ships).manifest.version
    assert Bundle.load(store.aliases / "previous").manifest.version == "1.3.0"
    assert output(store.aliases / "current") != before

    promote.take_back(store)
    assert output(store.aliases / "current") == before == output(ships)
    assert {p.name: p.read_bytes() for p in ships.iterdir()} == shipped
    assert Bundle.load(store.aliases / "candidate").manifest.version == "1.9.0+ab"
    with pytest.raises(RegistryError, match="没有更早的模型"):
        promote.take_back(store)
    aliases = {one["version"]: one["aliases"] for one in registry.listing(store)}
    assert sorted(aliases.values()) == [["candidate"], ["current"]]
    assert [model.tag.name for model in store.bentoml.models.list()] == [registry.NAME] * 2


def test_only_what_passed_its_own_gate_is_promoted(
    store: Registry, ships: Path, propose: Callable[..., Path], tmp_path: Path
) -> None:
    checks = [{"name": "slice.plain.nonzero", "passed": False}]
    refused = {
        "没有通过：slice": propose("2.0.1", passed=False, checks=checks),
        "没有通过：结论": propose("2.0.2", passed=False),
        "另一个模型": propose("2.0.3", candidate="0" * 64),
        "不是现在的模型": propose("2.0.4", current=propose("2.0.5") / "bundle"),
        "无法读取": propose("2.0.6"),
    }
    (refused["无法读取"] / "gate.json").write_text("[", encoding="utf-8")
    for message, proposal in refused.items():
        with pytest.raises(PromotionRefused, match=message):
            promote.promote(store, proposal, ships)
    assert store.state().current is None
    assert Bundle.load(ships).manifest.version == "1.3.0"
    add_files(ships, {"more.json": b"{}"})
    with pytest.raises(PromotionRefused, match=r"more\.json"):
        promote.promote(store, propose("2.0.7"), ships)
    # The exit status says so too.
    assert promote.main([str(refused["另一个模型"]), "--ships", str(ships)]) == 1


def killed_at(call: int, act: Callable[[], object]) -> bool:
    """Do `act` in a process that dies at its `call`-th change of the file system; say whether it did."""
    child = os.fork()
    if child == 0:
        left = call

        def dying(real: Callable[..., object]) -> Callable[..., object]:
            def change(*arguments: object, **options: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    os._exit(9)
                return real(*arguments, **options)

            return change

        for name in ("replace", "rename", "symlink", "mkdir"):
            setattr(os, name, dying(getattr(os, name)))
        shutil.copyfile = dying(shutil.copyfile)  # type: ignore[assignment]
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_kill_at_any_moment_leaves_the_old_or_the_new(
    store: Registry, ships: Path, propose: Callable[..., Path]
) -> None:
    versions = ["1.3.0"]
    promote.promote(store, propose("3.0.0"), ships)
    versions.append("3.0.0")
    call = 0
    while True:
        version = f"3.0.{call + 1}"
        proposal = propose(version, current=store.aliases / "current")
        died = killed_at(call, lambda made=proposal: promote.promote(store, made, ships))
        # Whoever reads now has one of the two, whole.
        assert current(store) in (versions[-1], version)
        if current(store) == versions[-1]:
            promote.promote(store, proposal, ships)
        with store.locked():  # the next call repairs
            assert current(store) == version == Bundle.load(ships).manifest.version
        assert Bundle.load(store.aliases / "previous").manifest.version == versions[-1]
        assert not list(ships.parent.glob(".*"))
        versions.append(version)
        if not died:
            break
        call += 1
    assert call > 15
    for version in reversed(versions[:-1]):
        promote.take_back(store)
        assert current(store) == version == Bundle.load(ships).manifest.version
