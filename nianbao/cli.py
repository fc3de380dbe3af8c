"""The command line.  Each command is one call of the library, and imports what is heavy only then,
so that `nianbao --help` answers at once."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final, NoReturn, Protocol

import typer

from nianbao.batch import commands as batch_commands

if TYPE_CHECKING:
    from rich.console import Console

    from nianbao.document import Document
    from nianbao.evaluation import Score
    from nianbao.report import Report
    from nianbao.spans import Span

STDIN: Final = "-"
#: Width of what is printed where there is no terminal to ask.
PIPED_WIDTH: Final = 100

REPORTS, NOT_A_REPORT, ERROR = 0, 1, 2


class Parser(Protocol):
    """What the commands need of `nianbao.pipeline.Pipeline`."""

    def document(self, data: bytes, name: str | None = None) -> Document: ...

    def parse_document(self, document: Document) -> Report: ...

    def spans(self, document: Document) -> Sequence[Span]: ...


class Format(StrEnum):
    """How a record is printed."""

    JSON = "json"
    TABLE = "table"
    CSV = "csv"


class SpanFormat(StrEnum):
    """How spans are printed."""

    JSON = "json"
    TABLE = "table"


app = typer.Typer(
    name="nianbao",
    help="Read Chinese annual reports on government information disclosure "
    "(政府信息公开工作年度报告) from HTML, text or PDF into one canonical, checked record.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="Every command has its own help with examples: [bold]nianbao parse --help[/bold]. "
    "Colour follows the terminal and NO_COLOR.",
)

RulesOnly = Annotated[
    bool,
    typer.Option(
        "--rules-only", help="Label with string rules instead of the model (the baseline)."
    ),
]
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
InputFile = Annotated[
    str, typer.Argument(metavar="FILE", help="HTML, text or PDF; [bold]-[/bold] is standard input.")
]


def open_pipeline(rules_only: bool, model: Path | None) -> Parser:
    """Return the pipeline that the options ask for.

    Raises BundleError when the model cannot be loaded.
    """
    from nianbao.pipeline import Pipeline

    return Pipeline.rules_only() if rules_only else Pipeline.default(model)


PARSE_EPILOG: Final = """
[bold]Exit status[/bold] (the highest that applies)

0  every input is a report and was read

1  some input is not such a report

2  some input could not be read, or the command line is wrong

[bold]Examples[/bold]

nianbao parse report.html

nianbao parse reports/*.pdf --output records

nianbao parse report.txt --explain requests.granted.total

curl -s URL | nianbao parse - --format csv > cells.csv

nianbao parse report.html --server http://127.0.0.1:3000
"""


@app.command(epilog=PARSE_EPILOG)
def parse(  # noqa: PLR0913 - a parameter for each option
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE", help="HTML, text or PDF files; [bold]-[/bold] is standard input."
        ),
    ],
    output_format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="What to print: the record as JSON (one line for each of several files), a "
            "readable table, or its cells as CSV. Without it: table on a terminal, JSON in a pipe.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            file_okay=False,
            help="Write DIR/NAME.json for NAME.ext (DIR/NAME.csv with --format csv); "
            "with --format table the readable table is printed as well.",
        ),
    ] = None,
    explain: Annotated[
        list[str] | None,
        typer.Option(
            "--explain",
            "-e",
            metavar="PATH",
            help="Instead of the record, show where the cell table.row.column was read from, its "
            "score, and why it was put there. May be repeated.",
        ),
    ] = None,
    rules_only: RulesOnly = False,
    model: Model = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="URL",
            help="Ask the service at URL instead of reading here, and print JSON; "
            "[bold]NIANBAO_API_KEY[/bold] is the key, where it needs one.",
        ),
    ] = None,
) -> None:
    """Read reports and print or write their canonical records."""
    target = _Target(output_format, output, tuple(explain or ()), len(files) > 1)
    _refuse_clashes(files, target)
    if server is not None:
        if rules_only or model or output or explain or output_format not in (None, Format.JSON):
            _exit_with("--server 只输出 JSON,不能与读取、写入和解释的选项同用")
        asked = [_guarded(name, partial(_ask, server, target, name)) for name in files]
        raise typer.Exit(max(asked))
    job = _Job(_loaded(rules_only, model), target)
    raise typer.Exit(max(job.run(name) for name in files))


@app.command(epilog="[bold]Example[/bold]\n\nnianbao evaluate gold reports --per-file")
def evaluate(
    gold_dir: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder of NAME.json gold records.")
    ],
    input_dir: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder of the NAME.* they judge.")
    ],
    per_file: Annotated[
        bool, typer.Option("--per-file", help="Also show each file, with its errors.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    rules_only: RulesOnly = False,
    model: Model = None,
) -> None:
    """Score records against gold: the model, and the rules alone beside it.

    The measure to watch is nonzero: cells whose gold value is neither 0 nor null.
    """
    from nianbao.evaluation import evaluate_folder
    from nianbao.report import to_dict
    from nianbao.view import scores

    columns: dict[str, list[tuple[str, Score]]] = {}
    kinds = [("rules only", True)] if rules_only else [("model", False), ("rules only", True)]
    for name, rules in kinds:
        pipeline = _loaded(rules, None if rules else model)

        def record(data: bytes, file: str, pipeline: Parser = pipeline) -> dict[str, Any]:
            return to_dict(pipeline.parse_document(pipeline.document(data, file)))

        try:
            columns[name] = evaluate_folder(gold_dir, input_dir, record)
        except (ValueError, OSError) as error:
            _exit_with(f"{gold_dir}: {error}")
    if as_json:
        _write_out(scores.to_json(columns, per_file=per_file) + "\n")
    else:
        _console().print(scores.render(columns, per_file=per_file), soft_wrap=False)


@app.command(epilog="[bold]Example[/bold]\n\nnianbao text report.pdf | cut -c1-80")
def text(file: InputFile) -> None:
    """Print the text that was made of a file: what every start and end points into."""
    pipeline = _loaded(True, None)  # reading needs no model

    def show(data: bytes) -> None:
        document = pipeline.document(data, _file_name(file))
        _write_out(document.text + ("" if document.text.endswith("\n") else "\n"))

    _each_or_exit(file, show)


@app.command(
    epilog="[bold]Example[/bold]\n\nnianbao labels report.html --format json > spans.jsonl"
)
def labels(
    file: InputFile,
    output_format: Annotated[
        SpanFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="A table, or one JSON object a line. Without it: table on a terminal, else JSON.",
        ),
    ] = None,
    rules_only: RulesOnly = False,
    model: Model = None,
) -> None:
    """Show the labelled spans of a file: headings, rows, columns, values as the model sees them."""
    pipeline = _loaded(rules_only, model)

    def show(data: bytes) -> None:
        from nianbao.view import spans as view

        document = pipeline.document(data, _file_name(file))
        found = pipeline.spans(document)
        if (output_format or _default_span_format()) is SpanFormat.JSON:
            _write_out(view.to_jsonl(found, document))
        else:
            _console().print(view.render(found, document))

    _each_or_exit(file, show)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the record."""
    import json

    from nianbao.view.schema import record_schema

    _write_out(json.dumps(record_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n")


@app.command(
    epilog="[bold]Example[/bold]\n\nnianbao serve --port 3000\n\nSettings: docs/operations.md"
)
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; by default 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; by default 3000.")] = None,
    processes: Annotated[
        int | None, typer.Option(help="Processes that read documents; by default one a core.")
    ] = None,
) -> None:
    """Serve parsing over HTTP, with a page to look at reports (needs the extra serve)."""
    from nianbao import client
    from nianbao.exceptions import NianbaoError

    given = {"--host": host, "--port": port, "--processes": processes}
    arguments = [f"{name}={value}" for name, value in given.items() if value is not None]
    try:
        raise typer.Exit(client.serve(arguments))
    except NianbaoError as error:
        _exit_with(str(error))


@app.command(hidden=True)
def picture(
    file: InputFile, svg: Annotated[Path, typer.Argument(metavar="SVG", help="File to write.")]
) -> None:
    """Draw the readable view of a report as an SVG picture, for README."""
    pipeline = _loaded(False, None)

    def show(data: bytes) -> None:
        from nianbao.view.files import write_atomically
        from nianbao.view.picture import draw

        document = pipeline.document(data, _file_name(file))
        write_atomically(svg, draw(pipeline.parse_document(document), document))

    _each_or_exit(file, show)


@app.command()
def version() -> None:
    """Print the versions of the library, of the record's shape and of the shipped model."""
    from nianbao.bundle import Bundle
    from nianbao.exceptions import BundleError
    from nianbao.pipeline import library_version
    from nianbao.report import SCHEMA_VERSION

    try:
        model_version = Bundle.load().manifest.model_version
    except BundleError as error:
        model_version = str(error)
    _write_out(f"nianbao {library_version()}\nschema {SCHEMA_VERSION}\nmodel {model_version}\n")


batch_commands.register(app)


def main() -> None:
    """Entry point of the console script."""
    app()


@dataclass(frozen=True, slots=True)
class _Target:
    """Where records go: the options of `parse` that say so; `several` inputs are given."""

    format: Format | None
    output: Path | None
    explain: tuple[str, ...]
    several: bool


@dataclass(slots=True)
class _Job:
    """The inputs of one `parse`, one after the other; `printed` once the CSV has its header."""

    pipeline: Parser
    target: _Target
    printed: bool = False

    def run(self, name: str) -> int:
        """Handle one input and return its exit status; never raises for what is wrong with it."""
        return _guarded(name, lambda data: self._handle(name, data))

    def _handle(self, name: str, data: bytes) -> int:
        document = self.pipeline.document(data, _file_name(name))
        report = self.pipeline.parse_document(document)
        target = self.target
        if target.explain:
            self._explain(name, report, document)
        else:
            if target.output is None or target.format is Format.TABLE:
                self._print(name, report, document)
            if target.output is not None:
                self._save(name, report, target.output)
        if not report.is_report:
            _complain(f"{name}: 不是政府信息公开工作年度报告")
            return NOT_A_REPORT
        return REPORTS

    def _explain(self, name: str, report: Report, document: Document) -> None:
        from nianbao.view import explain

        console = _console()
        if self.target.several:
            console.rule(name, align="left")
        for path in self.target.explain:
            console.print(explain(report, document, path))

    def _save(self, name: str, report: Report, folder: Path) -> None:
        from nianbao.view.files import write_atomically

        path = folder / _output_name(name, self.target.format)
        write_atomically(path, _serialised(report, self.target.format))
        failed = sum(check.status == "fail" for check in report.checks)
        findings = f",{failed} 项核对未通过" if failed else ""
        _complain(f"{name}: 已写入 {path}{findings}")

    def _print(self, name: str, report: Report, document: Document) -> None:
        chosen = self.target.format or (Format.TABLE if _is_terminal(sys.stdout) else Format.JSON)
        if chosen is Format.TABLE:
            from nianbao.view import render_report

            console = _console()
            if self.target.several:
                console.rule(name, align="left")
            render_report(report, document, console)
        elif chosen is Format.CSV:
            from nianbao.view import to_csv

            label = name if self.target.several else None
            _write_out(to_csv(report, file=label, header=not self.printed))
            self.printed = True
        else:
            from nianbao.report import to_json

            _write_out(to_json(report, indent=None if self.target.several else 1) + "\n")


def _ask(server: str, target: _Target, name: str, data: bytes) -> int:
    """Print the record that a service makes of one input, and return its exit status."""
    from nianbao import client

    record = client.ask(server, data, _file_name(name))
    _write_out(client.to_json(record, indent=None if target.several else 1) + "\n")
    if record.get("is_report") is True:
        return REPORTS
    _complain(f"{name}: 不是政府信息公开工作年度报告")
    return NOT_A_REPORT


def _serialised(report: Report, output_format: Format | None) -> str:
    if output_format is Format.CSV:
        from nianbao.view import to_csv

        return to_csv(report)
    from nianbao.report import to_json

    return to_json(report) + "\n"


def _file_name(name: str) -> str | None:
    return None if name == STDIN else Path(name).name


def _output_name(name: str, output_format: Format | None) -> str:
    stem = "stdin" if name == STDIN else Path(name).stem
    return f"{stem}.{'csv' if output_format is Format.CSV else 'json'}"


def _refuse_clashes(files: Sequence[str], target: _Target) -> None:
    """Exit where two inputs would be written to one file, an input would be written over, or
    standard input be read twice."""
    if files.count(STDIN) > 1:
        _exit_with("标准输入 - 只能给出一次")
    if target.output is None:
        return
    sources: dict[str, str] = {}
    for name in files:
        written = _output_name(name, target.format)
        if written.casefold() in sources:
            other = sources[written.casefold()]
            _exit_with(f"{other} 和 {name} 会写入同一个文件 {written},请分开写到不同的文件夹")
        sources[written.casefold()] = name
        if name != STDIN and (target.output / written).resolve() == Path(name).resolve():
            _exit_with(f"{name}: 输出会覆盖输入,请换一个文件夹")


def _guarded(name: str, handle: Callable[[bytes], int]) -> int:
    """Read `name`, hand its bytes to `handle` and return its status; what is wrong with the input
    becomes one line on standard error and ERROR."""
    from nianbao.exceptions import NianbaoError

    try:
        data = _read(name)
    except OSError as error:
        _complain(f"{name}: {_reason(error)}")
        return ERROR
    try:
        return handle(data)
    except BrokenPipeError:
        raise
    except NianbaoError as error:
        _complain(f"{name}: {error}")
    except OSError as error:
        _complain(f"{name}: {error.filename or '输出'}: {_reason(error)}")
    except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the other inputs
        _complain(f"{name}: 内部错误,请报告给开发者:{type(error).__name__}: {error}")
        traceback.print_exc()
    return ERROR


def _read(name: str) -> bytes:
    """Return the bytes of an input, of one that is too large only enough to be refused."""
    from nianbao.reading.limits import MAX_BYTES

    if name == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with Path(name).open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _each_or_exit(name: str, show: Callable[[bytes], None]) -> None:
    def handle(data: bytes) -> int:
        show(data)
        return REPORTS

    raise typer.Exit(_guarded(name, handle))


def _reason(error: OSError) -> str:
    for kind, reason in _REASONS.items():
        if isinstance(error, kind):
            return reason
    return f"无法读写({error.strerror or error})"


_REASONS: Final[dict[type[OSError], str]] = {
    FileNotFoundError: "文件不存在",
    IsADirectoryError: "是文件夹,不是文件",
    NotADirectoryError: "路径中有一段不是文件夹",
    PermissionError: "没有权限",
    FileExistsError: "已有同名文件",
}


def _loaded(rules_only: bool, model: Path | None) -> Parser:
    from nianbao.exceptions import NianbaoError

    try:
        return open_pipeline(rules_only, model)
    except NianbaoError as error:
        _exit_with(str(error))


def _default_span_format() -> SpanFormat:
    return SpanFormat.TABLE if _is_terminal(sys.stdout) else SpanFormat.JSON


def _is_terminal(stream: IO[str]) -> bool:
    return stream.isatty()


def _console() -> Console:
    """Return a console on standard output; piped, it is wide enough for the tables."""
    from rich.console import Console

    known = _is_terminal(sys.stdout) or "COLUMNS" in os.environ
    return Console(width=None if known else PIPED_WIDTH, highlight=False)


def _write_out(content: str) -> None:
    """Write to standard output as UTF-8 with plain line ends, whatever the locale says."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _complain(message: str) -> None:
    typer.echo(message, err=True)


def _exit_with(message: str) -> NoReturn:
    _complain(message)
    raise typer.Exit(ERROR)
