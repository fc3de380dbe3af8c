"""Made documents, each of them its own, and the records that the library makes of them.

A hundred pages are parsed once; a number in a comment at the end of a page makes it another document,
whose record has another digest and length and is otherwise the same.  So every request of a long run
has a document of its own, and an answer that belongs to another one shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from benchmarks.archive import page
from nianbao.pipeline import Pipeline
from nianbao.report import Report, to_json
from training.synthesis.corpus import Corpus


class Known(NamedTuple):
    """A page and what the library reads in it."""

    data: bytes
    report: Report


@dataclass(frozen=True, slots=True)
class Documents:
    """As many distinct documents as are asked for, by their numbers."""

    pages: tuple[Known, ...]

    @classmethod
    def make(cls, count: int, pipeline: Pipeline, first: int = 0) -> Documents:
        """Make `count` pages with the seeds from `first`; raises ValueError where a comment changes
        more of a record than it should."""
        corpus = Corpus.without_data()
        made = [page(first + seed, corpus, report=True) for seed in range(count)]
        found = cls(tuple(Known(data, pipeline.parse(data)) for data in made))
        for number in (0, count - 1):
            if found.record(number) != record(pipeline, found[number]):
                raise ValueError(f"the record of document {number} is not what it should be")
        return found

    def __len__(self) -> int:
        return len(self.pages)

    def __getitem__(self, number: int) -> bytes:
        """Return the document of a number from 0; there is no last one."""
        return self.pages[number % len(self.pages)].data + b"<!-- %d -->" % number

    def __iter__(self) -> Iterator[bytes]:
        return (self[number] for number in range(len(self)))

    def record(self, number: int) -> bytes:
        """Return the record of a document as the service has to write it."""
        report, data = self.pages[number % len(self.pages)].report, self[number]
        source = replace(
            report.source, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)
        )  # fmt: skip
        return written(replace(report, source=source))


def written(report: Report) -> bytes:
    """Return a record as the service writes it."""
    return to_json(report, indent=None).encode("utf-8", "replace")


def record(pipeline: Pipeline, data: bytes) -> bytes:
    """Return the record of `data` by a call in this process."""
    return written(pipeline.parse(data))
