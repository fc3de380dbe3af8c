"""Agencies: who writes a made report, and how it speaks of itself."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from training.synthesis.corpus import Corpus, Place


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency as its report names it.

    `name` stands in the title, `full` in the signature, `office` publishes; `self` is what the prose
    says for "we" (我局), `short` its name without the places above (县审计局), `parent` the authority
    above, `area` its territory (全县), `rank` how much it has to count: 0 town, 1 county department,
    2 county, city or ministry.
    """

    name: str
    full: str
    office: str
    self: str
    short: str
    parent: str
    area: str
    place: str
    rank: int


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_DEPARTMENTS: Final = _words(
    "发展和改革局 教育局 教育体育局 科学技术局 工业和信息化局 公安局 民政局 司法局 财政局 人力资源和社会保障局 "
    "自然资源局 自然资源和规划局 生态环境局 住房和城乡建设局 城市管理局 城市管理综合行政执法局 交通运输局 水利局 "
    "水务局 农业农村局 商务局 文化和旅游局 文化广电和旅游局 文化广电新闻出版局 卫生健康局 退役军人事务局 应急管理局 "
    "审计局 市场监督管理局 统计局 医疗保障局 林业局 林业和草原局 信访局 国资委 政府国有资产监督管理委员会 行政审批局 "
    "政务服务管理局 行政审批服务局 大数据发展管理局 数据局 乡村振兴局 体育局 粮食和物资储备局 人民防空办公室 民族宗教事务局 "
    "民族宗教事务委员会 机关事务管理局 地方金融监督管理局 投资促进局 供销合作社 档案局 气象局 税务局 "
    "地方志办公室 扶贫开发办公室 城乡建设局 房产管理局 园林绿化局 公共资源交易中心 住房公积金管理中心 海洋与渔业局 能源局 "
    "发改局 发改委 人社局 住建局 卫健局 卫健委 文旅局 市监局 应急局 民宗局 城管局 工信局 文广旅局 自规局 农业局 科技局 "
    "商务和粮食局 科技和工业信息化局 工业和商务局 政务服务办公室 发展和改革委员会 卫生健康委员会 住房和城乡建设委员会 "
    "经济和信息化局 招商局 红十字会 残疾人联合会 消防救援大队 公安局交通警察支队 自然资源和规划局分局 生态环境分局"
)
_PROVINCIAL: Final = _words(
    "发展和改革委员会 教育厅 科学技术厅 工业和信息化厅 民政厅 司法厅 财政厅 人力资源和社会保障厅 自然资源厅 生态环境厅 "
    "住房和城乡建设厅 交通运输厅 水利厅 农业农村厅 商务厅 文化和旅游厅 卫生健康委员会 应急管理厅 审计厅 市场监督管理局 "
    "统计局 医疗保障局 林业局 药品监督管理局 地震局 粮食和物资储备局 人民政府国有资产监督管理委员会"
)
_MINISTRIES: Final = _words(
    "财政部 教育部 科学技术部 工业和信息化部 民政部 司法部 自然资源部 生态环境部 住房和城乡建设部 交通运输部 水利部 "
    "农业农村部 商务部 文化和旅游部 国家卫生健康委员会 应急管理部 审计署 海关总署 国家税务总局 国家市场监督管理总局 "
    "国家体育总局 国家统计局 国家知识产权局 国家医疗保障局 国家能源局 国家铁路局 中国民用航空局 国家邮政局 国家文物局 "
    "中国证券监督管理委员会 国家药品监督管理局 国家林业和草原局"
)
_ZONES: Final = _words(
    "经济技术开发区 经济开发区 高新技术产业开发区 高新区 工业园区 综合保税区 临空经济区 循环经济产业园区 新区 "
    "现代农业示范区 旅游度假区 综合实验区 生态城 文化旅游区 开发区"
)


def make_agency(rng: random.Random, corpus: Corpus) -> Agency:
    """Draw an agency of one of the kinds that report, at a real place of `corpus`."""
    place = rng.choice(corpus.places)
    kinds = (
        _town,
        _county_department,
        _county,
        _city_department,
        _city,
        _provincial,
        _zone,
        _ministry,
    )
    maker = rng.choices(kinds, weights=(26, 32, 9, 14, 5, 4, 7, 3))[0]
    return maker(rng, place)


def _above(rng: random.Random, place: Place, *, deep: bool) -> str:
    """Return the places that a name puts before itself: none, county, city and county, ..."""
    chain = [place.province, place.city, place.county] if deep else [place.province, place.city]
    chain = [name for name in chain if name]
    keep = rng.choices((0, 1, 2, 3), weights=(34, 42, 20, 4))[0]
    return "".join(chain[len(chain) - min(keep, len(chain)) :])


def _level(name: str) -> str:
    """Return how the prose calls a place: 县, 区, 市, 旗, 州, ..."""
    for ending in ("自治县", "自治旗"):
        if name.endswith(ending):
            return ending[-1]
    return name[-1] if name[-1] in "县区市旗州盟省" else "县"


def _town(rng: random.Random, place: Place) -> Agency:
    town = place.town or place.county
    level = _level(place.county)
    above = _above(rng, place, deep=True)
    street = town.endswith("街道")
    if street:
        full = town + rng.choice(("办事处", "办事处", "办事处", ""))
        unit, area = rng.choice(("街道", "办", "街道办", "办事处")), "辖区"
    else:
        full = town + rng.choice(("人民政府", "人民政府", "人民政府", ""))
        unit = "乡" if town.endswith("乡") else "镇"
        area = f"全{unit}"
    short = rng.choice((town, town, full))
    return Agency(
        name=above + rng.choice((full, full, short)),
        full=rng.choice((above + full, full, place.county + full)),
        office=f"{town}{rng.choice(('党政办公室', '党政综合办公室', '办公室', '综合办'))}",
        self=rng.choice(
            (f"我{unit}", f"我{unit}", f"本{unit}", town, f"{unit}政府" if not street else "街道")
        ),
        short=short,
        parent=rng.choice(
            (f"{level}委、{level}政府", f"{level}政府办公室", f"{level}政府", f"{level}政务公开办")
        ),
        area=area,
        place=town,
        rank=0,
    )


def _department(rng: random.Random, place: Place, seat: str, above: str) -> Agency:
    level = _level(seat)
    department = rng.choice(_DEPARTMENTS)
    if rng.random() < 0.06:
        department = rng.choice(
            ("人民政府办公室", "人民政府办公室", "政府办公室", "人民政府外事办公室")
        )
    if department.endswith(("分局", "支队", "大队", "税务局", "气象局")):
        level = "市"
    suffix = (
        "委"
        if department.endswith(("委", "委员会"))
        else "办"
        if department.endswith("办公室")
        else department[-1]
    )
    if suffix not in "局委办":
        suffix = "单位"
    shorts = (f"{level}{department}", f"{level}{department}", department)
    name = rng.choices(
        (above + seat + department, seat + department, f"{level}{department}"), (45, 48, 7)
    )[0]
    return Agency(
        name=name,
        full=rng.choice((seat + department, name, above + seat + department)),
        office=rng.choice((seat + department, f"{level}{department}", f"{seat}{department}办公室")),
        self=rng.choice(
            (
                f"我{suffix}",
                f"我{suffix}",
                f"我{suffix}",
                f"本{suffix}",
                "本机关",
                "本单位",
                shorts[0],
            )
        ),
        short=rng.choice(shorts),
        parent=rng.choice(
            (
                f"{level}委、{level}政府",
                f"{level}政府",
                f"{level}政府办公室",
                f"{level}政府信息公开办公室",
                "上级部门",
            )
        ),
        area=f"全{level}",
        place=seat,
        rank=1,
    )


def _county_department(rng: random.Random, place: Place) -> Agency:
    return _department(rng, place, place.county, _above(rng, place, deep=False))


def _city_department(rng: random.Random, place: Place) -> Agency:
    above = place.province if rng.random() < 0.15 else ""
    return _department(rng, place, place.city or place.county, above)


def _government(rng: random.Random, seat: str, above: str, parent: str) -> Agency:
    level = _level(seat)
    tail = rng.choices(("人民政府", "", "人民政府办公室", "政府"), (60, 25, 9, 6))[0]
    full = seat + (tail or "人民政府")
    return Agency(
        name=above + seat + tail,
        full=rng.choice((full, above + full, f"{seat}人民政府办公室")),
        office=rng.choice(
            (f"{seat}人民政府办公室", f"{seat}政府办公室", f"{level}政府办", f"{seat}电子政务中心")
        ),
        self=rng.choice((f"我{level}", f"我{level}", f"全{level}", f"{level}政府", seat)),
        short=rng.choice((seat, f"{seat}政府", f"{level}政府")),
        parent=parent,
        area=f"全{level}",
        place=seat,
        rank=2,
    )


def _county(rng: random.Random, place: Place) -> Agency:
    above = _above(rng, place, deep=False) if rng.random() < 0.5 else ""
    return _government(
        rng, place.county, above, rng.choice(("省、市", "市政府", "上级", "市委、市政府"))
    )


def _city(rng: random.Random, place: Place) -> Agency:
    above = place.province if rng.random() < 0.15 else ""
    return _government(
        rng, place.city or place.county, above, rng.choice(("省委、省政府", "省政府", "国家和省"))
    )


def _provincial(rng: random.Random, place: Place) -> Agency:
    if rng.random() < 0.15:
        return _government(rng, place.province, "", "党中央、国务院")
    department = rng.choice(_PROVINCIAL)
    name = place.province + department
    suffix = "委" if department.endswith("委员会") else department[-1]
    return Agency(
        name=name,
        full=name,
        office=f"{name}办公室",
        self=rng.choice((f"我{suffix}", f"省{department}", "本机关", f"我{suffix}")),
        short=rng.choice((f"省{department}", name)),
        parent="省委、省政府",
        area=rng.choice(("全省", "全系统")),
        place=place.province,
        rank=2,
    )


def _zone(rng: random.Random, place: Place) -> Agency:
    seat = rng.choice((place.city or place.county, place.county))
    stem = seat[:-1] if len(seat) > 2 and rng.random() < 0.6 else seat
    zone = stem + rng.choice(_ZONES)
    tail = rng.choices(("", "管理委员会", "管委会"), (40, 40, 20))[0]
    return Agency(
        name=zone + tail,
        full=zone + rng.choice(("管理委员会", "管委会", "管理委员会办公室")),
        office=f"{zone}{rng.choice(('管委会办公室', '党政办公室', '党工委管委会办公室'))}",
        self=rng.choice(("我区", "我区", "管委会", "全区", "本机关")),
        short=rng.choice((zone, "管委会", f"{zone}管委会")),
        parent=rng.choice(("市委、市政府", "市政府", "省、市")),
        area="全区",
        place=zone,
        rank=1,
    )


def _ministry(rng: random.Random, place: Place) -> Agency:
    name = rng.choice(_MINISTRIES)
    unit = (
        "部"
        if name.endswith("部")
        else "署"
        if name.endswith("署")
        else "委"
        if name.endswith("委员会")
        else "局"
    )
    return Agency(
        name=name,
        full=name,
        office=f"{name}办公厅",
        self=rng.choice((f"我{unit}", name, f"{unit}机关" if unit == "部" else f"我{unit}")),
        short=name,
        parent="党中央、国务院",
        area=rng.choice(("全国", "全系统")),
        place="北京",
        rank=2,
    )
