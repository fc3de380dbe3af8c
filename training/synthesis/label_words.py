"""Real wordings of the labels of the forms, weighted: the statutory one first.

Reworded, abbreviated, mistyped, wrapped (a blank where the cell broke) or with instructions inside.
"""

from __future__ import annotations

from typing import Final

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW

Wordings = tuple[tuple[str, float], ...]

#: Label -> weighted wordings, the statutory one first.  Numbering stands apart.
BODIES: Final[dict[str, Wordings]] = {
    f"row.{PROACTIVE}.rules": (
        ("规章", 92),
        ("规章（设区的市、自治州人民政府应提供相关数据）", 3),
        ("政府规章", 2),
        ("规 章", 2),
        ("规章（件）", 1),
        ("行政规章", 1),
    ),
    f"row.{PROACTIVE}.licensing": (
        ("行政许可", 95),
        ("行政许可事项", 2),
        ("行政 许可", 2),
        ("行政许可（办件量）", 1),
    ),
    f"row.{PROACTIVE}.other_services": (
        ("其他对外管理服务事项", 86),
        ("其他对外管理 服务事项", 3),
        ("其它对外管理服务事项", 3),
        (
            "其他对外管理服务事项（指行政许可以外的政务服务事项，含行政确认、行政奖励、行政裁决、行政给付和公共服务事项）",
            4,
        ),
        ("其他对外服务管理事项", 2),
        ("其他管理服务事项", 2),
    ),
    f"row.{PROACTIVE}.penalties": (
        ("行政处罚", 96),
        ("行政处罚（件）", 1),
        ("行政 处罚", 2),
        ("行政处罚决定", 1),
    ),
    f"row.{PROACTIVE}.coercion": (
        ("行政强制", 96),
        ("行政强制措施", 2),
        ("行政 强制", 2),
        ("行政强制（件）", 1),
    ),
    f"row.{PROACTIVE}.fees": (
        ("行政事业性收费", 93),
        ("行政事业性 收费", 2),
        ("行政事业收费", 2),
        ("行政事业性收费项目", 2),
        ("行政性事业收费", 1),
    ),
    f"row.{PROACTIVE}.procurement": (
        ("政府集中采购", 93),
        ("政府采购", 3),
        ("政府集中 采购", 2),
        ("政府集中采购（含分散采购）", 1),
    ),
    f"row.{REQUESTS}.new_received": (
        ("本年新收政府信息公开申请数量", 90),
        ("本年新收政府信息公开申请数", 3),
        ("本年新收政府信息 公开申请数量", 3),
        ("本年度新收政府信息公开申请数量", 2),
        ("本年新收申请数量", 2),
        ("新收政府信息公开申请数量", 1),
        ("本年新收政府信息公开申请数量（件）", 1),
        ("本年新收到政府信息公开申请数量", 1),
    ),
    f"row.{REQUESTS}.carried_over": (
        ("上年结转政府信息公开申请数量", 90),
        ("上年结转政府信息公开申请数", 3),
        ("上年结转政府信息 公开申请数量", 3),
        ("上年度结转政府信息公开申请数量", 2),
        ("上年结转申请数量", 2),
        ("上年结转政府信息公开申请数量（件）", 1),
    ),
    f"row.{REQUESTS}.granted": (
        ("予以公开", 95),
        ("给予公开", 1),
        ("予以 公开", 2),
        ("同意公开", 1),
        ("予以公开的", 1),
    ),
    f"row.{REQUESTS}.partially_granted": (
        ("部分公开（区分处理的，只计这一情形，不计其他情形）", 86),
        ("部分公开", 6),
        ("部分公开（区分处理的,只计这一情形,不计其他情形）", 3),
        ("部分公开（区分处理的，只计这一情形）", 2),
        ("部分公开（区分处理的，只计这一情形，不计其它情形）", 2),
        ("部分公开（区分处理）", 1),
    ),
    f"row.{REQUESTS}.denied.state_secret": (
        ("属于国家秘密", 94),
        ("国家秘密", 3),
        ("属于国家机密", 1),
        ("属国家秘密", 2),
    ),
    f"row.{REQUESTS}.denied.law_prohibited": (
        ("其他法律行政法规禁止公开", 82),
        ("其他法律、行政法规禁止公开", 8),
        ("其他法律行政止公开", 2),
        ("其他法律行政法规禁止公开的", 2),
        ("法律、行政法规禁止公开", 3),
        ("其它法律行政法规禁止公开", 3),
    ),
    f"row.{REQUESTS}.denied.security_stability": (
        ("危及“三安全一稳定”", 84),
        ("危及三安全一稳定", 5),
        ('危及"三安全一稳定"', 5),
        ("危及“三安全、一稳定”", 2),
        ("危及 “三安全一稳定”", 2),
        ("危及‘三安全一稳定’", 1),
        ("危及国家安全、公共安全、经济安全、社会稳定", 2),
    ),
    f"row.{REQUESTS}.denied.third_party_rights": (
        ("保护第三方合法权益", 94),
        ("保护第三方权益", 2),
        ("损害第三方合法权益", 2),
        ("涉及第三方合法权益", 2),
    ),
    f"row.{REQUESTS}.denied.internal_affairs": (
        ("属于三类内部事务信息", 92),
        ("属于三类内部事物信息", 3),
        ("三类内部事务信息", 2),
        ("属于内部事务信息", 2),
        ("属于三类内部管理信息", 1),
    ),
    f"row.{REQUESTS}.denied.process_information": (
        ("属于四类过程性信息", 93),
        ("四类过程性信息", 3),
        ("属于过程性信息", 2),
        ("属于四类过程信息", 2),
    ),
    f"row.{REQUESTS}.denied.enforcement_file": (
        ("属于行政执法案卷", 94),
        ("属于行政执法案卷信息", 2),
        ("行政执法案卷", 3),
        ("属于行政执法案件", 1),
    ),
    f"row.{REQUESTS}.denied.administrative_query": (
        ("属于行政查询事项", 94),
        ("行政查询事项", 3),
        ("属于行政咨询事项", 2),
        ("属于行政查询", 1),
    ),
    f"row.{REQUESTS}.unavailable.not_held": (
        ("本机关不掌握相关政府信息", 91),
        ("本机关不掌握相关信息", 4),
        ("本单位不掌握相关政府信息", 2),
        ("本机关不掌握 相关政府信息", 2),
        ("不掌握相关政府信息", 1),
    ),
    f"row.{REQUESTS}.unavailable.needs_creation": (
        ("没有现成信息需要另行制作", 89),
        ("没有现成信息，需要另行制作", 6),
        ("没有现成信息需另行制作", 4),
        ("需要另行制作", 1),
    ),
    f"row.{REQUESTS}.unavailable.unclear_after_correction": (
        ("补正后申请内容仍不明确", 93),
        ("补正后内容仍不明确", 3),
        ("申请内容不明确", 2),
        ("补正后申请内容仍然不明确", 2),
    ),
    f"row.{REQUESTS}.not_processed.petition_complaint": (
        ("信访举报投诉类申请", 91),
        ("信访、举报、投诉类申请", 4),
        ("信访举报投诉类", 3),
        ("信访投诉举报类申请", 2),
    ),
    f"row.{REQUESTS}.not_processed.duplicate": (
        ("重复申请", 97),
        ("重复提出申请", 1),
        ("重复 申请", 2),
    ),
    f"row.{REQUESTS}.not_processed.published_material": (
        ("要求提供公开出版物", 94),
        ("要求提供公开出版物类", 2),
        ("提供公开出版物", 3),
        ("要求提供公开出版物的", 1),
    ),
    f"row.{REQUESTS}.not_processed.excessive_repeat": (
        ("无正当理由大量反复申请", 93),
        ("无正当理由，大量反复申请", 3),
        ("无正当理由大量重复申请", 2),
        ("大量反复申请", 2),
    ),
    f"row.{REQUESTS}.not_processed.reconfirmation": (
        ("要求行政机关确认或重新出具已获取信息", 89),
        ("要求行政机关确认或者重新出具已获取信息", 4),
        ("要求行政机关确认或重新出具已获取的信息", 3),
        ("要求确认或重新出具已获取信息", 3),
        ("要求行政机关重新出具已获取信息", 1),
    ),
    f"row.{REQUESTS}.other_processing": (("其他处理", 95), ("其它处理", 3), ("其他 处理", 2)),
    f"row.{REQUESTS}.other_processing.correction_overdue": (
        ("申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", 80),
        ("申请人无正当理由逾期不补正，行政机关不再处理其政府信息公开申请", 7),
        ("逾期不补正", 4),
        ("申请人逾期不补正", 3),
        ("申请人无正当理由逾期不补正", 4),
        ("申请人无正当理由逾期不补正行政机关不再处理其政府信息公开申请", 2),
    ),
    f"row.{REQUESTS}.other_processing.fee_overdue": (
        ("申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", 80),
        ("申请人逾期未按收费通知要求缴纳费用，行政机关不再处理其政府信息公开申请", 7),
        ("逾期不缴费", 4),
        ("申请人逾期不缴费", 3),
        ("申请人逾期未按收费通知要求缴纳费用", 4),
        ("申请人逾期未按收费通知要求交纳费用、行政机关不再处理其政府信息公开申请", 2),
    ),
    f"row.{REQUESTS}.other_processing.other": (
        ("其他", 93),
        ("其它", 4),
        ("其他情形", 2),
        ("其 他", 1),
    ),
    f"row.{REQUESTS}.results_total": (("总计", 93), ("合计", 4), ("总 计", 3)),
    f"row.{REQUESTS}.carried_forward": (
        ("结转下年度继续办理", 92),
        ("结转下年度办理", 3),
        ("结转下年继续办理", 3),
        ("结转下一年度继续办理", 2),
        ("结转下年度继续办理数量", 1),
        ("结转下年度继续办理（件）", 1),
    ),
    f"row.{REVIEW}.reconsideration": (
        ("行政复议", 95),
        ("行政法复议", 1),
        ("行政 复议", 2),
        ("行政复议情况", 2),
    ),
    f"row.{REVIEW}.litigation_direct": (
        ("未经复议直接起诉", 92),
        ("未经复议直接诉讼", 2),
        ("未经复议 直接起诉", 3),
        ("未经行政复议直接起诉", 2),
        ("直接起诉", 1),
    ),
    f"row.{REVIEW}.litigation_after_reconsideration": (
        ("复议后起诉", 94),
        ("复议后诉讼", 2),
        ("行政复议后起诉", 2),
        ("复议后 起诉", 2),
    ),
    "group.content": (("信息内容", 97), ("信息 内容", 2), ("内容", 1)),
    "group.applicants": (("申请人情况", 96), ("申请人 情况", 2), ("申请人类型", 1), ("申请人", 1)),
    "group.organizations": (
        ("法人或其他组织", 92),
        ("法人或其它组织", 3),
        ("法人或 其他组织", 3),
        ("法人和其他组织", 2),
    ),
    "group.results": (
        ("本年度办理结果", 94),
        ("本年度办理 结果", 2),
        ("本年办理结果", 3),
        ("办理结果", 1),
    ),
    "group.denied": (("不予公开", 96), ("不予 公开", 3), ("不予以公开", 1)),
    "group.unavailable": (("无法提供", 96), ("无法 提供", 3), ("无法提供的", 1)),
    "group.not_processed": (("不予处理", 95), ("不予 处理", 3), ("不予受理", 2)),
    "group.litigation": (("行政诉讼", 96), ("行政 诉讼", 2), ("行政诉讼情况", 2)),
    "note": (
        ("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 88),
        ("（本列数据的勾稽关系为：第一项加第二项之和等于第三项加第四项之和）", 5),
        ("本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和", 4),
        ("（本列数据的钩稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 2),
        ("（本列数据的勾稽关系为第一项加第二项之和，等于第三项加第四项之和）", 1),
        ("（勾稽关系：第一项加第二项之和，等于第三项加第四项之和）", 1),
    ),
}

#: Heads of the blocks of table 1, near ones first; {} is the item of Article 20.
BLOCK_HEADS: Final = (
    "第二十条（{}）项",
    "第二十条 第（{}）项",
    "第二十条  第（{}）项",
    "第二十条第{}项",
    "第20条第（{}）项",
    "《条例》第二十条第（{}）项",
    "条例第二十条第（{}）项",
    "《政府信息公开条例》第二十条第（{}）项",
    "条例第20条第{}项",
    "第二十条第（{}）款",
    "第二十条第（{}）项内容",
    "第二十条第（{}）项规定的信息",
    "依据第二十条第（{}）项",
    "第二十条-（{}）",
    "二十条（{}）",
    "按第二十条第（{}）项公开",
    "第二十条 （{}）",
)
#: The columns of table 1 by habit: the head's words are chosen together, not one by one.
PROACTIVE_HEADS: Final[tuple[tuple[dict[str, str], float], ...]] = (
    ({}, 64),
    ({"in_force": "现行有效件数（历史累计）"}, 4),
    ({"made": "制发数量", "repealed": "废止数量", "in_force": "现行有效数量"}, 3),
    ({"made": "本年新制发数量", "repealed": "本年废止数量", "in_force": "现行有效数量"}, 3),
    ({"made": "本年制发件", "repealed": "本年废止件", "in_force": "现行有效件"}, 3),
    ({"made": "制发件数", "repealed": "废止件数", "in_force": "有效件数"}, 3),
    ({"in_force": "现行有效件"}, 3),
    ({"made": "本年制发数", "repealed": "本年废止数", "in_force": "现行有效数"}, 2),
    ({"made": "本年制发 件数", "repealed": "本年废止 件数", "in_force": "现行有效 件数"}, 3),
    ({"decisions": "本年处理决定数量（件）", "in_force": "现行有效件数（件）"}, 2),
    (
        {
            "newly_made": "本年新制作",
            "newly_published": "本年新公开",
            "total_public": "对外公开数量",
        },
        2,
    ),
    ({"newly_made": "本年新增制作数量", "newly_published": "本年新增公开数量"}, 1),
    (
        {
            "items_last_year": "上一年 项目数量",
            "change": "本年 增/减",
            "decisions": "处理决定 数量",
        },
        3,
    ),
    ({"newly_made": "本年新", "newly_published": "本年新"}, 9),
    ({"newly_made": "本年新 制作数量", "newly_published": "本年新 公开数量"}, 12),
    (
        {
            "newly_made": "本年度新制作数量",
            "newly_published": "本年度新公开数量",
            "total_public": "对外公开总数",
        },
        3,
    ),
    (
        {
            "newly_made": "新制作数量",
            "newly_published": "新公开数量",
            "total_public": "对外公开 总数量",
        },
        3,
    ),
    ({"decisions": "处理决定数量", "change": "本年增减", "items_last_year": "上年项目数量"}, 3),
    ({"decisions": "本年处理决定数", "items_last_year": "上一年项目数", "change": "本年增／减"}, 3),
    ({"decisions": "本年行政处理决定数量", "amount_10k_yuan": "本年收费金额（万元）"}, 3),
    ({"amount_10k_yuan": "本年收费金额（单位： 万元）", "decisions": "本年处理 决定数量"}, 3),
    ({"amount_10k_yuan": "本年收费金额", "amount": "采购总金额（万元）", "items": "采购项目数"}, 3),
    ({"amount_10k_yuan": "收费金额（单位：万元）", "amount": "采购总金额（单位：万元）"}, 3),
)
#: Instructions that some authorities print inside the labels of the 2019 form.
INSTRUCTIONS: Final = {
    "items_last_year": "（指{last}年事项数）",
    "change": "（指{year}年增加或减少的事项数，减用负值表示，如-8）",
    "decisions": "（指{year}年办件量）",
    "items": "（指{year}年采购项目数量）",
    "amount": "（指{year}年采购总金额，单位：万元）",
    "newly_made": "（指{year}年新制作数量）",
    "total_public": "（截至{year}年底累计）",
}
REQUEST_HEADS: Final[dict[str, Wordings]] = {
    "natural_person": (("自然人", 95), ("自然 人", 2), ("公民", 1), ("自然人（个）", 1)),
    "commercial_enterprise": (
        ("商业企业", 55),
        ("商业 企业", 40),
        ("企业", 2),
        ("商业企业（个）", 1),
    ),
    "research_institution": (("科研机构", 55), ("科研 机构", 42), ("科研单位", 2)),
    "public_welfare_organization": (
        ("社会公益组织", 78),
        ("社会公益 组织", 9),
        ("社会 公益 组织", 8),
        ("公益组织", 3),
    ),
    "legal_service_organization": (
        ("法律服务机构", 78),
        ("法律服务 机构", 9),
        ("法律 服务 机构", 8),
        ("法律机构", 2),
    ),
    "other": (("其他", 95), ("其它", 3), ("其 他", 2)),
    "total": (("总计", 93), ("合计", 4), ("总 计", 3)),
}
REVIEW_HEADS: Final[dict[str, Wordings]] = {
    "upheld": (
        ("结果维持", 50),
        ("结果 维持", 40),
        ("维持", 3),
        ("维持结果", 1),
        ("结 果 维 持", 2),
    ),
    "corrected": (
        ("结果纠正", 50),
        ("结果 纠正", 40),
        ("纠正", 3),
        ("结果被纠正", 1),
        ("结 果 纠 正", 2),
    ),
    "other": (("其他结果", 50), ("其他 结果", 40), ("其它结果", 4), ("其他", 2)),
    "pending": (("尚未审结", 50), ("尚未 审结", 40), ("未审结", 4), ("尚未结案", 1)),
    "total": (("总计", 92), ("合计", 4), ("总 计", 4)),
}
NORMATIVE: Final[Wordings] = (
    ("规范性文件", 60),
    ("行政规范性文件", 30),
    ("规范性 文件", 2),
    ("规范性档案", 3),
    ("规范性文件（指各行政机关印发的有正式文号的文件）", 3),
    ("规范性文件（行政机关制定发布的决定、公告、通告、意见、通知等公文）", 1),
    ("行政规范性文件（含政府办公室文件）", 1),
    ("行政规范性档案", 1),
)
