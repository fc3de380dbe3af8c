"""The consumer's work on one job, with other processes in the place of the one that builds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from serving.jobs.records import Counts, Status, now
from serving.jobs.runner import Runner
from serving.jobs.store import CANCELLED, COUNTS, DELETED, INPUT, Lease, Store, write
from serving.settings import load
from tests.serving.archives import add


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(load(jobs_folder=tmp_path, jobs_disk_megabytes=1), Store(tmp_path))


def runs(monkeypatch: pytest.MonkeyPatch, program: str) -> list[str]:
    """Let `program`, with the folder of the job, be what builds; return the jobs that it was given."""
    started = []

    def start(_runner: Runner, lease: Lease) -> subprocess.Popen[bytes]:
        started.append(lease.folder.name)
        command = [sys.executable, "-S", "-c", program, str(lease.folder)]
        return subprocess.Popen(command, start_new_session=True)

    monkeypatch.setattr(Runner, "_start", start)
    return started


def status(runner: Runner, number: str) -> Status:
    view = runner.store.find(number)
    assert view is not None
    return view.status


def test_a_job_whose_process_crashes_is_tried_again_and_then_fails(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = add(runner.store)
    started = runs(monkeypatch, "import os; os._exit(9)")
    runner.work(job.id)
    found = status(runner, job.id)
    assert (found.state, found.problem, len(started)) == ("failed", "job_crashed", 3)
    assert found.started and found.ended and not (runner.store.folder(job.id) / INPUT).exists()
    runner.work(job.id)  # the queue may bring it twice
    assert len(started) == 3


def test_a_job_that_says_why_fails_at_once(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    job = add(runner.store)
    fault = '{"code": "storage_full", "error": "OSError", "at": "write:1"}'
    started = runs(
        monkeypatch,
        f"import sys; open(sys.argv[1] + '/fault.json', 'w').write('{fault}'); sys.exit(1)",
    )
    runner.work(job.id)
    assert (status(runner, job.id).problem, len(started)) == ("storage_full", 1)


def test_a_job_that_fills_the_disk_is_ended(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.jobs.runner._DISK_SECONDS", 0.0)
    job = add(runner.store)
    runs(
        monkeypatch,
        "import sys, time; open(sys.argv[1] + '/big', 'wb').write(bytes(2 << 20)); time.sleep(60)",
    )
    runner.work(job.id)
    assert status(runner, job.id).problem == "storage_full"


@pytest.mark.parametrize("marker", [CANCELLED, DELETED])
def test_a_job_that_is_not_wanted_any_more_is_ended(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, marker: str
) -> None:
    job = add(runner.store)
    runs(monkeypatch, f"import sys, time; open(sys.argv[1] + '/{marker}', 'w'); time.sleep(60)")
    runner.work(job.id)
    if marker == DELETED:
        assert not runner.store.folder(job.id).exists()
    else:
        assert status(runner, job.id).state == "cancelled"


def test_what_nobody_works_on_is_queued_again_and_nothing_else(runner: Runner) -> None:
    queued, killed, busy, done = (add(runner.store, letter * 32) for letter in "abcd")
    for job, state in ((killed, "running"), (busy, "running"), (done, "succeeded")):
        folder = runner.store.folder(job.id)
        write(
            folder / "state.json",
            Status(state, started=now(), ended=now() if job is done else None),
        )
        write(folder / COUNTS, Counts())
    lease = runner.store.lease(busy.id)
    assert lease is not None
    with lease:
        runner.tend()
    assert runner.queue.waiting() == {queued.id, killed.id}
