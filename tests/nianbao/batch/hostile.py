"""What workers score with in the tests of engines: verdicts at once, and every way to misbehave."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from nianbao.batch.outcome import pack_record
from nianbao.batch.score import Model, Verdict, Versions

VERSIONS = Versions("1", "made")
RECORD = pack_record(b"{}")


def make(_: Model) -> Callable[[bytes], Verdict]:
    """Score by what the bytes say."""
    return score


def score(data: bytes) -> Verdict:
    word = data.split(b" ")[0]
    if word == b"hang":
        time.sleep(600)
    if word == b"nap":
        time.sleep(0.1)
    if word == b"die":
        os._exit(3)
    if word == b"eat":
        return Verdict("parsed", str(len(bytearray(2 << 30))), "", RECORD, VERSIONS)
    if word == b"fail":
        return Verdict("failed", "unreadable_input", "坏了", None, VERSIONS)
    if word == b"news":
        return Verdict("not_report", "not_a_report", "不是", None, VERSIONS)
    return Verdict("parsed", "", "", RECORD, VERSIONS)


def make_guarded(_: Model) -> Callable[[bytes], Verdict]:
    """As `make`, but memory that is refused becomes a verdict, as a `Scorer` has it."""

    def guarded(data: bytes) -> Verdict:
        try:
            return score(data)
        except MemoryError:
            return Verdict("failed", "out_of_memory", "", None, VERSIONS)

    return guarded
