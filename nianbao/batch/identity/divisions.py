"""The places of GB/T 2260 since 2008: their codes, names, short names and towns."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

#: The last year of a place that is still in force.
IN_FORCE: Final = 9999
_FIRST: Final = 2008


class Division(NamedTuple):
    """A place while it had one code and one name; `since` and `until` are years, both counted in.

    `pinyin` are the syllables of its short name, joined by spaces.
    """

    code: str
    name: str
    since: int
    until: int
    pinyin: str

    @property
    def level(self) -> int:
        """1 for a province, 2 for a city, 3 for a county."""
        return 1 if self.code.endswith("0000") else 2 if self.code.endswith("00") else 3

    @property
    def prefix(self) -> str:
        """The digits that the codes of all places in it begin with."""
        return self.code[: 2 * self.level]

    def in_force(self, year: int | None) -> bool:
        """Tell whether the place has this name at the end of `year`; None stands for today."""
        return self.since <= year <= self.until if year else self.until == IN_FORCE

    def holds(self, other: Division) -> bool:
        """Tell whether `other` lies in this place; a place does not hold itself."""
        if other.level <= self.level:
            # 伊犁州 is a city by its code, and governs two others.
            return self.code == "654000" and other.code in ("654200", "654300")
        return other.code.startswith(self.prefix) or (
            self.code == "654000" and other.code.startswith(("6542", "6543"))
        )


#: Peoples in the names of autonomous places; those of one character only with 族 after them.
_PEOPLES: Final = re.compile(
    r"(?:(?:回|藏|苗|彝|壮|侗|瑶|白|傣|黎|畲|水|羌|满|土|京|怒|各)族"
    r"|(?:土家|哈尼|哈萨克|傈僳|拉祜|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|布朗|撒拉|毛南|仡佬|锡伯|普米"
    r"|塔吉克|鄂温克|鄂伦春|保安|裕固|独龙|佤|朝鲜|布依|蒙古|维吾尔)族?)+$"
)
_KINDS: Final = re.compile(r"(?:特别行政区|自治[区州县旗]|地区|[省市县区旗盟])$")


def short_name(name: str) -> str:
    """Return `name` without its kind and peoples (庆阳, 延边, 长阳); whole where less than two
    characters would stay."""
    stem = _KINDS.sub("", name)
    if stem != name and name.endswith(("自治区", "自治州", "自治县", "自治旗")):
        bare = _PEOPLES.sub("", stem)
        stem = bare if len(bare) > 1 else stem
    return stem if len(stem) > 1 else name


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All places, by name.

    `full` also has the usual short forms of autonomous places (海南州, 长阳县), where nothing else is
    called so.  `outer` are the codes of places that hold others; `longest` is the length of the longest
    name.
    """

    by_code: dict[str, tuple[Division, ...]]
    full: dict[str, tuple[Division, ...]]
    short: dict[str, tuple[Division, ...]]
    outer: frozenset[str]
    longest: int


@cache
def gazetteer() -> Gazetteer:
    """Return all places; the first call reads them."""
    rows = _read("divisions.csv").split("\n")[1:-1]
    by_code: defaultdict[str, list[Division]] = defaultdict(list)
    full: defaultdict[str, list[Division]] = defaultdict(list)
    short: defaultdict[str, list[Division]] = defaultdict(list)
    usual: defaultdict[str, list[Division]] = defaultdict(list)
    for row in rows:
        code, name, since, until, pinyin = row.split(",")
        division = Division(code, name, int(since or _FIRST), int(until or IN_FORCE), pinyin)
        by_code[code].append(division)
        full[name].append(division)
        stem = short_name(name)
        if stem != name:
            short[stem].append(division)
            if "自治" in name:
                usual[stem.removesuffix("族") + name[-1]].append(division)
                usual[f"{stem}自治{name[-1]}"].append(division)
    for name, divisions in usual.items():
        if name not in full:
            full[name] = divisions
    return Gazetteer(
        {k: tuple(v) for k, v in by_code.items()},
        {k: tuple(v) for k, v in full.items()},
        {k: tuple(v) for k, v in short.items()},
        frozenset(f"{c[:2]}0000" for c in by_code if c[2:] != "0000")
        | {f"{c[:4]}00" for c in by_code if c[4:] != "00"},
        max(map(len, full)),
    )


@cache
def place_at(code: str, year: int | None) -> Division | None:
    """Return the place with `code`: its name in `year`, else the latest."""
    found = gazetteer().by_code.get(code, ())
    right = [d for d in found if d.in_force(year)]
    return max(right or found, key=lambda d: d.until, default=None)


def place_above(place: Division, level: int) -> Division | None:
    """Return the place of `level` that `place` lies in, or itself; named as while it lasted."""
    if level >= place.level:
        return place if level == place.level else None
    code = place.code[: 2 * level].ljust(6, "0")
    return place_at(code, place.until if place.until < IN_FORCE else None)


@cache
def _towns() -> str:
    return f"\n{_read('towns.txt')}"


def counties_with_town(name: str) -> list[str]:
    """Return the codes of the counties that have a town, township or street of this name today.

    The list stays one text, which is searched: a table of its 38,749 names takes 100 ms to build.
    """
    text, found = _towns(), []
    at = text.find(f" {name}")
    while at >= 0:
        if text[at + 1 + len(name)] in " \n":
            line = text.rfind("\n", 0, at) + 1
            found.append(text[line : line + 6])
        at = text.find(f" {name}", at + 1)
    return found


def _read(name: str) -> str:
    return files("nianbao.batch.identity").joinpath("data", name).read_text(encoding="utf-8")
