"""What the annotate-retrain loop hands on, one JSON object a line: documents to annotate, and gold.

    queue.jsonl   `QueuedDocument`: what `nianbao queue` chose, why, and what the model made of it
    gold.jsonl    `GoldDocument`: a text with the spans that people settled on, and who, when, how

Offsets count characters of `text`, half-open; `text` is `Document.text`, as the library reads the
document, and is never changed.  Lines are written with sorted keys, so that the same documents are
the same bytes, and a set of gold is known by the SHA-256 of its file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nianbao.exceptions import NianbaoError
from nianbao.spans import Source, Span, check_spans


class ExchangeError(NianbaoError):
    """A line of a queue or of a gold set is not of its shape; the message names file and line."""

    code = "exchange"


@dataclass(frozen=True, slots=True)
class Subject:
    """The document that a text comes from.

    `sha256` is that of its bytes, in hex; `place` where it was found (`nianbao.batch.outcome.Place`);
    `site` the host it was published on; each of the others is None where it is not known.
    """

    sha256: str
    place: str = ""
    url: str | None = None
    site: str | None = None
    agency: str | None = None
    agency_id: str | None = None
    year: int | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a document was chosen: a stable `code`, and `message`, a sentence in Chinese."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class QueuedDocument:
    """A document to annotate, with the labels of `model_version` to begin from; `priority` is higher
    for what should come first, and comparable within one queue alone."""

    subject: Subject
    text: str
    spans: tuple[Span, ...]
    reasons: tuple[Reason, ...]
    priority: float
    model_version: str


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A text with the spans that are right.

    `annotator` names who settled them, `annotated` when (ISO 8601, UTC), `guidelines` is the SHA-256
    of the guidelines they followed.
    """

    subject: Subject
    text: str
    spans: tuple[Span, ...]
    annotator: str
    annotated: str
    guidelines: str


def write_queue(path: Path, documents: Iterable[QueuedDocument]) -> None:
    """Write a queue, in the order given."""
    _write(path, (_queued_line(one) for one in documents))


def read_queue(path: Path) -> list[QueuedDocument]:
    """Read a queue.  Raises ExchangeError naming the first line that is not of its shape, and OSError."""
    found = []
    for where, line in _lines(path):
        document = _parsed(line, where, _QUEUED_KEYS)
        reasons = tuple(Reason(one["code"], one["message"]) for one in document["reasons"])
        found.append(
            QueuedDocument(
                _subject(document["subject"], where),
                document["text"],
                _spans(document["spans"], document["text"], "model", where),
                reasons,
                float(document["priority"]),
                document["model_version"],
            )
        )
    return found


def write_gold(path: Path, documents: Iterable[GoldDocument]) -> None:
    """Write a gold set, sorted by the digests of its documents and then by annotator."""
    ordered = sorted(documents, key=lambda one: (one.subject.sha256, one.annotator))
    _write(path, (_gold_line(one) for one in ordered))


def read_gold(path: Path) -> list[GoldDocument]:
    """Read a gold set.  Raises ExchangeError naming the first line that is not of its shape, whose
    spans overlap or lie outside its text, and OSError."""
    found = []
    for where, line in _lines(path):
        document = _parsed(line, where, _GOLD_KEYS)
        found.append(
            GoldDocument(
                _subject(document["subject"], where),
                document["text"],
                _spans(document["spans"], document["text"], "gold", where),
                document["annotator"],
                document["annotated"],
                document["guidelines"],
            )
        )
    return found


def gold_sha256(path: Path) -> str:
    """Return the SHA-256, in hex, by which a gold set is known."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


_QUEUED_KEYS: Final = frozenset(
    {"subject", "text", "spans", "reasons", "priority", "model_version"}
)
_GOLD_KEYS: Final = frozenset({"subject", "text", "spans", "annotator", "annotated", "guidelines"})


def _queued_line(one: QueuedDocument) -> dict[str, Any]:
    return {
        "subject": _subject_line(one.subject),
        "text": one.text,
        "spans": [[s.start, s.end, s.label, round(s.score, 4)] for s in one.spans],
        "reasons": [{"code": r.code, "message": r.message} for r in one.reasons],
        "priority": one.priority,
        "model_version": one.model_version,
    }


def _gold_line(one: GoldDocument) -> dict[str, Any]:
    return {
        "subject": _subject_line(one.subject),
        "text": one.text,
        "spans": [[s.start, s.end, s.label] for s in one.spans],
        "annotator": one.annotator,
        "annotated": one.annotated,
        "guidelines": one.guidelines,
    }


def _subject_line(subject: Subject) -> dict[str, Any]:
    return {name: getattr(subject, name) for name in Subject.__slots__}


def _subject(found: Any, where: str) -> Subject:
    if not isinstance(found, dict) or not isinstance(found.get("sha256"), str):
        raise ExchangeError(f"{where}：subject 缺少 sha256")
    unknown = sorted(found.keys() - set(Subject.__slots__))
    if unknown:
        raise ExchangeError(f"{where}：subject 中有未知的字段 {'、'.join(unknown)}")
    return Subject(**found)


def _spans(found: Any, text: str, source: Source, where: str) -> tuple[Span, ...]:
    try:
        spans = [
            Span(one[0], one[1], one[2], score=one[3] if len(one) > 3 else 1.0, source=source)
            for one in found
        ]
        return tuple(check_spans(spans, text))
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise ExchangeError(f"{where}：标注不对：{error}") from error


def _parsed(line: str, where: str, keys: frozenset[str]) -> Mapping[str, Any]:
    try:
        document = json.loads(line)
    except ValueError as error:
        raise ExchangeError(f"{where}：不是有效的 JSON：{error}") from error
    if not isinstance(document, dict) or document.keys() != keys:
        raise ExchangeError(f"{where}：字段应为 {'、'.join(sorted(keys))}")
    if not isinstance(document["text"], str):
        raise ExchangeError(f"{where}：text 不是字符串")
    return document


def _lines(path: Path) -> Iterable[tuple[str, str]]:
    # Split at "\n" alone: a text may hold U+2028, at which `splitlines` would cut.
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path}：不是 UTF-8 文本：{error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield f"{path}:{number}", line


def _write(path: Path, documents: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for document in documents:
            file.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")
