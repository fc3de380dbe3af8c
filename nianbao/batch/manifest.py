"""`manifest.json`: every file of a dataset with its digest, and what the dataset was made with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

MANIFEST: Final = "manifest.json"
#: Changes when tables or columns change their shape or meaning.
DATASET_VERSION: Final = "1"

_RULES: Final = ("nianbao.rules", "nianbao.assembly")


@dataclass(frozen=True, slots=True)
class Made:
    """What a dataset was made from and with: the inputs as named, and the versions that its
    outcomes and records carry, each list sorted."""

    inputs: tuple[str, ...]
    library_versions: tuple[str, ...]
    model_versions: tuple[str, ...]
    schema_versions: tuple[str, ...]


@cache
def rules_version() -> str:
    """Return the SHA-256, in hex, of the sources that turn labels into records.

    The version of the library does not change with every commit; this does when a record could.
    """
    digest = hashlib.sha256()
    for package in _RULES:
        spec = find_spec(package)
        for folder in spec.submodule_search_locations or () if spec else ():
            for path in sorted(Path(folder).glob("*.py")):
                source = path.read_bytes().replace(b"\r\n", b"\n")
                digest.update(f"{package}/{path.name} {len(source)}\n".encode())
                digest.update(source)
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(directory: Path, made: Made, rows: Mapping[str, int]) -> None:
    """Write the manifest of the files below `directory`; hidden ones and journals do not count.

    `rows` gives the number of rows of the files that have some, by their path with forward
    slashes.  The manifest has no times, so that equal datasets have equal manifests.
    """
    files: dict[str, dict[str, str | int]] = {}
    for path in sorted(directory.rglob("*"), key=lambda path: path.as_posix()):
        name = path.relative_to(directory).as_posix()
        if not path.is_file() or name == MANIFEST or name.startswith("."):
            continue
        files[name] = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        if name in rows:
            files[name]["rows"] = rows[name]
    content = {
        "dataset_version": DATASET_VERSION,
        "rules_version": rules_version(),
        **asdict(made),
        "files": files,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (directory / MANIFEST).write_bytes(text.encode("utf-8", "backslashreplace"))
