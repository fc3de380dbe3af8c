"""What the OpenAPI document says of jobs."""

from __future__ import annotations

from typing import Any, Final

from serving.jobs.endpoints import ID, IDEMPOTENCY_KEY, MAX_FIELD
from serving.jobs.records import STATES, Fields
from serving.jobs.results import RESULTS
from serving.problems import Problem
from serving.schemas import (
    ALWAYS,
    ANY,
    UPLOAD,
    Schema,
    binary,
    nullable,
    object_of,
    operation,
    ref,
    responses,
    strings,
)

_ID: Final = "9c1f0a52be7d4e0f8a4d6b1c2e3f4a5b"
_TIME: Final = "2026-11-27T09:30:00.000+00:00"
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PAGE: Final = "<html><body><p>云泽市民政局2023年政府信息公开工作年度报告</p></body></html>"
_LINES: Final = '{"html": "<p>云泽市民政局2023年政府信息公开工作年度报告</p>"}\n'
_FIELDS: Final = {
    "text_field": "Field of rows (JSON lines, CSV, Parquet) that holds the page; without: a guess.",
    "url_field": "Field that holds its address.",
    "date_field": "Field that holds when it was fetched.",
}
_RAW: Final = (
    "application/zip", "application/x-tar", "application/gzip", "application/warc",
    "application/x-ndjson", "text/csv", "application/vnd.apache.parquet", "text/html",
    "application/pdf", "application/octet-stream",
)  # fmt: skip
_OF_JOB: Final = (*ALWAYS, "unknown_job")


def job_paths() -> Schema:
    """Return the paths of jobs, which take `job_schemas`."""
    one = [_id()]
    return {
        "/jobs": {"post": _submit(), "get": _list()},
        "/jobs/{id}": {
            "get": operation(
                "job", "Say how far a job is", "Its state, its progress, and where its results are.",
                parameters=one,
                responses=responses("The job", ref("Job"), problems=_OF_JOB, examples=_examples()),
            ),
            "delete": operation(
                "deleteJob", "Remove a job",
                "One that runs is ended within seconds. Its files go, and there is no such job any more.",
                parameters=one,
                responses=responses("It is gone", None, problems=_OF_JOB, status=204),
            ),
        },
        "/jobs/{id}/cancel": {
            "post": operation(
                "cancelJob", "Cancel a job",
                "One that runs is ended within seconds, and its files go. One that has ended stays.",
                parameters=one,
                responses=responses("The job", ref("Job"), problems=_OF_JOB),
            )
        },
        "/jobs/{id}/results": {"get": _results()},
    }  # fmt: skip


def job_schemas() -> Schema:
    """Return the schemas that the paths refer to."""
    count: Schema = {"type": "integer", "minimum": 0}
    time: Schema = {"type": ["string", "null"], "format": "date-time"}
    file = object_of(
        {"name": {"type": "string"}, "bytes": count, "sha256": {"type": "string"}},
    )
    names = ("documents", "parsed", "not_report", "failed", "skipped", "bytes_read", "bytes_total")
    progress = object_of({**dict.fromkeys(names, count), "updated": time})
    job = {
        "id": {"type": "string", "pattern": f"^{ID}$"},
        "state": {"enum": list(STATES)},
        "created": {"type": "string", "format": "date-time"},
        **dict.fromkeys(("started", "ended", "expires"), time),
        "files": {"type": "array", "items": file},
        "progress": progress,
        "problem": nullable(ref("Problem")),
        "links": object_of(strings("self", "cancel")),
        "results": nullable(object_of(strings(*RESULTS))),
    }
    return {"Job": object_of(job)}


def _submit() -> Schema:
    form = {
        "schema": {
            "type": "object",
            "description": "Each part is a file; its name is its file name, else its field.",
            "minProperties": 1,
            "additionalProperties": {"type": "string", "format": "binary"},
        },
        "examples": {"one": {"value": {"report.html": _PAGE}}},
    }
    content: Schema = {kind: {"schema": ANY} for kind in _RAW}
    content["text/html"]["examples"] = {"page": {"value": _PAGE}}
    content["application/x-ndjson"]["examples"] = {"lines": {"value": _LINES}}
    fields = [
        {
            "name": name,
            "in": "query",
            "description": text,
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_FIELD},
            "example": "html",
        }
        for name, text in _FIELDS.items()
        if name in Fields.__struct_fields__
    ]
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key with the same files finds the job that they made; with other "
        "files it is a problem (draft-ietf-httpapi-idempotency-key-header).",
        "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY}$"},
        "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    }
    found = operation(
        "submit",
        "Hand in an archive",
        "ZIP, TAR, WARC, JSON lines, Parquet, CSV, or one report, plain or compressed: its content "
        "decides. Answers as soon as it is on the disk; where the job is found says `Location`.",
        parameters=[*fields, key],
        requestBody={"required": True, "content": {"multipart/form-data": form, **content}},
        responses=responses(
            "The job",
            ref("Job"),
            problems=(*ALWAYS, *UPLOAD),
            status=202,
            examples={"queued": {"value": _example("queued")}},
        ),
    )
    accepted = found["responses"]["202"]
    accepted["headers"]["Location"] = {"required": True, "schema": {"type": "string"}}
    parameters = {"id": "$response.body#/id"}
    accepted["links"] = {
        name: {"operationId": name, "parameters": parameters}
        for name in ("job", "cancelJob", "results", "deleteJob")
    }
    return found


def _list() -> Schema:
    jobs = object_of({"jobs": {"type": "array", "items": ref("Job")}})
    return operation(
        "jobs",
        "List the jobs of this key",
        "The latest first.",
        responses=responses("The jobs", jobs, problems=ALWAYS),
    )


def _results() -> Schema:
    form = {
        "name": "format",
        "in": "query",
        "description": "`jsonl`: a line for each input, in order of place, with its status, and as its "
        "last member `record`, byte for byte as `/parse` answers it, null where there is none. "
        "`xlsx`: a workbook of the dataset. `csv`, `parquet`: the dataset's files in a ZIP.",
        "schema": {"enum": list(RESULTS), "default": "jsonl"},
        "example": "jsonl",
    }
    found = operation(
        "results",
        "Fetch the results of a job",
        "For a job that succeeded. Ranges may be asked for.",
        parameters=[_id(), form],
        responses=responses("The results", ANY, problems=(*_OF_JOB, "no_results")),
    )
    media_types = sorted({result.media_type for result in RESULTS.values()})
    found["responses"]["200"]["content"] = {kind: {"schema": binary()} for kind in media_types}
    return found


def _id() -> Schema:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{ID}$"},
        "example": _ID,
    }


def _examples() -> Schema:
    return {
        "running": {"value": _example("running")},
        "succeeded": {"value": _example("succeeded")},
        "failed": {"value": _example("failed")},
    }


def _example(state: str) -> dict[str, Any]:
    begun, ended = state != "queued", state in ("succeeded", "failed")
    me = f"/jobs/{_ID}"
    counts = {"documents": 3, "parsed": 2, "not_report": 0, "failed": 1, "skipped": 0}
    return {
        "id": _ID,
        "state": state,
        "created": _TIME,
        "started": _TIME if begun else None,
        "ended": _TIME if ended else None,
        "expires": _TIME if ended else None,
        "files": [{"name": "pages.zip", "bytes": 52_113, "sha256": _SHA256}],
        "progress": {
            **(counts if begun else dict.fromkeys(counts, 0)),
            "bytes_read": 52_113 if begun else 0,
            "bytes_total": 52_113,
            "updated": _TIME if begun else None,
        },
        "problem": Problem("job_crashed").to_dict(_ID) if state == "failed" else None,
        "links": {"self": me, "cancel": f"{me}/cancel"},
        "results": {form: f"{me}/results?format={form}" for form in RESULTS}
        if state == "succeeded"
        else None,
    }
