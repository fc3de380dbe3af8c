from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from nianbao.batch.commands import register
from tests.nianbao.batch.review.made_dataset import MadeReport, write

Run = Callable[..., Result]
GRANTED = "requests.granted.total"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("COLUMNS", raising=False)
    app = typer.Typer()
    register(app)

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments])

    return invoke


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write(tmp_path / "set", [MadeReport("a", failed=("requests.balance.total",), passed=())])


def test_summary_is_printed(run: Run, dataset: Path) -> None:
    result = run("summary", dataset)
    assert result.exit_code == 0
    assert "请先看这些" in result.stdout and "1 项核对中 1 项未通过" in result.stdout


def test_summary_as_json(run: Run, dataset: Path) -> None:
    result = run("summary", dataset, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["overview"]["chosen"] == 1


def test_summary_as_a_page(run: Run, dataset: Path, tmp_path: Path) -> None:
    page = tmp_path / "out" / "page.html"
    result = run("summary", dataset, "--html", page)
    assert result.exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert result.stdout == ""
    assert "已写入" in result.stderr
    both = run("summary", dataset, "--html", page, "--json")
    assert json.loads(both.stdout)["overview"]["chosen"] == 1


def test_a_page_that_cannot_be_written(run: Run, dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("summary", dataset, "--html", tmp_path / "file" / "page.html")
    assert result.exit_code == 2
    assert "无法读写" in result.stderr


def test_diff_tells_by_its_status(run: Run, dataset: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", [MadeReport("a", values={GRANTED: 2})])
    same = run("diff", dataset, dataset)
    assert (same.exit_code, "没有差异" in same.stdout) == (0, True)
    differs = run("diff", dataset, other)
    assert (differs.exit_code, GRANTED in differs.stdout) == (1, True)


def test_diff_as_json(run: Run, dataset: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", [MadeReport("a", values={GRANTED: 2})])
    result = run("diff", dataset, other, "--json")
    assert result.exit_code == 1
    assert [cell["path"] for cell in json.loads(result.stdout)["cells"]] == [GRANTED]
    assert run("diff", dataset, dataset, "--json").exit_code == 0


def test_verify(run: Run, dataset: Path) -> None:
    assert run("verify", dataset).exit_code == 0
    (dataset / "manifest.json").unlink()
    result = run("verify", dataset)
    assert result.exit_code == 1
    assert result.stdout.startswith("no_manifest manifest.json: 没有")


@pytest.mark.parametrize("command", [("summary",), ("diff", "x"), ("verify",)])
def test_no_dataset_is_a_line_and_status_2(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = run(*command, tmp_path / "none")
    assert result.exit_code == 2
    assert "文件夹不存在" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["summary", "diff", "verify"])
def test_help_has_statuses_and_examples(run: Run, command: str) -> None:
    text = run(command, "--help").output
    assert "Exit status" in text and f"nianbao {command}" in text


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, nianbao.batch.commands\n"
        "heavy = {'duckdb', 'pyarrow', 'jinja2', 'pygal', 'rich.table'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
