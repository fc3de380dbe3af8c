"""From outcomes to the dataset on disk: two passes, and the swap that puts it in its place.

What is written depends on the outcomes alone: equal outcomes give equal bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from nianbao.batch.codebook import write_codebook
from nianbao.batch.files import Spool, Year, in_order, part_path, write_parquet
from nianbao.batch.links import Head, Link, agency_key, link, values_digest
from nianbao.batch.manifest import MANIFEST, Made, write_manifest
from nianbao.batch.outcome import Outcome, Status
from nianbao.batch.rows import Agency, Found, Record, Rows, clean, read_record
from nianbao.batch.tables import DOCUMENTS, TABLES, Table

#: What waits to be spooled: reports, documents, and bytes of records.  A record with the text of a
#: page at its largest has 4 MB and takes several times that when parsed.
_MAX_REPORTS: Final = 128
_MAX_DOCUMENTS: Final = 4096
_MAX_BYTES: Final = 32 * 1024 * 1024

_OF_REPORTS: Final = tuple(table for table in TABLES if table is not DOCUMENTS)
_INCOMING, _OUTGOING = ".incoming", ".outgoing"


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


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """What was written: documents by status, distinct reports and those chosen, rows by table, and
    the years, in order, None for the unknown one."""

    documents: dict[Status, int]
    reports: int
    chosen: int
    rows: dict[str, int]
    years: tuple[Year, ...]


@dataclass(slots=True)
class _Known:
    """What the first pass learns, small enough to hold for 100,000 reports (some 1.5 kB each)."""

    links: dict[str, Link] = field(default_factory=dict)
    agencies: dict[str, Agency] = field(default_factory=dict)
    documents: Counter[Status] = field(default_factory=Counter)
    libraries: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    schemas: set[str] = field(default_factory=set)


def write_dataset(
    outcomes: Callable[[], Iterator[Outcome]],
    directory: Path,
    *,
    identify: Identify,
    inputs: Sequence[str] = (),
) -> DatasetSummary:
    """Write tables, codebooks and manifest into `directory`, which must be empty or not exist.

    `outcomes` is called twice and must yield the same outcomes each time, in order of place;
    `inputs` are those that the user named.  Raises ValueError for outcomes that are out of order,
    FileExistsError for a folder that is not empty, and OSError where the disk does not do.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    known = _first_pass(outcomes(), identify)
    with (
        tempfile.TemporaryDirectory(prefix=".spool-", dir=directory) as spool,
        ExitStack() as stack,
    ):
        spools = {
            table.name: stack.enter_context(Spool(Path(spool) / table.name, table))
            for table in TABLES
        }
        _second_pass(outcomes(), known, spools)
        rows = {}
        for made in spools.values():
            rows.update(_write_table(directory, made))
        years = tuple(spools["reports"].years())
    write_codebook(directory)
    made_with = Made(
        tuple(inputs), *(tuple(sorted(v)) for v in (known.libraries, known.models, known.schemas))
    )
    write_manifest(directory, made_with, rows)
    return DatasetSummary(
        documents=dict(known.documents),
        reports=len(known.links),
        chosen=sum(found.chosen for found in known.links.values()),
        rows={table.name: _rows_of(table, rows) for table in TABLES},
        years=years,
    )


def _rows_of(table: Table, rows: dict[str, int]) -> int:
    return sum(count for path, count in rows.items() if path.startswith(f"{table.name}/"))


def _first_pass(outcomes: Iterator[Outcome], identify: Identify) -> _Known:
    known = _Known()
    heads: list[Head] = []
    same: dict[Agency, Agency] = {}
    last: Outcome | None = None
    for outcome in outcomes:
        if last is not None and not last.place < outcome.place:
            raise ValueError(f"outcomes are out of order: {last.place}, then {outcome.place}")
        last = outcome
        known.documents[outcome.status] += 1
        known.libraries.add(outcome.library_version)
        known.models.add(outcome.model_version)
        report = _report_of(outcome)
        if report is None or report in known.agencies:
            continue
        record = read_record(outcome.record or b"")
        known.schemas.add(record["schema_version"])
        agency = _agency(record, outcome, identify)
        known.agencies[report] = same.setdefault(agency, agency)
        heads.append(_head(record, agency, outcome))
    known.links = link(heads)
    return known


def _report_of(outcome: Outcome) -> str | None:
    return outcome.sha256 if outcome.status == "parsed" else None


def _agency(record: Record, outcome: Outcome, identify: Identify) -> Agency:
    text = "\n".join(section["text"] for section in record["sections"])
    found = identify(
        title=record["title"], agency=record["agency"], url=outcome.origin.url, text=text
    )
    return Agency(
        found.agency_id, found.confidence, found.province, found.province_code,
        found.city, found.city_code, found.county, found.county_code,
    )  # fmt: skip


def _head(record: Record, agency: Agency, outcome: Outcome) -> Head:
    source = record["source"]
    return Head(
        report=source["sha256"],
        agency=agency_key(agency.agency_id, record["agency"], agency.province),
        year=record["year"],
        published=record["published"],
        media_type=source["media_type"],
        values=values_digest(record["cells"]),
        prose=_prose_digest(record),
        confidence=float(record["confidence"]),
        missing=sum(cell["source"] == "missing" for cell in record["cells"]),
        failed=sum(check["status"] == "fail" for check in record["checks"]),
        place=outcome.place,
    )


def _prose_digest(record: Record) -> bytes:
    """Of the narratives without blanks: how a line is broken is no difference in prose."""
    digest = hashlib.blake2b(digest_size=16)
    for section in record["sections"]:
        digest.update(f"\0{section['id']}\0{''.join(section['text'].split())}".encode())
    return digest.digest()


def _second_pass(outcomes: Iterator[Outcome], known: _Known, spools: dict[str, Spool]) -> None:
    documents = Rows((DOCUMENTS,))
    years: dict[Year, Rows] = {}
    first: dict[str, str | None] = {}
    written: set[str] = set()
    waiting = Counter[str]()
    for outcome in outcomes:
        sha256 = outcome.sha256
        documents.add_document(outcome, first.get(sha256) if sha256 else None)
        if sha256:
            first.setdefault(sha256, clean(str(outcome.place)))
        waiting["documents"] += 1
        report = _report_of(outcome)
        if report is not None and report not in written:
            written.add(report)
            record = read_record(outcome.record or b"")
            found = Found(record, known.agencies[report], known.links[report], outcome)
            years.setdefault(record["year"], Rows(_OF_REPORTS)).add_report(found)
            waiting["reports"] += 1
            waiting["bytes"] += len(outcome.record or b"")
        if (
            waiting["reports"] >= _MAX_REPORTS
            or waiting["bytes"] >= _MAX_BYTES
            or waiting["documents"] >= _MAX_DOCUMENTS
        ):
            _spool(documents, years, spools)
            waiting.clear()
    _spool(documents, years, spools)


def _spool(documents: Rows, years: dict[Year, Rows], spools: dict[str, Spool]) -> None:
    for year in in_order(years):
        for name, batch in years.pop(year).take().items():
            spools[name].append(year, batch)
    for name, batch in documents.take().items():
        spools[name].append(None, batch)


def _write_table(directory: Path, spool: Spool) -> dict[str, int]:
    """Write the files of one table and return their rows; a table without rows is one empty file, so
    that its columns are there to be read."""
    rows = {}
    for year in spool.years() or [None]:
        path = part_path(spool.table, year)
        rows[path] = write_parquet(directory / path, spool.table, spool.batches(year))
    return rows


def swap_in(new: Path, directory: Path) -> None:
    """Put the dataset in folder `new` in the place of the one in `directory`.

    `new` lies on the same file system, best below `directory`, and is gone afterwards.  Only what
    has the name of something in `new` is replaced: journals and files of others stay.  A kill at any
    moment leaves the old dataset, the new one, or a mixture without `manifest.json`; the next call,
    or `repair`, makes it the new one.  Raises OSError, FileNotFoundError without a manifest in `new`.
    """
    if not (new / MANIFEST).is_file():
        raise FileNotFoundError(f"{new} holds no finished dataset: {MANIFEST} is missing")
    directory.mkdir(parents=True, exist_ok=True)
    repair(directory)
    # From this rename on the new dataset counts; before it nothing of the old one was touched.
    os.replace(new, directory / _INCOMING)
    repair(directory)


def repair(directory: Path) -> None:
    """Finish a swap that was killed; do nothing where there was none.  Raises OSError."""
    incoming, outgoing = directory / _INCOMING, directory / _OUTGOING
    if incoming.is_dir():
        outgoing.mkdir(exist_ok=True)
        if (incoming / MANIFEST).exists():
            # While tables of two datasets lie side by side, no manifest vouches for them.
            _move(directory / MANIFEST, outgoing / MANIFEST)
        names = sorted(path.name for path in incoming.iterdir())
        for name in sorted(names, key=lambda name: name == MANIFEST):
            _move(directory / name, outgoing / name)
            os.replace(incoming / name, directory / name)
        incoming.rmdir()
    if outgoing.is_dir():
        shutil.rmtree(outgoing)


def _move(old: Path, new: Path) -> None:
    if not old.exists():
        return
    if new.is_dir():
        shutil.rmtree(new)
    os.replace(old, new)
