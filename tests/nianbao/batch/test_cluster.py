"""The cluster: the outcomes of the pool, whatever becomes of its machines."""
# ruff: noqa: E402 - what is tested needs ray, which may not be installed

from __future__ import annotations

import json
import pickle
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

ray = pytest.importorskip("ray")

from hypothesis import given, settings
from hypothesis import strategies as st
from ray.cluster_utils import Cluster as Machines

from nianbao.batch import cluster
from nianbao.batch.cluster import Cluster, ClusterError
from nianbao.batch.engines import Engine, Pool, Scored
from nianbao.batch.journal import Found, Journal
from nianbao.batch.outcome import Outcome
from nianbao.batch.run import Options, Progress, fill, run
from nianbao.batch.score import Model, Versions
from nianbao.batch.sources import Source, iter_sources, read_source
from nianbao.batch.worker import Bounds
from nianbao.exceptions import BundleError, InputNotFound
from tests.nianbao.batch import hostile
from tests.nianbao.batch.examples import ROOT, example

# Ray sets options of its own that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context")

RULES = Model(rules_only=True)

# Without machines


def test_what_cannot_run_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound):
        list(run([str(tmp_path / "none")], Options(Cluster(model=RULES))))
    with pytest.raises(BundleError):
        list(run([str(tmp_path)], Options(Cluster(model=Model(folder=tmp_path)))))
    assert not ray.is_initialized()


def test_a_cluster_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"127\.0\.0\.1:1"):
        list(run([str(tmp_path)], Options(Cluster("127.0.0.1:1", RULES))))


@settings(deadline=None)
@given(st.sets(st.binary(min_size=32, max_size=32)), st.binary(min_size=32, max_size=32))
def test_digests_are_a_set(digests: set[bytes], other: bytes) -> None:
    # NumPy does not see zeros at an end.
    digests.add(bytes(32))
    digests.add(b"\1" + bytes(31))
    known = pickle.loads(pickle.dumps(cluster._Digests.of(one.hex() for one in digests)))
    assert all(one.hex() in known for one in digests)
    assert (other.hex() in known) == (other in digests)
    assert "00" * 32 not in cluster._Digests.of([])


def test_small_files_are_read_together_and_large_ones_alone() -> None:
    sizes = [1, 2, 3, 20 << 20, 1, None, 1, *([0] * 100)]
    files = [(n, Source(str(n), size, lambda: None)) for n, size in enumerate(sizes)]
    groups = [[number for number, _ in group] for group in cluster._groups(files)]
    assert groups[:3] == [[0, 1, 2, 3], [4, 5], list(range(6, 70))]
    assert [number for group in groups for number in group] == list(range(len(sizes)))


def test_a_file_opens_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/a").write_bytes(b"abc")
    (tmp_path / "b").write_bytes(b"abc")
    monkeypatch.chdir(tmp_path)
    remote = f"local://{tmp_path}/b"
    sent = pickle.dumps(list(iter_sources(["pages", "./b", remote])))
    monkeypatch.chdir("/")
    found = pickle.loads(sent)
    assert [one.name for one in found] == ["pages/a", "./b", remote]
    for one in found:
        with one.open() as stream:
            assert stream.read() == b"abc"


def found_in(folder: Path, count: int) -> list[Source]:
    """Write and find `count` files."""
    for number in range(count):
        (folder / str(number)).write_text(f"report {number}")
    return [one for one in iter_sources([str(folder)]) if isinstance(one, Source)]


def read_here(files: list[tuple[int, Source]], _: object) -> Iterator[cluster._Row]:
    """What the machines would read, without verdicts."""
    for file, source in files:
        for row in cluster._rows_of(file, read_source(source), cluster._Digests.of([])):
            item = None if row["item"] is None else pickle.loads(row["item"])
            yield cluster._Row(file, row["number"], item, row["sha256"], None)


def test_what_is_lost_is_read_again_and_what_is_doubled_comes_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def lossy(files: list[tuple[int, Source]], work: object) -> Iterator[cluster._Row]:
        asked.append([number for number, _ in files])
        rows = list(read_here(files, work)) * 2
        Random(len(asked)).shuffle(rows)
        # Of file 0 the item is lost, of file 3 the count.
        yield from (
            row for row in rows if len(asked) > 1 or (row.file, row.number) not in ((0, 0), (3, 1))
        )

    monkeypatch.setattr(cluster, "_rows", lossy)
    files = found_in(tmp_path, 9)
    rows: Any = cluster._arriving(files, None)  # type: ignore[arg-type]
    arrived = [row.item.place.source for row in rows if row.item is not None]
    assert sorted(arrived) == [file.name for file in files]
    assert asked == [list(range(9)), [0, 3]]


def test_what_never_comes_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(files: list[tuple[int, Source]], work: object) -> Iterator[cluster._Row]:
        return (row for row in read_here(files, work) if row.file != 1)

    monkeypatch.setattr(cluster, "_rows", lossy)
    with pytest.raises(ClusterError, match="还缺 1 个"):
        list(cluster._arriving(found_in(tmp_path, 3), None))  # type: ignore[arg-type]


# On machines

#: Bytes of the objects that a machine holds: the least that Ray allows.
STORE = 80 << 20


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """Two machines of one core, and one of none that the driver is on."""
    # pytest's folders have longer paths than sockets may have.
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_AUTH_TOKEN", f"{Random().getrandbits(256):064x}")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(ROOT))
        head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
        made = Machines(initialize_head=True, head_node_args=head, shutdown_at_exit=False)
        try:
            for _ in range(2):
                made.add_node(num_cpus=1, object_store_memory=STORE)
            ray.init(made.address, log_to_driver=False)
            yield made
        finally:
            ray.shutdown()
            made.shutdown()


def outcomes(engine: Engine, inputs: list[str], path: Path) -> list[Outcome]:
    with Journal(path) as journal:
        fill(journal, inputs, Options(engine))
        return list(journal.outcomes(engine.versions()))


@pytest.fixture
def inputs(made_pages: dict[str, bytes], tmp_path: Path) -> list[str]:
    """A folder, an archive, a broken archive and JSON lines, with pages that are in several."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, data in made_pages.items():
        (folder / name).write_bytes(data)
    (folder / ".hidden").write_bytes(b"x")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with zipfile.ZipFile(folder / "pages.zip", "w") as file:
        for name, data in made_pages.items():
            file.writestr(f"{name}/{name}", data)
    whole = (folder / "pages.zip").read_bytes()
    (tmp_path / "broken.zip").write_bytes(whole[: len(whole) // 2])
    rows = [{"url": f"http://x/{i}", "html": f"<p>政府信息公开{i % 2}</p>"} for i in range(5)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\nnone\n")
    return [str(folder), str(tmp_path / "broken.zip"), str(tmp_path / "*.jsonl")]


def test_a_cluster_gives_the_outcomes_of_the_pool(
    machines: Machines, inputs: list[str], tmp_path: Path
) -> None:
    pool = outcomes(Pool(RULES, 1), inputs, tmp_path / "pool")
    engine = Cluster(model=RULES)
    assert outcomes(engine, inputs, tmp_path / "cluster") == pool
    assert {one.status for one in pool} == {"parsed", "not_report", "failed", "skipped"}
    with Journal(tmp_path / "cluster") as journal:
        again = fill(journal, inputs, Options(engine))
        assert (again.met, again.scored) == (len(pool), 0)
        assert list(journal.outcomes(engine.versions())) == pool


def test_a_document_that_hangs_dies_or_eats_memory_is_ended_alone(
    machines: Machines, tmp_path: Path
) -> None:
    words = ["report", "hang", "report 2", "die", "report 3", "eat", "fail", "news", "report 4"]
    for word in words:
        (tmp_path / word).write_text(word)
    (tmp_path / "copy").write_text("report")
    (tmp_path / "copy of hang").write_text("hang")
    engine = Cluster(None, RULES, Bounds(seconds=2.0, megabytes=256), hostile.make_guarded)
    found = run([str(tmp_path)], Options(engine))
    assert {Path(one.place.source).name: one.reason or one.status for one in found} == {
        "report": "parsed", "report 2": "parsed", "report 3": "parsed", "report 4": "parsed",
        "hang": "timeout", "die": "crashed", "eat": "out_of_memory",
        "fail": "unreadable_input", "news": "not_a_report",
        "copy": "parsed", "copy of hang": "timeout",
    }  # fmt: skip


def test_machines_with_another_version_are_refused(
    machines: Machines, inputs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cluster, "versions", lambda _: Versions("0.0", "other"))
    monkeypatch.setattr(cluster, "_STARTS", 0)
    with pytest.raises(ClusterError, match=r"应为.*0\.0"):
        list(run(inputs, Options(Cluster(model=RULES))))


@pytest.mark.parametrize("title", ["Ray Data", "A Ray cluster under `nianbao batch`"])
def test_examples_run(
    machines: Machines, title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples/report.html").write_bytes((ROOT / "examples/report.html").read_bytes())
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {"__name__": "__main__", "print": lambda frame: printed.append(frame)}
    printed: list[Any] = []
    exec(compile(example(title), title, "exec"), found)
    if printed:
        assert printed[0]["agency"].dropna().tolist() == ["和林市"]
    else:
        assert (tmp_path / "dataset/reports/year=2022/part-0.parquet").exists()


def archives(folder: Path) -> list[str]:
    """Write four archives of twenty documents that take 0.1 s each; ten of them fill a block."""
    random = Random(1)
    paths = [folder / f"{number}.zip" for number in range(4)]
    for path in paths:
        with zipfile.ZipFile(path, "w") as file:
            for number in range(20):
                file.writestr(f"{number}.bin", b"nap " + random.randbytes(200_000))
    return [str(path) for path in paths]


def test_machines_that_die_lose_and_double_nothing(machines: Machines, tmp_path: Path) -> None:
    """The last test here: of the machines that scored when it began none is left."""
    inputs = archives(tmp_path)
    pool = outcomes(Pool(RULES, 2, make=hostile.make), inputs, tmp_path / "pool")
    victims = sorted(machines.worker_nodes, key=id)
    killed_at = []

    def kill(progress: Progress, _: Found | Scored) -> None:
        if victims and progress.scored >= (10 if len(victims) == 2 else 30):
            machines.remove_node(victims.pop(), allow_graceful=False)
            killed_at.append(progress.scored)
            if victims:
                machines.add_node(num_cpus=1, object_store_memory=STORE)

    engine = Cluster(model=RULES, make=hostile.make)
    with Journal(tmp_path / "cluster") as journal:
        progress = fill(journal, inputs, Options(engine), kill)
        assert list(journal.outcomes(engine.versions())) == pool
    assert len(killed_at) == 2 and killed_at[1] < len(pool)
    assert progress.met == progress.scored == len(pool) == 80
