"""Documents -> tasks of Label Studio, pre-annotated.

A task's `data` holds the text as it is, its SHA-256, so that an edit is seen, and the subject, so that
an export of any kind can be read back; its `meta` has the subject and why it was chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from annotations.offsets import Places, Unit
from annotations.problems import Problem, Refused
from annotations.studio.config import CONTROL, OBJECT
from nianbao.gold import GoldDocument, QueuedDocument, Subject
from nianbao.spans import Span

#: Keys of a task's `data`.
TEXT, TEXT_SHA256, SUBJECT, HEADER = "text", "text_sha256", "subject", "header"
#: What the editor cannot hold: the HTML parser leaves U+0000 out, which would shift all behind it, and
#: half a surrogate pair is no UTF-8.
_UNFIT: Final = frozenset({0, *range(0xD800, 0xE000)})


def sha256_of(text: str) -> str:
    """Return the SHA-256, in hex, of a text as UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def tasks_of(
    documents: Sequence[QueuedDocument], unit: Unit = "codepoints"
) -> list[dict[str, Any]]:
    """Return a task for each document, in their order.

    Raises Refused naming every document whose text the editor would show shifted."""
    refuse_unfit((one.subject, one.text) for one in documents)
    return [_queued(one, unit) for one in documents]


def annotated_tasks(
    documents: Iterable[GoldDocument], unit: Unit = "codepoints"
) -> list[dict[str, Any]]:
    """Return gold as tasks with finished annotations, in the shape in which Label Studio exports and
    imports them; the documents of one text, by several people, are one task.

    Raises Refused as `tasks_of` does."""
    grouped: dict[tuple[str, str], list[GoldDocument]] = {}
    for one in documents:
        grouped.setdefault((one.subject.sha256, one.text), []).append(one)
    refuse_unfit((group[0].subject, group[0].text) for group in grouped.values())
    tasks, number = [], 0
    for task_id, group in enumerate(grouped.values(), 1):
        annotations = []
        for one in group:
            number += 1
            annotations.append(
                {
                    "id": number,
                    "completed_by": {"email": one.annotator},
                    "result": regions(one.spans, one.text, unit, scored=False),
                    "was_cancelled": False,
                    "ground_truth": False,
                    "created_at": one.annotated,
                    "updated_at": one.annotated,
                    "guidelines": one.guidelines,
                }
            )
        tasks.append(
            {
                "id": task_id,
                "data": _data(group[0].subject, group[0].text, ""),
                "meta": {SUBJECT: asdict(group[0].subject)},
                "annotations": annotations,
            }
        )
    return tasks


def regions(
    spans: Iterable[Span], text: str, unit: Unit, *, scored: bool = True
) -> list[dict[str, Any]]:
    """Return spans as regions; the ids are their numbers, so that the same spans are the same."""
    found = []
    places = Places.of(text, unit)
    for number, span in enumerate(spans):
        region: dict[str, Any] = {
            "id": f"s{number}",
            "from_name": CONTROL,
            "to_name": OBJECT,
            "type": "labels",
            "value": {
                "start": places.outgoing(span.start),
                "end": places.outgoing(span.end),
                "text": text[span.start : span.end],
                "labels": [span.label],
            },
        }
        if scored:
            region["score"] = round(span.score, 4)
        found.append(region)
    return found


def _queued(one: QueuedDocument, unit: Unit) -> dict[str, Any]:
    reasons = [asdict(reason) for reason in one.reasons]
    why = "；".join(reason.message for reason in one.reasons)
    return {
        "data": _data(one.subject, one.text, why),
        "meta": {SUBJECT: asdict(one.subject), "reasons": reasons, "priority": one.priority},
        "predictions": [
            {
                "model_version": one.model_version,
                # The least sure label: Label Studio sorts by it.
                "score": round(min((s.score for s in one.spans), default=0.0), 4),
                "result": regions(one.spans, one.text, unit),
            }
        ],
    }


def _data(subject: Subject, text: str, why: str) -> dict[str, Any]:
    year = f"{subject.year}年" if subject.year else None
    parts = [subject.agency, year, subject.place, why]
    return {
        TEXT: text,
        TEXT_SHA256: sha256_of(text),
        SUBJECT: asdict(subject),
        HEADER: " · ".join(part for part in parts if part) or subject.sha256,
    }


def refuse_unfit(texts: Iterable[tuple[Subject, str]]) -> None:
    """Raise Refused naming each text with a character that the editor cannot hold."""
    problems = []
    for subject, text in texts:
        at = next((i for i, c in enumerate(text) if ord(c) in _UNFIT), None)
        if at is not None:
            message = f"第 {at} 个字符 U+{ord(text[at]):04X} 无法在标注工具中显示，其后的位置会错开"
            problems.append(Problem("character", subject.place or subject.sha256, message))
        elif not text:
            problems.append(Problem("empty", subject.place or subject.sha256, "没有文字"))
    if problems:
        raise Refused(problems)


def relabelled(
    documents: Sequence[QueuedDocument], version: str, labeller: Callable[[str], Sequence[Span]]
) -> list[QueuedDocument]:
    """Return the documents with the labels of model `version`: those that another version labelled
    are labelled anew."""
    return [
        one
        if one.model_version == version
        else replace(one, spans=tuple(labeller(one.text)), model_version=version)
        for one in documents
    ]
