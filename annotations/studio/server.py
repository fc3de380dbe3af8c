"""A Label Studio of one's own: started from its own environment, on loopback, without analytics.

Its data, the token and the password lie in one folder; token and password are made at the first start,
in files that only their owner can read, and are never printed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from annotations.problems import AnnotationError
from annotations.studio.client import Studio

ROOT: Final = Path(__file__).resolve().parents[2]
#: The environment that `make annotate` makes.
PROGRAM: Final = ROOT / ".venv-studio" / "bin" / "label-studio"
HOME: Final = ROOT / "runs" / "studio"
PORT: Final = 8080
USER: Final = "annotator@localhost.local"
#: Takes the token from the environment, for a Label Studio that runs elsewhere.
KEY_VARIABLE: Final = "LABEL_STUDIO_API_KEY"
#: The first start makes the database: two minutes where the machine is busy.
START_SECONDS: Final = 300
#: What Label Studio 1.23.2 refuses to call by default, but for loopback (127.0.0.0/8), where our own model
#: backend stands.  `ML_BLOCK_LOCAL_IP=false` would open every private network, and yet refuse the
#: webhook by which a training is asked for.
BANNED: Final = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "233.252.0.0/24", "240.0.0.0/4", "255.255.255.255/32", "::/128",
    "::1/128", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
    "2001:0000::/32", "2001:20::/28", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
)  # fmt: skip
#: Nothing is sent to anyone, and nobody signs up without being invited.
SETTINGS: Final[dict[str, str]] = {
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "USE_DEFAULT_BANNED_SUBNETS": "false",
    "USER_ADDITIONAL_BANNED_SUBNETS": ",".join(BANNED),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Label Studio keeps its things, and where it listens."""

    home: Path = HOME
    port: int = PORT
    program: Path = PROGRAM

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password_file(self) -> Path:
        return self.home / "password"

    @property
    def log_file(self) -> Path:
        return self.home / "label-studio.log"


def token_of(home: Path) -> str:
    """Return the token: of the environment, else of the folder.  Raises AnnotationError where there is
    none."""
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return given
    try:
        return (home / "token").read_text(encoding="ascii").strip()
    except OSError as error:
        raise AnnotationError(
            f"没有令牌：设置环境变量 {KEY_VARIABLE}，或先运行 python -m annotations.studio start"
        ) from error


def secret(path: Path) -> str:
    """Return the secret that `path` holds, made now where there is none; its owner alone can read it."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    made = secrets.token_hex(20)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(made + "\n")
    return made


@contextmanager
def started(place: Place) -> Iterator[Studio]:
    """Run a Label Studio while the context lasts, and give its client.

    Raises AnnotationError where it is not installed, its port is taken, or it does not start."""
    if not (place.program.is_file() or shutil.which(str(place.program))):
        raise AnnotationError(f"没有找到 {place.program}：先运行 make .venv-studio/made")
    place.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    token = secret(place.home / "token")
    client = Studio(place.address, token)
    try:
        if client.ready():
            raise AnnotationError(f"{place.address} 已有程序在运行，请换一个 --port")
        with open(place.log_file, "ab") as log:
            process = subprocess.Popen(
                _command(place),
                env=_environment(place, token),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is ours, and it is ended below, workers and all
            )
        # A process that is terminated would otherwise leave its server behind.
        before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        try:
            _wait(client, process, place)
            yield client
        finally:
            _end(process)
            signal.signal(signal.SIGTERM, before)
    finally:
        client.close()


def _command(place: Place) -> list[str]:
    return [
        str(place.program), "start", "--no-browser", "--internal-host", "127.0.0.1",
        "--port", str(place.port), "--enable-legacy-api-token",
    ]  # fmt: skip


def _environment(place: Place, token: str) -> Mapping[str, str]:
    # By the environment and not the command line, which every user of the machine can read.
    return {
        **os.environ,
        **SETTINGS,
        "LABEL_STUDIO_BASE_DATA_DIR": str(place.home.resolve()),
        "LABEL_STUDIO_USERNAME": USER,
        "LABEL_STUDIO_PASSWORD": secret(place.password_file),
        "LABEL_STUDIO_USER_TOKEN": token,
    }


def _wait(client: Studio, process: subprocess.Popen[bytes], place: Place) -> None:
    until = time.monotonic() + START_SECONDS
    while not client.ready():
        if process.poll() is not None:
            raise AnnotationError(
                f"Label Studio 没有启动（退出码 {process.returncode}），见 {place.log_file}"
            )
        if time.monotonic() > until:
            raise AnnotationError(f"Label Studio {START_SECONDS} 秒内没有启动，见 {place.log_file}")
        time.sleep(0.5)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server with whatever it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
        return
