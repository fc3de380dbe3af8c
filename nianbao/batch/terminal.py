"""What the commands of archives share: how they print, and how they say what went wrong."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

#: Width of what is printed where there is no terminal to ask.
PIPED_WIDTH: Final = 120

OK, FOUND, ERROR = 0, 1, 2


@contextmanager
def errors_told() -> Iterator[None]:
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


def console() -> Console:
    """Return a console on standard output; piped, it is wide enough for the tables."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else PIPED_WIDTH, highlight=False)


def write_out(content: str) -> None:
    """Write to standard output as `utf8_out` gives it."""
    with utf8_out() as stream:
        stream.write(content)


@contextmanager
def utf8_out() -> Iterator[io.TextIOWrapper]:
    """Give standard output as UTF-8 with plain line ends, whatever the locale says."""
    sys.stdout.flush()
    stream = io.TextIOWrapper(sys.stdout.buffer, "utf-8", "replace", "\n")
    try:
        yield stream
        stream.flush()
    finally:
        # Else closing the wrapper would close standard output.
        stream.detach()
