"""Pieces that the OpenAPI document is put together from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from serving.problems import KINDS, MEDIA_TYPE, RETRY, Problem

Schema = dict[str, Any]

_ID: Final = "4f1c2d3e4f1c2d3e4f1c2d3e4f1c2d3e"
#: The schema of bytes as they are: whatever they are, none of them breaks it.
ANY: Final[Schema] = {}
#: Problems that any request may end in.
ALWAYS: Final = ("bad_request", "bad_parameter", "misdirected", "internal_error")
#: Those of requests with a body that is bounded, of requests that bring a document, and of those that
#: bring an archive.
BODY: Final = (
    "bad_multipart", "bad_gzip", "request_timeout", "body_too_large", "inflated_too_large",
    "unsupported_media_type", "unsupported_encoding", "rate_limited", "too_many_requests",
)  # fmt: skip
DOCUMENT: Final = (
    *BODY, "bad_body", "bad_json", "nesting_too_deep", "input_too_large", "unreadable_input",
    "needs_ocr", "timeout", "out_of_memory", "crashed", "busy",
)  # fmt: skip
UPLOAD: Final = (
    *BODY, "idempotency_key_in_use", "idempotency_key_reused", "too_many_jobs", "jobs_full",
    "storage_full",
)  # fmt: skip


def operation(name: str, summary: str, description: str, **rest: Any) -> Schema:
    """Return an operation; `rest` are its other members."""
    return {"operationId": name, "summary": summary, "description": description, **rest}


def responses(
    description: str,
    schema: Schema | None,
    *,
    problems: Iterable[str] = (*ALWAYS, *DOCUMENT),
    status: int = 200,
    examples: Schema | None = None,
) -> Schema:
    """Return the answers of an operation: the good one, and its problems by status.

    `schema` is that of the good one's JSON, None where it has no body.
    """
    good: Schema = {"description": description, "headers": headers()}
    if schema is not None:
        shown = {} if examples is None else {"examples": examples}
        good["content"] = {"application/json": {"schema": schema, **shown}}
    found: Schema = {str(status): good}
    by_status: dict[int, list[str]] = {}
    for code in (*problems, "unauthorized", "method_not_allowed"):
        by_status.setdefault(KINDS[code].status, []).append(code)
    for number, codes in sorted(by_status.items()):
        given = headers()
        if any(code in RETRY for code in codes):
            given["Retry-After"] = {"required": True, "schema": {"type": "string"}}
        shown = {code: {"value": Problem(code).to_dict(_ID)} for code in codes}
        found[str(number)] = {
            "description": "; ".join(KINDS[code].english for code in codes),
            "headers": given,
            "content": {MEDIA_TYPE: {"schema": ref("Problem"), "examples": shown}},
        }
    return found


def headers() -> Schema:
    """Return the headers that each answer has."""
    return {"X-Request-Id": {"required": True, "schema": {"type": "string"}}}


def object_of(properties: Schema, required: Iterable[str] | None = None) -> Schema:
    """Return the schema of an object with these members and no others; all are required unless
    `required` names those that are."""
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties if required is None else required),
        "additionalProperties": False,
    }


def nullable(schema: Schema) -> Schema:
    """Return the schema of what may be null."""
    return {"oneOf": [schema, {"type": "null"}]}


def binary() -> Schema:
    """Return the schema of a file."""
    return {"type": "string", "format": "binary"}


def strings(*names: str) -> Schema:
    """Return members that are strings."""
    return {name: {"type": "string"} for name in names}


def ref(name: str) -> Schema:
    """Return a reference to one of the components' schemas."""
    return {"$ref": f"#/components/schemas/{name}"}
