"""The table of damages: what each does, to what, and which may meet.

A damage works on the draft (strings and gold), on the chunks (lines of a text page) or on the page's
whole text, or it brings its own layout.  Two damages of one group never meet on a page.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from training.battery import labels, page, script, values, words
from training.battery.draft import Draft
from training.battery.layouts import FENCED, MARKUP, POSITIONAL, ROWED, TEXTS, Chunk

ANY = TEXTS | set(MARKUP)


@dataclass(frozen=True)
class Damage:
    """`layout` is the name of the layout it brings, `layouts` those it can stand on.  `balanced` asks
    for a report without an author's mistake: the sums are what makes its gold decidable."""

    name: str
    group: str
    on_draft: Callable[[Draft, random.Random], None] | None = None
    on_chunks: Callable[[list[Chunk], random.Random], list[Chunk]] | None = None
    on_text: Callable[[str, random.Random], str] | None = None
    layout: str | None = None
    layouts: frozenset[str] = frozenset(ANY)
    balanced: bool = False
    previous: bool = False


DAMAGES: dict[str, Damage] = {
    damage.name: damage
    for damage in (
        Damage("glued", "values", values.glue, layout="glued", balanced=True),
        Damage("glued-values", "values", values.glue, layout="glued-values", balanced=True),
        Damage("cells-dropped", "values", values.drop_cells, layouts=TEXTS, balanced=True),
        Damage("empties-dropped", "values", values.drop_empties, layouts=TEXTS, balanced=True),
        Damage("merged", "values", values.merge_review, layouts=TEXTS, balanced=True),
        Damage("blank-cells", "values", values.blank_cells, layouts=POSITIONAL),
        Damage("blank-marks", "values", values.mark_cells, layouts=frozenset(ROWED | set(MARKUP))),
        Damage("totals-only", "values", values.totals_only, layouts=POSITIONAL),
        Damage("dressed-digits", "values", values.dress_digits, layouts=frozenset(FENCED)),
        Damage("extra-rows-columns", "values", values.add_rows_and_columns),
        Damage("detached-values", "values", layout="detached"),
        Damage(
            "ocr-boxes",
            "values",
            on_chunks=page.ocr_boxes,
            layouts=frozenset({"cell-lines"}),
        ),
        Damage("torn-labels", "labels", labels.tear),
        Damage("reworded-labels", "labels", labels.reword),
        Damage("abbreviated-labels", "labels", labels.abbreviate),
        Damage("typos-instructions", "labels", labels.mistype),
        Damage("headers-cut", "headers", labels.cut_headers),
        Damage("headers-lost", "headers", labels.lose_headers, layouts=TEXTS),
        Damage("split-tables", "page", on_chunks=page.split_tables, layouts=ROWED),
        Damage("page-furniture", "page", on_chunks=page.furnish, layouts=ROWED),
        Damage("page-breaks", "page", on_chunks=page.break_rows, layouts=ROWED),
        Damage("dirty-html", "page", on_text=page.dirty_html, layouts=frozenset(MARKUP)),
        Damage("site-chrome", "site", page.add_chrome),
        Damage("advertising", "site", page.advertise),
        Damage("one-line", "whole", layout="one-line"),
        Damage("printed-twice", "whole", page.note_double, page.print_twice, layouts=TEXTS),
        Damage("two-years", "whole", page.note_previous, layouts=TEXTS, previous=True),
        Damage("echo-prose", "prose", words.echo),
        Damage("lost-headings", "prose", words.lose_headings),
        Damage("renumbered-headings", "prose", words.renumber),
        Damage("traditional", "script", script.settle, on_text=script.traditional),
        Damage("ruby-toned", "script", script.settle, on_text=script.ruby_toned),
        Damage("ruby-toneless", "script", script.settle, on_text=script.ruby_toneless),
        Damage("kangxi-radicals", "script", on_text=script.kangxi),
        Damage("noise-3", "script", script.noise_3),
        Damage("noise-6", "script", script.noise_6),
        Damage("noise-beside-digits", "script", script.noise_beside_digits),
    )
}


#: Pairs after which the page would no longer say what gold says: what ends where on it is lost.
APART = (
    {"glued", "renumbered-headings"},
    {"glued", "site-chrome"},
    {"glued", "advertising"},
)


def compatible(chosen: list[Damage]) -> bool:
    """Say whether `chosen` can stand on one page: one of each group, and a layout that suits all."""
    names = {damage.name for damage in chosen}
    if len({damage.group for damage in chosen}) < len(chosen) or any(p <= names for p in APART):
        return False
    brought = [damage.layout for damage in chosen if damage.layout]
    if brought:
        rest = [damage for damage in chosen if not damage.layout]
        return len(brought) == 1 and all(damage.layouts >= TEXTS for damage in rest)
    return bool(frozenset.intersection(*(damage.layouts for damage in chosen)))


def three(rng: random.Random) -> list[Damage]:
    """Draw three different damages that can meet."""
    names = sorted(DAMAGES)
    while True:
        chosen = [DAMAGES[name] for name in rng.sample(names, 3)]
        if compatible(chosen):
            return sorted(chosen, key=lambda damage: names.index(damage.name))
