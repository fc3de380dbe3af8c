"""Time in proportion to the input: four times the text takes at most eight times as long."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from nianbao.assembly import assemble, outline
from nianbao.pipeline import Pipeline
from nianbao.reading.folding import fold
from nianbao.rules.forms import REQUESTS, ROWS, SECTIONS, request_rows
from nianbao.spans import Span

RULES = Pipeline.rules_only()
#: Under this many seconds a long input needs no comparison: the constant parts outweigh the rest.
NOTHING = 0.05
RATIO = 8

Pieces = list[tuple[str, str | None]]
GRANTED = f"row.{REQUESTS}.granted"


def report(tail: Pieces) -> Pieces:
    head: Pieces = [("云泽市", "agency"), ("2023", "year"), ("年度报告", "title"), ("\n", None)]
    for section, heading in SECTIONS.items():
        head += [(heading, f"heading.{section}"), ("\n本节说明。\n", None)]
    return head + tail


def rows(value: str) -> Pieces:
    pieces: Pieces = []
    for row in request_rows("2021"):
        pieces += [(ROWS[REQUESTS][row], f"row.{REQUESTS}.{row}"), (value, "value"), ("\n", None)]
    return pieces


CASES: dict[str, tuple[Callable[[int], Pieces], int]] = {
    "values": (lambda n: [("予以公开", GRANTED), *[("|", None), ("0", "value")] * n], 20_000),
    "blanks": (lambda n: [("予以公开", GRANTED), *[(" ", None), ("12", "value")] * n], 20_000),
    "touching": (lambda n: [("予以公开", GRANTED), *[("7", "value")] * n], 20_000),
    "labels": (lambda n: [("予以公开", GRANTED), ("|", None), ("0", "value"), ("\n", None)] * n, 5_000),
    "glued": (lambda n: [("予以公开", GRANTED), ("1112131415161", "value"), ("\n", None)] * n, 2_000),
    "one line": (lambda n: [("予以公开", GRANTED), ("|", None), ("0", "value"), ("|", None)] * n, 5_000),
    "furniture": (
        lambda n: [("予以公开", GRANTED), ("\n", None), ("- 4 -", "furniture"), ("\n", None)] * n,
        5_000,
    ),
    "headings": (lambda n: [("一、总体情况", "heading.overview"), ("\n", None)] * n, 5_000),
    "dates": (lambda n: [("2024年1月20日", "date"), ("\n", None)] * n, 5_000),
    "agencies": (lambda n: [("云泽市", "agency"), (" ", None)] * n, 5_000),
    "bodies": (lambda n: report(rows("0")) * (n // 60), 10_000),
    "digits": (lambda n: rows("1234567890" * (n // 250)), 40_000),
}  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        if best < NOTHING:
            break
    return best


def assert_linear(make: Callable[[int], Callable[[], object]], size: int) -> None:
    long = seconds(make(size))
    if long > NOTHING:
        assert long / seconds(make(size // 4)) < RATIO


@pytest.mark.parametrize("name", CASES)
def test_assembly(name: str) -> None:
    pieces, size = CASES[name]

    def make(count: int) -> Callable[[], object]:
        text, spans = "", []
        at = 0
        parts = report(pieces(count))
        for piece, label in parts:
            if label:
                spans.append(Span(at, at + len(piece), label))
            at += len(piece)
        text = "".join(piece for piece, _ in parts)
        folded = fold(text)
        return lambda: assemble(folded, outline(folded, spans), {}, ())

    assert_linear(make, size)


@pytest.mark.parametrize("digits", range(9, 31, 3))
def test_rows_without_borders_end_in_time(digits: int) -> None:
    """The search for lost borders is widest for some thirteen digits a row; all rows are."""
    parts = report(rows("1112131415161718191202122232425"[:digits]))
    spans, at = [], 0
    for piece, label in parts:
        if label:
            spans.append(Span(at, at + len(piece), label))
        at += len(piece)
    folded = fold("".join(piece for piece, _ in parts))
    start = time.process_time()
    assemble(folded, outline(folded, spans), {}, ())
    assert time.process_time() - start < 10


LONG = {
    "rows": "(一)予以公开|1|0|0|0|0|0|1\n",
    "prose": "本机关认真贯彻落实条例要求,全年主动公开信息100条,持续推进政务公开工作。",
    "digits": "0",
    "bars": "|",
    "headings": "一、总体情况\n",
    "titles": "云泽市2023年政府信息公开工作年度报告\n",
    "html": "<tr><td>行政许可</td><td>0</td><td>0</td></tr>",
    "nested": "<table><tr><td>行政许可",
}


@pytest.mark.parametrize("name", LONG)
def test_the_whole_way(name: str) -> None:
    head = "".join(f"{heading}\n说明。\n" for heading in SECTIONS.values())
    if name in ("html", "nested"):
        head = f"<html><body>{head}<table>"

    def make(count: int) -> Callable[[], object]:
        data = (head + LONG[name] * (count // len(LONG[name]))).encode()
        return lambda: RULES.parse(data)

    RULES.parse(head.encode())
    assert_linear(make, 40_000)
