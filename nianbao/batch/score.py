"""Bytes of one document -> its verdict: the only step of a batch that needs the model.

A verdict is a function of the bytes and of the versions alone: neither the name nor the headers of a
document are looked at, so that what was scored once holds wherever the same bytes are met again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nianbao.batch.outcome import Item, Outcome, pack_record, unpack_record
from nianbao.bundle import Bundle
from nianbao.exceptions import UnreadableInput
from nianbao.pipeline import RULES_ONLY, Pipeline, library_version
from nianbao.report import to_utf8

#: Reasons of failures that reading alone decides, whatever the model.
READING_FAILED = frozenset({"unreadable_input", "needs_ocr", "input_too_large"})


@dataclass(frozen=True, slots=True)
class Versions:
    """Whose verdict it is."""

    library: str
    model: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What scoring found: `reason` and `message` are "" for a report, `packed` is its record
    (`to_utf8` without indentation, packed) and None for anything else."""

    status: Literal["parsed", "not_report", "failed"]
    reason: str
    message: str
    packed: bytes | None
    versions: Versions

    @property
    def record(self) -> bytes | None:
        return None if self.packed is None else unpack_record(self.packed)


@dataclass(frozen=True, slots=True)
class Model:
    """Which pipeline scores: rules only, or the bundle in `folder` (None for the shipped one)."""

    rules_only: bool = False
    folder: Path | None = None

    def load(self) -> Pipeline:
        """Raises BundleError when the bundle is missing, damaged or made for other labels."""
        return Pipeline.rules_only() if self.rules_only else Pipeline.default(self.folder)

    def versions(self) -> Versions:
        """Return whose verdicts its pipeline gives, without loading the weights."""
        if self.rules_only:
            return Versions(library_version(), RULES_ONLY)
        return Versions(library_version(), Bundle.load(self.folder).manifest.model_version)


class Scorer:
    """A pipeline that turns whatever it is given into a verdict and never raises for it."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.versions = Versions(library_version(), pipeline.model_version)

    def __call__(self, data: bytes) -> Verdict:
        try:
            report = self.pipeline.parse(data)
        except UnreadableInput as error:
            return self.failed(error.code, str(error))
        except MemoryError:
            return self.failed("out_of_memory", "内存超过了一个文件的上限")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the other documents
            return self.failed("internal_error", f"内部错误：{type(error).__name__}: {error}")
        if not report.is_report:
            message = next(w.message for w in report.warnings if w.code == "not_a_report")
            return Verdict("not_report", "not_a_report", message, None, self.versions)
        packed = pack_record(to_utf8(report, indent=None))
        return Verdict("parsed", "", "", packed, self.versions)

    def failed(self, reason: str, message: str) -> Verdict:
        return Verdict("failed", reason, message, None, self.versions)


def judged(item: Item, sha256: str, verdict: Verdict) -> Outcome:
    """Return the outcome of a document whose bytes have been scored."""
    return Outcome(
        item.place, item.origin, item.size, sha256, verdict.status, verdict.reason,
        verdict.message, verdict.packed, verdict.versions.library, verdict.versions.model,
    )  # fmt: skip


def unjudged(item: Item, versions: Versions) -> Outcome:
    """Return the outcome of an item that is no document to score."""
    problem = item.problem
    if problem is None:
        raise ValueError(f"{item.place} has neither data nor a problem")
    return Outcome(
        item.place, item.origin, item.size, None, problem.status, problem.reason,
        problem.message, None, versions.library, versions.model,
    )  # fmt: skip
