"""What a process of the pool does with one document.  Nothing here imports the web framework, and
nothing outside here looks into a document: JSON and Base64 are decoded here too, within the bounds."""

from __future__ import annotations

import base64
import binascii
import contextlib
import gc
import json
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any, Final, Literal, NamedTuple

import simplejson

from nianbao.batch.child import die_with_parent
from nianbao.batch.score import Model
from nianbao.batch.worker import Bounds
from nianbao.checks.names import TABLE_NAMES, CellPath, cell_name
from nianbao.document import Document
from nianbao.exceptions import NianbaoError, UnreadableInput
from nianbao.pipeline import Pipeline, library_version
from nianbao.reading import read
from nianbao.reading.folding import Folded
from nianbao.report import SCHEMA_VERSION, Report, to_utf8
from nianbao.spans import Span
from nianbao.view.explanation import UnknownPath, excerpts, find_cell
from nianbao.view.marks import SOURCE_NAMES
from nianbao.view.spans import to_jsonl
from serving.failures import Failure, Wrong, json_object, string_member
from serving.room import LEFT, MAY_REMAIN, bound, give_back, resident, trim
from serving.studio.predictions import Part, parts, prediction

#: The last two are those of `serving.studio`: a body with tasks, and one of these.
Operation = Literal["parse", "label", "explain", "tasks", "predict"]
#: Members of a JSON document: just one of the first three, and what may stand beside it.
CONTENTS: Final = ("text", "html", "base64")
MEDIA_TYPES: Final = {"text": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8"}
MAX_NAME: Final = 255
#: Bytes from which on a document is read in a process of its own: few pages of reports have as many.
_APART: Final = 128 << 10


@dataclass(frozen=True, slots=True)
class Task:
    """One document: bytes as they are, or (`is_json`) the JSON object that holds it.

    `path` is the cell to explain; `beside` are members of the JSON object that the caller allows.
    """

    operation: Operation
    data: bytes
    is_json: bool = False
    media_type: str | None = None
    name: str | None = None
    path: str | None = None
    include_text: bool = False
    beside: tuple[str, ...] = ()


@dataclass(slots=True)
class Measures:
    """What the metrics count of one document; `seconds` are those of each stage."""

    form: str = ""
    confidence: float | None = None
    failed_checks: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """The answer to a task: its JSON, and the text as JSON where it was asked for, or the failure.

    `identity` is the sender's id out of the JSON object, as JSON; `parts` are the tasks in a body, and
    `model` is the digest of the model that answered.
    """

    body: bytes = b""
    text: bytes | None = None
    identity: bytes | None = None
    failure: Failure | None = None
    parts: tuple[Part, ...] = ()
    model: str = ""
    measures: Measures = field(default_factory=Measures)


class Versions(NamedTuple):
    """Whose answers they are."""

    library: str
    schema: str
    model: str
    model_digest: str = ""


class _Timed:
    """A labeller that remembers how long its last call took."""

    def __init__(self, labeller: Callable[[Folded], list[Span]]) -> None:
        self.labeller = labeller
        self.seconds = 0.0

    def __call__(self, folded: Folded) -> list[Span]:
        begun = perf_counter()
        spans = self.labeller(folded)
        self.seconds = perf_counter() - begun
        return spans


_pipeline: Pipeline | None = None
_log_inputs = False


def begin(model: Model, _bounds: Bounds, log_inputs: bool = False) -> None:
    """Load the pipeline in a process of the pool.

    `log_inputs`: messages of faults may be logged, which may quote a document.
    """
    global _pipeline, _log_inputs
    _log_inputs = log_inputs
    # A terminal interrupts the whole group, and BentoML's supervisor ends the children of what it
    # stops: the service finishes what it took first, and then ends its pool by SIGKILL.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    die_with_parent()
    # Where torch is installed, spaCy imports it (by thinc): a second and 130 MB, and nobody asks for it.
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    _pipeline = model.load()
    _pipeline.warm()
    _pipeline.labeller = _Timed(_pipeline.labeller)
    # What is loaded stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()


def answer_all(
    link: Connection,
    begin: Callable[..., None],
    versions: Callable[[], Versions],
    call: Callable[[Task], Answer],
    arguments: tuple[Any, Bounds, bool],
) -> None:
    """Do what a process of `serving.readers` does: begin, say whose answers it gives, or why it cannot
    begin, and answer one task after the other within the bounds, saying each time whether it stays for
    another one, until the pipe is closed or tasks have left too much behind."""
    beyond = arguments[1].megabytes << 20
    give_back()
    try:
        begin(*arguments)
    except NianbaoError as error:
        link.send(str(error))
        return
    except Exception as error:  # noqa: BLE001 - ONNX Runtime raises what it likes for a bad model
        link.send(f"{type(error).__name__}: {error}")
        return
    link.send(versions())
    most, stays = resident() + MAY_REMAIN * beyond, True
    with contextlib.suppress(EOFError, MemoryError):
        while stays:
            bound(beyond)
            before, task = resident(), link.recv()
            is_large = len(task.data) > _APART and hasattr(os, "fork")
            answer = _apart(call, task) if is_large else call(task)
            if resident() > before + LEFT:
                trim()
            stays = resident() <= most
            link.send((answer, stays))
    os._exit(0)  # at once: there is nothing to tidy up


def _apart(call: Callable[[Task], Answer], task: Task) -> Answer:
    """Answer a large document in a fork of this process, whose memory ends with it.

    Read here, it leaves the heaps of Python and of glibc with holes that other objects hold open: 140 to
    240 MB an hour of the soak.  A fork takes some milliseconds.  Where it is killed this process ends
    too, so that the document counts as one that ended its process.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            die_with_parent(parent)
            theirs.send(call(task))
        finally:
            os._exit(0)
    theirs.close()
    try:
        answer: Answer = ours.recv()
    except EOFError:
        os._exit(1)
    ours.close()
    os.waitpid(child, 0)
    return answer


def versions() -> Versions:
    """Return whose answers this process gives."""
    pipeline = _loaded()
    return Versions(
        library_version(), SCHEMA_VERSION, pipeline.model_version, pipeline.model_digest
    )


def call(task: Task) -> Answer:
    """Answer one task; whatever is wrong with it becomes a failure."""
    answer = Answer()
    try:
        _answer(_loaded(), task, answer)
    except Wrong as wrong:
        answer.failure = wrong.failure
    except (UnreadableInput, UnknownPath) as error:
        where = "body:/path" if isinstance(error, UnknownPath) else None
        answer.failure = Failure(error.code, str(error), where=where)
    except MemoryError:
        answer.failure = Failure("out_of_memory")
    except Exception as error:  # noqa: BLE001 - a fault of ours is one failed document
        code = "out_of_memory" if _is_shortage(error) else "internal_error"
        answer.failure = Failure(code, fault=_fault(error))
    return answer


def _loaded() -> Pipeline:
    if _pipeline is None:
        raise RuntimeError("the process has not begun")
    return _pipeline


def _answer(pipeline: Pipeline, task: Task, answer: Answer) -> None:
    clock = _Clock(answer.measures.seconds)
    path = task.path
    answer.model = pipeline.model_digest
    if task.operation == "tasks":
        answer.parts = parts(json_object(task.data))
        return
    if task.operation == "predict":
        answer.body = prediction(json_object(task.data), pipeline)
        clock.stage("label")
        return
    if task.is_json:
        given = json_object(task.data)
        answer.identity = _identity(given)
        data, media_type, name = _content(given, task)
        if task.operation == "explain":
            path = string_member(given, "path")
    else:
        data, media_type, name = task.data, task.media_type, task.name
    document = read(data, media_type=media_type, name=name)
    clock.stage("read")
    if task.operation == "label":
        spans = pipeline.spans(document)
        clock.stage("label")
        answer.body = _spans_json(spans, document)
    else:
        report = pipeline.parse_document(document)
        clock.stage("assemble")
        if isinstance(pipeline.labeller, _Timed):
            clock.split("assemble", "label", pipeline.labeller.seconds)
        _measure(report, answer.measures)
        answer.body = (
            to_utf8(report, indent=None)
            if task.operation == "parse"
            else explanation(report, document, path or "")
        )
    if task.include_text:
        answer.text = json.dumps(document.text, ensure_ascii=False).encode("utf-8", "replace")
    clock.stage("write")


class _Clock:
    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self.last = perf_counter()

    def stage(self, name: str) -> None:
        now = perf_counter()
        self.seconds[name], self.last = now - self.last, now

    def split(self, whole: str, part: str, seconds: float) -> None:
        self.seconds[part] = seconds
        self.seconds[whole] = max(0.0, self.seconds[whole] - seconds)


def _identity(given: dict[str, Any]) -> bytes | None:
    """Return the sender's id as JSON, None where there is none that may be one."""
    found = given.get("id")
    if isinstance(found, bool) or not isinstance(found, str | int) or len(str(found)) > MAX_NAME:
        return None
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")


class _Content(NamedTuple):
    data: bytes
    media_type: str | None
    name: str | None


def _content(given: dict[str, Any], task: Task) -> _Content:
    for unknown in given.keys() - {*CONTENTS, "name", *task.beside}:
        raise Wrong(
            "bad_body", "JSON 中有不认识的成员。", "The object has an unknown member.",
            where=f"body:/{unknown[:MAX_NAME]}",
        )  # fmt: skip
    if "id" in given and _identity(given) is None:
        raise Wrong(
            "bad_body", f"id 应是不超过 {MAX_NAME} 字符的字符串或整数。",
            f"id has to be a string or an integer of at most {MAX_NAME} characters.",
            where="body:/id",
        )  # fmt: skip
    kinds = [kind for kind in CONTENTS if kind in given]
    if len(kinds) != 1:
        raise Wrong("bad_body", where="body")
    kind = kinds[0]
    name = string_member(given, "name") if "name" in given else None
    if name is not None and len(name) > MAX_NAME:
        raise Wrong(
            "bad_body", f"name 不能超过 {MAX_NAME} 字符。",
            f"name has at most {MAX_NAME} characters.", where="body:/name",
        )  # fmt: skip
    content = string_member(given, kind)
    if kind != "base64":
        return _Content(content.encode("utf-8", "replace"), MEDIA_TYPES[kind], name)
    try:
        return _Content(base64.b64decode(content, validate=True), None, name)
    except (binascii.Error, ValueError) as error:
        raise Wrong(
            "bad_body", "base64 的内容不是有效的 Base64。", "base64 does not hold valid Base64.",
            where="body:/base64",
        ) from error  # fmt: skip


def _measure(report: Report, measures: Measures) -> None:
    measures.form = (report.format or "unknown") if report.is_report else "none"
    measures.confidence = report.confidence if report.is_report else None
    measures.failed_checks = tuple(c.id for c in report.checks if c.status == "fail")


def _spans_json(spans: list[Span], document: Document) -> bytes:
    lines = to_jsonl(spans, document).split("\n")[:-1]
    return f'{{"spans": [{", ".join(lines)}]}}'.encode("utf-8", "replace")


def explanation(report: Report, document: Document, path: str) -> bytes:
    """Return the JSON of why the cell at `path` holds its value; raises UnknownPath."""
    cell = find_cell(report, path)
    lines = (
        [] if cell.start is None or cell.end is None else excerpts(document, cell.start, cell.end)
    )
    found = {
        "path": path,
        "table": TABLE_NAMES[CellPath.parse(path).table],
        "cell": cell_name(path, report.format or "2021"),
        "value": cell.value,
        "raw": cell.raw,
        "start": cell.start,
        "end": cell.end,
        "confidence": cell.confidence,
        "source": cell.source,
        "source_name": SOURCE_NAMES[cell.source],
        "reason": cell.reason,
        "candidates": cell.candidates,
        "lines": [
            {"number": e.number, "before": e.before, "value": e.value, "after": e.after}
            for e in lines
        ],
        "checks": [
            {
                "id": check.id,
                "status": check.status,
                "message": check.message,
                "expected": check.expected,
                "actual": check.actual,
            }
            for check in report.checks
            if path in check.cells
        ],
    }
    dumped = simplejson.dumps(found, use_decimal=True, ensure_ascii=False)
    return str(dumped).encode("utf-8", "replace")


#: What libraries in C++, and the loader of libraries, say when they get no memory.
_SHORTAGES: Final = ("bad_alloc", "allocate memory", "failed to map segment")


def _is_shortage(error: BaseException | None) -> bool:
    """Say whether an error comes of memory that was refused."""
    while error is not None:
        words = str(error).lower()
        if isinstance(error, MemoryError) or any(word in words for word in _SHORTAGES):
            return True
        error = error.__cause__ or error.__context__
    return False


def _fault(error: Exception) -> str:
    """Say where in the code an error came up, without a word of the document unless asked for."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    message = f": {error}" if _log_inputs else ""
    return f"{type(error).__name__}{message} at {places}"
