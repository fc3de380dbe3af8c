"""Made reports as pages: content, then layout, then damages, with every span exact.

    python -m training.synthesis.pages --data DIR --seed N --count K --show

Everything is drawn from the seed: the same seed and corpus make the same example.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from nianbao.spans import Span, check_spans
from training.synthesis.content import ContentOptions, make_content, make_other_page
from training.synthesis.corpus import Corpus
from training.synthesis.damage import (
    ANOTHER_REPORT,
    DAMAGES,
    DROPPING,
    RETELLING,
    REWORDING,
    SCAN_DAMAGES,
    STRUCTURAL,
    TEXTUAL,
    WEIGHTS,
)
from training.synthesis.damage_blocks import followed_by
from training.synthesis.html import render_html
from training.synthesis.layout import Annotated, Edit
from training.synthesis.layout_registry import (
    BLANKLESS,
    FLAT_LAYOUTS,
    LAYOUT_WEIGHTS,
    PLAIN_LAYOUTS,
    SCANNED,
    UGLY_LAYOUTS,
    Layout,
)
from training.synthesis.model import Content, Example

__all__ = ["DAMAGES", "LAYOUTS", "compose", "iter_examples", "make_example", "render"]

LAYOUTS: dict[str, Layout] = {**FLAT_LAYOUTS, "html": render_html}

#: Share of examples through the HTML reader: it costs twice a flat one.
HTML_SHARE = 0.12
OTHER_PAGE_SHARE = 0.04
#: How often a page of "mixed" has no damage or one; the others have several.  Most real reports are
#: undamaged; pages with several damages teach the most.
PLAIN_SHARE, ONE_SHARE = 0.4, 0.25
_SEVERAL = (2, 2, 2, 3, 3, 4)


def render(content: Content, layout_name: str, rng: Random) -> Annotated:
    """Lay `content` out; KeyError for a layout that is not in `LAYOUTS`."""
    return LAYOUTS[layout_name](content, rng)


def _draw_layout(rng: Random, *, plain: bool) -> str:
    if rng.random() < HTML_SHARE:
        return "html"
    names = list(PLAIN_LAYOUTS if plain or rng.random() < 0.3 else UGLY_LAYOUTS)
    return rng.choices(names, [LAYOUT_WEIGHTS.get(name, 1.0) for name in names])[0]


def _draw_damages(rng: Random, count: int, layout: str) -> list[str]:
    names = [*STRUCTURAL, ANOTHER_REPORT, *TEXTUAL]
    weights = [WEIGHTS.get(name, 1.0) for name in names]
    chosen: list[str] = []
    if count and layout in SCANNED and rng.random() < 0.6:
        chosen.append(rng.choice(SCAN_DAMAGES))
    while len(chosen) < count:
        name = rng.choices(names, weights)[0]
        if name not in chosen:
            chosen.append(name)
    return chosen


def damage_content(content: Content, names: list[str], rng: Random, corpus: Corpus) -> Content:
    """Do the structural ones of `names` to `content`, in their order."""
    for name, damage in STRUCTURAL.items():
        if name in names:
            content = damage(content, rng)
    if ANOTHER_REPORT in names:
        form = ContentOptions(format=content.gold["format"])
        content = followed_by(content, make_content(rng, corpus, options=form))
    return content


def damage_text(made: Annotated, names: list[str], rng: Random) -> Annotated:
    """Do the textual ones of `names` to `made`, in their order."""
    for name, damage in TEXTUAL.items():
        if name in names:
            made = damage(made, rng)
    if made.text.startswith("\ufeff"):  # no reader keeps a byte order mark
        made = made.edited([Edit(0, 1, "")])
    return made.trimmed()


class _Choice(NamedTuple):
    """The layout and the damages of one example."""

    layout: str
    damages: tuple[str, ...]

    @property
    def drops(self) -> bool:
        """Whether values may stand beside each other without the cells between them."""
        return not DROPPING.isdisjoint(self.damages)


def _printed(content: Content) -> dict[str, list[str]]:
    """Row path -> the paths of its cells that print something."""
    rows: dict[str, list[str]] = {}
    for block in content.blocks:
        for cell in block.table.cells if block.table is not None else ():
            if cell.path is not None and cell.text.strip():
                rows.setdefault(cell.path.rsplit(".", 1)[0], []).append(cell.path)
    return rows


def _gold_value(gold: dict[str, Any], path: str) -> Any:
    table, rest = path.split(".", 1)
    row, column = rest.rsplit(".", 1)
    return gold.get("tables", {}).get(table, {}).get(row, {}).get(column)


def _gold(content: Content, damaged: Content, made: Annotated, example: _Choice) -> dict[str, Any]:
    """Return gold with what the page cannot tell any more.

    `lost` names the paths whose characters are gone, `ambiguous` those whose column nothing shows;
    both may be null in an answer.  What a damage leaves unsure is left out, as gold does.
    """
    gold = dict(damaged.gold)
    shown = {mark.path for mark in made.marks if mark.path is not None}
    printed = _printed(content)
    lost = [path for paths in printed.values() for path in paths if path not in shown]
    ambiguous: list[str] = []
    if example.drops or example.layout in BLANKLESS:
        widths: dict[str, int] = {}
        for table, rows in gold.get("tables", {}).items():
            widths.update({f"{table}.{row}": len(columns) for row, columns in rows.items()})
        for row, paths in printed.items():
            left = [path for path in paths if path in shown]
            if left and len(left) < widths.get(row, 0):
                ambiguous.extend(left)
    accept = dict(gold.get("accept", {}))
    for path in (*lost, *ambiguous):
        value = _gold_value(gold, path)
        if value is not None:
            accept.setdefault(path, [value, None])
    gold["accept"] = accept
    gold["lost"] = sorted(path for path in lost if _gold_value(gold, path) is not None)
    gold["ambiguous"] = sorted(ambiguous)
    if gold["lost"] or ambiguous:
        gold.pop("failed_checks", None)
    names = set(example.damages)
    if not REWORDING.isdisjoint(names):
        gold["sections"] = []
        gold.pop("title", None)
        gold.pop("agency", None)
    if not RETELLING.isdisjoint(names):
        told = ("starts", "ends")
        gold["sections"] = [
            {key: value for key, value in section.items() if key not in told}
            for section in gold.get("sections", ())
        ]
    return gold


def make_example(seed: int, corpus: Corpus, *, difficulty: str = "mixed") -> Example:
    """Make the example of `seed`.

    `difficulty`: "plain" (a readable layout, no damage), "one" damage, "several" (two to four), or
    "mixed" (also pages that are no report).  Raises ValueError for another word.
    """
    rng = Random(seed)
    if difficulty == "mixed":
        draw = rng.random()
        several = "one" if draw < PLAIN_SHARE + ONE_SHARE else "several"
        difficulty = "plain" if draw < PLAIN_SHARE else several
        other = rng.random() < OTHER_PAGE_SHARE
    elif difficulty in ("plain", "one", "several"):
        other = False
    else:
        raise ValueError(f"unknown difficulty {difficulty!r}")
    count = {"plain": 0, "one": 1, "several": rng.choice(_SEVERAL)}[difficulty]
    layout = _draw_layout(rng, plain=difficulty == "plain")
    names = _draw_damages(rng, count, layout)
    if other:
        names = [name for name in names if name in TEXTUAL or name == "alien_lines"]
        content = make_other_page(rng, corpus)
    else:
        content = make_content(rng, corpus)
    return compose(content, layout, names, rng, corpus)


def compose(
    content: Content, layout: str, names: list[str], rng: Random, corpus: Corpus
) -> Example:
    """Damage `content`, lay it out, damage the text; `names` are of `DAMAGES` or ANOTHER_REPORT."""
    damaged = damage_content(content, names, rng, corpus)
    made = damage_text(render(damaged, layout, rng), names, rng)
    gold = _gold(content, damaged, made, _Choice(layout, tuple(names)))
    spans = tuple(check_spans(made.spans, made.text))
    return Example(made.text, spans, gold, layout, tuple(names))


def iter_examples(
    start_seed: int, count: int, corpus: Corpus, *, difficulty: str = "mixed"
) -> Iterator[Example]:
    """Make the examples of `count` seeds from `start_seed` on."""
    for seed in range(start_seed, start_seed + count):
        yield make_example(seed, corpus, difficulty=difficulty)


def marked_text(text: str, spans: tuple[Span, ...]) -> str:
    """Return `text` with each span in ⟦⟧ behind its label, for people."""
    parts, done = [], 0
    for span in spans:
        parts.append(text[done : span.start])
        parts.append(f"⟦{span.label}:{text[span.start : span.end]}⟧")
        done = span.end
    return "".join((*parts, text[done:]))


def main(arguments: list[str] | None = None) -> None:
    """Print made pages."""
    parser = argparse.ArgumentParser(prog="python -m training.synthesis.pages", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="folder of places and prose; without it invented ones"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--difficulty", default="mixed")
    parser.add_argument("--layout", help="this layout instead of a drawn one", choices=LAYOUTS)
    parser.add_argument("--damage", action="append", help="this damage; may be given several times")
    parser.add_argument("--show", action="store_true", help="print the text with its spans marked")
    options = parser.parse_args(arguments)
    corpus = Corpus.load(options.data) if options.data else Corpus.without_data()
    for seed in range(options.seed, options.seed + options.count):
        if options.layout or options.damage:
            rng = Random(seed)
            content = make_content(rng, corpus)
            layout = options.layout or _draw_layout(rng, plain=False)
            example = compose(content, layout, options.damage or [], rng, corpus)
        else:
            example = make_example(seed, corpus, difficulty=options.difficulty)
        print(
            f"seed {seed}: {example.layout}, damages: {', '.join(example.damages) or 'none'}; "
            f"{len(example.text)} characters, {len(example.spans)} spans, "
            f"{len(example.gold['lost'])} lost"
        )
        if options.show:
            print(marked_text(example.text, example.spans))


if __name__ == "__main__":
    main()
