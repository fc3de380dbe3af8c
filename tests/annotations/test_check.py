"""The hand-checked gold: its shape always, its fit to the texts where they are at hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from annotations.check import (
    GOLD,
    Annotated,
    GoldError,
    Tally,
    differences,
    load,
    main,
    read_records,
    score,
)
from nianbao.spans import Span

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
TEXT = "一、总体情况\n无。\n行政许可 | 12 | \n行政处"


def write(folder: Path, spans: list[list[object]], text: str = TEXT) -> Path:
    """Write a text and a gold file for it; return the gold file."""
    (folder / "made.jsonl").write_text(json.dumps({"excerpts": [text]}), encoding="utf-8")
    record = {
        "sha256": hashlib.sha256(TEXT.encode("utf-8")).hexdigest(),
        "source": "made.jsonl",
        "index": 0,
        "excerpt": 0,
        "spans": spans,
    }
    gold = folder / "gold.jsonl"
    gold.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return gold


def test_every_record_has_the_shape_and_no_text() -> None:
    records = read_records(GOLD / "pages.jsonl")
    assert len({(r["source"], r["index"], r["excerpt"]) for r in records}) == len(records) == 42
    for record in records:
        assert len(record["sha256"]) == 64
        assert record["spans"] == sorted(record["spans"])
        ends = [0] + [end for _, end, _ in record["spans"]]
        assert all(
            start >= before for (start, *_), before in zip(record["spans"], ends, strict=False)
        )


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared texts are not at hand")
def test_the_gold_fits_the_shared_texts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(DATA)]) == 0
    assert "spans in 42 texts" in capsys.readouterr().out


def test_a_sound_record_is_loaded(tmp_path: Path) -> None:
    gold = write(tmp_path, [[0, 6, "heading.overview"]])
    assert [page.spans for page in load(gold, tmp_path)] == [(Span(0, 6, "heading.overview"),)]


@pytest.mark.parametrize(
    ("spans", "text", "message"),
    [
        ([[0, 6, "heading.overview"]], TEXT + "x", "sha256"),
        ([[0, 60, "heading.overview"]], TEXT, "outside"),
        ([[0, 6, "heading.overview"], [5, 8, "title"]], TEXT, "overlaps"),
        ([[0, 7, "heading.overview"]], TEXT, "separator"),
        ([[0, 6, "heading.summary"]], TEXT, "label"),
        ([[0, 6, "value"]], TEXT, "label"),
        ([[6, 6, "title"]], TEXT, "offsets"),
    ],
)
def test_a_wrong_record_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spans: list[list[object]], text: str,
    message: str,
) -> None:  # fmt: skip
    gold = write(tmp_path, spans, text)
    with pytest.raises(GoldError, match=message):
        load(gold, tmp_path)
    assert main(["--data", str(tmp_path), "--gold", str(gold)]) == 1
    assert message in capsys.readouterr().err


def test_scoring_is_strict_and_leaves_out_values_and_what_the_end_cuts() -> None:
    at, end = TEXT.index("行政许可"), len(TEXT)
    licensing = Span(at, at + 4, "row.proactive_disclosure.licensing")
    cut = Span(end - 3, end, "row.proactive_disclosure.penalties")
    page = Annotated("made", TEXT, (Span(0, 6, "heading.overview"), licensing, cut))
    found = [
        Span(0, 5, "heading.overview"),
        licensing,
        Span(at + 7, at + 9, "value"),
        Span(end - 3, end - 1, "row.proactive_disclosure.coercion"),
    ]
    assert score([page], [found], ("heading.", "row.")) == Tally(hits=1, false=1, missed=1)
    assert [line[0] for line in differences([page], [found])] == ["+", "-"]


def test_measures_of_a_tally() -> None:
    tally = Tally(hits=6, false=2, missed=4)
    assert (tally.precision, tally.recall) == (0.75, 0.6)
    assert tally.f1 == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    assert Tally().f1 == 0.0
