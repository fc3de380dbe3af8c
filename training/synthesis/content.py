"""What a made report says, before any layout: blocks of labelled pieces, and the answer.

The forms, rows and headings are statutory; wording, prose and figures are drawn.  Everything comes
from the `random.Random` passed in: the same seed and corpus give the same report.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, SECTIONS, outcome_rows
from training.synthesis import sections, titles
from training.synthesis.adverts import advert
from training.synthesis.chrome import Chrome
from training.synthesis.corpus import Corpus
from training.synthesis.dressing import print_values
from training.synthesis.model import Block, Content, Piece
from training.synthesis.numbers import Printed, Values, failed_checks, make_mistake, make_values
from training.synthesis.other_pages import make_other_page
from training.synthesis.places import Agency, make_agency
from training.synthesis.prose import Writer
from training.synthesis.tables import make_table
from training.synthesis.wording import make_style

__all__ = ["ContentOptions", "Corpus", "make_content", "make_other_page"]

Format = Literal["2021", "2019", "pre2019"]

#: Share of reports whose sums an author got wrong.
_MISTAKES: Final = 0.15


@dataclass(frozen=True, slots=True)
class ContentOptions:
    """What is drawn unless it is set: the form of the report, and whether it may lack or add parts.

    `whole` keeps all six sections and three tables of one form, without extra rows.
    """

    format: Format | None = None
    whole: bool = False


def make_content(
    rng: random.Random, corpus: Corpus, *, options: ContentOptions | None = None
) -> Content:
    """Make one report.

    `gold["tables"]` holds what the cells print: int, Decimal (money in 万元, and fractions) or None
    for a blank or unreadable cell; a table or section that the report lacks is left out.  `title` and
    `agency` are left out where the page does not state them.
    """
    options = options or ContentOptions()
    kind = options.format or rng.choices(("2021", "2019", "pre2019"), (60, 35, 5))[0]
    maker = _Report(rng, corpus, kind, options.whole)
    return maker.make()


class _Report:
    """The choices of one report, made in order."""

    def __init__(self, rng: random.Random, corpus: Corpus, kind: str, whole: bool) -> None:
        self.rng, self.kind, self.whole = rng, kind, whole
        self.year = _draw_year(rng, kind)
        self.agency = make_agency(rng, corpus)
        self.day = titles.make_published(rng, self.year)
        self.style = make_style(rng, self.year)
        self.title = titles.make_title(rng, self.agency, self.year)
        self.forms = _draw_forms(rng, kind, whole)
        self.printed = self._print_tables()
        self.writer = Writer(
            rng,
            corpus,
            _slots(self.agency, self.year),
            borrow=rng.choice((0.02, 0.1, 0.25, 0.4)),
            wordy=rng.choice((1, 1, 2, 2, 3, 5)),
            facts=_facts(self.printed, self.forms),
        )
        self.advert = advert(rng) if rng.random() < 0.02 else ""

    def make(self) -> Content:
        rng = self.rng
        chrome = Chrome(rng, self.agency, self.year, self.day)
        where = rng.choices(("top", "bar", "line", "none"), (20, 33, 7, 40))[0]
        blocks = (
            [Block("chrome", (Piece(self.advert + "官网", "furniture"),))] if self.advert else []
        )
        blocks += chrome.top(dated=where == "top")
        if where == "top" and not _has_date(blocks):
            where = "bar"
        blocks += self._title_blocks(chrome, where)
        blocks += [Block("intro", (Piece(text, None),)) for text in sections.intro(self.writer)]
        if not self.whole and rng.random() < 0.03:
            blocks += sections.contents(self.writer)
        body, found = self._sections()
        blocks += self._paged(body)
        if rng.random() < 0.35:
            dated = _has_date(blocks)
            earlier = (
                timedelta(days=rng.randint(1, 12)) if dated and rng.random() < 0.3 else timedelta()
            )
            blocks += titles.signature_blocks(rng, self.agency, self.day - earlier)
        blocks += chrome.bottom()
        blocks = [self._written(block) for block in blocks]
        gold = self._gold(blocks, found)
        return Content(tuple(blocks), gold)

    def _print_tables(self) -> dict[str, Printed]:
        values = make_values(self.rng, self.agency.rank, self.forms)
        if self.rng.random() < _MISTAKES:
            values = make_mistake(self.rng, values, self.forms)
        return print_values(self.rng, values)

    def _title_blocks(self, chrome: Chrome, where: str) -> list[Block]:
        rng = self.rng
        blocks = [Block("title", line) for line in self.title.lines]
        if where == "line":
            when = Piece(titles.print_date(rng, self.day), "date")
            if rng.random() < 0.3:
                blocks.append(Block("title", (Piece(self.agency.full, "agency"),)))
            bracketed = rng.random() < 0.75
            blocks.append(
                Block(
                    "title", (Piece("（", None), when, Piece("）", None)) if bracketed else (when,)
                )
            )
        if where == "bar" or rng.random() < 0.3:
            blocks += chrome.below_title(dated=where == "bar")
        return blocks

    def _sections(self) -> tuple[list[Block], list[str]]:
        """Return the blocks of the sections, and the ids of those that have a heading."""
        rng = self.rng
        headings = sections.Headings(rng, self.year, reworded=self.kind == "pre2019")
        blocks: list[Block] = []
        found: list[str] = []
        present = [s for s in SECTIONS if self.whole or rng.random() > _missing(s, self.kind)]
        early = not self.whole and rng.random() < 0.015  # tables before their headings
        index = 0
        for section in present:
            index += 1
            has_table = section in self.forms
            lost = not self.whole and has_table and index > 1 and rng.random() < 0.01
            if lost:
                blocks.append(self._table(section))
                continue
            before, after = sections.narrative(self.writer, section, has_table)
            heading = headings.make(section, index)
            merged = headings.run_in(heading, before[0].pieces[0].text) if before else None
            part = [Block("heading", merged or heading, section=section)]
            part += before[1:] if merged else before
            if has_table:
                part.insert(0 if early else len(part), self._table(section))
            blocks += part + after
            found.append(section)
            if self.kind == "pre2019" and section == REQUESTS and rng.random() < 0.7:
                index += 1
                blocks += sections.charges(self.writer, index)
        return blocks, found

    def _paged(self, body: list[Block]) -> list[Block]:
        """Leave page numbers and running heads between the blocks, as pages cut from print do."""
        rng = self.rng
        if self.whole or rng.random() > 0.04:
            return body
        pattern = rng.choice(("— {} —", "- {} -", "-{}-", "第 {} 页 共 9 页", "{}", "第{}页"))
        heads = rng.random() < 0.3
        paged: list[Block] = []
        page = 1
        for block in body:
            paged.append(block)
            if rng.random() < 0.2:
                paged.append(Block("chrome", (Piece(pattern.format(page), "furniture"),)))
                page += 1
                if heads and self.title.lines:
                    paged.append(Block("chrome", (Piece(self.title.text, "furniture"),)))
        return paged

    def _table(self, section: str) -> Block:
        extra = not self.whole and self.rng.random() < 0.03
        table = make_table(self.rng, self.style, section, self.forms[section], self.printed, extra)
        return Block("table", table=table, section=section)

    def _written(self, block: Block) -> Block:
        """Give titles, headings and prose the report's punctuation; tables have it already.  Mirrors
        that live on advertising put it before place names."""
        if block.table is not None or block.kind == "chrome":
            return block
        pieces = tuple(Piece(self.style.write(piece.text), piece.label) for piece in block.pieces)
        if self.advert:
            place = self.agency.place
            pieces = tuple(
                p if p.label else Piece(p.text.replace(place, f"{self.advert}:{place}"), None)
                for p in pieces
            )
        return Block(block.kind, pieces, section=block.section)

    def _gold(self, blocks: list[Block], found: list[str]) -> dict[str, Any]:
        gold: dict[str, Any] = {"is_report": True, "format": self.kind, "year": self.year}
        repeated = _repeated_title(blocks)
        if self.title.lines:
            gold["title"] = self.style.write(self.title.text).translate(_NO_BLANKS)
        elif repeated:
            gold["title"] = repeated
        signed = [
            p.text for b in blocks for p in b.pieces if p.label == "agency" and b.kind != "chrome"
        ]
        if self.title.has_agency or (repeated and not self.title.lines):
            gold["agency"] = self.agency.name
        elif signed:
            gold["agency"] = signed[0]
        gold["published"] = self.day.isoformat() if _has_date(blocks) else None
        gold["sections"] = [_section_gold(blocks, section) for section in found]
        values: Values = {path: cell.value for path, cell in self.printed.items()}
        gold["tables"] = _nested(values)
        gold["failed_checks"] = failed_checks(values, self.forms)
        gold["warnings"] = self._warnings(found)
        return gold

    def _warnings(self, found: list[str]) -> list[str]:
        warnings = []
        if any(cell.text in ("增", "减") for cell in self.printed.values()):
            warnings.append("unreadable_value")
        if self.kind != "pre2019" and len(found) < len(SECTIONS):
            warnings.append("section_missing")
        if self.kind != "pre2019" and len(self.forms) < 3:
            warnings.append("table_missing")
        return sorted(warnings)


_NO_BLANKS: Final = str.maketrans("", "", " \u3000")


def _draw_year(rng: random.Random, kind: str) -> int:
    if kind == "2021":
        return rng.choices(range(2021, 2027), (25, 25, 22, 18, 8, 2))[0]
    if kind == "2019":
        return rng.choices((2019, 2020, 2021, 2022, 2023), (40, 48, 4, 5, 3))[0]
    return rng.randint(2008, 2018)


def _draw_forms(rng: random.Random, kind: str, whole: bool) -> dict[str, str]:
    """Return table -> form of the tables that the report has; now and then forms are mixed."""
    if kind == "pre2019":
        return {}
    other = "2019" if kind == "2021" else "2021"
    forms = dict.fromkeys((PROACTIVE, REQUESTS, REVIEW), kind)
    if whole:
        return forms
    if rng.random() < 0.015:
        del forms[rng.choice(list(forms))]
    elif rng.random() < 0.07:
        forms[REQUESTS] = other
    return forms


def _missing(section: str, kind: str) -> float:
    """Return the chance that a report lacks the section altogether."""
    if section in (PROACTIVE, REQUESTS, REVIEW):
        return 0.08 if kind == "pre2019" else 0.0
    return {"overview": 0.015, "problems_improvements": 0.02, "other_matters": 0.07}[section]


def _slots(agency: Agency, year: int) -> dict[str, str]:
    return {
        "self": agency.self,
        "short": agency.short,
        "area": agency.area,
        "parent": agency.parent,
        "office": agency.office,
        "place": agency.place,
        "title": f"{agency.name}{year}年政府信息公开工作年度报告",
        "year": str(year),
        "last": str(year - 1),
        "next": str(year + 1),
    }


def _facts(printed: dict[str, Printed], forms: dict[str, str]) -> dict[str, int]:
    """Return the figures that the prose may state, as far as the tables have them."""

    def total(row: str, column: str = "total", table: str = REQUESTS) -> int:
        cell = printed.get(f"{table}.{row}.{column}")
        return int(cell.value) if cell and cell.value is not None else 0

    facts: dict[str, int] = {}
    if REQUESTS in forms:
        rows = outcome_rows(forms[REQUESTS])
        facts["received"] = total("new_received")
        facts["carried_over"] = total("carried_over")
        facts["granted"] = total("granted")
        facts["partial"] = total("partially_granted")
        groups = (
            ("denied", "denied"),
            ("unavailable", "unavailable"),
            ("not_processed", "not_processed"),
            ("other", "other_processing"),
        )
        for fact, group in groups:
            facts[fact] = sum(total(row) for row in rows if row.split(".")[0] == group)
        facts["carried_forward"] = total("carried_forward")
        facts["natural"] = total("new_received", "natural_person")
        facts["enterprise"] = total("new_received", "commercial_enterprise")
        facts["organizations"] = max(0, facts["received"] - facts["natural"])
    if REVIEW in forms:
        facts["reviews"] = total("reconsideration", table=REVIEW)
        facts["lawsuits"] = sum(
            total(row, table=REVIEW)
            for row in ("litigation_direct", "litigation_after_reconsideration")
        )
    if forms.get(PROACTIVE) == "2021":
        for fact in ("made", "repealed", "in_force"):
            facts[fact] = total("normative_documents", fact, PROACTIVE)
    if PROACTIVE in forms:
        for fact in ("licensing", "penalties", "coercion"):
            facts[fact] = total(fact, "decisions", PROACTIVE)
    return facts


def _repeated_title(blocks: list[Block]) -> str:
    """Return the title that metadata or the page's head repeat, "" if none does."""
    for block in blocks:
        if block.kind == "chrome" and any(piece.label == "title" for piece in block.pieces):
            words = (p.text for p in block.pieces if p.label in ("agency", "year", "title"))
            return "".join(words).translate(_NO_BLANKS)
    return ""


def _has_date(blocks: list[Block]) -> bool:
    return any(piece.label == "date" for block in blocks for piece in block.pieces)


def _section_gold(blocks: list[Block], section: str) -> dict[str, Any]:
    mine = [block for block in blocks if block.section == section]
    heading = next(block for block in mine if block.kind == "heading").pieces
    rest = "".join(piece.text for piece in heading[1:]).lstrip(" 。：:\u3000")
    text = rest + "".join(
        piece.text for block in mine if block.kind == "paragraph" for piece in block.pieces
    )
    return {
        "id": section,
        "number": list(SECTIONS).index(section) + 1,
        "heading": heading[0].text,
        "starts": text[:24],
        "ends": text[-24:],
    }


def _nested(values: Values) -> dict[str, dict[str, dict[str, int | Decimal | None]]]:
    tables: dict[str, dict[str, dict[str, int | Decimal | None]]] = {}
    for path, value in values.items():
        table, rest = path.split(".", 1)
        row, column = rest.rsplit(".", 1)
        tables.setdefault(table, {}).setdefault(row, {})[column] = value
    return tables
