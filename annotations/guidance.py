"""The guidelines that annotators follow, and the digest by which gold names them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

GUIDELINES: Final = Path(__file__).parent / "guidelines.md"


def guidelines_sha256() -> str:
    """Return the SHA-256, in hex, of the guidelines as they are now."""
    return hashlib.sha256(GUIDELINES.read_bytes()).hexdigest()
