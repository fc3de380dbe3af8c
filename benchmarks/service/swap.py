"""The model in use is switched to another version and back, again and again, while clients send.

Two bundles that differ in their version alone lie beside each other, and a link points to one of them, as
promotion leaves it; a third one, damaged, is put in place between.  Each answer has to be the record that
one of the two models makes of its document, and after the last switch back it has to be the first one's.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.service import clients, running
from benchmarks.service.plan import Plan
from benchmarks.service.results import Progress, Result, milliseconds, none
from nianbao.bundle import MANIFEST, MODEL, Manifest, default_path

CLIENTS = 4
#: How often the service looks for a model, and how long one is left in place, in seconds.
WATCH_SECONDS = 0.5
_PAUSE = 3.0
#: Longest that a switch may take.
BAR_SECONDS = 120.0
_SAMPLE_SECONDS = 0.2


@dataclass
class Bundles:
    """The bundles below `folder`, and the link that the service is given."""

    folder: Path

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder = self.folder.resolve()
        shutil.copytree(default_path(), self.folder / "old")
        text = (self.folder / "old" / MANIFEST).read_text(encoding="utf-8")
        self.old = Manifest.from_json(text)
        self.new = replace(self.old, version=f"{self.old.version}+swapped")
        for name in ("new", "damaged"):
            shutil.copytree(self.folder / "old", self.folder / name)
            (self.folder / name / MANIFEST).write_text(self.new.to_json(), encoding="utf-8")
        (self.folder / "damaged" / MODEL).write_bytes(b"cut off")
        self.put("old")

    @property
    def current(self) -> Path:
        return self.folder / "current"

    def put(self, name: str) -> None:
        """Have the link point to the bundle `name`, in one step."""
        scratch = self.folder / ".next"
        scratch.symlink_to(name)
        os.replace(scratch, self.current)

    def model(self, answer: clients.Answer, plan: Plan) -> str:
        """Return which bundle's record an answer is, "" for none's."""
        record = plan.documents.record(answer.number)
        other = record.replace(
            json.dumps(self.old.model_version).encode(), json.dumps(self.new.model_version).encode()
        )
        digests = {
            hashlib.sha256(body).hexdigest(): n for n, body in (("old", record), ("new", other))
        }
        return digests.get(answer.sha256, "") if answer.status == 200 else ""


@dataclass
class Switches:
    """What is done to the service, and when; `peak` is the most memory that its readers took, and
    `usual` what they took before, in bytes."""

    service: running.Service
    bundles: Bundles
    count: int
    seconds: list[float] = field(default_factory=list)
    late: int = 0
    usual: int = 0
    peak: int = 0
    readers: int = 0
    last: float = 0.0

    def run(self) -> None:
        """Switch so many times, to and fro; before each, put the damaged one in place for a moment."""
        is_over = threading.Event()
        watching = threading.Thread(target=self._sample, args=(is_over,))
        self.usual = self._resident()
        watching.start()
        progress = Progress("swap", self.count, "switches")
        try:
            for number in range(self.count):
                self.bundles.put("damaged")
                time.sleep(_PAUSE)
                name = "old" if number % 2 else "new"
                self._switch(name, getattr(self.bundles, name).digest)
                self.last = time.monotonic()
                time.sleep(_PAUSE)
                progress.tell(number + 1)
        finally:
            is_over.set()
            watching.join()

    def _switch(self, name: str, digest: str) -> None:
        before = {one.pid for one in self.service.family().readers}
        began = time.monotonic()
        self.bundles.put(name)

        def is_done() -> bool:
            version = json.loads(running.get(f"{self.service.url}/version", 30.0))
            left = before & {one.pid for one in self.service.family().readers}
            return version["model_digest"] == digest and not left

        self.late += not clients.until(is_done, BAR_SECONDS)
        self.seconds.append(time.monotonic() - began)

    def _sample(self, is_over: threading.Event) -> None:
        while not is_over.wait(_SAMPLE_SECONDS):
            self.peak = max(self.peak, self._resident())

    def _resident(self) -> int:
        readers = self.service.family().readers
        self.readers = max(self.readers, len(readers))
        return sum(map(running.resident, readers))


def measure(plan: Plan) -> Result:
    """Send and switch; the number of switches is made even, so that the old model is there at the end."""
    bundles = Bundles(plan.work / "swap")
    settings = {**plan.settings, "model": bundles.current, "model_watch_seconds": WATCH_SECONDS}
    with running.running(plan.work, plan.processes, **settings) as service:
        switches = Switches(service, bundles, plan.switches + plan.switches % 2)
        answers = asyncio.run(_send(plan, service, switches))
        counted = service.counters("nianbao_models_total")
        traces = service.traces()
    models = Counter(bundles.model(answer, plan) for answer in answers)
    failed = Counter(f"{a.status} {a.code}" for a in answers if a.status != 200)
    after = [bundles.model(answer, plan) for answer in answers if answer.began > switches.last]
    figures: dict[str, Any] = {
        "requests": len(answers),
        "answered by the old and the new model": f"{models['old']} and {models['new']}",
        "other answers": dict(failed),
        "switches": len(switches.seconds),
        "seconds of each, to the end of the last old process": [
            round(s, 1) for s in switches.seconds
        ],
        "models that the service counted": counted,
        "latency": milliseconds([answer.seconds for answer in answers if answer.status == 200]),
        "readers at most": switches.readers,
        "memory of the readers before, MB": round(switches.usual / 1e6),
        "memory of the readers at most, MB": round(switches.peak / 1e6),
    }
    bars = (
        none("requests that failed", sum(failed.values())),
        none("records that neither model makes", models[""] - sum(failed.values())),
        none("switches that were not done in time", switches.late),
        none("answers after the last switch back that are not the old model's", len(after) - after.count("old")),
        none("answers missing after the last switch back, or of the new model", int(not after or not models["new"])),
        none("tracebacks in the log", traces),
    )  # fmt: skip
    return Result("swap", figures, bars)


async def _send(plan: Plan, service: running.Service, switches: Switches) -> list[clients.Answer]:
    return await clients.ask_during(
        lambda: asyncio.to_thread(switches.run), service.url, plan.documents, CLIENTS
    )
