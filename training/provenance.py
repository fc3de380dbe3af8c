"""What code a model was made by: the version of the library, and the digest of all that made it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: The packages that decide what a retraining makes.
PACKAGES = ("nianbao", "training")
#: The file beside the model that says what a retrained bundle was made from.
STORY = "retrain.json"


@cache
def code_sha256() -> str:
    """Return the SHA-256 of the sources of the library and of the training, in hex: it is the same
    wherever the same code is checked out, with or without git."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
