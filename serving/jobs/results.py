"""What a job leaves: one file a format, the same bytes for the same dataset."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from nianbao.batch.formats import export
from nianbao.batch.manifest import MANIFEST
from nianbao.batch.outcome import Outcome


class Result(NamedTuple):
    """The file of a format, and its media type."""

    file: str
    media_type: str


RESULTS: Final = {
    "jsonl": Result("records.jsonl", "application/x-ndjson"),
    "csv": Result("tables.csv.zip", "application/zip"),
    "xlsx": Result(
        "tables.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
    "parquet": Result("tables.parquet.zip", "application/zip"),
}
#: The earliest time that ZIP knows: it must not show when a file was made.
_TIME: Final = (1980, 1, 1, 0, 0, 0)


def write_results(outcomes: Iterable[Outcome], dataset: Path, out: Path) -> None:
    """Write all formats of the dataset in `dataset` into the folder `out`, which is made."""
    out.mkdir()
    with (out / RESULTS["jsonl"].file).open("wb") as file:
        file.writelines(map(line, outcomes))
    export(dataset, "xlsx", out / RESULTS["xlsx"].file)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        written = export(dataset, "csv", Path(scratch))
        _pack(out / RESULTS["csv"].file, Path(scratch), [path.name for path in written])
    manifest = json.loads((dataset / MANIFEST).read_bytes())
    _pack(out / RESULTS["parquet"].file, dataset, [*manifest["files"], MANIFEST])


def line(outcome: Outcome) -> bytes:
    """Return the line of one input: where it lay and what became of it, and last its record, byte for
    byte as `/parse` answers it, or null."""
    place, origin = outcome.place, outcome.origin
    envelope = {
        "source": place.source,
        "member": place.member,
        "ordinal": place.ordinal,
        "url": origin.url,
        "fetched": origin.fetched,
        "bytes": outcome.size,
        "sha256": outcome.sha256,
        "status": outcome.status,
        "reason": outcome.reason,
        "message": outcome.message,
    }
    head = json.dumps(envelope, ensure_ascii=False).encode("utf-8", "replace")
    return head[:-1] + b', "record": ' + (outcome.record or b"null") + b"}\n"


def records(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the records in lines, as they are."""
    for one in lines:
        # In JSON a quotation mark inside a string is escaped: the first match is the member.
        record = one.partition(b', "record": ')[2].removesuffix(b"\n").removesuffix(b"}")
        if record != b"null":
            yield record


def _pack(path: Path, folder: Path, names: Iterable[str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(names):
            packed = zipfile.ZipInfo(name, _TIME)
            packed.compress_type = zipfile.ZIP_DEFLATED
            packed.external_attr = 0o644 << 16
            with (folder / name).open("rb") as source, archive.open(packed, "w") as target:
                while piece := source.read(1 << 20):
                    target.write(piece)
