"""The tables of the dataset as data: every column with its type and what it holds, in two languages.

Schemas, codebooks, `datapackage.json` and exports are made from this and from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from nianbao.batch.labels import cell_label
from nianbao.batch.links import CELL_PATHS
from nianbao.checks.names import cell_name
from nianbao.rules.forms import SECTIONS

#: 26 digits before the point and 12 behind it, exactly.
DECIMAL: Final = pa.decimal128(38, 12)
_TEXT: Final = pa.string()
_INT: Final = pa.int32()
_LONG: Final = pa.int64()
_SCORE: Final = pa.float64()
_DATE: Final = pa.date32()
_TEXTS: Final = pa.list_(pa.field("element", _TEXT, nullable=False))
_DECIMALS: Final = pa.list_(pa.field("element", DECIMAL, nullable=False))


@dataclass(frozen=True, slots=True)
class Column:
    """One column.  `values` are the only ones it has, where they are few; `empty` says that its text
    may be "", which a form without null cannot tell from null."""

    name: str
    type: pa.DataType
    nullable: bool
    en: str
    zh: str
    values: tuple[str, ...] = ()
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """`column` holds a `key` of `table`."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    `key` are the columns that name a row, () where nothing does; a `partitioned` table lies in one
    folder a year, and has the year in the folder's name and not in its columns; `row_group` is the
    number of rows of a row group, so that one is some ten MiB.
    """

    name: str
    en: str
    zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    partitioned: bool = True
    row_group: int = 65536

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of a file."""
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def full_columns(self) -> tuple[Column, ...]:
        """The columns with the year of the folder, second, where there is one."""
        if not self.partitioned:
            return self.columns
        return (self.columns[0], YEAR, *self.columns[1:])

    @property
    def full_schema(self) -> pa.Schema:
        """The Arrow schema of the table read with its year."""
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.full_columns])


def _column(name: str, kind: pa.DataType, en: str, zh: str) -> Column:
    return Column(name, kind, False, en, zh)


def _optional(name: str, kind: pa.DataType, en: str, zh: str) -> Column:
    return Column(name, kind, True, en, zh)


def _text(name: str, en: str, zh: str) -> Column:
    return Column(name, _TEXT, False, en, zh, empty=True)


def _choice(name: str, values: str, en: str, zh: str) -> Column:
    return Column(name, _TEXT, False, en, zh, tuple(values.split()))


YEAR: Final = _optional("year", _INT, "the year that the report is about", "报告所属年度")

_REPORT = _column(
    "report", _TEXT, "SHA-256 of the document's bytes, in hex", "文件内容的 SHA-256(十六进制)"
)
_CHOSEN = _column(
    "chosen", pa.bool_(),
    "whether the report counts for its agency and year; false for mirrors, other formats and "
    "superseded versions",
    "是否为该机关该年度的采用版本;镜像、其他格式及被取代的版本为 false",
)  # fmt: skip
_CONFIDENCE_OF_ALL = _column(
    "confidence", _SCORE, "estimated probability that every cell is right",
    "全部单元格无误的估计概率",
)  # fmt: skip
_START = _optional(
    "start",
    _LONG,
    "offset of its first character in the text as read",
    "在所读文本中的起始字符位置",
)
_END = _optional("end", _LONG, "offset behind its last character", "结束字符位置(不含)")
_FROM, _TO = (Column(c.name, c.type, False, c.en, c.zh) for c in (_START, _END))
_AGENCY = (
    _optional("agency", _TEXT, "agency as the title prints it, folded", "标题所印机关名称(已规整)"),
    _optional("agency_id", _TEXT, "id of the agency, the same in all years", "机关标识,各年一致"),
)
_PROVINCE = _optional("province", _TEXT, "province", "省级行政区")
_CITY = _optional("city", _TEXT, "prefecture", "地级行政区")
_COUNTY = _optional("county", _TEXT, "county", "县级行政区")
_PUBLISHED = _optional("published", _DATE, "date of publication", "公布日期")
_FORM = Column(
    "format",
    _TEXT,
    True,
    "the form that the report follows",
    "所用格式",
    ("2021", "2019", "pre2019"),
)
_FAILED = _column("checks_failed", _INT, "checks that failed", "未通过的核对数")
_VERSIONS = (
    _column("library_version", _TEXT, "version of nianbao that read it", "读取所用 nianbao 版本"),
    _column("model_version", _TEXT, "name and version of the model", "模型名称与版本"),
)
_OF_REPORT = (Reference("report", "reports", "report"),)


def _division(name: str, en: str, zh: str) -> Column:
    return _optional(
        f"{name}_code",
        _TEXT,
        f"code of the {en}, GB/T 2260, six digits",
        f"{zh}代码(GB/T 2260,六位)",
    )


def _total(row: str, en: str, zh: str) -> Column:
    return _optional(row, DECIMAL, f"cell requests.{row}.total: {en}", f"申请表「{zh}」的总计")


REPORTS: Final = Table(
    "reports",
    "One row for each distinct document that is a report.",
    "每份不同的年报一行。",
    (
        _REPORT, _FORM, _optional("title", _TEXT, "title as printed, folded", "标题(已规整)"),
        *_AGENCY,
        _optional("agency_confidence", _SCORE, "how sure agency_id and places are, 0 to 1",
                  "机关标识与行政区的可信度,0 到 1"),
        _PROVINCE, _division("province", "province", "省级行政区"),
        _CITY, _division("city", "prefecture", "地级行政区"),
        _COUNTY, _division("county", "county", "县级行政区"),
        _PUBLISHED, _CONFIDENCE_OF_ALL,
        _column("is_report_score", _SCORE, "probability that the document is such a report",
                "属于年报的概率"),
        _column("cells", _INT, "cells of its tables", "表格单元格数"),
        _column("cells_read", _INT, "cells with a number", "读出数字的单元格数"),
        _column("cells_blank", _INT, "cells that are empty or hold a dash", "空白单元格数"),
        _column("cells_inferred", _INT, "cells whose value is not traced to the text",
                "推得的单元格数"),
        _column("cells_missing", _INT, "cells that are lost or undecided", "缺失单元格数"),
        _column("checks_passed", _INT, "checks that passed", "通过的核对数"), _FAILED,
        _column("checks_skipped", _INT, "checks that lacked a figure", "因空缺未核对数"),
        _column("warnings", _INT, "warnings", "警告数"), _CHOSEN,
        _column("chosen_report", _TEXT, "the report that counts for its agency and year, itself when "
                "chosen", "该机关该年度采用的报告,采用本报告时即自身"),
        Column("link_reason", _TEXT, True, "why another report was chosen: mirror (same values and "
               "prose), other_format (same values from another media type), superseded (another "
               "version of the same agency and year); null when chosen",
               "未采用的原因:mirror 镜像(数值与正文相同),other_format 其他格式(数值相同),"
               "superseded 同一机关同一年度另有采用版本;采用时为空",
               ("mirror", "other_format", "superseded")),
        _column("document", _TEXT, "the first place where the document was found",
                "首次发现该文件的位置"),
        _optional("url", _TEXT, "its address, as its container says", "网址(据存档)"),
        _optional("fetched", _TEXT, "when it was fetched, ISO 8601 in UTC", "抓取时间(UTC)"),
        _column("media_type", _TEXT, "media type of the bytes, as detected", "媒体类型(据内容判断)"),
        _optional("encoding", _TEXT, "character encoding that was used", "字符编码"),
        _column("bytes", _LONG, "size in bytes", "字节数"),
        _total("new_received", "requests received in the year", "本年新收"),
        _total("results_total", "requests concluded in the year", "总计"),
        _total("carried_forward", "requests carried into the next year", "结转下年度继续办理"),
        _column("schema_version", _TEXT, "version of the record's shape", "记录结构版本"),
        *_VERSIONS,
    ),
    ("report",),
    (Reference("chosen_report", "reports", "report"), Reference("document", "documents", "document")),
    row_group=16384,
)  # fmt: skip

CELLS: Final = Table(
    "cells",
    "One row for each cell of the statutory tables, with its provenance.",
    "法定表格每个单元格一行,附来源。",
    (
        _REPORT, _CHOSEN,
        _column("table", _TEXT, "table of the form", "表"),
        _column("row", _TEXT, "row of the table; may hold a dot", "行;可含点"),
        _column("column", _TEXT, "column of the table", "列"),
        _optional("value", DECIMAL, "the number, exact; money in 10,000 yuan", "数值,精确;金额以万元计"),
        _text("raw", "text that was read, as printed", "所读原文"),
        _choice("state", "read blank inferred missing",
                "read: a number was read; blank: the cell is empty or holds a dash; inferred: not "
                "traced to the text; missing: lost, unreadable or ambiguous",
                "read 读出数字;blank 空白或仅有斜线、短横;inferred 推得;missing 缺失、无法读取或有歧义"),
        _START, _END,
        _column("confidence", _SCORE, "score of the value times that of its row's label",
                "数值得分与行名得分之积"),
        _column("candidates", _DECIMALS, "values that a missing cell may have", "缺失单元格的可能数值"),
        _text("reason", "why the value was put here, in Chinese", "数值归入此格的理由"),
        _column("failed_checks", _TEXTS, "ids of the failed checks that look at this cell",
                "涉及此格且未通过的核对"),
    ),
    ("report", "table", "row", "column"),
    _OF_REPORT,
    row_group=131072,
)  # fmt: skip

SECTIONS_TABLE: Final = Table(
    "sections",
    "One row for each section of a report, with its narrative.",
    "报告每个部分一行,附正文。",
    (
        _REPORT, _CHOSEN,
        _choice("section", " ".join(SECTIONS), "which of the six sections", "六个部分之一"),
        _optional("number", _INT, "its number, 1 to 6", "序号,1 至 6"),
        _text("heading", "heading as printed", "标题原文"),
        _text("text", "narrative without table cells, paragraphs joined by a line end",
              "正文(不含表格),段落以换行分隔"),
        _FROM, _TO,
        _column("confidence", _SCORE, "score of the heading", "标题得分"),
    ),
    ("report", "section"),
    _OF_REPORT,
    row_group=8192,
)  # fmt: skip

FACTS: Final = Table(
    "facts",
    "One row for each figure that the narrative states.",
    "正文所述每个数字一行。",
    (
        _REPORT, _CHOSEN,
        _column("name", _TEXT, "what the figure counts", "数字的含义"),
        _column("value", DECIMAL, "the number, exact", "数值,精确"),
        _text("unit", "unit as printed", "单位"),
        _text("text", "words that state it", "原文"),
        _FROM, _TO,
        _optional("fact_year", _INT, "the year that it speaks of", "所指年度"),
    ),
    (),
    _OF_REPORT,
)  # fmt: skip

CHECKS: Final = Table(
    "checks",
    "One row for each check of a report: sums of its tables, and narrative against tables.",
    "报告每项核对一行:表内勾稽及正文与表格对照。",
    (
        _REPORT, _CHOSEN,
        _column("check", _TEXT, "id of the check: requests.balance.<column>, requests.row_sum.<row>, "
                "requests.results_sum.<column>, reconsideration_litigation.row_sum.<row>, "
                "narrative.<fact>", "核对标识:收支平衡、行合计、结果合计、行政复议诉讼合计、正文对照"),
        _choice("status", "pass fail skipped", "pass, fail, or skipped for lack of a figure",
                "pass 通过,fail 未通过,skipped 因空缺未核对"),
        _text("message", "what was found, in Chinese", "核对结果"),
        _optional("expected", DECIMAL, "the figure that should stand there", "应有数值"),
        _optional("actual", DECIMAL, "the figure that stands there", "实有数值"),
        _column("cells", _TEXTS, "paths of the cells that it looks at", "所涉单元格"),
    ),
    ("report", "check"),
    _OF_REPORT,
)  # fmt: skip

WARNINGS: Final = Table(
    "warnings",
    "One row for each warning about a report.",
    "报告每条警告一行。",
    (
        _REPORT, _CHOSEN,
        _column("code", _TEXT, "what kind of finding, a stable code; number_not_held: a number has "
                "too many digits for these tables and is left out",
                "警告代码;number_not_held 表示数字位数过多,表中未载"),
        _text("message", "the finding, in Chinese", "警告内容"),
        _START, _END,
    ),
    (),
    _OF_REPORT,
)  # fmt: skip

DOCUMENTS: Final = Table(
    "documents",
    "One row for every input, whatever became of it.",
    "每个输入一行,无论结果如何。",
    (
        _column("document", _TEXT, "where it was found: source, path in an archive, number",
                "位置:来源、归档内路径、序号"),
        _column("source", _TEXT, "the file as named", "来源文件"),
        _optional("member", _TEXT, "path inside an archive", "归档内路径"),
        _column("ordinal", _LONG, "number of the record in its file, from 0", "文件内序号,自 0 起"),
        _optional("url", _TEXT, "its address, as its container says", "网址(据存档)"),
        _optional("fetched", _TEXT, "when it was fetched, ISO 8601 in UTC", "抓取时间(UTC)"),
        _optional("media_type", _TEXT, "media type, as its container says", "媒体类型(据存档)"),
        _column("bytes", _LONG, "size in bytes, as far as known", "字节数"),
        _optional("sha256", _TEXT, "SHA-256 of its bytes, in hex; null where they were not read",
                  "内容的 SHA-256(十六进制);未读全时为空"),
        _choice("status", "parsed not_report failed skipped",
                "parsed: a report; not_report: another page; failed: could not be read; skipped: no "
                "document", "parsed 年报;not_report 非年报;failed 无法读取;skipped 非文档"),
        _text("reason", "stable code of why it was not parsed", "未读出的原因代码"),
        _optional("message", _TEXT, "the reason in Chinese", "原因说明"),
        _optional("report", _TEXT, "its report", "所得报告"),
        _optional("same_bytes_as", _TEXT, "the first document with the same bytes, null for the first",
                  "内容相同的首个文件;首个为空"),
        *_VERSIONS,
    ),
    ("document",),
    (Reference("report", "reports", "report"), Reference("same_bytes_as", "documents", "document")),
    partitioned=False,
)  # fmt: skip

WIDE: Final = Table(
    "wide",
    "One row for each chosen report and one column for each cell, under the cell's path.",
    "每份采用的报告一行,每个单元格一列,列名即单元格路径。",
    (
        _REPORT, *_AGENCY, _PROVINCE, _CITY, _COUNTY, _PUBLISHED, _FORM, _CONFIDENCE_OF_ALL, _FAILED,
        *(_optional(path, DECIMAL, cell_label(path), cell_name(path)) for path in CELL_PATHS),
    ),
    ("report",),
    _OF_REPORT,
    row_group=8192,
)  # fmt: skip

#: In the order in which a reader meets them.
TABLES: Final = (REPORTS, CELLS, SECTIONS_TABLE, FACTS, CHECKS, WARNINGS, DOCUMENTS, WIDE)
