"""Label Studio: configuration, tasks, and exports in the shapes that 1.23.2 gives them.

`data/studio.json` and `data/studio_min.json` are shortened exports of a real 1.23.2, annotated in
Chromium: a carriage return and a line feed are two characters of the text, quoted as `\\n\\n` in the
editor's way (backslash and n), and offsets count code points.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from typer.testing import CliRunner

from annotations.made import made_queue
from annotations.names import NAMES, PARTS
from annotations.problems import AnnotationError, Refused
from annotations.roundtrip import corrections
from annotations.studio.__main__ import app, guarded
from annotations.studio.client import Studio
from annotations.studio.config import HOTKEYS, label_config
from annotations.studio.exports import Options, read_export
from annotations.studio.intake import deliver
from annotations.studio.server import Place, secret, started, token_of
from annotations.studio.tasks import annotated_tasks, relabelled, sha256_of, tasks_of
from nianbao.gold import GoldDocument, QueuedDocument, Subject, read_gold
from nianbao.spans import LABELS, Span

DATA = Path(__file__).parent / "data"
OPTIONS = Options("0" * 64, names={1: "annotator@localhost.local"})


def exported(name: str = "studio.json") -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def test_the_configuration_has_every_label_once_and_stores_it() -> None:
    root = ElementTree.fromstring(label_config())
    labels = list(root.iter("Label"))
    assert {one.get("alias") for one in labels} == set(LABELS) and len(labels) == len(LABELS)
    assert [one.get("value") for one in labels if one.get("alias") == "year"] == ["年份"]
    keys = [one.get("hotkey") for one in labels if one.get("hotkey")]
    assert sorted(keys) == sorted(HOTKEYS.values()) and len(set(keys)) == len(keys)
    (text,) = root.iter("Text")
    assert (text.get("value"), text.get("granularity")) == ("$text", "symbol")
    # Without a name the editor of 1.23.2 shows an error and nothing else.
    assert all(one.get("name") for tag in ("Filter", "Labels", "Text") for one in root.iter(tag))
    assert "pre-wrap" in label_config()
    assert label_config() == label_config()


def test_names_are_chinese_and_tell_labels_apart() -> None:
    assert set(NAMES) == set(LABELS) and len(set(NAMES.values())) == len(LABELS)
    assert all(re.search(r"[\u4e00-\u9fff]", name) for name in (*NAMES.values(), *PARTS.values()))


def test_a_task_quotes_every_span() -> None:
    (one,) = made_queue(1, 9)
    for unit in ("codepoints", "utf16"):
        (task,) = tasks_of([one], unit)
        assert task["data"]["text"] == one.text
        assert task["data"]["text_sha256"] == sha256_of(one.text)
        assert task["meta"]["subject"] == task["data"]["subject"]
        assert task["meta"]["reasons"][0]["message"] in task["data"]["header"]
        (prediction,) = task["predictions"]
        assert prediction["model_version"] == "made"
        assert prediction["score"] == min(r["score"] for r in prediction["result"])
        wide = one.text.encode("utf-16-le")
        for region in prediction["result"]:
            value = region["value"]
            start, end = value["start"], value["end"]
            found = (
                one.text[start:end]
                if unit == "codepoints"
                else wide[2 * start : 2 * end].decode("utf-16-le")
            )
            assert found == value["text"]


def test_a_text_that_the_editor_would_shift_is_not_sent() -> None:
    one, two, three = made_queue(3, 9)
    broken = replace(two, text="甲\0乙", spans=())
    with pytest.raises(
        Refused, match=re.escape(f"{two.subject.place}：第 1 个字符 U+0000")
    ) as caught:
        tasks_of([one, broken, replace(three, text="", spans=())])
    assert [problem.code for problem in caught.value.problems] == ["character", "empty"]


def test_only_what_another_model_labelled_is_labelled_anew() -> None:
    one, two = made_queue(2, 9)
    two = replace(two, model_version="new")
    found = relabelled([one, two], "new", lambda text: [Span(0, 1, "title")])
    assert found[0].spans == (Span(0, 1, "title"),) and found[0].model_version == "new"
    assert found[1] is two


@pytest.mark.parametrize("name", ["studio.json", "studio_min.json"])
def test_what_chromium_stored_is_read_exactly(name: str) -> None:
    reading = read_export(exported(name), OPTIONS)
    assert reading.problems == () and reading.pending == ("任务 5：还没有标注",)
    (document,) = reading.documents
    assert [(document.text[s.start : s.end], s.label) for s in document.spans] == [
        ("年报", "title"),
        ("〇  二\t", "note"),
        ("新收", "row.requests.new_received"),
        ("商业\n企业", "column.requests.commercial_enterprise"),
        ("第𠮷\r\n 未", "heading.overview"),
    ]
    assert document.annotator == "annotator@localhost.local"
    assert document.annotated == "2026-11-27T15:49:49Z" and document.guidelines == "0" * 64
    assert document.subject == Subject("a" * 64, place="made/1.txt", year=2023)


Edit = Callable[[list[dict[str, Any]]], object]


def region(items: list[dict[str, Any]], number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = items[0]["annotations"][0]["result"][number]
    return found


def value(items: list[dict[str, Any]], **changes: object) -> None:
    region(items)["value"].update(changes)


WRONG: dict[str, tuple[Edit, str, str]] = {
    "moved": (lambda i: value(i, start=5, end=7), "quote", "区域 s0"),
    "outside": (lambda i: value(i, end=9999), "offsets", "区域 s0"),
    "reversed": (lambda i: value(i, start=6, end=4), "offsets", "区域 s0"),
    "no number": (lambda i: value(i, start=4.0), "offsets", "区域 s0"),
    "utf16": (lambda i: value(i, start=5, end=7), "quote", "--offsets utf16"),
    "no quote": (lambda i: value(i, text=None), "quote", "区域 s0"),
    "unknown label": (lambda i: value(i, labels=["summary"]), "label", "'summary'"),
    "two labels": (lambda i: value(i, labels=["title", "note"]), "label", "区域 s0"),
    "overlap": (
        lambda i: region(i, 1).update(deepcopy(region(i)), id="again"), "overlap", "区域 again"),
    "a choice": (lambda i: region(i).update(type="choices"), "region_type", "'choices'"),
    "edited": (lambda i: i[0]["data"].update(text=i[0]["data"]["text"] + "x"), "edited", "任务 4"),
    "foreign": (lambda i: i[0]["data"].pop("subject"), "subject", "任务 4"),
    "skipped": (
        lambda i: i[0]["annotations"][0].update(was_cancelled=True), "cancelled", "标注 2"),
    "two people": (
        lambda i: i[0]["annotations"].append({**deepcopy(i[0]["annotations"][0]), "id": 7}),
        "several", "（2、7）"),
    "a draft": (lambda i: i[0]["drafts"].append({"id": 3}), "draft", "草稿"),
    "no time": (
        lambda i: i[0]["annotations"][0].update(updated_at="gestern"), "shape", "标注 2"),
    "no task": (lambda i: i.insert(0, {"what": 1}), "shape", "第 1 项"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_hold_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    edit, code, told = WRONG[case]
    items = exported()
    edit(items)
    reading = read_export(items, OPTIONS)
    assert code in {problem.code for problem in reading.problems}
    assert told in "\n".join(map(str, reading.problems))
    gold = tmp_path / "gold.jsonl"
    with pytest.raises(Refused) as caught:
        deliver(reading, gold)
    assert all(str(problem) in str(caught.value) for problem in reading.problems)
    assert not gold.exists()


def test_all_problems_are_listed_at_once_and_the_rest_may_be_accepted(tmp_path: Path) -> None:
    items = exported()
    bad = deepcopy(items[0])
    bad["id"] = 8
    bad["annotations"][0]["result"][0]["value"]["labels"] = ["summary"]
    bad["annotations"][0]["result"][1]["value"]["text"] = "别的"
    reading = read_export([*items, bad], OPTIONS)
    assert [problem.code for problem in reading.problems] == ["label", "quote"]
    gold = tmp_path / "gold.jsonl"
    told = deliver(reading, gold, accept_rest=True)
    assert len(read_gold(gold)) == 1 and "退回 1 份，2 处问题" in told and "任务 5" in told
    (line,) = (tmp_path / "refused.jsonl").read_text(encoding="utf-8").splitlines()
    refused = json.loads(line)
    assert len(refused["problems"]) == 2 and refused["data"] == bad["data"]
    assert refused["annotation"] == bad["annotations"][0]
    deliver(read_export(items, OPTIONS), gold)
    assert not (tmp_path / "refused.jsonl").exists()


def test_a_star_settles_and_an_audit_takes_everyone() -> None:
    items = exported()
    other = deepcopy(items[0]["annotations"][0])
    other.update(id=7, completed_by={"id": 2, "email": "b@localhost"}, ground_truth=True, result=[])
    items[0]["annotations"].append(other)
    (settled,) = read_export(items, OPTIONS).documents
    assert settled.annotator == "b@localhost" and settled.spans == ()
    everyone = read_export(items, replace(OPTIONS, several="all"))
    assert [one.annotator for one in everyone.documents] == [
        "annotator@localhost.local",
        "b@localhost",
    ]
    other["completed_by"] = 1
    twice = read_export(items, replace(OPTIONS, several="all"))
    assert twice.documents == () and "同一人" in twice.problems[0].message


def test_a_text_that_differs_from_the_queue_is_refused() -> None:
    items = exported()
    reading = read_export(items, replace(OPTIONS, texts={"a" * 64: "别的文字"}))
    assert [problem.code for problem in reading.problems] == ["edited"]


def test_corrections_of_made_reports_come_back(tmp_path: Path) -> None:
    import random

    made = made_queue(3, 2)
    settled = [replace(one, spans=corrections(one, random.Random(1))) for one in made]
    gold = [
        GoldDocument(o.subject, o.text, o.spans, "甲", "2026-01-01T00:00:00Z", "g") for o in settled
    ]
    for unit in ("codepoints", "utf16"):
        reading = read_export(annotated_tasks(gold, unit), replace(OPTIONS, unit=unit))
        assert list(reading.documents) == gold
    assert read_export(annotated_tasks(gold, "utf16"), OPTIONS).problems


# The API, as far as it is spoken to.


def studio(answer: Callable[[httpx.Request], httpx.Response]) -> Studio:
    return Studio(
        "http://studio", "geheim", httpx.MockTransport(answer), sleep=lambda seconds: None
    )


def test_a_read_is_tried_again_and_a_write_is_not() -> None:
    asked: list[str] = []

    def busy(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        assert request.headers["Authorization"] == "Token geheim"
        return httpx.Response(503 if len(asked) < 3 else 200, json=[{"id": 1, "email": "a@b"}])

    assert studio(busy).users() == {1: "a@b"} and asked == ["GET"] * 3
    asked.clear()
    with pytest.raises(AnnotationError, match="POST /api/tasks/1/annotations：503"):
        studio(busy).annotate(1, {"result": []})
    assert asked == ["POST"]


def test_fewer_tasks_taken_than_sent_is_an_error() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"task_count": 1, "prediction_count": 1, "task_ids": [1]})

    tasks = tasks_of(made_queue(2, 1))
    with pytest.raises(AnnotationError, match="送出 2 个任务、2 份预标注，服务器收下 1 个、1 份"):
        studio(answer).add_tasks(3, tasks)
    assert studio(answer).add_tasks(3, tasks[:1]) == [1]


def test_a_project_is_made_once_and_its_configuration_renewed() -> None:
    projects: list[dict[str, Any]] = []
    patched: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"next": None, "results": projects})
        body = json.loads(request.content)
        if request.method == "PATCH":
            patched.append(request.url.path)
        else:
            projects.append({"id": 4, **body})
        return httpx.Response(201, json={"id": 4})

    client = studio(answer)
    assert client.project("年报", "<View/>") == client.project("年报", "<View/>") == 4
    assert len(projects) == 1 and patched == []
    assert client.project("年报", "<View></View>") == 4 and patched == ["/api/projects/4"]
    assert client.number_of("年报") == 4
    projects.append(dict(projects[0]))
    with pytest.raises(AnnotationError, match="多个名为"):
        client.project("年报", "<View/>")


def test_a_token_is_in_no_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = studio(lambda request: httpx.Response(401, json={"detail": "Invalid token."}))
    with pytest.raises(AnnotationError, match="令牌不对") as caught:
        client.users()
    assert "geheim" not in str(caught.value)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    with pytest.raises(AnnotationError, match="没有令牌"):
        token_of(tmp_path)
    made = secret(tmp_path / "token")
    assert token_of(tmp_path) == made == secret(tmp_path / "token") and len(made) == 40
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "anderes")
    assert token_of(tmp_path) == "anderes"


def test_a_program_that_is_missing_or_ends_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(AnnotationError, match="没有找到"),
        started(Place(tmp_path, 1, Path("none"))),
    ):
        raise AssertionError
    ends = tmp_path / "ends"
    ends.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    ends.chmod(0o755)
    with pytest.raises(AnnotationError, match="退出码 3"), started(Place(tmp_path, 1, ends)):
        raise AssertionError


def test_commands_say_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    shown = CliRunner().invoke(app, ["--help"]).output
    assert all(name in shown for name in ("start", "create", "push", "pull", "annotate"))
    assert guarded(lambda: app(["pull", str(tmp_path / "g"), "--home", str(tmp_path)])) == 1
    assert guarded(lambda: app(["push", str(tmp_path / "none"), "--home", str(tmp_path)])) == 1


def test_what_is_there_already_is_not_sent_again() -> None:
    from annotations.studio.__main__ import send

    documents: list[QueuedDocument] = made_queue(2, 1)
    sent: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=tasks_of(documents[:1]))
        tasks = json.loads(request.content)
        sent.append(len(tasks))
        count = {"task_count": len(tasks), "prediction_count": len(tasks)}
        return httpx.Response(201, json={**count, "task_ids": [9] * len(tasks)})

    told = send(studio(answer), 1, documents, as_queued=True)
    assert told == "送出 1 个任务，1 个已在项目中" and sent == [1]
