"""The words between the tables: templates of the battery's own, with figures filled in."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path

from training.battery.draft import Number

OVERVIEW = (
    "{y}年，{we}把政务公开摆上重要位置，围绕群众最关心的事情开展工作，较好完成了全年任务。",
    "一年来，{we}认真落实上级部署，坚持“应公开尽公开”，公开的及时性和准确性有了新的提高。",
    "{y}年{we}按照条例要求，健全机制、压实责任、补齐短板，公开工作平稳有序。",
    "{we}高度重视政府信息公开工作，主要负责同志亲自过问，明确专人办理日常事务。",
    "按照年初确定的工作计划，{we}对照清单逐项推进，各项公开事项均已落实到科室和个人。",
)
DISCLOSED = (
    "全年通过门户网站主动公开各类信息{n}条，其中工作动态{m}条、通知公告{k}条。",
    "{y}年累计发布信息{n}条，政务新媒体推送{m}条，政策文件配套解读{k}篇。",
    "依托县融媒体中心和公示栏发布惠民补贴、项目建设等信息{n}条，群众随时可以查询。",
    "及时公布预决算、重大项目和民生实事进展，共{n}条，回应社会关切{k}次。",
    "印发行政规范性文件{made}件，废止{repealed}件，均在规定时间内向社会公布。",
    "全年办结行政许可事项{licensing}件，作出行政处罚决定{penalties}件，结果全部按时公示。",
)
ASKED = (
    "{y}年收到政府信息公开申请{received}件，上年结转{carried}件，均在法定期限内答复。",
    "共新收依申请公开事项{received}件，其中予以公开{granted}件，申请人均无异议。",
    "畅通当面、信函和网上三种渠道，规范登记、拟办、审核、答复各个环节，未发生超期答复。",
    "受理依申请公开{received}件，因公开引发的行政复议{reviews}件、行政诉讼{lawsuits}件。",
)
NOT_ASKED = "全年没有收到公民、法人或者其他组织提出的信息公开申请。"
MANAGED = (
    "严格执行先审后发，重要稿件由分管领导签字把关，确保不出现泄密和错漏。",
    "对网站历史信息进行全面排查，清理失效链接{n}个，更正错别字{m}处。",
    "建立信息台账，按月核对发布情况，做到来源可查、去向可追。",
    "进一步完善规范性文件的备案和清理制度，动态调整文件的有效状态。",
)
PLATFORM = (
    "优化网站栏目{k}个，增设民生专题{k}个，检索功能更加便捷。",
    "现有政务微信公众号{k}个，关注人数{n}人，全年阅读量超过{n}次。",
    "依托市政府门户网站集约化平台发布信息，本单位未单独开设网站。",
    "在政务大厅设置查询点，配备电脑和纸质资料，方便老年人查阅。",
)
SUPERVISED = (
    "把公开工作列入年度考核，占比{k}%，季度通报，年底兑现。",
    "组织业务培训{k}次，参训{m}人次，经办人员的能力有所提升。",
    "邀请代表委员和群众座谈{k}次，征集意见建议{m}条，全部反馈完毕。",
    "{y}年没有发生因公开不当被追究责任的情形。",
)
PROBLEMS = (
    "一是公开内容还不够丰富，专业性强的信息通俗解读不足。",
    "二是个别科室主动性不强，报送信息存在前松后紧的现象。",
    "三是经办人员更换较快，业务不够熟练，对条例的把握有偏差。",
    "一是政策解读形式比较单一，图表、视频类解读偏少。",
    "二是栏目更新不够均衡，少数栏目更新间隔偏长。",
    "三是与群众的互动还不够充分，意见征集的参与度有待提高。",
)
MEASURES = (
    "下一步，{we}将加强学习培训，提升经办人员依法公开的能力。",
    "针对上述问题，今后将细化公开目录，明确责任科室和完成时限。",
    "将丰富解读方式，更多采用问答、图解和短视频，让群众看得懂、用得上。",
    "将健全督查通报制度，对迟报漏报的科室及时提醒、限期整改。",
    "{next}年将继续拓展公开渠道，扩大群众参与，自觉接受社会监督。",
)
OTHERS = (
    "{y}年度没有收取信息处理费。",
    "本年度无其他需要报告的事项。",
    "按照信息处理费管理的有关规定，本年度发出收费通知0件，总金额0元。",
    "{we}在规定时间内发布了上一年度报告，没有其他需要说明的情况。",
    "暂无需要报告的其他事项。",
)
INTRO = (
    "根据《中华人民共和国政府信息公开条例》的规定，编制本报告。数据统计期限为{y}年1月1日至12月31日。",
    "按照条例第五十条和上级通知要求，现将{agency}{y}年度政府信息公开工作情况报告如下。",
    "本报告由{agency}编制，电子版可以在门户网站下载，如有疑问请拨打0{k}-8{n}联系。",
    "本年报包括总体情况、主动公开、申请办理、复议诉讼、存在问题和其他事项六个部分。",
)
NOTES = (
    "具体数据见下表。",
    "有关情况如下：",
    "{y}年主要指标统计如下。",
    "本单位{y}年主动公开政府信息的数量见表。",
)
#: Headings in the agencies' own words; the statutory one is used most of the time.
HEADINGS: dict[str, tuple[str, ...]] = {
    "overview": ("一、总体情况", "一、{y}年总体情况", "一、工作总体情况", "一、基本情况"),
    "proactive_disclosure": (
        "二、主动公开政府信息情况",
        "二、主动公开情况",
        "二、主动公开政府信息的情况",
        "二、行政机关主动公开政府信息情况",
    ),
    "requests": (
        "三、收到和处理政府信息公开申请情况",
        "三、收到和处理政府信息公开申请的情况",
        "三、政府信息公开申请收到和办理情况",
        "三、依申请公开办理情况",
    ),
    "reconsideration_litigation": (
        "四、政府信息公开行政复议、行政诉讼情况",
        "四、因政府信息公开被申请行政复议、提起行政诉讼情况",
        "四、政府信息公开行政复议和行政诉讼情况",
        "四、行政复议与行政诉讼情况",
    ),
    "problems_improvements": (
        "五、存在的主要问题及改进情况",
        "五、存在的主要问题和改进措施",
        "五、工作中存在的问题及下一步改进情况",
        "五、存在问题及改进情况",
    ),
    "other_matters": (
        "六、其他需要报告的事项",
        "六、其他需要报告的情况",
        "六、其它需要报告的事项",
        "六、需要报告的其他事项",
    ),
}


class Writer:
    """Fills the templates for one agency and year; `facts` are the figures that its tables hold too."""

    def __init__(
        self, rng: random.Random, agency: tuple[str, str], year: int, facts: Mapping[str, Number]
    ) -> None:
        self._rng = rng
        self._agency, self._we = agency
        self._year = year
        self._facts = facts

    def fill(self, template: str) -> str:
        """Return `template` with its agency, year, facts and other figures, each drawn anew."""
        text = template.format(
            y=self._year,
            next=self._year + 1,
            we=self._we,
            agency=self._agency,
            n="\0n",
            m="\0m",
            k="\0k",
            **self._facts,
        )
        tops = {"n": 5000, "m": 400, "k": 30}
        return re.sub("\0([nmk])", lambda m: str(self._rng.randint(1, tops[m[1]])), text)

    def some(self, templates: tuple[str, ...], count: int) -> str:
        """Return a paragraph of `count` different sentences."""
        chosen = self._rng.sample(templates, min(count, len(templates)))
        return "".join(self.fill(template) for template in chosen)

    def overview(self, extra: tuple[str, ...]) -> list[str]:
        """Return the paragraphs of the first section, some with sub-headings."""
        rng = self._rng
        paragraphs = [self.some(OVERVIEW, rng.randint(1, 2))]
        parts = (
            ("主动公开情况", DISCLOSED),
            ("依申请公开情况", ASKED),
            ("政府信息管理情况", MANAGED),
            ("平台建设情况", PLATFORM),
            ("监督保障情况", SUPERVISED),
        )
        style = rng.choice(("none", "own line", "lead", "lead"))
        for number, (name, templates) in zip("一二三四五", parts, strict=True):
            text = self.some(templates, rng.randint(1, 3))
            if templates is ASKED and not self._facts["received"]:
                text = NOT_ASKED
            if extra and rng.random() < 0.3:
                text += rng.choice(extra)
            if style == "own line":
                paragraphs += [f"（{number}）{name}", text]
            else:
                paragraphs.append(f"（{number}）{name}。{text}" if style == "lead" else text)
        return paragraphs

    def problems(self) -> list[str]:
        """Return the paragraphs of the fifth section."""
        rng = self._rng
        first = self.some(PROBLEMS, rng.randint(1, 3))
        second = self.some(MEASURES, rng.randint(1, 3))
        if rng.random() < 0.4:
            return ["（一）存在的主要问题", first, "（二）改进情况", second]
        return [first + second] if rng.random() < 0.4 else [first, second]


def sentences(data: Path | None) -> tuple[str, ...]:
    """Return sentences of official prose from `policy_news.txt` in the folder `data`, if there."""
    source = data / "policy_news.txt" if data else None
    if source is None or not source.exists():
        return ()
    text = source.read_text(encoding="utf-8")[:400_000]
    found = (s.strip() for s in re.findall(r"[^。\n]{18,90}。", text))
    return tuple(s for s in found if not re.search(r"[|“”‘’《》（(:：？　]|^[一二三四五六第\d]", s))
