"""Outcomes for the tests of the dataset: from made reports and from made pages that were read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from nianbao.batch.dataset import DatasetSummary, write_dataset
from nianbao.batch.outcome import Origin, Outcome, Place, pack_record
from nianbao.pipeline import Pipeline
from nianbao.report import Number, Report, to_json
from tests.conftest import build_sample
from training.example import example
from training.synthesis.content import make_content
from training.synthesis.corpus import Corpus
from training.synthesis.html import html_page

#: What a made page marks its labels with.
_MARKS = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True)
class FakeIdentity:
    agency_id: str | None = None
    province: str | None = None
    province_code: str | None = None
    city: str | None = None
    city_code: str | None = None
    county: str | None = None
    county_code: str | None = None
    confidence: float = 0.0


def identify(*, title: str | None, agency: str | None, url: str | None, text: str) -> FakeIdentity:
    """Knows the agencies whose name begins with 云泽."""
    if agency is None or not agency.startswith("云泽"):
        return FakeIdentity()
    return FakeIdentity(f"yz-{agency}", "江苏省", "320000", "云泽市", "329900", confidence=0.9)


def made_report(
    values: dict[str, Number | None] | None = None, form: str = "2021", **changes: Any
) -> Report:
    """A report of `form` whose cells are 0 but for `values`, with the named fields changed."""
    return replace(build_sample(form, values).report, **changes)


def outcome(
    report: Report, place: Place | str, data: bytes | None = None, **changes: Any
) -> Outcome:
    """The outcome of `report`, read from `data`, by default from bytes of this place alone."""
    at = Place(place) if isinstance(place, str) else place
    content = str(at).encode("utf-8", "surrogateescape") if data is None else data
    digest = hashlib.sha256(content).hexdigest()
    source = replace(report.source, sha256=digest, bytes=len(content))
    record = to_json(replace(report, source=source), indent=None).encode()
    made = Outcome(
        at, Origin(url=f"https://{at.source}.example/"), len(content), digest, "parsed", "", "",
        pack_record(record), source.library_version, source.model_version,
    )  # fmt: skip
    return replace(made, **changes)


def no_report(place: str, data: bytes = b"") -> Outcome:
    digest = hashlib.sha256(data or place.encode()).hexdigest()
    return Outcome(
        Place(place), Origin(), 9, digest, "not_report", "not_a_report", "不是年报", None, "0.1.0", "made"
    )  # fmt: skip


@cache
def read_outcomes() -> tuple[Outcome, ...]:
    """Outcomes of made pages, read with string rules; the first page lies at two places."""
    pipeline, corpus = Pipeline.rules_only(), Corpus.without_data()
    pages = [example().encode()]
    for seed in range(12):
        page = html_page(make_content(Random(seed), corpus), Random(seed))
        pages.append(_MARKS.sub("", page).encode())
    made = []
    for number, page in enumerate([*pages, pages[0]]):
        report, place = pipeline.parse(page), Place("archive.zip", f"{number:02}.html")
        if report.is_report:
            made.append(outcome(report, place, page))
    return (*made, no_report("other.html"))


def in_order(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return sorted(outcomes, key=lambda one: one.place)


def write(outcomes: Iterable[Outcome], directory: Path, processes: int = 1) -> DatasetSummary:
    """Write the dataset of `outcomes` into `directory`."""
    return write_dataset(
        in_order(outcomes),
        directory,
        identify=identify,
        inputs=("archive.zip",),
        processes=processes,
    )


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below `directory`, by its path."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
