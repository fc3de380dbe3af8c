"""Every flattened layout by name: how prose, headings and tables follow one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from training.synthesis import layout_flat as flat
from training.synthesis import layout_loose as loose
from training.synthesis import layout_ocr as scanned
from training.synthesis.layout import Annotated, Edit, Writer, wrap_edits
from training.synthesis.layout_flat import TableWriter
from training.synthesis.model import Block, Content

Layout = Callable[[Content, Random], Annotated]


@dataclass(frozen=True, slots=True)
class Prose:
    """How the blocks outside the tables are set.  `joint` stands between two blocks of the report's
    body, `section` before a heading, `chrome` around what is none of the report.  `wrap` breaks
    prose after so many characters."""

    joint: str = "\n"
    section: str = "\n"
    indent: str = ""
    heading: str = ""
    title: str = ""
    around_table: str = ""
    wrap: int = 0
    chrome: str = "\n"


def _plain_prose(rng: Random) -> Prose:
    joint = rng.choice(("\n", "\n", "\n", "\n\n", "\n\n\u3000", "\n \n"))
    indent = rng.choice(("", "", "", "\u3000\u3000", "  ", "    ", "\u00a0\u00a0\u00a0\u00a0"))
    return Prose(joint, joint, indent, around_table=rng.choice(("", "", "", "\n")))


def _markdown_prose(rng: Random) -> Prose:
    marks = rng.choice((("## ", "# "), ("### ", "## "), ("**", "# "), ("", ""), ("# ", "")))
    return Prose("\n\n", "\n\n", "", marks[0], marks[1], "\n")


def _spaced_prose(rng: Random) -> Prose:
    joint = rng.choice(("\n\n", "\n\n\n", "\n \n"))
    return Prose(joint, joint, rng.choice(("", "  ", "\u3000\u3000", "          ")))


def _one_line_prose(rng: Random) -> Prose:
    joint = rng.choice(("", "", " ", "  ", "\u3000\u3000"))
    section = rng.choice((joint, joint, " ", "\n"))
    return Prose(joint, section, chrome=rng.choice(("\n", "\n", " ", joint)))


def _wrapped_prose(rng: Random) -> Prose:
    indent = rng.choice(("", "\u3000\u3000", "    "))
    return Prose(indent=indent, wrap=rng.choice((0, 26, 30, 34, 38, 42, 48)))


def set_blocks(content: Content, prose: Prose, write_table: TableWriter) -> Annotated:
    """Write all blocks of a report in order."""
    writer = Writer()
    before: Block | None = None
    prose_bounds: list[tuple[int, int]] = []
    for block in content.blocks:
        if before is not None:
            _joint(writer, before, block, prose)
        if block.table is not None:
            write_table(writer, block.table)
        else:
            start = writer.length
            body = block.kind not in ("chrome", "heading", "title")
            writer.text(prose.indent if body and writer.at_line_start else "")
            mark = {"heading": prose.heading, "title": prose.title}.get(block.kind, "")
            writer.text(mark)
            writer.pieces(block.pieces)
            writer.text(mark if mark == "**" else "")
            prose_bounds.append((start, writer.length))
        before = block
    made = writer.done()
    if prose.wrap:
        edits = []
        for start, end in prose_bounds:
            for at, _, new in wrap_edits(made.text[start:end], prose.wrap):
                edits.append(Edit(start + at, start + at, new))
        made = made.edited(edits)
    return made.trimmed()


def _joint(writer: Writer, before: Block, block: Block, prose: Prose) -> None:
    if "chrome" in (before.kind, block.kind):
        joint = "\n" if _would_count(before, block) else prose.chrome
        writer.text("" if writer.at_line_start else joint)
    elif before.kind == "table" and writer.at_line_start:
        writer.text(prose.around_table)
    else:
        writer.text(prose.section if block.kind == "heading" else prose.joint)
        if block.kind == "table":
            writer.text(prose.around_table)


def _would_count(before: Block, block: Block) -> bool:
    """Whether a number of the furniture would read as one more value beside a table."""
    if "table" not in (before.kind, block.kind):
        return False
    texts = (piece.text for piece in (*before.pieces, *block.pieces))
    return any((text[:1] + text[-1:]).strip("- ").isdigit() for text in texts)


def _layout(prose: Callable[[Random], Prose], table: Callable[[Random], TableWriter]) -> Layout:
    def render(content: Content, rng: Random) -> Annotated:
        return set_blocks(content, prose(rng), table(rng))

    return render


_WIDE = ("  ", "   ", "    ", "\u3000", "\u00a0\u00a0", "      ")

#: Name -> layout, the readable ones.
PLAIN_LAYOUTS: dict[str, Layout] = {
    "pipes": _layout(_plain_prose, flat.pipes),
    "markdown": _layout(_markdown_prose, lambda rng: flat.markdown(rng, rows_apart=False)),
    "cells_with_pipe": _layout(_plain_prose, flat.cells_with_pipe),
    "lone_pipes": _layout(_plain_prose, flat.lone_pipes),
    "cell_lines": _layout(_plain_prose, lambda rng: flat.cell_lines(rng, spaced=False)),
    "cell_lines_spaced": _layout(_spaced_prose, lambda rng: flat.cell_lines(rng, spaced=True)),
    "label_then_values": _layout(_plain_prose, flat.label_then_values),
    "tabs": _layout(_plain_prose, lambda rng: flat.separated(rng, ("\t",), keep_blank=True)),
    "spaces": _layout(_plain_prose, lambda rng: flat.separated(rng, (" ",), keep_blank=False)),
    "wide_spaces": _layout(_plain_prose, lambda rng: flat.separated(rng, _WIDE, keep_blank=False)),
}
#: Name -> layout, the ugly ones.
UGLY_LAYOUTS: dict[str, Layout] = {
    "markdown_rows": _layout(_markdown_prose, lambda rng: flat.markdown(rng, rows_apart=True)),
    "line_with_pipes": _layout(_plain_prose, lambda rng: flat.one_line(rng, bars=True)),
    "line_with_spaces": _layout(_plain_prose, lambda rng: flat.one_line(rng, bars=False)),
    "page_with_pipes": _layout(_one_line_prose, lambda rng: flat.one_line(rng, bars=True)),
    "page_with_spaces": _layout(_one_line_prose, lambda rng: flat.one_line(rng, bars=False)),
    "glued_rows": _layout(_plain_prose, lambda rng: loose.glued(rng, row_end="\n")),
    "glued_rows_in_line": _layout(_one_line_prose, lambda rng: loose.glued(rng, row_end=" ")),
    "glued_tables": _layout(_plain_prose, lambda rng: loose.glued(rng, row_end="")),
    "glued_page": _layout(_one_line_prose, lambda rng: loose.glued(rng, row_end="")),
    "glued_values": _layout(_plain_prose, loose.glued_values),
    "mixed_separators": _layout(_plain_prose, loose.mixed),
    "mixed_in_line": _layout(_one_line_prose, loose.mixed),
    "ocr_boxes": _layout(_wrapped_prose, lambda rng: scanned.ocr(rng, joiner="\n")),
    "ocr_rows": _layout(_wrapped_prose, lambda rng: scanned.ocr(rng, joiner="  ")),
    "torn_boxes": _layout(_wrapped_prose, lambda rng: scanned.torn_boxes(rng, joiner="\n")),
    "torn_rows": _layout(_wrapped_prose, lambda rng: scanned.torn_boxes(rng, joiner="  ")),
    "pdf_rows": _layout(_wrapped_prose, loose.pdf_rows),
    "pdf_detached": _layout(_wrapped_prose, loose.pdf_detached),
}
#: Layouts of a recogniser.
SCANNED = frozenset({"ocr_boxes", "ocr_rows", "torn_boxes", "torn_rows"})
#: How often a layout is drawn beside the others of its kind (1).
LAYOUT_WEIGHTS: dict[str, float] = {"torn_boxes": 2.0, "torn_rows": 2.5}
FLAT_LAYOUTS: dict[str, Layout] = {**PLAIN_LAYOUTS, **UGLY_LAYOUTS}
#: Layouts that leave no trace of a blank cell, or none that is sure.
BLANKLESS = frozenset(
    SCANNED
    | {"spaces", "wide_spaces", "line_with_spaces", "page_with_spaces"}
    | {"pdf_rows", "pdf_detached", "mixed_separators", "mixed_in_line"}
    | {"cell_lines", "cell_lines_spaced", "label_then_values"}
    | {name for name in UGLY_LAYOUTS if name.startswith("glued")}
)
