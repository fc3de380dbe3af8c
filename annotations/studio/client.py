"""The few calls of Label Studio's API that the loop needs, over httpx.

`label-studio-sdk` 2.1.2 asks for pandas, OpenCV and NLTK among 22 packages; this needs one.  The token goes
into a header and nowhere else: it is in no message and in no log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import httpx

from annotations.problems import AnnotationError

TIMEOUT: Final = 60.0
#: An answer of these is tried again: the server is starting, busy, or SQLite was locked.
AGAIN: Final = frozenset({429, 500, 502, 503, 504})
TRIES: Final = 5
#: Tasks of one import; a report of 10,000 characters with 600 labels is 150 kB of JSON.
BATCH: Final = 50


class Studio:
    """A Label Studio at `address`, spoken to with the token of one user."""

    def __init__(
        self,
        address: str,
        token: str,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # `trust_env=False`: a proxy of the environment must not be asked for loopback.
        self._http = httpx.Client(
            base_url=address,
            headers={"Authorization": f"Token {token}"},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,
        )
        self._sleep = sleep

    def close(self) -> None:
        self._http.close()

    def project(self, title: str, config: str) -> int:
        """Return the number of the project called `title`, made or with its configuration renewed.

        Raises AnnotationError where two have the title, or where finished annotations hold labels
        that the configuration no longer has."""
        found = [p for p in self._pages("/api/projects", {"page_size": 100}) if p["title"] == title]
        if len(found) > 1:
            numbers = "、".join(str(p["id"]) for p in found)
            raise AnnotationError(f"有多个名为“{title}”的项目（{numbers}），请用 --project 指明")
        body = {"title": title, "label_config": config}
        if not found:
            return int(self._call("POST", "/api/projects", json=body)["id"])
        number = int(found[0]["id"])
        if found[0]["label_config"] != config:
            self._call("PATCH", f"/api/projects/{number}", json=body)
        return number

    def number_of(self, title: str) -> int:
        """Return the number of the project called `title`.  Raises AnnotationError unless there is
        just one."""
        found = [p for p in self._pages("/api/projects", {"page_size": 100}) if p["title"] == title]
        if len(found) != 1:
            raise AnnotationError(f"名为“{title}”的项目有 {len(found)} 个，应为 1 个")
        return int(found[0]["id"])

    def tasks(self, project: int) -> list[dict[str, Any]]:
        """Return all tasks of a project with their annotations, as Label Studio exports them."""
        return self.exported(project, "JSON")

    def exported(self, project: int, kind: Literal["JSON", "JSON_MIN"]) -> list[dict[str, Any]]:
        """Return an export of all tasks, finished or not; JSON_MIN leaves skipped ones out."""
        query = {"exportType": kind, "download_all_tasks": "true"}
        found: list[dict[str, Any]] = self._call(
            "GET", f"/api/projects/{project}/export", params=query
        )
        return found

    def predictions(self, project: int) -> list[dict[str, Any]]:
        """Return all predictions of a project; `task` is the number of the task of each."""
        found: list[dict[str, Any]] = self._call(
            "GET", "/api/predictions", params={"project": project}
        )
        return found

    def add_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """Import tasks, with their predictions; return their numbers, in order.

        Raises AnnotationError where the server took fewer tasks or predictions than it was sent."""
        numbers: list[int] = []
        for first in range(0, len(tasks), BATCH):
            batch = tasks[first : first + BATCH]
            answer = self._call(
                "POST",
                f"/api/projects/{project}/import",
                params={"return_task_ids": "true", "commit_to_project": "true"},
                json=list(batch),
            )
            predictions = sum(len(task.get("predictions", ())) for task in batch)
            taken = answer["task_count"], answer["prediction_count"]
            if taken != (len(batch), predictions):
                raise AnnotationError(
                    f"送出 {len(batch)} 个任务、{predictions} 份预标注，服务器收下 {taken[0]} 个、{taken[1]} 份"
                )
            numbers += answer["task_ids"]
        return numbers

    def annotate(self, task: int, body: Mapping[str, Any]) -> int:
        """Submit an annotation, as the editor does; return its number."""
        return int(self._call("POST", f"/api/tasks/{task}/annotations", json=dict(body))["id"])

    def connect(self, project: int, url: str) -> None:
        """Let the project ask the model backend at `url` for predictions, unless it does already."""
        known = self._call("GET", "/api/ml", params={"project": project})
        if all(one["url"].rstrip("/") != url.rstrip("/") for one in known):
            body = {"project": project, "url": url, "title": "nianbao", "is_interactive": False}
            self._call("POST", "/api/ml", json=body)

    def users(self) -> dict[int, str]:
        """Return the e-mail address of each user's number."""
        return {one["id"]: one["email"] for one in self._call("GET", "/api/users")}

    def ready(self) -> bool:
        """Say whether the server answers, without a try more."""
        try:
            return self._http.get("/health").is_success
        except httpx.TransportError:
            return False

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            answer = self._call("GET", path, params={**query, "page": page})
            yield from answer["results"]
            if not answer["next"]:
                return
            page += 1

    def _call(self, method: str, path: str, **request: Any) -> Any:
        """Return the JSON of an answer.  A read is tried again where the server may recover; a write
        only where it was not reached, so that nothing is imported twice."""
        wait = 0.5
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, path, **request)
            except httpx.ConnectError as error:
                if not left:
                    raise AnnotationError(f"连不上 {self._http.base_url}：{error}") from error
            except httpx.TransportError as error:
                if not left or method != "GET":
                    raise AnnotationError(
                        f"{method} {path}：{error or type(error).__name__}"
                    ) from error
            else:
                if answer.is_success:
                    return answer.json() if answer.content else None
                if not left or method != "GET" or answer.status_code not in AGAIN:
                    raise AnnotationError(_said(answer))
            self._sleep(wait)
            wait *= 2
        raise AssertionError("the last try returns or raises")


def _said(answer: httpx.Response) -> str:
    """What went wrong, as the server says it."""
    where = f"{answer.request.method} {answer.request.url.path}：{answer.status_code}"
    if answer.status_code == 401:
        return f"{where}，令牌不对"
    try:
        told = answer.json()
        detail = told.get("validation_errors") or told.get("detail") or ""
    except (ValueError, AttributeError):
        detail = ""
    return f"{where} {detail}".rstrip()
