"""The dataset on disk: exact, whole, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from nianbao.batch import dataset as dataset_module
from nianbao.batch import extract as extract_module
from nianbao.batch import files
from nianbao.batch.dataset import write_dataset
from nianbao.batch.files import NULL_YEAR, Spool, read_batches, row_groups, write_parquet
from nianbao.batch.manifest import MANIFEST, rules_version
from nianbao.batch.outcome import Origin, Outcome, Place
from nianbao.batch.pieces import pack
from nianbao.batch.rows import Rows, read_record
from nianbao.batch.tables import CELLS, DOCUMENTS, REPORTS, TABLES, Table
from tests.nianbao.batch.made_outcomes import (
    contents,
    identify,
    in_order,
    made_report,
    no_report,
    outcome,
    read_outcomes,
    write,
)

FEES = "proactive_disclosure.fees.amount_10k_yuan"


def read(directory: Path, table: Table) -> list[dict[str, Any]]:
    return pa.Table.from_batches(read_batches(directory, table), table.full_schema).to_pylist()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of pages that were read, with versions, copies and failures among them."""
    directory = tmp_path_factory.mktemp("dataset") / "d"
    corrected = made_report({FEES: Decimal("47593.6663")}, published="2024-03-01")
    failed = Outcome(
        Place("z.pdf"), Origin(), 3, None, "failed", "unreadable", "无法读取", None, "0.1.0", "made"
    )  # fmt: skip
    write(
        [
            *read_outcomes(),
            outcome(made_report(), "a.html"),
            outcome(corrected, "b.html"),
            outcome(made_report(year=None), "c.html"),
            failed,
        ],
        directory,
    )
    return directory


@pytest.fixture
def query(written: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        for table in TABLES:
            pattern = f"{written}/{table.name}/**/*.parquet"
            database.execute(
                f"CREATE VIEW {table.name} AS SELECT * FROM "
                f"read_parquet('{pattern}', hive_partitioning = {table.partitioned})"
            )
        yield database


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(read_outcomes(), tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.fixture
def varied() -> list[Outcome]:
    """Reports of several years, with a mirror, a correction, equal bytes and other pages."""
    corrected = made_report({FEES: Decimal("47593.6663")}, published="2024-03-01")
    return [
        *read_outcomes(),
        outcome(made_report(), "a", b"same"),
        outcome(corrected, "b"),
        outcome(made_report(), "c"),
        outcome(made_report(), "d", b"same"),
        *(outcome(made_report(year=year), f"e{year}") for year in (None, 2020, 2021)),
        no_report("n"),
    ]


@pytest.mark.parametrize(
    "bounds",
    [{"_CHUNK": 1}, {"_CHUNK": 3}, {"_CHUNK_BYTES": 200_000}, {"_DOCUMENTS": 2}],
    ids=str,
)
def test_how_outcomes_are_gathered_does_not_show(
    bounds: dict[str, int], varied: list[Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(varied, tmp_path / "one")
    for name, value in bounds.items():
        monkeypatch.setattr(dataset_module, name, value)
    write(varied, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_several_processes_write_the_same_bytes(
    varied: list[Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(varied, tmp_path / "one")
    monkeypatch.setattr(dataset_module, "_CHUNK", 2)
    monkeypatch.setattr(extract_module, "_ALONE", 1)
    write(varied, tmp_path / "two", processes=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_totals_of_cells_agree_with_reports(query: duckdb.DuckDBPyConnection) -> None:
    wrong = query.execute(
        """
        SELECT r.report FROM reports r LEFT JOIN (
            SELECT report, count(*) AS cells,
                count(*) FILTER (state = 'read') AS cells_read,
                count(*) FILTER (state = 'blank') AS cells_blank,
                count(*) FILTER (state = 'missing') AS cells_missing,
                max(value) FILTER ("table" = 'requests' AND "row" = 'new_received'
                                   AND "column" = 'total') AS new_received,
                max(value) FILTER ("table" = 'requests' AND "row" = 'results_total'
                                   AND "column" = 'total') AS results_total,
                max(value) FILTER ("table" = 'requests' AND "row" = 'carried_forward'
                                   AND "column" = 'total') AS carried_forward
            FROM cells GROUP BY report) c USING (report)
        WHERE (r.cells, r.cells_read, r.cells_blank, r.cells_missing)
            IS DISTINCT FROM (coalesce(c.cells, 0), coalesce(c.cells_read, 0),
                              coalesce(c.cells_blank, 0), coalesce(c.cells_missing, 0))
           OR (r.new_received, r.results_total, r.carried_forward)
            IS DISTINCT FROM (c.new_received, c.results_total, c.carried_forward)
        """
    ).fetchall()
    assert wrong == []
    (total,) = query.execute("SELECT sum(new_received) FROM reports").fetchone() or (None,)
    assert total > 0


def test_wide_agrees_with_cells(query: duckdb.DuckDBPyConnection) -> None:
    columns = [name for name in TABLES[-1].schema.names if "." in name]
    listed = ", ".join(f'"{name}"' for name in columns)
    differing = query.execute(
        f"""
        (SELECT report, path, value FROM (UNPIVOT wide ON {listed} INTO NAME path VALUE value)
         EXCEPT
         SELECT report, "table" || '.' || "row" || '.' || "column", value FROM cells
         WHERE chosen AND value IS NOT NULL)
        UNION ALL
        (SELECT report, "table" || '.' || "row" || '.' || "column", value FROM cells
         WHERE chosen AND value IS NOT NULL
         EXCEPT
         SELECT report, path, value FROM (UNPIVOT wide ON {listed} INTO NAME path VALUE value))
        """
    ).fetchall()
    assert differing == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_keys_and_foreign_keys_hold(table: Table, query: duckdb.DuckDBPyConnection) -> None:
    if table.key:
        key = ", ".join(f'"{name}"' for name in table.key)
        doubled = f"SELECT {key} FROM {table.name} GROUP BY {key} HAVING count(*) > 1"
        assert query.execute(doubled).fetchall() == []
    for reference in table.references:
        column = f'm."{reference.column}"'
        lost = query.execute(
            f"SELECT {column} FROM {table.name} m WHERE {column} IS NOT NULL AND {column} "
            f"NOT IN (SELECT {reference.key} FROM {reference.table})"
        ).fetchall()
        assert lost == []
        (held,) = query.execute(f"SELECT count({column}) FROM {table.name} m").fetchone() or (0,)
        assert held > 0


def test_chosen_is_the_same_in_every_table(query: duckdb.DuckDBPyConnection) -> None:
    for table in ("cells", "sections", "facts", "checks", "warnings"):
        joined = f"SELECT count(*) FROM {table} t JOIN reports r USING (report)"
        assert query.execute(f"{joined} WHERE t.chosen <> r.chosen").fetchone() == (0,)
    (other,) = query.execute("SELECT count(*) FROM reports WHERE NOT chosen").fetchone() or (0,)
    chosen = query.execute("SELECT report FROM reports WHERE chosen ORDER BY report").fetchall()
    assert other > 0
    assert query.execute("SELECT report FROM wide ORDER BY report").fetchall() == chosen


def test_the_corrected_version_is_chosen(written: Path) -> None:
    reports = {row["document"]: row for row in read(written, REPORTS)}
    old, new = reports["a.html"], reports["b.html"]
    assert (old["link_reason"], old["chosen_report"]) == ("superseded", new["report"])
    assert (new["chosen"], new["link_reason"]) == (True, None)
    assert (new["agency_id"], new["province_code"], new["agency_confidence"]) == (
        "yz-云泽市", "320000", 0.9,
    )  # fmt: skip


def test_documents_tell_what_became_of_every_input(written: Path) -> None:
    documents = {row["document"]: row for row in read(written, DOCUMENTS)}
    assert len(documents) == len(read_outcomes()) + 4
    first, again = documents["archive.zip!/00.html"], documents["archive.zip!/13.html"]
    assert first["same_bytes_as"] is None and again["same_bytes_as"] == first["document"]
    assert first["report"] == again["report"] == first["sha256"]
    other, failed = documents["other.html"], documents["z.pdf"]
    assert (other["status"], other["report"]) == ("not_report", None)
    assert (failed["sha256"], failed["reason"], failed["message"]) == (
        None, "unreadable", "无法读取",
    )  # fmt: skip
    reports = {row["report"]: row["document"] for row in read(written, REPORTS)}
    assert reports[first["report"]] == first["document"]


def test_rows_are_in_order_of_the_first_place(written: Path) -> None:
    by_year: dict[object, list[str]] = {}
    for row in read(written, REPORTS):
        by_year.setdefault(row["year"], []).append(row["document"])
    assert len(by_year) > 3
    for documents in by_year.values():
        assert documents == sorted(documents)
    expected = {row["report"]: row["cells"] for row in read(written, REPORTS) if row["cells"]}
    runs: list[str] = []
    for row in read(written, CELLS):
        if not runs or runs[-1] != row["report"]:
            runs.append(row["report"])
    assert runs == list(expected)


def test_a_value_with_many_decimals_survives(tmp_path: Path) -> None:
    value = Decimal("-12345678901234567890123456.123456789012")
    write([outcome(made_report({FEES: value}), "a")], tmp_path / "d")
    values = [row["value"] for row in read(tmp_path / "d", CELLS) if row["row"] == "fees"]
    assert values == [value]


def test_a_report_without_year_lies_in_the_partition_of_null(written: Path) -> None:
    path = written / "reports" / f"year={NULL_YEAR}" / "part-0.parquet"
    assert "c.html" in pq.read_table(path, partitioning=None).column("document").to_pylist()
    found = pa.dataset.dataset(written / "reports", partitioning="hive").to_table()
    assert found.column("year").null_count == sum(
        read_record(made.record).year is None for made in read_outcomes() if made.record
    ) + 1  # fmt: skip


def test_an_empty_run_has_every_table_with_its_columns(tmp_path: Path) -> None:
    summary = write([], tmp_path / "d")
    assert summary.rows == {table.name: 0 for table in TABLES} and summary.years == ()
    for table in TABLES:
        (path,) = (tmp_path / "d" / table.name).rglob("*.parquet")
        assert pq.read_schema(path).equals(table.schema)
        assert read(tmp_path / "d", table) == []


def test_files_have_the_schema_of_their_table(written: Path) -> None:
    for table in TABLES:
        for path in (written / table.name).rglob("*.parquet"):
            assert pq.read_schema(path).equals(table.schema)


def test_the_manifest_vouches_for_every_file(written: Path) -> None:
    manifest = json.loads((written / MANIFEST).read_bytes())
    found = contents(written)
    del found[MANIFEST]
    assert manifest["files"].keys() == found.keys()
    for path, data in found.items():
        entry = manifest["files"][path]
        assert entry["bytes"] == len(data)
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        if path.endswith(".parquet"):
            assert entry["rows"] == pq.read_metadata(written / path).num_rows
    assert manifest["inputs"] == ["archive.zip"]
    assert manifest["schema_versions"] == ["1"]
    assert manifest["rules_version"] == rules_version() and len(rules_version()) == 64
    assert manifest["model_versions"] == ["made", "rules-only"]


def test_the_summary_counts(tmp_path: Path) -> None:
    copy = outcome(made_report(), "b", b"same")
    summary = write(
        [outcome(made_report(), "a", b"same"), copy, outcome(made_report(), "c"), no_report("n")],
        tmp_path / "d",
    )
    assert summary.documents == {"parsed": 3, "not_report": 1}
    assert (summary.reports, summary.chosen, summary.years) == (2, 1, (2023,))
    assert summary.rows["documents"] == 4 and summary.rows["cells"] == 400


def test_names_that_are_no_utf8_are_written(tmp_path: Path) -> None:
    place = Place("a", b"\xc4\xea.html".decode("utf-8", "surrogateescape"))
    write([outcome(made_report(), place)], tmp_path / "d")
    (row,) = read(tmp_path / "d", DOCUMENTS)
    assert row["document"] == "a!/\\udcc4\\udcea.html"


def test_outcomes_out_of_order_are_refused(tmp_path: Path) -> None:
    made = [outcome(made_report(), "b"), outcome(made_report(), "a")]
    with pytest.raises(ValueError, match="out of order"):
        write_dataset(made, tmp_path / "d", identify=identify)
    with pytest.raises(ValueError, match="out of order"):
        write_dataset([made[0]] * 2, tmp_path / "e", identify=identify)


def test_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(FileExistsError):
        write_dataset([], tmp_path, identify=identify)
    assert contents(tmp_path) == {"mine": b"x"}


def test_identities_are_asked_once_a_report(tmp_path: Path) -> None:
    asked: list[tuple[str | None, str | None, str]] = []

    def listening(*, title: str | None, agency: str | None, url: str | None, text: str) -> Any:
        asked.append((agency, url, text))
        return identify(title=title, agency=agency, url=url, text=text)

    made = [outcome(made_report(), "a", b"same"), outcome(made_report(), "b", b"same")]
    write_dataset(in_order(made), tmp_path / "d", identify=listening)
    ((agency, url, text),) = asked
    assert (agency, url) == ("云泽市", "https://a.example/") and "总体情况" in text


def _batches(sizes: list[int], text: str = "") -> list[pa.RecordBatch]:
    """Rows of documents, `text` the source of each, in batches of these sizes."""
    numbers = iter(range(sum(sizes)))
    made = []
    for size in sizes:
        rows = Rows((DOCUMENTS,))
        for _ in range(size):
            rows.add_document(no_report(f"{text}{next(numbers):04}"), None)
        made.append(rows.take()["documents"])
    return made


def _groups_of(path: Path) -> list[int]:
    found = pq.read_metadata(path)
    return [found.row_group(n).num_rows for n in range(found.num_row_groups)]


@pytest.mark.parametrize(
    ("text", "groups"),
    [("", [10, 10, 10, 5]), ("x" * 100, [4] * 8 + [3])],
    ids=["many rows", "long texts"],
)
def test_row_groups_are_the_same_however_rows_arrive(
    text: str, groups: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A row has its text twice, in `document` and `source`, and some hundred bytes besides.
    monkeypatch.setattr(files, "_GROUP_BYTES", 1_200 if text else 10_000)
    table = replace(DOCUMENTS, row_group=10)
    for name, sizes in (("a", [35]), ("b", [1] * 35), ("c", [9, 2, 11, 13])):
        made = row_groups(_batches(sizes, text), table)
        assert write_parquet(tmp_path / name, table, made) == 35
    one, two, three = contents(tmp_path).values()
    assert one == two == three
    assert _groups_of(tmp_path / "a") == groups


def test_a_spool_gives_back_each_table_and_year_in_order(tmp_path: Path) -> None:
    first, second, third = _batches([2, 3, 1])
    with Spool(tmp_path / "s") as spool:
        for year, batch in ((2023, first), (None, second), (2023, third)):
            spool.append(pack(DOCUMENTS.name, year, batch))
        assert spool.years(DOCUMENTS) == [2023, None] and spool.years(CELLS) == []
        assert list(spool.batches(DOCUMENTS, 2023)) == [first, third]
        assert list(spool.batches(DOCUMENTS, None)) == [second]
        assert list(spool.batches(DOCUMENTS, 1999)) == []


def test_years_are_read_in_order(written: Path) -> None:
    years = [row["year"] for row in read(written, REPORTS)]
    known = [year for year in years if year is not None]
    assert all(a <= b for a, b in pairwise(known))
    assert years == known + [None] * (len(years) - len(known))
