"""A layout that the shipped model gets wrong: the export of a reporting platform.

Some authorities fill their figures into a platform and publish what it exports: an indicator a row,
each with a code and a unit, in the short words of the platform's data model, the columns numbered
below their heads.  Nobody explains the words; who knows the form reads them at once.

It is used for the experiment of the loop alone: nothing in `training.synthesis`, the battery or the
regression set knows it, and the model that ships has never seen it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any, Final

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW
from training.synthesis.content import ContentOptions, make_content
from training.synthesis.corpus import Corpus
from training.synthesis.layout import Writer
from training.synthesis.layout_registry import Prose, set_blocks
from training.synthesis.model import Content, Example, GridCell, GridTable, Piece
from training.synthesis.numbers import Values, failed_checks

#: Row -> the platform's word for it.
ROW_WORDS: Final[dict[str, dict[str, str]]] = {
    PROACTIVE: {
        "rules": "规章件量",
        "normative_documents": "规范文件件量",
        "licensing": "许可办件",
        "other_services": "服务办件",
        "penalties": "处罚办件",
        "coercion": "强制办件",
        "fees": "收费额度",
        "procurement": "集采情况",
    },
    REQUESTS: {
        "new_received": "受理量",
        "carried_over": "期初在办",
        "granted": "答复-全部给予",
        "partially_granted": "答复-区分给予",
        "denied.state_secret": "拒答-涉密",
        "denied.law_prohibited": "拒答-法禁",
        "denied.security_stability": "拒答-维稳",
        "denied.third_party_rights": "拒答-他人权益",
        "denied.internal_affairs": "拒答-内务",
        "denied.process_information": "拒答-过程",
        "denied.enforcement_file": "拒答-案卷",
        "denied.administrative_query": "拒答-查询",
        "unavailable.not_held": "无从答复-未存",
        "unavailable.needs_creation": "无从答复-须加工",
        "unavailable.unclear_after_correction": "无从答复-指向不清",
        "not_processed.petition_complaint": "退件-诉求类",
        "not_processed.duplicate": "退件-重件",
        "not_processed.published_material": "退件-书刊",
        "not_processed.excessive_repeat": "退件-频密",
        "not_processed.reconfirmation": "退件-再出具",
        "other_processing": "终结",
        "other_processing.correction_overdue": "终结-未补正",
        "other_processing.fee_overdue": "终结-未缴费",
        "other_processing.other": "终结-余类",
        "results_total": "办结量",
        "carried_forward": "期末在办",
    },
    REVIEW: {
        "reconsideration": "申议件",
        "litigation_direct": "径诉件",
        "litigation_after_reconsideration": "议后诉件",
    },
}
#: Column -> the platform's word for it.
COLUMN_WORDS: Final[dict[str, dict[str, str]]] = {
    PROACTIVE: {
        "made": "新立",
        "repealed": "失效",
        "in_force": "存续",
        "newly_made": "新立",
        "newly_published": "新发布",
        "total_public": "累计发布",
        "items_last_year": "上期项数",
        "change": "项数变动",
        "decisions": "本期办结",
        "amount_10k_yuan": "金额（万元）",
        "items": "项数",
        "amount": "金额（万元）",
    },
    REQUESTS: {
        "natural_person": "公民",
        "commercial_enterprise": "公司",
        "research_institution": "院所",
        "public_welfare_organization": "社团",
        "legal_service_organization": "律所",
        "other": "余类",
        "total": "小计",
    },
    REVIEW: {
        "upheld": "维持",
        "corrected": "改变",
        "other": "余类",
        "pending": "未决",
        "total": "小计",
    },
}
_FIRST_CODE: Final = {PROACTIVE: 100, REQUESTS: 200, REVIEW: 300}
_UNITS: Final = {"fees": "万元"}


def make_page(seed: int, corpus: Corpus) -> Example:
    """Make the page of `seed`: a whole report of an agency of `corpus`, its tables as exported."""
    rng = Random(f"export/{seed}")
    content = make_content(
        rng, corpus, options=ContentOptions(format=rng.choice(("2021", "2021", "2019")), whole=True)
    )
    content = _filled(content)
    made = set_blocks(content, Prose(), _Export(rng).write)
    return Example(made.text, made.spans, content.gold, "export")


def _filled(content: Content) -> Content:
    """Return the report as a platform knows it: every figure a bare number, and what was left blank 0."""
    values: Values = {}
    forms: dict[str, str] = {}
    blocks = []
    for block in content.blocks:
        if block.table is not None:
            forms[block.table.id] = block.table.form
            cells = [_number(cell, content.gold["tables"]) for cell in block.table.cells]
            values |= {cell.path: Decimal(cell.text) for cell in cells if cell.path is not None}
            block = replace(block, table=replace(block.table, cells=tuple(cells)))
        blocks.append(block)
    tables: dict[str, dict[str, dict[str, Decimal]]] = {}
    for path, value in values.items():
        row, column = path.rsplit(".", 1)
        table, row = row.split(".", 1)
        tables.setdefault(table, {}).setdefault(row, {})[column] = value
    failed = failed_checks(values, forms)
    gold = {**content.gold, "tables": tables, "failed_checks": failed, "warnings": []}
    return Content(tuple(blocks), gold)


def _number(cell: GridCell, tables: dict[str, Any]) -> GridCell:
    if cell.path is None:
        return cell
    table, rest = cell.path.split(".", 1)
    row, column = rest.rsplit(".", 1)
    value = tables[table][row][column]
    return replace(cell, pieces=(Piece(f"{Decimal(value or 0):f}", "value"),))


class _Export:
    """Writes the tables of one report; sites differ in the separator and in the codes alone."""

    def __init__(self, rng: Random) -> None:
        self.bar = rng.choice((" | ", "\t", " | "))
        self.shift = rng.choice((0, 0, 1000, 4000))
        self.number = 0

    def write(self, writer: Writer, table: GridTable) -> None:
        rows: dict[str, list[GridCell]] = {}
        for cell in table.cells:
            if cell.path is not None:
                row = cell.path.removeprefix(f"{table.id}.").rpartition(".")[0]
                rows.setdefault(row, []).append(cell)
        self.number = self.shift + _FIRST_CODE[table.id]
        before: list[str] = []
        for row, cells in rows.items():
            columns = [str(cell.path).rpartition(".")[2] for cell in cells]
            if columns != before:
                self._head(writer, table.id, columns)
                before = columns
            self._row(writer, f"{table.id}.{row}", cells)

    def _head(self, writer: Writer, table: str, columns: list[str]) -> None:
        writer.piece(Piece("指标", "group.content"))
        writer.text(f"{self.bar}代码{self.bar}单位")
        for column in columns:
            writer.text(self.bar)
            words = COLUMN_WORDS[table][column]
            writer.piece(Piece(words, f"column.{table}.{column}"))
        writer.text("\n" + self.bar.join(("甲", "乙", "丙")))
        for number in range(1, len(columns) + 1):
            writer.text(f"{self.bar}[{number}]")
        writer.text("\n")

    def _row(self, writer: Writer, path: str, cells: list[GridCell]) -> None:
        self.number += 1
        table, row = path.split(".", 1)
        writer.piece(Piece(ROW_WORDS[table][row], f"row.{path}"))
        writer.text(f"{self.bar}{self.number}{self.bar}{_UNITS.get(row, '件')}")
        for cell in cells:
            writer.text(self.bar)
            writer.cell(cell)
        writer.text("\n")
