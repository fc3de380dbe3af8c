"""Records -> packed rows and heads, chunk by chunk: in this process, or in others too.

What a chunk gives depends on its outcomes alone, so that it does not matter where it is read.
"""

from __future__ import annotations

import hashlib
import multiprocessing
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Final, NamedTuple, Protocol

from nianbao.batch.child import obey_parent
from nianbao.batch.links import Head, agency_key, values_digest
from nianbao.batch.outcome import Outcome
from nianbao.batch.pieces import Piece, Year, pack
from nianbao.batch.rows import Agency, Found, Rows, read_record
from nianbao.batch.tables import DOCUMENTS, TABLES
from nianbao.report import Report

#: Chunks that are not worth another process: one takes a second to start, and a chunk of 64 reports an
#: eighth of one.
_ALONE: Final = 6
#: Chunks given out for each other process: one that is read and those that wait.
_OUT: Final = 3
#: Chunks that were read and wait for one before them, at most: this process reads some eight until
#: the first of the others has begun.
_READ: Final = 16
#: Bytes of records whose rows are held before they are packed.  A record with the text of a page at its
#: largest has 4 MB and takes several times that when parsed.
_HELD_BYTES: Final = 16 * 1024 * 1024

_OF_REPORTS: Final = tuple(table for table in TABLES if table is not DOCUMENTS)


class Identity(Protocol):
    """Which agency a report is of, as far as is known."""

    @property
    def agency_id(self) -> str | None: ...
    @property
    def province(self) -> str | None: ...
    @property
    def province_code(self) -> str | None: ...
    @property
    def city(self) -> str | None: ...
    @property
    def city_code(self) -> str | None: ...
    @property
    def county(self) -> str | None: ...
    @property
    def county_code(self) -> str | None: ...
    @property
    def confidence(self) -> float: ...


class Identify(Protocol):
    """Names the agency of a report from its title, agency and address, and its narrative."""

    def __call__(
        self, *, title: str | None, agency: str | None, url: str | None, text: str
    ) -> Identity: ...


Chunk = Sequence[Outcome]


class Extract(NamedTuple):
    """What a chunk holds: heads in its order, rows of all tables but `documents`, and the versions
    of the shape of its records."""

    heads: list[Head]
    pieces: list[Piece]
    schemas: set[str]


def extract(chunk: Chunk, identify: Identify) -> Extract:
    """Read the records of `chunk`, outcomes of distinct reports.

    Whatever is raised has a note that names the report, or, where rows do not fit their table, the
    first and the last report of the chunk.
    """
    years: defaultdict[Year, Rows] = defaultdict(partial(Rows, _OF_REPORTS))
    made = Extract([], [], set())
    size = 0
    for outcome in chunk:
        with _noting(f"in the record of report {outcome.sha256}, {outcome.place}"):
            record = outcome.record or b""
            report = read_record(record)
            agency = _agency(report, outcome, identify)
            made.heads.append(_head(report, agency, outcome))
            made.schemas.add(report.schema_version)
            years[report.year].add_report(Found(report, agency, outcome))
        size += len(record)
        if size >= _HELD_BYTES or outcome is chunk[-1]:
            with _noting(f"in the rows of reports {chunk[0].sha256} to {outcome.sha256}"):
                for year, taken in years.items():
                    made.pieces.extend(
                        pack(name, year, rows) for name, rows in taken.take().items()
                    )
            size = 0
    return made


@contextmanager
def _noting(where: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(where)
        raise


def extracts(chunks: Iterator[Chunk], identify: Identify, processes: int) -> Iterator[Extract]:
    """Yield what each chunk gives, in order, read by `processes` processes, of which this is one.

    With more than one, `identify` must be a function of a module.  Raises what reading a chunk
    raises, and BrokenProcessPool when a process is killed.
    """
    work = partial(extract, identify=identify)
    few = list(islice(chunks, _ALONE + 1)) if processes > 1 else []
    if len(few) <= _ALONE:
        yield from map(work, chain(few, chunks))
        return
    # A forked process would inherit locks that other threads of this one hold.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes - 1, context, obey_parent) as pool:
        shared = _Shared(partial(pool.submit, work), work, _OUT * (processes - 1))
        yield from shared.read(chain(few, chunks))


@dataclass
class _Shared:
    """Chunks that others read, so many at a time, and those that are read here meanwhile."""

    submit: Callable[[Chunk], Future[Extract]]
    work: Callable[[Chunk], Extract]
    others: int
    _begun: deque[Future[Extract]] = field(default_factory=deque)

    def read(self, chunks: Iterator[Chunk]) -> Iterator[Extract]:
        """Yield what each of `chunks` gives, in order."""
        try:
            for chunk in chunks:
                self._begin(chunk)
                yield from self._ready()
            while self._begun:
                yield self._begun.popleft().result()
        finally:
            for future in self._begun:
                future.cancel()

    def _begin(self, chunk: Chunk) -> None:
        if sum(not future.done() for future in self._begun) < self.others:
            self._begun.append(self.submit(chunk))
            return
        here: Future[Extract] = Future()
        here.set_result(self.work(chunk))
        self._begun.append(here)

    def _ready(self) -> Iterator[Extract]:
        """Yield what nothing before it is missing of, and wait for it where too much was read."""
        while self._begun and (self._begun[0].done() or len(self._begun) > self.others + _READ):
            yield self._begun.popleft().result()


def _agency(report: Report, outcome: Outcome, identify: Identify) -> Agency:
    text = "\n".join([section.text for section in report.sections])
    found = identify(title=report.title, agency=report.agency, url=outcome.origin.url, text=text)
    return Agency(
        found.agency_id, found.confidence, found.province, found.province_code,
        found.city, found.city_code, found.county, found.county_code,
    )  # fmt: skip


def _head(report: Report, agency: Agency, outcome: Outcome) -> Head:
    return Head(
        report=report.source.sha256,
        agency=agency_key(agency.agency_id, report.agency, agency.province),
        year=report.year,
        published=report.published,
        media_type=report.source.media_type,
        values=values_digest(report.cells),
        prose=_prose_digest(report),
        confidence=report.confidence,
        missing=sum([cell.source == "missing" for cell in report.cells]),
        failed=sum([check.status == "fail" for check in report.checks]),
        place=outcome.place,
    )


def _prose_digest(report: Report) -> bytes:
    """Of the narratives without blanks: how a line is broken is no difference in prose."""
    digest = hashlib.blake2b(digest_size=16)
    for section in report.sections:
        digest.update(f"\0{section.id}\0{''.join(section.text.split())}".encode())
    return digest.digest()
