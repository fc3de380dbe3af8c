"""The command line with a pipeline that answers from a list: only the commands are tested."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nianbao import cli
from nianbao.document import Document
from nianbao.exceptions import BundleError, NeedsOcr
from nianbao.report import Report
from nianbao.spans import Span
from nianbao.view.files import write_atomically

NEWS = "某市召开会议".encode()
SCAN = b"%PDF-scan"
BROKEN = b"broken"


@dataclass
class FakePipeline:
    """Knows one report, one page that is none, one scan and one fault of its own."""

    sample: Any

    def document(self, data: bytes, name: str | None = None) -> Document:
        if data == SCAN:
            raise NeedsOcr("只有图片,没有文字层")
        if data == BROKEN:
            raise ValueError("a bug")
        text = NEWS.decode() if data == NEWS else self.sample.document.text
        return replace(self.sample.document, text=text)  # type: ignore[no-any-return]

    def parse_document(self, document: Document) -> Report:
        report: Report = self.sample.report
        if document.text != NEWS.decode():
            return report
        return replace(report, is_report=False, cells=(), sections=(), checks=(), facts=())

    def spans(self, document: Document) -> Sequence[Span]:
        return [Span(0, 3, "agency", 0.5)]


Run = Callable[..., Result]


@pytest.fixture
def opened() -> list[tuple[bool, Path | None]]:
    """What the commands asked `open_pipeline` for."""
    return []


@pytest.fixture
def run(
    sample: Any, opened: list[tuple[bool, Path | None]], monkeypatch: pytest.MonkeyPatch
) -> Run:
    def open_pipeline(rules_only: bool, model: Path | None) -> FakePipeline:
        opened.append((rules_only, model))
        return FakePipeline(sample)

    monkeypatch.setattr(cli, "open_pipeline", open_pipeline)
    monkeypatch.delenv("COLUMNS", raising=False)

    def invoke(*arguments: str | Path, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(cli.app, [str(a) for a in arguments], input=stdin)

    return invoke


@pytest.fixture
def folder(tmp_path: Path, sample: Any) -> Path:
    """A folder of inputs of every kind."""
    made = tmp_path / "in"
    made.mkdir()
    (made / "a.html").write_bytes(sample.data)
    (made / "b.txt").write_bytes(sample.data)
    (made / "news.html").write_bytes(NEWS)
    (made / "scan.pdf").write_bytes(SCAN)
    (made / "broken.txt").write_bytes(BROKEN)
    return made


def test_a_piped_record_is_json(run: Run, folder: Path, sample: Any) -> None:
    result = run("parse", folder / "a.html")
    assert result.exit_code == 0 and result.stderr == ""
    record = json.loads(result.stdout)
    assert record["tables"]["requests"]["granted"]["total"] == 4
    assert record["source"]["sha256"] == sample.document.sha256


def test_several_records_are_json_lines(run: Run, folder: Path) -> None:
    result = run("parse", folder / "a.html", folder / "b.txt", "--format", "json")
    assert [json.loads(line)["agency"] for line in result.stdout.splitlines()] == ["云泽市"] * 2


def test_standard_input_is_a_file_too(run: Run, sample: Any, tmp_path: Path) -> None:
    assert json.loads(run("parse", "-", stdin=sample.data).stdout)["year"] == 2023
    result = run("parse", "-", "--output", tmp_path / "out", stdin=sample.data)
    assert result.exit_code == 0 and (tmp_path / "out" / "stdin.json").is_file()
    assert run("parse", "-", "-", stdin=sample.data).exit_code == 2


def test_a_table_on_request(run: Run, folder: Path) -> None:
    result = run("parse", folder / "a.html", "--format", "table")
    assert "申请人情况" in result.stdout and "\x1b" not in result.stdout
    two = run("parse", folder / "a.html", folder / "b.txt", "-f", "table").stdout
    assert "a.html" in two and "b.txt" in two


def test_csv_of_one_and_of_several(run: Run, folder: Path) -> None:
    one = list(csv.DictReader(io.StringIO(run("parse", folder / "a.html", "-f", "csv").stdout)))
    assert len(one) == 200 and "file" not in one[0]
    both = run("parse", folder / "a.html", folder / "b.txt", "-f", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(both)))
    assert len(rows) == 400 and {Path(row["file"]).name for row in rows} == {"a.html", "b.txt"}


def test_output_goes_to_a_file_per_input(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    result = run("parse", folder / "a.html", folder / "b.txt", "--output", out)
    assert result.exit_code == 0 and result.stdout == ""
    assert sorted(p.name for p in out.iterdir()) == ["a.json", "b.json"]
    assert (out / "a.json").read_bytes() == (out / "b.json").read_bytes()
    assert f"已写入 {out / 'a.json'},5 项核对未通过" in result.stderr
    assert run("parse", folder / "a.html", "-o", out, "-f", "csv").exit_code == 0
    assert (out / "a.csv").read_text(encoding="utf-8").startswith("path,value,raw")


def test_output_and_a_table_together(run: Run, folder: Path, tmp_path: Path) -> None:
    result = run("parse", folder / "a.html", "--output", tmp_path, "--format", "table")
    assert "申请人情况" in result.stdout
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["agency"] == "云泽市"


def test_output_of_one_name_is_refused_before_anything_is_read(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (folder / "A.txt").write_bytes(NEWS)
    result = run("parse", folder / "a.html", folder / "A.txt", "--output", tmp_path / "out")
    assert result.exit_code == 2 and "会写入同一个文件" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_input_is_never_written_over(run: Run, tmp_path: Path, sample: Any) -> None:
    (tmp_path / "a.json").write_bytes(sample.data)
    result = run("parse", tmp_path / "a.json", "--output", tmp_path)
    assert result.exit_code == 2 and "覆盖输入" in result.stderr
    assert (tmp_path / "a.json").read_bytes() == sample.data


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["a.html"], 0),
        (["a.html", "news.html"], 1),
        (["news.html", "scan.pdf", "a.html"], 2),
        (["absent.html"], 2),
    ],
)
def test_the_highest_exit_status_wins(
    run: Run, folder: Path, names: list[str], status: int
) -> None:
    assert run("parse", *(folder / name for name in names)).exit_code == status


def test_one_bad_input_costs_one_line_and_the_rest_goes_on(run: Run, folder: Path) -> None:
    names = ["absent.html", "scan.pdf", "news.html", "a.html"]
    result = run("parse", folder, *(folder / name for name in names))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{folder}: 是文件夹,不是文件",
        f"{folder / 'absent.html'}: 文件不存在",
        f"{folder / 'scan.pdf'}: 只有图片,没有文字层",
        f"{folder / 'news.html'}: 不是政府信息公开工作年度报告",
    ]
    assert [json.loads(line)["is_report"] for line in result.stdout.splitlines()] == [False, True]


def test_a_fault_of_ours_is_shown_and_the_rest_goes_on(run: Run, folder: Path) -> None:
    result = run("parse", folder / "broken.txt", folder / "a.html")
    assert result.exit_code == 2 and len(result.stdout.splitlines()) == 1
    assert "内部错误,请报告给开发者:ValueError: a bug" in result.stderr
    assert "Traceback" in result.stderr


def test_an_output_that_cannot_be_written_is_told(run: Run, folder: Path) -> None:
    result = run("parse", folder / "a.html", "--output", folder / "b.txt" / "out")
    assert result.exit_code == 2 and "不是文件夹" in result.stderr


def test_explain_shows_the_source_line(run: Run, folder: Path) -> None:
    result = run("parse", folder / "a.html", "--explain", "requests.granted.total")
    assert result.exit_code == 0 and "^" in result.stdout and "行列相交处" in result.stdout
    unknown = run("parse", folder / "a.html", "--explain", "requests.granted.totl")
    assert unknown.exit_code == 2 and "requests.granted.total" in unknown.stderr


def test_options_reach_the_pipeline(
    run: Run, folder: Path, opened: list[tuple[bool, Path | None]]
) -> None:
    run("parse", folder / "a.html", "--rules-only")
    run("parse", folder / "a.html", "--model", folder)
    assert opened == [(True, None), (False, folder)]


def test_a_bundle_that_does_not_load_is_told_in_one_line(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(rules_only: bool, model: Path | None) -> FakePipeline:
        raise BundleError("模型已损坏")

    monkeypatch.setattr(cli, "open_pipeline", refuse)
    result = run("parse", folder / "a.html")
    assert (result.exit_code, result.stderr) == (2, "模型已损坏\n")


def test_text_is_what_offsets_point_into(run: Run, folder: Path, sample: Any) -> None:
    assert run("text", folder / "a.html").stdout == sample.document.text + "\n"
    assert run("text", folder / "scan.pdf").exit_code == 2


def test_labels_as_lines_and_as_a_table(run: Run, folder: Path) -> None:
    assert json.loads(run("labels", folder / "a.html").stdout)["text"] == "云泽市"
    table = run("labels", folder / "a.html", "--format", "table").stdout
    assert "agency" in table and "云泽市" in table


def test_evaluate_shows_the_model_beside_the_rules(
    run: Run, folder: Path, tmp_path: Path, sample: Any
) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    record = {"tables": sample.report.tables, "agency": "云泽市", "year": 2022}
    (gold / "a.json").write_text(json.dumps(record), encoding="utf-8")
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "a.html").write_bytes(sample.data)
    text = run("evaluate", gold, inputs, "--per-file").stdout
    assert "model" in text and "rules only" in text and "meta year: want 2022 got 2023" in text
    data = json.loads(run("evaluate", gold, inputs, "--json").stdout)
    assert data["model"]["cells"] == 1.0 and data["model"]["meta"] == 0.5
    assert list(json.loads(run("evaluate", gold, inputs, "--json", "--rules-only").stdout)) == [
        "rules only"
    ]
    empty = run("evaluate", inputs, inputs)
    assert empty.exit_code == 2 and "no gold" in empty.stderr


def test_schema_and_version_print(run: Run) -> None:
    assert json.loads(run("schema").stdout)["properties"]["tables"]
    assert run("version").stdout.startswith("nianbao ")


def test_a_picture_is_written(run: Run, folder: Path, tmp_path: Path) -> None:
    assert run("picture", folder / "a.html", tmp_path / "p.svg").exit_code == 0
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_written_file_is_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    write_atomically(target, "一")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(target, "\ud800")
    assert target.read_text(encoding="utf-8") == "一"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_help_imports_nothing_heavy() -> None:
    heavy = ("numpy", "onnxruntime", "spacy", "selectolax", "pdfplumber", "opencc", "rapidfuzz")
    script = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from nianbao.cli import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    assert python("-c", script).stdout.strip() == "[]"


def test_the_module_runs_as_a_program() -> None:
    assert json.loads(python("-m", "nianbao", "schema").stdout)["type"] == "object"


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python at the root of the repository."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
