"""The built Bento, started as an operator starts it: BentoML around the service, the model in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from nianbao.pipeline import Pipeline
from nianbao.report import to_json
from serving.jobs.results import records
from tests.serving.archives import has_ended, packed, submit, wait
from tests.serving.served import free_port

ROOT = Path(__file__).resolve().parents[2]
BENTOML = [sys.executable, "-m", "bentoml"]
SECONDS_TO_READY = 120  # 17 at load 6; tests may share their machine


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NIANBAO_")}
    kept.pop("PYTHONPATH", None)
    return kept | {
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "True",
        "NIANBAO_JOBS_FOLDER": str(home / "jobs"),
    }


def bentoml(home: Path, *arguments: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [*BENTOML, *arguments], cwd=cwd, env=environment(home), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bentoml")


@pytest.fixture(scope="module")
def bento(home: Path) -> Path:
    """The folder of the Bento that is built from this checkout."""
    tag = bentoml(home, "build", "--output", "tag").strip().rpartition("__tag__:")[2]
    name, _, version = tag.partition(":")
    return home / "bentos" / name / version


@dataclass
class Served:
    """A Bento that is served, and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    log: Path

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def served(bento: Path, home: Path) -> Iterator[Served]:
    port, log = free_port(), home / "log"
    command = [*BENTOML, "serve", str(bento), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=home, env=environment(home), stdout=out, stderr=out, start_new_session=True
        )
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False
        ) as client:
            end = time.monotonic() + SECONDS_TO_READY
            while True:
                try:
                    if client.get("/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
                assert process.poll() is None and time.monotonic() < end, log.read_text()
            yield Served(process, client, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_it_carries_the_library_the_models_and_the_service_and_nothing_else(bento: Path) -> None:
    carried = {p.relative_to(bento / "src").as_posix() for p in (bento / "src").rglob("*")}
    assert {name.partition("/")[0] for name in carried} == {
        "nianbao", "serving", "models", "pyproject.toml", "LICENSE", "bentofile.yaml",
    }  # fmt: skip
    assert carried >= {"models/tagger/model.onnx", "models/segmenter/weights.npz"}
    assert [name for name in carried if "__pycache__" in name or "Dockerfile" in name] == []


def test_no_timer_of_bentoml_outlives_an_answer() -> None:
    made = "from serving.service import Nianbao; print(Nianbao.to_asgi().app.user_middleware)"
    done = subprocess.run(
        [sys.executable, "-c", made], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Front" in done.stdout and "Timeout" not in done.stdout


def test_cli_endpoint_stream_job_and_client_give_the_same_bytes(
    served: Served, page: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(page)
    nianbao = [sys.executable, "-m", "nianbao", "parse"]
    url = str(served.client.base_url)

    def run(*arguments: str) -> bytes:
        return subprocess.run(
            [*nianbao, *arguments], capture_output=True, check=True, cwd=ROOT
        ).stdout

    by_call = to_json(Pipeline.default().parse(page), indent=None).encode()
    by_cli = run(str(file), str(file)).splitlines()
    by_client = run(str(file), str(file), "--server", url).splitlines()
    by_form = served.client.post("/parse", files={"file": ("report.html", page)}).content
    by_bytes = served.client.post("/parse", content=page).content
    line = json.dumps({"id": 1, "html": page.decode()}) + "\n"
    lines = served.client.post(
        "/parse/stream", content=line * 3, headers={"Content-Type": "application/x-ndjson"}
    ).content.splitlines()
    by_stream = [one.removeprefix(b'{"id": 1, "record": ').removesuffix(b"}") for one in lines]
    job = submit(served.client, packed({"report.html": page, "again.html": page}))
    assert wait(served.client, job, has_ended)["state"] == "succeeded"
    by_job = list(records(served.client.get(f"{job}/results").content.splitlines(keepends=True)))
    assert len(by_cli) == len(by_client) == len(by_job) == 2 and len(by_stream) == 3
    assert {by_call, *by_cli, *by_client, by_form, by_bytes, *by_stream, *by_job} == {by_call}
    assert run(str(file)) == run(str(file), "--server", url)


def test_bentomls_paths_answer_and_metrics_have_few_names(served: Served) -> None:
    for i in range(20):
        assert served.client.get(f"/nowhere/{i}").status_code == 404
    for path in ("/livez", "/readyz", "/healthz"):
        assert served.client.get(path).status_code == 200
    assert served.client.get("/docs.json").status_code == 404
    assert served.client.post("/parse", json={"text": "x"}).status_code == 200
    metrics = served.client.get("/metrics").text
    assert 'nianbao_documents_total{operation="parse",outcome="none"}' in metrics
    assert 'bentoml_service_request_total{endpoint="/*",http_response_code="404"' in metrics
    assert "/nowhere/1" not in metrics
    assert 'nianbao_stage_seconds_count{stage="label"}' in metrics
    assert 'nianbao_jobs{state="succeeded"} 1.0' in metrics


def test_a_bento_that_others_reach_does_not_start_without_keys(bento: Path, home: Path) -> None:
    port = free_port()
    command = [*BENTOML, "serve", str(bento), "--host", "0.0.0.0", "--port", str(port)]
    done = subprocess.run(
        command, cwd=home, env=environment(home), capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0 and "NIANBAO_KEYS_FILE" in done.stdout + done.stderr


def test_when_it_is_stopped_it_finishes_what_it_took(served: Served, page: bytes) -> None:
    """The last test of the Bento: it ends it."""
    body = {"html": page.decode()}
    before = served.client.post("/parse", json=body).content
    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(served.client.post, "/parse", json=body) for _ in range(6)]
        while not any(one.done() for one in asked):
            time.sleep(0.01)
        assert served.stop() == 0
        answers = [one.result() for one in asked]
    assert {answer.content for answer in answers} == {before}
    log = served.log.read_text()
    assert "Traceback" not in log and "政府" not in log
