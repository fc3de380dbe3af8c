"""Every flattened layout by name: how prose, headings and tables follow one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from training.synthesis import layout_flat as flat
from training.synthesis import layout_loose as loose
from training.synthesis.layout import Annotated, Writer
from training.synthesis.layout_flat import TableWriter
from training.synthesis.model import Block, Content

Layout = Callable[[Content, Random], Annotated]


@dataclass(frozen=True, slots=True)
class Prose:
    """How the blocks outside the tables are set.  `joint` stands between two blocks of the report's
    body, `section` before a heading; chrome always has its own lines."""

    joint: str = "\n"
    section: str = "\n"
    indent: str = ""
    heading: str = ""
    title: str = ""
    around_table: str = ""


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
    return Prose(joint, section)


def _wrapped_prose(rng: Random) -> Prose:
    return Prose(indent=rng.choice(("", "\u3000\u3000", "    ")))


def set_blocks(content: Content, prose: Prose, write_table: TableWriter) -> Annotated:
    """Write all blocks of a report in order."""
    writer = Writer()
    before: Block | None = None
    for block in content.blocks:
        if before is not None:
            _joint(writer, before, block, prose)
        if block.table is not None:
            write_table(writer, block.table)
        else:
            body = block.kind not in ("chrome", "heading", "title")
            writer.text(prose.indent if body and writer.at_line_start else "")
            mark = {"heading": prose.heading, "title": prose.title}.get(block.kind, "")
            writer.text(mark)
            writer.pieces(block.pieces)
            writer.text(mark if mark == "**" else "")
        before = block
    return writer.done().trimmed()


def _joint(writer: Writer, before: Block, block: Block, prose: Prose) -> None:
    if "chrome" in (before.kind, block.kind):
        writer.text("" if writer.at_line_start else "\n")
    elif before.kind == "table" and writer.at_line_start:
        writer.text(prose.around_table)
    else:
        joint = prose.section if block.kind == "heading" else prose.joint
        writer.text(joint)
        if block.kind == "table":
            writer.text(prose.around_table)


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
    "ocr_boxes": _layout(_wrapped_prose, lambda rng: loose.ocr(rng, joiner="\n")),
    "ocr_rows": _layout(_wrapped_prose, lambda rng: loose.ocr(rng, joiner="  ")),
    "pdf_rows": _layout(_wrapped_prose, loose.pdf_rows),
    "pdf_detached": _layout(_wrapped_prose, loose.pdf_detached),
}
FLAT_LAYOUTS: dict[str, Layout] = {**PLAIN_LAYOUTS, **UGLY_LAYOUTS}
#: Layouts that leave no trace of a blank cell.
BLANKLESS = frozenset(
    {"spaces", "wide_spaces", "line_with_spaces", "page_with_spaces", "ocr_boxes", "ocr_rows"}
    | {"pdf_rows", "pdf_detached"}
    | {name for name in UGLY_LAYOUTS if name.startswith("glued")}
)
