"""Scoring on the machines of a Ray cluster, with the outcomes of the pool.

    files -> read (tasks) -> blocks of documents -> score (actors) -> rows, back here in any order

Every row carries one item and, where it was scored, its verdict, and stands for itself.  Ray runs
again what a dead machine had: a row may come twice, and the driver keeps the first; every file ends
with a row that counts its items, so that the driver sees what is missing and has it read again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import platform
import socket
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy, DataContext, TaskPoolStrategy
from ray.exceptions import RayError

from nianbao.batch import worker
from nianbao.batch.engines import Pool, Scored
from nianbao.batch.journal import Found
from nianbao.batch.outcome import Item
from nianbao.batch.processes import Document
from nianbao.batch.score import Model, Verdict, Versions
from nianbao.batch.sources import Source, SourceOptions, iter_sources, read_source
from nianbao.exceptions import NianbaoError

#: Files that one task reads: small ones together, since a task costs some 10 ms.
_TASK_FILES: Final = 64
_TASK_BYTES: Final = 16 << 20
#: Documents that an actor is given at a time, in bytes: some 25 pages, 2 to 5 seconds of work.  What
#: waits for an actor, and what is lost with one, is a few of these.
_BLOCK: Final = 2 << 20
#: Of a core.  Both stages fit on a machine of one core, and, because they differ, Ray does not make
#: one stage of them, which would score a large archive with one actor.
_READ_SHARE: Final = 0.1
_SCORE_SHARE: Final = 0.9
#: Tasks that read at a time, for each core: reading takes a twentieth of the time of scoring, but may
#: wait for a network.
_READERS: Final = 0.5
#: Actors in a row that may die before they score, with their machine or because of it.
_STARTS: Final = 4
#: Seconds that a cluster has to answer a call.
_ANSWER: Final = 10.0
#: How often a file is read whose items did not all arrive.
_ATTEMPTS: Final = 3

_ROWS: Final = pa.schema(
    [
        ("file", pa.int64()),
        ("number", pa.int64()),  # of the item in its file; in the file's last row their count
        ("item", pa.binary()),  # pickled: a place may hold what UTF-8 cannot; null in the last row
        ("sha256", pa.string()),
        ("data", pa.binary()),
    ]
)


class ClusterError(NianbaoError):
    """The cluster cannot be reached, or does not finish what it was given."""

    code = "cluster_error"


@dataclass(frozen=True, slots=True)
class Cluster:
    """An actor per core of a Ray cluster, each with a process that is ended alone.

    `address` is as `ray.init` takes it; None takes the connection that there is, else the cluster
    that RAY_ADDRESS names, else starts one on this machine.  Every machine has this library, and
    reaches the inputs, and the model's folder, under the same path or URL.
    """

    address: str | None = None
    model: Model = field(default_factory=Model)
    bounds: worker.Bounds = field(default_factory=worker.Bounds)
    make: worker.Make = worker.make_scorer

    def versions(self) -> Versions:
        return self.model.versions()

    def steps(
        self, inputs: Sequence[str], sources: SourceOptions, known: Collection[str]
    ) -> Iterator[Found | Scored]:
        return cluster_steps(self, inputs, sources, known)


def cluster_steps(
    cluster: Cluster, inputs: Sequence[str], sources: SourceOptions, known: Collection[str]
) -> Iterator[Found | Scored]:
    """Read `inputs` and score what is in them on the machines of `cluster`; see `Engine.steps`.

    Digests that become `known` on the way may be scored again, which changes nothing.  Raises
    ClusterError where the cluster cannot be reached or fails.
    """
    versions = cluster.versions()
    found = iter_sources(inputs)
    with _connected(cluster.address):
        files = []
        for one in found:
            if isinstance(one, Item):
                yield Found(one, None)
            else:
                files.append(one)
        work = _Work(cluster, versions, sources, ray.put(_Digests.of(known)))
        for row in _arriving(files, work):
            if row.item is None:
                continue
            yield Found(row.item, row.sha256)
            if row.sha256 is not None and row.sha256 not in known and row.verdict is not None:
                yield Scored(row.sha256, row.verdict)


@contextmanager
def _connected(address: str | None) -> Iterator[None]:
    """Connect to a cluster, unless this process is connected, and leave it as it was."""
    if ray.is_initialized():
        yield
        return
    # Ray reports what is run to its makers unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        _look_for(address or os.environ.get("RAY_ADDRESS", ""))
        ray.init(address, log_to_driver=False, logging_level=logging.WARNING)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(f"无法连接集群 {address or ''}：{error}") from error
    # It tells at length of what it plans and does.
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()


def _look_for(address: str) -> None:
    """Raise OSError when nobody listens at `address`, which Ray tries for some ten minutes."""
    host, _, port = address.rpartition(":")
    if port.isdigit() and "://" not in address:
        socket.create_connection((host, int(port)), _ANSWER).close()


class _Row(NamedTuple):
    """What comes back: an item with its verdict, or, without an item, how many a file has."""

    file: int
    number: int
    item: Item | None
    sha256: str | None
    verdict: Verdict | None


@dataclass(slots=True)
class _Arrived:
    """Which items of a file have come: a byte each, their number, and how many there are."""

    met: bytearray = field(default_factory=bytearray)
    items: int = 0
    count: int | None = None


class _Arrivals:
    """Which items of which files have come."""

    def __init__(self, files: int) -> None:
        self._complete = bytearray(files)
        self._begun: dict[int, _Arrived] = {}

    def is_new(self, row: _Row) -> bool:
        """Note a row; say whether it is there for the first time."""
        if self._complete[row.file]:
            return False
        file = self._begun.setdefault(row.file, _Arrived())
        new = True
        if row.item is None:
            file.count = row.number
        else:
            file.met.extend(bytes(max(0, row.number + 1 - len(file.met))))
            new = not file.met[row.number]
            file.met[row.number] = 1
            file.items += new
        if file.items == file.count:
            self._complete[row.file] = 1
            del self._begun[row.file]
        return new

    def missing(self) -> list[int]:
        """Return the files of which not everything has come."""
        return [number for number, complete in enumerate(self._complete) if not complete]


def _arriving(files: list[Source], work: _Work) -> Iterator[_Row]:
    """Yield each row of `files` once; raises ClusterError when some do not come."""
    arrivals = _Arrivals(len(files))
    missing = list(range(len(files)))
    for _ in range(_ATTEMPTS):
        if missing:
            yield from filter(arrivals.is_new, _rows([(n, files[n]) for n in missing], work))
            missing = arrivals.missing()
    if missing:
        raise ClusterError(f"集群没有处理完全部文件，还缺 {len(missing)} 个")


class _Digests:
    """A set of SHA-256 digests that machines share without copies: 32 bytes each."""

    def __init__(self, ordered: np.ndarray[Any, np.dtype[np.bytes_]]) -> None:
        self._ordered = ordered

    @classmethod
    def of(cls, digests: Iterable[str]) -> _Digests:
        """Make a set of digests in hex."""
        ordered = np.fromiter((bytes.fromhex(digest) for digest in digests), "S32")
        ordered.sort()
        return cls(ordered)

    def __contains__(self, digest: str) -> bool:
        wanted = np.array(bytes.fromhex(digest), "S32")
        at = int(np.searchsorted(self._ordered, wanted))
        return at < len(self._ordered) and bool(self._ordered[at] == wanted[()])


@dataclass(frozen=True, slots=True)
class _Work:
    """What the machines need to know; `known` is a reference to digests that are not scored."""

    cluster: Cluster
    versions: Versions
    sources: SourceOptions
    known: Any


def _rows(files: list[tuple[int, Source]], work: _Work) -> Iterator[_Row]:
    """Yield what Ray makes of `files`."""
    tasks = [{"files": pickle.dumps(group)} for group in _groups(files)]
    context = DataContext.get_current().copy()
    context.target_max_block_size = _BLOCK
    context.max_consecutive_actor_init_deaths = _STARTS
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    readers = max(1, int(ray.cluster_resources().get("CPU", 1) * _READERS))
    read: Any = _read
    with DataContext.current(context):
        rows = (
            ray.data.from_items(tasks, override_num_blocks=len(tasks))
            .map_batches(
                read, batch_size=1, fn_kwargs={"work": work}, num_cpus=_READ_SHARE,
                compute=TaskPoolStrategy(readers),
            )
            .map_batches(
                _Scoring, batch_size=None, batch_format="pyarrow", num_cpus=_SCORE_SHARE,
                fn_constructor_args=(work,), compute=ActorPoolStrategy(min_size=1),
            )
        )  # fmt: skip
    tables: Any = rows.iter_batches(batch_size=None, batch_format="pyarrow")
    try:
        for table in tables:
            for row in table.to_pylist():
                item, verdict = _unpickled(row["item"]), _unpickled(row["verdict"])
                yield _Row(row["file"], row["number"], item, row["sha256"], verdict)
    except RayError as error:
        # The message is a trace of the other machine, whose last line says what was wrong.
        raise ClusterError(f"集群出错：{str(error).strip().splitlines()[-1]}") from error


def _unpickled(data: bytes | None) -> Any:
    return None if data is None else pickle.loads(data)  # noqa: S301 - of our own actors


def _groups(files: list[tuple[int, Source]]) -> Iterator[list[tuple[int, Source]]]:
    """Yield the files that one task reads."""
    group: list[tuple[int, Source]] = []
    size = 0
    for file in files:
        group.append(file)
        length = file[1].size
        size += _TASK_BYTES if length is None else length
        if size >= _TASK_BYTES or len(group) >= _TASK_FILES:
            yield group
            group, size = [], 0
    if group:
        yield group


# What runs on the machines of the cluster


def _read(batch: dict[str, Any], work: _Work) -> Iterator[pa.Table]:
    """Read the files of a task: a table whenever a block is full."""
    known = ray.get(work.known)
    rows: list[dict[str, Any]] = []
    size = 0
    for group in batch["files"]:
        for file, source in pickle.loads(group):  # noqa: S301 - of our own driver
            for row in _rows_of(file, read_source(source, work.sources), known):
                rows.append(row)
                size += len(row["data"] or b"") + len(row["item"] or b"")
                if size >= _BLOCK:
                    yield pa.Table.from_pylist(rows, _ROWS)
                    rows, size = [], 0
    yield pa.Table.from_pylist(rows, _ROWS)


def _rows_of(file: int, items: Iterator[Item], known: _Digests) -> Iterator[dict[str, Any]]:
    count = 0
    for item in items:
        data = item.data
        sha256 = None if data is None else hashlib.sha256(data).hexdigest()
        yield {
            "file": file,
            "number": count,
            "item": pickle.dumps(replace(item, data=None)),
            "sha256": sha256,
            "data": None if sha256 is None or sha256 in known else data,
        }
        count += 1
    yield {"file": file, "number": count, "item": None, "sha256": None, "data": None}


class _Scoring:
    """An actor: scores blocks in one process beside it, which a document may take down with it."""

    def __init__(self, work: _Work) -> None:
        cluster, versions = work.cluster, work.cluster.versions()
        if versions != work.versions:
            raise ClusterError(f"节点 {platform.node()} 上是 {versions}，应为 {work.versions}")
        # Ray ends an actor with the processes that it has: nothing is there to close it.
        pool = Pool(cluster.model, 1, cluster.bounds, cluster.make)
        self._scoring = pool.open().__enter__()

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Put verdicts in the place of data; bytes that are there twice are scored once."""
        keys, data = rows["sha256"].to_pylist(), rows["data"].to_pylist()
        documents = {key: one for key, one in zip(keys, data, strict=True) if one is not None}
        verdicts = {key: pickle.dumps(verdict) for key, verdict in self._score(documents)}
        column = pa.array([verdicts.get(key) for key in keys], pa.binary())
        return rows.drop_columns(["data"]).append_column("verdict", column)

    def _score(self, documents: dict[str, bytes]) -> Iterator[Scored]:
        for key, data in documents.items():
            yield from self._scoring.submit(Document(key, data))
        yield from self._scoring.drain()
