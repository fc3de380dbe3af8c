"""The codebooks of a dataset: for machines (`datapackage.json`) and for people, in two languages.

All of it is made from `nianbao.batch.tables` and the statutory forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa

from nianbao.batch.files import parts
from nianbao.batch.labels import COLUMN_LABELS, SECTION_LABELS, TABLE_LABELS, cell_label, row_label
from nianbao.batch.links import CELL_PATHS
from nianbao.batch.tables import TABLES, Column, Table
from nianbao.checks.names import TABLE_NAMES, cell_name, row_name
from nianbao.rules.forms import COLUMNS, ROWS, SECTIONS, table_cells

PACKAGE: Final = "datapackage.json"
Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

_FORMS: Final = ("2019", "2021")
_PROFILE: Final = "https://datapackage.org/profiles/2.0"
_MEDIA_TYPES: Final = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
}
_TITLE: Final = "政府信息公开工作年度报告"
#: Language -> what the codebook says around its tables.
_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "title": "Codebook: annual reports on government information disclosure",
        "head": (
            "Every number is exact: a decimal with up to 26 digits before the point and 12 behind it. "
            "Rows are in order of the first place of their report, then in the order of the report. "
            "Tables with a `year` lie in one folder a year, and have it in the folder's name; the "
            "year that is not known is `__HIVE_DEFAULT_PARTITION__`. To count every agency once, keep "
            "the rows with `chosen`."
        ),
        "columns": "column | type | null | holds",
        "key": "Key",
        "refers": "Refers to",
        "yes": "yes",
        "no": "no",
        "sections": "Sections of a report",
        "section_columns": "section | printed | English",
        "forms": "Rows and columns of the statutory forms",
        "rows": "row | printed | English | in the form of",
        "form_columns": "column | printed | English",
        "cells": "Cells",
        "cell_columns": "path | printed | English | in the form of",
    },
    "zh": {
        "title": f"数据字典:{_TITLE}",
        "head": (
            "所有数值均为精确小数,小数点前至多 26 位、后至多 12 位。各行按报告首次出现的位置排列,"
            "再按报告内的次序排列。含 `year` 的表按年分文件夹存放,年度写在文件夹名中;年度不明的为 "
            "`__HIVE_DEFAULT_PARTITION__`。如需每个机关每年只计一次,取 `chosen` 为真的行。"
        ),
        "columns": "列 | 类型 | 可空 | 含义",
        "key": "主键",
        "refers": "引用",
        "yes": "是",
        "no": "否",
        "sections": "报告的各部分",
        "section_columns": "部分 | 所印标题 | 英文",
        "forms": "法定表格的行与列",
        "rows": "行 | 所印名称 | 英文 | 所属格式",
        "form_columns": "列 | 所印名称 | 英文",
        "cells": "单元格",
        "cell_columns": "路径 | 所印名称 | 英文 | 所属格式",
    },
}


def write_codebook(directory: Path) -> None:
    """Write `datapackage.json` and the codebooks of the Parquet tables in `directory`.

    Raises FileNotFoundError when a table is missing.
    """
    paths = {
        table.name: [path.relative_to(directory).as_posix() for _, path in parts(directory, table)]
        for table in TABLES
    }
    write_package(directory, "parquet", paths)
    for language in LANGUAGES:
        text = codebook(language)
        (directory / f"codebook.{language}.md").write_text(text, encoding="utf-8", newline="\n")


def write_package(
    directory: Path, form: Literal["parquet", "csv"], paths: Mapping[str, Sequence[str]]
) -> None:
    """Write `datapackage.json` for the tables named in `paths`, with their files of format `form`."""
    content = json.dumps(package(form, paths), ensure_ascii=False, indent=1) + "\n"
    (directory / PACKAGE).write_text(content, encoding="utf-8", newline="\n")


def package(form: Literal["parquet", "csv"], paths: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the Data Package (version 2) of the tables named in `paths`."""
    resources = []
    for table in TABLES:
        if table.name in paths:
            files = paths[table.name]
            resource: dict[str, Any] = {
                "name": table.name,
                "type": "table",
                "path": files[0] if len(files) == 1 else list(files),
                "format": form,
                "mediatype": _MEDIA_TYPES[form],
                "title": table.zh,
                "description": table.en,
                "schema": _schema(table, form, paths.keys()),
            }
            if form == "csv":
                resource["encoding"] = "utf-8"
            resources.append(resource)
    return {
        "$schema": f"{_PROFILE}/datapackage.json",
        "name": "nianbao",
        "title": _TITLE,
        "description": _WORDS["en"]["head"],
        "resources": resources,
    }


def _schema(table: Table, form: str, tables: Iterable[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": f"{_PROFILE}/tableschema.json",
        "fields": [_field(column, form) for column in table.full_columns],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    keys = [
        {
            "fields": [reference.column],
            # "" is the resource itself.
            "reference": {
                "resource": "" if reference.table == table.name else reference.table,
                "fields": [reference.key],
            },
        }
        for reference in table.references
        if reference.table in tables
    ]
    return {**schema, "foreignKeys": keys} if keys else schema


def _field(column: Column, form: str) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _type(column.type),
        "title": column.zh,
        "description": column.en,
    }
    constraints: dict[str, Any] = {}
    # CSV has one way to say null and "".
    if not column.nullable and not (column.empty and form == "csv"):
        constraints["required"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    return {**field, "constraints": constraints} if constraints else field


def _type(kind: pa.DataType) -> str:
    """Return the type of Table Schema that holds values of the Arrow type `kind`."""
    for name, fits in (
        ("string", pa.types.is_string),
        ("integer", pa.types.is_integer),
        ("number", pa.types.is_decimal),
        ("number", pa.types.is_floating),
        ("boolean", pa.types.is_boolean),
        ("date", pa.types.is_date),
        ("array", pa.types.is_list),
    ):
        if fits(kind):
            return name
    raise TypeError(f"no type of Table Schema for {kind}")


def codebook(language: Language) -> str:
    """Return the codebook as Markdown."""
    words = _WORDS[language]
    lines = [f"# {words['title']}", "", words["head"], ""]
    for table in TABLES:
        lines += _table(table, language)
    lines += [f"## {words['sections']}", "", *_grid(words["section_columns"], _section_rows())]
    lines += [f"## {words['forms']}", ""]
    for name in ROWS:
        title = f"{TABLE_NAMES[name]} / {TABLE_LABELS[name]}"
        lines += [f"### `{name}`", "", title, ""]
        lines += _grid(words["rows"], _form_rows(name))
        lines += _grid(words["form_columns"], _form_columns(name))
    lines += [f"## {words['cells']}", "", *_grid(words["cell_columns"], _cell_rows())]
    return "\n".join(lines).rstrip() + "\n"


def _table(table: Table, language: Language) -> list[str]:
    words = _WORDS[language]
    # The cells of the form have their own list below.
    columns = [column for column in table.full_columns if column.name not in CELL_PATHS]
    rows = [
        (f"`{c.name}`", f"{c.type}", words["yes" if c.nullable else "no"], getattr(c, language))
        for c in columns
    ]
    lines = [f"## `{table.name}`", "", getattr(table, language), ""]
    if table.key:
        lines += [f"{words['key']}: {', '.join(f'`{name}`' for name in table.key)}", ""]
    for reference in table.references:
        target = f"`{reference.table}.{reference.key}`"
        lines += [f"{words['refers']}: `{reference.column}` → {target}", ""]
    return lines + _grid(words["columns"], rows)


def _section_rows() -> list[tuple[str, ...]]:
    return [(f"`{name}`", printed, SECTION_LABELS[name]) for name, printed in SECTIONS.items()]


def _form_rows(table: str) -> list[tuple[str, ...]]:
    return [
        (f"`{row}`", row_name(table, row), row_label(table, row), _forms_of(table, row))
        for row in ROWS[table]
    ]


def _form_columns(table: str) -> list[tuple[str, ...]]:
    return [
        (f"`{column}`", printed, COLUMN_LABELS[table][column])
        for column, printed in COLUMNS[table].items()
    ]


def _cell_rows() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for path in CELL_PATHS:
        table, rest = path.split(".", 1)
        row, column = rest.rsplit(".", 1)
        forms = _forms_of(table, row, column)
        rows.append((f"`{path}`", cell_name(path), cell_label(path), forms))
    return rows


def _forms_of(table: str, row: str, column: str | None = None) -> str:
    return ", ".join(
        form
        for form in _FORMS
        if row in (cells := table_cells(table, form)) and (column is None or column in cells[row])
    )


def _grid(head: str, rows: Sequence[tuple[str, ...]]) -> list[str]:
    marks = " | ".join("---" for _ in head.split(" | "))
    lines = [" | ".join(cell.replace("|", r"\|") for cell in row) for row in rows]
    return [f"| {line} |" for line in (head, marks, *lines)] + [""]
