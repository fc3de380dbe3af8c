"""Gold sets, versioned by the SHA-256 of their content:

    python -m annotations.sets add NAME gold.jsonl --who 数据组 [--parent NAME]
    python -m annotations.sets list
    python -m annotations.sets verify

`gold/sets.json` is the index: what each set is called, its digest, how many documents and spans it
holds, who made it when and under which guidelines, and what it grew from.  A set lies beside the index
under a name with its digest and is never written again; a changed set is a new one with its parent.
A set of format `hashes` (`gold/pages.jsonl`) holds digests and offsets and no texts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from annotations.check import GoldError, read_records
from annotations.problems import AnnotationError, Problem
from nianbao.exceptions import NianbaoError
from nianbao.gold import gold_sha256, read_gold

GOLD: Final = Path(__file__).parent / "gold"
INDEX: Final = "sets.json"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Format = Literal["gold", "hashes"]


@dataclass(frozen=True, slots=True)
class GoldSet:
    """One version of one set.

    `when` is ISO 8601 in UTC; `guidelines` the SHA-256 of each version of the guidelines that its
    documents were annotated under; `parent` the name of the set that it grew from, or None.
    """

    name: str
    file: str
    format: Format
    sha256: str
    count: int
    spans: int
    who: str
    when: str
    guidelines: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True, slots=True)
class _Content:
    count: int
    spans: int
    guidelines: tuple[str, ...]


def read_index(folder: Path) -> list[GoldSet]:
    """Return the sets of an index, in its order; none where there is no index.

    Raises AnnotationError where it is not of its shape."""
    path = folder / INDEX
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [GoldSet(**{**one, "guidelines": tuple(one["guidelines"])}) for one in found["sets"]]
    except (ValueError, KeyError, TypeError) as error:
        raise AnnotationError(f"{path}：不是有效的索引：{error}") from error


def write_index(folder: Path, sets: Sequence[GoldSet]) -> None:
    """Write an index, at once or not at all."""
    text = json.dumps({"sets": [asdict(one) for one in sets]}, ensure_ascii=False, indent=1)
    beside = folder / f".{INDEX}.new"
    beside.write_text(text + "\n", encoding="utf-8", newline="\n")
    os.replace(beside, folder / INDEX)


def add(folder: Path, source: Path, name: str, who: str, parent: str | None = None) -> GoldSet:
    """Take the gold of `source` into `folder` under `name`; return its entry.

    Raises AnnotationError where the name is taken or not fit, the parent unknown, or the same content
    is there already; ExchangeError where the gold is not of its shape; OSError."""
    sets = read_index(folder)
    if not _NAME.fullmatch(name):
        raise AnnotationError(f"名称 {name!r} 只能有小写字母、数字和 . _ -，并以字母或数字开头")
    if any(one.name == name for one in sets):
        raise AnnotationError(
            f"已有名为 {name} 的标注集；改过的标注集请另起名称，并用 --parent {name}"
        )
    if parent is not None and all(one.name != parent for one in sets):
        raise AnnotationError(f"没有名为 {parent} 的标注集")
    digest = gold_sha256(source)
    same = next((one.name for one in sets if one.sha256 == digest), None)
    if same:
        raise AnnotationError(f"{source} 的内容与 {same} 相同")
    content = _content(source, "gold")
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    made = GoldSet(
        name, f"{name}-{digest[:12]}.jsonl", "gold", digest, content.count, content.spans, who, now,
        content.guidelines, parent,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / made.file).write_bytes(source.read_bytes())
    write_index(folder, [*sets, made])
    return made


def verify(folder: Path) -> list[Problem]:
    """Return what does not hold: files that are missing, changed or not of their shape, counts,
    parents, and gold files that no entry names."""
    sets = read_index(folder)
    problems = [found for one in sets for found in _verify(folder, one)]
    names = {one.name for one in sets}
    problems += [
        Problem("parent", one.name, f"没有 parent {one.parent}")
        for one in sets
        if one.parent is not None and one.parent not in names
    ]
    listed = {one.file for one in sets}
    problems += [
        Problem("unlisted", path.name, f"没有列入 {INDEX}")
        for path in sorted(folder.glob("*.jsonl"))
        if path.name not in listed
    ]
    return problems


def _verify(folder: Path, one: GoldSet) -> list[Problem]:
    path = folder / one.file
    if not path.is_file():
        return [Problem("missing", one.name, f"没有文件 {one.file}")]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != one.sha256:
        return [
            Problem("changed", one.name, f"{one.file} 的 SHA-256 是 {digest}，索引是 {one.sha256}")
        ]
    try:
        content = _content(path, one.format)
    except (NianbaoError, GoldError) as error:
        return [Problem("shape", one.name, str(error))]
    if (content.count, content.spans) != (one.count, one.spans):
        held = f"{content.count} 份 {content.spans} 处"
        return [
            Problem(
                "count", one.name, f"{one.file} 有 {held}，索引是 {one.count} 份 {one.spans} 处"
            )
        ]
    return []


def _content(path: Path, kind: Format) -> _Content:
    if kind == "hashes":
        records = read_records(path)
        return _Content(len(records), sum(len(one["spans"]) for one in records), ())
    documents = read_gold(path)
    guidelines = tuple(sorted({one.guidelines for one in documents}))
    return _Content(len(documents), sum(len(one.spans) for one in documents), guidelines)


def render(sets: Sequence[GoldSet]) -> str:
    """Return one line for each set."""
    lines = []
    for one in sets:
        under = "、".join(digest[:12] for digest in one.guidelines)
        parent = f"，来自 {one.parent}" if one.parent else ""
        lines.append(
            f"{one.name}  {one.sha256[:12]}  {one.format}  {one.count} 份 {one.spans} 处  "
            f"{one.who} {one.when}  规范 {under}{parent}"
        )
    return "\n".join(lines) or "没有标注集"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m annotations.sets", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--folder", type=Path, default=GOLD, help="folder of the index")
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add", help="take a gold.jsonl in")
    adding.add_argument("name", help="what to call it")
    adding.add_argument("gold", type=Path, help="gold.jsonl")
    adding.add_argument("--who", required=True, help="who answers for it")
    adding.add_argument("--parent", help="the set that it grew from")
    commands.add_parser("list", help="list the sets")
    commands.add_parser("verify", help="check every file against its entry")
    options = parser.parse_args(arguments)
    try:
        if options.command == "add":
            print(
                render(
                    [add(options.folder, options.gold, options.name, options.who, options.parent)]
                )
            )
            return 0
        if options.command == "list":
            print(render(read_index(options.folder)))
            return 0
        problems = verify(options.folder)
    except (AnnotationError, NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(map(str, problems)) or "都相符")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
