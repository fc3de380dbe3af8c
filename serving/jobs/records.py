"""What is known of a job: small files of JSON in its folder, each with one writer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

import msgspec

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
STATES: Final[tuple[State, ...]] = ("queued", "running", "succeeded", "failed", "cancelled")
ENDED: Final[frozenset[State]] = frozenset({"succeeded", "failed", "cancelled"})


class File(msgspec.Struct, frozen=True):
    """One file of an upload, under the name that places in the results have."""

    name: str
    bytes: int
    sha256: str


class Fields(msgspec.Struct, frozen=True):
    """Which fields of rows hold the page, its address, and when it was fetched; None guesses."""

    text_field: str | None = None
    url_field: str | None = None
    date_field: str | None = None


class Job(msgspec.Struct, frozen=True):
    """What was asked for; written once, before the job is there.  Times are ISO 8601 in UTC."""

    id: str
    owner: str
    created: str
    files: tuple[File, ...]
    fields: Fields

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def asks_for(self, other: Job) -> bool:
        """Say whether both ask for the same: the same files, read in the same way."""
        return self.files == other.files and self.fields == other.fields


class Status(msgspec.Struct, frozen=True):
    """Where a job is; written by who holds its lease.  `problem` is a code of `serving.problems`;
    `crashes` counts the processes that ended unexpectedly."""

    state: State = "queued"
    started: str | None = None
    ended: str | None = None
    problem: str | None = None
    crashes: int = 0


class Counts(msgspec.Struct, frozen=True):
    """How far a job is; written by the process that builds.  `documents` are things met, which are
    `parsed`, `not_report`, `failed`, `skipped`, or still waited for; `bytes` those of the upload that
    were read."""

    documents: int = 0
    parsed: int = 0
    not_report: int = 0
    failed: int = 0
    skipped: int = 0
    bytes: int = 0
    updated: str | None = None


class Fault(msgspec.Struct, frozen=True):
    """Why a build ended without a dataset: a code, and for the log an error and where it came up."""

    code: str
    error: str
    at: str


class View(NamedTuple):
    """All that is known of one job."""

    job: Job
    status: Status
    counts: Counts

    @property
    def has_ended(self) -> bool:
        return self.status.state in ENDED


def now() -> str:
    """Return the time as it is written down."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def later(time: str, hours: float) -> str:
    """Return the time some `hours` after `time`."""
    return datetime.fromtimestamp(
        datetime.fromisoformat(time).timestamp() + hours * 3600, UTC
    ).isoformat(timespec="milliseconds")
