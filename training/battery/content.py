"""Undamaged reports: an agency, a year, a form, figures, prose, and the chrome of a site."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from nianbao.rules.forms import PROACTIVE, REQUESTS, REVIEW, SECTIONS
from training.battery import forms, numbers, places, prose
from training.battery.draft import Draft, Number, Section


@dataclass(frozen=True)
class Sources:
    """What content is drawn from: places held out of training, and sentences of official prose."""

    divisions: places.Divisions
    sentences: tuple[str, ...]

    @classmethod
    def load(cls, data: Path | None) -> Sources:
        """Read the folder `data` (`admin_divisions.json`, `policy_news.txt`); without it the
        built-in places and templates stand alone."""
        return cls(places.divisions(data), prose.sentences(data))


def make(rng: random.Random, sources: Sources) -> Draft:
    """Return an undamaged report."""
    form = rng.choices(("2021", "2019"), (3, 2))[0]
    year = rng.choice((2021, 2022, 2023, 2024)) if form == "2021" else rng.choice((2019, 2020))
    return _report(rng, sources, places.agency(rng, sources.divisions), (form, year))


def previous(rng: random.Random, sources: Sources, draft: Draft) -> Draft:
    """Return the report of the same agency for the year before."""
    year = draft.year - 1
    form = "2021" if year > 2020 else "2019"
    return _report(rng, sources, (draft.title[1], "我单位"), (form, year))


def _report(
    rng: random.Random, sources: Sources, agency: tuple[str, str], what: tuple[str, int]
) -> Draft:
    form, year = what
    mixed = rng.random() < 0.06
    second = {"2021": "2019", "2019": "2021"}[form] if mixed else form
    size = numbers.size_of(rng)
    values: dict[str, Number | None] = {
        **numbers.proactive(rng, form, size),
        **numbers.requests(rng, second, size),
        **numbers.review(rng, size),
    }

    def shown(path: str) -> str:
        value = values[path]
        return "" if value is None else f"{value:f}" if not isinstance(value, int) else str(value)

    grids = {
        PROACTIVE: forms.proactive(form, shown),
        REQUESTS: forms.requests(second, shown),
        REVIEW: forms.review(second, shown),
    }
    writer = prose.Writer(rng, agency, year, numbers.facts(rng, values))
    sections = []
    for number, name in enumerate(SECTIONS, 1):
        names = prose.HEADINGS[name]
        heading = names[0] if rng.random() < 0.7 else rng.choice(names[1:])
        section = Section(name, number, heading.format(y=year), grid=grids.get(name))
        if name == "overview":
            section.before = writer.overview(sources.sentences)
        elif name == "problems_improvements":
            section.before = writer.problems()
        elif name == "other_matters":
            section.before = [writer.some(prose.OTHERS, 1)]
        elif rng.random() < 0.12:
            section.before = [writer.some(prose.NOTES, 1)]
        sections.append(section)
    draft = _frame(rng, agency[0], year, writer, sections, values)
    if mixed:
        draft.unjudged.add("format")
    return draft


def _frame(
    rng: random.Random,
    agency: str,
    year: int,
    writer: prose.Writer,
    sections: list[Section],
    values: dict[str, Number | None],
) -> Draft:
    """Return the draft with its title, introduction, signature and date."""
    title, broken = rng.choice(
        (
            (("", agency, f"{year}年政府信息公开工作年度报告"), False),
            (("", agency, f"{year}年政府信息公开工作年度报告"), False),
            (("", agency, f"{year}年政府信息公开工作年度报告"), True),
            (("", agency, f"{year}年度政府信息公开工作年度报告"), False),
            (("", agency, f"{year}年政府信息公开年度报告"), False),
            ((f"{year}年", agency, "政府信息公开工作年度报告"), False),
        )
    )
    month, day = rng.randint(1, 3), rng.randint(1, 28)
    date = f"{year + 1}年{month}月{day}日"
    dated = rng.random()
    meta: list[str] = []
    signature: list[str] = []
    published: str | None = f"{year + 1}-{month:02d}-{day:02d}"
    if dated < 0.4:
        signature = [agency, date]
    elif dated < 0.7:
        source = rng.choice(("发布时间：", "发布日期：", "发文日期："))
        stamp = rng.choice((published, f"{published} 09:{rng.randint(10, 59)}", date))
        meta = [f"{source}{stamp}　来源：{agency}"]
    else:
        published = None
    intro = [writer.some(prose.INTRO, rng.randint(1, 2))] if rng.random() < 0.7 else []
    return Draft(title, year, published, broken, [], meta, intro, sections, signature, [], values)


def add_mistake(rng: random.Random, draft: Draft) -> None:
    """Let the author miscount: one total of table `requests`, or one result, is wrong."""
    candidates = [
        path
        for path, value in draft.values.items()
        if path.startswith(REQUESTS) and path.rsplit(".", 1)[1] in ("total", "natural_person")
        if isinstance(value, int) and value > 0
    ]
    if not candidates:
        return
    path = rng.choice(candidates)
    value = draft.values[path]
    assert isinstance(value, int)
    value += rng.choice((-1, 1, 1, 2))
    draft.values[path] = value
    for cell in draft.cells("value"):
        if cell.path == path:
            cell.text = str(value)
