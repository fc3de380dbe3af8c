"""The page as the service itself serves it: what it loads, and what it asks."""

from __future__ import annotations

import json
import re

import httpx

from nianbao.reading import read
from serving.app import POLICY
from serving.endpoints import PAGE

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
}
#: As `api.js` sends it.
ASKED = "parse?include=text"
ACCEPT = {"Accept": "application/json, application/problem+json"}


def test_the_page_and_all_that_it_loads_come_with_their_types_and_the_policy(
    client: httpx.Client,
) -> None:
    index = client.get("/")
    assert index.status_code == 200 and index.headers["content-type"] == TYPES[".html"]
    assert index.headers["cache-control"] == "no-cache"
    loaded = set(re.findall(r'(?:href|src)="(static/[^"]+)"', index.text))
    for script in PAGE.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        loaded |= {f"static/{name}" for name in re.findall(r'(?:from|import) "./([^"]+)"', text)}
        loaded |= set(re.findall(r'fetch\("(static/[^"]+)"', text))
    assert {f"static/{path.name}" for path in PAGE.iterdir()} == loaded | {"static/index.html"}
    for path in loaded:
        answer = client.get(f"/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == TYPES[path[path.rindex(".") :]]
        for found in (index, answer):
            assert found.headers["content-security-policy"] == POLICY
            assert found.headers["x-content-type-options"] == "nosniff"


def test_what_the_page_asks_is_answered(client: httpx.Client, page: bytes, record: bytes) -> None:
    assert f'fetch("{ASKED}", {{ method: "POST"' in (PAGE / "api.js").read_text(encoding="utf-8")
    text = read(page).text
    by_file = client.post(f"/{ASKED}", files={"file": ("年报.html", page)}, headers=ACCEPT)
    by_html = client.post(f"/{ASKED}", json={"html": page.decode()}, headers=ACCEPT)
    by_text = client.post(f"/{ASKED}", json={"text": text}, headers=ACCEPT)
    assert by_file.content == by_html.content
    assert by_file.json() == {"record": json.loads(record), "text": text}
    assert by_text.json()["text"] == text and by_text.json()["record"]["cells"]
    wrong = client.post(
        f"/{ASKED}", files={"file": ("a.png", b"\x89PNG\r\n\x1a\n")}, headers=ACCEPT
    )
    assert wrong.status_code == 422 and {"detail", "detail_en", "code"} <= wrong.json().keys()
