"""The tables as data: their columns, types, descriptions and references."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from nianbao.batch.labels import COLUMN_LABELS, ROW_LABELS, SECTION_LABELS, TABLE_LABELS
from nianbao.batch.links import CELL_PATHS
from nianbao.batch.tables import TABLES, Table
from nianbao.rules.forms import COLUMNS, ROWS, SECTIONS

#: What users of the dataset build on; `*` is never null.
COLUMN_NAMES = {
    "reports": "report* format title agency agency_id agency_confidence province province_code city "
    "city_code county county_code published confidence* is_report_score* cells* cells_read* "
    "cells_blank* cells_inferred* cells_missing* checks_passed* checks_failed* checks_skipped* "
    "warnings* chosen* chosen_report* link_reason document* url fetched media_type* encoding bytes* "
    "new_received results_total carried_forward schema_version* library_version* model_version*",
    "cells": "report* chosen* table* row* column* value raw* state* start end confidence* candidates* "
    "reason* failed_checks*",
    "sections": "report* chosen* section* number heading* text* start* end* confidence*",
    "facts": "report* chosen* name* value* unit* text* start* end* fact_year",
    "checks": "report* chosen* check* status* message* expected actual cells*",
    "warnings": "report* chosen* code* message* start end",
    "documents": "document* source* member ordinal* url fetched media_type bytes* sha256 status* "
    "reason* message report same_bytes_as library_version* model_version*",
    "wide": "report* agency agency_id province city county published format confidence* "
    "checks_failed* " + " ".join(CELL_PATHS),
}
BY_NAME = {table.name: table for table in TABLES}


def test_columns_are_those_agreed() -> None:
    found = {
        table.name: " ".join(c.name + ("" if c.nullable else "*") for c in table.columns)
        for table in TABLES
    }
    assert found == COLUMN_NAMES


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_described_in_both_languages(table: Table) -> None:
    for column in table.full_columns:
        assert re.search("[a-z]", column.en) and not re.search("[一-鿿]", column.en)
        assert re.search("[一-鿿]", column.zh)
    assert len({column.name for column in table.full_columns}) == len(table.full_columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_references_and_keys_name_columns_of_one_type(table: Table) -> None:
    assert set(table.key) <= set(table.schema.names)
    for reference in table.references:
        target = BY_NAME[reference.table]
        assert target.key == (reference.key,)
        assert target.schema.field(reference.key).type == table.schema.field(reference.column).type


def test_the_year_is_in_the_folder_and_not_in_the_file() -> None:
    for table in TABLES:
        assert "year" not in table.schema.names
        assert ("year" in table.full_schema.names) == table.partitioned
    assert [table.name for table in TABLES if not table.partitioned] == ["documents"]


def test_numbers_are_decimals_and_only_scores_are_floats() -> None:
    floats = {
        column.name
        for table in TABLES
        for column in table.columns
        if pa.types.is_floating(column.type)
    }
    assert floats == {"confidence", "is_report_score", "agency_confidence"}
    assert BY_NAME["wide"].schema.field(CELL_PATHS[0]).type == pa.decimal128(38, 12)


def test_every_name_of_the_forms_has_an_english_one() -> None:
    assert SECTION_LABELS.keys() == SECTIONS.keys()
    assert TABLE_LABELS.keys() == ROWS.keys()
    for table in ROWS:
        assert list(ROW_LABELS[table]) == list(ROWS[table])
        assert list(COLUMN_LABELS[table]) == list(COLUMNS[table])
