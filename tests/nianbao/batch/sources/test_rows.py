from __future__ import annotations

import io
import json
import struct
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.nianbao.batch.sources.made import (
    documents,
    gz,
    made_zip,
    outline,
    page,
    read,
    reasons,
    stored,
    zst,
)

TEXTS = ["<p>一、总体情况</p>", '二、主动公开\n政府信息情况, "引号"', "三"]
URL = "http://www.example.gov.cn/"


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def made_csv(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    import csv

    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode(encoding)


def made_parquet(table: pa.Table, **options: object) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **options)
    return target.getvalue()


ROWS = [{"id": i, "html": text, "url": f"{URL}{i}"} for i, text in enumerate(TEXTS)]
MADE = {
    "x.jsonl": lines(*ROWS),
    "x.jsonl.gz": gz(lines(*ROWS)),
    "part-0": zst(lines(*ROWS)),
    "x.ndjson": b"\xef\xbb\xbf" + lines(*ROWS).replace(b"\n", b"\r\n"),
    "x.csv": made_csv([["id", "html", "url"], *([str(r["id"]), r["html"], r["url"]] for r in ROWS)]),
    "x.csv.zst": zst(made_csv([["html", "url"], *([r["html"], r["url"]] for r in ROWS)])),
    "gbk.csv": made_csv([["html", "url"], *([r["html"], r["url"]] for r in ROWS)], "gb18030"),
    "bom.csv": b"\xef\xbb\xbf" + made_csv([["html", "url"], *([r["html"], r["url"]] for r in ROWS)]),
    "x.tsv": made_csv([["html", "url"], *([r["html"], r["url"]] for r in ROWS)]).replace(
        b",http", b"\thttp").replace(b"html,url", b"html\turl"),
    "strings": made_parquet(pa.table({"html": TEXTS, "url": [r["url"] for r in ROWS]})),
    "groups": made_parquet(pa.Table.from_pylist(ROWS), row_group_size=2, compression="gzip"),
    "large": made_parquet(pa.table({
        "html": pa.array([t.encode() for t in TEXTS], pa.large_binary()),
        "url": pa.array([r["url"] for r in ROWS]).dictionary_encode()})),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_rows(tmp_path: Path, name: str) -> None:
    items = read(stored(tmp_path, name, MADE[name]))
    assert documents(items) == [text.encode() for text in TEXTS]
    assert [item.place.ordinal for item in items] == [0, 1, 2]
    assert [item.origin.url for item in items] == [row["url"] for row in ROWS]


@pytest.mark.parametrize(
    ("field", "text"),
    [("html", "text"), ("Raw_HTML", "title"), ("content", "id"), ("正文", "标题"), ("body", "raw")],
)
def test_guessed_fields(tmp_path: Path, field: str, text: str) -> None:
    rows = [{text: "not this", field: "<p>this</p>", "Link": URL}]
    for name, data in (
        ("x.jsonl", lines(*rows)),
        ("x.csv", made_csv([list(rows[0]), list(rows[0].values())])),
        ("x.parquet", made_parquet(pa.Table.from_pylist(rows))),
    ):
        (item,) = read(stored(tmp_path, name, data))
        assert item.data == b"<p>this</p>" and item.origin.url == URL


def test_stated_fields(tmp_path: Path) -> None:
    rows = [{"html": "not this", "报告": "this", "u": URL, "d": "2023-01-02"}]
    options = {"text_field": "报告", "url_field": "u", "date_field": "d"}
    for name, data in (
        ("x.jsonl", lines(*rows)),
        ("x.csv", made_csv([list(rows[0]), list(rows[0].values())])),
        ("x.parquet", made_parquet(pa.Table.from_pylist(rows))),
    ):
        (item,) = read(stored(tmp_path, name, data), **options)
        assert item.data == b"this"
        assert (item.origin.url, item.origin.fetched) == (URL, "2023-01-02T00:00:00Z")


@pytest.mark.parametrize(
    ("value", "fetched"),
    [
        ("2023-01-02T03:04:05Z", "2023-01-02T03:04:05Z"),
        ("2023-01-02 03:04:05", "2023-01-02T03:04:05Z"),
        ("2023/01/02 03:04:05", "2023-01-02T03:04:05Z"),
        ("2023-01-02T11:04:05+08:00", "2023-01-02T03:04:05Z"),
        ("20230102030405", "2023-01-02T03:04:05Z"),
        (1672628645, "2023-01-02T03:04:05Z"),
        (1672628645000, "2023-01-02T03:04:05Z"),
        ("1672628645", "2023-01-02T03:04:05Z"),
        ("昨天", None),
        (None, None),
        (True, None),
        (1e300, None),
        ("0001-01-01T00:00:00+10:00", None),
        (["2023"], None),
    ],
)
def test_times(tmp_path: Path, value: object, fetched: str | None) -> None:
    (item,) = read(stored(tmp_path, "x.jsonl", lines({"text": "x", "crawl_time": value})))
    assert item.origin.fetched == fetched


def test_times_in_parquet(tmp_path: Path) -> None:
    moment = datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
    for value in (moment, moment.replace(tzinfo=None)):
        table = pa.table({"text": ["x"], "fetched_at": [value]})
        (item,) = read(stored(tmp_path, "x", made_parquet(table)))
        assert item.origin.fetched == "2023-01-02T03:04:05Z"


def test_broken_lines(tmp_path: Path) -> None:
    data = b"\n".join(
        (
            b'{"html": "0"}',
            b'{"html": "1',
            b"",
            b"not json",
            b'{"html": "\xff"}',
            b"[1, 2]",
            b'{"title": "5"}',
            b'{"html": 6}',
            b'{"html": null, "text": ""}',
            b'{"html": "", "text": "9"}',
            b'{"html": ' + b"[" * 100_000,
            b'{"html": "x", "n": ' + b"9" * 5000 + b"}",
            b'{"html": "\\ud800", "url": "\\ud800"}',
            b'{"html": "13"}',
        )
    )
    items = read(stored(tmp_path, "x.jsonl", data))
    assert outline(items) == [
        ("", 0, ""),
        ("", 1, "bad_line"),
        ("", 3, "bad_line"),
        ("", 4, "bad_line"),
        ("", 5, "bad_line"),
        ("", 6, "no_text_field"),
        ("", 7, "bad_line"),
        ("", 8, "no_text"),
        ("", 9, ""),
        ("", 10, "bad_line"),
        ("", 11, "bad_line"),
        ("", 12, ""),
        ("", 13, ""),
    ]
    assert documents(items) == [b"0", b"9", b"?", b"13"]
    assert items[1].problem.message.startswith("第 2 行（第 14 字节起）：")
    assert "title" in items[5].problem.message
    assert items[11].origin.url == "?"


def test_json_that_is_no_table(tmp_path: Path) -> None:
    for data in (
        b'{\n  "html": "a"\n}\n',
        b'{"code": 0, "message": "x"}',
        b"[1, 2, 3]",
        "{一} 总体情况".encode(),
    ):
        assert documents(read(stored(tmp_path, "x.json", data))) == [data]


def test_csv_that_is_a_document(tmp_path: Path) -> None:
    data = "项目,数量\n新收申请,12\n".encode()
    assert documents(read(stored(tmp_path, "x.csv", data))) == [data]
    assert documents(read(tmp_path, text_field="项目")) == ["新收申请".encode()]


def test_broken_rows(tmp_path: Path) -> None:
    data = '网址,正文\nu,一\nu\nu,二,三\nu,\n\nu,"四"x\nu,五\nu,"六\nu,七\n'.encode()
    items = read(stored(tmp_path, "x.csv", data))
    assert documents(items) == ["一".encode(), "五".encode()]
    assert reasons(items) == ["bad_row", "bad_row", "no_text", "bad_row", "bad_row"]
    assert "第 3 行" in items[1].problem.message
    assert "引号没有结束" in items[-1].problem.message


def test_long_fields_of_csv(tmp_path: Path) -> None:
    import csv

    before = csv.field_size_limit()
    text = "长" * 200_000
    data = made_csv([["text"], [text], ["短"]])
    assert documents(read(stored(tmp_path, "x.csv", data))) == [text.encode(), "短".encode()]
    assert csv.field_size_limit() == before
    items = read(tmp_path, document=1000)
    assert outline(items) == [("", 0, "too_large"), ("", 1, "")]
    unclosed = b'text\n"' + b"line\n" * 1000 + b"last\n"
    items = read(stored(tmp_path, "x.csv", unclosed), document=1000)
    assert reasons(items)[0] == "too_large"
    assert documents(items)[-1] == b"last"


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv"])
@pytest.mark.parametrize("pack", [gz, zst], ids=["gzip", "zstd"])
def test_rows_of_a_cut_stream(tmp_path: Path, name: str, pack) -> None:
    rows = [{"text": page(i).decode() + str(i) * 5000} for i in range(300)]
    plain = (
        lines(*rows) if name == "x.jsonl" else made_csv([["text"], *([r["text"]] for r in rows)])
    )
    data = b"".join(pack(plain[start : start + 50_000]) for start in range(0, len(plain), 50_000))
    whole = [row["text"].encode() for row in rows]
    path = stored(tmp_path, name, data)
    assert documents(read(path)) == whole
    cut = read(stored(tmp_path, name, data[: len(data) // 2]))
    found = documents(cut)
    assert 50 < len(found) < 250 and found == whole[: len(found)]
    assert reasons(cut) == ["truncated"] and cut[-1].problem is not None


def test_lines_go_on_after_a_broken_member(tmp_path: Path) -> None:
    parts = [gz(lines({"text": f"{i}a"}, {"text": f"{i}b"})) for i in range(4)]
    parts[1] = parts[1][:-8] + bytes(8)
    items = read(stored(tmp_path, "x.jsonl.gz", b"".join(parts)))
    assert documents(items) == [b"0a", b"0b", b"2a", b"2b", b"3a", b"3b"]
    assert outline(items)[2] == ("", 2, "bad_checksum")
    assert "第 3 行" in items[2].problem.message


def test_parquet_of_bytes(tmp_path: Path) -> None:
    values = [
        page(1),
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        gz(page(2)),
        made_zip({"a.html": page(3)}),
        None,
        b"",
    ]
    table = pa.table(
        {"payload": pa.array(values, pa.binary()), "url": [f"{URL}{i}" for i in range(7)]}
    )
    items = read(stored(tmp_path, "x.parquet", made_parquet(table)))
    assert outline(items) == [
        ("", 0, ""),
        ("", 1, ""),
        ("", 2, "image"),
        ("", 3, ""),
        ("#4!/a.html", 0, ""),
        ("", 5, "no_text"),
        ("", 6, "no_text"),
    ]
    assert documents(items) == [page(1), b"%PDF-1.7", page(2), page(3)]
    assert items[2].origin.url == f"{URL}2"


def test_parquet_without_texts(tmp_path: Path) -> None:
    two = pa.table({"a": ["x"], "b": ["y"]})
    for table in (pa.table({"html": [1], "n": [2]}), two):
        items = read(stored(tmp_path, "x.parquet", made_parquet(table)))
        assert outline(items) == [("", 0, "no_text_field")]
    assert documents(read(tmp_path, text_field="b")) == [b"y"]
    assert reasons(read(tmp_path, text_field="c")) == ["no_text_field"]


def test_parquet_cut_off(tmp_path: Path) -> None:
    data = made_parquet(pa.table({"html": TEXTS}))
    items = read(stored(tmp_path, "x.parquet", data[:-20]))
    assert outline(items) == [("", 0, "broken")]
    assert "Parquet" in items[0].problem.message


def test_parquet_goes_on_after_a_broken_group(tmp_path: Path) -> None:
    texts = [f"{i}" * 500 for i in range(6)]
    table = pa.table({"html": texts})
    data = bytearray(
        made_parquet(table, row_group_size=2, compression="none", use_dictionary=False)
    )
    chunk = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(0)
    start = chunk.data_page_offset
    data[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    items = read(stored(tmp_path, "x.parquet", bytes(data)))
    assert documents(items) == [text.encode() for text in (*texts[:2], *texts[4:])]
    assert outline(items)[2] == ("", 2, "broken")
    assert [item.place.ordinal for item in items] == [0, 1, 2, 4, 5]
    assert "第 2 个行组" in items[2].problem.message


def test_parquet_that_repeats_one_large_value(tmp_path: Path) -> None:
    value = "x" * (1 << 20)
    array = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), [value])
    path = stored(tmp_path, "x.parquet", made_parquet(pa.table({"html": array})))
    items = read(path, ratio_from=8 << 20)
    assert reasons(items)[-1] == "archive_bomb"
    assert len(documents(items)) <= max(8, 200 * path.stat().st_size >> 20)


def test_parquet_with_text_that_is_not_utf8(tmp_path: Path) -> None:
    raw = "报告".encode("gb18030")
    text = pa.array([raw]).view(pa.string())
    table = pa.table({"html": text, "url": text})
    (item,) = read(stored(tmp_path, "x.parquet", made_parquet(table)))
    assert item.data == raw and item.origin.url is None


def test_length_of_the_directory_of_parquet_lies(tmp_path: Path) -> None:
    data = bytearray(made_parquet(pa.table({"html": TEXTS})))
    struct.pack_into("<I", data, len(data) - 8, 0x7FFFFFFF)
    assert reasons(read(stored(tmp_path, "x.parquet", bytes(data)))) == ["broken"]
