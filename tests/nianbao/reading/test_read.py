"""What bytes are, what is refused, and what holds for every input."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.document import Document
from nianbao.exceptions import NeedsOcr, UnreadableInput
from nianbao.reading import read, read_text
from nianbao.reading.limits import MAX_CHARS
from nianbao.reading.plain import read_plain

REPORT = "云泽市水务局2023年政府信息公开工作年度报告\n一、总体情况\n规章 | 0 | 0 | 0 |\n\n  完"


def archive(member: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(member, "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (archive("word/document.xml"), "docx"),
        (archive("xl/workbook.xml"), "xlsx"),
        (archive("OFD.xml"), "OFD"),
        (archive("readme.txt"), "zip"),
        (gzip.compress(b"x"), "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Office"),
        (b"{\\rtf1\\ansi}", "RTF"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n", "MHT"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "程序"),
        (b"", "空"),
        (b" \r\n\t\x00 ", "空"),
        (b"\xef\xbb\xbf\n \xe3\x80\x80", "没有文字"),
        (bytes(range(1, 32)) * 20 + bytes(range(128, 256)) * 3, "二进制"),
    ],
)
def test_refused(data: bytes, kind: str) -> None:
    with pytest.raises(UnreadableInput, match=kind):
        read(data, media_type="text/html", name="报告.html")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"\xff\xd8\xff\xe0" + bytes(40),
        b"GIF89a" + bytes(40),
        b"II*\x00" + bytes(40),
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"BM" + bytes(40),
    ],
)
def test_pictures_need_ocr(data: bytes) -> None:
    with pytest.raises(NeedsOcr, match="图片"):
        read(data, media_type="text/plain", name="报告.txt")


def test_errors_name_the_file() -> None:
    with pytest.raises(UnreadableInput, match=r"^年报\.docx：.*Word") as caught:
        read(archive("word/document.xml"), name="年报.docx")
    assert caught.value.code == "unreadable_input"


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (REPORT, "text/plain"),
        ("自然人 | 1<br>2 |", "text/plain"),
        ("# 年报\n\n| 规章 | 0 |\n|---|---|\n", "text/plain"),
        ("1 < 2 且 3 > 2", "text/plain"),
        ("<p>甲</p>", "text/html"),
        ("\n<!-- x --><!DOCTYPE HTML><title>甲</title>", "text/html"),
        ('<?xml version="1.0"?><html>甲</html>', "text/html"),
        ("<div class=a>甲", "text/html"),
    ],
)
def test_kind_of_text(text: str, media_type: str) -> None:
    assert read(text.encode()).media_type == media_type


def test_hints_decide_only_in_doubt() -> None:
    few = "年报 <b>甲</b> <p>乙"
    assert read(few.encode()).media_type == "text/html"
    assert read(few.encode(), name="年报.TXT").media_type == "text/plain"
    assert read(few.encode(), media_type="text/markdown").media_type == "text/plain"
    whole = "<html><body><p>甲</p></body></html>"
    assert read(whole.encode(), media_type="text/plain", name="a.txt").media_type == "text/html"
    assert read("甲\n乙".encode(), media_type="text/html").text == "甲\n乙"


def test_plain_text_stays_as_it_is() -> None:
    document = read(REPORT.replace("\n", "\r\n").encode())
    assert document.text == REPORT and not document.tables
    assert read_text(REPORT).text == REPORT
    assert read_text(REPORT).encoding is None


def test_document_names_its_input() -> None:
    data = REPORT.encode("gbk")
    document = read(data)
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert document.size == len(data)


def test_read_text_refuses_emptiness_and_survives_surrogates() -> None:
    with pytest.raises(UnreadableInput):
        read_text(" \n")
    assert read_text("\ud83d甲").text == "\ufffd甲"


def test_long_text_is_cut_at_a_line_end() -> None:
    text = "年度报告\n" * 300_000
    document = read(text.encode())
    assert len(document.text) <= MAX_CHARS and document.text.endswith("年度报告")
    assert [note.code for note in document.notes] == ["truncated_input"]
    assert read_plain("甲" * 30, 20)[0] == "甲" * 20


def check(document: Document) -> None:
    """What holds for every document."""
    assert "\r" not in document.text and "\x00" not in document.text
    assert document.text.strip()
    document.text.encode()
    for table in document.tables:
        assert table.cells
        places = [(cell.row, cell.column) for cell in table.cells]
        assert len(set(places)) == len(places) and places == sorted(places)
        previous = 0
        for cell in table.cells:
            assert previous <= cell.start <= cell.end <= len(document.text)
            assert cell.rowspan >= 1 and cell.colspan >= 1
            text = document.text[cell.start : cell.end]
            assert text == text.strip() and "\n" not in text
            previous = cell.end


def outcome(data: bytes) -> Document | str:
    try:
        document = read(data)
    except UnreadableInput as error:
        return str(error)
    check(document)
    return document


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_bytes(data: bytes) -> None:
    assert outcome(data) == outcome(data)


TOKENS = st.sampled_from(
    "<table> </table> <tr> </tr> <td> <th> </td> <td_colspan=3> <td_rowspan=0> <p> </p> <b> </b>"
    " <br> <div> </div> <tbody> <caption> <select> <option> <template> <svg> <math> <pre> <rt>"
    " <frameset> <plaintext> <textarea> <!-- --> <script> </script> <ruby> <![CDATA[ &nbsp; <li>"
    ' &#x1F; &#55555; <input_value=5> <span_hidden> <noscript> <xml> < > " 甲 12 <body> <head>'
    " <title> <form> <a> <tfoot> </tbody> _".split()
).map(lambda token: token.replace("_", " "))


@given(st.lists(TOKENS, max_size=60))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_markup(tokens: list[str]) -> None:
    outcome(("<html>" + "".join(tokens)).encode())


def test_start_up_imports_no_parser() -> None:
    code = (
        "import sys, nianbao.reading\n"
        "print([m for m in ('pdfminer', 'pdfplumber', 'selectolax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
