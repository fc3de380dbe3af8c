"""Long work: what a client sees of it, with a consumer that works and without one."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import generate_latest

from nianbao.batch.build import build
from nianbao.batch.engines import Serial
from nianbao.batch.formats import export
from nianbao.batch.run import Options
from nianbao.batch.score import Model
from serving import metrics
from serving.app import route
from serving.jobs.results import RESULTS, records
from serving.keys import KeyFile
from tests.serving.archives import ZIP, has_ended, packed, pages, submit, wait
from tests.serving.hostile import CREW
from tests.serving.running import Running, running

MIXED = {
    **pages(2),
    "again.html": pages(1)["000.html"],
    "weather.txt": "今天天气很好。".encode(),
    "broken.html": b"\x1f\x8b" + bytes(99),
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(99),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("jobs")
    with running(
        rules_only=True, processes=1, jobs_folder=folder, jobs_processes=1, log_level="WARNING"
    ) as found:
        yield found


def test_a_job_is_cancelled_and_the_next_gives_what_the_batch_gives(
    service: Running, tmp_path: Path
) -> None:
    client, store = service.client, service.serving.jobs.store
    long = submit(client, packed(pages(200)))
    extra = pages(3)["002.html"]
    files = [("a", ("网页.zip", packed(MIXED))), ("b", ("网页.zip", b"")), ("c", ("d.html", extra))]
    mixed = client.post("/jobs", files=files).headers["location"]

    running_one = wait(client, long, lambda job: job["progress"]["documents"] > 0)
    assert running_one["state"] == "running" and running_one["results"] is None
    assert client.get(mixed).json()["state"] == "queued"
    assert client.get(f"{long}/results").json()["code"] == "no_results"
    begun = time.monotonic()
    assert client.post(f"{long}/cancel").json()["state"] == "cancelled"
    wait(client, mixed, lambda job: job["state"] != "queued")
    assert time.monotonic() - begun < 5
    left = {path.name for path in (store.root / long[1:]).iterdir()}
    assert left >= {"job.json", "state.json"} and not left & {"input", "dataset", "results"}
    assert client.post(f"{long}/cancel").json()["state"] == "cancelled"
    assert client.delete(long).status_code == 204 and client.get(long).status_code == 404

    found = wait(client, mixed, has_ended)
    assert found["state"] == "succeeded" and found["problem"] is None, found
    assert [file["name"] for file in found["files"]] == ["网页.zip", "网页-2.zip", "d.html"]
    progress = found["progress"]
    counts = {k: progress[k] for k in ("documents", "parsed", "not_report", "failed", "skipped")}
    assert counts == {"documents": 8, "parsed": 4, "not_report": 1, "failed": 2, "skipped": 1}
    assert progress["bytes_read"] == progress["bytes_total"] > 0
    assert found["created"] < found["started"] < found["ended"] < found["expires"]
    while (store.root / mixed[1:] / "input").exists():  # it goes when the job has ended
        time.sleep(0.05)
    assert [job["id"] for job in client.get("/jobs").json()["jobs"]] == [found["id"]]

    results = {form: client.get(url) for form, url in found["results"].items()}
    assert {form: answer.status_code for form, answer in results.items()} == dict.fromkeys(
        RESULTS, 200
    )
    for form, answer in results.items():
        assert answer.headers["content-type"] == RESULTS[form].media_type
    lines = results["jsonl"].content.splitlines(keepends=True)
    said = [answer["status"] for answer in map(_json, lines)]
    assert len(said) == 8 and sorted(set(said)) == ["failed", "not_report", "parsed", "skipped"]
    assert all(len(line) > 2 for line in lines)
    sent = [MIXED["000.html"], MIXED["001.html"], MIXED["again.html"], extra]
    by_endpoint = [client.post("/parse", content=page).content for page in sent]
    assert sorted(records(lines)) == sorted(by_endpoint)
    _check_tables(tmp_path, results, extra)


def _json(line: bytes) -> dict[str, Any]:
    found: dict[str, Any] = httpx.Response(200, content=line).json()
    assert list(found)[-1] == "record"
    assert (found["record"] is not None) == (found["status"] == "parsed")
    return found


def _check_tables(folder: Path, results: dict[str, httpx.Response], extra: bytes) -> None:
    """Compare with the batch called where the files lie."""
    for name, data in {"网页.zip": packed(MIXED), "网页-2.zip": b"", "d.html": extra}.items():
        (folder / name).write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        options = Options(Serial(Model(rules_only=True)))
        build(["网页.zip", "网页-2.zip", "d.html"], Path("dataset"), options)
    parquet = _unpacked(results["parquet"].content)
    dataset = folder / "dataset"
    files = {p.relative_to(dataset).as_posix(): p for p in dataset.rglob("*") if p.is_file()}
    kept = {name: path.read_bytes() for name, path in files.items() if "journal" not in name}
    assert parquet == kept
    export(dataset, "csv", folder / "csv")
    csv = _unpacked(results["csv"].content)
    assert csv == {path.name: path.read_bytes() for path in (folder / "csv").iterdir()}
    export(dataset, "xlsx", folder / "x.xlsx")
    assert results["xlsx"].content == (folder / "x.xlsx").read_bytes()


def _unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Running]:
    """A service of two keys that takes jobs, and nobody who works on them."""
    keys = KeyFile(tmp_path / "keys.json")
    with running(
        CREW, processes=1, jobs_folder=tmp_path / "jobs", jobs_at_once=0, jobs_upload_megabytes=1,
        jobs_disk_megabytes=2, jobs_waiting=4, key_jobs=3, keys_file=_added(keys, "a", "b"),
    ) as found:  # fmt: skip
        yield found


SECRETS: dict[str, str] = {}


def _added(keys: KeyFile, *names: str) -> Path:
    SECRETS.update({name: f"Bearer {keys.add(name)}" for name in names})
    return keys.path


def test_the_same_request_finds_its_job_and_another_key_does_not(shelf: Running) -> None:
    client = shelf.client
    mine, theirs = ({"Authorization": SECRETS[name]} for name in "ab")
    keyed = {**mine, "Idempotency-Key": '"one"'}
    job = submit(client, b"x", **keyed)
    assert submit(client, b"x", **keyed) == job
    assert submit(client, b"x", **{**mine, "Idempotency-Key": "one"}) == job
    other = [
        client.post("/jobs", content=b"y", headers={**ZIP, **keyed}),
        client.post("/jobs?text_field=html", content=b"x", headers={**ZIP, **keyed}),
    ]
    assert [(r.status_code, r.json()["code"]) for r in other] == [
        (422, "idempotency_key_reused")
    ] * 2
    assert submit(client, b"x", **{**keyed, **theirs}) != job
    assert [j["id"] for j in client.get("/jobs", headers=mine).json()["jobs"]] == [job[6:]]
    assert (shelf.serving.jobs.store.root.stat().st_mode & 0o777) == 0o700
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/results")):
        answer = client.request(method, f"{job}{path}", headers=theirs)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
    during: list[httpx.Response] = []

    def slow() -> Iterator[bytes]:
        yield b"x"
        headers = {**ZIP, **mine, "Idempotency-Key": "two"}
        during.append(
            httpx.post(f"{shelf.url}/jobs", content=b"x", headers=headers, trust_env=False)
        )

    assert client.post(
        "/jobs", content=slow(), headers={**ZIP, **mine, "Idempotency-Key": "two"}
    ).is_success
    assert [(r.status_code, r.json()["code"]) for r in during] == [(409, "idempotency_key_in_use")]
    assert during[0].json()["where"] == "header:Idempotency-Key"
    wrong = client.post("/jobs", content=b"x", headers={**ZIP, **mine, "Idempotency-Key": "a b"})
    assert wrong.json()["where"] == "header:Idempotency-Key"
    assert client.post(f"{job}/cancel", headers=mine).json()["state"] == "cancelled"
    assert client.delete(job, headers=mine).status_code == 204
    assert submit(client, b"y", **keyed) == job


def test_uploads_are_bounded_and_leave_nothing_behind(shelf: Running) -> None:
    client, store = shelf.client, shelf.serving.jobs.store
    mine, theirs = ({**ZIP, "Authorization": SECRETS[name]} for name in "ab")
    form = {"Authorization": SECRETS["a"]}
    large = b"x" * (1 << 20)

    def post(content: Any, headers: dict[str, str], url: str = "/jobs") -> tuple[int, str]:
        answer = client.post(url, content=content, headers=headers)
        assert answer.status_code < 429 or int(answer.headers["retry-after"]) > 0
        return answer.status_code, answer.json().get("code")

    assert post(large + b"x", mine) == (413, "body_too_large")
    assert post(iter([large, b"x"]), mine) == (413, "body_too_large")
    assert post(b"x", {**mine, "Content-Type": "image/png"}) == (415, "unsupported_media_type")
    assert post(b"x", mine, "/jobs?deep=1") == (400, "bad_parameter")
    assert post(b"x", mine, "/jobs?text_field=") == (400, "bad_parameter")
    cut = {"Content-Type": "multipart/form-data; boundary=b", **form}
    part = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a.zip"\r\n\r\nx'
    assert post(part, cut) == (400, "bad_multipart")
    assert post(b"--b--\r\n", cut) == (400, "bad_multipart")
    assert client.get("/jobs", headers=mine).json() == {"jobs": []}
    assert list(store.arriving.iterdir()) == []

    assert post(large, mine) == (202, None)
    assert post(large, mine) == (503, "storage_full")
    assert post(b"x", mine) == (202, None) and post(b"x", mine) == (202, None)
    assert post(b"x", mine) == (429, "too_many_jobs")
    assert post(b"x", theirs) == (202, None)
    assert post(b"x", theirs) == (503, "jobs_full")
    assert list(store.arriving.iterdir()) == [] and list((store.root / "trash").iterdir()) == []


def test_metrics_count_jobs_by_state(shelf: Running) -> None:
    jobs = [submit(shelf.client, b"x", Authorization=SECRETS["a"]) for _ in range(2)]
    shelf.client.post(f"{jobs[0]}/cancel", headers={"Authorization": SECRETS["a"]})
    asked = asyncio.run_coroutine_threadsafe(shelf.serving.jobs.states(), shelf.loop)
    metrics.show_jobs(asked.result())
    shown = generate_latest().decode()
    assert [
        f'nianbao_jobs{{state="{state}"}} {count}' in shown
        for state, count in (
            ("queued", "1.0"),
            ("cancelled", "1.0"),
            ("running", "0.0"),
        )
    ] == [True] * 3
    assert route(f"{jobs[0]}/results") == route("/jobs/anything") == "/jobs/*"
