"""Exports of Label Studio, JSON and JSON_MIN -> gold, every span checked against its text.

What does not hold is refused with its place (task, annotation, region), all of it at once; nothing is
left out in silence.  Shapes as Label Studio 1.23.2 gives them.  JSON_MIN leaves skipped tasks out by
itself, names no region and no draft: pull JSON where there is a choice.

A region quotes its text.  The editor quotes each line end as a backslash and an n, and a carriage
return likewise (seen with 1.23.2); what the API was given stays as it was.  Both are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from annotations.offsets import Places, Unit
from annotations.problems import Problem
from annotations.studio.config import CONTROL, OBJECT
from annotations.studio.tasks import SUBJECT, TEXT, TEXT_SHA256, sha256_of
from nianbao.gold import GoldDocument, Subject
from nianbao.spans import LABELS, Span

_LABELS: Final = frozenset(LABELS)
_LINE_END: Final = re.compile(r"[\n\r]")
_MIN_KEYS: Final = frozenset({"annotation_id", "annotator"})


@dataclass(frozen=True, slots=True)
class Options:
    """How an export is read.

    `unit` is what its offsets count; `several` says whether a text may have been annotated by several
    people (the audit slice) or only by one; `names` gives the name of an annotator's number;
    `guidelines` is the SHA-256 of those that were followed; `texts`, where given, is the text that was
    sent, by the SHA-256 of the document.
    """

    guidelines: str
    unit: Unit = "codepoints"
    several: Literal["refuse", "all"] = "refuse"
    names: Mapping[int, str] = field(default_factory=dict)
    texts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One annotation, or one task, that was refused: all of its problems, and itself."""

    problems: tuple[Problem, ...]
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an export holds: gold, what was refused, and the tasks that nobody has finished yet."""

    documents: tuple[GoldDocument, ...]
    refusals: tuple[Refusal, ...]
    pending: tuple[str, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for refusal in self.refusals for problem in refusal.problems)


@dataclass(frozen=True, slots=True)
class _Task:
    """One task, of either shape; `annotations` in the shape of JSON."""

    place: str
    data: Mapping[str, Any]
    annotations: Sequence[Mapping[str, Any]]
    drafts: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a task, and the subject that it belongs to."""

    subject: Subject
    text: str


def read_export(items: Any, options: Options) -> Reading:
    """Read what Label Studio exported, parsed from its JSON."""
    documents: list[GoldDocument] = []
    refusals: list[Refusal] = []
    pending: list[str] = []
    if not isinstance(items, list):
        problem = Problem("shape", "导出文件", "应是任务的列表（JSON 或 JSON_MIN）")
        return Reading((), (Refusal((problem,), {"items": items}),), ())
    for number, item in enumerate(items, 1):
        task = _task(item, number)
        if isinstance(task, Problem):
            refusals.append(Refusal((task,), {"item": item}))
            continue
        found = _read_task(task, options)
        documents += found.documents
        refusals += [Refusal(r.problems, {**r.item, "data": task.data}) for r in found.refusals]
        pending += found.pending
    return Reading(tuple(documents), tuple(refusals), tuple(pending))


def _task(item: Any, number: int) -> _Task | Problem:
    if not isinstance(item, dict):
        return Problem("shape", f"第 {number} 项", "不是任务")
    place = f"任务 {item.get('id', f'（第 {number} 项）')}"
    if isinstance(item.get("annotations"), list) and isinstance(item.get("data"), dict):
        return _Task(place, item["data"], item["annotations"], item.get("drafts") or ())
    if item.keys() >= _MIN_KEYS:
        if item["annotation_id"] is None:
            return _Task(place, item, (), ())
        result = [
            {"type": "labels", "from_name": CONTROL, "to_name": OBJECT, "value": value}
            for value in item.get(CONTROL) or ()
        ]
        annotation = {
            "id": item["annotation_id"],
            "completed_by": item["annotator"],
            "result": result,
            "created_at": item.get("created_at"),
            "updated_at": item.get("updated_at"),
        }
        return _Task(place, item, (annotation,), ())
    return Problem("shape", place, "既不是 JSON 也不是 JSON_MIN 格式的任务")


def _read_task(task: _Task, options: Options) -> Reading:
    cancelled = [one for one in task.annotations if one.get("was_cancelled")]
    finished = [one for one in task.annotations if not one.get("was_cancelled")]
    refusals = [
        Refusal(
            (Problem("cancelled", _place(task, one), "标注者跳过了这个任务"),), {"annotation": one}
        )
        for one in cancelled
    ]
    if task.drafts and finished:
        problem = Problem("draft", task.place, "有没有提交的修改（草稿），请提交或撤销")
        refusals.append(Refusal((problem,), {"drafts": list(task.drafts)}))
        finished = []
    if not finished:
        state = "只有草稿，没有提交" if task.drafts else "还没有标注"
        waits = not task.annotations
        return Reading((), tuple(refusals), (f"{task.place}：{state}",) if waits else ())
    held = _held(task, options)
    if isinstance(held, tuple):
        return Reading((), (*refusals, Refusal(held, {"annotations": finished})), ())
    settled = _settled(task, finished, options)
    if isinstance(settled, Problem):
        return Reading((), (*refusals, Refusal((settled,), {"annotations": finished})), ())
    documents = []
    for annotation in settled:
        document = _document(task, held, annotation, options)
        if isinstance(document, GoldDocument):
            documents.append(document)
        else:
            refusals.append(Refusal(document, {"annotation": annotation}))
    return Reading(tuple(documents), tuple(refusals), ())


def _settled(
    task: _Task, finished: Sequence[Mapping[str, Any]], options: Options
) -> Sequence[Mapping[str, Any]] | Problem:
    """The annotations that count: the only one, the one that was marked as ground truth (the star in
    the editor), or, where several people are wanted, one of each."""
    starred = [one for one in finished if one.get("ground_truth")]
    if options.several == "refuse":
        if len(finished) > 1 and len(starred) != 1:
            ids = "、".join(str(one.get("id")) for one in finished)
            message = (
                f"有 {len(finished)} 份标注（{ids}），请商定一份并标星，或用 --several all 都取"
            )
            return Problem("several", task.place, message)
        return starred or finished
    names = [_annotator(one, options) for one in finished]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return Problem("several", task.place, f"同一人有多份标注：{'、'.join(twice)}")
    return finished


def _held(task: _Task, options: Options) -> _Text | tuple[Problem, ...]:
    """The text as it was sent, and its subject; the problems where it is another one."""
    text, subject = task.data.get(TEXT), task.data.get(SUBJECT)
    if not isinstance(text, str) or not text:
        return (Problem("shape", task.place, "没有 text"),)
    try:
        made = Subject(**subject) if isinstance(subject, dict) else None
    except TypeError as error:
        return (Problem("subject", task.place, f"subject 的字段不对：{error}"),)
    if made is None:
        return (Problem("subject", task.place, "没有 subject，不知道是哪份文件"),)
    problems = []
    if task.data.get(TEXT_SHA256) != sha256_of(text):
        problems.append(Problem("edited", task.place, "文字与送出时不同（text_sha256 不符）"))
    if options.texts is not None and options.texts.get(made.sha256) != text:
        problems.append(Problem("edited", task.place, "文字与队列中的不同，或队列中没有这份文件"))
    return tuple(problems) or _Text(made, text)


def _document(
    task: _Task, held: _Text, annotation: Mapping[str, Any], options: Options
) -> GoldDocument | tuple[Problem, ...]:
    place = _place(task, annotation)
    problems: list[Problem] = []
    spans: list[Span] = []
    where: dict[int, str] = {}
    results = annotation.get("result")
    if not isinstance(results, list):
        return (Problem("shape", place, "没有 result"),)
    places = Places.of(held.text, options.unit)
    for number, region in enumerate(results, 1):
        inside = f"{place}，区域 {_region_name(region, number)}"
        span = _span(region, held.text, inside, places)
        if isinstance(span, Problem):
            problems.append(span)
        else:
            where[id(span)] = inside
            spans.append(span)
    problems += _overlaps(spans, held.text, where)
    try:
        annotated = _utc(annotation.get("updated_at") or annotation.get("created_at"))
    except (TypeError, ValueError):
        problems.append(Problem("shape", place, "没有标注的时间"))
    if problems:
        return tuple(problems)
    return GoldDocument(
        held.subject,
        held.text,
        tuple(sorted(spans, key=lambda s: s.start)),
        _annotator(annotation, options),
        annotated,
        str(annotation.get("guidelines") or options.guidelines),
    )


def _span(region: Any, text: str, place: str, places: Places) -> Span | Problem:
    if not isinstance(region, dict) or region.get("type") != "labels":
        kind = region.get("type") if isinstance(region, dict) else None
        return Problem("region_type", place, f"类型是 {kind!r}，只收 labels")
    value = region.get("value")
    if not isinstance(value, dict):
        return Problem("shape", place, "没有 value")
    labels = value.get("labels")
    if not isinstance(labels, list) or len(labels) != 1:
        return Problem("label", place, f"应有一个标签，有 {labels!r}")
    if labels[0] not in _LABELS:
        return Problem("label", place, f"标签 {labels[0]!r} 不在标签集中")
    start, end = value.get("start"), value.get("end")
    if type(start) is not int or type(end) is not int:
        return Problem("offsets", place, f"起止位置不是整数：{start!r}、{end!r}")
    quote = value.get("text")
    try:
        start, end = places.incoming(start, end)
    except ValueError:
        return Problem(
            "offsets", place, f"[{start}, {end}) 不在文字之内{_hint(value, text, places.unit)}"
        )
    if not isinstance(quote, str):
        return Problem("quote", place, "没有引文，无法核对")
    if not quotes(quote, text[start:end]):
        message = f"引文是 {quote!r}，[{start}, {end}) 处是 {text[start:end]!r}"
        return Problem("quote", place, message + _hint(value, text, places.unit))
    return Span(start, end, labels[0], source="gold")


def quotes(quote: str, text: str) -> bool:
    """Say whether `quote` is how Label Studio quotes `text`."""
    return quote in (text, _LINE_END.sub(r"\\n", text))


def _hint(value: Mapping[str, Any], text: str, unit: Unit) -> str:
    """Say that the offsets would fit if they counted the other unit; they are not taken as such."""
    other: Unit = "utf16" if unit == "codepoints" else "codepoints"
    try:
        start, end = Places.of(text, other).incoming(value["start"], value["end"])
    except ValueError:
        return ""
    fits = isinstance(value.get("text"), str) and quotes(value["text"], text[start:end])
    return f"；按 --offsets {other} 计则相符" if fits else ""


def _overlaps(spans: Sequence[Span], text: str, where: Mapping[int, str]) -> Iterator[Problem]:
    ordered = sorted(spans, key=lambda s: (s.start, s.end))
    reach: Span | None = None
    for span in ordered:
        if reach is not None and span.start < reach.end:
            piece = text[max(span.start, reach.start) : min(span.end, reach.end)]
            message = f"{span.label} 与 {reach.label}（{where[id(reach)]}）重叠在 {piece!r}"
            yield Problem("overlap", where[id(span)], message)
        if reach is None or span.end > reach.end:
            reach = span


def _place(task: _Task, annotation: Mapping[str, Any]) -> str:
    return f"{task.place}，标注 {annotation.get('id')}"


def _region_name(region: Any, number: int) -> str:
    name = region.get("id") if isinstance(region, dict) else None
    return str(name) if name is not None else f"（第 {number} 个）"


def _annotator(annotation: Mapping[str, Any], options: Options) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        return str(who.get("email") or f"user-{who.get('id')}")
    return options.names.get(who, f"user-{who}") if isinstance(who, int) else "unknown"


def _utc(stamp: Any) -> str:
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        raise ValueError(stamp)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
