"""Pages made to exhaust a parser: rewritten, and read as they would be without rewriting."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.exceptions import InputTooLarge
from nianbao.reading import hostile, read
from nianbao.reading.html import read_html
from nianbao.reading.limits import MAX_BYTES, MAX_CHARS, MAX_TAGS

ATTRIBUTES = st.sampled_from(
    ["", " class='a b'", ' style="color:red"', " style='display:none'", " hidden", ' title="a>b"']
)
INLINE = st.sampled_from(["span", "b", "font", "o:p", "em"])
BLOCK = st.sampled_from(["div", "p", "section", "h2", "ul", "center"])
TEXT = st.sampled_from(
    ["甲", "乙丙 ", "123", " ", "\n", "&lt;", "&nbsp;", "a < b", "<br>", "<!-- x -->"]
)


def _wrap(names: st.SearchStrategy[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, attributes, body: f"<{name}{attributes}>{body}</{name}>",
        names,
        ATTRIBUTES,
        inner,
    )


def _many(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, max_size=4).map("".join)


PHRASE = st.recursive(TEXT, lambda inner: _wrap(INLINE, _many(inner)), max_leaves=6)
RAW = st.sampled_from(
    [
        "<script>if (a<b) '<table>'</script>",
        "<style>p > b {}</style>",
        "<ruby>汉<rt>hàn</rt></ruby>",
        "<textarea>a\nb</textarea>",
        "<pre>甲  1\n乙</pre>",
        "<noscript>丙</noscript>",
        "<select><option>丁<option>戊</select>",
    ]
)


def _table(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    cell = st.builds(
        lambda spans, body: f"<td{spans}>{body}</td>",
        st.sampled_from(["", " colspan=2", " rowspan='2'", ' style="display:none"']),
        inner,
    )
    row = st.lists(cell, min_size=1, max_size=3).map(lambda cells: f"<tr>{''.join(cells)}</tr>")
    return st.lists(row, min_size=1, max_size=3).map(lambda rows: f"<table>{''.join(rows)}</table>")


BODY = st.recursive(
    st.one_of(_wrap(st.just("p"), PHRASE), RAW),
    lambda inner: st.one_of(
        _wrap(BLOCK.filter(lambda name: name not in ("p", "h2")), _many(inner)),
        _table(_many(inner)),
    ),
    max_leaves=10,
)


@given(_many(BODY))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_rewriting_changes_nothing_that_is_read(body: str) -> None:
    markup = f"<!DOCTYPE html><html><head><title>题</title></head><body>报告{body}</body></html>"
    plain, rewritten = read_html(markup), read_html(hostile.rewrite(markup))
    assert rewritten.text == plain.text
    assert rewritten.tables == plain.tables


def test_ordinary_pages_are_not_rewritten() -> None:
    body = "<div>" * 300 + "<p><b>年度</b>报告</p>" * 250 + "</div>" * 300
    assert hostile.tame(body) is body


@pytest.mark.parametrize("before", ["", "正<b>", "<" + "文" * 15_000 + "<" + "文" * 15_000])
@pytest.mark.parametrize("after", ["", "<p>", "<" + "文" * 15_000])
def test_a_long_run_is_found_wherever_it_stands(before: str, after: str) -> None:
    for size in (19_999, 20_000, 20_001, 45_000):
        body = before + "<" + "a" * size + after
        longest = max(map(len, body.split("<")))
        assert (hostile.tame(body) is not body) == (longest > 20_000)


SIZE = 40_000
ATTACKS: dict[str, Callable[[int], str]] = {
    "deep blocks": lambda n: "<div>" * n + "正文" + "</div>" * n,
    "deep inline": lambda n: "<span>" * n + "正文" + "</x>" * n,
    "deep tables": lambda n: "<table><tr><td>" * n + "正文",
    "mixed depth": lambda n: "<span><div></span></div>" * n + "正文",
    "formatting": lambda n: "".join(f"<p><b a={i}>" for i in range(n)) + "正文",
    "attributes": lambda n: "<p " + " ".join(f"a{i}" for i in range(n)) + ">正文",
    "bodies": lambda n: "".join(f"<body a{i}=1>" for i in range(n)) + "正文",
    "wide spans": lambda n: "<table>" + "<tr><td colspan=1000 rowspan=65534>正文" * n,
    "comments": lambda n: "<!--" * n + "-->正文",
    "open quotes": lambda n: "<p>正文</p>" + '<a b="' * n,
    "bare signs": lambda n: "<p>正文" + "< " * n,
    "scripts": lambda n: "<p>正文" + "<script>" * n,
    "lists": lambda n: "<ul><li>" * n + "正文",
    "rubies": lambda n: "正文" + "<ruby><rt>" * n,
    "hidden": lambda n: "<p>正文" + "<div hidden>" * n,
    "white space": lambda n: "<p>正文" + " \n" * 20 * n,
    "entities": lambda n: "<p>正文" + "&nbsp;" * 8 * n,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_read_in_linear_time(name: str) -> None:
    def seconds(size: int) -> float:
        data = ("<html>" + ATTACKS[name](size)).encode()
        started = time.perf_counter()
        document = read(data)
        assert "正文" in document.text
        return time.perf_counter() - started

    small = seconds(SIZE // 4)
    assert seconds(SIZE) < 12 * small + 0.5


def test_too_many_tags_are_refused() -> None:
    with pytest.raises(InputTooLarge, match="标签"):
        read(b"<html>" + b"<p>" * (MAX_TAGS + 1))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(InputTooLarge, match="字节"):
        read(b"<html>" + bytes(MAX_BYTES))


def test_long_output_is_cut_and_said() -> None:
    document = read(("<html>" + "<p>年度报告正文</p>" * (MAX_CHARS // 6)).encode())
    assert len(document.text) <= MAX_CHARS
    assert [note.code for note in document.notes] == ["truncated_input"]
    assert document.notes[0].start == len(document.text)
    row = "<tr><td>" + "甲" * 400 + "</td><td>乙</td></tr>"
    document = read(f"<html><table>{row * (MAX_CHARS // 400)}</table>".encode())
    (table,) = document.tables
    assert document.text[table.cells[-1].start : table.cells[-1].end] == "乙"
    assert table.end == len(document.text) <= MAX_CHARS
