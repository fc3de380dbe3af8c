"""What an operator can set: environment variables `NIANBAO_…`, validated when the service starts."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Final, Literal

from limits import parse as parse_rate
from pydantic import Field, IPvAnyAddress, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from nianbao.batch.engines import cores
from nianbao.batch.score import Model
from nianbao.batch.worker import Bounds
from nianbao.reading.limits import MAX_BYTES

PREFIX: Final = "NIANBAO_"
MEGABYTE: Final = 1 << 20
#: Seconds after which a request without an answer is given up, whatever holds it up: what a request may
#: take by these settings is less.
ANSWER_SECONDS: Final = 300.0


def _half_of_the_cores() -> int:
    return max(1, cores() // 2)


class SettingsError(Exception):
    """Settings that the service cannot start with; the message names each variable."""


#: What the documents call the defaults that depend on the machine.
_FROM_CORES: Final = {"processes": "cores", "jobs_processes": "cores / 2"}


class Settings(BaseSettings):
    """The settings of the service; each has the environment variable `NIANBAO_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: IPvAnyAddress = Field(
        default="127.0.0.1",
        validate_default=True,
        description="Address to listen on. Any but a loopback address needs `NIANBAO_KEYS_FILE`.",
    )
    port: int = Field(default=3000, ge=1, le=65535, description="Port to listen on.")
    processes: int = Field(
        default_factory=cores,
        ge=1,
        le=256,
        description="Processes that read documents, one at a time each. Default: one a core.",
    )
    model: Path | None = Field(
        default=None, description="Folder of another model bundle than the shipped one."
    )
    model_watch_seconds: float = Field(
        default=5.0,
        ge=0,
        le=3600,
        description="How often to look whether that folder holds another model, which is then taken "
        "without a pause, in seconds; 0: never.",
    )
    rules_only: bool = Field(
        default=False, description="Label with string rules instead of the model (the baseline)."
    )
    document_seconds: float = Field(
        default=20.0, gt=0, le=100, description="Time that one document may take, in seconds."
    )
    document_megabytes: int = Field(
        default=512,
        ge=64,
        description="Memory that one document may take beyond the loaded model, in MiB.",
    )
    body_megabytes: float = Field(
        default=MAX_BYTES / MEGABYTE,
        gt=0,
        le=2 * MAX_BYTES / MEGABYTE,
        description="Largest body, as sent and inflated, in MiB; in a stream, largest document.",
    )
    body_seconds: float = Field(
        default=30.0,
        gt=0,
        le=100,
        description="Time in which a body has to arrive, or the next piece of a stream, in seconds.",
    )
    held_megabytes: int = Field(
        default=512,
        ge=1,
        description="Bytes of all bodies held at one time, in MiB; over it, 503.",
    )
    queue: int = Field(
        default=64, ge=0, description="Requests that may wait for a process; over it, 503."
    )
    queue_seconds: float = Field(
        default=30.0, gt=0, le=100, description="Longest wait for a process, in seconds; then 503."
    )
    keys_file: Path | None = Field(
        default=None,
        description="File of API keys, kept with `python -m serving keys`. With it, each request "
        "needs a key, on loopback too.",
    )
    key_rate: str = Field(
        default="1200/minute",
        description="Documents that one key may send in a time, as `N/second`, `N/minute`, …",
    )
    key_requests: int = Field(
        default=32, ge=1, description="Requests that one key may have under way at a time."
    )
    hosts: str = Field(
        default="localhost,127.0.0.1,[::1]",
        description="Names by which the open service on loopback may be asked (`Host`), with commas "
        "between them; what else asks is refused. Not looked at with keys.",
    )
    studio: bool = Field(
        default=False,
        description="Answer as a model backend of Label Studio too, at `/label-studio`.",
    )
    studio_requests: Path | None = Field(
        default=None,
        description="Folder in which a wish for a training that comes from Label Studio is kept; "
        "without it the wish is refused.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )
    log_inputs: bool = Field(
        default=False,
        description="Log names of files and messages of faults, which may hold words of a document.",
    )
    shutdown_seconds: int = Field(
        default=60, ge=1, description="Time to finish what was taken when stopped, in seconds."
    )
    jobs_folder: Path | None = Field(
        default=None,
        description="Folder of the jobs: uploads, progress, results, queue. Each service needs its "
        "own. Default: `nianbao/jobs` in `XDG_STATE_HOME` or `~/.local/state`.",
    )
    jobs_redis: str | None = Field(
        default=None,
        description="Address of a Redis that queues jobs (`redis://host:6379/0`), instead of SQLite "
        "in the folder.",
    )
    jobs_at_once: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Jobs that this service works on at one time; 0 leaves them to others "
        "(`python -m serving.jobs`).",
    )
    jobs_processes: int = Field(
        default_factory=_half_of_the_cores,
        ge=1,
        le=256,
        description="Processes that read the documents of one job, at low priority. Default: half of "
        "the cores, at least one.",
    )
    jobs_upload_megabytes: int = Field(
        default=2048, ge=1, description="Largest upload of a job, as sent and inflated, in MiB."
    )
    jobs_upload_seconds: int = Field(
        default=3600, ge=1, description="Time in which an upload has to arrive, in seconds."
    )
    jobs_waiting: int = Field(
        default=100, ge=1, description="Jobs that may wait or run in all; over it, 503."
    )
    jobs_kept: int = Field(
        default=1000, ge=1, description="Jobs that are there in all, ended ones too; over it, 503."
    )
    jobs_disk_megabytes: int = Field(
        default=20480,
        ge=1,
        description="Disk that all jobs may take, in MiB; over it, 503, and a running job fails.",
    )
    jobs_hours: float = Field(
        default=72.0, gt=0, description="Hours that an ended job and its results are kept."
    )
    key_jobs: int = Field(
        default=10, ge=1, description="Jobs of one key that may wait or run; over it, 429."
    )

    @field_validator("key_rate")
    @classmethod
    def _rate_is_one(cls, value: str) -> str:
        parse_rate(value)
        return value

    @field_validator("jobs_redis")
    @classmethod
    def _redis_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("an address begins with redis://, rediss:// or unix://")
        return value

    @field_validator("keys_file", "model", "studio_requests")
    @classmethod
    def _path_is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.exists():
            raise ValueError(f"there is no {value}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        longest = self.body_seconds + self.queue_seconds + self.document_seconds
        if longest >= ANSWER_SECONDS:
            raise ValueError(
                f"BODY_SECONDS, QUEUE_SECONDS and DOCUMENT_SECONDS add up to {longest:g}, "
                f"which is not below {ANSWER_SECONDS:g}"
            )
        if self.studio_requests is not None and not self.studio_requests.is_dir():
            raise ValueError(f"STUDIO_REQUESTS: {self.studio_requests} is no folder")
        if self.held_megabytes < self.body_megabytes:
            raise ValueError("HELD_MEGABYTES is less than BODY_MEGABYTES")
        return self

    @property
    def body_bytes(self) -> int:
        return int(self.body_megabytes * MEGABYTE)

    @property
    def held_bytes(self) -> int:
        return self.held_megabytes * MEGABYTE

    @property
    def is_loopback(self) -> bool:
        return self.host.is_loopback

    @property
    def host_names(self) -> frozenset[str]:
        return frozenset(name.strip().lower() for name in self.hosts.split(",") if name.strip())

    @property
    def bundle(self) -> Model:
        return Model(self.rules_only, self.model)

    @property
    def jobs_path(self) -> Path:
        if self.jobs_folder is not None:
            return self.jobs_folder
        try:
            state = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
        except RuntimeError:  # a user without a home, as in some containers
            state = Path(tempfile.gettempdir())
        return state / "nianbao" / "jobs"

    @property
    def jobs_upload_bytes(self) -> int:
        return self.jobs_upload_megabytes * MEGABYTE

    @property
    def jobs_disk_bytes(self) -> int:
        return self.jobs_disk_megabytes * MEGABYTE

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.document_seconds, self.document_megabytes)


def load(**given: Any) -> Settings:
    """Return the settings of the environment, `given` ones before them.

    Raises SettingsError, with a line for each variable that is wrong.
    """
    try:
        settings = Settings(**given)
    except ValidationError as error:
        lines = [
            f"{PREFIX}{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsError("\n".join(lines)) from error
    if not settings.is_loopback and settings.keys_file is None:
        raise SettingsError(
            f"{PREFIX}KEYS_FILE: {settings.host} can be reached from other machines, and needs keys:\n"
            "  python -m serving keys add NAME --file keys.json"
        )
    return settings


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that make a process of the service see `settings`."""
    return {
        PREFIX + name.upper(): str(value)
        for name, value in settings.model_dump().items()
        if value is not None
    } | {"BENTOML_DO_NOT_TRACK": os.environ.get("BENTOML_DO_NOT_TRACK", "True")}


def table() -> str:
    """Return the Markdown table of all settings."""
    lines = ["| variable | default | what it sets |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = _FROM_CORES[name] if field.default_factory else field.default
        shown = "" if default is None else f"`{_plain(default)}`"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
