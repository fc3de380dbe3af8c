"""Reading records in chunks: in order, here and in other processes, with faults that name a report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from nianbao.batch import extract as module
from nianbao.batch.extract import Chunk, Extract, extract, extracts
from nianbao.batch.outcome import Outcome, pack_record
from nianbao.batch.pieces import unpack
from tests.nianbao.batch.made_outcomes import FakeIdentity, identify, made_report, outcome


def chunks_of(outcomes: list[Outcome], size: int) -> Iterator[Chunk]:
    return (outcomes[start : start + size] for start in range(0, len(outcomes), size))


def made_outcomes(count: int) -> list[Outcome]:
    return [outcome(made_report(year=2020 + n % 3), f"{n:02}") for n in range(count)]


def by_process(
    *, title: str | None, agency: str | None, url: str | None, text: str
) -> FakeIdentity:
    """Tells where it runs."""
    return FakeIdentity(str(os.getpid()))


def processes_of(made: list[Extract]) -> list[str]:
    return [str(head.agency).removeprefix("id:") for one in made for head in one.heads]


def rows_of(made: Extract) -> dict[tuple[str, int | None], list[dict[str, object]]]:
    found: dict[tuple[str, int | None], list[dict[str, object]]] = {}
    for piece in made.pieces:
        found.setdefault((piece.table, piece.year), []).extend(unpack(piece).to_pylist())
    return found


def test_an_extract_has_heads_in_order_and_rows_by_table_and_year() -> None:
    outcomes = made_outcomes(5)
    made = extract(outcomes, identify)
    assert [head.report for head in made.heads] == [one.sha256 for one in outcomes]
    assert [head.place for head in made.heads] == [one.place for one in outcomes]
    assert {head.agency for head in made.heads} == {"id:yz-云泽市"} and made.schemas == {"1"}
    reports = {
        piece.year: unpack(piece).column("document").to_pylist()
        for piece in made.pieces
        if piece.table == "reports"
    }
    assert reports == {2020: ["00", "03"], 2021: ["01", "04"], 2022: ["02"]}
    assert len({(piece.table, piece.year) for piece in made.pieces}) == len(made.pieces)


def test_other_processes_give_the_same_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ALONE", 2)
    outcomes = made_outcomes(12)
    alone = list(extracts(chunks_of(outcomes, 1), identify, 1))
    assert list(extracts(chunks_of(outcomes, 1), identify, 2)) == alone
    processes = processes_of(list(extracts(chunks_of(outcomes, 1), by_process, 2)))
    assert len(set(processes)) == 2 and str(os.getpid()) in processes


def test_rows_are_packed_before_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = made_outcomes(5)
    whole = extract(outcomes, identify)
    monkeypatch.setattr(module, "_HELD_BYTES", 1)
    parted = extract(outcomes, identify)
    assert parted.heads == whole.heads and len(parted.pieces) > len(whole.pieces)
    assert rows_of(parted) == rows_of(whole)


def test_a_small_dataset_starts_no_process() -> None:
    made = list(extracts(chunks_of(made_outcomes(6), 2), by_process, 2))
    assert processes_of(made) == [str(os.getpid())] * 6


def test_no_more_chunks_are_taken_than_can_be_read_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ALONE", 0)
    taken = 0

    def counted() -> Iterator[Chunk]:
        nonlocal taken
        for chunk in chunks_of(made_outcomes(20), 1):
            taken += 1
            yield chunk

    given = extracts(counted(), identify, 2)
    next(given)
    assert taken <= module._OUT + module._READ + 1
    given.close()


@pytest.mark.parametrize("processes", [1, 2])
def test_a_fault_names_the_report(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ALONE", 0)
    outcomes = made_outcomes(6)
    bad = outcomes[3] = replace(outcomes[3], packed=pack_record(b'{"cells": [1]}'))
    with pytest.raises(msgspec.ValidationError) as caught:
        list(extracts(chunks_of(outcomes, 2), identify, processes))
    assert any(f"{bad.sha256}, {bad.place}" in note for note in caught.value.__notes__)


def test_a_fault_of_rows_names_the_chunk() -> None:
    report = made_report()
    cell = replace(report.cells[0], start=2**70)
    outcomes = [outcome(report, "a"), outcome(replace(report, cells=(cell,)), "b")]
    with pytest.raises(OverflowError) as caught:
        extract(outcomes, identify)
    (note,) = caught.value.__notes__
    assert all(str(one.sha256) in note for one in outcomes)
