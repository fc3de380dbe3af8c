"""Have a real Label Studio ask the service for predictions and for a training, on loopback.

    python -m benchmarks.studio --program .venv-studio/bin/label-studio --tasks 20

A project with made texts, characters above U+FFFF among them, is connected to the service with a key as
its password; Label Studio retrieves a prediction for each task, asks for a training and tells of an
annotation.  Exit status 1 where a prediction is missing, a region's words are not those at its
place, the wish is not kept, or Label Studio's token is found in what the service wrote.  Label Studio's
first start takes minutes; `--home` keeps what it made for the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import httpx

from benchmarks.archive import page
from benchmarks.service import running
from nianbao.reading import read
from nianbao.spans import LABELS
from serving.access import STUDIO_PREFIX
from serving.keys import KeyFile
from serving.studio.requests import NAME
from training.synthesis.corpus import Corpus

START_SECONDS = 400.0
_QUIET = {
    "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "", "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "ML_BLOCK_LOCAL_IP": "false",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Studio:
    """A Label Studio that runs: its API, and the token of the project's owner."""

    api: httpx.Client
    token: str

    def post(self, path: str, body: Any) -> Any:
        answer = self.api.post(path, json=body)
        if answer.is_error:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text[:1000]}")
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.api.get(path).raise_for_status().json()


@contextmanager
def studio(program: Path, home: Path) -> Iterator[Studio]:
    """Run Label Studio with its data in `home` until the block ends."""
    home.mkdir(parents=True, exist_ok=True)
    token, port = secrets.token_hex(20), running.free_port()
    environment = {
        **os.environ, **_QUIET,
        "LABEL_STUDIO_BASE_DATA_DIR": str(home),
        "LABEL_STUDIO_USERNAME": f"{secrets.token_hex(4)}@example.org",
        "LABEL_STUDIO_PASSWORD": secrets.token_hex(16),
        "LABEL_STUDIO_USER_TOKEN": token,
    }  # fmt: skip
    command = [
        str(program), "start", "--no-browser", "--internal-host", "127.0.0.1",
        "--port", str(port), "--enable-legacy-api-token",
    ]  # fmt: skip
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Token {token}"}
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=200, trust_env=False) as api:
            end = time.monotonic() + START_SECONDS
            while not _is_ready(api):
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"Label Studio did not start; see {home / 'log'}")
                time.sleep(1)
            yield Studio(api, token)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _is_ready(api: httpx.Client) -> bool:
    try:
        return api.get("/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def config() -> str:
    """Return a labelling configuration with the library's labels."""
    labels = "".join(f"<Label value={quoteattr(label)}/>" for label in LABELS)
    return (
        f'<View><Labels name="label" toName="text">{labels}</Labels>'
        '<Text name="text" value="$text" granularity="symbol"/></View>'
    )


def texts(count: int) -> list[str]:
    """Return the texts of made reports, in every second one a character above U+FFFF in each line."""
    corpus = Corpus.without_data()
    found = [read(page(number, corpus, report=True)).text for number in range(count)]
    return [t.replace("\n", "𠮷\n") if n % 2 else t for n, t in enumerate(found)]


def connect(label_studio: Studio, backend: str, key: str, project: int) -> Any:
    """Connect the backend to a project; return what Label Studio knows of it."""
    body = {
        "url": backend, "project": project, "title": "nianbao", "auth_method": "BASIC_AUTH",
        "basic_auth_user": "label-studio", "basic_auth_pass": key,
    }  # fmt: skip
    answer = label_studio.api.post("/api/ml", json=body)
    # 1.23.2 keeps the backend, and then refuses the webhook that it makes to an address of this machine.
    if answer.is_error and "reserved network address" not in answer.text:
        raise SystemExit(f"/api/ml: {answer.status_code} {answer.text[:1000]}")
    print("connecting:", answer.status_code)
    (found,) = label_studio.get(f"/api/ml?project={project}")
    return label_studio.get(f"/api/ml/{found['id']}")


def ask(label_studio: Studio, backend: str, key: str, count: int, xml: str) -> list[str]:
    """Connect a new project with `count` tasks, ask for all, and return what is wrong."""
    project = label_studio.post("/api/projects", {"title": "backend", "label_config": xml})["id"]
    tasks = [{"data": {"text": text, "header": "made"}} for text in texts(count)]
    label_studio.post(f"/api/projects/{project}/import", tasks)
    connected = connect(label_studio, backend, key, project)
    print("connected:", connected["readable_state"], connected["model_version"])
    began = time.monotonic()
    label_studio.post(
        f"/api/dm/actions?id=retrieve_tasks_predictions&project={project}",
        {"selectedItems": {"all": True, "excluded": []}, "ordering": []},
    )
    print(f"predictions of {count} tasks: {time.monotonic() - began:.1f} s")
    wrong, regions = [], 0
    listed = label_studio.get(f"/api/tasks?project={project}&page_size={count}")["tasks"]
    for task in (label_studio.get(f"/api/tasks/{one['id']}") for one in listed):
        found = task["predictions"]
        if len(found) != 1 or not found[0]["result"]:
            wrong.append(f"task {task['id']} has {len(found)} predictions")
            continue
        text = task["data"]["text"]
        for region in found[0]["result"]:
            value = region["value"]
            regions += 1
            if text[value["start"] : value["end"]] != value["text"]:
                wrong.append(f"task {task['id']}: {value} is not what stands there")
    print("regions:", regions)
    label_studio.post(f"/api/ml/{connected['id']}/train", {})
    label_studio.post(f"/api/tasks/{listed[0]['id']}/annotations/", {"result": []})
    if len(listed) != count:
        wrong.append(f"{len(listed)} of {count} tasks were listed")
    return wrong


def judge(folder: Path, token: str) -> list[str]:
    """Return what is wrong with what the service wrote below `folder`."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    wishes = [json.loads(line) for path in files if path.name == NAME for line in path.open()]
    print("wishes for a training:", wishes)
    wrong = [f"{path} holds the token" for path in files if token.encode() in path.read_bytes()]
    return wrong + (["the wish for a training was not kept"] if len(wishes) != 1 else [])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studio",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--program", type=Path, required=True, help="the label-studio program")
    parser.add_argument("--home", type=Path, help="Label Studio's data; by default a new folder")
    parser.add_argument("--config", type=Path, help="another labelling configuration, XML")
    parser.add_argument("--tasks", type=int, default=20)
    given = parser.parse_args(arguments)
    xml = config() if given.config is None else given.config.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "service"
        requests = folder / "requests"
        requests.mkdir(parents=True)
        key = KeyFile(folder / "keys.json").add("label-studio")
        with (
            running.running(
                folder, 1, studio=True, studio_requests=requests, keys_file=folder / "keys.json"
            ) as service,
            studio(given.program, given.home or Path(scratch) / "studio") as label_studio,
        ):
            backend = service.url + STUDIO_PREFIX
            wrong = ask(label_studio, backend, key, given.tasks, xml)
        wrong += judge(folder, label_studio.token)
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    print("wrong:", len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
