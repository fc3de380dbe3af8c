"""A job whose consumer and whose server are killed in the middle of it: nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nianbao.batch.engines import Serial
from nianbao.batch.run import Options, run
from nianbao.batch.score import Model
from serving.jobs.results import line
from tests.serving.archives import has_ended, packed, pages, submit, wait
from tests.serving.served import served
from tests.serving.test_bento import free_port

#: Two seconds of a quiet core, four looks at how far it is.
COUNT = 100


def test_a_job_survives_its_consumer_and_its_server(tmp_path: Path) -> None:
    archive = packed(pages(COUNT))
    port = free_port()
    settings = {
        "rules_only": True, "processes": 1, "jobs_folder": tmp_path / "jobs", "jobs_processes": 1,
    }  # fmt: skip
    with served(port, **settings) as first:
        job = submit(first.client, archive)
        wait(first.client, job, lambda found: found["progress"]["parsed"] > 2)
        consumer = first.consumer()
        consumer.kill()
        consumer.wait(60)
        killed = first.client.get(job).json()
        assert killed["state"] == "running" and killed["progress"]["parsed"] < COUNT
        assert first.consumer().pid != consumer.pid
        wait(first.client, job, lambda found: _is_beyond(found, killed))
        first.kill()
    with served(port, **settings) as second:
        before = second.client.get(job).json()
        assert before["state"] == "running" and before["progress"]["parsed"] < COUNT
        found = wait(second.client, job, has_ended)
        assert found["state"] == "succeeded" and found["progress"]["parsed"] == COUNT
        lines = second.client.get(f"{job}/results").content.splitlines(keepends=True)
    (tmp_path / "p.zip").write_bytes(archive)
    options = Options(Serial(Model(rules_only=True)))
    undisturbed = sorted(run([str(tmp_path / "p.zip")], options), key=lambda one: one.place)
    before_name = f"{tmp_path}/".encode()
    assert lines == [line(one).replace(before_name, b"") for one in undisturbed]


def _is_beyond(found: dict[str, Any], killed: dict[str, Any]) -> bool:
    progress, before = found["progress"], killed["progress"]
    return progress["updated"] > before["updated"] and progress["parsed"] > before["parsed"]
