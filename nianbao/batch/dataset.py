"""From outcomes to the dataset on disk: one pass over them, links, files, and the swap into place.

What is written depends on the outcomes alone: equal outcomes give equal bytes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nianbao.batch.codebook import write_codebook
from nianbao.batch.extract import Identify, extracts
from nianbao.batch.files import Spool, part_path, row_groups, write_parquet
from nianbao.batch.linked import Linked
from nianbao.batch.links import Head, link
from nianbao.batch.manifest import MANIFEST, Made, write_manifest
from nianbao.batch.outcome import Outcome, Status
from nianbao.batch.pieces import Year, pack
from nianbao.batch.rows import Rows, clean
from nianbao.batch.tables import DOCUMENTS, REPORTS, TABLES, Table

#: What is given out at once: reports, and bytes of their packed records, of some 11 kB each.
_CHUNK: Final = 64
_CHUNK_BYTES: Final = 4 * 1024 * 1024
#: Documents whose rows are packed at once.
_DOCUMENTS: Final = 4096

_INCOMING, _OUTGOING = ".incoming", ".outgoing"


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """What was written: documents by status, distinct reports and those chosen, rows by table, and
    the years, in order, None for the unknown one."""

    documents: dict[Status, int]
    reports: int
    chosen: int
    rows: dict[str, int]
    years: tuple[Year, ...]


def write_dataset(
    outcomes: Iterable[Outcome],
    directory: Path,
    *,
    identify: Identify,
    inputs: Sequence[str] = (),
    processes: int = 1,
) -> DatasetSummary:
    """Write tables, codebooks and manifest into `directory`, which must be empty or not exist.

    `outcomes` come in order of place and are gone through once; `inputs` are those that the user
    named.  With more than one of `processes`, records of a large dataset are read by so many, of which
    this is one (`identify` must then be a function of a module), and as many files are written at once.

    Raises ValueError for outcomes that are out of order, msgspec.DecodeError for a record that is
    none, FileExistsError for a folder that is not empty, and OSError where the disk does not do.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    with (
        tempfile.TemporaryDirectory(prefix=".spool-", dir=directory) as folder,
        Spool(Path(folder) / "rows") as spool,
    ):
        gathered = _Gathered(spool)
        heads = list(gathered.heads(outcomes, identify, processes))
        links = link(heads)
        rows = _write_tables(directory, spool, Linked(links), processes)
        years = tuple(spool.years(REPORTS))
    write_codebook(directory)
    versions = (gathered.libraries, gathered.models, gathered.schemas)
    write_manifest(directory, Made(tuple(inputs), *(tuple(sorted(v)) for v in versions)), rows)
    return DatasetSummary(
        documents=dict(gathered.documents),
        reports=len(links),
        chosen=sum(found.chosen for found in links.values()),
        rows={table.name: _rows_of(table, rows) for table in TABLES},
        years=years,
    )


def _rows_of(table: Table, rows: dict[str, int]) -> int:
    return sum(count for path, count in rows.items() if path.startswith(f"{table.name}/"))


class _Gathered:
    """What is learnt of outcomes while their rows go into the spool."""

    def __init__(self, spool: Spool) -> None:
        self.documents = Counter[Status]()
        self.libraries: set[str] = set()
        self.models: set[str] = set()
        self.schemas: set[str] = set()
        self._spool = spool

    def heads(
        self, outcomes: Iterable[Outcome], identify: Identify, processes: int
    ) -> Iterator[Head]:
        """Yield the head of each distinct report, in order of its first place: some 1.5 kB each,
        small enough to hold for 100,000 reports."""
        chunks = _chunks(self._first_ones(outcomes))
        for made in extracts(chunks, identify, processes):
            self.schemas |= made.schemas
            for piece in made.pieces:
                self._spool.append(piece)
            yield from made.heads

    def _first_ones(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """Write the rows of documents; yield the first outcome of each distinct report."""
        rows = Rows((DOCUMENTS,))
        first: dict[str, str | None] = {}
        reports: set[str] = set()
        last: Outcome | None = None
        for number, outcome in enumerate(outcomes, 1):
            if last is not None and not last.place < outcome.place:
                raise ValueError(f"outcomes are out of order: {last.place}, then {outcome.place}")
            last, sha256 = outcome, outcome.sha256
            self.documents[outcome.status] += 1
            self.libraries.add(outcome.library_version)
            self.models.add(outcome.model_version)
            rows.add_document(outcome, first.get(sha256) if sha256 else None)
            if number % _DOCUMENTS == 0:
                self._append(rows)
            if sha256:
                first.setdefault(sha256, clean(str(outcome.place)))
                if outcome.status == "parsed" and sha256 not in reports:
                    reports.add(sha256)
                    yield outcome
        self._append(rows)

    def _append(self, documents: Rows) -> None:
        for name, batch in documents.take().items():
            self._spool.append(pack(name, None, batch))


def _chunks(outcomes: Iterator[Outcome]) -> Iterator[list[Outcome]]:
    chunk: list[Outcome] = []
    size = 0
    for outcome in outcomes:
        chunk.append(outcome)
        size += len(outcome.packed or b"")
        if len(chunk) >= _CHUNK or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _write_tables(directory: Path, spool: Spool, linked: Linked, threads: int) -> dict[str, int]:
    """Write the files of all tables and return their rows; a table without rows is one empty file,
    so that its columns are there to be read."""

    def write(part: tuple[Table, Year]) -> int:
        table, year = part
        kept = linked.keep(table, spool.batches(table, year))
        groups = (linked.finish(table, group) for group in row_groups(kept, table))
        return write_parquet(directory / part_path(table, year), table, groups)

    parts = [(table, year) for table in TABLES for year in spool.years(table) or [None]]
    with ThreadPoolExecutor(threads) as pool:
        counts = list(pool.map(write, parts))
    return {part_path(*part): count for part, count in zip(parts, counts, strict=True)}


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
