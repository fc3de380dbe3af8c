"""docs/dataset.md: every query and every program in it runs, on a dataset of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from nianbao.batch.build import build
from nianbao.batch.engines import Serial
from nianbao.batch.run import Options
from nianbao.batch.score import Model

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "dataset.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"([^\n]+):\n\n```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, made_pages: dict[str, bytes]) -> Path:
    folder = tmp_path_factory.mktemp("queries")
    (folder / "pages").mkdir()
    for name, data in made_pages.items():
        (folder / "pages" / name).write_bytes(data)
    build([str(folder / "pages")], folder / "dataset", Options(Serial(Model(rules_only=True))))
    return folder


def rows(query: str, folder: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(query.replace("dataset/", f"{folder}/dataset/")).fetchall()


@pytest.mark.parametrize(("title", "query"), QUERIES, ids=[title[:40] for title, _ in QUERIES])
def test_the_query_answers(title: str, query: str, dataset: Path) -> None:
    found = rows(query, dataset)
    assert bool(found) != ("(none)" in title)


def test_there_are_the_questions_that_a_researcher_asks() -> None:
    assert len(QUERIES) >= 7
    assert any("denied" in query for _, query in QUERIES)
    assert any("corrected" in query for _, query in QUERIES)
    assert any("published" in query for _, query in QUERIES)


def test_the_program_runs(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(ROOT)
    for program in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(program, "docs/dataset.md", "exec"), {})
    assert "report.html parsed" in capsys.readouterr().out
