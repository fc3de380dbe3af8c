"""Label Studio's tasks -> their texts -> regions.  Runs in a process that reads documents, for a body may
be large and a text is a document: nothing here imports the web framework."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from nianbao.document import Document
from nianbao.pipeline import Pipeline
from nianbao.reading.limits import MAX_CHARS
from nianbao.spans import Span
from serving.failures import Wrong, string_member
from serving.studio.config import Labelling, labelling

#: What an annotator would see as a text that is none: an address, or the path of an uploaded file.
_ADDRESS: Final = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*://|/data/)\S*\s*")
_SCORE_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One task of a body: how messages call it, and what is needed to answer it, as JSON."""

    name: str
    data: bytes


def parts(body: Mapping[str, Any]) -> tuple[Part, ...]:
    """Take the body of a request for predictions apart.

    Raises Wrong where the configuration is not ours, and where a task has no text, naming it.
    """
    project = labelling(string_member(body, "label_config"), "body:/label_config")
    tasks = body.get("tasks")
    if not isinstance(tasks, list):
        raise Wrong("bad_body", "tasks 应是数组。", "tasks has to be an array.", "body:/tasks")
    return tuple(_part(task, number, project) for number, task in enumerate(tasks))


def _part(task: Any, number: int, project: Labelling) -> Part:
    where = f"body:/tasks/{number}"
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        raise Wrong("bad_body", "任务应有 data。", "A task has to have data.", where)
    identity = task.get("id")
    is_plain = isinstance(identity, int) and not isinstance(identity, bool)
    name = f"{identity}" if is_plain else f"#{number + 1}"
    text = data.get(project.key)
    reason = _reason(text, project.key)
    if reason is not None or not isinstance(text, str):
        chinese, english = reason or _NO_TEXT
        raise Wrong(
            "unfit_task", f"任务 {name}：{chinese}。", f"Task {name}: {english}.", f"{where}/data"
        )
    # Half a surrogate pair alone has no UTF-8; a question mark takes its place and its length.
    content = {**asdict(project), "text_of_task": text}
    return Part(name, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))


_NO_TEXT: Final = ("没有文本", "it has no text")


def _reason(text: Any, key: str) -> tuple[str, str] | None:
    """Return in Chinese and in English why `text` cannot be read, None where it can."""
    if not isinstance(text, str):
        return f"data 中没有文本字段 {key[:64]}", f"its data has no text called {key[:64]}"
    if not text.strip():
        return "文本是空的", "its text is empty"
    if _ADDRESS.fullmatch(text):
        return "文本是一个网址，而服务不下载任何网址", "its text is an address, and none is fetched"
    if len(text) > MAX_CHARS:
        return f"文本超过 {MAX_CHARS} 字符", f"its text has more than {MAX_CHARS} characters"
    return None


def prediction(part: Mapping[str, Any], pipeline: Pipeline) -> bytes:
    """Return the prediction for one task as Label Studio takes it, as JSON.

    Its score is that of the least certain span, so that tasks ordered by it begin with the doubtful
    ones; of a text without any span it is 0.
    """
    text = part["text_of_task"]
    data = text.encode("utf-8")
    digest = hashlib.sha256(data).hexdigest()
    # The text as it is, not as the reader would clean it: offsets are those of the annotator's text.
    spans = pipeline.spans(Document(text, "text/plain", None, digest, len(data)))
    regions = [_region(span, text[span.start : span.end], digest, part) for span in spans]
    found = {
        "result": regions,
        "score": min((region["score"] for region in regions), default=0.0),
        "model_version": pipeline.model_version,
    }
    return json.dumps(found, ensure_ascii=False).encode("utf-8")


def _region(span: Span, words: str, digest: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the region of a span of the text with this digest, in characters, which is what the editor
    of Label Studio 1.23 counts.  Its id follows from the text, the place and the label."""
    named = f"{digest} {span.start} {span.end} {span.label}"
    return {
        "id": hashlib.sha256(named.encode()).hexdigest()[:10],
        "from_name": part["control"],
        "to_name": part["text"],
        "type": "labels",
        "value": {"start": span.start, "end": span.end, "text": words, "labels": [span.label]},
        "score": round(min(1.0, max(0.0, span.score)), _SCORE_DIGITS),
    }
