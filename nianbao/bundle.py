"""A model bundle: one folder with the model, its vocabulary and a manifest that binds them.

    manifest.json   what it is, what it was made from, and the SHA-256 of the two files below
    model.onnx      input_ids, token_type_ids: int64 [batch, length]
                    -> logits: float32 [batch, length, tags]
    vocab.txt       one token a line, in the order of the ids
    README.md       the model card, written from the manifest

Other files may lie beside them (how confidence is calibrated, what the training data looked like);
the manifest has their digests in `files`, and a bundle without them is whole.

A bundle that does not fit the library is refused, never tried: a wrong vocabulary or label list
would give wrong labels without a sign of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from nianbao.encoding import WINDOW, Vocabulary
from nianbao.exceptions import BundleError
from nianbao.spans import LABELS

#: The first one had models that take a mask.
FORMAT = 2
MANIFEST, MODEL, VOCABULARY, CARD = "manifest.json", "model.onnx", "vocab.txt", "README.md"
#: Names the folder of another bundle than the shipped one.
ENVIRONMENT = "NIANBAO_MODEL"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself.

    `data_sha256` is that of the training data (texts and made examples), `seeds` those of each
    training step, `encoder` its size, `scores` measures on held-out made examples, `weights` how
    they are stored (`fp32`, `fp16`, `int8`), `files` the SHA-256 of each file beside the model.
    """

    name: str
    version: str
    library_version: str
    vocabulary_sha256: str = ""
    onnx_sha256: str = ""
    data_sha256: str = ""
    weights: str = "fp32"
    labels: tuple[str, ...] = LABELS
    window: int = WINDOW
    encoder: Mapping[str, int] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def to_json(self) -> str:
        """Return the manifest as JSON: keys sorted, no times, so that the same training gives the
        same bytes."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @property
    def model_version(self) -> str:
        """What a record says of the model that made it."""
        return f"{self.name} {self.version}"

    @property
    def digest(self) -> str:
        """The SHA-256 of what the manifest says: since it has the digests of the files, of the whole
        bundle."""
        return _sha256(self.to_json().encode("utf-8"))

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest; raise BundleError where it is none of this format."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise BundleError(f"模型清单不是有效的 JSON:{error}") from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BundleError(f"模型清单的格式版本不是 {FORMAT}，请用与本库版本相配的模型")
        data.setdefault("files", {})  # of bundles made before there were any
        missing = sorted({f.name for f in fields(cls)} - data.keys())
        if missing:
            raise BundleError(f"模型清单缺少字段:{'、'.join(missing)}")
        known: dict[str, Any] = {f.name: data[f.name] for f in fields(cls)}
        for name, kinds in _KINDS.items():
            if not isinstance(known[name], kinds):
                raise BundleError(f"模型清单的字段 {name} 类型不对")
        return cls(**{**known, "labels": tuple(known["labels"])})


_KINDS: dict[str, type] = {
    **dict.fromkeys(("name", "version", "library_version", "data_sha256", "weights"), str),
    **dict.fromkeys(("vocabulary_sha256", "onnx_sha256"), str),
    **dict.fromkeys(("encoder", "seeds", "scores", "files"), dict),
    "labels": list,
    "window": int,
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files were found whole and made for this library."""

    path: Path
    manifest: Manifest
    vocabulary: Vocabulary

    @property
    def onnx_path(self) -> Path:
        return self.path / MODEL

    def file(self, name: str) -> bytes | None:
        """Return the file `name` beside the model, None where the bundle has none.

        Raises BundleError where it is missing all the same, or differs from its digest."""
        digest = self.manifest.files.get(name)
        return None if digest is None else _read_checked(self.path, name, digest)

    @classmethod
    def load(cls, path: Path | None = None) -> Bundle:
        """Read the bundle in folder `path`, by default the one that `default_path` finds.

        Raises BundleError where a file is missing or differs from its digest, and where the labels
        or the window are not those of the library.
        """
        path = default_path() if path is None else Path(path)
        manifest = Manifest.from_json(_read(path, MANIFEST).decode("utf-8", "replace"))
        if manifest.labels != LABELS:
            raise BundleError(f"模型 {path} 的标签集与本库不一致,请换用与本库版本相配的模型")
        if manifest.window != WINDOW:
            raise BundleError(f"模型 {path} 的窗口长度为 {manifest.window},本库为 {WINDOW}")
        vocabulary = _read_checked(path, VOCABULARY, manifest.vocabulary_sha256)
        _read_checked(path, MODEL, manifest.onnx_sha256)
        try:
            return cls(path, manifest, Vocabulary.from_text(vocabulary.decode("utf-8")))
        except ValueError as error:
            raise BundleError(f"模型 {path} 的词表与本库不一致:{error}") from error


def default_path() -> Path:
    """Return the folder of the bundle to use: the one that `NIANBAO_MODEL` names, else the one
    beside the package, else the installed one; raise BundleError where there is none."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    places = (
        Path(__file__).resolve().parent.parent / "models" / "tagger",
        Path(sys.prefix) / "share" / "nianbao" / "models" / "tagger",
    )
    for place in places:
        if (place / MANIFEST).is_file():
            return place
    raise BundleError(f"找不到模型:{'、'.join(map(str, places))} 都没有 {MANIFEST}")


def write_bundle(
    path: Path,
    onnx: bytes,
    vocabulary: Vocabulary,
    manifest: Manifest,
    card: Callable[[Manifest], str] | None = None,
) -> Manifest:
    """Write a bundle to folder `path`, in place of one that lies there, and return its manifest
    with the digests filled in; `card` makes the model card from that.  A reader sees the old bundle or the new one, or for an instant
    none, but never a mixture."""
    tokens = vocabulary.to_text().encode("utf-8")
    manifest = replace(
        manifest,
        vocabulary_sha256=_sha256(tokens),
        onnx_sha256=_sha256(onnx),
        files={},  # what lay beside another model is not here
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
        made = Path(scratch) / "new"
        made.mkdir()
        (made / MODEL).write_bytes(onnx)
        (made / VOCABULARY).write_bytes(tokens)
        (made / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        if card is not None:
            (made / CARD).write_text(card(manifest), encoding="utf-8")
        if path.exists():
            path.rename(Path(scratch) / "old")
        made.rename(path)
    return manifest


def add_files(path: Path, files: Mapping[str, bytes]) -> Manifest:
    """Put `files` beside the model in the bundle at `path`, in place of those of the same name, and
    return the new manifest.  The manifest is written last, in one step: a reader sees the old set of
    files or the new one, or is told that a file does not fit, but never takes a mixture for whole.

    Raises BundleError where there is no bundle, ValueError for a name that is the bundle's own.
    """
    own = sorted({MANIFEST, MODEL, VOCABULARY, CARD} & files.keys())
    if own or any(Path(name).name != name for name in files):
        raise ValueError(f"not names of files beside a model: {own or sorted(files)}")
    manifest = Bundle.load(path).manifest
    digests = {name: _sha256(content) for name, content in files.items()}
    manifest = replace(manifest, files={**manifest.files, **digests})
    for name, content in files.items():
        _replace(path / name, content)
    _replace(path / MANIFEST, manifest.to_json().encode("utf-8"))
    return manifest


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as new:
        new.write(content)
    Path(new.name).chmod(0o644)
    os.replace(new.name, path)


def _read(path: Path, name: str) -> bytes:
    try:
        return (path / name).read_bytes()
    except OSError as error:
        raise BundleError(f"模型文件 {path / name} 无法读取:{error.strerror}") from error


def _read_checked(path: Path, name: str, digest: str) -> bytes:
    content = _read(path, name)
    if _sha256(content) != digest:
        raise BundleError(f"模型文件 {path / name} 与清单中的 SHA-256 不符,可能已损坏")
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
