"""The statutory forms as data: sections, tables, rows, columns and their printed names.

Sources: 国办公开办函〔2021〕30号 (form "2021", reports for 2021 on) and 国办公开办函〔2019〕60号
(form "2019", reports for 2019 and 2020).
"""

from __future__ import annotations

from typing import Final

#: Section id -> statutory heading, in order.
SECTIONS: Final[dict[str, str]] = {
    "overview": "一、总体情况",
    "proactive_disclosure": "二、主动公开政府信息情况",
    "requests": "三、收到和处理政府信息公开申请情况",
    "reconsideration_litigation": "四、政府信息公开行政复议、行政诉讼情况",
    "problems_improvements": "五、存在的主要问题及改进情况",
    "other_matters": "六、其他需要报告的事项",
}

PROACTIVE: Final = "proactive_disclosure"
REQUESTS: Final = "requests"
REVIEW: Final = "reconsideration_litigation"

#: Table -> row id -> printed name, over both forms, in printed order.
ROWS: Final[dict[str, dict[str, str]]] = {
    PROACTIVE: {
        "rules": "规章",
        "normative_documents": "行政规范性文件",
        "licensing": "行政许可",
        "other_services": "其他对外管理服务事项",
        "penalties": "行政处罚",
        "coercion": "行政强制",
        "fees": "行政事业性收费",
        "procurement": "政府集中采购",
    },
    REQUESTS: {
        "new_received": "一、本年新收政府信息公开申请数量",
        "carried_over": "二、上年结转政府信息公开申请数量",
        "granted": "(一)予以公开",
        "partially_granted": "(二)部分公开(区分处理的,只计这一情形,不计其他情形)",
        "denied.state_secret": "1.属于国家秘密",
        "denied.law_prohibited": "2.其他法律行政法规禁止公开",
        "denied.security_stability": "3.危及“三安全一稳定”",
        "denied.third_party_rights": "4.保护第三方合法权益",
        "denied.internal_affairs": "5.属于三类内部事务信息",
        "denied.process_information": "6.属于四类过程性信息",
        "denied.enforcement_file": "7.属于行政执法案卷",
        "denied.administrative_query": "8.属于行政查询事项",
        "unavailable.not_held": "1.本机关不掌握相关政府信息",
        "unavailable.needs_creation": "2.没有现成信息需要另行制作",
        "unavailable.unclear_after_correction": "3.补正后申请内容仍不明确",
        "not_processed.petition_complaint": "1.信访举报投诉类申请",
        "not_processed.duplicate": "2.重复申请",
        "not_processed.published_material": "3.要求提供公开出版物",
        "not_processed.excessive_repeat": "4.无正当理由大量反复申请",
        "not_processed.reconfirmation": "5.要求行政机关确认或重新出具已获取信息",
        "other_processing": "(六)其他处理",
        "other_processing.correction_overdue": (
            "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"
        ),
        "other_processing.fee_overdue": (
            "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"
        ),
        "other_processing.other": "3.其他",
        "results_total": "(七)总计",
        "carried_forward": "四、结转下年度继续办理",
    },
    REVIEW: {
        "reconsideration": "行政复议",
        "litigation_direct": "未经复议直接起诉",
        "litigation_after_reconsideration": "复议后起诉",
    },
}

#: Table -> column id -> printed name, over both forms.
COLUMNS: Final[dict[str, dict[str, str]]] = {
    PROACTIVE: {
        "made": "本年制发件数",
        "repealed": "本年废止件数",
        "in_force": "现行有效件数",
        "newly_made": "本年新制作数量",
        "newly_published": "本年新公开数量",
        "total_public": "对外公开总数量",
        "items_last_year": "上一年项目数量",
        "change": "本年增/减",
        "decisions": "本年处理决定数量",
        "amount_10k_yuan": "本年收费金额(单位:万元)",
        "items": "采购项目数量",
        "amount": "采购总金额",
    },
    REQUESTS: {
        "natural_person": "自然人",
        "commercial_enterprise": "商业企业",
        "research_institution": "科研机构",
        "public_welfare_organization": "社会公益组织",
        "legal_service_organization": "法律服务机构",
        "other": "其他",
        "total": "总计",
    },
    REVIEW: {
        "upheld": "结果维持",
        "corrected": "结果纠正",
        "other": "其他结果",
        "pending": "尚未审结",
        "total": "总计",
    },
}

#: Heads of several rows or columns, and of the blocks of the first table.
GROUPS: Final = (
    "本年度办理结果",
    "不予公开",
    "无法提供",
    "不予处理",
    "行政诉讼",
    "申请人情况",
    "法人或其他组织",
    "信息内容",
    "第二十条第",
)
#: What is printed in a table and names nothing: the 勾稽 rule of `requests`, and the short name of its
#: second outcome.
NOTES: Final = (
    "本列数据的勾稽关系为:第一项加第二项之和,等于第三项加第四项之和",
    "部分公开",
)

#: Form -> row -> its columns, for the table whose columns differ from row to row.
PROACTIVE_COLUMNS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "2021": {
        "rules": ("made", "repealed", "in_force"),
        "normative_documents": ("made", "repealed", "in_force"),
        "licensing": ("decisions",),
        "penalties": ("decisions",),
        "coercion": ("decisions",),
        "fees": ("amount_10k_yuan",),
    },
    "2019": {
        "rules": ("newly_made", "newly_published", "total_public"),
        "normative_documents": ("newly_made", "newly_published", "total_public"),
        "licensing": ("items_last_year", "change", "decisions"),
        "other_services": ("items_last_year", "change", "decisions"),
        "penalties": ("items_last_year", "change", "decisions"),
        "coercion": ("items_last_year", "change", "decisions"),
        "fees": ("items_last_year", "change"),
        "procurement": ("items", "amount"),
    },
}
REQUEST_COLUMNS: Final = tuple(COLUMNS[REQUESTS])
REVIEW_COLUMNS: Final = tuple(COLUMNS[REVIEW])

OTHER_PROCESSING_ROWS: Final = (
    "other_processing.correction_overdue",
    "other_processing.fee_overdue",
    "other_processing.other",
)

#: Cells that hold money, in 万元.
MONEY: Final = frozenset({f"{PROACTIVE}.fees.amount_10k_yuan", f"{PROACTIVE}.procurement.amount"})


def request_rows(form: str) -> tuple[str, ...]:
    """Return the rows of table `requests` in `form` ("2019" or "2021"), in printed order."""
    absent = OTHER_PROCESSING_ROWS if form == "2019" else ("other_processing",)
    return tuple(row for row in ROWS[REQUESTS] if row not in absent)


def outcome_rows(form: str) -> tuple[str, ...]:
    """Return the rows that add up to `results_total` in `form`."""
    rows = request_rows(form)
    return rows[rows.index("granted") : rows.index("results_total")]


def table_cells(table: str, form: str) -> dict[str, tuple[str, ...]]:
    """Return row -> columns of `table` in `form` ("2019" or "2021")."""
    if table == PROACTIVE:
        return dict(PROACTIVE_COLUMNS[form])
    if table == REQUESTS:
        return dict.fromkeys(request_rows(form), REQUEST_COLUMNS)
    return dict.fromkeys(ROWS[REVIEW], REVIEW_COLUMNS)
