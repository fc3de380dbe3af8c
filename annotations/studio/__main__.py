"""Label Studio, step by step:  python -m annotations.studio {start,create,push,pull,annotate}

start      run a Label Studio of its own on loopback, until Ctrl-C
create     make the project, or renew its configuration; --backend connects a model backend
push       send a queue, labelled by the current model
pull       fetch what was annotated, check it, write gold
annotate   start, create and push at once: what `make annotate` runs
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from annotations.guidance import guidelines_sha256
from annotations.problems import AnnotationError
from annotations.studio.client import Studio
from annotations.studio.config import label_config
from annotations.studio.exports import Options, read_export
from annotations.studio.intake import deliver
from annotations.studio.server import HOME, PORT, PROGRAM, USER, Place, started, token_of
from annotations.studio.tasks import SUBJECT, TEXT_SHA256, relabelled, sha256_of, tasks_of
from nianbao.document import Document
from nianbao.exceptions import NianbaoError
from nianbao.gold import QueuedDocument, read_queue
from nianbao.pipeline import Pipeline

TITLE = "政府信息公开年报标注"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Label Studio, step by step.",
    rich_markup_mode=None,
)

Home = Annotated[Path, typer.Option(help="Folder of the data, the token and the password.")]
Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]
Program = Annotated[Path, typer.Option(help="The label-studio program.")]
Title = Annotated[str, typer.Option(help="Title of the project.")]
Address = Annotated[
    str, typer.Option(help="Address of Label Studio; the token comes from LABEL_STUDIO_API_KEY or --home.")
]  # fmt: skip
Queue = Annotated[Path, typer.Argument(help="queue.jsonl, as `nianbao queue` writes it.")]
AsQueued = Annotated[
    bool, typer.Option("--as-queued", help="Send the queue's labels, whichever model made them.")
]
Backend = Annotated[str | None, typer.Option(help="Address of a model backend to connect.")]


@app.command()
def start(home: Home = HOME, port: Port = PORT, program: Program = PROGRAM) -> None:
    """Run a Label Studio of its own on loopback, until Ctrl-C."""
    place = Place(home, port, program)
    with started(place):
        _stay(place, place.address)


@app.command()
def create(
    address: Address = f"http://127.0.0.1:{PORT}", home: Home = HOME, title: Title = TITLE,
    backend: Backend = None,
) -> None:  # fmt: skip
    """Make the project, or renew its labelling configuration; print its address."""
    client = Studio(address, token_of(home))
    project = client.project(title, label_config())
    if backend:
        client.connect(project, backend)
    typer.echo(f"{address}/projects/{project}/data")


@app.command()
def push(
    queue: Queue, address: Address = f"http://127.0.0.1:{PORT}", home: Home = HOME,
    title: Title = TITLE, as_queued: AsQueued = False,
) -> None:  # fmt: skip
    """Send a queue, labelled by the current model; what is there already is not sent again."""
    client = Studio(address, token_of(home))
    typer.echo(send(client, client.number_of(title), _documents(queue), as_queued=as_queued))


@app.command()
def pull(
    gold: Annotated[Path, typer.Argument(help="Where to write gold.jsonl.")],
    address: Address = f"http://127.0.0.1:{PORT}",
    home: Home = HOME,
    title: Title = TITLE,
    several: Annotated[
        bool, typer.Option("--several", help="Take the annotations of several people of one text.")
    ] = False,
    accept_rest: Annotated[
        bool, typer.Option("--accept-rest", help="Write what is good, and refused.jsonl beside it.")
    ] = False,
) -> None:
    """Fetch what was annotated, check every span, write gold."""
    client = Studio(address, token_of(home))
    options = Options(
        guidelines_sha256(), several="all" if several else "refuse", names=client.users()
    )
    reading = read_export(client.tasks(client.number_of(title)), options)
    typer.echo(deliver(reading, gold, accept_rest=accept_rest))


@app.command()
def annotate(
    queue: Queue, home: Home = HOME, port: Port = PORT, program: Program = PROGRAM,
    backend: Backend = None,
) -> None:  # fmt: skip
    """Start Label Studio, make the project, send the queue, print the address; Ctrl-C stops."""
    documents = _documents(queue)
    place = Place(home, port, program)
    typer.echo("正在启动 Label Studio（首次约两分钟）……")
    with started(place) as client:
        project = client.project(TITLE, label_config())
        if backend:
            client.connect(project, backend)
        typer.echo(send(client, project, documents))
        _stay(place, f"{place.address}/projects/{project}/data")


def send(
    client: Studio, project: int, documents: list[QueuedDocument], *, as_queued: bool = False
) -> str:
    """Send the documents that the project does not have yet; return what was done, in words."""
    known = {
        (task["data"].get(SUBJECT, {}).get("sha256"), task["data"].get(TEXT_SHA256))
        for task in client.tasks(project)
    }
    new = [one for one in documents if (one.subject.sha256, sha256_of(one.text)) not in known]
    if new and not as_queued:
        pipeline = Pipeline.default()
        new = relabelled(new, pipeline.model_version, lambda text: pipeline.spans(_document(text)))
    client.add_tasks(project, tasks_of(new))
    there = len(documents) - len(new)
    return f"送出 {len(new)} 个任务" + (f"，{there} 个已在项目中" if there else "")


def _documents(queue: Path) -> list[QueuedDocument]:
    """Read a queue; raises AnnotationError where there is no file."""
    if not queue.is_file():
        raise AnnotationError(f"没有队列 {queue}：先用 nianbao queue 写出")
    return read_queue(queue)


def _document(text: str) -> Document:
    data = text.encode("utf-8")
    return Document(text, "text/plain", "utf-8", sha256_of(text), len(data))


def _stay(place: Place, address: str) -> None:
    typer.echo(f"{address}\n用户 {USER}，密码在 {place.password_file}。按 Ctrl-C 停止。")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        typer.echo("已停止；标注保存在 " + str(place.home))


def guarded(run: Callable[[], None]) -> int:
    """Run a command line; return its exit status, with the message of what a person can put right."""
    try:
        run()
    except (AnnotationError, NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    return 0


def main() -> int:
    """Run the command line; return the exit status."""
    return guarded(app)


if __name__ == "__main__":
    sys.exit(main())
