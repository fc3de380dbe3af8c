"""Engines: one verdict for each document, whatever the documents do to their process."""

from __future__ import annotations

import pytest

from nianbao.batch.engines import Document, Engine, Pool, Scored, Serial
from nianbao.batch.score import Model
from nianbao.batch.worker import Bounds
from tests.nianbao.batch import hostile

RULES = Model(rules_only=True)


def score_all(engine: Engine, documents: list[Document]) -> list[Scored]:
    with engine.open() as scoring:
        found = [scored for document in documents for scored in scoring.submit(document)]
        return found + list(scoring.drain())


def reasons(scored: list[Scored]) -> dict[str, str]:
    return {key: verdict.reason or verdict.status for key, verdict in scored}


def test_each_document_gets_one_verdict() -> None:
    documents = [Document(str(i), b"report") for i in range(50)]
    scored = score_all(Pool(RULES, 2, make=hostile.make), documents)
    assert sorted(key for key, _ in scored) == sorted(str(i) for i in range(50))
    assert all(verdict.record == b"{}" for _, verdict in scored)


def test_a_document_that_hangs_dies_or_eats_memory_is_ended_alone() -> None:
    words = ["report", "hang", "report 2", "die", "report 3", "eat", "fail", "news", "report 4"]
    documents = [Document(word, word.encode()) for word in words]
    pool = Pool(RULES, 2, Bounds(seconds=2.0, megabytes=256), hostile.make_guarded)
    assert reasons(score_all(pool, documents)) == {
        "report": "parsed", "report 2": "parsed", "report 3": "parsed", "report 4": "parsed",
        "hang": "timeout", "die": "crashed", "eat": "out_of_memory",
        "fail": "unreadable_input", "news": "not_a_report",
    }  # fmt: skip


def test_more_documents_that_end_their_process_than_there_are_workers() -> None:
    documents = [Document(f"{i}", b"die" if i % 2 else b"report") for i in range(12)]
    scored = reasons(score_all(Pool(RULES, 2, make=hostile.make), documents))
    assert scored == {f"{i}": "crashed" if i % 2 else "parsed" for i in range(12)}


def test_the_number_of_documents_on_their_way_is_bounded() -> None:
    drawn = 0
    with Pool(RULES, 1, make=hostile.make).open() as scoring:
        given = 0
        for drawn in range(1, 101):
            given += len(scoring.submit(Document(str(drawn), b"report")))
            assert drawn - given <= 4
        given += len(list(scoring.drain()))
    assert given == drawn


def test_serial_and_pool_give_the_same_verdicts(made_pages: dict[str, bytes]) -> None:
    documents = [Document(key, data) for key, data in made_pages.items()]
    serial = dict(score_all(Serial(RULES), documents))
    assert dict(score_all(Pool(RULES, 2), documents)) == serial
    assert {verdict.status for verdict in serial.values()} == {"parsed", "not_report", "failed"}


@pytest.mark.parametrize("engine", [Serial(RULES), Pool(RULES, 1)])
def test_versions_are_those_of_the_verdicts(engine: Engine, made_pages: dict[str, bytes]) -> None:
    key, data = next(iter(made_pages.items()))
    assert {v.versions for _, v in score_all(engine, [Document(key, data)])} == {engine.versions()}
