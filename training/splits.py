"""Which side of the split a document is on: to train on, to choose a model by, or to judge it by.

No agency and no site is ever on two sides.  Documents that share one of them belong together; such a
group goes where a keyed hash of its first name sends it.  The file is written once and then only
grows: a name that was given a side keeps it, so that figures of different weeks can be compared.

    {"format": 1, "key": "…", "sides": {"agency:…": "train", "site:…": "test"}}
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from nianbao.exceptions import NianbaoError
from nianbao.gold import Subject
from training.files import write_text

Side = Literal["train", "dev", "test"]
SIDES: Final[tuple[Side, ...]] = ("train", "dev", "test")
#: Where the hash of a name, in [0, 1), sends it.
_BOUNDS: Final[tuple[tuple[float, Side], ...]] = ((0.8, "train"), (0.9, "dev"), (1.0, "test"))
#: Part of the hash: with another key, the same agencies fall otherwise.
KEY: Final = "nianbao"
FORMAT: Final = 1


class SplitError(NianbaoError):
    """The file of the split is not of its shape."""

    code = "split"


@dataclass(frozen=True, slots=True)
class Splits:
    """The side of every name (`agency:…`, `site:…`, `document:…`) that has one."""

    sides: Mapping[str, Side] = field(default_factory=dict)
    key: str = KEY

    def side(self, subject: Subject) -> Side | None:
        """Return the side of a document, None where its names are on several or on none."""
        found = {self.sides.get(name) for name in names_of(subject)}
        return found.pop() if len(found) == 1 else None

    def grown(self, subjects: Iterable[Subject]) -> Splits:
        """Return the split with the names of `subjects` too.

        A group whose known names are all on one side follows them.  One that joins two sides gives
        its new names none, and its documents are on no side: nothing else keeps both apart.
        """
        sides = dict(self.sides)
        for group in _groups([names_of(subject) for subject in subjects]):
            known = {sides[name] for name in group if name in sides}
            if len(known) > 1:
                continue
            side = known.pop() if known else _drawn(self.key, min(group))
            sides.update(dict.fromkeys(group, side))
        return Splits(sides, self.key)


def names_of(subject: Subject) -> tuple[str, ...]:
    """Return what a document may share with another: its agency and its site; where neither is known,
    itself alone."""
    agency = subject.agency_id or subject.agency
    site = subject.site or (urlsplit(subject.url).hostname if subject.url else None)
    names = [f"agency:{agency}"] if agency else []
    names += [f"site:{site.lower()}"] if site else []
    return tuple(names) or (f"document:{subject.sha256}",)


def _groups(named: Sequence[tuple[str, ...]]) -> list[list[str]]:
    """Return the names that documents join, directly or by way of others (union-find)."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for names in named:
        for name in names:
            parent.setdefault(name, name)
            parent[root(name)] = root(names[0])
    groups: dict[str, list[str]] = {}
    for name in parent:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())


def _drawn(key: str, name: str) -> Side:
    digest = hmac.new(key.encode(), name.encode("utf-8"), hashlib.sha256).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return next(side for bound, side in _BOUNDS if place < bound)


def read_splits(path: Path) -> Splits:
    """Read a split; one that is not there has no names yet.  Raises SplitError."""
    if not path.exists():
        return Splits()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        sides, key = data["sides"], data["key"]
    except (ValueError, KeyError, TypeError) as error:
        raise SplitError(f"{path} 不是划分文件：{error}") from error
    if data.get("format") != FORMAT or not isinstance(sides, dict) or not isinstance(key, str):
        raise SplitError(f"{path} 不是格式 {FORMAT} 的划分文件")
    odd = [name for name, side in sides.items() if side not in SIDES]
    if odd:
        raise SplitError(f"{path} 中 {odd[0]} 的一侧不是 {'、'.join(SIDES)}")
    return Splits(sides, key)


def grow_splits(path: Path, subjects: Iterable[Subject]) -> Splits:
    """Give the names of `subjects` their sides in the file `path`, and return the split.  A reader sees
    the old file or the new one.  Raises SplitError."""
    before = read_splits(path)
    after = before.grown(subjects)
    if after != before or not path.exists():
        data = {"format": FORMAT, "key": after.key, "sides": after.sides}
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        write_text(path, text)
    return after
