"""Bytes -> text: declared, wrongly declared and undeclared encodings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.reading import read
from nianbao.reading.charset import clean, declared_charset, decode, score

SIMPLIFIED = "云泽市水务局2023年政府信息公开工作年度报告：全年受理申请12件，均按期答复。"
TRADITIONAL = "雲澤市水務局2023年政府信息公開工作年度報告：全年受理申請12件，均按期答復。"

#: codec of the page -> the name that the document gives it.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-16": "utf-16-le",
}
MARKED = ("utf-8-sig", "utf-16")


def markup(charset: str | None, text: str) -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">'
    return f"<html><head>{meta if charset else ''}</head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize("declared", [None, "utf-8", "gb2312", "GBK", "big5", "utf-16", "latin-1"])
@pytest.mark.parametrize("codec", ENCODINGS)
@pytest.mark.parametrize("is_page", [True, False])
def test_matrix(codec: str, declared: str | None, is_page: bool) -> None:
    text = TRADITIONAL if codec == "big5" else SIMPLIFIED
    content = markup(declared, text) if is_page else text
    document = read(content.encode(codec))
    assert document.text == text
    assert document.encoding == ENCODINGS[codec]
    assert document.media_type == ("text/html" if is_page else "text/plain")
    codes = [note.code for note in document.notes]
    if codec in MARKED:
        assert codes == []
    elif is_page and declared in ("utf-8", "gb2312", "GBK", "big5"):
        agrees = ENCODINGS[codec] == {"utf-8": "utf-8", "big5": "big5"}.get(declared, "gb18030")
        assert codes == ([] if agrees else ["encoding_guessed"])
    elif codec == "utf-8":
        assert codes == []
    else:
        assert codes == ["encoding_guessed"]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5"])
def test_media_type_declares(codec: str) -> None:
    text = TRADITIONAL if codec == "big5" else SIMPLIFIED
    document = read(text.encode(codec), media_type=f'text/plain; charset="{codec}"')
    assert document.text == text and document.notes == ()


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        (b"<meta charset=gb2312>", "gb18030"),
        (b"<META CHARSET = 'GBK' >", "gb18030"),
        (b'<?xml version="1.0" encoding="big5"?>', "big5hkscs"),
        (b"<meta name=charset-test>", None),
        (b"<meta charset=klingon>", None),
        (b" " * 5000 + b"<meta charset=gbk>", None),
    ],
)
def test_declarations(head: bytes, codec: str | None) -> None:
    assert declared_charset(head, None) == codec
    assert declared_charset(head, "text/html;charset=UTF-8") == "utf-8"


def test_damaged_bytes_become_visible_and_are_counted() -> None:
    data = SIMPLIFIED.encode("gbk")
    document = read(data[:20] + b"\xff" + data[20:] * 3, media_type="text/plain; charset=gbk")
    assert document.encoding == "gb18030"
    assert document.text.count("\ufffd") == 1
    assert [(note.code, "1 处" in note.message) for note in document.notes] == [
        ("undecodable_bytes", True)
    ]
    assert "年度报告" in document.text


def test_damaged_utf8_stays_utf8() -> None:
    data = (SIMPLIFIED * 20).encode()
    document = read(data[:300] + data[301:-1])
    assert document.encoding == "utf-8"
    assert 1 <= document.text.count("\ufffd") <= 4


def test_gbk_page_with_ascii_beginning() -> None:
    data = b"<html><head><style>" + b"p { color: red } " * 9000 + b"</style></head><body>"
    assert read(data + SIMPLIFIED.encode("gbk")).text == SIMPLIFIED


def test_clean() -> None:
    assert clean("\ufeff甲\r\n乙\r丙\x0c丁\u2028戊\x85己") == "甲\n乙\n丙\n丁\n戊\n己"
    assert clean("a\x00b\x01c\x1bd\x7fe\tf") == "ab c d e\tf"
    assert clean("\ud800x\ufffe") == "\ufffdx\ufffd"


@given(st.text(max_size=200))
@settings(deadline=None, derandomize=True)
def test_clean_is_idempotent(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once.encode().decode() == once


@given(st.binary(max_size=300))
@settings(deadline=None, derandomize=True)
def test_decode_never_fails_and_loses_nothing_silently(data: bytes) -> None:
    decoded = decode(data)
    if "\ufffd" not in decoded.text:
        assert decoded.lost == 0
    assert decoded.lost <= decoded.text.count("\ufffd")


def test_only_a_guess_is_scored() -> None:
    assert decode(SIMPLIFIED.encode()).score is None
    assert decode(SIMPLIFIED.encode("gbk"), "text/plain; charset=gbk").score is None
    guessed = decode(SIMPLIFIED.encode("gbk"))
    assert guessed.guessed and guessed.score == score(SIMPLIFIED)


def test_score_orders_right_before_wrong() -> None:
    assert score(SIMPLIFIED) > 0.6 and score(TRADITIONAL) > 0.6
    assert score(SIMPLIFIED.encode().decode("gbk", "replace")) < 0.3
    assert score("plain ascii") == 0
