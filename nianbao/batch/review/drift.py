"""Whether a batch looks like what the model was trained on, or like another batch.

Measures of all documents come from the tables; layouts, characters and the scores of labels from a
sample, drawn by a seed, that is read and labelled again.  Beside the training pages, made to be harder
than real ones, only what lies outside them is new; beside another batch every move counts.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nianbao.batch.listing import Listed, NoListing, open_listing
from nianbao.batch.queue.choose import draw_key
from nianbao.batch.queue.examine import Examiner
from nianbao.batch.queue.signals import DOUBTFUL, USUAL_LAYOUT
from nianbao.batch.reread import Rereading
from nianbao.batch.review.drift_model import (
    Change,
    Count,
    Drift,
    Finding,
    NewCharacter,
    distribution_change,
    share_change,
)
from nianbao.batch.sources import SourceOptions
from nianbao.exceptions import UnreadableInput
from nianbao.profile import FEATURES, Feature, Profile
from nianbao.profile.reference import USUAL, binned, range_name

#: Reports that are read again, where nothing else is asked for.
SAMPLE: Final = 300
#: Documents that a finding names, and characters that are named at all.
_EXAMPLES: Final = 3
_CHARACTERS: Final = 20
#: Bins of the confidence of records.
_CONFIDENCE: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99])

Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DriftOptions:
    """How drift is looked for; `inputs` stands in for what the batch was given, where that lies
    elsewhere now or the results are a service's; `model` is the folder of the bundle, None for the
    shipped one."""

    sample: int = SAMPLE
    seed: int = 0
    inputs: tuple[str, ...] = ()
    sources: SourceOptions = field(default_factory=SourceOptions)
    model: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """A report of the sample: where it is, its features [features], how new its layout is, and the
    characters that the model does not know."""

    place: str
    values: NDArray[np.float64]
    percentile: float
    excess: float
    unknown: frozenset[str]


@dataclass(slots=True)
class _Batch:
    """What was measured of a batch; `confidences` are counts [bins]."""

    documents: int = 0
    reports: int = 0
    failed: int = 0
    doubtful: int = 0
    confidences: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(len(_CONFIDENCE) + 1, dtype=np.int64)
    )
    failing: list[str] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    pages: list[_Page] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, one: Listed) -> None:
        """Take in what the tables say of a document."""
        self.documents += 1
        place = str(one.place or one.sha256)
        if DOUBTFUL[0] < one.is_report_score < DOUBTFUL[1]:
            self.doubtful += 1
            _note(self.doubted, place)
        if one.status != "parsed":
            return
        self.reports += 1
        self.confidences += binned(np.array([one.confidence]), _CONFIDENCE)
        if one.failed:
            self.failed += 1
            _note(self.failing, place)

    @property
    def values(self) -> NDArray[np.float64]:
        """The features of the sample, [pages, features]."""
        return np.array([page.values for page in self.pages]).reshape(-1, len(FEATURES))


def _note(examples: list[str], place: str) -> None:
    if len(examples) < _EXAMPLES:
        examples.append(place)


def find_drift(
    directory: Path,
    options: DriftOptions,
    *,
    against: Path | None = None,
    watch: Watch | None = None,
) -> Drift:
    """Compare the results in `directory` with the training pages, or with those in `against`.

    Raises NoListing and UnreadableDataset for what is no result and where there is no report, and
    BundleError where the model has no profile; what is gone from the inputs raises nothing and is a
    note.
    """
    examiner = Examiner(options.model)
    profile = examiner.profile
    if profile is None:
        raise NoListing(
            f"模型 {examiner.bundle.path} 没有附带 profile.json，没有可以比较的训练页面；"
            "请先用 python -m training.profile --attach 做一份"
        )
    batch = _measured(directory, examiner, options, watch)
    if against is None:
        findings = _beside_training(batch, profile)
    else:
        old = _measured(against, examiner, options, watch)
        batch.notes += old.notes
        findings = _beside_batch(batch, old, profile)
    return Drift(
        str(directory), None if against is None else str(against), batch.documents, batch.reports,
        len(batch.pages), tuple(findings), _characters(batch), tuple(batch.notes),
    )  # fmt: skip


# Measuring ---------------------------------------------------------------------------------------


def _measured(
    directory: Path, examiner: Examiner, options: DriftOptions, watch: Watch | None
) -> _Batch:
    listing = open_listing(directory)
    batch = _Batch()
    drawn: list[tuple[int, str, Listed]] = []
    for one in listing.documents():
        batch.count(one)
        if one.status == "parsed":
            entry = (-int(draw_key(options.seed, one.sha256), 16), one.sha256, one)
            if len(drawn) < options.sample:
                heapq.heappush(drawn, entry)
            elif drawn and entry > drawn[0]:
                heapq.heapreplace(drawn, entry)
    if not batch.reports:
        raise NoListing(f"{directory}: 其中没有年报，无从比较")
    inputs = options.inputs or listing.inputs
    if not inputs:
        batch.notes.append(f"{directory}：不知道原文在哪里，只比较了结果（可用 --input 指明）")
        return batch
    wanted = {one.sha256: None if options.inputs else one.place for _, _, one in drawn}
    rereading = Rereading(wanted, inputs, options.sources)
    pages = _pages(rereading, examiner, batch.notes)
    for number, page in enumerate(pages, 1):
        batch.pages.append(page)
        if watch is not None:
            watch(number, len(wanted))
    batch.pages.sort(key=lambda page: page.place)
    batch.notes += rereading.gone
    return batch


def _pages(rereading: Rereading, examiner: Examiner, notes: list[str]) -> Iterator[_Page]:
    for _, item in rereading:
        try:
            shape = examiner.shape(examiner.read(item.data or b""))
        except UnreadableInput as error:
            notes.append(f"{item.place}：读不出来（{error}）")
            continue
        novelty = shape.novelty
        if novelty is not None:
            yield _Page(
                str(item.place), shape.values, novelty.percentile, novelty.excess, shape.unknown
            )


def _characters(batch: _Batch) -> tuple[NewCharacter, ...]:
    pages: dict[str, list[str]] = {}
    for page in batch.pages:
        for character in page.unknown:
            pages.setdefault(character, []).append(page.place)
    ordered = sorted(pages.items(), key=lambda one: (-len(one[1]), one[0]))[:_CHARACTERS]
    return tuple(NewCharacter(char, len(places), places[0]) for char, places in ordered)


# Comparing ---------------------------------------------------------------------------------------


def _beside_training(batch: _Batch, profile: Profile) -> Iterator[Finding]:
    pages = profile.pages
    held_out = int(profile.about["held_out"])
    usual = Count((1 - USUAL_LAYOUT) * held_out, held_out)
    yield from _layouts(batch, usual, "训练页面")
    expected = Count((1 - USUAL[1] + USUAL[0]) * pages, pages)
    values = batch.values
    for at, feature in enumerate(FEATURES if batch.pages else ()):
        low, high = profile.low[at], profile.high[at]
        off = np.maximum(low - values[:, at], values[:, at] - high)
        found = Count(int((off > 0).sum()), len(off))
        message = (
            f"{_group(feature)}：{feature.title}，{found.share:.1%} 的年报超出训练页面的通常范围"
            f"（{range_name(low, high)}）"
        )
        examples = _farthest(batch, off)
        yield _finding(
            f"feature.{feature.name}",
            message,
            found,
            expected,
            share_change(found, expected),
            examples,
        )
    for code, rate, count in _rates(batch):
        if rate in profile.rates:
            reference = Count(profile.rates[rate] * pages, pages)
            yield _rate_finding(code, count, reference, "训练页面", batch, both_ways=False)


def _beside_batch(batch: _Batch, old: _Batch, profile: Profile) -> Iterator[Finding]:
    named = "参照批次"
    if batch.pages and old.pages:
        usual = Count(sum(page.percentile > USUAL_LAYOUT for page in old.pages), len(old.pages))
        yield from _layouts(batch, usual, named)
        values, others = batch.values, old.values
        for at, feature in enumerate(FEATURES):
            now, then = (binned(v[:, at], profile.edges[at]) for v in (values, others))
            before, after = float(others[:, at].mean()), float(values[:, at].mean())
            message = f"{_group(feature)}：{feature.title}，平均由 {before:.1%} 变为 {after:.1%}"
            yield _moved(f"feature.{feature.name}", message, now, then)
    message = "记录可信度的分布"
    yield _moved("confidence", message, batch.confidences, old.confidences)
    for (code, _, count), (_, _, reference) in zip(_rates(batch), _rates(old), strict=True):
        yield _rate_finding(code, count, reference, named, batch, both_ways=True)
    new, reference = Count(batch.reports, batch.documents), Count(old.reports, old.documents)
    yield _rate_finding("reports", new, reference, named, batch, both_ways=True)


def _layouts(batch: _Batch, reference: Count, named: str) -> Iterator[Finding]:
    if not batch.pages:
        return
    new = [page for page in batch.pages if page.percentile > USUAL_LAYOUT]
    found = Count(len(new), len(batch.pages))
    message = (
        f"版式：抽查的 {found.of} 份年报中有 {len(new)} 份（{found.share:.1%}）不像任何训练页面，"
        f"{named}为 {reference.share:.1%}"
    )
    new.sort(key=lambda page: (-page.excess, page.place))
    examples = tuple(page.place for page in new[:_EXAMPLES])
    yield _finding("layout", message, found, reference, share_change(found, reference), examples)


#: Code of a finding -> what it is the share of, in words.
_RATES: Final = {
    "failed_checks": "核对：有表内勾稽未通过的年报",
    "doubtful_pages": "识别：是不是年报拿不准的网页",
    "reports": "识别：判为年报的网页",
}


def _rates(batch: _Batch) -> Iterator[tuple[str, str, Count]]:
    """Yield code, name in a profile's rates, and count."""
    yield "failed_checks", "failed_checks", Count(batch.failed, batch.reports)
    yield "doubtful_pages", "doubtful", Count(batch.doubtful, batch.documents)


def _rate_finding(
    code: str, found: Count, reference: Count, named: str, batch: _Batch, *, both_ways: bool
) -> Finding:
    message = f"{_RATES[code]}占 {found.share:.1%}，{named}为 {reference.share:.1%}"
    examples = {"failed_checks": batch.failing, "doubtful_pages": batch.doubted}.get(code, [])
    change = share_change(found, reference, both_ways=both_ways)
    return _finding(code, message, found, reference, change, tuple(examples))


def _moved(
    code: str, message: str, new: NDArray[np.int64], reference: NDArray[np.int64]
) -> Finding:
    change = distribution_change(new.astype(np.float64), reference.astype(np.float64))
    return Finding(
        code, f"{message}，JS 散度 {change.size:.3f}（偶然一般不超过 {change.error:.3f}）", "divergence",
        round(float(new.max() / max(1, new.sum())), 4),
        round(float(reference.max() / max(1, reference.sum())), 4),
        round(change.size, 4), change.threshold, round(change.error, 4), change.is_drift,
    )  # fmt: skip


def _finding(
    code: str,
    message: str,
    found: Count,
    reference: Count,
    change: Change,
    examples: tuple[str, ...],
) -> Finding:
    return Finding(
        code, f"{message}（相差 {change.size * 100:+.1f} 个百分点，偶然一般不超过 {change.error * 100:.1f}）",
        "share", round(found.share, 4), round(reference.share, 4), round(change.size, 4),
        change.threshold, round(change.error, 4), change.is_drift, examples,
    )  # fmt: skip


def _farthest(batch: _Batch, off: NDArray[np.float64]) -> tuple[str, ...]:
    order = np.argsort(-off, kind="stable")[:_EXAMPLES].tolist()
    return tuple(batch.pages[at].place for at in order if off[at] > 0)


def _group(feature: Feature) -> str:
    return {"layout": "版式", "characters": "字符", "labels": "标注把握"}[feature.group]
