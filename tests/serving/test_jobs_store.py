"""The folder of jobs: leases, what is killed in between, what is removed; and names of uploads."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as Unreachable

from nianbao.batch.engines import Scored
from nianbao.batch.journal import Found
from nianbao.batch.outcome import Item, Outcome, Place, Problem, pack_record
from nianbao.batch.outcome import Origin as From
from nianbao.batch.run import Progress
from nianbao.batch.score import Verdict, Versions
from serving.jobs.build import Tally
from serving.jobs.queue import Queue
from serving.jobs.records import Counts, Status, now
from serving.jobs.results import line, records
from serving.jobs.store import CANCELLED, DELETED, INPUT, RESULTS, Store, read, write
from serving.jobs.uploads import plain_name
from serving.settings import load
from tests.serving.archives import add


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_a_lease_is_one_processes_and_ends_with_it(store: Store) -> None:
    job = add(store)
    program = (
        "import sys; from pathlib import Path; from serving.jobs.store import Store;"
        "lease = Store(Path(sys.argv[1])).lease(sys.argv[2]);"
        "print(lease is not None, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(store.root), job.id]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"True\n"
        assert store.lease(job.id) is None
        other.kill()
    lease = store.lease(job.id, patience=5)
    assert lease is not None
    with lease:
        assert store.lease(job.id) is None
    assert store.lease("b" * 32, patience=60) is None


def test_what_a_client_wants_counts_at_once_and_is_done_by_who_has_the_lease(store: Store) -> None:
    job = add(store)
    lease = store.lease(job.id)
    assert lease is not None
    with lease:
        lease.write(Status("running", started=now()))
        store.stop(job.id, CANCELLED)
        assert lease.is_stopped and (store.folder(job.id) / INPUT).exists()
        view = store.find(job.id)
        assert view is not None and view.status.state == "cancelled" and view.status.ended
        store.settle(lease)
        assert not (store.folder(job.id) / INPUT).exists()
        store.stop(job.id, DELETED)
        assert store.find(job.id) is None and store.folder(job.id).exists()
        with store.arrive() as arrived:
            assert store.publish(arrived, job) is None  # it is there until the lease ends
            store.discard(arrived)
        store.settle(lease)
    assert not store.folder(job.id).exists()
    assert add(store, data=b"y").bytes == 1


def test_what_was_there_first_stays(store: Store) -> None:
    first, again, other = add(store), add(store), add(store, data=b"yy")
    assert first == again == other and first.asks_for(again)
    assert [view.job for view in store.views()] == [first]


def test_what_was_killed_is_tidied_and_what_is_old_removed(store: Store) -> None:
    done, old, running, gone = (add(store, letter * 32) for letter in "abcd")
    for job, ended in ((done, now()), (old, "2020-01-01T00:00:00.000+00:00")):
        write(store.folder(job.id) / "state.json", Status("succeeded", ended=ended))
        (store.folder(job.id) / RESULTS).mkdir()
    write(store.folder(running.id) / "state.json", Status("running", started=now()))
    (store.folder(gone.id) / DELETED).touch()
    killed = store.arrive()
    os.utime(killed.folder, (0, 0))
    store.tend(hours=1)
    assert killed.folder.exists()  # it arrives still
    with killed:
        pass
    store.tend(hours=1)
    assert not killed.folder.exists()
    assert [view.job.id[0] for view in store.views()] == ["c", "a"]
    assert sorted(p.name for p in store.folder(done.id).iterdir() if p.is_dir()) == [RESULTS]
    assert (store.folder(running.id) / INPUT / "a.zip").exists()
    assert list((store.root / "trash").iterdir()) == []
    assert not store.is_empty and store.states() == {"succeeded": 1, "running": 1}


def test_the_queue_carries_numbers_and_nothing_that_runs(tmp_path: Path) -> None:
    settings = load(jobs_folder=tmp_path)
    queue = Queue(settings)
    queue.put("a" * 32)
    assert Queue(settings).waiting() == {"a" * 32}
    with sqlite3.connect(tmp_path / "queue.sqlite") as database:
        (data,) = database.execute("SELECT data FROM task").fetchone()
    database.close()
    assert json.loads(data)[6] == ["a" * 32]


def test_redis_is_not_asked_before_there_is_a_job(tmp_path: Path) -> None:
    queue = Queue(load(jobs_folder=tmp_path / "jobs", jobs_redis="redis://127.0.0.1:1/0"))
    with pytest.raises(Unreachable):
        queue.put("a" * 32)
    assert not (tmp_path / "jobs").exists()


def test_progress_counts_what_an_earlier_run_found_and_what_lies_twice(tmp_path: Path) -> None:
    def found(name: str, key: str | None = None, problem: Problem | None = None) -> Found:
        return Found(Item(Place(name), None, 1, problem=problem), key)

    tally = Tally(tmp_path / "progress.json", {"known": "parsed"})
    verdict = Verdict("not_report", "", "", None, Versions("1", "1"))
    steps = [
        found("a", "known"), found("b", "new"), found("c", "new"), found("d", "last"),
        found("e", None, Problem("skipped", "image", "")), Scored("new", verdict), found("f", "new"),
    ]  # fmt: skip
    for met, step in enumerate(steps, 1):
        tally(Progress(met=met), step)
    tally.show(Progress(met=6, read=9))
    shown = read(tmp_path / "progress.json", Counts)
    assert shown is not None
    assert msgspec.structs.replace(shown, updated=None) == Counts(6, 1, 3, 0, 1, 9)


@pytest.mark.parametrize("record", [b'{"a": ", \\"record\\": null"}', None])
def test_a_line_holds_the_record_as_it_is(record: bytes | None) -> None:
    place = Place('a", "record": null}.zip', "b.html", 3)
    packed = None if record is None else pack_record(record)
    one = Outcome(place, From(url="http://x"), 5, "00", "parsed", "", "", packed, "1", "1")
    written = line(one)
    assert json.loads(written)["source"] == place.source and written.endswith(b"}\n")
    assert list(records([written])) == ([] if record is None else [record])


@given(st.text(max_size=300))
def test_a_name_is_one_file_in_a_folder(given_name: str) -> None:
    name = plain_name(given_name)
    assert name not in ("", ".", "..") and "/" not in name and "\0" not in name
    assert len(name.encode()) <= 200 and Path("x", name).name == name
    assert plain_name(name) == name


def test_a_long_name_keeps_its_endings() -> None:
    assert plain_name("年" * 200 + ".warc.gz").endswith("年.warc.gz")
    assert plain_name("a/b\\c\n.zip") == "a_b_c_.zip"
