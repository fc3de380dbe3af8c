"""A job whose consumer and whose server are killed in the middle of it: nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.serving.archives import has_ended, packed, pages, submit, wait
from tests.serving.kill_jobs import undisturbed
from tests.serving.served import free_port, served

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
    assert lines == undisturbed(archive, tmp_path)


def _is_beyond(found: dict[str, Any], killed: dict[str, Any]) -> bool:
    progress, before = found["progress"], killed["progress"]
    return progress["updated"] > before["updated"] and progress["parsed"] > before["parsed"]
