"""Kinds of pages and how one page of a kind is made, deterministically from its name and a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from training.battery import content, layouts
from training.battery.content import Sources
from training.battery.damages import ANY, DAMAGES, Damage, three
from training.battery.draft import Draft
from training.battery.others import OTHERS

#: Share of reports whose author miscounted, where the gold can bear it.
MISTAKES = 0.15
#: One PDF is made for so many pages of another kind: they take longest.
PDF_EVERY = 3

KINDS: tuple[str, ...] = (
    *(f"plain/{name}" for name in (*layouts.PLAIN, *layouts.MARKUP, "pdf")),
    *(f"damage/{name}" for name in DAMAGES),
    "three/any",
    *(f"other/{name}" for name in OTHERS),
)


@dataclass(frozen=True)
class Page:
    """A page with its gold.  `what` names its layout and damages."""

    kind: str
    name: str
    suffix: str
    data: bytes
    gold: dict[str, Any]
    what: tuple[str, ...]


def pages(kind: str, count: int, seed: int, sources: Sources) -> Iterator[Page]:
    """Yield `count` pages of `kind` (fewer PDFs); raises KeyError for an unknown kind."""
    if kind == "plain/pdf":
        count = -(-count // PDF_EVERY)
    for number in range(count):
        yield page(kind, number, seed, sources)


def page(kind: str, number: int, seed: int, sources: Sources) -> Page:
    """Return page `number` of `kind`: the same for the same arguments, whatever else is made."""
    family, name = kind.split("/")
    rng = random.Random(f"{seed}/{kind}/{number}")
    stem = f"{name}-{number:03d}"
    if family == "other":
        text = OTHERS[name](rng, sources)
        return Page(kind, stem, "txt", text.encode(), {"is_report": False}, (name,))
    chosen = {"plain": [], "three": three(rng) if family == "three" else []}.get(family)
    if chosen is None:
        chosen = [DAMAGES[name]]
    layout = name if family == "plain" else _layout(chosen, rng)
    draft = _draft(chosen, rng, sources)
    what = (layout, *(damage.name for damage in chosen))
    data, suffix = _render(draft, layout, chosen, rng, sources)
    return Page(kind, stem, suffix, data, draft.gold(), what)


def _layout(chosen: list[Damage], rng: random.Random) -> str:
    brought = [damage.layout for damage in chosen if damage.layout]
    if brought:
        return brought[0]
    allowed = frozenset.intersection(frozenset(ANY), *(damage.layouts for damage in chosen))
    return rng.choice(sorted(allowed))


def _draft(chosen: list[Damage], rng: random.Random, sources: Sources) -> Draft:
    draft = content.make(rng, sources)
    if rng.random() < MISTAKES and not any(damage.balanced for damage in chosen):
        content.add_mistake(rng, draft)
    for damage in chosen:
        if damage.on_draft:
            damage.on_draft(draft, rng)
    if draft.signature and any(damage.layout in layouts.ONE_LINE for damage in chosen):
        # Nothing tells the last sentence from the signature behind it.
        draft.sections[-1].judged = False
    return draft


def _render(
    draft: Draft, layout: str, chosen: list[Damage], rng: random.Random, sources: Sources
) -> tuple[bytes, str]:
    """Return the page's bytes and the suffix of its name."""
    if layout == "pdf":
        return layouts.page_pdf(draft), "pdf"
    if layout in layouts.MARKUP:
        charset = "utf-8" if layout == "html-utf8" else rng.choice(("gb2312", "gbk", "gb18030"))
        text = layouts.page_html(draft, charset, rng)
    else:
        text = _text(draft, layout, chosen, rng, sources)
    for damage in chosen:
        if damage.on_text:
            text = damage.on_text(text, rng)
    if layout == "html-gbk":
        return text.encode("gb18030"), "html"
    return text.encode(), "html" if layout in layouts.MARKUP else "txt"


def _text(
    draft: Draft, layout: str, chosen: list[Damage], rng: random.Random, sources: Sources
) -> str:
    style = layouts.PLAIN.get(layout) or layouts.SPECIAL[layout]
    lines = layouts.chunks(draft, style, rng)
    for damage in chosen:
        if damage.on_chunks:
            lines = damage.on_chunks(lines, rng)
        if damage.previous:
            lines += layouts.chunks(content.previous(rng, sources, draft), style, rng)
    return layouts.join(lines, style)
