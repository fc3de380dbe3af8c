"""Many documents in one request."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.serving.hostile import CREW
from tests.serving.running import Running, running

LINES = {"Content-Type": "application/x-ndjson"}


def ndjson(*items: object) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def by_id(answer: httpx.Response) -> dict[Any, dict[str, Any]]:
    lines = [json.loads(line) for line in answer.text.split("\n") if line]
    found = {line["id"]: line for line in lines}
    assert len(found) == len(lines)
    return found


def test_each_document_has_its_line_and_the_same_record(
    client: httpx.Client, page: bytes, record: bytes
) -> None:
    html = page.decode()
    body = ndjson({"id": "甲", "html": html}, {"id": 7, "html": html}, {"html": html})
    answer = client.post("/parse/stream", content=body + b"\n \n", headers=LINES)
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = set(answer.content.split(b"\n"))
    assert lines == {
        b'{"id": "' + "甲".encode() + b'", "record": ' + record + b"}",
        b'{"id": 7, "record": ' + record + b"}",
        b'{"id": 3, "record": ' + record + b"}",
        b"",
    }


def test_one_bad_document_is_one_line(client: httpx.Client, page: bytes) -> None:
    body = (
        ndjson({"id": "good", "html": page.decode()}, {"id": "empty", "text": " "})
        + b"{\n"
        + ndjson({"id": {}, "text": "x"}, {"id": "two", "text": "x", "html": "y"})
    )
    found = by_id(client.post("/parse/stream", content=body, headers=LINES))
    codes = {key: line.get("problem", {}).get("code") for key, line in found.items()}
    assert codes == {
        "good": None, "empty": "unreadable_input", 3: "bad_json", 4: "bad_body", "two": "bad_body",
    }  # fmt: skip
    assert found[3]["problem"]["where"] == "document:3 body:line 1 column 2"
    assert found["two"]["problem"]["detail"]


def test_parts_of_a_form_and_gzip(client: httpx.Client, page: bytes, record: bytes) -> None:
    form = client.post(
        "/parse/stream?include=text",
        files=[("file", ("a.html", page)), ("b", (None, page)), ("file", ("空.txt", b""))],
    )
    found = by_id(form)
    assert found["a.html"]["record"] == found["b"]["record"] == json.loads(record)
    assert found["a.html"]["text"] and found["空.txt"]["problem"]["code"] == "unreadable_input"
    packed = gzip.compress(ndjson({"id": 1, "html": page.decode()}))
    answer = client.post(
        "/parse/stream", content=packed, headers={**LINES, "Content-Encoding": "gzip"}
    )
    assert by_id(answer)[1]["record"] == json.loads(record)


def test_what_cuts_the_stream_is_its_last_line(client: httpx.Client, page: bytes) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + page + b"\r\n--b\r\nContent"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    found = by_id(client.post("/parse/stream", content=body, headers=headers))
    assert "record" in found["a"] and found[None]["problem"]["code"] == "bad_multipart"


def test_an_empty_stream_has_no_lines(client: httpx.Client) -> None:
    answer = client.post("/parse/stream", content=b"", headers=LINES)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.fixture(scope="module")
def quick() -> Iterator[Running]:
    with running(CREW, processes=2, body_megabytes=0.001) as found:
        found.await_processes()
        yield found


def form(*words: bytes) -> dict[str, Any]:
    return {"files": [("file", (str(i), word)) for i, word in enumerate(words)]}


def test_lines_come_in_order_of_completion(quick: Running) -> None:
    answer = quick.client.post("/parse/stream", **form(b"sleep 1.5", b"a", b"b", b"die", b"c"))
    order = [json.loads(line)["id"] for line in answer.text.split("\n") if line]
    assert sorted(order) == ["0", "1", "2", "3", "4"]
    assert order.index("1") < order.index("0")


def test_answers_come_while_the_request_is_still_sent(quick: Running) -> None:
    import socket

    def chunk(data: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(data), data)

    head = (
        b"POST /parse/stream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-ndjson\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", quick.client.base_url.port or 0)) as link:
        link.settimeout(30)
        link.sendall(head + chunk(b"first\n"))
        seen = b""
        while b"said" not in seen:
            seen += link.recv(4096)
        link.sendall(chunk(b"second\n") + b"0\r\n\r\n")
        while b"second" not in seen:
            seen += link.recv(4096)
    assert b'"said": "first' in seen


def test_a_line_over_the_bound_is_one_problem(quick: Running) -> None:
    body = b"first\n" + b"x" * 5000 + b"\nlast\n" + b"y" * 5000
    answer = quick.client.post("/parse/stream", content=body, headers=LINES)
    found = by_id(answer)
    assert {key: line.get("problem", {}).get("code") for key, line in found.items()} == {
        1: None, 2: "body_too_large", 3: None, 4: "body_too_large",
    }  # fmt: skip
    assert quick.serving.guard.load.held == 0
