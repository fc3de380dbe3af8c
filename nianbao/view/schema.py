"""JSON Schema of the record, made from the dataclasses that it is written from."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from nianbao.report import SCHEMA_VERSION, Report
from nianbao.rules.forms import COLUMNS, ROWS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_SCALARS: Final[dict[object, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
    types.NoneType: "null",
}


def record_schema() -> dict[str, Any]:
    """Return the schema of one record; every field is required, and no other is allowed."""
    schema = _object(Report)
    schema["properties"]["tables"] = _tables()
    schema["required"] = sorted(schema["properties"])
    schema["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    schema["properties"]["format"] = {"enum": ["2021", "2019", "pre2019", None]}
    title = "政府信息公开工作年度报告"
    return {"$schema": DIALECT, "title": title, **schema}


def _object(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    properties = {field.name: _schema(hints[field.name]) for field in fields(kind)}
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _schema(hint: Any) -> dict[str, Any]:
    """Return the schema of one annotation; raise TypeError on one that the record does not use."""
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if is_dataclass(hint) and isinstance(hint, type):
        return _object(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin in (Union, types.UnionType) and all(a in _SCALARS for a in arguments):
        return {"type": sorted({_SCALARS[argument] for argument in arguments})}
    raise TypeError(f"no schema for {hint!r}")


def _tables() -> dict[str, Any]:
    """Return the schema of `tables`: known tables, rows and columns, a number or null in each."""
    value = {"type": ["number", "null"]}
    return {
        "type": "object",
        "description": "table -> row -> column -> number or null",
        "additionalProperties": False,
        "properties": {
            table: {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    row: {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": dict.fromkeys(COLUMNS[table], value),
                    }
                    for row in rows
                },
            }
            for table, rows in ROWS.items()
        },
    }
