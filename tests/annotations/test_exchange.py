"""Gold into other formats and back: nothing lost, nothing moved, nothing left out in silence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations import convert
from annotations.formats.conll import from_conll, to_conll
from annotations.formats.docbin import from_docbin, to_docbin
from annotations.made import made_queue
from annotations.masking import find, mask
from annotations.offsets import Places, Utf16Map
from nianbao.gold import GoldDocument, QueuedDocument, Subject, read_gold, write_gold
from nianbao.spans import LABELS, Span

WHO = ("甲", "2026-11-27T08:00:00Z", "0" * 64)


def gold_of(one: QueuedDocument) -> GoldDocument:
    return GoldDocument(one.subject, one.text, one.spans, *WHO)


@pytest.fixture(scope="module")
def documents() -> list[GoldDocument]:
    return sorted(map(gold_of, made_queue(4, 3)), key=lambda one: one.subject.sha256)


@st.composite
def documents_of_anything(draw: st.DrawFn) -> GoldDocument:
    """A text of any characters but surrogates, with labels that do not overlap."""
    text = draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    bounds = zip(places[::2], places[1::2], strict=False)
    spans = tuple(Span(a, b, draw(st.sampled_from(LABELS))) for a, b in bounds)
    return GoldDocument(Subject("0" * 64, "a#b \\u0020"), text, spans, *WHO)


@settings(max_examples=40, deadline=None)
@given(st.lists(documents_of_anything(), max_size=3))
def test_any_text_comes_back_from_conll(documents: list[GoldDocument]) -> None:
    read = from_conll(to_conll(documents), "made")
    assert read.problems == ()
    assert list(read.documents) == documents


@given(st.text(st.characters(codec="utf-8")), st.data())
def test_offsets_go_there_and_back(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, max(0, len(text) - 1)))
    end = data.draw(st.integers(start, len(text)))
    encoded = text.encode("utf-16-le")
    places = Utf16Map.of(text)
    assert encoded[2 * places.to_utf16(start) : 2 * places.to_utf16(end)] == text[start:end].encode(
        "utf-16-le"
    )
    if start < end:
        for unit in ("codepoints", "utf16"):
            places = Places.of(text, unit)
            there = places.outgoing(start), places.outgoing(end)
            assert places.incoming(*there) == (start, end)


@pytest.mark.parametrize(("start", "end"), [(1, 2), (0, 4), (2, 2), (-1, 1)])
def test_no_half_character_comes_in(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=r"boundary|stretch"):
        Places.of("a𠮷" if start == 1 else "𠮷b", "utf16").incoming(start, end)


def test_every_format_and_back_is_the_same_bytes(
    documents: list[GoldDocument], tmp_path: Path
) -> None:
    gold = tmp_path / "gold.jsonl"
    write_gold(gold, documents)
    for kind in ("conll", "docbin", "studio"):
        for unit in ("codepoints", "utf16") if kind == "studio" else ("codepoints",):
            there, back = tmp_path / kind, tmp_path / "back.jsonl"
            offsets = ["--offsets", unit]
            assert (
                convert.main(["--from", "gold", "--to", kind, *offsets, str(gold), str(there)]) == 0
            )
            assert (
                convert.main(["--from", kind, "--to", "gold", *offsets, str(there), str(back)]) == 0
            )
            assert back.read_bytes() == gold.read_bytes(), (kind, unit)


def test_a_label_that_ends_inside_a_word_is_told_and_its_document_left_out() -> None:
    one = GoldDocument(Subject("1" * 64, "a.txt"), "行政许可决定", (Span(2, 4, "note"),), *WHO)
    fits = replace(one, subject=Subject("2" * 64, "b.txt"), spans=(Span(0, 4, "note"),))
    packed = to_docbin([one, fits], lambda text: [text[:3], text[3:4], text[4:]])
    (problem,) = packed.problems
    assert (problem.code, problem.place) == (
        "misaligned",
        "a.txt [2, 4)",
    ) and "许可" in problem.message
    assert from_docbin(packed.data, "x").documents == (fits,)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("年 -X- -X- I-year", "年 -X- -X- I-date", "bio"),
        ("年 -X- -X- I-year", "年 -X- -X- I-jahr", "label"),
        ("年 -X- -X- I-year", "年度 -X- -X- I-year", "token"),
        ("年 -X- -X- I-year", "月 -X- -X- I-year", "edited"),
        ("年 -X- -X- I-year", "年 I-year", "shape"),
        ("# offset = 0", "# offset = 1", "offsets"),
        ('"annotator"', '"who"', "shape"),
        ("# nianbao", "# something", "shape"),
    ],
)
def test_conll_that_does_not_hold_is_named(old: str, new: str, code: str) -> None:
    one = GoldDocument(Subject("1" * 64), "2023年", (Span(0, 5, "year"),), *WHO)
    text = to_conll([one])
    assert old in text
    read = from_conll(text.replace(old, new), "x.conll")
    assert read.documents == ()
    assert code in {problem.code for problem in read.problems}
    assert all(problem.place.startswith("x.conll:") for problem in read.problems)


def test_damaged_and_foreign_files_get_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"\xff\xfe{")
    for kind in ("gold", "studio", "docbin", "conll"):
        assert (
            convert.main(["--from", kind, "--to", "gold", str(damaged), str(tmp_path / "o")]) == 1
        )
        assert "damaged" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("联系电话：13812345678。", "联系电话：***********。"),
        ("手机 138-1234-5678", "手机 ***-****-****"),
        ("电话：０５７１－８８８８６６６６", "电话：****－********"),
        ("(0898)66781234转801", "(****)********转***"),
        ("传真010-66781234、66785678", "传真***-********、********"),
        ("联系人：张三+86 13812345678", "联系人：张三+** ***********"),
        ("邮箱 li.si_01@sub.gov.cn；", "邮箱 ********@**********；"),
        ("电话申请 13800000000 件", "电话申请 13800000000 件"),
        ("金额13812345678.50元", "金额13812345678.50元"),
        ("行政许可 13812345678 0", "行政许可 13812345678 0"),
        ("总计|01066781234|0|0", "总计|01066781234|0|0"),
        ("2023-01-15 12345678 20230115", "2023-01-15 12345678 20230115"),
        ("统一社会信用代码 91138123456780000X", "统一社会信用代码 91138123456780000X"),
    ],
)
def test_numbers_to_call_are_masked_and_figures_are_not(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert len(masked) == len(text)


def test_a_labelled_figure_is_never_masked() -> None:
    text = "联系电话 13812345678\n行政许可\n13812345678\n0571-88886666\n联系电话：13812345678\n"
    row, value = text.index("行政许可"), text.index("13812345678")
    spans = [Span(row, row + 4, "row.proactive_disclosure.licensing")]
    assert [text[m.start : m.end] for m in find(text, spans)] == ["13812345678"] * 2
    assert find(text, [Span(value, value + 11, "value")])[0].start > row
    furniture = [Span(0, len(text), "furniture")]
    assert len(find(text, furniture)) == 3


def test_masking_on_export_keeps_every_span(tmp_path: Path) -> None:
    text = "联系电话 13812345678\n一、总体情况\n"
    at = text.index("一、")
    one = GoldDocument(Subject("1" * 64), text, (Span(at, at + 6, "heading.overview"),), *WHO)
    gold, there = tmp_path / "gold.jsonl", tmp_path / "out.jsonl"
    write_gold(gold, [one])
    command = ["--from", "gold", "--to", "gold", "--mask", str(gold), str(there)]
    assert convert.main(command) == 0
    (back,) = read_gold(there)
    assert back.text == text.replace("13812345678", "*" * 11) and back.spans == one.spans
    assert "13812345678" not in json.dumps(there.read_text(encoding="utf-8"))
