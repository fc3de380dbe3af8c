"""What the OpenAPI document says of the model backend."""

from __future__ import annotations

from typing import Final

from nianbao.spans import LABELS
from serving.access import STUDIO_PREFIX
from serving.schemas import ALWAYS, Schema, object_of, operation, responses, strings
from serving.studio.endpoints import START_TRAINING

_CONFIG: Final = (
    '<View><Labels name="label" toName="text">'
    + "".join(f'<Label value="{label}"/>' for label in LABELS)
    + '</Labels><Text name="text" value="$text"/></View>'
)
_TEXT: Final = "云泽市民政局2023年政府信息公开工作年度报告\n一、总体情况\n"
_BODY: Final = (
    "bad_body", "bad_json", "bad_gzip", "nesting_too_deep", "request_timeout", "body_too_large",
    "inflated_too_large", "unsupported_media_type", "unsupported_encoding", "too_many_requests",
    "busy",
)  # fmt: skip
_PREDICT: Final = ("unfit_label_config", "unfit_task", "timeout", "out_of_memory", "crashed")


def studio_paths(*, with_keys: bool) -> Schema:
    """Return the paths of the backend; `with_keys` says that requests need one."""
    keyed: Schema = {"security": [{"key": []}, {"password": []}]} if with_keys else {}
    return {
        f"{STUDIO_PREFIX}/health": {"get": _health() | keyed},
        f"{STUDIO_PREFIX}/setup": {"post": _setup() | keyed},
        f"{STUDIO_PREFIX}/predict": {"post": _predict() | keyed},
        f"{STUDIO_PREFIX}/webhook": {"post": _webhook() | keyed},
    }


def _health() -> Schema:
    found = object_of({"status": {"const": "UP"}, "model_version": {"type": "string"}})
    return operation(
        "studioHealth", "Label Studio: say that the backend is there", "With the model's version.",
        responses=responses("It is there", found, problems=ALWAYS),
    )  # fmt: skip


def _setup() -> Schema:
    schema = _open({"schema": {"type": "string", "description": "The labelling configuration."}})
    return operation(
        "studioSetup", "Label Studio: say whether a project fits",
        "What else is sent, a token among it, is neither logged nor kept.",
        requestBody=_body(schema, {"project": "1.1764233000", "schema": _CONFIG}),
        responses=responses(
            "It fits", object_of(strings("model_version")),
            problems=(*ALWAYS, *_BODY, "unfit_label_config"),
        ),
    )  # fmt: skip


def _predict() -> Schema:
    task = _open({"data": {"type": "object"}})
    schema = _open({"label_config": {"type": "string"}, "tasks": {"type": "array", "items": task}})
    offset = {"type": "integer", "minimum": 0}
    value = object_of(
        {"start": offset, "end": offset, "text": {"type": "string"},
         "labels": {"type": "array", "items": {"enum": list(LABELS)}}},
    )  # fmt: skip
    score = {"type": "number", "minimum": 0, "maximum": 1}
    region = object_of(
        {
            **strings("id", "from_name", "to_name"),
            "type": {"const": "labels"},
            "value": value,
            "score": score,
        }
    )
    prediction = object_of(
        {"result": {"type": "array", "items": region}, "score": score, **strings("model_version")}
    )
    example = {"label_config": _CONFIG, "tasks": [{"id": 1, "data": {"text": _TEXT}}]}
    return operation(
        "studioPredict", "Label Studio: label the texts of tasks",
        "One prediction a task, all of one model, or a problem that names the task. Offsets count "
        "characters. The score of a prediction is that of its least certain region.",
        requestBody=_body(schema, example),
        responses=responses(
            "The predictions", object_of({"results": {"type": "array", "items": prediction}}),
            problems=(*ALWAYS, *_BODY, *_PREDICT),
        ),
    )  # fmt: skip


def _webhook() -> Schema:
    project = _open({"id": {"type": "integer"}})
    wish = _open({"action": {"const": START_TRAINING}, "project": project})
    other = _open({"action": {"type": "string", "not": {"const": START_TRAINING}}})
    example = {"action": START_TRAINING, "project": {"id": 1, "title": "年报"}}
    return operation(
        "studioWebhook", "Label Studio: take an event",
        f"`{START_TRAINING}` is kept for whoever retrains; all other events are left alone.",
        requestBody=_body({"oneOf": [wish, other]}, example),
        responses=responses(
            "It was taken",
            object_of({"status": {"enum": ["requested", "requested before", "ignored"]}}),
            problems=(*ALWAYS, *_BODY, "no_training_requests"),
        ),
    )  # fmt: skip


def _open(properties: Schema) -> Schema:
    """Return the schema of an object with these members, and others that do not matter."""
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _body(schema: Schema, example: Schema) -> Schema:
    content = {"application/json": {"schema": schema, "examples": {"one": {"value": example}}}}
    return {"required": True, "content": content}
