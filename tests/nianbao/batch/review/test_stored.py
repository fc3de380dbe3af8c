from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nianbao.batch.review.stored import COLUMNS, UnreadableDataset, connected, exact, open_views
from tests.nianbao.batch.review.made_dataset import SCHEMAS, MadeDocument, MadeReport, write


def years(directory: Path) -> list[tuple[str, int | None]]:
    with connected() as connection:
        open_views(connection, directory)
        query = "SELECT agency, year FROM reports ORDER BY year NULLS LAST"
        return connection.execute(query).fetchall()


def test_the_year_is_that_of_the_partition(tmp_path: Path) -> None:
    reports = [MadeReport("a", year=2022), MadeReport("b", year=None), MadeReport("c", year=2019)]
    assert [year for _, year in years(write(tmp_path, reports))] == [2019, 2022, None]


def test_a_folder_above_may_look_like_a_partition_or_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "year=1999" / "a[b]*'c"
    assert years(write(folder, [MadeReport("a", year=2022)])) == [("云泽市", 2022)]


def test_tables_without_files_are_empty_views(tmp_path: Path) -> None:
    write(tmp_path, [], [MadeDocument("a", "skipped", "image")])
    with connected() as connection:
        open_views(connection, tmp_path, "old_")
        for table, columns in COLUMNS.items():
            view = connection.view(f"old_{table}")
            assert set(columns) <= set(view.columns)
            assert len(view.fetchall()) == (1 if table == "documents" else 0)


def test_the_columns_read_are_columns_of_the_design() -> None:
    for table, columns in COLUMNS.items():
        assert set(columns) <= set(SCHEMAS[table].names)


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDataset, match="documents"), connected() as connection:
        open_views(connection, tmp_path)
    with pytest.raises(UnreadableDataset, match="文件夹不存在"), connected() as connection:
        open_views(connection, tmp_path / "none")


@pytest.mark.parametrize("name", ["reason", "bytes"])
def test_a_missing_or_mistyped_column_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, [], [MadeDocument("a", "skipped", "image")])
    path = tmp_path / "documents" / "part-0.parquet"
    table = pq.ParquetFile(path).read()
    index = table.schema.get_field_index(name)
    changed = (
        table.remove_column(index)
        if name == "reason"
        else table.set_column(index, name, pa.array(["10"]))
    )
    pq.write_table(changed, path)
    with pytest.raises(UnreadableDataset, match=name), connected() as connection:
        open_views(connection, tmp_path)


def test_a_damaged_file_is_a_message_not_a_traceback(tmp_path: Path) -> None:
    write(tmp_path, [MadeReport("a")])
    path = tmp_path / "reports" / "year=2023" / "part-0.parquet"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UnreadableDataset, match="无法读取"):
        years(tmp_path)


def test_a_fault_of_a_query_is_not_called_damage() -> None:
    import duckdb

    with pytest.raises(duckdb.CatalogException), connected() as connection:
        connection.execute("SELECT * FROM nothing")


def test_numbers_lose_the_zeros_of_their_scale() -> None:
    assert [exact(Decimal(text)) for text in ("3.000000000000", "0.500000000000")] == [
        3,
        Decimal("0.5"),
    ]
    assert isinstance(exact(Decimal("3.000000000000")), int)
    assert exact(None) is None
