"""What made reports borrow from the world: place names and sentences of official prose."""

from __future__ import annotations

import csv
import json
import lzma
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Split = Literal["train", "held_out"]

#: Provinces whose places only the evaluation reports use; spread over regions and kinds.
HELD_OUT_PROVINCES: Final = frozenset(
    {
        "吉林省",
        "天津市",
        "浙江省",
        "江西省",
        "湖南省",
        "海南省",
        "贵州省",
        "宁夏回族自治区",
    }
)

#: Bytes of the statutes that are unpacked: their files are long, so a small part gives thousands of
#: sentences.
_LAW_BYTES: Final = 6_000_000
_SENTENCE: Final = re.compile(r"[^。！？\n]{12,110}[。！？]")
_UNFIT: Final = re.compile(
    r"[A-Za-z#*<>|{}\[\]]|第[一二三四五六七八九十百]+[条章]|[\u3000]|^[（(、，；：）·]|^答|^问|^[（(]?[一二三四五六七八九十\d]+[）)、.．]"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place down to its town; `city` is "" below municipalities, `town` "" where none is known."""

    province: str
    city: str
    county: str
    town: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Places and sentences that made reports draw from; `sentences` end in their full stop."""

    places: tuple[Place, ...]
    sentences: tuple[str, ...]
    law_sentences: tuple[str, ...]

    @classmethod
    def load(cls, data_dir: Path, provinces: Split | None = None) -> Corpus:
        """Read the files of `data_dir`; `provinces` keeps the places of one side of the split.

        Raises FileNotFoundError when a file is missing.
        """
        divisions = json.loads((data_dir / "admin_divisions.json").read_text(encoding="utf-8"))
        return cls(
            places=tuple(_places(divisions, provinces)),
            sentences=tuple(_sentences(_official_text(data_dir))),
            law_sentences=tuple(_sentences(_law_text(data_dir / "laws.jsonl.xz"))),
        )

    @classmethod
    def without_data(cls) -> Corpus:
        """Return a small corpus of invented places and sentences of our own."""
        return cls(tuple(_places(_INVENTED, None)), _OWN_SENTENCES, _OWN_LAW)


def _places(
    divisions: dict[str, dict[str, dict[str, list[str]]]], split: Split | None
) -> list[Place]:
    places = []
    for province, cities in divisions.items():
        if split and (province in HELD_OUT_PROVINCES) != (split == "held_out"):
            continue
        for city, counties in cities.items():
            named = "" if city in ("市辖区", "县") or "直辖" in city else city
            for county, towns in counties.items():
                places += [Place(province, named, county, town) for town in towns or [""]]
    return places


def _sentences(text: str) -> list[str]:
    found = (s.strip().lstrip("—·　 ") for s in _SENTENCE.findall(text))
    return [s for s in found if not _UNFIT.search(s) and s.count("“") == s.count("”")]


def _official_text(data_dir: Path) -> str:
    parts = [(data_dir / "policy_news.txt").read_text(encoding="utf-8")]
    for path in sorted(data_dir.glob("gov_work_report_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            parts += [row["中文"] for row in csv.DictReader(file)]
    return "\n".join(parts)


def _law_text(path: Path) -> str:
    with lzma.open(path) as file:
        lines = file.read(_LAW_BYTES).split(b"\n")[:-1]
    return "\n".join(json.loads(line)["text"] for line in lines)


_INVENTED: Final[dict[str, dict[str, dict[str, list[str]]]]] = {
    "云泽省": {
        "青阳市": {
            "临川区": ["南桥街道", "望湖街道", "石塘镇"],
            "安岭县": ["柳河镇", "白马镇", "双溪乡"],
        },
        "东陵市": {"平湖县": ["大营镇", "新塘乡"], "江口区": ["滨河街道", "龙泉镇"]},
    },
    "北岭自治区": {"松原州": {"红山县": ["沙井镇", "长滩乡"], "和林市": ["城关镇", "西城街道"]}},
}
_OWN_SENTENCES: Final = (
    "坚持稳中求进工作总基调，扎实推动高质量发展，民生福祉持续增进。",
    "全年新增城镇就业稳步增长，居民收入与经济增长基本同步。",
    "持续优化营商环境，推动更多政务服务事项网上办、掌上办、一次办。",
    "加强农田水利基础设施建设，粮食产量再创新高。",
    "有关部门将进一步完善配套措施，确保各项政策落地见效。",
    "开展重点领域安全生产专项整治，守牢安全底线。",
    "深化教育医疗领域改革，扩大优质公共服务供给。",
    "推进污染防治攻坚，空气质量优良天数比例继续提高。",
)
_OWN_LAW: Final = (
    "行政机关应当依照法定权限和程序履行职责，接受社会监督。",
    "公民、法人和其他组织有权对行政机关的工作提出意见和建议。",
    "违反本办法规定的，由有关主管部门责令限期改正。",
)
