"""Send made reports through a real Label Studio and back: no span may be lost or moved.

    python -m annotations.roundtrip --reports 200
    python -m annotations.roundtrip --queue queue.jsonl

A Label Studio is started on loopback, from its own environment, with an empty folder.  The reports
are pushed as any queue is, their predictions read back and compared.  Then a person is played who
accepts the predictions of each task, and in every third one takes a region away, moves one's end,
names one anew and marks one by hand, quoting as the editor quotes.  What is exported, as JSON and as
JSON_MIN, must then be just those spans.  CI has no time for it: a first start takes a minute or two.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annotations.guidance import guidelines_sha256
from annotations.made import made_queue
from annotations.problems import AnnotationError
from annotations.studio.client import Studio
from annotations.studio.config import label_config
from annotations.studio.exports import Options, read_export
from annotations.studio.server import PROGRAM, Place, started
from annotations.studio.tasks import regions, tasks_of
from nianbao.exceptions import NianbaoError
from nianbao.gold import QueuedDocument, read_queue
from nianbao.spans import LABELS, Span, check_spans

#: Every how many-th task is corrected and not only accepted.
CORRECTED = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: `lost` spans are missing, `moved` are others than were settled."""

    reports: int
    characters: int
    astral: int
    predicted: int
    predictions_changed: int
    settled: int
    corrected: int
    lost: int
    moved: int
    lost_min: int
    moved_min: int
    texts_changed: int
    problems: int
    seconds: float

    @property
    def sound(self) -> bool:
        wrong = (self.predictions_changed, self.lost, self.moved, self.lost_min, self.moved_min)
        return not any((*wrong, self.texts_changed, self.problems))


def round_trip(client: Studio, documents: Sequence[QueuedDocument], seed: int) -> Outcome:
    """Push `documents` into a new project, annotate as a person would, and read back."""
    began = time.perf_counter()
    project = client.project("往返检验", label_config())
    numbers = client.add_tasks(project, tasks_of(documents))
    predictions = {one["task"]: one["result"] for one in client.predictions(project)}
    changed = sum(
        predictions.get(number) != regions(document.spans, document.text, "codepoints")
        for number, document in zip(numbers, documents, strict=True)
    )
    rng = random.Random(seed)
    settled: dict[str, tuple[Span, ...]] = {}
    corrected = 0
    for index, (number, document) in enumerate(zip(numbers, documents, strict=True)):
        result = [{**region, "origin": "prediction"} for region in predictions[number]]
        spans = document.spans
        if index % CORRECTED == 0:
            spans = corrections(document, rng)
            corrected += len(set(spans) ^ set(document.spans))
            result = _corrected(document, spans, result)
        settled[document.subject.sha256] = spans
        client.annotate(number, {"result": result, "lead_time": 1.0})
    options = Options(
        guidelines_sha256(), texts={one.subject.sha256: one.text for one in documents}
    )
    full = read_export(client.tasks(project), options)
    least = read_export(client.exported(project, "JSON_MIN"), options)
    found = {one.subject.sha256: one.spans for one in full.documents}
    found_min = {one.subject.sha256: one.spans for one in least.documents}
    return Outcome(
        reports=len(documents),
        characters=sum(len(one.text) for one in documents),
        astral=sum(c > "\uffff" for one in documents for c in one.text),
        predicted=sum(len(one.spans) for one in documents),
        predictions_changed=changed,
        settled=sum(map(len, settled.values())),
        corrected=corrected,
        lost=_lost(settled, found),
        moved=_lost(found, settled),
        lost_min=_lost(settled, found_min),
        moved_min=_lost(found_min, settled),
        texts_changed=sum(
            {d.subject.sha256: d.text for d in full.documents}.get(one.subject.sha256) != one.text
            for one in documents
        ),
        problems=len(full.problems) + len(least.problems),
        seconds=time.perf_counter() - began,
    )


def corrections(document: QueuedDocument, rng: random.Random) -> tuple[Span, ...]:
    """Return the labels of a document as a person corrects them: one gone, one shorter, one renamed,
    and one new, the longest stretch that is free, over line ends and all."""
    spans = sorted(document.spans, key=lambda s: s.start)
    if len(spans) > 3:
        del spans[rng.randrange(len(spans))]
        index = rng.randrange(len(spans))
        if spans[index].end - spans[index].start > 1:
            spans[index] = replace(spans[index], end=spans[index].end - 1)
        index = rng.randrange(len(spans))
        spans[index] = replace(spans[index], label=rng.choice(LABELS))
    bounds = [0, *(place for span in spans for place in (span.start, span.end)), len(document.text)]
    free = max(zip(bounds[::2], bounds[1::2], strict=True), key=lambda gap: gap[1] - gap[0])
    if free[0] < free[1]:
        spans.append(Span(free[0], min(free[1], free[0] + 40), "furniture"))
    return tuple(check_spans(spans, document.text))


def _corrected(
    document: QueuedDocument, spans: Sequence[Span], result: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The regions of `spans`: those of the prediction that remain as they were, the others as the
    editor makes them, with ids of its own and line ends quoted as it quotes them."""
    kept = {
        (r["value"]["start"], r["value"]["end"], r["value"]["labels"][0]): dict(r) for r in result
    }
    found = []
    for number, span in enumerate(spans):
        same = kept.get((span.start, span.end, span.label))
        if same is not None:
            found.append(same)
            continue
        (made,) = regions([span], document.text, "codepoints", scored=False)
        quote = made["value"]["text"].replace("\r", "\n").replace("\n", "\\n")
        value = {**made["value"], "text": quote}
        found.append({**made, "id": f"manual{number}", "origin": "manual", "value": value})
    return found


def _lost(want: Mapping[str, Sequence[Span]], got: Mapping[str, Sequence[Span]]) -> int:
    """How many spans of `want` are not in `got`."""
    return sum(len(set(spans) - set(got.get(key, ()))) for key, spans in want.items())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m annotations.roundtrip", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--reports", type=int, default=200, help="how many are made")
    parser.add_argument("--queue", type=Path, help="take these instead of made ones")
    parser.add_argument("--seed", type=int, default=5, help="another seed makes other reports")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="the label-studio program")
    parser.add_argument("--port", type=int, default=18081, help="port on 127.0.0.1")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    try:
        if options.queue:
            documents = read_queue(options.queue)[: options.reports]
        else:
            documents = made_queue(options.reports, options.seed)
        with (
            tempfile.TemporaryDirectory(prefix="nianbao-studio-") as home,
            started(Place(Path(home), options.port, options.program)) as client,
        ):
            outcome = round_trip(client, documents, options.seed)
    except (AnnotationError, NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    figures = {name: getattr(outcome, name) for name in Outcome.__slots__}
    figures["seconds"] = round(outcome.seconds, 1)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:20s} {value}" for name, value in figures.items()))
        print("sound" if outcome.sound else "NOT SOUND")
    return 0 if outcome.sound else 1


if __name__ == "__main__":
    sys.exit(main())
