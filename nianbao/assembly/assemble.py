"""Document + spans -> the parts of the record: meta, sections, cells, warnings.

A pure function of the folded text and the spans; everything that it returns is in offsets of the
text as read.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nianbao.assembly.bodies import Body, choose_body, find_bodies
from nianbao.assembly.grids import Grids
from nianbao.assembly.meta import Meta, read_meta
from nianbao.assembly.regions import find_regions
from nianbao.assembly.sections import SectionPlace, choose_headings, narrative, read_sections
from nianbao.assembly.tables import FoundTables, ReadCell, TableReader
from nianbao.document import Table
from nianbao.numbers import Number
from nianbao.reading.folding import Folded
from nianbao.report import CellSource, CellValue, Section, Warning_
from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, SECTIONS
from nianbao.spans import Span

#: Weights of the witnesses that a page is a report: a logistic score of what was found, set so that
#: six headings without a table, or a table with its rows, are clearly a report and a notice that
#: quotes the headings in prose is not.  `filled` are rows of any table with a value behind the label:
#: a page cut off after its first table has little else.
_WITNESS = {
    "bias": -4.0, "heading": 1.1, "row": 0.25, "filled": 0.6, "title": 1.5, "value": 0.02, "empty": -9.0,
}  # fmt: skip
#: Rows without a single value from which on the page is taken for the empty form (a notice), unless
#: it has so many headings and says who reports on which year: some agencies leave every cell blank.
EMPTY_FORM_ROWS = 8
SPOKEN_HEADINGS = 5

_TABLE_NAMES = {
    PROACTIVE: "主动公开政府信息情况", REQUESTS: "收到和处理政府信息公开申请情况",
    REVIEW: "政府信息公开行政复议、行政诉讼情况",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the report stands in the text; `narratives` are the lines of each place, folded
    stretches."""

    bodies: tuple[Body, ...]
    body: Body
    places: tuple[SectionPlace, ...]
    meta: Meta
    narratives: tuple[tuple[tuple[int, int], ...], ...]
    is_report_score: float

    @property
    def lines(self) -> tuple[tuple[int, int], ...]:
        """The lines of all narratives."""
        return tuple(line for lines in self.narratives for line in lines)


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts of the record that come from labels; `forms` is the form of each table found."""

    format: str | None
    forms: dict[str, str]
    sections: tuple[Section, ...]
    cells: tuple[CellValue, ...]
    warnings: tuple[Warning_, ...]
    confidence: float


def outline(folded: Folded, spans: Sequence[Span]) -> Outline:
    """Find the report among folded `spans` (sorted, without overlap)."""
    bodies = find_bodies(folded.text, spans)
    body = choose_body(bodies)
    places = tuple(choose_headings(folded.text, body))
    meta = read_meta(folded, body, places[0].heading.start if places else body.end)
    narratives = tuple(tuple(narrative(folded, body, place)) for place in places)
    return Outline(tuple(bodies), body, places, meta, narratives, _report_score(body))


def assemble(
    folded: Folded, found: Outline, stated: Mapping[str, Collection[Number]], grids: Sequence[Table]
) -> Assembled:
    """Assemble the parts of the record.

    `stated` is what the narrative says of cells, {path: numbers}: it may choose among readings that
    the table leaves open.  `grids` are the tables that the source drew (offsets as read).
    """
    tables = _read_tables(folded, found, stated, grids)
    cells = tuple(_cell_value(folded, cell) for cell in tables.cells)
    warnings = [
        *_body_warnings(folded, found),
        *_missing_parts(found.places, tables),
        *_cell_warnings(cells, tables),
    ]
    form = tables.forms.get(PROACTIVE) or tables.forms.get(REQUESTS)
    whole_form = form or _format_without_tables(found.meta.year, found.places)
    return Assembled(
        format=whole_form,
        forms=dict(tables.forms),
        sections=read_sections(folded, found.places, found.narratives),
        cells=() if form is None and whole_form in (None, "pre2019") else cells,
        warnings=tuple(warnings),
        confidence=_confidence(cells),
    )


def _read_tables(
    folded: Folded, found: Outline, stated: Mapping[str, Collection[Number]], grids: Sequence[Table]
) -> FoundTables:
    body = found.body
    text = folded.text[: body.end]
    inside = [span for span in body.spans if span.end <= body.end]
    zones = {place.id: (place.heading.start, place.end) for place in found.places}
    reader = TableReader(
        text, find_regions(text, inside), zones, stated, Grids(folded, grids, inside)
    )
    return reader.read(found.meta.year)


def _cell_value(folded: Folded, cell: ReadCell) -> CellValue:
    piece = cell.piece
    start, end = folded.source(piece.start, piece.end)
    known = piece.state in ("read", "blank")
    source: CellSource = "missing"
    if piece.state == "read":
        source = "read"
    elif piece.state == "blank":
        source = "blank"
    traced = known or piece.state == "unreadable" or bool(cell.candidates)
    candidates: tuple[Number, ...] = ()
    if cell.candidates:
        candidates = tuple(dict.fromkeys(c.value for c in cell.candidates if c.value is not None))
    return CellValue(
        path=cell.path,
        value=piece.value if piece.state == "read" else None,
        raw=folded.source_text[start:end] if traced else "",
        start=start if traced else None,
        end=end if traced else None,
        confidence=round(piece.score * cell.label_score, 4) if known else 0.0,
        source=source,
        candidates=candidates[:20],
        reason="有数字但无法辨认" if piece.state == "unreadable" else cell.reason,
    )


def _body_warnings(folded: Folded, found: Outline) -> list[Warning_]:
    warnings = []
    body = found.body
    for other in found.bodies:
        if other is body or (other.rows < body.rows / 2 and other.headings < 4):
            continue
        start, end = folded.source(other.start, other.end)
        places = choose_headings(folded.text, other)
        first = places[0].heading.start if places else other.end
        same = read_meta(folded, other, first).year == found.meta.year
        code = "duplicate_body" if same else "several_reports"
        message = "页面中报告正文重复出现" if same else "页面中有另一份报告,未予解析"
        warnings.append(Warning_(code, message, start, end))
    return warnings


def _missing_parts(places: Sequence[SectionPlace], tables: FoundTables) -> list[Warning_]:
    found = {place.id for place in places}
    warnings = [
        Warning_("section_missing", f"未找到「{heading}」一节")
        for section, heading in SECTIONS.items()
        if section not in found
    ]
    warnings += [
        Warning_("table_missing", f"未找到「{name}」的表格")
        for table, name in _TABLE_NAMES.items()
        if table not in tables.forms
    ]
    return warnings


def _cell_warnings(cells: Sequence[CellValue], tables: FoundTables) -> list[Warning_]:
    warnings = []
    missing = [cell for cell in cells if cell.source == "missing"]
    for table in tables.forms:
        lost = [cell for cell in missing if cell.path.startswith(table + ".")]
        unreadable = [c for c in lost if c.reason == "有数字但无法辨认"]
        if len(lost) > len(unreadable):
            message = f"「{_TABLE_NAMES[table]}」表中有 {len(lost) - len(unreadable)} 个单元格缺失或不能确定"
            warnings.append(Warning_("missing_cells", message))
        warnings += [
            Warning_("unreadable_value", f"无法辨认「{c.raw}」({c.path})", c.start, c.end)
            for c in unreadable
        ]
    return warnings


def _format_without_tables(year: int | None, places: Sequence[SectionPlace]) -> str | None:
    """The form of a report that shows no table is the one in force for its year."""
    if year is None or not places:
        return None
    return "pre2019" if year < 2019 else "2019" if year < 2021 else "2021"


def _report_score(body: Body) -> float:
    """The probability that the page is a report, from what was labelled."""
    labels = [span.label for span in body.spans]
    witness = (
        _WITNESS["bias"]
        + _WITNESS["heading"] * body.headings
        + _WITNESS["row"] * min(body.rows, 12)
        + _WITNESS["filled"] * min(_filled_rows(labels), 8)
        + _WITNESS["title"] * ("title" in labels)
        + _WITNESS["value"] * min(labels.count("value"), 50)
        + _WITNESS["empty"] * _is_empty_form(body, labels)
    )
    return round(1 / (1 + math.exp(-witness)), 4)


def _is_empty_form(body: Body, labels: Sequence[str]) -> bool:
    spoken = body.headings >= SPOKEN_HEADINGS and "agency" in labels and "year" in labels
    return body.rows >= EMPTY_FORM_ROWS and "value" not in labels and not spoken


def _filled_rows(labels: Sequence[str]) -> int:
    return len({
        label for label, following in zip(labels, labels[1:], strict=False)
        if label.startswith("row.") and following == "value"
    })  # fmt: skip


def _confidence(cells: Sequence[CellValue]) -> float:
    """A first estimate that every cell is right: the product of the least certain row of each table
    (cells of a row stand or fall with its label), halved while cells are unknown."""
    if not cells:
        return 0.0
    least: dict[str, float] = {}
    for cell in cells:
        table = cell.path.split(".", 1)[0]
        score = cell.confidence if cell.source != "missing" else 0.5
        least[table] = min(least.get(table, 1.0), score)
    return round(math.prod(least.values()), 4)
