"""The service from outside: ask one for a record, or start one here."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import simplejson

from nianbao.exceptions import NianbaoError

#: Names the variable that holds the key to a service that needs one.
KEY: Final = "NIANBAO_API_KEY"
#: A service answers within 300 seconds or not at all.
_SECONDS: Final = 330.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class ServiceError(NianbaoError):
    """The service cannot be reached or started, or answered with a problem."""

    code = "service_error"


def ask(server: str, data: bytes, name: str | None) -> dict[str, Any]:
    """Return the record that the service at `server` makes of `data`, numbers as it wrote them.

    Raises ServiceError with what the service says is wrong.
    """
    headers = {"Content-Type": "application/octet-stream"}
    if name is not None:
        quoted = name.replace("\\", "_").replace('"', "_")
        # A header's characters are bytes to the standard library: UTF-8, as browsers send names.
        shown = "".join(c if c.isprintable() else "_" for c in quoted).encode().decode("latin-1")
        headers["Content-Disposition"] = f'attachment; filename="{shown}"'
    if key := os.environ.get(KEY):
        headers["Authorization"] = f"Bearer {key}"
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServiceError(f"服务地址应以 http:// 或 https:// 开头:{server}")
    request = urllib.request.Request(f"{server.rstrip('/')}/parse", data, headers)  # noqa: S310
    direct = [urllib.request.ProxyHandler({})] if parts.hostname in _LOOPBACK else []
    try:
        with urllib.request.build_opener(*direct).open(request, timeout=_SECONDS) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        raise ServiceError(_detail(error)) from error
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ServiceError(f"无法连接服务 {server}:{reason}") from error
    # Numbers are kept as they stand, so that the record is written again to the same bytes.
    record = simplejson.loads(body, parse_float=simplejson.RawJSON)
    if not isinstance(record, dict):
        raise ServiceError(f"服务 {server} 的回答不是记录")
    return record


def to_json(record: dict[str, Any], *, indent: int | None) -> str:
    """Return a record that `ask` gave as `nianbao.report.to_json` writes it."""
    return str(simplejson.dumps(record, ensure_ascii=False, sort_keys=True, indent=indent))


def serve(arguments: Sequence[str]) -> int:
    """Run `python -m serving` until it ends, and return its exit status.

    Raises ServiceError where the service, which is no part of the library, is not there.
    """
    root = Path(__file__).resolve().parent.parent
    if not (root / "serving" / "__main__.py").is_file():
        raise ServiceError(
            "安装包里只有库,没有服务:请克隆项目并在其目录中运行 make serve(或 python -m serving),"
            "也可以用 bentoml serve 启动 Bento,或用 serving/Dockerfile 做成镜像"
        )
    if importlib.util.find_spec("bentoml") is None:
        raise ServiceError('没有安装服务所需的包:pip install --editable ".[serve]"')
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(root), *([inherited] if inherited else [])])
    command = [sys.executable, "-m", "serving", *arguments]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}) as process:  # noqa: S603
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the terminal interrupts the service too: let it finish
                continue


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        problem = json.loads(error.read())
        return f"{problem['detail']}({problem['code']},编号 {problem['instance']})"
    except (OSError, ValueError, KeyError, TypeError):
        return f"服务回答 {error.code} {error.reason}"
