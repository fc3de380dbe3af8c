"""A folder of results -> its queue: what `nianbao queue` does, as one call.

Two passes, each in bounded memory.  The first goes through what is known of all documents and keeps
the suspects and some drawn at random; the second reads just these again.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from nianbao.batch.listing import Listed, Listing, NoListing, open_listing
from nianbao.batch.outcome import Item
from nianbao.batch.queue.choose import (
    WEIGHTS,
    Candidate,
    ChoiceOptions,
    audit_slots,
    choose,
    draw_key,
)
from nianbao.batch.queue.examine import Examiner
from nianbao.batch.queue.signals import DOUBTFUL, SURE_REPORT
from nianbao.batch.reread import Rereading
from nianbao.batch.sources import SourceOptions
from nianbao.exceptions import UnreadableInput
from nianbao.gold import QueuedDocument, Subject

#: Candidates for each document of the budget, where nothing else is asked for.
PER_PLACE: Final = 5
#: The share of candidates that is drawn at random: what looks fine may be laid out in a new way, or
#: labelled otherwise by the rules.
DRAWN: Final = 0.5
#: Of the suspects at most this share is from one agency.
_AGENCY: Final = 0.1

Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How a queue is made.

    `candidates` bounds what is read a second time (None: five times the budget); `inputs` stands in
    for what the batch was given, where that lies elsewhere now or the results are a service's;
    `model` is the folder of the bundle to begin from, None for the shipped one.
    """

    choice: ChoiceOptions
    candidates: int | None = None
    inputs: tuple[str, ...] = ()
    sources: SourceOptions = field(default_factory=SourceOptions)
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue; `examined` documents were read again, of `listed` ones, and `notes` are sentences in
    Chinese on what could not be done."""

    documents: list[QueuedDocument]
    listed: int
    examined: int
    notes: tuple[str, ...]


def make_queue(directory: Path, options: QueueOptions, watch: Watch | None = None) -> Queue:
    """Choose what to annotate of the results in `directory`.

    `watch` is told how many of how many candidates have been read.  Raises NoListing and
    UnreadableDataset for what is no result, NoListing where no input is known, and BundleError; what
    is gone from the inputs raises nothing and is a note.
    """
    listing = open_listing(directory)
    inputs = options.inputs or listing.inputs
    if not inputs:
        raise NoListing(f"{directory}: 不知道原文在哪里，请用 --input 指明")
    examiner = Examiner(options.model)
    count = options.candidates or PER_PLACE * options.choice.budget
    counted = Counter[str]()
    shortlist = _shortlist(_counted(listing, counted), count, options.choice)
    # Places are those of the batch's own inputs: in others only the bytes tell a document.
    wanted = {one.sha256: None if options.inputs else one.place for one in shortlist}
    rereading = Rereading(wanted, inputs, options.sources)
    known = {one.sha256: one for one in shortlist}
    candidates: list[Candidate] = []
    notes: list[str] = []
    if examiner.profile is None:
        notes.append("模型没有附带 profile.json，未比较版式")
    for number, (sha256, item) in enumerate(rereading, 1):
        try:
            candidates.append(_candidate(examiner, known[sha256], item))
        except (UnreadableInput, UnicodeEncodeError) as error:
            notes.append(f"{item.place}：不能用于标注（{error}）")
        if watch is not None:
            watch(number, len(wanted))
    queue = choose(candidates, options.choice, examiner.model_version)
    return Queue(queue, counted.total(), len(candidates), (*rereading.gone, *notes))


def _counted(listing: Listing, counts: Counter[str]) -> Iterator[Listed]:
    for one in listing.documents():
        counts[one.status] += 1
        yield one


def _candidate(examiner: Examiner, listed: Listed, item: Item) -> Candidate:
    document = examiner.read(item.data or b"")
    document.text.encode("utf-8")  # half a surrogate pair cannot be written
    url = listed.url or item.origin.url
    subject = Subject(
        sha256=listed.sha256,
        place=str(item.place),
        url=url,
        site=urlsplit(url).hostname if url else None,
        agency=listed.agency,
        agency_id=listed.agency_id,
    )
    return examiner.candidate(document, subject)


# The first pass ----------------------------------------------------------------------------------


def suspicion(listed: Listed) -> float:
    """Return how much of what is known without reading speaks for a document, in [0, 1)."""
    low, high = DOUBTFUL
    right = 1.0
    if low < listed.is_report_score < high:
        right *= 1 - WEIGHTS["doubtful_page"] * (1 - abs(listed.is_report_score - 0.5) / 0.5)
    if listed.status == "parsed":
        if listed.confidence < SURE_REPORT:
            right *= 1 - WEIGHTS["low_confidence"] * (1 - listed.confidence)
        if listed.failed:
            # Sums of cells that were all read with certainty are mostly the agency's own slips; the
            # least of doubt keeps them before what has no failed sum at all.
            right *= 1 - WEIGHTS["failed_check"] * max(0.05, min(1.0, listed.doubt))
        right *= 1 - 0.5 * listed.missing
    return 1 - right


def _shortlist(documents: Iterable[Listed], count: int, choice: ChoiceOptions) -> list[Listed]:
    """Return at most `count` documents: those drawn first at random, and the most suspect ones, not too
    many of them from one agency."""
    drawn_count = min(count, max(audit_slots(choice) * 2, math.ceil(count * DRAWN)))
    drawn: list[tuple[int, Listed]] = []
    suspects: list[tuple[float, int, Listed]] = []
    room = 4 * count  # more than are wanted: the bound on agencies will leave some out
    for one in documents:
        key = draw_key(choice.seed, one.sha256)
        if one.status == "parsed":
            _keep(drawn, (_inverted(key), one), drawn_count)
        found = suspicion(one)
        if found > 0:
            _keep(suspects, (round(found, 6), _inverted(key), one), room)
    chosen = {one.sha256: one for _, one in drawn}
    taken = Counter[str]()
    most = max(2, math.ceil(_AGENCY * count))
    for _, _, one in sorted(suspects, key=lambda found: found[:2], reverse=True):
        agency = one.agency_id or one.agency or one.sha256
        if len(chosen) >= count:
            break
        if one.sha256 not in chosen and taken[agency] < most:
            taken[agency] += 1
            chosen[one.sha256] = one
    return sorted(chosen.values(), key=lambda one: one.sha256)


def _keep(heap: list[Any], entry: tuple[Any, ...], most: int) -> None:
    """Keep the `most` greatest entries; no two have the same key."""
    if len(heap) < most:
        heapq.heappush(heap, entry)
    elif heap and entry > heap[0]:
        heapq.heapreplace(heap, entry)


def _inverted(key: str) -> int:
    """The greatest for what is drawn first."""
    return -int(key, 16)
