"""`python -m serving`: start the service; `python -m serving keys`: its API keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from nianbao.exceptions import BundleError
from serving.keys import KeyFile, KeyFileError
from serving.settings import Settings, SettingsError, environment, load

app = typer.Typer(help="Read annual reports over HTTP.", pretty_exceptions_enable=False)
keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")

File = Annotated[Path, typer.Option("--file", envvar="NIANBAO_KEYS_FILE", help="The file of keys.")]
ROOT = Path(__file__).resolve().parent.parent


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    processes: Annotated[
        int | None, typer.Option(help="Processes that read documents; by default one a core.")
    ] = None,
) -> None:
    """Start the service; the settings are NIANBAO_… variables (docs/operations.md)."""
    if context.invoked_subcommand is not None:
        return
    given = {"host": host, "port": port, "processes": processes}
    try:
        settings = load(**{name: value for name, value in given.items() if value is not None})
        if settings.keys_file is not None:
            KeyFile(settings.keys_file).entries()
        settings.bundle.versions()
    except (SettingsError, KeyFileError, BundleError) as error:
        _exit_with(str(error))
    os.environ.update(environment(settings))
    # In this process: another one would import all again, a second of the start.
    from bentoml_cli.cli import cli

    cli(command(settings), prog_name="bentoml")


def command(settings: Settings) -> list[str]:
    """Return the arguments with which BentoML serves by these settings."""
    return [
        "serve", "serving.service:Nianbao",
        "--working-dir", str(ROOT),
        "--host", str(settings.host),
        "--port", str(settings.port),
        "--timeout-graceful-shutdown", str(settings.shutdown_seconds),
    ]  # fmt: skip


@keys.command()
def add(name: Annotated[str, typer.Argument(help="What to call the key.")], file: File) -> None:
    """Make a key and print it; it cannot be shown again."""
    typer.echo(_done(KeyFile(file).add, name))


@keys.command()
def revoke(name: Annotated[str, typer.Argument(help="The key's name.")], file: File) -> None:
    """Revoke a key, at once and for good."""
    _done(KeyFile(file).revoke, name)


@keys.command("list")
def list_(file: File) -> None:
    """List the keys: name, when made, when revoked."""
    for key in _done(KeyFile(file).entries):
        typer.echo(f"{key.name}\t{key.created}\t{key.revoked or '-'}")


def _done(action: Any, *arguments: str) -> Any:
    try:
        return action(*arguments)
    except KeyFileError as error:
        _exit_with(str(error))


def _exit_with(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    app(prog_name="python -m serving")
