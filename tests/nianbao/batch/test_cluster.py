"""The cluster: the outcomes of the pool, whatever becomes of its machines."""

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

from hypothesis import given
from hypothesis import strategies as st
from ray.cluster_utils import Cluster as Machines

from nianbao.batch import cluster
from nianbao.batch.cluster import Cluster, ClusterError
from nianbao.batch.engines import Engine, Pool, Scored
from nianbao.batch.journal import Found, Journal
from nianbao.batch.outcome import Item, Outcome, Place
from nianbao.batch.run import Options, Progress, fill, run
from nianbao.batch.score import Model, Versions
from nianbao.batch.sources import SourceOptions, iter_sources, read_source
from nianbao.batch.worker import Bounds
from nianbao.exceptions import BundleError, InputNotFound
from tests.nianbao.batch import hostile

# Ray sets options of its own that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context")

ROOT = Path(__file__).resolve().parents[3]
RULES = Model(rules_only=True)
#: Bytes of the objects that a machine holds: the least that Ray allows.
STORE = 80 << 20


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """Two machines of one core; the driver is on the first."""
    # pytest's folders have longer paths than sockets may have.
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_AUTH_TOKEN", f"{Random().getrandbits(256):064x}")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(ROOT))
        head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
        made = Machines(initialize_head=True, head_node_args=head, shutdown_at_exit=False)
        try:
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
    pool = outcomes(Pool(RULES, 2), inputs, tmp_path / "pool")
    engine = Cluster(model=RULES)
    assert outcomes(engine, inputs, tmp_path / "cluster") == pool
    assert {one.status for one in pool} == {"parsed", "not_report", "failed", "skipped"}
    with Journal(tmp_path / "cluster") as journal:
        again = fill(journal, inputs, Options(engine))
        assert (again.met, again.scored) == (len(pool), 0)
        assert list(journal.outcomes(engine.versions())) == pool
    stored_nowhere = run(inputs, Options(engine))
    assert sorted(stored_nowhere, key=lambda one: one.place) == pool


def test_a_document_that_hangs_dies_or_eats_memory_is_ended_alone(
    machines: Machines, tmp_path: Path
) -> None:
    words = ["report", "hang", "report 2", "die", "report 3", "eat", "fail", "news", "report 4"]
    for word in words:
        (tmp_path / word).write_text(word)
    engine = Cluster(None, RULES, Bounds(seconds=2.0, megabytes=256), hostile.make_guarded)
    found = run([str(tmp_path)], Options(engine))
    assert {Path(one.place.source).name: one.reason or one.status for one in found} == {
        "report": "parsed", "report 2": "parsed", "report 3": "parsed", "report 4": "parsed",
        "hang": "timeout", "die": "crashed", "eat": "out_of_memory",
        "fail": "unreadable_input", "news": "not_a_report",
    }  # fmt: skip


def archives(folder: Path) -> list[str]:
    """Write six archives of twenty documents that take a while each; 200 kB each, so that a block has ten."""
    random = Random(1)
    paths = []
    for number in range(6):
        paths.append(folder / f"{number}.zip")
        with zipfile.ZipFile(paths[-1], "w") as file:
            for i in range(20):
                file.writestr(f"{i}.bin", b"nap " + random.randbytes(200_000))
    return [str(path) for path in paths]


def test_a_machine_that_dies_loses_and_doubles_nothing(machines: Machines, tmp_path: Path) -> None:
    inputs = archives(tmp_path)
    pool = outcomes(Pool(RULES, 2, make=hostile.make), inputs, tmp_path / "pool")
    (victim,) = machines.worker_nodes
    killed_at = []

    def kill(progress: Progress, _: Found | Scored) -> None:
        both_score = ray.available_resources().get("CPU", 0) < 0.5
        if not killed_at and progress.scored >= 10 and both_score:
            machines.remove_node(victim, allow_graceful=False)
            machines.add_node(num_cpus=1, object_store_memory=STORE)
            killed_at.append(progress.scored)

    engine = Cluster(model=RULES, make=hostile.make)
    with Journal(tmp_path / "cluster") as journal:
        progress = fill(journal, inputs, Options(engine), kill)
        assert list(journal.outcomes(engine.versions())) == pool
    assert killed_at and killed_at[0] < progress.scored
    assert progress.met == len(pool) == 120 and progress.scored == 120
