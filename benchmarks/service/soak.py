"""Mixed and hostile input for twenty minutes: does it stay whole, and does its memory stay flat?

Clients in turns send good documents in every way the service takes them (each answer is held to the
library's record), ask for spans, cells and streams, send what `benchmarks.service.hostile` makes, and
leave before the answer.  The resident memory of each process is sampled; its slope is that of a line
through the least of each half a minute, the first quarter left out, in which heaps fill.  Documents may
take long here, so that none ends the process that reads it: of one that lives for a minute nothing can be
told but that its heaps fill.  Documents that end their process are those of `kills` and of the tests.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.service import clients, hostile, running, wire
from benchmarks.service.memory import FORK, READER, Memory
from benchmarks.service.mutations import judge
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, at_most, milliseconds, none

BAR_MEGABYTES = 1000.0
#: What counts as flat: a process that runs for a month gains less than what it may have.
BAR_SLOPE = 30.0
_CLIENTS = 4
_PATH = "requests.new_received.total"
#: `NIANBAO_DOCUMENT_SECONDS`: the longest, a million characters of short Latin words, takes 6 to 17.
_DOCUMENT_SECONDS = 60


@dataclass
class _Soak:
    plan: Plan
    service: running.Service
    end: float
    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def client(self, number: int) -> None:
        rng = random.Random(f"soak {self.plan.seed} {number}")
        at = number
        while time.monotonic() < self.end:
            at += _CLIENTS
            self.one(rng, at)

    def one(self, rng: random.Random, number: int) -> None:
        data = self.plan.documents[number]
        chosen = rng.random()
        if chosen < 0.55:
            self.good(rng, number, data)
        elif chosen < 0.65:
            kind, request = rng.choice(
                (
                    ("label", wire.Request("/label", data, (("Content-Type", b"text/html"),))),
                    ("explain", wire.as_form("/explain", {"file": ("a.html", data), "path": ("", _PATH.encode())})),
                )
            )  # fmt: skip
            self.send(kind, request)
        elif chosen < 0.7:
            self.counts["left early"] += 1
            wire.leave(
                self.service.port, wire.Request("/parse", data).to_bytes()[: rng.choice((500, -1))]
            )
        elif chosen < 0.75:
            self.stream(number)
        else:
            kind = rng.choice(sorted(hostile.KINDS))
            self.send(kind, hostile.KINDS[kind](rng, data))

    def good(self, rng: random.Random, number: int, data: bytes) -> None:
        request = rng.choice((
            wire.Request("/parse", data, (("Content-Type", b"text/html; charset=utf-8"),)),
            wire.Request("/parse", data),
            wire.as_form("/parse", {"file": ("年报.html", data)}),
            wire.as_json("/parse", {"html": data.decode()}),
        ))  # fmt: skip
        began = time.monotonic()
        reply = self.send("good", request)
        if reply.status == 200:
            self.seconds.append(time.monotonic() - began)
            if reply.body != self.plan.documents.record(number):
                self.wrong.append(f"good document {number}: another record")
        elif reply.status not in clients.PATIENCE:
            self.wrong.append(f"good document {number}: status {reply.status}")

    def stream(self, number: int) -> None:
        documents = self.plan.documents
        ids = [number + offset for offset in range(5)]
        lines = [json.dumps({"id": one, "html": documents[one].decode()}) for one in ids]
        kind = (("Content-Type", b"application/x-ndjson"),)
        reply = self.send("stream", wire.Request("/parse/stream", "\n".join(lines).encode(), kind))
        wanted = {b'{"id": %d, "record": ' % one + documents.record(one) + b"}" for one in ids}
        if reply.status == 200 and set(reply.body.splitlines()) != wanted:
            self.wrong.append(f"stream at {number}: other lines")

    def send(self, kind: str, request: wire.Request) -> wire.Reply:
        reply = wire.send(self.service.port, request)
        self.counts[kind] += 1
        self.statuses[reply.status] += 1
        if found := judge(reply):
            self.wrong.append(f"{kind}: {found}")
        return reply


def measure(plan: Plan) -> Result:
    """Soak a service."""
    settings = {"document_seconds": _DOCUMENT_SECONDS, **plan.settings}
    seconds = plan.soak_minutes * 60
    _ = plan.documents  # made before the clock starts
    with running.running(plan.work, plan.processes, **settings) as service:
        server = service.family().server.pid
        memory = Memory(service)
        soak = _Soak(plan, service, time.monotonic() + seconds)
        _run(soak, memory, seconds)
        with clients.Lone(service.port) as lone:
            is_right = lone.parse(plan.documents[0]) == plan.documents.record(0)
        is_same = service.family().server.pid == server
        outcomes = service.counters("nianbao_documents_total")
        traces = service.traces()
    figures: dict[str, Any] = {
        "minutes": plan.soak_minutes,
        "requests": dict(sorted(soak.counts.items())),
        "statuses (0: closed without an answer)": dict(sorted(soak.statuses.items())),
        "latency of good documents": milliseconds(soak.seconds),
        "documents that were ended": {
            name: int(sum(n for labels, n in outcomes.items() if f'outcome="{name}"' in labels))
            for name in ("timeout", "out_of_memory", "crashed")
        },
        "memory": memory.figures(),
        "wrong": soak.wrong[:20],
    }
    readers = [*memory.slopes(READER), memory.trend(READER)]
    bars = (
        none("wrong answers", len(soak.wrong)),
        none("crashes of the service", int(not (is_right and is_same))),
        none("documents whose process crashed", figures["documents that were ended"]["crashed"]),
        at_most("largest reader", max(map(memory.peak, (READER, FORK))) / 1e6, BAR_MEGABYTES, "MB"),
        at_most("steepest reader", max(readers), BAR_SLOPE, "MB/h"),
        at_most("slope of the HTTP process", memory.trend("http"), BAR_SLOPE, "MB/h"),
        none("tracebacks in the log", traces),
    )  # fmt: skip
    return Result("soak", figures, bars)


def _run(soak: _Soak, memory: Memory, seconds: float) -> None:
    progress = Progress("soak", seconds, "seconds")
    with ThreadPoolExecutor(_CLIENTS + 1) as threads:
        sampler = threads.submit(memory.run)
        sent = [threads.submit(soak.client, number) for number in range(_CLIENTS)]
        while not all(one.done() for one in sent):
            time.sleep(0.2)
            done = min(seconds, seconds - (soak.end - time.monotonic()))
            progress.tell(done, f"{soak.counts.total()} requests, {len(soak.wrong)} wrong")
        memory.done.set()
        for one in (sampler, *sent):
            one.result()
