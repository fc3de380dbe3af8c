"""Why a task has no answer, and the JSON objects that tasks are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Failure(NamedTuple):
    """Why there is no answer: a code of `serving.problems` and, where they say more than the code
    does, a Chinese and an English sentence; `fault` says where in our code, for the log."""

    code: str
    detail: str = ""
    detail_en: str = ""
    where: str | None = None
    fault: str = ""


class Wrong(Exception):
    """Something is wrong with a task; `failure` says what."""

    def __init__(
        self, code: str, detail: str = "", detail_en: str = "", where: str | None = None
    ) -> None:
        super().__init__(code)
        self.failure = Failure(code, detail, detail_en, where)


def json_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that `data` is; raises Wrong."""
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Wrong("bad_json", where=f"body:byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"body:line {error.lineno} column {error.colno}"
        raise Wrong("bad_json", where=where) from error
    except RecursionError as error:
        raise Wrong("nesting_too_deep", where="body") from error
    except ValueError as error:  # an integer of more digits than Python reads
        raise Wrong("bad_json", where="body") from error
    if not isinstance(found, dict):
        raise Wrong(
            "bad_body", "请求正文应是 JSON 对象。", "The body has to be an object.", where="body"
        )
    return found


def string_member(given: Mapping[str, Any], name: str) -> str:
    """Return the member `name` of an object; raises Wrong where it is no string."""
    found = given.get(name)
    if isinstance(found, str):
        return found
    raise Wrong(
        "bad_body", f"{name} 应是字符串。", f"{name} has to be a string.", where=f"body:/{name}"
    )
