"""Arrow in, Arrow out: a row a document, from and in whatever engine."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from nianbao.batch import arrow
from nianbao.batch.arrow import SCHEMA, parse_batch
from nianbao.batch.score import Model, Scorer
from nianbao.exceptions import BundleError
from tests.nianbao.batch.examples import ROOT, example

RULES = Model(rules_only=True)
PAGE = (ROOT / "examples/report.html").read_bytes()


def test_rows_are_the_verdicts_in_their_order(made_pages: dict[str, bytes]) -> None:
    documents = [None, *made_pages.values(), None]
    parsed = parse_batch(pa.table({"content": documents}), model=RULES)
    assert parsed.schema == SCHEMA
    scorer = Scorer(RULES.load())
    for document, row in zip(documents, parsed.to_pylist(), strict=True):
        if document is None:
            assert row["status"] == "skipped" and row["reason"] == "no_text" and row["message"]
            assert row["sha256"] is None and row["record"] is None
            continue
        verdict = scorer(document)
        record = None if verdict.record is None else verdict.record.decode()
        found = (row["status"], row["reason"], row["message"], row["record"], row["sha256"])
        digest = hashlib.sha256(document).hexdigest()
        assert found == (verdict.status, verdict.reason, verdict.message, record, digest)
    assert set(parsed["status"].to_pylist()) == {"parsed", "not_report", "failed", "skipped"}


def test_columns_of_a_report_are_fields_of_its_record() -> None:
    (row,) = parse_batch(pa.table({"page": [PAGE]}), column="page", model=RULES).to_pylist()
    record = json.loads(row["record"])
    assert (row["agency"], row["year"]) == ("和林市", 2022)
    assert row["published"] == datetime.date.fromisoformat(record["published"])
    assert row["confidence"] == record["confidence"]
    assert row["checks_failed"] == sum(one["status"] == "fail" for one in record["checks"])


@pytest.mark.parametrize(
    "kind",
    [
        pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(len(PAGE)), pa.string(),
        pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()),
    ],
)  # fmt: skip
def test_bytes_and_text_of_every_layout(kind: pa.DataType) -> None:
    batch = pa.record_batch([pa.array([PAGE]).cast(pa.string()).cast(kind)], ["content"])
    assert parse_batch(batch, model=RULES)["sha256"].to_pylist() == [
        hashlib.sha256(PAGE).hexdigest()
    ]


def test_nothing_and_nulls_alone() -> None:
    empty = pa.table({"content": pa.array([], pa.binary())})
    assert parse_batch(empty, model=RULES) == SCHEMA.empty_table()
    assert parse_batch(pa.table({"content": pa.nulls(2)}), model=RULES)["status"].to_pylist() == [
        "skipped", "skipped",
    ]  # fmt: skip


def test_a_column_without_documents_is_refused() -> None:
    with pytest.raises(KeyError, match=r"content.*other"):
        parse_batch(pa.table({"other": [PAGE]}), model=RULES)
    with pytest.raises(TypeError, match="int64"):
        parse_batch(pa.table({"content": [1]}), model=RULES)


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        parse_batch(pa.table({"content": [PAGE]}), model=Model(folder=tmp_path))


def test_the_pipeline_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load(model: Model) -> object:
        loaded.append(model)
        return Scorer(model.load())

    monkeypatch.setattr(arrow, "make_scorer", load)
    arrow._scorer.cache_clear()
    for _ in range(3):
        parse_batch(pa.table({"content": [PAGE]}), model=RULES)
    assert loaded == [RULES]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to run examples in."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples/report.html").write_bytes(PAGE)
    return tmp_path


@pytest.mark.parametrize("title", ["DuckDB", "Polars", "pandas"])
def test_examples_run(
    title: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(title.lower())
    monkeypatch.chdir(folder)
    exec(compile(example(title), title, "exec"), {})
    printed = capsys.readouterr().out
    assert "和林市" in printed and "2022" in printed


@pytest.mark.parametrize(
    ("title", "packages"), [("Dask", ["dask.dataframe"]), ("Spark", ["pyspark.sql", "pandas"])]
)
def test_examples_with_processes_run(title: str, packages: list[str], folder: Path) -> None:
    for package in packages:
        pytest.importorskip(package)
    program = folder / "program.py"
    program.write_text(example(title), encoding="utf-8")
    python = {"PYTHONPATH": str(ROOT), "PYSPARK_PYTHON": sys.executable, "PYTHONUTF8": "1"}
    ran = subprocess.run(
        [sys.executable, program], cwd=folder, env=os.environ | python, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "和林市" in ran.stdout and "2022" in ran.stdout
