"""The commands of archives: `batch`, and what is asked of its dataset: `summary`, `diff`, `verify`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from nianbao.batch.command import EPILOG as BATCH_EPILOG
from nianbao.batch.command import batch, extra_installed

if TYPE_CHECKING:
    from rich.console import Console

#: Width of what is printed where there is no terminal to ask.
PIPED_WIDTH: Final = 120

OK, FOUND, ERROR = 0, 1, 2

Dataset = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder that [bold]nianbao batch[/bold] wrote.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

SUMMARY_EPILOG: Final = """
[bold]Exit status[/bold]

0  the summary was made

2  the folder is no dataset, or a file of it cannot be read

[bold]Examples[/bold]

nianbao summary dataset

nianbao summary dataset --html overview.html

nianbao summary dataset --json | jq .suspects
"""

DIFF_EPILOG: Final = """
[bold]Exit status[/bold]

0  both datasets say the same

1  they differ

2  one of the folders is no dataset, or a file cannot be read

[bold]Examples[/bold]

nianbao diff dataset-2024-01 dataset-2024-02

nianbao diff old new --json | jq '.cells[] | select(.why == "model")'
"""

VERIFY_EPILOG: Final = """
[bold]Exit status[/bold]

0  the dataset is whole and agrees with itself

1  something is wrong; each line says what

2  there is no such folder

[bold]Example[/bold]

nianbao verify dataset && rsync -a dataset host:
"""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(epilog=BATCH_EPILOG)(batch)
    app.command(epilog=SUMMARY_EPILOG)(summary)
    app.command(epilog=DIFF_EPILOG)(diff)
    app.command(epilog=VERIFY_EPILOG)(verify)


def summary(
    directory: Dataset,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            dir_okay=False,
            help="Write one page that needs nothing beside itself, instead of printing.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is in a dataset: coverage, failed checks, what to look at first, totals."""
    with extra_installed(), _errors():
        from nianbao.batch.review.summary import summarise, to_json

        found = summarise(directory)
        if html is not None:
            from nianbao.batch.review.summary_html import render_html
            from nianbao.view.files import write_atomically

            write_atomically(html, render_html(found))
            typer.echo(f"{directory}: 已写入 {html}", err=True)
        if as_json:
            _write_out(to_json(found) + "\n")
        elif html is None:
            from nianbao.batch.review.summary_text import render_text

            render_text(found, _console())


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the older dataset.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the newer dataset.")],
    as_json: AsJson = False,
) -> None:
    """Compare two datasets, report by report and cell by cell, and say why they differ.

    With --json every changed cell is printed, without it the first ones.
    """
    with extra_installed(), _errors():
        from nianbao.batch.review import diff as differences

        if as_json:
            with _utf8_out() as stream:
                differs = differences.write_json(old, new, stream)
        else:
            from nianbao.batch.review.diff_text import render_text

            found = differences.diff(old, new)
            render_text(found, _console())
            differs = not found.empty
        raise typer.Exit(FOUND if differs else OK)


def verify(directory: Dataset) -> None:
    """Check that no file of a dataset was changed or lost, and that its tables agree."""
    with extra_installed(), _errors():
        from nianbao.batch.review.sheets import printable
        from nianbao.batch.review.verify import verify as verified

        findings = verified(directory)
        for finding in findings:
            others = f"（共 {finding.count} 处）" if finding.count > 1 else ""
            line = f"{finding.code} {finding.subject}: {finding.message}{others}"
            _write_out(f"{printable(line)}\n")
        if findings:
            raise typer.Exit(FOUND)
        typer.echo(f"{directory}: 完好", err=True)


@contextmanager
def _errors() -> Iterator[None]:
    """Turn what is wrong with the input or output into one line on standard error and ERROR."""
    from nianbao.exceptions import NianbaoError

    try:
        yield
    except BrokenPipeError:
        raise
    except NianbaoError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ERROR) from error
    except OSError as error:
        typer.echo(f"{error.filename or '输出'}: 无法读写（{error.strerror or error}）", err=True)
        raise typer.Exit(ERROR) from error


def _console() -> Console:
    """Return a console on standard output; piped, it is wide enough for the tables."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else PIPED_WIDTH, highlight=False)


def _write_out(content: str) -> None:
    with _utf8_out() as stream:
        stream.write(content)


@contextmanager
def _utf8_out() -> Iterator[io.TextIOWrapper]:
    """Give standard output as UTF-8 with plain line ends, whatever the locale says."""
    sys.stdout.flush()
    stream = io.TextIOWrapper(sys.stdout.buffer, "utf-8", "replace", "\n")
    try:
        yield stream
        stream.flush()
    finally:
        # Else closing the wrapper would close standard output.
        stream.detach()
