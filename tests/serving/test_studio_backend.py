"""The model backend of Label Studio: asked as Label Studio 1.23.2 asks it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.service.running import running as running_service
from nianbao.document import Document
from nianbao.pipeline import RULES_ONLY, Pipeline
from nianbao.reading import read
from nianbao.spans import LABELS
from serving.access import STUDIO_PREFIX
from serving.app import Serving
from serving.keys import KeyFile
from serving.settings import load
from serving.studio.requests import NAME
from tests.serving import switching
from tests.serving.running import Running, running
from tests.serving.test_guard import until
from tests.serving.test_swap import Switch

#: What Label Studio sends besides, and what must be nowhere afterwards.
TOKEN = "1f2e3d4c5b6a79881f2e3d4c5b6a7988c0ffee00"
PASSWORD = "the password of the task data"


def config(*, labels: tuple[str, ...] = LABELS, text: str = 'value="$text"') -> str:
    """Return a labelling configuration as `annotations` generates it: our labels are aliases."""
    shown = "".join(f'<Label value="标签{i}" alias="{one}"/>' for i, one in enumerate(labels))
    return (
        f'<View><Header value="$header"/><Labels name="label" toName="text">{shown}</Labels>'
        f'<Text name="text" {text} granularity="symbol"/></View>'
    )


def setup_body(schema: str) -> dict[str, Any]:
    """What `MLApi.setup` sends."""
    return {
        "project": "7.1764233000", "schema": schema, "hostname": "http://localhost:8080",
        "access_token": TOKEN, "extra_params": None,
    }  # fmt: skip


def predict_body(*data: Any, label_config: str | None = None) -> dict[str, Any]:
    """What `MLApi.make_predictions` sends of tasks with these data."""
    tasks = [
        {
            "id": 100 + number, "data": one, "meta": {}, "created_at": "2026-11-27T09:00:00.000000Z",
            "is_labeled": False, "overlap": 1, "inner_id": number + 1, "total_annotations": 0,
            "cancelled_annotations": 0, "total_predictions": 0, "comment_count": 0, "project": 7,
            "updated_by": None, "file_upload": None, "comment_authors": [], "annotations": [],
            "predictions": [],
        }
        for number, one in enumerate(data)
    ]  # fmt: skip
    return {
        "tasks": tasks, "project": "7.1764233000", "label_config": label_config or config(),
        "params": {"login": "someone", "password": PASSWORD, "context": None},
    }  # fmt: skip


def training_body(project: int) -> dict[str, Any]:
    """What `MLApi.train` sends."""
    return {
        "action": "START_TRAINING",
        "project": {"id": project, "title": "2023 年报", "label_config": config(), "token": TOKEN},
    }


@dataclass
class Studio:
    """A service with keys that Label Studio may ask, with a key as its password."""

    service: Running
    key: str
    requests: Path

    def post(self, name: str, body: Any) -> httpx.Response:
        url = f"{STUDIO_PREFIX}/{name}"
        return self.service.client.post(url, json=body, auth=("label-studio", self.key))

    def wishes(self) -> list[dict[str, Any]]:
        lines = (self.requests / NAME).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    key = KeyFile(folder / "keys.json").add("studio")
    requests = folder / "requests"
    requests.mkdir()
    with running(
        rules_only=True, processes=1, studio=True, studio_requests=requests,
        keys_file=folder / "keys.json",
    ) as service:  # fmt: skip
        yield Studio(service, key, requests)


def test_it_is_there_and_a_project_of_our_labels_fits(studio: Studio) -> None:
    health = studio.service.client.get(f"{STUDIO_PREFIX}/health", auth=("x", studio.key))
    assert health.json() == {"status": "UP", "model_version": RULES_ONLY}
    answer = studio.post("setup", setup_body(config()))
    assert answer.status_code == 200 and answer.json() == {"model_version": RULES_ONLY}


UNFIT = [
    (config(labels=(*LABELS, "row.unknown")), "none of the library's: row.unknown"),
    (config(labels=LABELS[1:]), f"1 labels are missing: {LABELS[0]}"),
    (config(text='value="$text" valueType="url"'), "no address"),
    (config(text='value="text"'), "has to be"),
    (config().replace("Text ", "HyperText "), "has 0"),
    ("<View>", "not valid XML"),
    ('<!DOCTYPE a [<!ENTITY b "c">]><View>&b;</View>', "DOCTYPE"),
    ("", "not valid XML"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "reason"), UNFIT)
def test_a_project_of_other_labels_is_told_why_it_does_not_fit(
    studio: Studio, schema: str, reason: str
) -> None:
    at_setup = studio.post("setup", setup_body(schema))
    at_predict = studio.post("predict", predict_body(label_config=schema or "<View/>"))
    for answer, where in ((at_setup, "body:/schema"), (at_predict, "body:/label_config")):
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "unfit_label_config")
        assert problem["where"] == where
    assert reason in at_setup.json()["detail_en"]


def test_regions_are_the_librarys_spans_in_characters(studio: Studio, page: bytes) -> None:
    text = read(page).text
    astral = "𠮷野市𪚥\r\n" + text.replace("\n", "😀\n")
    body = predict_body(*({"text": one, "header": "h"} for one in (text, astral, "今天天气很好。")))
    answer = studio.post("predict", body)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["model_version"] for result in results] == [RULES_ONLY] * 3
    pipeline = Pipeline.rules_only()
    for one, result in zip((text, astral), results, strict=False):
        spans = pipeline.spans(Document(one, "text/plain", None, "", 0))
        regions = result["result"]
        assert [r["value"]["labels"] for r in regions] == [[s.label] for s in spans]
        assert [r["value"]["text"] for r in regions] == [one[s.start : s.end] for s in spans]
        for region in regions:
            start, end = region["value"]["start"], region["value"]["end"]
            assert one[start:end] == region["value"]["text"]
            assert (region["from_name"], region["to_name"], region["type"]) == (
                "label", "text", "labels",
            )  # fmt: skip
        assert result["score"] == min(region["score"] for region in regions) > 0
        assert len({region["id"] for region in regions}) == len(regions) > 100
    assert results[2] == {"result": [], "score": 0.0, "model_version": RULES_ONLY}
    assert studio.post("predict", body).content == answer.content
    assert studio.post("predict", predict_body()).json() == {"results": []}


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        ({"text": "https://example.org/a.html"}, "unfit_task", "none is fetched"),
        ({"text": "s3://bucket/a.txt\n"}, "unfit_task", "none is fetched"),
        ({"text": "/data/upload/7/a.txt"}, "unfit_task", "none is fetched"),
        ({"$undefined$": "一段文本"}, "unfit_task", "no text called text"),
        ({"text": None}, "unfit_task", "no text called text"),
        ({"text": " \n"}, "unfit_task", "empty"),
        ({"text": "年" * 1_000_001}, "unfit_task", "more than"),
        ("一段文本", "bad_body", "has to have data"),
    ],
)
def test_a_task_without_a_text_is_refused_and_named(
    studio: Studio, data: Any, code: str, reason: str
) -> None:
    answer = studio.post("predict", predict_body({"text": "年报"}, data))
    problem = answer.json()
    assert problem["code"] == code and reason in problem["detail_en"]
    assert problem["where"].startswith("body:/tasks/1")
    assert code == "bad_body" or "101" in problem["detail"]


def test_a_wish_for_a_training_is_kept_once_and_events_are_left_alone(studio: Studio) -> None:
    answers = [studio.post("webhook", training_body(7)) for _ in range(2)]
    answers += [studio.post("webhook", training_body(8))]
    assert [answer.json()["status"] for answer in answers] == [
        "requested", "requested before", "requested",
    ]  # fmt: skip
    wishes = studio.wishes()
    assert [(w["project"], w["title"], w["by"], w["model"]) for w in wishes] == [
        (7, "2023 年报", "studio", RULES_ONLY), (8, "2023 年报", "studio", RULES_ONLY),
    ]  # fmt: skip
    (studio.requests / NAME).rename(studio.requests / "taken.jsonl")
    assert studio.post("webhook", training_body(7)).json()["status"] == "requested"
    assert [wish["project"] for wish in studio.wishes()] == [7]
    event = {"action": "ANNOTATION_CREATED", "annotation": {"id": 1, "result": []}}
    assert studio.post("webhook", event).json() == {"status": "ignored"}
    assert len(studio.wishes()) == 1


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("setup", {"project": "7"}, "bad_body"),
        ("predict", {"tasks": [], "project": "7"}, "bad_body"),
        ("predict", {"tasks": {}, "label_config": config()}, "bad_body"),
        ("webhook", {"project": {"id": 7}}, "bad_body"),
        ("webhook", {"action": "START_TRAINING", "project": 7}, "bad_body"),
        ("webhook", [], "bad_body"),
        ("setup", {"schema": " " * (1 << 20)}, "body_too_large"),
    ],
)
def test_a_body_of_another_shape_is_a_problem(
    studio: Studio, name: str, body: Any, code: str
) -> None:
    assert studio.post(name, body).json()["code"] == code
    as_text = studio.service.client.post(
        f"{STUDIO_PREFIX}/{name}", content=b"{}", auth=("x", studio.key)
    )
    assert as_text.status_code == 415


def test_a_key_is_asked_for_and_may_come_as_a_password_here_alone(studio: Studio) -> None:
    client, health = studio.service.client, f"{STUDIO_PREFIX}/health"
    for auth in (None, ("label-studio", "wrong"), (studio.key, "")):
        refused = client.get(health, auth=auth)
        assert refused.status_code == 401 and "Basic" in refused.headers["www-authenticate"]
    bearer = {"Authorization": f"Bearer {studio.key}"}
    assert client.get(health, headers=bearer).status_code == 200
    elsewhere = client.get("/version", auth=("label-studio", studio.key))
    assert elsewhere.status_code == 401 and "Basic" not in elsewhere.headers["www-authenticate"]


def test_it_is_off_unless_it_is_asked_for_and_keeps_no_wish_without_a_folder(
    client: httpx.Client,
) -> None:
    paths = [getattr(route, "path", "") for route in Serving(load()).router.routes]
    assert [path for path in paths if path.startswith(STUDIO_PREFIX)] == []
    answer = client.post(f"{STUDIO_PREFIX}/webhook", json=training_body(7))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_training_requests")


def test_the_predictions_of_a_request_are_of_one_model(tmp_path: Path) -> None:
    waits = f"{tmp_path / 'end'}\n\n"
    with running(
        switching.CREW, processes=1, rules_only=True, studio=True, document_seconds=90
    ) as service:
        found: list[Any] = []
        asking = threading.Thread(
            target=lambda: found.append(
                service.client.post(
                    f"{STUDIO_PREFIX}/predict", content=waits.encode(),
                    headers={"Content-Type": "application/json"},
                ).json()
            )
        )  # fmt: skip
        asking.start()
        until(lambda: service.serving.guard.load.waiting == 1)
        Switch(service).take("second")
        (tmp_path / "end").touch()
        asking.join()
    assert found == [{"results": [{"model": "second"}] * 2}]


def test_what_is_secret_is_neither_logged_nor_kept(tmp_path: Path) -> None:
    """BentoML around the service, with all that can be logged."""
    kept = tmp_path / "kept"
    kept.mkdir()
    with running_service(
        tmp_path, 1, rules_only=True, studio=True, studio_requests=kept, log_level="DEBUG",
        log_inputs=True,
    ) as service, httpx.Client(base_url=service.url + STUDIO_PREFIX, trust_env=False) as client:  # fmt: skip
        assert client.get("/health").status_code == 200
        answers = [
            client.post("/setup", json=setup_body(config())),
            client.post("/setup", json=setup_body("<View/>")),
            client.post("/setup", content=json.dumps(setup_body(config()))[:-1]),
            client.post("/predict", json=predict_body({"text": "2023年报"})),
            client.post("/predict", json=predict_body({"text": "https://a"})),
            client.post("/webhook", json=training_body(7)),
        ]
        assert [answer.status_code for answer in answers] == [200, 422, 415, 200, 422, 200]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    texts = [path.read_bytes() for path in files]
    assert any(b"unfit_task" in text and b"body:/tasks/0/data" in text for text in texts)
    assert any(path.name == NAME for path in files)
    for secret in (TOKEN, PASSWORD, "localhost:8080"):
        assert [
            path for path, text in zip(files, texts, strict=True) if secret.encode() in text
        ] == []
