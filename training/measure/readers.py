"""The readers that are compared, and their reading of all pages in several processes."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from nianbao.bundle import MANIFEST, default_path
from nianbao.exceptions import NianbaoError
from nianbao.pipeline import Pipeline
from training.measure.outcome import Outcome, Page, judge

RULES: Final = "rules"
#: Pages that are timed, and how often each; the readers take turns.
TIMED, TURNS = 12, 3


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader: the bundle in `folder`, or the rules-only labeller where that is None."""

    name: str
    folder: Path | None

    def load(self) -> Pipeline:
        """Raises BundleError for a bundle that cannot be loaded."""
        return Pipeline.rules_only() if self.folder is None else Pipeline.default(self.folder)


@dataclass(frozen=True, slots=True)
class About:
    """What a reader is: its version, the SHA-256 of its manifest and the bytes of its files ("" and 0
    for the rules), and the median milliseconds of processor time that a page takes it."""

    name: str
    version: str
    manifest_sha256: str
    bytes: int
    milliseconds: float


def readers(model: Path | None, against: Path | None) -> list[Reader]:
    """Return the readers to compare: the model, the bundle beside it if there is one, the rules."""
    found = [Reader("model", model or default_path())]
    if against is not None:
        found.append(Reader("current", against))
    return [*found, Reader(RULES, None)]


def read_all(
    chosen: Sequence[Reader], pages: Sequence[Page], processes: int
) -> dict[str, list[Outcome]]:
    """Return reader -> its outcomes, in the order of the pages, whatever the number of processes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_begin, initargs=(tuple(chosen),)
    ) as pool:
        rows = list(pool.map(_read, pages, chunksize=8))
    return {one.name: [row[place] for row in rows] for place, one in enumerate(chosen)}


def describe(chosen: Sequence[Reader], pages: Sequence[Page]) -> list[About]:
    """Return what each reader is, timed in turns on the first pages."""
    pipelines = [one.load() for one in chosen]
    for pipeline in pipelines:
        pipeline.warm()
    seconds: list[list[float]] = [[] for _ in chosen]
    for page in [page for page in pages if page.text is None][:TIMED]:
        for _ in range(TURNS):
            for place, pipeline in enumerate(pipelines):
                began = time.process_time()
                try:
                    pipeline.parse(page.data)
                except NianbaoError:
                    continue
                seconds[place].append(time.process_time() - began)
    return [
        About(
            one.name,
            pipeline.model_version,
            _digest(one.folder),
            sum(path.stat().st_size for path in one.folder.iterdir()) if one.folder else 0,
            round(1000 * statistics.median(taken), 2) if taken else 0.0,
        )
        for one, pipeline, taken in zip(chosen, pipelines, seconds, strict=True)
    ]


def _digest(folder: Path | None) -> str:
    return sha256((folder / MANIFEST).read_bytes()).hexdigest() if folder else ""


_pipelines: list[Pipeline] = []


def _begin(chosen: tuple[Reader, ...]) -> None:
    _pipelines[:] = [one.load() for one in chosen]


def _read(page: Page) -> list[Outcome]:
    return [judge(pipeline, page) for pipeline in _pipelines]
