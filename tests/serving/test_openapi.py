"""The OpenAPI document is complete, and the service does what it says: all checks, stateful too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from starlette.routing import Mount, Route

from serving.keys import KeyFile
from serving.openapi import document
from serving.problems import KINDS
from tests.serving.running import Running, running

HERE = Path(__file__).parent


def test_every_route_and_every_problem_is_documented(rules_service: Running) -> None:
    routes = [r for r in rules_service.serving.router.routes if not isinstance(r, Mount)]
    asked = {
        (r.path, method.lower())
        for r in routes
        if isinstance(r, Route) and r.path != "/"
        for method in (r.methods or set()) - {"HEAD"}
    }
    found = rules_service.client.get("/openapi.json").json()
    paths = found["paths"]
    assert {(path, method) for path, item in paths.items() for method in item} == asked
    written = json.dumps(found["paths"])
    assert [code for code in KINDS if f'"/problems/{code}"' not in written] == []


def test_keys_are_asked_for_where_they_are_needed() -> None:
    assert "security" not in document(with_keys=False)
    keyed = document(with_keys=True)
    assert keyed["security"] == [{"key": []}]
    assert keyed["paths"]["/openapi.json"]["get"]["security"] == []


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key = KeyFile(path).add("tester")
    # Jobs are taken and shown, and nobody works on them.
    many: dict[str, Any] = dict.fromkeys(("key_jobs", "jobs_waiting", "jobs_kept"), 9999)
    jobs = {"jobs_folder": tmp_path / "jobs", "jobs_at_once": 0, **many}
    with running(
        rules_only=True, processes=2, keys_file=path, key_rate="9999/second", studio=True,
        studio_requests=tmp_path, **jobs
    ) as service:  # fmt: skip
        command = [
            sys.executable, "-m", "schemathesis.cli",
            "--config-file", str(HERE / "schemathesis.toml"),
            "run", f"{service.url}/openapi.json",
            "--header", f"Authorization: Bearer {key}",
            "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful",
            "--max-examples", "8", "--seed", "1", "--generation-database", "none", "--no-color",
            "--suppress-health-check", "all",
        ]  # fmt: skip
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.serving.schemathesis_hooks"}
        done = subprocess.run(
            command, cwd=HERE.parents[1], env=environment, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in done.stdout
