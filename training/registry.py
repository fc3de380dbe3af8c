"""Which model is in use: BentoML's model store, with the aliases current, candidate and previous.

    $BENTOML_HOME/models/nianbao-tagger/<version>/     the bundles, as BentoML keeps models
    $BENTOML_HOME/nianbao/aliases -> states/<number>   one symbolic link, which a rename replaces
    $BENTOML_HOME/nianbao/states/<number>/current      -> a bundle of the store
                                         /previous, /candidate
                                         /state.json   tags, the history, the folder that ships

BentoML's store has tags and a `latest`, no aliases.  All three are therefore links in one folder, and
that folder is behind one link: a reader of `aliases/current` sees the old set or the new one, at every
instant and whenever we are killed.  What ships (`models/tagger`) is a copy of `current`; it is put
right by the next call where one was killed before it was.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from nianbao.bundle import MANIFEST, Bundle
from nianbao.exceptions import BundleError, NianbaoError

NAME: Final = "nianbao-tagger"
ALIASES: Final = ("current", "candidate", "previous")
#: States that are kept after they were replaced: whoever still reads one finds it.
KEPT: Final = 5


class RegistryError(NianbaoError):
    """The registry cannot do what is asked; the message says why."""

    code = "registry"


@dataclass(frozen=True, slots=True)
class State:
    """What the aliases name, as versions of the store; `history` are those that were current before,
    the latest last; `ships` is the folder that has a copy of what is current."""

    current: str | None = None
    candidate: str | None = None
    history: tuple[str, ...] = ()
    ships: str | None = None

    @property
    def previous(self) -> str | None:
        return self.history[-1] if self.history else None

    def promoted(self, version: str) -> State:
        """Return the state in which `version` is current."""
        if version == self.current:
            return self
        before = (*self.history, self.current) if self.current else self.history
        return replace(self, current=version, candidate=None, history=before)

    def taken_back(self) -> State:
        """Return the state before the last promotion.  Raises RegistryError where there was none."""
        if not self.history:
            raise RegistryError("没有更早的模型可以退回")
        *before, version = self.history
        return State(version, self.current, tuple(before), self.ships)


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry below `home` (`BENTOML_HOME`)."""

    home: Path
    bentoml: ModuleType = field(repr=False, compare=False)

    @classmethod
    def open(cls) -> Registry:
        """Return the registry of this machine: `BENTOML_HOME`, else `~/bentoml`.

        Raises RegistryError without BentoML."""
        os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
        try:
            import bentoml
        except ImportError as error:
            raise RegistryError("登记模型需要 BentoML：pip install 'nianbao[serve]'") from error
        home = os.environ.get("BENTOML_HOME") or str(Path.home() / "bentoml")
        return cls(Path(home).resolve(), bentoml)

    @property
    def aliases(self) -> Path:
        """The folder of the links; `aliases / "current"` is what NIANBAO_MODEL may name."""
        return self.home / "nianbao" / "aliases"

    def state(self) -> State:
        """Return what the aliases name now.  Raises RegistryError where that cannot be read."""
        path = self.aliases / "state.json"
        if not self.aliases.is_symlink():
            return State()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return State(**{**found, "history": tuple(found["history"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RegistryError(f"{path} 无法读取：{error}") from error

    def path(self, version: str) -> Path:
        """Return the folder of a version in the store."""
        return self.home / "models" / NAME / version

    def versions(self) -> list[str]:
        """Return the versions of the store that are whole, sorted by name."""
        folder = self.path("")
        names = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
        return [name for name in names if self._whole(name)]

    def add(self, bundle: Bundle) -> str:
        """Put a bundle into the store, where it is not there yet, and return its version.

        What a killed call left half is made anew."""
        version = version_of(bundle)
        if self._whole(version):
            return version
        shutil.rmtree(self.path(version), ignore_errors=True)
        labels = {"library": bundle.manifest.library_version, "weights": bundle.manifest.weights}
        metadata = {"version": bundle.manifest.version, "data": bundle.manifest.data_sha256}
        with self.bentoml.models.create(
            f"{NAME}:{version}", labels=labels, metadata=metadata
        ) as model:
            copy_bundle(bundle.path, Path(model.path))
        if not self._whole(version):
            raise RegistryError(f"{self.path(version)} 写入后不完整")
        return version

    def _whole(self, version: str) -> bool:
        folder = self.path(version)
        try:
            return (folder / "model.yaml").is_file() and version_of(Bundle.load(folder)) == version
        except BundleError:
            return False

    def switch(self, state: State) -> None:
        """Make the aliases name what `state` says, in one step, and then what ships."""
        states = self.home / "nianbao" / "states"
        states.mkdir(parents=True, exist_ok=True)
        for left in states.glob(".new-*"):  # of a call that was killed
            shutil.rmtree(left)
        numbers = sorted(int(p.name) for p in states.iterdir() if p.name.isdigit())
        folder = states / str((numbers[-1] if numbers else 0) + 1)
        with tempfile.TemporaryDirectory(dir=states, prefix=".new-") as scratch:
            made = Path(scratch) / "state"
            made.mkdir()
            for alias in ALIASES:
                version = getattr(state, alias)
                if version is not None:
                    target = os.path.relpath(self.path(version), folder)
                    (made / alias).symlink_to(target)
            text = json.dumps(asdict(state), ensure_ascii=False, indent=1, sort_keys=True)
            (made / "state.json").write_text(text + "\n", encoding="utf-8")
            made.rename(folder)
        replace_link(self.aliases, Path("states") / folder.name)
        for number in numbers[:-KEPT]:
            shutil.rmtree(states / str(number))
        self.repair()

    def repair(self) -> None:
        """Bring what ships to what is current: all that a killed call can have left undone."""
        state = self.state()
        if state.ships is None or state.current is None:
            return
        ships = Path(state.ships)
        if digest_of(ships) != digest_of(self.path(state.current)):
            replace_folder(self.path(state.current), ships)

    @contextmanager
    def locked(self) -> Iterator[State]:
        """Keep all others out, repair, and give the state: for whoever changes it."""
        folder = self.home / "nianbao"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / ".lock", "w") as lock:
            flock(lock, LOCK_EX)
            self.repair()
            yield self.state()


def digest_of(bundle: Path) -> str | None:
    """Return the SHA-256 of the manifest in a folder, None where there is none."""
    try:
        return sha256((bundle / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return None


def version_of(bundle: Bundle) -> str:
    """Return the version of a bundle in the store: its own, in characters that BentoML takes, and twelve
    digits of its digest, so that other contents are another version."""
    own = "".join(c if c.isalnum() or c in ".-" else "-" for c in bundle.manifest.version.lower())
    return f"{own}-{str(digest_of(bundle.path))[:12]}"


def copy_bundle(source: Path, target: Path) -> None:
    """Copy the files of a bundle, the manifest last, and nothing that is no part of it."""
    bundle = Bundle.load(source)
    names = [p.name for p in sorted(source.iterdir()) if p.is_file() and p.name != "model.yaml"]
    extra = set(bundle.manifest.files)
    own = {"model.onnx", "vocab.txt", "README.md"}
    for name in names:
        if name in own | extra:
            shutil.copyfile(source / name, target / name)
    shutil.copyfile(source / MANIFEST, target / MANIFEST)


def replace_link(link: Path, target: Path) -> None:
    """Make `link` point to `target` in one step."""
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    os.replace(fresh, link)


def replace_folder(source: Path, target: Path) -> None:
    """Put a copy of the bundle `source` at `target`, in place of what lies there.  For an instant there
    is none; `Registry.repair` ends what was killed in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{target.name}.promoting-"
    for left in target.parent.glob(f"{prefix}*"):  # of a call that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent) as scratch:
        made = Path(scratch) / "new"
        made.mkdir()
        copy_bundle(source, made)
        if target.exists():
            target.rename(Path(scratch) / "old")
        made.rename(target)


def listing(registry: Registry) -> list[dict[str, Any]]:
    """Return every version of the store with the aliases that name it."""
    state = registry.state()
    return [
        {
            "version": version,
            "aliases": [alias for alias in ALIASES if getattr(state, alias) == version],
            "path": str(registry.path(version)),
        }
        for version in registry.versions()
    ]
