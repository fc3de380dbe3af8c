"""Facts, their units, and the turns of phrase that the rules of `reader` look for."""

from __future__ import annotations

import re
from typing import Final

from nianbao.facts.sentences import BLOT

REQUEST_CONTEXT: Final = re.compile(
    r"依申请|信息公开的?申请|公开申请|申请公开|公开.{0,6}信息的?申请"
)
DISCLOSURE_CONTEXT: Final = re.compile(r"信息公开|政务公开|依申请|公开.{0,6}信息|申请公开")
LAST_YEAR: Final = re.compile(r"去年|上年(?!度?结转)|上一年(?!度?结转)")
SINCE: Final = re.compile(r"(?<!今年)以来|历年|历史|近[三五两]年|五年来|三年来")
#: A comparison whose words run together for the segmenter.
THAN: Final = re.compile(r"[比较与](?:上|去|前|\d{4})一?年|同比|环比|相比")
JOINED: Final = re.compile(r"(?:及其?|以及|或者?|和|、|与)+")

#: How far back (characters) a sentence takes its subject from what was said before it.
NEAR: Final = 120

OUTCOMES: Final = {
    "granted": "requests_granted",
    "partially_granted": "requests_partially_granted",
    "denied": "requests_denied",
    "unavailable": "requests_unavailable",
    "not_processed": "requests_not_processed",
    "carried_over": "requests_carried_over",
    "carried_forward": "requests_carried_forward",
}
REVIEWS: Final = {"reconsideration": "reconsiderations", "lawsuit": "lawsuits"}
NORMS: Final = {
    "make": "normative_documents_made",
    "repeal": "normative_documents_repealed",
    "in_force": "normative_documents_in_force",
}
DECISIONS: Final = {"licence": "licences", "penalty": "penalties", "coercion": "coercions"}
GRANTED_OR_PARTIALLY: Final = "requests_granted_or_partially"

REQUEST_UNITS: Final = frozenset("件 份 条 宗 次 个 例 起 件次".split())
REVIEW_UNITS: Final = frozenset("件 起 宗 例 次 个 件次".split())
NORM_UNITS: Final = frozenset("件 份 个 部 项".split())
PUBLISHED_UNITS: Final = frozenset("条 篇 件 份".split())
#: What stands before a kind of decision without narrowing it.
BEFORE_DECISION: Final = frozenset(
    "共 作出 做出 办理 实施 处理 完成 下达 办结 各类 累计 总计 、 和 及 与 年 年度 全年 本年 本年度 "
    "共计 执行 采取 发生 开展 其中 ,".split()
)
#: What stands before a bare 申请 without saying what is applied for.
BEFORE_APPLICATION: Final = frozenset(
    "的 各类 书面 件 份 条 宗 次 新 有效 公众 群众 公民 提出".split()
)
#: What may follow the words for a request without making them part of something longer.
AFTER_REQUEST: Final = frozenset(
    "事项 件 案件 要求 情况 的 申请 信息 政府信息 、 和 及 或 也 以及 与 事宜 业务 相关 有关 书".split()
)

SOME_ORGANS: Final = re.compile(r"[省市州区县]直|各[镇乡街部单区县市]|镇街|乡镇|[省市州区县]级")
ALL_ORGANS: Final = re.compile(r"全[省市州区县]|各级")
PUBLISHING: Final = re.compile(r"公开|公示|公布|发布|信息")
CHANNEL: Final = re.compile(r"通过|网站|平台|微信|微博|公众号|栏|新媒体|报刊|广播|电视|政务网|利用")
REDUCED: Final = re.compile(r"减免|减少|免收|免除|退还|取消|下降")
CAUSE: Final = re.compile(r"因为?$|是否$|如$")
LINK: Final = re.compile(
    r"(?:案件|申请|事项|数量|总数|情况|决定|案|数|量|均|都|有|的)*+(?P<is>为|是|共计|共)?"
)
#: A plain 公开 counts all there is only where nothing but the year and the agency stands before.
NOTHING_BEFORE: Final = re.compile(rf"[^{BLOT}]{{0,16}}年度?,?[^{BLOT}]{{0,8}}|[^{BLOT}]{{0,8}}")
NARROWING: Final = re.compile(r"领域|方面|类|重点|专|内容")
