"""Clients: one alone, many in turns, and a stream of requests that waits for nobody."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType

import aiohttp

from benchmarks.service.documents import Documents
from benchmarks.service.results import Progress

#: Statuses that ask for patience.
PATIENCE = (429, 503)
_HEADERS = {"Content-Type": "application/octet-stream"}
#: Below the time after which the server closes a connection that nobody uses.
_IDLE_SECONDS = 2.0
_ANSWER_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for document `number`: status (0: no answer), the problem's code, whether
    `Retry-After` was there, the digest of the body; when it was asked (monotonic) and the seconds
    that it took."""

    number: int
    status: int
    code: str
    retry: bool
    sha256: str
    began: float
    seconds: float


async def ask_during(
    act: Callable[[], Awaitable[object]], url: str, documents: Documents, clients: int
) -> list[Answer]:
    """Have `clients` clients ask for `documents`, one after the other, until `act` is over or fails;
    return their answers."""
    counted = numbers()
    answers: list[Answer] = []
    is_over = asyncio.Event()

    async def client(link: aiohttp.ClientSession) -> None:
        while not is_over.is_set():
            number = next(counted)
            answers.append(await ask(link, url, number, documents[number]))

    async def acting() -> None:
        try:
            await act()
        finally:
            is_over.set()

    async with session() as link:
        await asyncio.gather(acting(), *(client(link) for _ in range(clients)))
    return answers


class Lone:
    """One client with one connection."""

    def __init__(self, port: int) -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)

    def parse(self, data: bytes) -> bytes:
        """Return the record of `data`; raises OSError where the answer is none."""
        try:
            return self._ask(data)
        except (http.client.RemoteDisconnected, ConnectionError):  # it was idle for too long
            self._link.close()
            return self._ask(data)

    def _ask(self, data: bytes) -> bytes:
        self._link.request("POST", "/parse", data, _HEADERS)
        answer = self._link.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise OSError(f"{answer.status} {body[:200]!r}")
        return body

    def seconds(self, data: bytes) -> float:
        """Return how long `parse` takes."""
        began = time.perf_counter()
        self.parse(data)
        return time.perf_counter() - began

    def __enter__(self) -> Lone:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._link.close()


def session() -> aiohttp.ClientSession:
    """Return a session with as many connections as are needed."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS)
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False)


async def ask(link: aiohttp.ClientSession, url: str, number: int, data: bytes) -> Answer:
    """Send one document; whatever happens is in the answer."""
    began = time.monotonic()
    try:
        async with link.post(f"{url}/parse", data=data, headers=_HEADERS) as answer:
            body = await answer.read()
            status, retry = answer.status, "Retry-After" in answer.headers
        code = "" if status == 200 else _code(body)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        status, retry, body, code = 0, False, b"", type(error).__name__
    taken = time.monotonic() - began
    return Answer(number, status, code, retry, digest(body), began, taken)


def digest(body: bytes) -> str:
    """Return the SHA-256 of a body."""
    return hashlib.sha256(body).hexdigest()


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return "no problem document"


async def closed(
    url: str, documents: Documents, clients: int, seconds: float, numbers: Iterator[int]
) -> list[Answer]:
    """Let `clients` send one document after the other, of `numbers`, for `seconds`; return the
    answers, those too that came after the end."""
    answers: list[Answer] = []
    end = time.monotonic() + seconds

    async def client(link: aiohttp.ClientSession) -> None:
        while time.monotonic() < end:
            number = next(numbers)
            answers.append(await ask(link, url, number, documents[number]))

    async with session() as link:
        await asyncio.gather(*(client(link) for _ in range(clients)))
    return answers


async def burst(url: str, documents: Documents, size: int) -> list[Answer]:
    """Send `size` documents at once; return the answers."""
    async with session() as link:
        asked = (ask(link, url, number, documents[number]) for number in range(size))
        return list(await asyncio.gather(*asked))


@dataclass
class OpenLoop:
    """Requests at a rate, whether answers come or not; `late` is how far the sender itself fell
    behind, in seconds."""

    url: str
    documents: Documents
    rate: float
    seconds: float
    answers: list[Answer] = field(default_factory=list)
    late: float = 0.0
    ended: float = 0.0

    async def run(self, progress: Progress) -> None:
        """Send, and wait for the last answer; `ended` is when the last was sent (monotonic)."""
        async with session() as link:
            began = time.monotonic()
            sent: set[asyncio.Task[None]] = set()
            for number in range(round(self.rate * self.seconds)):
                due = began + number / self.rate
                wait = due - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                self.late = max(self.late, -wait)
                if time.monotonic() - began > self.seconds:
                    break
                task = asyncio.create_task(self._one(link, number))
                sent.add(task)
                task.add_done_callback(sent.discard)
                progress.tell(time.monotonic() - began)
            self.ended = time.monotonic()
            while sent:
                await asyncio.wait(sent)

    async def _one(self, link: aiohttp.ClientSession, number: int) -> None:
        self.answers.append(await ask(link, self.url, number, self.documents[number]))


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers by what they are: right records, refusals that say when to come again, records of
    another document, other answers, and none at all."""

    right: tuple[Answer, ...]
    refused: tuple[Answer, ...]
    mixed_up: tuple[Answer, ...]
    other: tuple[Answer, ...]
    lost: tuple[Answer, ...]

    @property
    def counts(self) -> dict[str, int]:
        names = ("right", "refused", "mixed_up", "other", "lost")
        return {name: len(getattr(self, name)) for name in names}

    @property
    def codes(self) -> dict[str, int]:
        """How often each code came that is no refusal."""
        found: dict[str, int] = {}
        for answer in (*self.other, *self.lost):
            name = f"{answer.status} {answer.code}"
            found[name] = found.get(name, 0) + 1
        return found


def judge(answers: Sequence[Answer], documents: Documents) -> Judged:
    """Hold each answer to the record of its own document."""
    kinds: dict[str, list[Answer]] = {n: [] for n in ("right", "refused", "mixed", "other", "lost")}
    for answer in answers:
        kinds[_kind(answer, documents)].append(answer)
    return Judged(*(tuple(found) for found in kinds.values()))


def _kind(answer: Answer, documents: Documents) -> str:
    if answer.status == 200:
        wanted = digest(documents.record(answer.number))
        return "right" if answer.sha256 == wanted else "mixed"
    if answer.status in PATIENCE and answer.retry:
        return "refused"
    return "other" if answer.status else "lost"


def until(holds: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Wait until something holds, for so many seconds; say whether it does."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def numbers() -> Iterator[int]:
    """Return numbers of documents that nobody has used."""
    return count()
