"""The journal: every place once, every verdict once, and what a kill leaves is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from nianbao.batch.journal import Found, Journal, JournalError
from nianbao.batch.outcome import Item, Origin, Place, Problem
from nianbao.batch.score import Verdict, Versions
from tests.nianbao.batch.hostile import RECORD

V1 = Versions("1", "a")
ORIGIN = Origin("http://x/", "2024-01-01T00:00:00Z", "text/html", (("b", "1"), ("a", "2")))


def found(source: str, key: str | None = "k", problem: Problem | None = None) -> Found:
    return Found(Item(Place(source), None, 7, ORIGIN, problem), key)


def verdict(status: str = "parsed", reason: str = "", versions: Versions = V1) -> Verdict:
    packed = RECORD if status == "parsed" else None
    return Verdict(status, reason, reason and "话", packed, versions)  # type: ignore[arg-type]


def test_outcomes_come_back_in_the_order_of_their_places(tmp_path: Path) -> None:
    problem = Problem("skipped", "image", "图片")
    with Journal(tmp_path / "j") as journal:
        journal.add([found("b"), found("c", None, problem), found("a", "m")], [])
        journal.add([found("a", "k")], [("k", verdict()), ("m", verdict("failed", "needs_ocr"))])
        outcomes = list(journal.outcomes(V1))
    assert [str(o.place) for o in outcomes] == ["a", "b", "c"]
    assert [o.status for o in outcomes] == ["parsed", "parsed", "skipped"]
    assert outcomes[0].record == b"{}" and outcomes[0].sha256 == "k"
    assert outcomes[2].reason == "image" and outcomes[2].sha256 is None
    assert {o.origin for o in outcomes} == {ORIGIN} and {o.size for o in outcomes} == {7}


def test_what_a_run_does_not_meet_is_forgotten(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.add([found("a"), found("b", "m")], [("k", verdict()), ("m", verdict())])
        journal.finish()
    with Journal(tmp_path / "j") as journal:
        journal.add([found("a")], [])
        journal.finish()
        assert [str(o.place) for o in journal.outcomes(V1)] == ["a"]
        assert journal.has_verdict("k") and not journal.has_verdict("m")
        assert journal.counts() == {"parsed": 1}


def test_another_model_judges_anew_what_it_may_change(tmp_path: Path) -> None:
    verdicts = [("k", verdict()), ("m", verdict("failed", "needs_ocr")),
                ("n", verdict("failed", "timeout")), ("o", verdict("not_report", "not_a_report"))]  # fmt: skip
    with Journal(tmp_path / "j") as journal:
        journal.add([found(key, key) for key, _ in verdicts], verdicts)
        assert journal.forget_verdicts(Versions("1", "b")) == 3
        assert journal.has_verdict("m")
        assert journal.versions() == [Versions("1", "b")]
        assert journal.forget_verdicts(Versions("2", "b")) == 1


def test_two_processes_cannot_write_one_journal(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.add([found("a")], [])
        with pytest.raises(JournalError, match="另一个进程"):
            Journal(tmp_path / "j")


def test_what_is_no_journal_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"no database at all, but long enough to be read as a page of one" * 100)
    with pytest.raises(JournalError, match=r"journal\.sqlite"):
        Journal(path)


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.note("layout", 99)
    with pytest.raises(JournalError, match="99"):
        Journal(tmp_path / "j")


def test_a_kill_leaves_what_was_committed(tmp_path: Path) -> None:
    script = """
        import os, sys
        from pathlib import Path
        from nianbao.batch.journal import Found, Journal
        from nianbao.batch.outcome import Item, Place
        journal = Journal(Path(sys.argv[1]))
        for i in range(10**6):
            journal.add([Found(Item(Place(f"{i:07}"), None, 1), None)] * 1, [])
            if i == 200:
                print("going", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "j")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdout is not None and process.stdout.readline() == b"going\n"
        process.send_signal(signal.SIGKILL)
    with Journal(tmp_path / "j") as journal:
        places = [o.place.source for o in journal.outcomes(V1)]
    assert len(places) > 200 and places == [f"{i:07}" for i in range(len(places))]


def test_an_item_is_stored_without_its_data(tmp_path: Path) -> None:
    item = Item(Place("a"), b"secret" * 1000, 6000)
    with Journal(tmp_path / "j") as journal:
        journal.add([Found(replace(item, data=None), "k")], [("k", verdict())])
    assert b"secret" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
