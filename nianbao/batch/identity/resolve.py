"""From a title, a site and a page's ends to one agency, or to what is certain of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final

from nianbao.batch.identity.departments import ZONE, is_town, normalise, split_central
from nianbao.batch.identity.divisions import (
    IN_FORCE,
    Division,
    counties_with_town,
    gazetteer,
    place_above,
    place_at,
)
from nianbao.batch.identity.evidence import Hint, Surroundings, only
from nianbao.batch.identity.names import Reading, read_name, subject, year_of

#: The code that stands before the units of the State Council; GB/T 2260 has none for the country.
STATE: Final = "000000"

#: `Identity.confidence`, by what the place was taken from.
TITLE: Final = 0.95
SHORT_NAME: Final = 0.85
TITLE_AND_SITE: Final = 0.85
TITLE_AND_TEXT: Final = 0.75
TOWN_NAME: Final = 0.7
PAGE_ONLY: Final = 0.6
SHORT_COUNTY: Final = 0.5
SEVERAL: Final = 0.3
PROVINCE_ONLY: Final = 0.2

#: Zones that no place of the list gives its name to, and where they are: the province where they lie
#: in several cities.
_ZONES: Final = {
    "雄安新区": "130000",
    "西咸新区": "610000",
    "贵安新区": "520000",
    "滇中新区": "530000",
    "赣江新区": "360000",
    "天府新区": "510000",
    "湘江新区": "430100",
    "西海岸新区": "370200",
    "金普新区": "210200",
    "横琴粤澳深度合作区": "440400",
    "大鹏新区": "440300",
    "松山湖高新技术产业开发区": "441900",
    "杨凌农业高新技术产业示范区": "610000",
    "杨凌示范区": "610000",
    "洋浦经济开发区": "460000",
}
_CORPS: Final = "新疆生产建设兵团"
_LEVEL: Final = re.compile(
    r"(?P<level>自治区|[省市县区州盟旗])(?!监局|场|政公用|政工程|容|民|域|级|直|委(?!员))(?P<core>.{2,})"
)
#: A place that the list does not have: a slip of the pen, or none.
_UNKNOWN_PLACE: Final = re.compile(r"[^局委厅办城都门股]{2,8}(?:[县旗]|市(?!场|监局|容))(?!域|级)")
_SAME_LEVEL: Final = re.compile(r"^[省市县区州盟旗](?=(?:人民)?政府|委)")


@dataclass(frozen=True, slots=True)
class Identity:
    """The agency that wrote a report, None where it is not certain.

    `agency_id` is "<code>:<department>", the same for every spelling of one agency; its code is that of
    the innermost place, and 000000 for units of the State Council.  Codes are of GB/T 2260, six
    digits, as they were when the place had the name that the title has.  Districts of municipalities
    and counties that their province governs have no city.

    `department` is None for the government itself; of towns, streets and zones it is the name alone.

    `confidence` tells what the place rests on, in fixed steps; it is no measured share of right
    answers.  0.95: the title's full name, which fits one place.  0.85: a short name, or one of several
    places that the site's identification or host decides on.  0.75: one of several, decided by what
    the page's ends print or the host's pinyin.  0.7: the name of a town that one county has.  0.6: the
    title has no place, and the signature, the footer or the site's identification has one.  0.5: the
    short name of a county.  0.3: several places remain, and only what is common to them is given.
    0.2: the province of the site.  0: nothing is known.

    `evidence` says it in Chinese.
    """

    agency_id: str | None = None
    province: str | None = None
    province_code: str | None = None
    city: str | None = None
    city_code: str | None = None
    county: str | None = None
    county_code: str | None = None
    department: str | None = None
    confidence: float = 0.0
    evidence: str = ""


@dataclass
class _Page:
    """What surrounds the name; folded and searched only when the name does not suffice."""

    url: str | None
    text: str
    year: int | None

    @cached_property
    def around(self) -> Surroundings:
        return Surroundings.of(self.url, self.text, self.year)

    @cached_property
    def hints(self) -> list[Hint]:
        return self.around.hints()


@dataclass
class _Choice:
    """Places that may be meant, less those that the evidence rules out."""

    places: list[Division]
    confidence: float
    sources: list[str] = field(default_factory=list)

    def keep(self, fits: Callable[[Division], bool], source: str, confidence: float) -> None:
        """Keep the places that fit; evidence that fits none or all is none."""
        kept = [place for place in self.places if fits(place)]
        if kept and len(kept) < len(self.places):
            self.places = kept
            self.sources.append(source)
            self.confidence = min(self.confidence, confidence)


def identify(*, title: str | None, agency: str | None, url: str | None, text: str = "") -> Identity:
    """Return the agency that wrote the report with this title.

    `agency` is its name as the title prints it, `url` where the page was, `text` the whole page.
    Nothing raises; what is not certain is None.
    """
    name = subject(title, agency)
    if not name:
        return Identity()
    year = year_of(title)
    page = _Page(url, text, year)
    if name.startswith((_CORPS, "兵团")):
        department = _CORPS + name.removeprefix(_CORPS).removeprefix("兵团")
        places = [place for place in [place_at("650000", year)] if place]
        return _identity(_Choice(places, TITLE, [f"标题：{_CORPS}"]), department)
    central = split_central(name)
    if central:
        return _central(*central, page)
    reading = read_name(name)
    if reading and reading.shorts == len(reading.names) and is_town(normalise(name) or ""):
        # 上海西路街道 is no street of 上海.
        reading = None
    zone = _known_zone(name, reading, year)
    if zone:
        return zone
    if reading and not _contradicts(reading):
        return _identity(_narrowed(reading, page), _department(reading))
    if reading:
        sources = [f"标题：{''.join(reading.names)}；其后的地名不属于它"]
        choice = _Choice(_alive(reading.places, year), SEVERAL, sources)
        return _identity(choice, normalise(reading.rest), certain=False)
    return _without_place(name, page)


def _known_zone(name: str, reading: Reading | None, year: int | None) -> Identity | None:
    """Name a zone of the table, alone or after the province it lies in (河北雄安新区)."""
    department = normalise(reading.rest if reading else name) or ""
    zone = next((zone for zone in _ZONES if department.startswith(zone)), None)
    place = place_at(_ZONES[zone], year) if zone else None
    if place is None:
        return None
    if reading and not any(p == place or p.holds(place) for p in reading.places):
        return None
    return _identity(_Choice([place], TITLE, [f"标题：{zone}"]), department)


def _central(unit: str, rest: str, page: _Page) -> Identity:
    """Name a unit of the State Council, or what it has at a place."""
    reading = read_name(rest)
    if reading:
        local = normalise(reading.rest) or ""
        if unit != "国家税务总局":
            local = unit + local
        return _identity(_narrowed(reading, page), local or unit)
    department = unit + (rest if rest not in ("机关", "办公厅") else "")
    return Identity(
        agency_id=f"{STATE}:{department}",
        department=department,
        confidence=TITLE,
        evidence=f"标题：{unit}",
    )


def _department(reading: Reading) -> str | None:
    """Return what the reading leaves, normalised; the organs of the Party keep the place's kind."""
    rest = _SAME_LEVEL.sub("", reading.rest) if reading.full else reading.rest
    if rest.startswith("委") and not rest.startswith("委员会"):
        return f"{reading.names[-1][-1]}{rest}"
    return normalise(rest)


def _contradicts(reading: Reading) -> bool:
    """Tell whether a place follows that does not lie in the one before: 沈阳市朝阳区.  Short ones are
    parts of towns (中山市东区), or words."""
    inner = read_name(reading.rest)
    if inner is None or inner.shorts or len(inner.names[0]) < 3:
        return False
    return any(place.code in gazetteer().outer for place in reading.places)


def _alive(places: Sequence[Division], year: int | None) -> list[Division]:
    return [p for p in places if p.in_force(year)] or list(places)


def _narrowed(reading: Reading, page: _Page) -> _Choice:
    """Choose among what the title's place name means."""
    choice = _Choice(_alive(reading.places, page.year), TITLE, [f"标题：{''.join(reading.names)}"])
    if reading.shorts:
        choice.confidence = SHORT_NAME
    if reading.full:
        _narrow(choice, page)
    else:
        _narrow_short(choice, reading.rest, page)
    return choice


def _narrow_short(choice: _Choice, rest: str, page: _Page) -> None:
    """Choose among what a short name means.  A zone or organ called after a city and a county in it is
    the city's (长沙高新区); between a province and its city (吉林) the name does not tell."""
    if rest.endswith("厅"):
        choice.keep(lambda place: place.level == 1, "厅为省级", SHORT_NAME)
    elif ZONE.match(rest) and any(place.level == 2 for place in choice.places):
        choice.keep(lambda place: place.level > 1, "开发区在市县", SHORT_NAME)
    _narrow(choice, page)
    cities = [place for place in choice.places if place.level == 2]
    if len(cities) == 1 and all(_related(cities[0], place) for place in choice.places):
        if all(place.level > 1 for place in choice.places):
            choice.places = cities
    if choice.places[0].level == 3:
        agrees = any(_related(hint.place, choice.places[0]) for hint in page.hints)
        choice.confidence = min(choice.confidence, TITLE_AND_TEXT if agrees else SHORT_COUNTY)


def _narrow(choice: _Choice, page: _Page) -> None:
    """Leave the places that site and page speak for, the surest evidence first."""
    for hint in page.hints if not _is_one(choice.places) else ():
        confidence = TITLE_AND_TEXT if hint.source.startswith("页面") else TITLE_AND_SITE
        choice.keep(partial(_related, hint.place), hint.source, confidence)
    if _is_one(choice.places):
        return
    around = page.around
    choice.keep(around.mentions_above, "页首或页尾的上级地名", TITLE_AND_TEXT)
    choice.keep(around.named_by_host, f"域名{around.label}.gov.cn", TITLE_AND_TEXT)


def _is_one(places: Sequence[Division]) -> bool:
    return len({place.code for place in places}) == 1


def _related(one: Division, other: Division) -> bool:
    return one.code == other.code or one.holds(other) or other.holds(one)


def _without_place(name: str, page: _Page) -> Identity:
    """Name an agency whose title has no place: a department, a town or a zone."""
    level = _LEVEL.fullmatch(name)
    core = level["core"] if level else name
    kind = level["level"] if level else "省" if name.endswith("厅") else ""
    department = normalise(core)
    town = department is not None and is_town(department)
    if town and department:
        choice = _of_town(department, page)
        if choice.places:
            return _identity(choice, department)
    elif not level and _UNKNOWN_PLACE.match(name):
        return _province_only(page, department, "标题的地名不在行政区划代码表中")
    signed = page.around.signed(core) or page.around.signed(department or "")
    for hints in (signed, [hint for hint in page.hints if hint.exact]):
        fit = [hint for hint in hints if _fits(hint.place, kind, town=town)]
        place = only([hint.place for hint in fit], page.year)
        if place:
            return _identity(_Choice([place], PAGE_ONLY, [fit[0].source]), department)
    if kind in ("省", "自治区"):
        fit = [hint for hint in page.hints if _fits(hint.place, kind, town=False)]
        place = only([hint.place for hint in fit], page.year)
        if place:
            return _identity(_Choice([place], PAGE_ONLY, [fit[0].source]), department)
    return _province_only(page, department, "标题没有地名")


def _of_town(town: str, page: _Page) -> _Choice:
    """Choose among the counties that have such a town today; none where signature or site are
    elsewhere, for the town may have gone or been renamed since."""
    counties = [place_at(code, None) for code in counties_with_town(town)]
    choice = _Choice([c for c in counties if c], TOWN_NAME, [f"标题：{town}"])
    surest = [*page.around.signed(town), *page.hints][:1]
    if surest and not any(_related(surest[0].place, county) for county in choice.places):
        choice.places = []
    if choice.places:
        _narrow(choice, page)
        around = page.around
        choice.keep(lambda county: county.name in around.ends, "页首或页尾的县名", TOWN_NAME)
    return choice


def _fits(place: Division, kind: str, *, town: bool) -> bool:
    """Tell whether `place` can be what a title calls 市, 县, ... and can have towns, if it must."""
    if town and place.level != 3:
        return False
    if kind == "省":
        return place.level == 1
    return not kind or place.name.endswith(kind)


def _province_only(page: _Page, department: str | None, reason: str) -> Identity:
    provinces = [place_above(hint.place, 1) for hint in page.hints]
    place = only([p for p in provinces if p], page.year)
    if place is None:
        return Identity(department=department, evidence=reason)
    choice = _Choice([place], PROVINCE_ONLY, [f"{reason}；{page.hints[0].source}"])
    return _identity(choice, department, certain=False)


def _identity(choice: _Choice, department: str | None, *, certain: bool = True) -> Identity:
    """Write down the one place of `choice`, or what is common to all."""
    one = _is_one(choice.places)
    levels: list[Division | None] = []
    for level in (1, 2, 3):
        above = {place_above(p, level) for p in choice.places}
        levels.append(above.pop() if len(above) == 1 else None)
    province, city, county = levels
    certain = certain and one
    if not one:
        choice.sources.append("同名地方不止一处")
    elif choice.places[0].until != IN_FORCE:
        choice.sources.append(f"该区划存至{choice.places[0].until}年")
    return Identity(
        agency_id=f"{choice.places[0].code}:{department or ''}" if certain else None,
        province=province.name if province else None,
        province_code=province.code if province else None,
        city=city.name if city else None,
        city_code=city.code if city else None,
        county=county.name if county else None,
        county_code=county.code if county else None,
        department=department,
        confidence=choice.confidence if one else SEVERAL,
        evidence="；".join(choice.sources),
    )
