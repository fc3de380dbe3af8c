"""The name of an agency taken apart: the places it names, from the outermost in, and the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from nianbao.batch.identity.departments import ZONE, looks_like_organ
from nianbao.batch.identity.divisions import Division, gazetteer, short_name
from nianbao.reading.folding import fold

_YEAR: Final = re.compile(r"(?:(?:19|20)\d\d|[一二][〇○零oO0一二三四五六七八九]{3})(?:年度?|度)?")
_DIGITS: Final = str.maketrans("〇○零oO一二三四五六七八九", "00000123456789")
_NOT_A_NAME: Final = re.compile(r"[^〇○\u3400-\u9fffA-Za-z0-9]+")
_REPORT: Final = re.compile(
    r"(?:政府信息与政务|信息与政务|政府信息|政务信息|信息|政务)公开(?:工作)?(?:年度)?(?:工作)?(?:情况)?(?:年度)?(?:报告|年报|总结)?"
    r"|(?:年度|工作)报告|年报"
)
_ASIDE: Final = re.compile(r"[(（](?:本级|机关|本部|局机关)[)）]")
_EDGES: Final = re.compile(r"^(?:关于|中华人民共和国|中国共产党|中共|附件\d*)+|(?:关于|的|本级)+$")
#: A place cannot end where the name of a town goes on (中山市东区街道).
_GOES_ON: Final = re.compile(r"街道|社区|(?:镇|乡|苏木)(?:(?:人民)?政府|$)")


def squeeze(text: str) -> str:
    """Return `text` folded, and only its letters and digits."""
    return _NOT_A_NAME.sub("", fold(_ASIDE.sub("", text)).text)


def subject(title: str | None, agency: str | None) -> str:
    """Return the agency's whole name: `agency` with the places that the title has before it; without
    an agency, what the title has beside the year and the words for the report."""
    before, _, after = _REPORT.sub("\n", _YEAR.sub("", squeeze(title or ""))).partition("\n")
    whole = _trim(before) or _trim(after.replace("\n", ""))
    name = _trim(_YEAR.sub("", squeeze(agency or "")))
    if not name:
        return whole
    before, found, _ = whole.partition(name)
    if found and before and any(not reading.rest for reading in readings(before)):
        return before + name
    return name


def year_of(title: str | None) -> int | None:
    """Return the year that `title` prints."""
    match = _YEAR.search(squeeze(title or ""))
    return int(match.group()[:4].translate(_DIGITS)) if match else None


def _trim(name: str) -> str:
    return _EDGES.sub("", re.sub("[〇○]", "", name))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name: `places` may be what its innermost place name means (never empty), `names`
    are the place names; `full` tells that the innermost is a whole name, `shorts` how many are not;
    `rest` is what follows them."""

    places: tuple[Division, ...]
    names: tuple[str, ...]
    full: bool
    shorts: int
    rest: str

    @property
    def length(self) -> int:
        """Characters that name places."""
        return sum(map(len, self.names))


def read_name(name: str) -> Reading | None:
    """Return the reading of `name` that takes most of it for places, and names them most fully.

    What names its innermost place twice (长春市长春净月开发区) does so once in the reading.
    """
    best = max(readings(name), key=lambda r: (r.length, -r.shorts, len(r.names)), default=None)
    if best is None:
        return None
    rest, last = best.rest, best.names[-1]
    while rest.startswith(last):
        rest = rest.removeprefix(last)
    again = rest.removeprefix(short_name(last))
    return replace(best, rest=again if again != rest and ZONE.match(again) else rest)


def readings(name: str) -> Iterator[Reading]:
    """Yield the ways to read the beginning of `name` as places, each inside the one before."""
    for places, length, full in _first(name):
        yield from _extend(Reading(places, (name[:length],), full, int(not full), name[length:]))


def _extend(reading: Reading) -> Iterator[Reading]:
    yield reading
    for places, length, full in _first(reading.rest):
        # A short name after a full city or county belongs to what follows: 庆阳市西峰工业园区.
        inside = tuple(p for p in places if any(outer.holds(p) for outer in reading.places))
        if not inside or (not full and not any(p.level == 1 for p in reading.places)):
            continue
        names = (*reading.names, reading.rest[:length])
        shorts = reading.shorts + (not full)
        yield from _extend(Reading(inside, names, full, shorts, reading.rest[length:]))


def _first(text: str) -> Iterator[tuple[tuple[Division, ...], int, bool]]:
    """Yield what the first characters of `text` may name: places, characters, whether in full."""
    known = gazetteer()
    for length in range(min(known.longest, len(text)), 1, -1):
        name, rest = text[:length], text[length:]
        if _GOES_ON.match(rest):
            continue
        if name in known.full and not _is_word(name, rest):
            yield known.full[name], length, True
        if name in known.short:
            places = tuple(p for p in known.short[name] if _may_be_short(p, rest))
            if places:
                yield places, length, False


def _is_word(name: str, rest: str) -> bool:
    """Tell whether the last character of `name` begins a word instead: 永安市场监督管理所."""
    return name.endswith("市") and rest.startswith("场")


def _may_be_short(place: Division, rest: str) -> bool:
    """Tell whether a title may leave the kind of `place` out before `rest`: before a zone, and for
    provinces and cities before a place inside, before an organ and alone.  Short names of counties are
    everyday words (公安, 平安), and stand for them only before 市场, which has their 市."""
    if ZONE.match(rest):
        return True
    if place.level == 3:
        return place.name.endswith("市") and rest.startswith("市场")
    return (
        not rest
        or looks_like_organ(rest)
        or any(
            place.holds(inside)
            for length in range(min(gazetteer().longest, len(rest)), 1, -1)
            for inside in gazetteer().full.get(rest[:length], ())
        )
    )
