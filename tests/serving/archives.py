"""Archives of made pages, and what is asked of a job about them."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import httpx

from serving.jobs.records import Fields, File, Job, now
from serving.jobs.store import INPUT, Store
from training.example import example

ZIP = {"Content-Type": "application/zip", "Content-Disposition": 'attachment; filename="p.zip"'}


def pages(count: int) -> dict[str, bytes]:
    """Return reports that differ in a comment, by their names."""
    page = example()
    return {f"{number:03}.html": f"<!-- {number} -->{page}".encode() for number in range(count)}


def packed(members: dict[str, bytes]) -> bytes:
    """Return a ZIP archive, the same bytes for the same members."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data)
    return archive.getvalue()


def add(store: Store, number: str = "a" * 32, data: bytes = b"x") -> Job:
    """Put a job of one file into `store`, without a service."""
    with store.arrive() as arrived:
        (arrived.folder / INPUT / "a.zip").write_bytes(data)
        job = Job(number, "me", now(), (File("a.zip", len(data), data.hex()),), Fields())
        view = store.publish(arrived, job)
        assert view is not None
        if arrived.folder.exists():
            store.discard(arrived)
        return view.job


def submit(client: httpx.Client, data: bytes, **headers: str) -> str:
    """Hand an archive in and return the address of its job."""
    answer = client.post("/jobs", content=data, headers={**ZIP, **headers})
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


def wait(client: httpx.Client, job: str, until: Any, seconds: float = 300) -> dict[str, Any]:
    """Return what is said of a job as soon as `until` holds of it."""
    end = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = client.get(job).json()
        if until(found):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.05)


def has_ended(job: dict[str, Any]) -> bool:
    return job["state"] in ("succeeded", "failed", "cancelled")
