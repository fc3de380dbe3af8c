"""Who may ask, and how much: keys, and the limits of each."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Final

from limits import RateLimitItem
from limits import parse as parse_rate
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from serving.keys import KeyFile, KeyFileError
from serving.problems import Problem, retry_later
from serving.settings import Settings

#: Paths that anyone may ask: probes, the page (a key is entered there), and what says how to ask.
OPEN_PATHS: Final = frozenset({"/", "/livez", "/readyz", "/healthz", "/openapi.json"})
OPEN_PREFIXES: Final = ("/static/", "/problems/")
#: Where Label Studio asks, which can send a name and a password, but no other header.
STUDIO_PREFIX: Final = "/label-studio"
#: Who asks where no key is needed.
LOCAL: Final = "local"
ANONYMOUS: Final = ""


@dataclass
class Access:
    """The door.  Open on loopback without a key file; else each request needs a key."""

    settings: Settings
    keys: KeyFile | None = field(init=False)

    def __post_init__(self) -> None:
        path = self.settings.keys_file
        self.keys = None if path is None else KeyFile(path)
        self._rate: RateLimitItem = parse_rate(self.settings.key_rate)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._under_way: Counter[str] = Counter()
        # One proof at a time: a flood of wrong keys must not take the cores.
        self._proving = asyncio.Semaphore(1)

    def check(self) -> None:
        """Raise KeyFileError where the key file cannot be read."""
        if self.keys is not None:
            self.keys.entries()

    async def admit(self, request: Request) -> str:
        """Return who asks; raises Problem `unauthorized` or `misdirected`."""
        if self.keys is None:
            self._check_host(request)
            return LOCAL
        path = request.url.path
        if path in OPEN_PATHS or path.startswith(OPEN_PREFIXES):
            return ANONYMOUS
        is_studio = path.startswith(f"{STUDIO_PREFIX}/")
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic" and is_studio:
            scheme, given = "bearer", _password(given)
        name = await self._name(given.strip()) if scheme.lower() == "bearer" else None
        if name is None:
            schemes = ("Bearer", "Basic") if is_studio else ("Bearer",)
            challenge = ", ".join(f'{one} realm="nianbao"' for one in schemes)
            raise Problem(
                "unauthorized", where="header:Authorization",
                headers={"WWW-Authenticate": challenge},
            )  # fmt: skip
        return name

    def _check_host(self, request: Request) -> None:
        """Refuse what a page elsewhere, or a proxy on this machine, brings to the open service."""
        host = request.headers.get("host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self.settings.host_names:
            raise Problem("misdirected", where="header:Host")

    async def _name(self, given: str) -> str | None:
        if self.keys is None:
            return None
        try:
            known = self.keys.known(given)
            if known is not None:
                return known
            async with self._proving:
                return await asyncio.to_thread(self.keys.prove, given)
        except KeyFileError:
            return None

    def count(self, who: str) -> None:
        """Count a document of `who`; raises Problem `rate_limited`."""
        if who != LOCAL and not self._limiter.hit(self._rate, who):
            raise retry_later("rate_limited", self.pause(who))

    def pause(self, who: str) -> float:
        """Return the seconds after which `who` may send one more."""
        return max(0.0, self._limiter.get_window_stats(self._rate, who).reset_time - time())

    async def count_patiently(self, who: str) -> None:
        """Count a document of `who`, waiting until it may be sent."""
        while True:
            try:
                self.count(who)
            except Problem:
                await asyncio.sleep(max(0.05, self.pause(who)))
            else:
                return

    @contextmanager
    def under_way(self, who: str) -> Iterator[None]:
        """Hold one of the requests that `who` may have under way; raises Problem `too_many_requests`."""
        if who != LOCAL and self._under_way[who] >= self.settings.key_requests:
            raise retry_later("too_many_requests", 0.0)
        self._under_way[who] += 1
        try:
            yield
        finally:
            self._under_way[who] -= 1


def _password(given: str) -> str:
    """Return the password in what the scheme Basic sends, "" where there is none."""
    try:
        decoded = base64.b64decode(given.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return decoded.partition(":")[2]
