"""API keys in a small file: several, each with a name, hashed, revocable.

A key reads `nb_<id>_<secret>`; the id finds its entry, the secret is 32 random bytes.  The file holds
scrypt hashes only, and is read again when it changes, so that a revocation holds at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nianbao.view.files import write_atomically

_KEY: Final = re.compile(r"nb_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: scrypt with 4 MiB and some 10 ms: the secret cannot be guessed, so the cost need not be high.
_COST: Final = {"n": 1 << 12, "r": 8, "p": 1}
#: Keys whose proof is remembered.
_REMEMBERED: Final = 4096


class KeyFileError(Exception):
    """The key file cannot be read or written, or does not have the key that was named."""


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: `salt` and `hash` in hexadecimal, times in ISO 8601, `revoked` empty while it holds."""

    name: str
    id: str
    salt: str
    hash: str
    created: str
    revoked: str = ""


@dataclass
class KeyFile:
    """The keys in the file at `path`."""

    path: Path
    _stamp: tuple[int, int, int] = field(default=(0, 0, 0), init=False)
    _keys: dict[str, Key] = field(default_factory=dict, init=False)
    _proofs: dict[str, bytes] = field(default_factory=dict, init=False)

    def entries(self) -> list[Key]:
        """Return all entries; raises KeyFileError."""
        self._read()
        return list(self._keys.values())

    def known(self, given: str) -> str | None:
        """Return the name of a key that was proved before and still holds, at no cost, else None."""
        key = self._entry(given)
        if key is None:
            return None
        proof = self._proofs.get(key.id)
        return key.name if proof is not None and hmac.compare_digest(proof, _proof(given)) else None

    def prove(self, given: str) -> str | None:
        """Return the name of the key `given`, None where it is none or revoked; takes some 10 ms."""
        key = self._entry(given)
        if key is None:
            return None
        if not hmac.compare_digest(_hash(given, bytes.fromhex(key.salt)), bytes.fromhex(key.hash)):
            return None
        if len(self._proofs) >= _REMEMBERED:
            self._proofs.clear()
        self._proofs[key.id] = _proof(given)
        return key.name

    def add(self, name: str) -> str:
        """Make a key called `name` and return it: it cannot be shown again.  Raises KeyFileError."""
        if not NAME.fullmatch(name):
            raise KeyFileError("a name has up to 64 letters, digits, dots, dashes or underscores")
        identity, salt = secrets.token_hex(4), secrets.token_bytes(16)
        secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        given = f"nb_{identity}_{secret}"
        with self._change() as keys:
            if any(key.name == name and not key.revoked for key in keys.values()):
                raise KeyFileError(f"there is a key called {name} already")
            digest = _hash(given, salt).hex()
            keys[identity] = Key(name, identity, salt.hex(), digest, _now())
        return given

    def revoke(self, name: str) -> None:
        """Revoke the key called `name`; raises KeyFileError where none holds."""
        with self._change() as keys:
            holding = [key for key in keys.values() if key.name == name and not key.revoked]
            if not holding:
                raise KeyFileError(f"there is no key called {name}")
            keys[holding[0].id] = replace(holding[0], revoked=_now())

    def _entry(self, given: str) -> Key | None:
        found = _KEY.fullmatch(given)
        if found is None:
            return None
        self._read()
        key = self._keys.get(found.group(1))
        return None if key is None or key.revoked else key

    def _read(self) -> None:
        try:
            stat = self.path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp == self._stamp:
                return
            entries = json.loads(self.path.read_text(encoding="utf-8"))["keys"]
            self._keys = {key.id: key for key in (Key(**entry) for entry in entries)}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyFileError(f"{self.path} is no readable key file: {error}") from error
        self._stamp, self._proofs = stamp, {}

    @contextmanager
    def _change(self) -> Iterator[dict[str, Key]]:
        if self.path.exists():
            self._read()
        keys = dict(self._keys)
        yield keys
        content = json.dumps({"keys": [asdict(key) for key in keys.values()]}, indent=1) + "\n"
        mask = os.umask(0o077)
        try:
            write_atomically(self.path, content)
        except OSError as error:
            raise KeyFileError(f"{self.path}: {error.strerror}") from error
        finally:
            os.umask(mask)
        self._stamp = (0, 0, 0)


def _hash(given: str, salt: bytes) -> bytes:
    return hashlib.scrypt(given.encode(), salt=salt, **_COST)


def _proof(given: str) -> bytes:
    return hashlib.sha256(given.encode()).digest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
