"""The codebooks: valid for machines, whole for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package

from nianbao.batch.codebook import PACKAGE, Language, codebook
from nianbao.batch.formats import export
from nianbao.batch.links import CELL_PATHS
from nianbao.batch.tables import TABLES
from nianbao.rules.forms import COLUMNS, ROWS, SECTIONS
from tests.nianbao.batch.made_outcomes import made_report, no_report, outcome, read_outcomes, write


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("codebook") / "d"
    extra = [outcome(made_report(), "a"), outcome(made_report(year=None), "b"), no_report("n")]
    write([read_outcomes()[0], *extra], made)
    return made


@pytest.fixture
def as_csv(directory: Path, tmp_path: Path) -> Path:
    export(directory, "csv", tmp_path)
    return tmp_path


def descriptor(directory: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((directory / PACKAGE).read_bytes())
    return made


def errors(directory: Path) -> set[str]:
    report = Package(str(directory / PACKAGE)).validate()
    return {error for (error,) in report.flatten(["type"])}


def test_the_package_of_csv_files_is_valid_and_so_are_they(as_csv: Path) -> None:
    assert errors(as_csv) == set()


@pytest.mark.parametrize(
    ("table", "old", "new", "error"),
    [
        ("cells", '"read"', '"lost"', "constraint-error"),
        ("sections", '"overview"', "", "constraint-error"),
        ("documents", '"parsed"', '"passed"', "constraint-error"),
        ("reports", ",true,", ",perhaps,", "type-error"),
    ],
)
def test_a_wrong_value_is_found(table: str, old: str, new: str, error: str, as_csv: Path) -> None:
    path = as_csv / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert error in errors(as_csv)


def test_keys_are_stated(as_csv: Path) -> None:
    path = as_csv / "reports.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    assert "primary-key" in errors(as_csv)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    assert "foreign-key" in errors(as_csv)


def test_the_package_names_the_files_and_columns_there_are(directory: Path) -> None:
    package = descriptor(directory)
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert [resource["name"] for resource in package["resources"]] == [t.name for t in TABLES]
    listed: set[str] = set()
    for resource, table in zip(package["resources"], TABLES, strict=True):
        paths = resource["path"] if isinstance(resource["path"], list) else [resource["path"]]
        listed.update(paths)
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == table.full_schema.names
        required = {f["name"] for f in fields if f.get("constraints", {}).get("required")}
        assert required == {c.name for c in table.full_columns if not c.nullable}
    found = {path.relative_to(directory).as_posix() for path in directory.rglob("*.parquet")}
    assert listed == found
    Package.from_descriptor(package)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_codebook_names_everything(language: Language) -> None:
    text = codebook(language)
    lines = text.splitlines()
    for table in TABLES:
        assert f"## `{table.name}`" in lines
        for column in table.full_columns:
            assert any(line.startswith(f"| `{column.name}` |") for line in lines)
    for path in CELL_PATHS:
        assert any(line.startswith(f"| `{path}` |") for line in lines)
    printed = [*SECTIONS.values()]
    printed += [name for rows in ROWS.values() for name in rows.values()]
    printed += [name for columns in COLUMNS.values() for name in columns.values()]
    for name in printed:
        assert name in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_of_the_codebook_are_well_formed(language: Language) -> None:
    lines = codebook(language).splitlines()
    width = None
    for line in lines:
        if not line.startswith("|"):
            width = None
            continue
        cells = line.replace(r"\|", "").count("|")
        assert width in (None, cells), line
        width = cells


def test_the_forms_of_a_cell_are_named() -> None:
    lines = codebook("en").splitlines()
    (made,) = (line for line in lines if "`proactive_disclosure.rules.made`" in line)
    (other,) = (line for line in lines if "`requests.other_processing.total`" in line)
    (both,) = (line for line in lines if "`requests.granted.total`" in line)
    assert made.endswith("| 2021 |") and other.endswith("| 2019 |")
    assert both.endswith("| 2019, 2021 |")


def test_codebooks_of_a_dataset_are_those(directory: Path) -> None:
    for language in ("en", "zh"):
        path = directory / f"codebook.{language}.md"
        assert path.read_text(encoding="utf-8") == codebook(language)  # type: ignore[arg-type]
