"""Opens a stream, whatever it is: a document, a container, a compressed one of either."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace

from nianbao.batch.outcome import Item
from nianbao.batch.sources.compressed import Codec, Inflated
from nianbao.batch.sources.guard import Damage
from nianbao.batch.sources.kinds import Container, NoDocument, kind_of, without_suffix
from nianbao.batch.sources.rows import is_csv, is_json_lines, read_csv, read_json_lines
from nianbao.batch.sources.streams import buffered
from nianbao.batch.sources.tars import read_tar
from nianbao.batch.sources.walk import Spot, Walk
from nianbao.batch.sources.zips import read_zip

Reader = Callable[[Walk, io.BufferedReader, Spot], Iterator[Item]]


def expand(walk: Walk, stream: io.BufferedReader, spot: Spot) -> Iterator[Item]:
    """Yield the items of the stream at `spot`, of which nothing is read yet.

    Raises Exhausted when the input passes a bound, OSError when it cannot be read.
    """
    try:
        yield from _expand(walk, stream, spot)
    except Damage as damage:
        if not damage.reported:
            yield walk.failed(spot, damage)


def _expand(walk: Walk, stream: io.BufferedReader, spot: Spot, layers: int = 0) -> Iterator[Item]:
    head = stream.peek()
    kind = kind_of(head, spot.hint, spot.origin.media_type if not layers else None)
    if isinstance(kind, Codec):
        if layers:
            # One layer around a container or document is nothing; a file of layers has no end.
            spot = replace(spot, depth=spot.depth + 1)
            _check_depth(walk, spot)
        inner = buffered(Inflated(stream, kind, walk.budget, walk.limits))
        named = replace(spot, hint=without_suffix(spot.hint), size=None)
        yield from _expand(walk, inner, named, layers + 1)
        return
    if isinstance(kind, NoDocument):
        if kind.status == "failed":
            raise Damage(kind.reason, kind.message)
        yield walk.skipped(spot, kind.reason, kind.message)
        return
    if kind is None and is_json_lines(head, spot.hint, walk.options):
        kind = "jsonl"
    elif kind is None and is_csv(head, spot.hint, walk.options):
        kind = "csv"
    if kind is None:
        yield walk.document(stream, spot)
        return
    _check_depth(walk, spot)
    # What is wrong with a container in a record is one item of several.
    container = replace(spot, path=spot.inside, place=None)
    empty = True
    for item in _reader(kind)(walk, stream, container):
        empty = False
        yield item
    if empty:
        yield walk.skipped(container, "empty", "里面没有内容")


def _check_depth(walk: Walk, spot: Spot) -> None:
    if spot.depth > walk.limits.depth:
        message = f"归档套归档超过 {walk.limits.depth} 层，不予读取"
        raise Damage("too_deep", message)


def _reader(kind: Container) -> Reader:
    # The packages for these two take 0.3 s to load.
    if kind == "parquet":
        from nianbao.batch.sources.parquet import read_parquet

        return read_parquet
    if kind == "warc":
        from nianbao.batch.sources.warc import read_warc

        return read_warc
    readers: dict[str, Reader] = {
        "zip": read_zip,
        "tar": read_tar,
        "jsonl": read_json_lines,
        "csv": read_csv,
    }
    return readers[kind]
