"""A batch from its inputs to its outcomes: in memory, or in a journal that survives being killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from nianbao.batch.engines import Engine, Pool, Scored
from nianbao.batch.journal import Found, Journal
from nianbao.batch.outcome import Item, Outcome
from nianbao.batch.score import Verdict, Versions, judged, unjudged
from nianbao.batch.sources import SourceOptions
from nianbao.exceptions import NianbaoError

#: What a kill may cost: entries of the journal, and seconds of work.
COMMIT_EVERY = 64
COMMIT_SECONDS = 1.0


class OtherVersions(NianbaoError):
    """A journal holds verdicts of another model or library, and nothing says to make them anew."""

    code = "other_versions"


@dataclass(frozen=True, slots=True)
class Options:
    """How a batch runs; `since_model` lets verdicts of another model or library be made anew."""

    engine: Engine = field(default_factory=Pool)
    sources: SourceOptions = field(default_factory=SourceOptions)
    since_model: bool = False


@dataclass(slots=True)
class Progress:
    """Where a batch stands: items met, documents whose verdict was known, verdicts given, and those
    among them that failed; `read` are bytes of the inputs as they lie on disk."""

    met: int = 0
    known: int = 0
    scored: int = 0
    failed: int = 0
    read: int = 0


Watch = Callable[[Progress, Found | Scored], None]


def run(inputs: Sequence[str], options: Options | None = None) -> Iterator[Outcome]:
    """Yield what becomes of each document of `inputs`, in order of completion, storing nothing.

    Raises InputNotFound for an input that is not there and BundleError for a model that cannot be
    loaded, before any outcome; nothing for what is wrong with a document.
    """
    options = options or Options()
    versions = options.engine.versions()
    waiting: dict[str, list[Item]] = {}
    for step in options.engine.steps(inputs, options.sources, frozenset()):
        if isinstance(step, Scored):
            for item in waiting.pop(step.key):
                yield judged(item, step.key, step.verdict)
        elif step.sha256 is None:
            yield unjudged(step.item, versions)
        else:
            waiting.setdefault(step.sha256, []).append(step.item)


def fill(
    journal: Journal, inputs: Sequence[str], options: Options, watch: Watch | None = None
) -> Progress:
    """Bring `journal` up to what the inputs hold: what it knows is not scored again.

    Raises what `run` raises, and OtherVersions for a journal of other versions, unless
    `options.since_model`.
    """
    _check_versions(journal, options.engine.versions(), options)
    filling = _Filling(journal)
    for step in options.engine.steps(inputs, options.sources, filling):
        filling.take(step)
        if watch is not None:
            watch(filling.progress, step)
    filling.commit()
    journal.finish()
    return filling.progress


def _check_versions(journal: Journal, versions: Versions, options: Options) -> None:
    others = [known for known in journal.versions() if known != versions]
    if not others:
        return
    if not options.since_model:
        made = "、".join(f"nianbao {v.library}（{v.model}）" for v in others)
        raise OtherVersions(
            f"{journal.path} 里的结果出自 {made}，现在是 nianbao {versions.library}"
            f"（{versions.model}）；加上 --since-model 就只重做可能因此而变的部分"
        )
    journal.forget_verdicts(versions)


class _Filling(Collection[str]):
    """The part of `fill` that is not committed yet; contains the keys that have their verdict."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.progress = Progress()
        self.found: list[Found] = []
        self.verdicts: dict[str, Verdict] = {}
        self.source, self.position = "", 0
        self.committed = time.monotonic()

    def __contains__(self, key: object) -> bool:
        known = key in self.verdicts or self.journal.has_verdict(str(key))
        self.progress.known += known
        return known

    def __iter__(self) -> Iterator[str]:
        self.commit()
        return self.journal.digests()

    def __len__(self) -> int:
        self.commit()
        return self.journal.count_verdicts()

    def take(self, step: Found | Scored) -> None:
        if isinstance(step, Scored):
            self.verdicts[step.key] = step.verdict
            self.progress.scored += 1
            self.progress.failed += step.verdict.status == "failed"
        else:
            self.found.append(step)
            self.progress.met += 1
            self._count_read(step.item)
        late = time.monotonic() - self.committed > COMMIT_SECONDS
        if late or len(self.found) + len(self.verdicts) >= COMMIT_EVERY:
            self.commit()

    def _count_read(self, item: Item) -> None:
        if item.place.source != self.source:
            self.source, self.position = item.place.source, 0
        self.progress.read += max(item.position - self.position, 0)
        self.position = max(item.position, self.position)

    def commit(self) -> None:
        self.journal.add(self.found, self.verdicts.items())
        self.found.clear()
        self.verdicts.clear()
        self.committed = time.monotonic()
