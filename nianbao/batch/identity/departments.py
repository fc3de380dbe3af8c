"""Departments: from the short names and spellings of titles to one name each."""

from __future__ import annotations

import re
from typing import Final

#: Short forms and spellings of what a department has in its care, and the statutory words.  Left out
#: is what stands for different words in different places (文体广旅, 大数据, 执法).
_FIELDS: Final = {
    short: words
    for words, shorts in {
        "发展和改革": "发改 发展改革 发展与改革",
        "教育体育": "教体 教育和体育",
        "科学技术": "科技",
        "工业和信息化": "工信 工业信息化 工业与信息化",
        "经济和信息化": "经信 经济信息化",
        "民族宗教事务": "民宗 民族宗教 民族和宗教事务 民族与宗教事务",
        "人力资源和社会保障": "人社 人力社保 人力资源社会保障 人力资源与社会保障",
        "自然资源和规划": "自规 资规 自然资源规划 自然资源与规划",
        "住房和城乡建设": "住建 住房城乡建设 住房与城乡建设",
        "城市管理": "城管",
        "交通运输": "交通 交运",
        "文化和旅游": "文旅 文化旅游 文化与旅游",
        "文化广电和旅游": "文广旅 文广旅游 文化广电旅游",
        "文化体育和旅游": "文体旅 文体旅游 文化体育旅游",
        "卫生健康": "卫健 卫生和健康",
        "卫生和计划生育": "卫计",
        "退役军人事务": "退役军人",
        "应急管理": "应急",
        "国有资产监督管理": "国资 国资监管",
        "市场监督管理": "市监 市场监管",
        "医疗保障": "医保",
        "林业和草原": "林草 林业草原",
        "粮食和物资储备": "粮储 粮食物资储备 粮食和储备",
        "人民防空": "人防",
        "机关事务管理": "机关事务",
        "药品监督管理": "药监",
        "食品药品监督管理": "食药监 食品药品监管",
        "环境保护": "环保",
        "金融监督管理": "金融监管",
        "地方金融监督管理": "地方金融监管",
        "广播电视": "广电",
        "安全生产监督管理": "安监 安全监管",
        "审计": "",
        "信访": "",
        "外事": "",
    }.items()
    for short in (words, *shorts.split())
}
_WHOLE: Final = {
    "残联": "残疾人联合会",
    "妇联": "妇女联合会",
    "工商联": "工商业联合会",
    "科协": "科学技术协会",
    "文联": "文学艺术界联合会",
    "编办": "机构编制委员会办公室",
    "外办": "外事办公室",
    "台办": "台湾事务办公室",
    "侨办": "侨务办公室",
    "供销社": "供销合作社",
    "供销合作社联合社": "供销合作社",
    "供销联社": "供销合作社",
    "公积金中心": "住房公积金管理中心",
    "公积金管理中心": "住房公积金管理中心",
    "地方志办": "地方志办公室",
}
_ORGANS: Final = {"委": "委员会", "办": "办公室"}
_FIELD: Final = re.compile(
    rf"(?P<field>{'|'.join(sorted(_FIELDS, key=len, reverse=True))})"
    r"(?P<organ>委员会|委(?!员)|局|厅|办公室|办(?!事|公)|总队|支队|大队)"
)
_GOVERNMENT: Final = r"(?:人民政府|人民(?=政府)|政府|行政公署|行署)"
_OFFICE: Final = re.compile(rf"(?:{_GOVERNMENT}|府)?(办公室|办公厅|办)")
_LEADING: Final = re.compile(rf"^{_GOVERNMENT}+")
_TOWN: Final = re.compile(
    r"(?P<town>[^局委厅会]{1,12}(?:街道|镇|乡|苏木))(?:办事处|办|人民政府|人民|政府)?"
)
_ZONE_KINDS: Final = (
    "开发区|高新区|经开区|园区|新区|示范区|保税区|保税港区|度假区|实验区|试验区|合作区|管理区|风景区|名胜区|保护区"
    "|旅游区|经济区|工业区|加工区|产业区|食品区|功能区|先行区|集聚区|生态城|科技城|新城|科学城|园"
)
ZONE: Final = re.compile(
    rf"(?P<zone>[^局委厅会]{{0,16}}?(?:{_ZONE_KINDS}))"
    r"(?:(?:党工委)?(?:管理委员会|管委会|管理处|管理局)(?!办|党))?(?P<rest>.*)"
)
_ZONE_WORDS: Final = (
    (re.compile(r"高新区$"), "高新技术产业开发区"),
    (re.compile(r"(?:高新技术|高新)(?:产业)?开发区$"), "高新技术产业开发区"),
    (re.compile(r"经开区$|经济技术区$"), "经济技术开发区"),
)
_ORGAN_END: Final = re.compile(
    r"(?:局|委|委员会|厅|办|办公室|中心|会|院|所|队|站|处|社|馆|海关|公司|集团|银行|分行|支行|大学|学院|医院|部|署)$"
)

#: The State Council's own units, and the short names that titles give them.  A local organ that a
#: title calls after one of them (国家税务总局庆阳市税务局) is looked at below.
_CENTRAL: Final = tuple(
    sorted(
        "国务院办公厅 国务院国有资产监督管理委员会 国务院港澳事务办公室 国务院研究室 国务院参事室 外交部 国防部 "
        "国家发展和改革委员会 国家发展改革委 教育部 科学技术部 科技部 工业和信息化部 国家民族事务委员会 国家民委 公安部 国家安全部 民政部 "
        "司法部 财政部 人力资源和社会保障部 自然资源部 生态环境部 住房和城乡建设部 交通运输部 水利部 "
        "农业农村部 商务部 文化和旅游部 国家卫生健康委员会 国家卫生健康委 退役军人事务部 应急管理部 中国人民银行 审计署 海关总署 "
        "国家税务总局 国家市场监督管理总局 市场监管总局 国家金融监督管理总局 中国证券监督管理委员会 中国证监会 "
        "中国银行保险监督管理委员会 中国银保监会 国家广播电视总局 国家体育总局 国家信访局 国家统计局 国家知识产权局 "
        "国家国际发展合作署 国家医疗保障局 国家机关事务管理局 国家粮食和物资储备局 国家能源局 国家数据局 国家国防科技工业局 国家烟草专卖局 "
        "国家移民管理局 国家林业和草原局 国家铁路局 中国民用航空局 国家邮政局 国家文物局 国家中医药管理局 国家疾病预防控制局 国家矿山安全监察局 "
        "国家消防救援局 国家外汇管理局 国家药品监督管理局 国家公务员局 国家档案局 国家保密局 国家密码管理局 国家乡村振兴局 国家海洋局 "
        "国家宗教事务局 中国气象局 中国地震局 中国科学院 中国社会科学院 中国工程院 国家自然科学基金委员会 新华通讯社".split(),
        key=len,
        reverse=True,
    )
)
_CENTRAL_NAMES: Final = {
    "国家发展改革委": "国家发展和改革委员会",
    "科技部": "科学技术部",
    "国家民委": "国家民族事务委员会",
    "国家卫生健康委": "国家卫生健康委员会",
    "市场监管总局": "国家市场监督管理总局",
    "中国证监会": "中国证券监督管理委员会",
    "中国银保监会": "中国银行保险监督管理委员会",
}


def split_central(name: str) -> tuple[str, str] | None:
    """Return the unit of the State Council that `name` begins with and what follows, or None."""
    for unit in _CENTRAL:
        if name.startswith(unit):
            return _CENTRAL_NAMES.get(unit, unit), name[len(unit) :]
    return None


def is_town(department: str) -> bool:
    """Tell whether a normalised department is a town, township or street itself."""
    return department.endswith(("街道", "镇", "乡", "苏木")) and bool(_TOWN.fullmatch(department))


def looks_like_organ(rest: str) -> bool:
    """Tell whether `rest`, after the short name of a place, names an organ or a zone."""
    return len(rest) > 1 and (bool(_ORGAN_END.search(rest)) or ZONE.match(rest) is not None)


def normalise(rest: str) -> str | None:
    """Return the one name of the department that `rest` names, without the places above it.

    None stands for the government itself.  Towns, streets and zones go without 人民政府, 办事处 and
    管理委员会.
    """
    office = _OFFICE.fullmatch(rest)
    if office:
        return "人民政府办公厅" if office[1] == "办公厅" else "人民政府办公室"
    rest = _LEADING.sub("", rest, count=1)
    if not rest or rest == "人民":
        return None
    field = _FIELD.match(rest)
    if field:
        return _with_field(field, rest)
    if rest in _WHOLE:
        return _WHOLE[rest]
    town = _TOWN.fullmatch(rest)
    if town:
        return town["town"]
    zone = ZONE.fullmatch(rest)
    if zone and len(zone["zone"]) > 1:
        return _zone_name(zone["zone"]) + (normalise(zone["rest"]) or "" if zone["rest"] else "")
    return rest


def _with_field(field: re.Match[str], rest: str) -> str:
    words, organ = _FIELDS[field["field"]], field["organ"]
    return words + _ORGANS.get(organ, organ) + rest[field.end() :]


def _zone_name(zone: str) -> str:
    for pattern, words in _ZONE_WORDS:
        if pattern.search(zone):
            return pattern.sub(words, zone)
    return zone
