"""Who wrote a report: codes, departments, and what is left open where the name fits several places."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.batch.identity import Identity, identify
from nianbao.batch.identity.departments import normalise
from nianbao.batch.identity.divisions import (
    IN_FORCE,
    counties_with_town,
    gazetteer,
    place_above,
    place_at,
    short_name,
)
from nianbao.batch.identity.evidence import FOOT, HEAD
from nianbao.reading.folding import fold

#: What the title calls the agency, and its id; a title of 2023 unless the test says another year.
AGENCIES = [
    # The State Council's units.
    ("财政部", "000000:财政部"),
    ("国家发展改革委", "000000:国家发展和改革委员会"),
    ("国家税务总局", "000000:国家税务总局"),
    ("国务院办公厅", "000000:国务院办公厅"),
    ("水利部长江水利委员会", "000000:水利部长江水利委员会"),
    # What they have at places.
    ("国家税务总局庆阳市西峰区税务局", "621002:税务局"),
    ("国家统计局庆阳调查队", "621000:国家统计局调查队"),
    ("中华人民共和国兰州海关", "620100:海关"),
    # Provinces.
    ("甘肃省人民政府", "620000:"),
    ("甘肃省人民政府办公厅", "620000:人民政府办公厅"),
    ("甘肃省发展改革委", "620000:发展和改革委员会"),
    ("河北省生态环境厅", "130000:生态环境厅"),
    ("西藏自治区水利厅", "540000:水利厅"),
    ("广西壮族自治区人力资源社会保障厅", "450000:人力资源和社会保障厅"),
    ("广西科技厅", "450000:科学技术厅"),
    ("吉林省人社厅", "220000:人力资源和社会保障厅"),
    ("北京市人民政府", "110000:"),
    ("上海市规划和自然资源局", "310000:规划和自然资源局"),
    ("香港特别行政区", "810000:"),
    ("新疆生产建设兵团第八师石河子市", "650000:新疆生产建设兵团第八师石河子市"),
    # Cities, with and without the province.
    ("庆阳市", "621000:"),
    ("甘肃省庆阳市人民政府", "621000:"),
    ("庆阳市政府办", "621000:人民政府办公室"),
    ("朝阳市国资委", "211300:国有资产监督管理委员会"),
    ("朝阳市人民政府国有资产监督管理委员会", "211300:国有资产监督管理委员会"),
    ("吉林市发改委", "220200:发展和改革委员会"),
    ("永州市市监局", "431100:市场监督管理局"),
    ("庆阳市场监管局", "621000:市场监督管理局"),
    ("阿拉善盟工业和信息化局", "152900:工业和信息化局"),
    ("海南州林业和草原局", "632500:林业和草原局"),
    ("延边州文旅局", "222400:文化和旅游局"),
    ("黔东南苗族侗族自治州医保局", "522600:医疗保障局"),
    ("大兴安岭地区行政公署", "232700:"),
    ("西双版纳州人防办", "532800:人民防空办公室"),
    ("东莞市卫健局", "441900:卫生健康局"),
    ("庆阳市乡村振兴局", "621000:乡村振兴局"),
    ("庆阳市残联", "621000:残疾人联合会"),
    ("柳州市生态环境局柳江分局", "450200:生态环境局柳江分局"),
    # Counties of every kind.
    ("北京市朝阳区卫健委", "110105:卫生健康委员会"),
    ("长春市朝阳区人民政府", "220104:"),
    ("济南市市中区", "370103:"),
    ("济南市中区财政局", "370103:财政局"),
    ("上海市浦东新区教育局", "310115:教育局"),
    ("义乌市自然资源和规划局", "330782:自然资源和规划局"),
    ("永安市场监督管理局", "350481:市场监督管理局"),
    ("镇原县退役军人局", "621027:退役军人事务局"),
    ("公安县公安局", "421022:公安局"),
    ("长阳县教体局", "420528:教育体育局"),
    ("围场满族蒙古族自治县住建局", "130828:住房和城乡建设局"),
    ("鄂温克旗应急局", "150724:应急管理局"),
    ("乌苏市民宗局", "654202:民族宗教事务局"),
    ("伊犁州塔城地区乌苏市民政局", "654202:民政局"),
    ("新疆石河子市科技局", "659001:科学技术局"),
    ("河南省济源市人民政府办公室", "419001:人民政府办公室"),
    ("柳州市柳江区工信局", "450206:工业和信息化局"),
    ("重庆市云阳县城管局", "500235:城市管理局"),
    ("晋城市城区人民政府", "140502:"),
    # Towns, townships and streets.
    ("镇原县平泉镇人民政府", "621027:平泉镇"),
    ("镇原县平泉镇", "621027:平泉镇"),
    ("江苏省镇江市丹徒区谷阳镇人民政府", "321112:谷阳镇"),
    ("中山市东区街道办事处", "442000:东区街道"),
    ("东莞市石龙镇人民政府", "441900:石龙镇"),
    ("昌平区十三陵镇", "110114:十三陵镇"),
    ("横店镇人民政府", "330783:横店镇"),
    ("上海西路街道办事处", "640106:上海西路街道"),
    # Development zones.
    ("大连长兴岛经济技术开发区管委会", "210200:长兴岛经济技术开发区"),
    ("平潭综合实验区", "350128:综合实验区"),
    ("苏州工业园区管委会", "320500:工业园区"),
    ("庆阳高新区教育局", "621000:高新技术产业开发区教育局"),
    ("长春市长春经开区管委会", "220100:经济技术开发区"),
    ("长沙高新区", "430100:高新技术产业开发区"),
    ("吉林高新技术产业开发区管理委员会", "220200:高新技术产业开发区"),
    ("河北香河经济开发区", "131024:经济开发区"),
    ("河北雄安新区管理委员会", "130000:雄安新区"),
    ("西咸新区管委会", "610000:西咸新区"),
    ("成都天府新区管委会", "510100:天府新区"),
]


def named(name: str, *, year: int = 2023, url: str | None = None, text: str = "") -> Identity:
    title = f"{name}{year}年政府信息公开工作年度报告"
    return identify(title=title, agency=name, url=url, text=text)


@pytest.mark.parametrize(("name", "agency_id"), AGENCIES)
def test_title_names_agency(name: str, agency_id: str) -> None:
    found = named(name)
    assert found.agency_id == agency_id
    assert found.confidence >= 0.5
    assert found.evidence.startswith("标题：")


@pytest.mark.parametrize(("name", "agency_id"), AGENCIES)
def test_title_alone_is_enough(name: str, agency_id: str) -> None:
    for title in (f"{name}2022年政府信息公开工作年度报告", f"2022年度{name}政府信息公开年报"):
        assert identify(title=title, agency=None, url=None).agency_id == agency_id


def test_levels_of_place() -> None:
    assert named("镇原县平泉镇人民政府") == Identity(
        agency_id="621027:平泉镇",
        province="甘肃省",
        province_code="620000",
        city="庆阳市",
        city_code="621000",
        county="镇原县",
        county_code="621027",
        department="平泉镇",
        confidence=0.95,
        evidence="标题：镇原县",
    )
    city = named("庆阳市财政局")
    assert (city.city_code, city.county, city.county_code) == ("621000", None, None)
    district = named("北京市朝阳区")
    assert (district.province, district.city, district.county) == ("北京市", None, "朝阳区")
    direct = named("石河子市")
    assert (direct.province_code, direct.city, direct.county_code) == ("650000", None, "659001")


def test_government_has_no_department() -> None:
    for name in ("庆阳市", "庆阳市政府", "庆阳市人民政府", "庆阳市人民"):
        assert named(name).department is None


def test_title_gives_places_before_agency() -> None:
    title = "北京市朝阳区财政局2023年政府信息公开工作年度报告"
    found = identify(title=title, agency="朝阳区财政局", url=None)
    assert found.agency_id == "110105:财政局"


def test_title_after_the_words_for_the_report() -> None:
    found = identify(title="政府信息公开工作年度报告（庆阳市财政局2023年）", agency=None, url=None)
    assert found.agency_id == "621000:财政局"


def test_traditional_script() -> None:
    assert (
        named("大連長興島經濟技術開發區").agency_id == named("大连长兴岛经济技术开发区").agency_id
    )


@pytest.mark.parametrize(
    "name",
    ["朝阳区财政局", "市中区人民政府", "河北经济开发区", "城关区民政局", "鼓楼区审计局", "城关镇"],
)
def test_several_places_are_left_open(name: str) -> None:
    found = named(name)
    assert found.agency_id is None
    assert (found.province, found.city, found.county) == (None, None, None)
    assert found.confidence == 0.3
    assert "不止一处" in found.evidence


def test_what_is_common_to_several_is_given() -> None:
    text = "江苏省人民政府门户网站 苏ICP备05000001号"
    found = named("鼓楼区审计局", text=text)
    assert found.agency_id is None and found.county is None and found.city is None
    assert (found.province, found.confidence) == ("江苏省", 0.3)


@pytest.mark.parametrize(
    ("url", "text", "code", "confidence"),
    [
        ("https://www.beijing.gov.cn/a.html", "", "110105", 0.85),
        (None, "政府网站标识码：2201040001", "220104", 0.85),
        (None, "网站标识码:2201000050 吉ICP备05001602号", "220104", 0.85),
        (None, "京ICP备05060933号", "110105", 0.85),
        (None, "京公网安备 11010502000001号", "110105", 0.85),
        (None, "吉公网安备22010402000001号", "220104", 0.85),
        (None, "当前位置：长春市人民政府 > 政务公开", "220104", 0.75),
        (None, "版权所有：长春市朝阳区人民政府", "220104", 0.75),
        ("http://cy.changchun.gov.cn/x", "", "220104", 0.75),
        ("changchun.gov.cn", "", "220104", 0.75),
    ],
)
def test_site_and_page_choose(url: str | None, text: str, code: str, confidence: float) -> None:
    found = named("朝阳区财政局", url=url, text=text)
    assert found.agency_id == f"{code}:财政局"
    assert found.confidence == confidence


@pytest.mark.parametrize(
    "url",
    [
        "https://www.gd.gov.cn/a",
        "https://beijing.example.com/gov.cn",
        "https://www.chaoyang.gov.cn/",
        "https://notbeijing.gov.cn/",
        "http://[broken",
        "",
    ],
)
def test_host_that_decides_nothing(url: str) -> None:
    assert named("朝阳区财政局", url=url).agency_id is None
    assert named("庆阳市财政局", url=url).agency_id == "621000:财政局"


def test_site_never_contradicts_title() -> None:
    text = "政府网站标识码：4401000001 粤ICP备05000001号 主办：广州市人民政府"
    found = named("镇原县财政局", url="https://www.gd.gov.cn/", text=text)
    assert found == named("镇原县财政局")


def test_middle_of_page_is_not_looked_at() -> None:
    middle = "我局赴长春市考察。"
    for before, after, agency_id in ((HEAD, FOOT, None), (HEAD // 2, FOOT, "220104:财政局")):
        text = "一" * before + middle + "二" * after
        assert named("朝阳区财政局", text=text).agency_id == agency_id


FOOTER = "\n镇原县财政局\n2024年1月20日\n主办：镇原县人民政府 网站标识码：6210270012"


@pytest.mark.parametrize(
    ("name", "text", "agency_id"),
    [
        ("县财政局", FOOTER, "621027:财政局"),
        ("财政局", FOOTER, "621027:财政局"),
        ("市监局", FOOTER, "621027:市场监督管理局"),
        ("县人民政府", FOOTER, "621027:"),
        ("高新区管委会", "网站标识码：6210000001", "621000:高新技术产业开发区"),
        ("市水务局", FOOTER, None),
        ("市水务局", "网站标识码：6210000001", "621000:水务局"),
        ("国资委", "朝阳市国资委\n2024年1月", "211300:国有资产监督管理委员会"),
        ("国资委", "朝阳区国资委\n2024年1月", None),
        ("省水利厅", "陇ICP备05000001号", "620000:水利厅"),
        ("城关镇", FOOTER, "621027:城关镇"),
        ("三岔湾镇", FOOTER, "621027:三岔湾镇"),
        ("横店镇", FOOTER, "621027:横店镇"),
        ("横店镇", "镇原县横店镇人民政府", "621027:横店镇"),
        ("县委办公室", FOOTER, "621027:县委办公室"),
        ("县财政局", "", None),
    ],
)
def test_title_without_place(name: str, text: str, agency_id: str | None) -> None:
    found = named(name, text=text)
    assert found.agency_id == agency_id
    assert found.confidence <= 0.7


def test_province_of_site_is_no_agency() -> None:
    found = named("县财政局", url="http://czj.gansu.gov.cn/")
    assert (found.agency_id, found.province, found.confidence) == (None, "甘肃省", 0.2)


def test_unknown_place_is_not_replaced() -> None:
    found = named("镇元县财政局", text=FOOTER)
    assert (found.agency_id, found.province, found.county) == (None, "甘肃省", None)
    assert "不在行政区划代码表中" in found.evidence


def test_place_that_lies_elsewhere() -> None:
    found = named("沈阳市朝阳区财政局")
    assert (found.agency_id, found.city, found.county) == (None, "沈阳市", None)
    assert found.confidence == 0.3


def test_nothing_known() -> None:
    assert identify(title=None, agency=None, url=None) == Identity()
    assert (
        identify(title="  ", agency="", url="https://www.gansu.gov.cn", text=FOOTER) == Identity()
    )
    assert identify(title="2023年政府信息公开工作年度报告", agency=None, url=None) == Identity()


@pytest.mark.parametrize(
    ("name", "year", "code"),
    [
        ("江干区", 2020, "330104"),
        ("江干区", 2023, "330104"),
        ("无为县", 2018, "340225"),
        ("无为市", 2019, "340281"),
        ("钢城区", 2017, "371203"),
        ("钢城区", 2022, "370117"),
        ("莱芜市", 2017, "371200"),
        ("公主岭市", 2019, "220381"),
        ("公主岭市", 2021, "220184"),
        ("襄樊市", 2009, "420600"),
        ("铜仁市", 2010, "522201"),
        ("铜仁市", 2020, "520600"),
    ],
)
def test_places_as_they_were(name: str, year: int, code: str) -> None:
    assert named(name, year=year).agency_id == f"{code}:"


def test_year_in_chinese_digits() -> None:
    found = identify(title="钢城区二〇一七年政府信息公开年度报告", agency="钢城区", url=None)
    assert found.agency_id == "371203:"


def test_place_that_ended_says_so() -> None:
    found = named("江干区")
    assert (found.city, found.county) == ("杭州市", "江干区")
    assert "存至2020年" in found.evidence


@pytest.mark.parametrize(
    ("names", "agency_id"),
    [
        (["西峰区发改局", "庆阳市西峰区发展改革局", "西峰区发展和改革局"], "621002:发展和改革局"),
        (
            ["庆阳经济技术开发区", "庆阳市经济技术开发区管委会", "庆阳经开区"],
            "621000:经济技术开发区",
        ),
        (["平泉镇", "平泉镇人民政府"], None),
        (["华池县民政局（本级）", "华池县民政局", "甘肃省庆阳市华池县民政局"], "621023:民政局"),
        (["宁县国资委", "宁县政府国有资产监督管理委员会"], "621026:国有资产监督管理委员会"),
    ],
)
def test_one_id_for_every_spelling(names: list[str], agency_id: str | None) -> None:
    found = {named(name).agency_id for name in names}
    assert len(found) == 1
    assert agency_id is None or found == {agency_id}


NOISE = st.text(alphabet=" \t\n\u3000\u00a0\u200b，。：《》“”（）-·*#|", max_size=3)


@given(st.data())
def test_noise_does_not_change_identity(data: st.DataObject) -> None:
    name, agency_id = data.draw(st.sampled_from(AGENCIES))
    noisy = "".join(character + data.draw(NOISE) for character in name)
    title = f"{data.draw(NOISE)}{noisy} 2023 年政府信息公开工作年度报告{data.draw(NOISE)}"
    for agency in (noisy, None):
        assert identify(title=title, agency=agency, url=None).agency_id == agency_id


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20), st.text(max_size=200))
def test_anything_is_answered(title: str, agency: str, url: str, text: str) -> None:
    found = identify(title=title, agency=agency, url=url, text=text)
    assert 0 <= found.confidence <= 1
    assert found.agency_id is None or found.confidence >= 0.5


@pytest.mark.parametrize(
    ("rest", "department"),
    [
        ("", None),
        ("人民政府", None),
        ("行署", None),
        ("办公室", "人民政府办公室"),
        ("城乡建设局", "城乡建设局"),
        ("乡镇企业局", "乡镇企业局"),
        ("园林绿化局", "园林绿化局"),
        ("交通警察支队", "交通警察支队"),
        ("城关镇财政所", "城关镇财政所"),
        ("市场监管局经开区分局", "市场监督管理局经开区分局"),
        ("住房公积金管理委员会", "住房公积金管理委员会"),
    ],
)
def test_department(rest: str, department: str | None) -> None:
    assert normalise(rest) == department


@given(st.sampled_from([agency_id.partition(":")[2] for _, agency_id in AGENCIES]))
def test_normalised_department_stays(department: str) -> None:
    assert (normalise(department) or "") == department


def test_counts_of_places() -> None:
    places = [d for found in gazetteer().by_code.values() for d in found]
    now = Counter(d.level for d in places if d.until == IN_FORCE)
    assert now == {1: 34, 2: 333, 3: 2847}
    assert Counter(d.level for d in places if d.in_force(2018))[3] == pytest.approx(2851, abs=10)


def test_every_place_lies_in_its_province() -> None:
    for found in gazetteer().by_code.values():
        for place in found:
            province = place_above(place, 1)
            assert province is not None and province.level == 1
            assert place == province or province.holds(place)


def test_one_name_to_a_code_and_year() -> None:
    for year in range(2008, 2026):
        for code, found in gazetteer().by_code.items():
            assert sum(place.in_force(year) for place in found) <= 1, (code, year)


def test_names_are_folded() -> None:
    names = "\n".join(gazetteer().full)
    assert fold(names).text == names


def test_every_full_name_with_its_province_is_found() -> None:
    for found in gazetteer().by_code.values():
        for place in found:
            province, city = place_above(place, 1), place_above(place, 2)
            if place.until != IN_FORCE or place.level == 1 or province is None:
                continue
            above = province.name + (city.name if city and city != place else "")
            assert named(above + place.name, year=2025).agency_id == f"{place.code}:", place


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("庆阳市", "庆阳"),
        ("单县", "单县"),
        ("延边朝鲜族自治州", "延边"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("伊犁哈萨克自治州", "伊犁"),
        ("内蒙古自治区", "内蒙古"),
        ("鄂伦春自治旗", "鄂伦春"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


def test_towns() -> None:
    assert counties_with_town("横店镇") == ["330783"]
    assert len(counties_with_town("城关镇")) > 50
    assert counties_with_town("城关") == []
    places = {place_at(code, None) for code in counties_with_town("城关镇")}
    assert None not in places


def test_pandas_is_not_imported() -> None:
    program = (
        "import sys; from nianbao.batch.identity import identify;"
        "identify(title='庆阳市2023年报告', agency='庆阳市', url=None);"
        "sys.exit(bool({'pandas', 'pyarrow', 'torch', 'pypinyin'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
