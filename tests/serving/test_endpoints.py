"""What each address answers, and every way to ask wrongly."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import httpx
import jsonschema
import pytest

from nianbao.pipeline import Pipeline
from nianbao.reading import read
from nianbao.view.schema import record_schema
from serving.app import POLICY
from serving.problems import KINDS
from tests.serving.running import Running, running

HTML = {"Content-Type": "text/html"}
PATH = "requests.new_received.total"


def test_the_record_is_the_librarys_to_the_byte_however_the_document_is_sent(
    client: httpx.Client, page: bytes, record: bytes
) -> None:
    packed = {**HTML, "Content-Encoding": "gzip"}
    halves = gzip.compress(page[:1000]) + gzip.compress(page[1000:])
    answers = [
        client.post("/parse", content=page, headers=HTML),
        client.post("/parse", content=page),
        client.post("/parse", content=page, headers={"Content-Type": "application/octet-stream"}),
        client.post("/parse", content=iter([page[:7], page[7:]]), headers=HTML),
        client.post("/parse", content=gzip.compress(page), headers=packed),
        client.post("/parse", content=halves, headers=packed),
        client.post("/parse", files={"file": ("报告.html", page, "text/html")}),
        client.post("/parse", json={"html": page.decode()}),
        client.post("/parse", json={"base64": base64.b64encode(page).decode(), "name": "a.html"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert {answer.content for answer in answers} == {record}
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    jsonschema.validate(answers[0].json(), record_schema())


def test_text_is_read_as_a_file_of_it_is(client: httpx.Client, page: bytes) -> None:
    text = read(page).text
    as_json = client.post("/parse", json={"text": text}).content
    as_file = client.post(
        "/parse",
        content=text.encode(),
        headers={"Content-Type": "text/plain; charset=utf-8"},
    ).content
    assert as_json == as_file


def test_the_charset_of_the_request_is_heeded(client: httpx.Client) -> None:
    data = "云泽市2023年政府信息公开工作年度报告".encode("gbk")
    headers = {"Content-Type": "text/plain; charset=gbk"}
    answer = client.post("/parse", content=data, headers=headers).json()
    assert answer["source"]["encoding"] in ("gbk", "gb18030")


def test_with_the_text_offsets_can_be_followed(
    client: httpx.Client, page: bytes, record: bytes
) -> None:
    answer = client.post("/parse?include=text", content=page, headers=HTML).json()
    assert answer["record"] == json.loads(record)
    assert answer["text"] == read(page).text
    cell = next(c for c in answer["record"]["cells"] if c["raw"])
    assert answer["text"][cell["start"] : cell["end"]] == cell["raw"]


def test_a_page_that_is_no_report_is_no_error(client: httpx.Client) -> None:
    answer = client.post("/parse", json={"text": "今天天气很好。"})
    assert answer.status_code == 200 and answer.json()["is_report"] is False


def test_labels_of_a_document(client: httpx.Client, page: bytes) -> None:
    pipeline = Pipeline.rules_only()
    document = pipeline.document(page)
    spans = [(s.start, s.end, s.label) for s in pipeline.spans(document)]
    answer = client.post("/label?include=text", content=page, headers=HTML).json()
    assert [(s["start"], s["end"], s["label"]) for s in answer["spans"]] == spans
    assert answer["text"] == document.text
    assert all(answer["text"][s["start"] : s["end"]] == s["text"] for s in answer["spans"])


def test_labels_survive_what_splits_lines(client: httpx.Client) -> None:
    text = "云泽市2023年政府信息\u2028公开工作年度报告\n一、总体\u0085情况\n"
    assert client.post("/label", json={"text": text}).status_code == 200


@pytest.mark.parametrize("form", [True, False])
def test_a_cell_is_explained(client: httpx.Client, page: bytes, form: bool) -> None:
    if form:
        answer = client.post("/explain", files={"file": ("a.html", page), "path": (None, PATH)})
    else:
        answer = client.post("/explain", json={"html": page.decode(), "path": PATH})
    found = answer.json()
    assert answer.status_code == 200
    assert found["value"] == int(found["raw"]) and found["checks"]
    assert [line["value"] for line in found["lines"]] == [found["raw"]]
    assert found["cell"] and found["reason"] and found["source_name"] == "原文读出"


def test_what_the_service_says_of_itself(client: httpx.Client, record: bytes) -> None:
    versions = client.get("/version").json()
    source = json.loads(record)["source"]
    assert versions["library"] == source["library_version"]
    assert versions["model"] == source["model_version"]
    assert client.get("/schema").json() == json.loads(json.dumps(record_schema()))
    labels = client.get("/labels").json()
    paths = [cell["path"] for cell in labels["cells"]]
    assert "value" in labels["labels"] and PATH in paths and len(paths) == len(set(paths))
    assert {c["path"] for c in json.loads(record)["cells"]} <= set(paths)


def test_every_problem_says_what_it_is(client: httpx.Client) -> None:
    for code, kind in KINDS.items():
        assert client.get(f"/problems/{code}").json()["status"] == kind.status


def test_answers_carry_an_id_and_may_not_be_sniffed_or_framed(client: httpx.Client) -> None:
    given = client.get("/version", headers={"X-Request-Id": "mine-1"})
    assert given.headers["x-request-id"] == "mine-1"
    assert given.headers["content-security-policy"] == POLICY
    assert given.headers["x-content-type-options"] == "nosniff"
    forged = client.get("/version", headers={"X-Request-Id": "a b"}).headers["x-request-id"]
    assert forged != "a b" and len(forged) == 32
    problem = client.get("/nowhere")
    assert problem.json()["instance"] == problem.headers["x-request-id"]


JSON_TYPE = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
WRONG: list[tuple[str, str, dict[str, Any], int, str, str | None]] = [
    ("GET", "/nowhere", {}, 404, "not_found", None),
    ("GET", "/static/../app.py", {}, 404, "not_found", None),
    ("GET", "/problems/nothing", {}, 404, "not_found", None),
    ("GET", "/parse", {}, 405, "method_not_allowed", None),
    ("DELETE", "/schema", {}, 405, "method_not_allowed", None),
    ("POST", "/parse?include=all", {"content": b"x"}, 400, "bad_parameter", "query:include"),
    ("POST", "/parse?deep=1", {"content": b"x"}, 400, "bad_parameter", "query:deep"),
    ("GET", "/schema?x=1", {}, 400, "bad_parameter", "query:x"),
    ("POST", "/parse", {"content": b"{", "headers": JSON_TYPE}, 400, "bad_json", "body:line 1 column 2"),
    ("POST", "/parse", {"content": b"\xff{}", "headers": JSON_TYPE}, 400, "bad_json", "body:byte 0"),
    ("POST", "/parse", {"content": b"1" * 9999, "headers": JSON_TYPE}, 400, "bad_json", "body"),
    ("POST", "/parse", {"json": ["x"]}, 400, "bad_body", "body"),
    ("POST", "/parse", {"json": {}}, 400, "bad_body", "body"),
    ("POST", "/parse", {"json": {"text": "x", "html": "y"}}, 400, "bad_body", "body"),
    ("POST", "/parse", {"json": {"text": 1}}, 400, "bad_body", "body:/text"),
    ("POST", "/parse", {"json": {"text": "x", "url": "http://x"}}, 400, "bad_body", "body:/url"),
    ("POST", "/parse", {"json": {"base64": "?"}}, 400, "bad_body", "body:/base64"),
    ("POST", "/parse", {"json": {"text": "x", "name": 1}}, 400, "bad_body", "body:/name"),
    ("POST", "/parse", {"content": b"[" * 99999, "headers": JSON_TYPE}, 413, "nesting_too_deep", "body"),
    ("POST", "/parse", {"content": b"--c\r\n", "headers": FORM}, 400, "bad_multipart", "body"),
    ("POST", "/parse", {"content": b"", "headers": {"Content-Type": "multipart/form-data"}}, 400, "bad_multipart", "header:Content-Type"),
    ("POST", "/parse", {"files": {"data": b"x"}}, 400, "bad_multipart", "body"),
    ("POST", "/parse", {"files": [("file", b"x"), ("file", b"y")]}, 400, "bad_multipart", "body"),
    ("POST", "/explain", {"files": {"file": b"x"}}, 400, "bad_multipart", "body:path"),
    ("POST", "/explain", {"json": {"text": "x"}}, 400, "bad_body", "body:/path"),
    ("POST", "/explain", {"content": b"x", "headers": HTML}, 415, "unsupported_media_type", "header:Content-Type"),
    ("POST", "/explain", {"json": {"text": "x", "path": "a.b.c"}}, 422, "unknown_path", "body:/path"),
    ("POST", "/parse", {"content": b"x", "headers": {"Content-Type": "image/png"}}, 415, "unsupported_media_type", "header:Content-Type"),
    ("POST", "/parse", {"content": b"x", "headers": {**HTML, "Content-Encoding": "br"}}, 415, "unsupported_encoding", "header:Content-Encoding"),
    ("POST", "/parse", {"content": b"x", "headers": {**HTML, "Content-Encoding": "gzip"}}, 400, "bad_gzip", "body"),
    ("POST", "/parse", {"content": gzip.compress(b"x" * 999)[:-9], "headers": {**HTML, "Content-Encoding": "gzip"}}, 400, "bad_gzip", "body"),
    ("POST", "/parse", {"content": b""}, 422, "unreadable_input", None),
    ("POST", "/parse", {"content": b"\x1f\x8b" + bytes(99)}, 422, "unreadable_input", None),
    ("POST", "/parse", {"content": PNG}, 422, "needs_ocr", None),
    ("POST", "/parse/stream", {"content": b"x", "headers": HTML}, 415, "unsupported_media_type", "header:Content-Type"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "url", "rest", "status", "code", "where"), WRONG)
def test_what_is_wrong_with_a_request_is_a_problem(
    client: httpx.Client,
    method: str,
    url: str,
    rest: dict[str, Any],
    status: int,
    code: str,
    where: str | None,
) -> None:
    answer = client.request(method, url, **rest)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem.get("where")) == (status, code, where)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"/problems/{code}" and problem["status"] == status
    assert problem["detail"] and problem["detail_en"] and problem["title"]
    assert "Traceback" not in answer.text


def test_a_method_that_is_not_there_names_those_that_are(client: httpx.Client) -> None:
    assert client.get("/parse").headers["allow"] == "POST"


@pytest.fixture(scope="module")
def narrow() -> Any:
    from tests.serving.hostile import CREW

    with running(CREW, processes=1, body_megabytes=0.1, body_seconds=1.0) as found:
        yield found


def test_a_body_over_the_bound_is_refused_as_sent_and_inflated(narrow: Running) -> None:
    large = b"x" * (narrow.serving.settings.body_bytes + 1)
    packed = gzip.compress(large)
    assert len(packed) < 1000
    told = narrow.client.post("/parse", content=large, headers=HTML)
    untold = narrow.client.post("/parse", content=iter([large]), headers=HTML)
    form = narrow.client.post("/parse", files={"file": large})
    assert {r.json()["code"] for r in (told, untold, form)} == {"body_too_large"}
    headers = {**HTML, "Content-Encoding": "gzip"}
    inflated = narrow.client.post("/parse", content=packed, headers=headers)
    assert inflated.status_code == 413 and inflated.json()["code"] == "inflated_too_large"
    fits = narrow.client.post("/parse", content=large[:-1], headers=HTML)
    assert fits.status_code == 200
    assert narrow.serving.guard.load.held == 0


def test_a_body_that_does_not_come_is_given_up(narrow: Running) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", narrow.client.base_url.port or 0)) as link:
        link.sendall(
            b"POST /parse HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/html\r\n"
            b"Content-Length: 100\r\n\r\nx"
        )
        link.settimeout(30)
        assert link.recv(100).startswith(b"HTTP/1.1 408 ")
    assert narrow.serving.guard.load.admitted == 0
