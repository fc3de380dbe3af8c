"""The OpenAPI document, written from what the code accepts and answers."""

from __future__ import annotations

import json
from typing import Final

from nianbao.spans import LABELS
from nianbao.view.schema import record_schema
from serving.jobs.openapi import job_paths, job_schemas
from serving.problems import KINDS
from serving.schemas import (
    ALWAYS,
    ANY,
    DOCUMENT,
    Schema,
    binary,
    object_of,
    operation,
    ref,
    responses,
    strings,
)
from serving.studio.openapi import studio_paths
from serving.work import MAX_NAME

_TEXT: Final = (
    "云泽市民政局2023年政府信息公开工作年度报告\n一、总体情况\n二、主动公开政府信息情况\n"
    "三、收到和处理政府信息公开申请情况\n四、因政府信息公开工作被申请行政复议、提起行政诉讼情况\n"
    "五、政府信息公开工作存在的主要问题及改进情况\n六、其他需要报告的事项\n无。\n"
)
_HTML: Final = (
    f"<html><body>{''.join(f'<p>{line}</p>' for line in _TEXT.splitlines())}</body></html>"
)
_PATH: Final = "requests.new_received.total"
_CONTENTS: Final[Schema] = {
    "text": {"type": "string", "description": "The document as text."},
    "html": {"type": "string", "description": "The document as HTML."},
    "base64": {
        "type": "string",
        "contentEncoding": "base64",
        "description": "The bytes of the document: HTML or text of any encoding, or PDF.",
    },
}


def document(*, with_keys: bool, with_studio: bool = False) -> Schema:
    """Return the OpenAPI 3.1 document; `with_keys` says that requests need one, `with_studio` that
    Label Studio is answered too."""
    keyed: Schema = {"security": [{"key": []}]} if with_keys else {}
    open_to_all: Schema = {"security": []} if with_keys else {}
    schemes: Schema = {"key": {"type": "http", "scheme": "bearer"}}
    if with_studio:
        schemes["password"] = {"type": "http", "scheme": "basic"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "年报",
            "version": "1",
            "summary": "Reads 政府信息公开工作年度报告 into one canonical, checked record.",
            "description": "Every error is an RFC 9457 problem with a stable `code`. A document may "
            "be unreadable (422) whatever its media type is: its content decides.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        **keyed,
        "paths": {
            "/parse": {"post": _parse()},
            "/parse/stream": {"post": _stream()},
            "/label": {"post": _label()},
            "/explain": {"post": _explain()},
            **job_paths(),
            **(studio_paths(with_keys=with_keys) if with_studio else {}),
            "/schema": {"get": _get("schema", "The JSON Schema of the record", {"type": "object"})},
            "/labels": {"get": _cells()},
            "/version": {"get": _get("version", "The versions", _versions())},
            "/openapi.json": {
                "get": _get("openapi", "This document", {"type": "object"}) | open_to_all
            },
            "/problems/{code}": {"get": _problem_kind() | open_to_all},
        },
        "components": {
            "schemas": {
                "Record": {k: v for k, v in record_schema().items() if k != "$schema"},
                "Problem": _problem(),
                "Document": _json_document(),
                **job_schemas(),
            },
            "securitySchemes": schemes if with_keys else {},
        },
    }


def _parse() -> Schema:
    record = ref("Record")
    with_text = object_of({"record": record, "text": {"type": "string"}}, ("record", "text"))
    return operation(
        "parse",
        "Read one document into its record",
        "The record of a report; of anything else a record with `is_report: false`.",
        parameters=[_include()],
        requestBody=_body(_documents(ref("Document"))),
        responses=responses(
            "The record, or with `include=text` the record and the text that its offsets point into",
            {"anyOf": [record, with_text]},
        ),
    )


def _stream() -> Schema:
    lines = (
        f'{{"id": "a", "text": {_quoted(_TEXT)}}}\n{{"id": 7, "html": {_quoted("<p>空</p>")}}}\n'
    )
    ndjson = {
        "schema": {
            "description": "A line for each document: the object that `/parse` takes, and `id`.",
        },
        "examples": {"two": {"value": lines}},
    }
    form = {
        "schema": {
            "type": "object",
            "description": "A part for each document; its id is its file name, else its field.",
            "additionalProperties": {"type": "string", "format": "binary"},
        },
        "examples": {"two": {"value": {"a.txt": _TEXT, "b.html": _HTML}}},
    }
    answer = {
        "application/x-ndjson": {
            "schema": {
                "type": "string",
                "description": "A line for each document in order of completion: `id` and either "
                "`record` (and `text`) or `problem`.",
            }
        }
    }
    found = operation(
        "stream",
        "Read many documents",
        "One bad document is one line with a problem. A line whose `id` is null is about the whole.",
        parameters=[_include()],
        requestBody=_body({"application/x-ndjson": ndjson, "multipart/form-data": form}),
        responses=responses("The lines", {}),
    )
    found["responses"]["200"]["content"] = answer
    return found


def _label() -> Schema:
    span = object_of(
        {
            "start": {"type": "integer", "minimum": 0},
            "end": {"type": "integer", "minimum": 1},
            "label": {"enum": list(LABELS)},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "source": {"type": "string"},
            "text": {"type": "string"},
        }
    )
    spans = {"spans": {"type": "array", "items": span}, "text": {"type": "string"}}
    return operation(
        "label",
        "Label the spans of one document",
        "What the model sees: headings, rows, columns, values.",
        parameters=[_include()],
        requestBody=_body(_documents(ref("Document"))),
        responses=responses("The spans", object_of(spans, ("spans",))),
    )


def _explain() -> Schema:
    asked = _json_document({"path": {"type": "string", "description": "table.row.column"}})
    number = {"type": ["number", "null"]}
    line: Schema = {"number": {"type": "integer"}} | strings("before", "value", "after")
    check: Schema = {"id": {"type": "string"}, "status": {"enum": ["pass", "fail", "skipped"]}}
    check |= {"message": {"type": "string"}, "expected": number, "actual": number}
    offset = {"type": ["integer", "null"]}
    found = strings("path", "table", "cell", "raw", "source", "source_name", "reason")
    found |= {"value": number, "start": offset, "end": offset}
    found |= {"confidence": {"type": "number"}}
    found |= {"candidates": {"type": "array", "items": {"type": "number"}}}
    found |= {"lines": {"type": "array", "items": object_of(line)}}
    found |= {"checks": {"type": "array", "items": object_of(check)}}
    form = object_of({"file": binary(), "path": {"type": "string"}})
    content = {
        "application/json": {
            "schema": asked,
            "examples": {"text": {"value": {"text": _TEXT, "path": _PATH}}},
        },
        "multipart/form-data": {
            "schema": form,
            "examples": {"text": {"value": {"file": _TEXT, "path": _PATH}}},
        },
    }
    return operation(
        "explain",
        "Say why a cell holds its value",
        "Where it was read from, its score, its reason, and the checks that look at it.",
        requestBody=_body(content),
        responses=responses(
            "The cell", object_of(found), problems=(*ALWAYS, *DOCUMENT, "unknown_path")
        ),
    )


def _get(name: str, summary: str, schema: Schema) -> Schema:
    found = responses(summary, schema, problems=ALWAYS)
    return operation(name, summary, summary, responses=found)


def _cells() -> Schema:
    found = _get("labels", "The labels, and the cells' names", _labels())
    found["responses"]["200"]["links"] = {
        "explain": {
            "operationId": "explain",
            "description": "Each path names a cell that may be explained.",
            "requestBody": {"text": _TEXT, "path": "{$response.body#/cells/0/path}"},
        }
    }
    return found


def _problem_kind() -> Schema:
    words = strings("code", "title", "chinese", "english")
    found = object_of({**words, "status": {"type": "integer"}})
    code = {
        "name": "code",
        "in": "path",
        "required": True,
        "schema": {"enum": sorted(KINDS)},
        "example": "needs_ocr",
    }
    return operation(
        "problem",
        "Say what a problem's type means",
        "The sentences of a code.",
        parameters=[code],
        responses=responses("The kind of problem", found, problems=(*ALWAYS, "not_found")),
    )


def _documents(json_schema: Schema) -> Schema:
    form = object_of({"file": binary()})
    return {
        "application/json": {
            "schema": json_schema,
            "examples": {"text": {"value": {"text": _TEXT}}, "html": {"value": {"html": _HTML}}},
        },
        "multipart/form-data": {"schema": form, "examples": {"text": {"value": {"file": _TEXT}}}},
        "text/html": {"schema": ANY, "examples": {"html": {"value": _HTML}}},
        "text/plain": {"schema": ANY, "examples": {"text": {"value": _TEXT}}},
        "application/pdf": {"schema": ANY},
        "application/octet-stream": {
            "schema": ANY,
            "examples": {"text": {"value": _TEXT}},
        },
    }


def _json_document(more: Schema | None = None) -> Schema:
    """Return the schema of a document in JSON: one of its contents, and `more` members."""
    name = {"type": "string", "maxLength": MAX_NAME, "description": "Its file name, a hint."}
    kinds = [
        object_of({kind: schema, "name": name, **(more or {})}, (kind, *(more or {})))
        for kind, schema in _CONTENTS.items()
    ]
    return {"oneOf": kinds}


def _problem() -> Schema:
    words = strings("type", "title", "detail", "detail_en", "instance", "where")
    members = {
        **words,
        "status": {"type": "integer"},
        "code": {"enum": sorted(KINDS)},
    }
    return object_of(members, tuple(name for name in members if name != "where"))


def _labels() -> Schema:
    cell = object_of({"path": {"type": "string"}, "name": {"type": "string"}})
    return object_of(
        {
            "labels": {"type": "array", "items": {"enum": list(LABELS)}},
            "cells": {"type": "array", "items": cell},
        }
    )


def _versions() -> Schema:
    since: Schema = {"type": "string", "format": "date-time"}
    words = strings("library", "schema", "model", "model_digest")
    return object_of(words | {"model_since": since})


def _include() -> Schema:
    return {
        "name": "include",
        "in": "query",
        "description": "`text`: answer with the text as well, which offsets point into.",
        "schema": {"enum": ["text"]},
        "example": "text",
    }


def _body(content: Schema) -> Schema:
    return {"required": True, "content": content}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
