"""What the codes of a dataset are called in Chinese."""

from __future__ import annotations

from typing import Final

from nianbao.checks.names import TABLE_NAMES, column_name, row_name
from nianbao.checks.narrative import NAMES
from nianbao.rules.forms import COLUMNS, ROWS

FORMS: Final = {"2021": "2021 年格式", "2019": "2019 年格式", "pre2019": "2019 年以前的统计表"}

STATUSES: Final = {"not_report": "不是年报", "failed": "读取失败", "skipped": "跳过"}

LINKS: Final = {
    "mirror": "转载：数值和正文相同",
    "other_format": "另一种文件格式：数值相同",
    "superseded": "同一机关同一年度的另一版本",
}

REVIEWS: Final = {"reconsideration": "行政复议", "litigation": "行政诉讼"}

TABLES: Final = {**TABLE_NAMES, "narrative": "正文与表格"}

FAMILIES: Final = {
    "requests.balance": "申请表勾稽关系（新收 + 结转 = 总计 + 结转下年）",
    "requests.row_sum": "申请表行合计（六类申请人之和）",
    "requests.results_sum": "申请表列合计（办理结果之和）",
    "reconsideration_litigation.row_sum": "复议诉讼表行合计（四类结果之和）",
    "narrative": "正文所述数字与表格一致",
}

_KINDS: Final = {"balance": "勾稽关系", "row_sum": "行合计", "results_sum": "列合计"}


def check_name(check: str) -> str:
    """Return what the check with id `check` looks at; the id itself where it is not known."""
    table, _, rest = check.partition(".")
    if table == "narrative":
        return f"正文：{NAMES.get(rest, rest)}"
    kind, _, place = rest.partition(".")
    if kind not in _KINDS:
        return check
    if place in COLUMNS.get(table, {}):
        return f"{_KINDS[kind]}：「{column_name(table, place)}」一列"
    if place in ROWS.get(table, {}):
        return f"{_KINDS[kind]}：「{row_name(table, place)}」一行"
    return check
