"""Every document of files, folders, URLs and the archives in them, as a stream of items.

An item has the bytes of a document, or the problem with it: `skipped` is what is no document,
`failed` what could not be read.  The codes of `Problem.reason` are these.

skipped
    folder, empty, hidden, link, special_file   what is in folders and archives besides files
    image, audio, video, font, script, stylesheet, unsupported_type   no kind of document
    record_type, revisit, http_status           records of a WARC without a document
    no_text                                     a row without a text
failed
    too_large, archive_bomb, too_many_members, too_deep   over a bound of `Limits`
    unsafe_name, link, special_file             what an archive may not hold
    encrypted, unsupported_compression, unsupported_archive, unsupported_encoding
    truncated, broken, bad_checksum, incomplete   damaged data, or a document stored in part
    bad_line, bad_row, no_text_field            lines and rows that cannot be read
    unreadable                                  the system or the network refuses; may pass
    internal_error                              a fault of ours
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import cast

from nianbao.batch.outcome import Item
from nianbao.batch.sources.expand import expand
from nianbao.batch.sources.files import find_inputs
from nianbao.batch.sources.found import Found, Source, reason_of
from nianbao.batch.sources.guard import Budget, Damage, Exhausted
from nianbao.batch.sources.names import name_in_url
from nianbao.batch.sources.options import Limits, SourceOptions
from nianbao.batch.sources.walk import Spot, Walk

__all__ = ["Limits", "Source", "SourceOptions", "iter_items", "iter_sources", "read_source"]

_DEFAULT = SourceOptions()


def iter_items(inputs: Sequence[str], options: SourceOptions = _DEFAULT) -> Iterator[Item]:
    """Yield everything found in `inputs`: files, folders, patterns and URLs.

    Files come in the order of the inputs, in a folder in the order of their names, in an archive as
    they lie there; a file that several inputs name under one name comes once.  No two items have
    the same place.  Memory is bounded by the largest document and the directory of a ZIP.

    Raises InputNotFound, before anything is read, for inputs that are not there.  What is wrong
    with data raises nothing.
    """
    return _items(iter_sources(inputs), options)


def iter_sources(inputs: Sequence[str]) -> Iterator[Source | Item]:
    """Yield the files that `inputs` stand for, each name once, and what is in folders and not read.

    Raises InputNotFound, before anything is listed, for inputs that are not there.
    """
    return _once(find_inputs(inputs))


def _once(inputs: Sequence[Found]) -> Iterator[Source | Item]:
    seen: set[str] = set()
    for found in inputs:
        for one in found():
            name = one.place.source if isinstance(one, Item) else one.name
            if name in seen:
                continue
            if len(inputs) > 1:
                seen.add(name)
            yield one


def _items(sources: Iterator[Source | Item], options: SourceOptions) -> Iterator[Item]:
    for one in sources:
        if isinstance(one, Item):
            yield one
        else:
            yield from read_source(one, options)


def read_source(source: Source, options: SourceOptions = _DEFAULT) -> Iterator[Item]:
    """Yield everything found in one file; what is wrong with it raises nothing."""
    name = source.name
    walk = Walk(name, options, Budget(options.limits, source.size), expand)
    spot = Spot(
        "", name_in_url(name) if "://" in name else PurePosixPath(name).name, size=source.size
    )
    try:
        with source.open() as stream:
            for item in expand(walk, cast(io.BufferedReader, stream), spot):
                yield replace(item, position=stream.tell())
    except (Damage, Exhausted) as damage:
        yield walk.failed(spot, damage)
    except OSError as error:
        yield walk.failed(spot, Damage("unreadable", reason_of(error)))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the other inputs
        message = f"内部错误，请报告给开发者：{type(error).__name__}: {error}"
        yield walk.failed(spot, Damage("internal_error", message))
