"""The commands of archives: `batch`, what is asked of its dataset (`summary`, `diff`, `verify`), and
what it is to the next model (`queue`, `drift`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from nianbao.batch.command import EPILOG as BATCH_EPILOG
from nianbao.batch.command import batch, extra_installed
from nianbao.batch.loop_commands import DRIFT_EPILOG, QUEUE_EPILOG, drift, queue
from nianbao.batch.terminal import FOUND, OK, console, errors_told, utf8_out, write_out

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
    app.command(epilog=QUEUE_EPILOG)(queue)
    app.command(epilog=DRIFT_EPILOG)(drift)


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
    with extra_installed(), errors_told():
        from nianbao.batch.review.summary import summarise, to_json

        found = summarise(directory)
        if html is not None:
            from nianbao.batch.review.summary_html import render_html
            from nianbao.view.files import write_atomically

            write_atomically(html, render_html(found))
            typer.echo(f"{directory}: 已写入 {html}", err=True)
        if as_json:
            write_out(to_json(found) + "\n")
        elif html is None:
            from nianbao.batch.review.summary_text import render_text

            render_text(found, console())


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the older dataset.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the newer dataset.")],
    as_json: AsJson = False,
) -> None:
    """Compare two datasets, report by report and cell by cell, and say why they differ.

    With --json every changed cell is printed, without it the first ones.
    """
    with extra_installed(), errors_told():
        from nianbao.batch.review import diff as differences

        if as_json:
            with utf8_out() as stream:
                differs = differences.write_json(old, new, stream)
        else:
            from nianbao.batch.review.diff_text import render_text

            found = differences.diff(old, new)
            render_text(found, console())
            differs = not found.empty
        raise typer.Exit(FOUND if differs else OK)


def verify(directory: Dataset) -> None:
    """Check that no file of a dataset was changed or lost, and that its tables agree."""
    with extra_installed(), errors_told():
        from nianbao.batch.review.sheets import printable
        from nianbao.batch.review.verify import verify as verified

        findings = verified(directory)
        for finding in findings:
            others = f"（共 {finding.count} 处）" if finding.count > 1 else ""
            line = f"{finding.code} {finding.subject}: {finding.message}{others}"
            write_out(f"{printable(line)}\n")
        if findings:
            raise typer.Exit(FOUND)
        typer.echo(f"{directory}: 完好", err=True)
