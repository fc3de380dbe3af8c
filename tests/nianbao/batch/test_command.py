"""`nianbao batch` as a person meets it: messages, exit status, log, interruption."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nianbao.cli import app

RUN = CliRunner()
RULES = ["--rules-only", "--engine", "serial"]


@pytest.fixture
def pages(tmp_path: Path, made_pages: dict[str, bytes]) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, data in made_pages.items():
        (folder / name).write_bytes(data)
    return folder


def batch(*arguments: object) -> tuple[int, str]:
    result = RUN.invoke(app, ["batch", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stderr


def test_it_says_in_one_line_what_it_made(pages: Path, tmp_path: Path) -> None:
    status, said = batch(pages, "-o", tmp_path / "out", *RULES)
    assert status == 0
    assert said.startswith(f"{tmp_path / 'out'}: 年报 4，其他网页 1，失败 2，跳过 0")
    log = (tmp_path / "out" / "batch.log").read_text(encoding="utf-8")
    assert "开始" in log and "完成" in log and "unreadable_input" in log


def test_other_formats_lie_beside_it(pages: Path, tmp_path: Path) -> None:
    formats = [word for one in ("csv", "jsonl", "xlsx", "duckdb") for word in ("-f", one)]
    status, _ = batch(pages, "-o", tmp_path / "out", *RULES, *formats)
    export = tmp_path / "out" / "export"
    assert status == 0
    assert {p.name for p in export.iterdir()} == {"csv", "jsonl", "nianbao.xlsx", "nianbao.duckdb"}
    assert (export / "csv" / "reports.csv").stat().st_size > 100


def test_no_report_is_an_exit_status_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("通知公告：本周五停电检修", encoding="utf-8")
    assert batch(tmp_path / "page.txt", "-o", tmp_path / "out", *RULES)[0] == 1


@pytest.mark.parametrize(
    ("inputs", "word"),
    [("nowhere.zip", "nowhere.zip"), ("pages", "out")],
    ids=["missing", "inside"],
)
def test_what_stops_it_is_one_line(inputs: str, word: str, pages: Path, tmp_path: Path) -> None:
    status, said = batch(tmp_path / inputs, "-o", pages / "out", *RULES)
    assert status == 2 and word in said and said.count("\n") == 1


def test_a_folder_in_use_is_refused(pages: Path, tmp_path: Path) -> None:
    from nianbao.batch.journal import Journal

    with Journal(tmp_path / "out" / "journal.sqlite"):
        status, said = batch(pages, "-o", tmp_path / "out", *RULES)
    assert status == 2 and "另一个进程" in said


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_how_to_go_on(
    stop: signal.Signals, pages: Path, tmp_path: Path
) -> None:
    for number in range(80):
        (pages / f"more{number:02}.html").write_bytes(
            (pages / "report1.html").read_bytes() + f"<p>{number}</p>".encode()
        )
    command = [sys.executable, "-m", "nianbao", "batch", str(pages), "-o", str(tmp_path / "out"),
               "--rules-only", "-j", "1"]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        journal = tmp_path / "out" / "journal.sqlite-wal"
        while not journal.exists() or journal.stat().st_size < 50_000:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(stop)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "已中断；再次运行同一条命令就从这里继续\n"
    status, said = batch(pages, "-o", tmp_path / "out", *RULES)
    assert status == 0 and "沿用 0" not in said
