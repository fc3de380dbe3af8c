"""What the site and the ends of a page say about where its agency is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from nianbao.batch.identity.divisions import Division, place_above, place_at
from nianbao.batch.identity.names import read_name, readings
from nianbao.reading.folding import fold

#: Characters of a page's head and foot that are looked at: breadcrumbs, the site's own name, the
#: signature, the footer.  Between them a report may speak of any place; and folding them is most of
#: the time of a call (0.3 ms a thousand characters).
HEAD: Final = 400
FOOT: Final = 1000
#: Characters that the places before a department may have.
_LONGEST: Final = 24

#: The label before .gov.cn of the governments of provinces.  Only those that are the province's name in
#: pinyin or its usual letters and no other place's site (gz.gov.cn is 广州).
_PROVINCE_HOSTS: Final = {
    label: code
    for code, labels in {
        "110000": "beijing",
        "120000": "tj tianjin",
        "130000": "hebei",
        "140000": "shanxi",
        "150000": "nmg",
        "210000": "ln liaoning",
        "220000": "jl",
        "230000": "hlj",
        "310000": "sh shanghai",
        "320000": "jiangsu",
        "330000": "zj zhejiang",
        "340000": "ah anhui",
        "350000": "fujian",
        "360000": "jiangxi",
        "370000": "shandong",
        "410000": "henan",
        "420000": "hubei",
        "430000": "hunan",
        "440000": "gd",
        "450000": "gxzf guangxi",
        "460000": "hainan",
        "500000": "cq chongqing",
        "510000": "sc sichuan",
        "520000": "guizhou",
        "530000": "yn yunnan",
        "540000": "xizang",
        "610000": "shaanxi",
        "620000": "gansu",
        "630000": "qinghai",
        "640000": "nx ningxia",
        "650000": "xinjiang xj",
    }.items()
    for label in labels.split()
}
#: The first character of an ICP licence is the province that gave it.
_ICP: Final = dict(
    zip(
        "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝蜀川黔贵滇云藏陕甘陇青宁新",
        "110000 120000 130000 140000 150000 210000 220000 230000 310000 320000 330000 340000 350000 360000 "
        "370000 410000 420000 430000 440000 450000 460000 500000 510000 510000 520000 520000 530000 530000 "
        "540000 610000 620000 620000 630000 640000 650000".split(),
        strict=True,
    )
)
_ICP_LICENCE: Final = re.compile(rf"([{''.join(_ICP)}])\s?ICP\s?备", re.IGNORECASE)
#: A government site's identification has ten digits, the first six its government's code in GB/T 2260.
_SITE_CODE: Final = re.compile(r"标识码\s*[:]?\s*(\d{6})\d{4}(?!\d)")
#: Fourteen digits, the first six the code of the county whose police has the site's record.
_POLICE: Final = re.compile(r"公网安备\s*(?:第)?\s*(\d{6})\d{8}(?!\d)")
_OWNER: Final = re.compile(
    r"(?:主办|承办|主管|版权所有|发布机构|信息来源|发布单位)(?:单位|部门)?[^\u3400-\u9fff\n]{0,5}([\u3400-\u9fff]{3,30})"
)
_HAN_BEFORE: Final = re.compile(r"[\u3400-\u9fff]+$")


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that says where the agency is: `place` and, in Chinese, what says so.

    `exact` tells that the place is that of an agency or site, and not just somewhere around it.
    """

    place: Division
    source: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The site and the page's ends.  `label` is the host's label before .gov.cn, "" elsewhere."""

    ends: str
    label: str
    year: int | None

    @classmethod
    def of(cls, url: str | None, text: str, year: int | None) -> Surroundings:
        """Take what is looked at from the whole `text` of a page, folded."""
        ends = text if len(text) <= HEAD + FOOT else f"{text[:HEAD]}\n{text[-FOOT:]}"
        return cls(fold(ends).text, _label(url), year)

    def hints(self) -> list[Hint]:
        """Return what says where the site is, the surest first."""
        found = [
            *(self._hint(code, "网站标识码", exact=True) for code in _all(_SITE_CODE, self.ends)),
            *self._owners(),
            self._hint(_PROVINCE_HOSTS.get(self.label), f"域名{self.label}.gov.cn"),
            *(
                self._hint(f"{code[:4]}00", "公网安备") or self._hint(f"{code[:2]}0000", "公网安备")
                for code in _all(_POLICE, self.ends)
            ),
            *(self._hint(_ICP[name], f"{name}ICP备") for name in _all(_ICP_LICENCE, self.ends)),
        ]
        return list(dict.fromkeys(hint for hint in found if hint))

    def _hint(self, code: str | None, source: str, *, exact: bool = False) -> Hint | None:
        place = place_at(code, self.year) if code else None
        return Hint(place, source, exact) if place else None

    def _owners(self) -> list[Hint]:
        found = []
        for owner in _all(_OWNER, self.ends):
            reading = read_name(owner)
            place = only(reading.places, self.year) if reading else None
            if reading and reading.full and place:
                found.append(Hint(place, f"页面“{''.join(reading.names)}”", exact=True))
        return found

    def signed(self, name: str) -> list[Hint]:
        """Return the places that the page's ends print right before `name`, the longest names."""
        found = []
        for match in re.finditer(re.escape(name), self.ends) if len(name) > 2 else ():
            before = _HAN_BEFORE.search(self.ends, max(match.start() - _LONGEST, 0), match.start())
            for start in range(len(before.group()) if before else 0):
                hint = self._whole(before.group()[start:]) if before else None
                if hint:
                    found.append(hint)
                    break
        return list(dict.fromkeys(found))

    def _whole(self, name: str) -> Hint | None:
        whole = [r for r in readings(name) if r.full and not r.rest]
        place = only([p for r in whole for p in r.places], self.year)
        return Hint(place, f"落款“{name}”", exact=True) if place else None

    def named_by_host(self, place: Division) -> bool:
        """Tell whether the site's label is the pinyin of `place`, or of its city."""
        if not self.label:
            return False
        return any(
            above is not None and above.pinyin.replace(" ", "") == self.label
            for above in (place, place_above(place, 2))
        )

    def mentions_above(self, place: Division) -> bool:
        """Tell whether the page's ends name the city, or else the province, that `place` lies in."""
        above = place_above(place, 2) or place_above(place, 1)
        return above is not None and above != place and above.name in self.ends


def only(places: Sequence[Division], year: int | None) -> Division | None:
    """Return the place if `places` are one, those of `year` before others; else None."""
    right = [p for p in places if p.in_force(year)] or list(places)
    return right[0] if len({p.code for p in right}) == 1 else None


def _all(pattern: re.Pattern[str], text: str) -> list[str]:
    """Return what the group of `pattern` is in `text`, each once."""
    return list(dict.fromkeys(pattern.findall(text)))


def _label(url: str | None) -> str:
    """Return the label of the host before .gov.cn, "" where there is none."""
    if not url:
        return ""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    site = host.lower().removesuffix(".gov.cn")
    return site.rpartition(".")[2] if site != host.lower() else ""
