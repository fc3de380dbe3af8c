"""Rows and columns that no form has: nothing in them is labelled, they are of no cell."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW
from training.synthesis.damage_tables import is_value, opened, with_tables
from training.synthesis.layout import rows_of
from training.synthesis.model import CellKind, Content, GridCell, GridTable, Piece
from training.synthesis.paraphrase import tells

#: Names of rows, by table; some stand under a number or behind 其中 as well.
_ROWS = {
    PROACTIVE: (
        "其他主动公开文件 其他文件 政策性文件 行政确认 行政裁决 行政检查 行政奖励 行政给付 行政征收 "
        "行政备案 其他行政权力 政策解读材料 通知公告 重大建设项目信息 财政预决算信息 建议提案答复 小计 合计 备注 "
        "说明 填表说明 一般公文 党组文件 会议纪要 工作动态 机构职能信息 规划计划 统计信息 人事信息 公益事业建设 "
        "应急管理信息 食品药品监管 环境保护信息 扶贫信息 教育信息 医疗卫生信息 社会救助 征地拆迁信息 招投标信息 "
        "政府工作报告 领导信息 新闻发布会 回应关切 网站发布信息 微信公众号信息 政务微博 政府公报 人大建议办理 "
        "政协提案办理 双随机抽查 权责清单 行政调解 中介服务 便民服务 内部管理文件 转发上级文件 涉密文件 "
        "公开栏信息 主动公开总数 信息公开目录 工作信息 其他 其他信息"
    ).split(),
    REQUESTS: (
        "当面申请 网络申请 信函申请 传真申请 电子邮件申请 转办件 其他不予公开情形 撤回申请 延期答复 "
        "未到答复期限 按时答复数 答复总数 比上年增减(%) 占比 小计 备注 电话咨询 现场咨询 申请人撤回 "
        "依法延期 征求第三方意见 告知向其他机关申请 非政府信息 工商登记资料 历史信息 移送办理 协商处理 "
        "收费情况 减免费用 网上受理 办结率 群众满意度 上级转办 依申请公开总数 说明 填报人 审核人 联系电话 "
        "单位负责人 受理渠道 书面答复 口头答复 超期答复 正在办理 终止办理"
    ).split(),
}
_NUMBERS = (
    "",
    "",
    "",
    "其中：",
    "其中:",
    "（八）",
    "(八)",
    "（九）",
    "9.",
    "6.",
    "4.",
    "五、",
    "六、",
    "—",
    "注：",
)
_COLUMNS = (
    "备注 较上年增减 占比 说明 上年同期 同比 序号 单位 合计 累计 计量单位 去年 上年 增长率 比例 填报单位 "
    "增减率 排名 责任单位 审核 核对 数据来源 附注 年度累计 历年累计 上年数 本期 上期 环比 代码 编号 备 较去年"
).split()
#: Columns that stand at the left of the values, and what their cells print.
_LEFT = {"序号": "number", "编号": "number", "代码": "number", "单位": "unit", "计量单位": "unit"}
_UNITS = ("件", "件", "件", "项", "宗", "条", "万元")


def extra_rows(content: Content, rng: Random) -> Content:
    """One to three rows that the form does not have."""
    where = rng.choice(((PROACTIVE,), (PROACTIVE, REQUESTS), (REQUESTS,)))
    most = rng.choice((1, 1, 2, 3))

    def change(table: GridTable) -> GridTable:
        if table.id not in where:
            return table
        for _ in range(rng.randint(1, most)):
            table = _with_row(table, rng)
        return table

    return with_tables(content, change)


def _with_row(table: GridTable, rng: Random) -> GridTable:
    rows = [i for i, row in enumerate(rows_of(table)) if any(map(is_value, row))]
    if not rows:
        return table
    at = (rows[-1] if rng.random() < 0.3 else rng.choice(rows)) + 1
    model = [c for c in table.cells if c.row == at - 1 and (is_value(c) or c.kind == "label")]
    filled = rng.choices(("numbers", "nothing", "marks"), (80, 12, 8))[0]
    mark = rng.choice(("/", "-", "—", "无", "件"))
    new = []
    labels = [c for c in model if not is_value(c) and c.rowspan == 1]
    if labels:
        name = Piece(_row_name(table.id, rng))
        new.append(replace(labels[-1], pieces=(name,), row=at, path=None))
    for cell in model:
        if not is_value(cell):
            continue
        text = {
            "numbers": str(rng.choice((0, 0, 0, 1, 2, rng.randint(3, 400), rng.randint(3, 9000)))),
            "nothing": "",
            "marks": mark,
        }[filled]
        pieces = (Piece(text),) if text else ()
        new.append(replace(cell, pieces=pieces, row=at, path=None))
    return opened(table, at, new)


def _row_name(table: str, rng: Random) -> str:
    """Draw a name that is not what the row of the form without words of its own (规章, 其他) is called."""
    own = f"row.{table}." + {PROACTIVE: "rules", REQUESTS: "other_processing.other"}[table]
    while True:
        name = rng.choice(_ROWS[table])
        if rng.random() < 0.25:
            name += rng.choice(("数", "情况", "（件）", "数量", "件数", "等"))
        numbered = rng.choice(_NUMBERS) + name
        if not tells(own, name) and not tells(own, numbered):
            return numbered


def extra_columns(content: Content, rng: Random) -> Content:
    """A column that the form does not have: at the right end, or left of the values or of all."""
    where = rng.choice(
        ((PROACTIVE,), (REQUESTS,), (REQUESTS, PROACTIVE), (REVIEW,), (PROACTIVE, REQUESTS, REVIEW))
    )
    name = rng.choice(_COLUMNS)
    kind = _LEFT.get(name) if rng.random() < 0.8 else None
    place = "right" if kind is None else rng.choice(("first", "values"))
    if kind is None:
        kind = rng.choice(("nothing", "numbers", "words", "some"))

    def change(table: GridTable) -> GridTable:
        if table.id not in where or (table.id == REVIEW and place != "right"):
            return table
        if table.id != PROACTIVE and name == "合计":  # another word for the form's own 总计
            return table
        return _with_column(table, rng, name, place, kind)

    return with_tables(content, change)


def _with_column(table: GridTable, rng: Random, name: str, place: str, kind: str) -> GridTable:
    rows = rows_of(table)
    valued = [row for row in rows if any(map(is_value, row))]
    heads = _head_rows(table, rng)
    if not heads or not valued:
        return table
    columns = [cell.column for row in valued for cell in row if is_value(cell)]
    at = {"right": table.columns, "first": 0, "values": min(columns)}[place]
    cells = []
    for cell in table.cells:
        if cell.column >= at:
            cell = replace(cell, column=cell.column + 1)
        elif cell.column + cell.colspan > at:
            cell = replace(cell, colspan=cell.colspan + 1)
        cells.append(cell)
    # Left of the values it reads as one more label, which no layout takes for a value of the row.
    side: CellKind = "value" if place == "right" else "label"
    new = [GridCell((Piece(name),), head, at, kind="head") for head in heads]
    for number, row in enumerate(valued, 1):
        text = _column_text(rng, kind, number)
        pieces = (Piece(text),) if text else ()
        new.append(GridCell(pieces, row[0].row, at, kind=side))
    return replace(table, cells=(*cells, *new))


def _head_rows(table: GridTable, rng: Random) -> list[int]:
    """The rows where a new column's head stands: the first of the table, or in table 1, which has a
    head for each block, above the values of the first block or of all."""
    valued = [bool(row) and any(map(is_value, row)) for row in rows_of(table)]
    if table.id != PROACTIVE:
        return [] if not valued or valued[0] else [0]
    above = [
        i
        for i, (row, after) in enumerate(zip(valued, valued[1:], strict=False))
        if not row and after
    ]
    return above if rng.random() < 0.7 else above[:1]


def _column_text(rng: Random, kind: str, number: int) -> str:
    return {
        "nothing": "",
        "number": str(number),
        "unit": rng.choice(_UNITS),
        "numbers": str(rng.choice((0, 0, 1, rng.randint(2, 300)))),
        "words": rng.choice(("", "件", "无", "不变", "-", "见说明", "持平", "新增", "—")),
        "some": rng.choice(
            (
                "",
                "",
                "",
                str(rng.randint(0, 60)),
                f"{rng.randint(1, 99)}%",
                f"{rng.randint(-40, 40)}",
            )
        ),
    }[kind]
