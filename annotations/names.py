"""What each label is called in Chinese: for the annotation tool, the guidelines and messages.

Names are short, and unique over all labels: the tool shows them on its buttons, and people search by
them.  What tells two labels of one printed name apart (`1.属于国家秘密` has one label, `其他` has four)
stands before it.
"""

from __future__ import annotations

from typing import Final

from nianbao.rules.forms import COLUMNS, PROACTIVE, REQUESTS, REVIEW, ROWS, SECTIONS
from nianbao.spans import LABELS

#: The parts of a report, as the tool's buttons are grouped: label prefix -> what they are.
PARTS: Final[dict[str, str]] = {
    "heading.": "六个部分的标题",
    f"row.{PROACTIVE}.": "第二部分的行",
    f"row.{REQUESTS}.": "第三部分的行",
    f"row.{REVIEW}.": "第四部分的行",
    f"column.{PROACTIVE}.": "第二部分的列",
    f"column.{REQUESTS}.": "第三部分的列",
    f"column.{REVIEW}.": "第四部分的列",
    "group.": "表中的合并标题",
    "": "标题、日期与其他",
}

_SHORT: Final[dict[str, str]] = {
    "title": "报告标题",
    "agency": "机关",
    "year": "年份",
    "date": "日期",
    "value": "数值",
    "note": "表注",
    "furniture": "网页杂项",
    "group.block": "第二十条第(几)项",
    "group.content": "信息内容",
    "group.applicants": "申请人情况",
    "group.organizations": "法人或其他组织",
    "group.results": "本年度办理结果",
    "group.denied": "(三)不予公开",
    "group.unavailable": "(四)无法提供",
    "group.not_processed": "(五)不予处理",
    "group.litigation": "行政诉讼",
    f"row.{REQUESTS}.new_received": "本年新收",
    f"row.{REQUESTS}.carried_over": "上年结转",
    f"row.{REQUESTS}.partially_granted": "(二)部分公开",
    f"row.{REQUESTS}.other_processing.correction_overdue": "逾期不补正",
    f"row.{REQUESTS}.other_processing.fee_overdue": "逾期不缴费",
    f"row.{REQUESTS}.other_processing.other": "其他处理·3.其他",
    f"row.{REQUESTS}.results_total": "(七)总计",
    f"row.{REQUESTS}.carried_forward": "结转下年度",
    f"column.{REQUESTS}.other": "申请人·其他",
    f"column.{REQUESTS}.total": "申请人·总计",
    f"column.{REVIEW}.other": "复议诉讼·其他结果",
    f"column.{REVIEW}.total": "复议诉讼·总计",
    f"column.{PROACTIVE}.amount_10k_yuan": "本年收费金额",
}


def _name(label: str) -> str:
    if label in _SHORT:
        return _SHORT[label]
    kind, _, rest = label.partition(".")
    if kind == "heading":
        return SECTIONS[rest]
    table, _, one = rest.partition(".")
    return (ROWS if kind == "row" else COLUMNS)[table][one]


def _printed(label: str) -> str:
    """The words of the form, in full."""
    kind, _, rest = label.partition(".")
    if kind in ("row", "column"):
        table, _, one = rest.partition(".")
        return (ROWS if kind == "row" else COLUMNS)[table][one]
    return _name(label)


#: Label -> its short name.
NAMES: Final[dict[str, str]] = {label: _name(label) for label in LABELS}
#: Label -> what the form prints for it.
PRINTED: Final[dict[str, str]] = {label: _printed(label) for label in LABELS}


def part_of(label: str) -> str:
    """Return the key of `PARTS` that `label` belongs to."""
    return next(prefix for prefix in PARTS if label.startswith(prefix))
