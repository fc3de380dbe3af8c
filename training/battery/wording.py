"""Other words for the printed names of rows and columns, by canonical name."""

from __future__ import annotations

#: Table -> row -> rewordings an agency may use.
ROWS: dict[str, dict[str, tuple[str, ...]]] = {
    "proactive_disclosure": {
        "rules": ("政府规章", "规章（政府规章）", "本机关制定的规章"),
        "normative_documents": (
            "规范性文件（件）",
            "本机关行政规范性文件",
            "行政规范性文件情况",
            "规范性文件制发",
        ),
        "licensing": ("行政许可事项", "行政许可（含服务事项）", "许可类事项"),
        "other_services": (
            "其他对外管理和服务事项",
            "对外管理服务事项（其他）",
            "其他管理服务类事项",
        ),
        "penalties": ("行政处罚案件", "行政处罚决定", "处罚类事项"),
        "coercion": ("行政强制措施", "行政强制事项", "强制类事项"),
        "fees": ("行政事业性收费项目", "行政事业收费", "收费项目（行政事业性）"),
        "procurement": ("政府集中采购情况", "集中采购（政府）", "政府采购（集中）"),
    },
    "requests": {
        "new_received": (
            "一、本年度新收政府信息公开申请数",
            "一、当年新收到的申请数量",
            "一、报告年度内收到的公开申请",
        ),
        "carried_over": (
            "二、上年度结转政府信息公开申请数",
            "二、上一年结转的申请数量",
            "二、以前年度转来的申请",
        ),
        "granted": ("（一）予以公开的", "（一）同意公开", "（一）准予公开"),
        "partially_granted": (
            "（二）部分公开",
            "（二）部分公开（作区分处理的）",
            "（二）部分予以公开、部分不公开",
        ),
        "denied.state_secret": ("1.涉及国家秘密", "1.国家秘密信息", "1.依法确定为国家秘密的"),
        "denied.law_prohibited": (
            "2.法律、行政法规禁止公开的",
            "2.其他法律法规禁止公开的情形",
            "2.法律法规明令禁止公开的",
        ),
        "denied.security_stability": (
            "3.可能危及“三安全一稳定”的",
            "3.影响“三安全一稳定”",
            "3.公开后可能危及三安全一稳定",
        ),
        "denied.third_party_rights": (
            "4.损害第三方合法权益",
            "4.涉及第三方合法权益",
            "4.第三方合法权益受损",
        ),
        "denied.internal_affairs": (
            "5.三类内部事务信息",
            "5.内部事务信息（三类）",
            "5.人事、后勤等内部事务",
        ),
        "denied.process_information": (
            "6.四类过程性信息",
            "6.过程性信息（四类）",
            "6.讨论记录等过程性信息",
        ),
        "denied.enforcement_file": ("7.行政执法案卷信息", "7.属于执法案卷", "7.执法案卷类"),
        "denied.administrative_query": (
            "8.行政查询事项",
            "8.属于查询类事项",
            "8.应通过查询渠道办理",
        ),
        "unavailable.not_held": (
            "1.本机关不掌握",
            "1.信息不由本机关掌握",
            "1.信息不存在或者本机关未掌握",
        ),
        "unavailable.needs_creation": (
            "2.无现成信息、需要另行制作",
            "2.需另行制作的信息",
            "2.需加工、汇总另行制作",
        ),
        "unavailable.unclear_after_correction": (
            "3.补正后仍不明确",
            "3.补正后申请仍不明确的",
            "3.经补正仍然指向不明",
        ),
        "not_processed.petition_complaint": (
            "1.信访、举报、投诉类申请",
            "1.属信访举报投诉",
            "1.以申请名义信访投诉举报",
        ),
        "not_processed.duplicate": ("2.属于重复申请", "2.重复提出的申请", "2.就同一内容再次申请"),
        "not_processed.published_material": (
            "3.要求提供公开的出版物",
            "3.索要公开出版物",
            "3.申请获取公开出版物",
        ),
        "not_processed.excessive_repeat": (
            "4.无正当理由反复大量申请",
            "4.大量、反复申请",
            "4.申请数量频次明显超过合理范围",
        ),
        "not_processed.reconfirmation": (
            "5.要求确认或重新出具已获取信息",
            "5.要求重新出具信息",
            "5.要求对已获取信息进行确认",
        ),
        "other_processing": ("（六）其他处理情形", "（六）其他处理方式", "（六）其他情形"),
        "other_processing.correction_overdue": (
            "1.逾期不补正",
            "1.无正当理由逾期不补正",
            "1.申请人逾期不作补正、不再处理",
        ),
        "other_processing.fee_overdue": (
            "2.逾期不缴费",
            "2.逾期未缴纳费用",
            "2.未按时缴费、不再处理",
        ),
        "other_processing.other": ("3.其他情形", "3.其他处理", "3.上述以外的情形"),
        "results_total": ("（七）合计", "（七）办理结果总计", "（七）本年度办结合计"),
        "carried_forward": (
            "四、结转下一年度继续办理",
            "四、转入下年度办理",
            "四、未办结、转下年度",
        ),
    },
    "reconsideration_litigation": {
        "reconsideration": ("行政复议案件", "行政复议情况", "申请行政复议"),
        "litigation_direct": ("未经复议直接提起诉讼", "直接起诉（未经复议）", "直接向法院起诉"),
        "litigation_after_reconsideration": ("经复议后起诉", "复议后再起诉", "对复议决定不服起诉"),
    },
}

#: Table -> column -> rewordings.
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "proactive_disclosure": {
        "made": ("制发数量", "本年度制发件数", "本年制发数"),
        "repealed": ("废止数量", "本年度废止件数", "本年废止数"),
        "in_force": ("现行有效数量", "现行有效件数（累计）", "有效件数"),
        "newly_made": ("新制作数量", "本年度新制作数"),
        "newly_published": ("新公开数量", "本年度新公开数"),
        "total_public": ("对外公开总数", "公开总数量"),
        "items_last_year": ("上年项目数量", "上一年度项目数"),
        "change": ("本年度增减", "比上年增/减"),
        "decisions": ("处理决定数量", "作出处理决定数", "本年度处理决定件数"),
        "amount_10k_yuan": ("收费金额（万元）", "本年度收费总额（单位：万元）"),
        "items": ("项目数量", "本年采购项目数"),
        "amount": ("采购金额", "采购总额"),
    },
    "requests": {
        "natural_person": ("公民个人", "自然人（个人）"),
        "commercial_enterprise": ("企业", "商业性企业"),
        "research_institution": ("科研院所", "科研类机构"),
        "public_welfare_organization": ("公益组织", "社会公益类组织"),
        "legal_service_organization": ("法律服务组织", "法律类服务机构"),
        "other": ("其他组织", "其它"),
        "total": ("合计", "总数"),
    },
    "reconsideration_litigation": {
        "upheld": ("维持", "维持结果"),
        "corrected": ("纠正", "结果被纠正"),
        "other": ("其他", "其它结果"),
        "pending": ("未审结", "仍未审结"),
        "total": ("合计", "总数"),
    },
}

GROUPS = {
    "group.results": ("三、办理结果", "三、本年办理结果"),
    "group.denied": ("（三）不予公开的", "（三）决定不予公开"),
    "group.unavailable": ("（四）无法提供的", "（四）信息无法提供"),
    "group.not_processed": ("（五）不予处理的", "（五）决定不予处理"),
    "group.other_processing": ("（六）其他处理情形", "（六）其他情形处理"),
    "group.litigation": ("行政诉讼案件", "行政诉讼情况"),
    "applicants": ("申请人类别", "申请人"),
    "organizations": ("法人或者其他组织", "法人及其他组织"),
}

#: Row of table `requests` -> what is left of its name in a hurried report.
SHORT = {
    "new_received": "新收申请",
    "carried_over": "上年结转",
    "granted": "予以公开",
    "partially_granted": "部分公开",
    "denied.state_secret": "国家秘密",
    "denied.law_prohibited": "法律法规禁止公开",
    "denied.security_stability": "三安全一稳定",
    "denied.third_party_rights": "第三方权益",
    "denied.internal_affairs": "内部事务信息",
    "denied.process_information": "过程性信息",
    "denied.enforcement_file": "执法案卷",
    "denied.administrative_query": "行政查询",
    "unavailable.not_held": "本机关不掌握",
    "unavailable.needs_creation": "需另行制作",
    "unavailable.unclear_after_correction": "补正后仍不明确",
    "not_processed.petition_complaint": "信访投诉",
    "not_processed.duplicate": "重复申请",
    "not_processed.published_material": "公开出版物",
    "not_processed.excessive_repeat": "大量反复申请",
    "not_processed.reconfirmation": "重新出具信息",
    "other_processing": "其他处理",
    "other_processing.correction_overdue": "逾期不补正",
    "other_processing.fee_overdue": "逾期不缴费",
    "other_processing.other": "其他",
    "results_total": "总计",
    "carried_forward": "结转下年",
}

#: What the form's designers, or the agency's clerks, leave inside a cell of a label.
INSTRUCTIONS = (
    "（件）",
    "（单位：件）",
    "（填写数字）",
    "（指本年度办结的）",
    "（没有的填0）",
    "（不含上年结转）",
    "（按件统计）",
    "（以登记为准）",
)
#: Slips of the pen: same sound or same stroke order on a keyboard.
SLIPS = {
    "制": "治",
    "政": "正",
    "复": "覆",
    "议": "义",
    "诉": "述",
    "讼": "颂",
    "属": "数",
    "项": "向",
    "章": "张",
    "规": "归",
    "范": "犯",
    "许": "需",
    "罚": "发",
    "维": "为",
    "持": "特",
    "纠": "究",
    "审": "身",
    "结": "接",
    "机": "积",
    "关": "观",
    "掌": "撑",
    "补": "不",
    "信": "新",
    "访": "仿",
    "举": "居",
    "版": "板",
    "认": "任",
    "获": "或",
    "取": "去",
    "逾": "愈",
    "缴": "交",
    "纳": "那",
    "办": "半",
    "理": "里",
    "继": "既",
    "续": "读",
    "他": "它",
}
