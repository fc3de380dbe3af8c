"""The commands that lead from an archive to the next model: `queue` and `drift`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from nianbao.batch.command import extra_installed
from nianbao.batch.terminal import ERROR, FOUND, OK, console, errors_told, write_out

#: Notes that are printed one by one.
MOST_NOTES: Final = 20
NOTHING: Final = 1

Results = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="Folder that [bold]nianbao batch[/bold] wrote, or records (JSON, JSON lines) of "
        "[bold]nianbao parse[/bold] or the service.",
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        help="Where the documents lie, where DIR does not know or they have moved. May be repeated.",
    ),
]
TextField = Annotated[
    str | None,
    typer.Option(help="Field of JSON lines, CSV or Parquet that holds the page, as in the batch."),
]
Seed = Annotated[int, typer.Option(help="Of what is drawn at random.")]
Model = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="DIR",
        file_okay=False,
        exists=True,
        help="Folder of another model bundle than the shipped one.",
    ),
]

QUEUE_EPILOG: Final = """
Reasons: failed_check (a sum fails and our reading may be why), low_confidence, disagreement (of model
and rules), new_layout, doubtful_page (a report or not), audit (drawn at random).

[bold]Exit status[/bold]

0  the queue was written

1  nothing is worth annotating

2  DIR holds no results, or the queue could not be written

[bold]Examples[/bold]

nianbao queue dataset --budget 50 --output queue.jsonl

nianbao queue dataset --budget 50 --audit 0.2 --seed 7 --output queue.jsonl

nianbao queue records --input pages/ --budget 20 --output queue.jsonl
"""

DRIFT_EPILOG: Final = """
[bold]Exit status[/bold]

0  nothing new

1  something is new; each sentence says what

2  DIR holds no results, or the model has no profile

[bold]Examples[/bold]

nianbao drift dataset

nianbao drift dataset-2025 --against dataset-2024

nianbao drift dataset --json | jq .drift
"""


def queue(  # noqa: PLR0913 - one parameter an option
    directory: Results,
    budget: Annotated[
        int, typer.Option("--budget", "-n", min=1, help="How many documents can be annotated.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="The queue.")
    ],
    audit: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of the budget that is drawn at random."),
    ] = 0.1,
    seed: Seed = 0,
    candidates: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many documents may be read again.  [default: five times the budget]"
        ),
    ] = None,
    inputs: Inputs = None,
    text_field: TextField = None,
    model: Model = None,
) -> None:
    """Choose what to annotate next: likely errors, new layouts and a random slice, without repeats."""
    with extra_installed(), errors_told():
        from nianbao.batch.queue import ChoiceOptions, QueueOptions, make_queue
        from nianbao.batch.sources import SourceOptions
        from nianbao.gold import write_queue

        choice = ChoiceOptions(budget, audit, seed)
        sources = SourceOptions(text_field=text_field)
        options = QueueOptions(choice, candidates, tuple(inputs or ()), sources, model)
        with _progress("重读") as watch:
            made = make_queue(directory, options, watch)
        _tell(made.notes)
        if made.listed and not made.examined:
            typer.echo(f"{directory}: 一份原文也没有读到，请用 --input 指明在哪里", err=True)
            raise typer.Exit(ERROR)
        if not made.documents:
            typer.echo(f"{directory}: 共 {made.listed} 份，没有值得标注的", err=True)
            raise typer.Exit(NOTHING)
        write_queue(output, made.documents)
        counts = Counter(reason.code for one in made.documents for reason in one.reasons)
        reasons = "，".join(f"{code} {count}" for code, count in sorted(counts.items()))
        typer.echo(
            f"{output}: {len(made.documents)} 份（共 {made.listed} 份，重读 {made.examined} 份）；"
            f"理由：{reasons}",
            err=True,
        )


def drift(  # noqa: PLR0913 - one parameter an option
    directory: Results,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="OLD", help="Compare with these results, not with the training."
        ),
    ] = None,
    sample: Annotated[
        int, typer.Option(min=1, help="How many reports are read again for their layout.")
    ] = 300,
    seed: Seed = 0,
    inputs: Inputs = None,
    text_field: TextField = None,
    model: Model = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
) -> None:
    """Say what in a batch is new to the model: layouts, characters, unsure labels, failed checks."""
    with extra_installed(), errors_told():
        from nianbao.batch.review.drift import DriftOptions, find_drift
        from nianbao.batch.review.drift_text import render_text, to_json
        from nianbao.batch.sources import SourceOptions

        sources = SourceOptions(text_field=text_field)
        options = DriftOptions(sample, seed, tuple(inputs or ()), sources, model)
        with _progress("重读") as watch:
            found = find_drift(directory, options, against=against, watch=watch)
        _tell(found.notes)
        if as_json:
            write_out(to_json(found) + "\n")
        else:
            render_text(found, console())
        raise typer.Exit(FOUND if found.found else OK)


def _tell(notes: Sequence[str]) -> None:
    for note in notes[:MOST_NOTES]:
        typer.echo(note, err=True)
    if len(notes) > MOST_NOTES:
        typer.echo(f"…另有 {len(notes) - MOST_NOTES} 处", err=True)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show on a terminal how far it is; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what)
        yield lambda done, total: shown.update(task, completed=done, total=total)
