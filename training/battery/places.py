"""Agencies of the provinces that training never sees."""

from __future__ import annotations

import json
import random
from pathlib import Path

#: Held out from training: the battery takes its agencies from here alone.
PROVINCES = (
    "吉林省",
    "天津市",
    "浙江省",
    "江西省",
    "湖南省",
    "海南省",
    "贵州省",
    "宁夏回族自治区",
)

#: (city, county) pairs that stand in when there is no list of divisions.
_BUILT_IN = (
    ("衢州市", "开化县"),
    ("赣州市", "信丰县"),
    ("湘西土家族苗族自治州", "永顺县"),
    ("银川市", "贺兰县"),
    ("吴忠市", "盐池县"),
    ("中卫市", "沙坡头区"),
    ("海口市", "琼山区"),
    ("三亚市", "吉阳区"),
    ("丽水市", "松阳县"),
    ("永州市", "江永县"),
    ("长春市", "农安县"),
    ("四平市", "梨树县"),
    ("通化市", "辉南县"),
    ("贵阳市", "开阳县"),
    ("遵义市", "桐梓县"),
    ("毕节市", "织金县"),
    ("天津市", "蓟州区"),
    ("天津市", "武清区"),
    ("上饶市", "玉山县"),
    ("台州市", "天台县"),
    ("怀化市", "溆浦县"),
)
_BUILT_IN_TOWNS = ("城关镇", "河西街道", "新城街道", "北山乡", "青林镇", "柳湾镇", "白杨乡")
_BUREAUS = (
    "教育局",
    "财政局",
    "民政局",
    "司法局",
    "卫生健康局",
    "农业农村局",
    "水利局",
    "林业和草原局",
    "文化和旅游局",
    "应急管理局",
    "审计局",
    "统计局",
    "市场监督管理局",
    "医疗保障局",
    "乡村振兴局",
    "信访局",
    "发展和改革委员会",
    "工业和信息化局",
    "人力资源和社会保障局",
    "自然资源局",
    "生态环境局",
    "住房和城乡建设局",
    "交通运输局",
    "退役军人事务局",
    "城市管理综合执法局",
    "行政审批服务局",
)

Divisions = tuple[tuple[str, str, tuple[str, ...]], ...]


def divisions(data: Path | None) -> Divisions:
    """Return (city, county, towns) of the held-out provinces, from `admin_divisions.json` in the
    folder `data` when it is there, else a built-in handful."""
    source = data / "admin_divisions.json" if data else None
    if source is None or not source.exists():
        return tuple((city, county, _BUILT_IN_TOWNS) for city, county in _BUILT_IN)
    tree = json.loads(source.read_text(encoding="utf-8"))
    found = []
    for province in PROVINCES:
        for city, counties in tree.get(province, {}).items():
            head = province if city == "市辖区" else city
            if not head.endswith(("市", "州", "区", "盟")):
                continue
            for county, towns in counties.items():
                if county != city and len(county) <= 12:
                    known = (t for t in towns if len(t) <= 10 and t.endswith(("镇", "乡", "街道")))
                    found.append((head, county, tuple(t for t in known if county not in t)))
    return tuple(found)


def agency(rng: random.Random, places: Divisions) -> tuple[str, str]:
    """Draw an agency; return its name and how it calls itself (我局, 我镇, …)."""
    city, county, towns = rng.choice(places)
    kind = rng.random()
    if kind < 0.12:
        return rng.choice((city, city + "人民政府")), "我市" if city.endswith("市") else "我州"
    unit = county[-1] if county[-1] in "县区市旗" else "县"
    if kind < 0.3:
        name = rng.choice((county, city + county)) + rng.choice(("", "人民政府"))
        return name, "我" + unit
    if kind < 0.55 and towns:
        town = rng.choice(towns)
        if town.endswith("街道"):
            return county + town + "办事处", "我街道"
        return county + town + rng.choice(("", "人民政府")), "我镇" if town[-1] == "镇" else "我乡"
    bureau = rng.choice(_BUREAUS)
    if bureau.endswith("委员会"):
        return rng.choice((city, county, city + county)) + bureau, "我委"
    return rng.choice((city, county, city + county)) + bureau, "我局"
