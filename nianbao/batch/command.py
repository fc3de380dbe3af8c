"""The command `nianbao batch`."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from nianbao.batch.build import Built
    from nianbao.batch.engines import Engine, Scored
    from nianbao.batch.journal import Found
    from nianbao.batch.run import Progress

OK, NOTHING, ERROR, INTERRUPTED = 0, 1, 2, 130
LOG: Final = "batch.log"

EPILOG: Final = """
DIR gets a Parquet dataset (reports, cells, sections, facts, checks, warnings, documents, wide), its
codebook, a manifest, a log, and the journal from which a run that was killed goes on.

[bold]Exit status[/bold]

0  the dataset was written; documents that failed are rows of its table documents

1  there was no report in the inputs

2  an input is not there, or the dataset could not be written

130  interrupted; the same command goes on

[bold]Examples[/bold]

nianbao batch crawl-2024.warc.gz --output dataset

nianbao batch pages/ extra.zip rows.parquet --output dataset --text-field html

nianbao batch "s3://bucket/crawl/*.warc.gz" --output dataset --format csv --format xlsx
"""


class EngineName(StrEnum):
    """Who scores."""

    POOL = "pool"
    RAY = "ray"
    SERIAL = "serial"


class ExportFormat(StrEnum):
    """What the dataset is written as beside Parquet."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    DUCKDB = "duckdb"


def batch(  # noqa: PLR0913 - one parameter an option
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Files, folders, patterns or fsspec URLs: pages, PDF, ZIP, TAR, WARC, JSON lines, "
            "CSV, Parquet, plain or compressed.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", file_okay=False, help="Folder of the dataset."
        ),
    ],
    processes: Annotated[
        int | None,
        typer.Option("--processes", "-j", min=1, help="Processes that score.  [default: cores]"),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option(
            help="A pool of processes, the machines of a Ray cluster, or this process (to debug)."
        ),
    ] = EngineName.POOL,
    address: Annotated[
        str | None,
        typer.Option(
            help="Of the Ray cluster, as ray.init takes it.  [default: RAY_ADDRESS, else a local one]"
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds that one document may take.")
    ] = 60.0,
    memory: Annotated[
        int, typer.Option(min=64, help="Megabytes that one document may take.")
    ] = 1024,
    text_field: Annotated[
        str | None,
        typer.Option(
            help="Field of JSON lines, CSV or Parquet that holds the page. Without: a guess."
        ),
    ] = None,
    url_field: Annotated[str | None, typer.Option(help="Field that holds its address.")] = None,
    date_field: Annotated[
        str | None, typer.Option(help="Field that holds when it was fetched.")
    ] = None,
    export_formats: Annotated[
        list[ExportFormat] | None,
        typer.Option(
            "--format", "-f", help="Write DIR/export in this format too. May be repeated."
        ),
    ] = None,
    since_model: Annotated[
        bool,
        typer.Option(
            "--since-model",
            help="DIR was made by another model or library: make anew what that may change.",
        ),
    ] = False,
    rules_only: Annotated[
        bool,
        typer.Option("--rules-only", help="Label with string rules instead of the model."),
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="DIR",
            file_okay=False,
            exists=True,
            help="Folder of another model bundle than the shipped one.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress; errors and the log only.")
    ] = False,
) -> None:
    """Score archives of scraped pages into one dataset, exactly once whatever happens in between."""
    with extra_installed():
        from nianbao.batch.build import build
        from nianbao.batch.engines import Pool, Serial, cores
        from nianbao.batch.run import Options
        from nianbao.batch.score import Model
        from nianbao.batch.sources import SourceOptions
        from nianbao.batch.worker import Bounds

    chosen = Model(rules_only, model)
    count = processes or cores()
    bounds = Bounds(timeout, memory)
    scoring: Engine = Serial(chosen)
    if engine is EngineName.POOL:
        scoring = Pool(chosen, count, bounds)
    elif engine is EngineName.RAY:
        with extra_installed("cluster"):
            from nianbao.batch.cluster import Cluster
        scoring = Cluster(address, chosen, bounds)
    options = Options(scoring, SourceOptions(text_field, url_field, date_field), since_model)
    with _errors(), _log(output / LOG) as log, _Display(inputs, quiet) as display:
        log.info("开始：%s", "、".join(inputs))

        def watch(progress: Progress, step: Found | Scored) -> None:
            _note(log, step)
            display.show(progress)

        built = build(inputs, output, options, processes=count, watch=watch)
        log.info("完成：%s", _totals(built))
        _export(output, export_formats or [])
    typer.echo(f"{output}: {_totals(built)}", err=True)
    raise typer.Exit(OK if built.summary.reports else NOTHING)


def _totals(built: Built) -> str:
    counts = built.summary.documents
    words = {"parsed": "年报", "not_report": "其他网页", "failed": "失败", "skipped": "跳过"}
    listed = "，".join(f"{word} {counts.get(key, 0)}" for key, word in words.items())  # type: ignore[call-overload]
    again = f"；本次处理 {built.progress.scored}，沿用 {built.progress.known}"
    return f"{listed}（不同的年报 {built.summary.reports}，采用 {built.summary.chosen}）{again}"


def _export(output: Path, formats: list[ExportFormat]) -> None:
    if not formats:
        return
    from nianbao.batch.formats import export

    for one in formats:
        out = output / "export" / one.value
        if one in (ExportFormat.XLSX, ExportFormat.DUCKDB):
            out = output / "export" / f"nianbao.{one.value}"
        export(output, one.value, out)


# The log


@contextmanager
def _log(path: Path) -> Iterator[logging.Logger]:
    """Give a logger that appends to `path`, one line an event, times in UTC."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    log = logging.Logger("nianbao.batch", logging.INFO)
    log.addHandler(handler)
    try:
        yield log
    except BaseException as error:
        log.error("中止：%s: %s", type(error).__name__, error)
        raise
    finally:
        handler.close()


def _note(log: logging.Logger, step: Found | Scored) -> None:
    """Log what failed; everything else is in the dataset."""
    from nianbao.batch.engines import Scored

    if isinstance(step, Scored):
        if step.verdict.status == "failed":
            log.warning("%s %s %s", step.key, step.verdict.reason, step.verdict.message)
        return
    problem = step.item.problem
    if problem is not None and problem.status == "failed":
        log.warning("%s %s %s", step.item.place, problem.reason, problem.message)


# What is seen while it runs


class _Display:
    """A bar on a terminal: documents, rate, failures, time that remains; nothing in a pipe.

    The bar is of bytes of the inputs, which are known before anything is read, as documents are not.
    """

    def __init__(self, inputs: list[str], quiet: bool) -> None:
        self._inputs = inputs
        self._live: Any = None
        self._task: Any = None
        self._quiet = quiet or not sys.stderr.isatty()
        self._began = self._shown = time.monotonic()

    def __enter__(self) -> _Display:
        if self._quiet:
            return self
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._live = Progress(
            BarColumn(),
            TextColumn("已读 {task.fields[met]}  已处理 {task.fields[scored]}"),
            TextColumn("沿用 {task.fields[known]}  失败 {task.fields[failed]}"),
            TextColumn("{task.fields[rate]:.1f} 份/秒  剩余"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        fields = {"met": 0, "scored": 0, "known": 0, "failed": 0, "rate": 0.0}
        self._task = self._live.add_task("", total=_bytes_in(self._inputs), **fields)
        self._live.start()
        return self

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if self._live is None or now - self._shown < 0.2:
            return
        self._shown = now
        self._live.update(
            self._task, completed=progress.read, met=progress.met, scored=progress.scored,
            known=progress.known, failed=progress.failed,
            rate=progress.scored / max(now - self._began, 1e-9),
        )  # fmt: skip

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()


def _bytes_in(inputs: list[str]) -> int | None:
    """Return the bytes of all files, None where some storage does not say."""
    from nianbao.batch.outcome import Item
    from nianbao.batch.sources import iter_sources

    sizes = [one.size for one in iter_sources(inputs) if not isinstance(one, Item)]
    return None if None in sizes else sum(size or 0 for size in sizes)


@contextmanager
def extra_installed(extra: str = "batch") -> Iterator[None]:
    """Say what is to be installed where a package of `extra` is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        typer.echo(f"缺少 {error.name}：请安装 nianbao[{extra}]", err=True)
        raise typer.Exit(ERROR) from error


@contextmanager
def _errors() -> Iterator[None]:
    """Turn what stops a batch into one line on standard error and an exit status.  A termination is
    an interruption: the workers are ended and what was scored is kept."""
    from nianbao.exceptions import NianbaoError

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt as error:
        typer.echo("已中断；再次运行同一条命令就从这里继续", err=True)
        raise typer.Exit(INTERRUPTED) from error
    except NianbaoError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ERROR) from error
    except OSError as error:
        typer.echo(f"{error.filename or '输出'}: 无法读写（{error.strerror or error}）", err=True)
        raise typer.Exit(ERROR) from error
    finally:
        signal.signal(signal.SIGTERM, before)
