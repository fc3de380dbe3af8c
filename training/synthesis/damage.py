"""Every damage by name, in the order in which they are done to a report."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from training.synthesis import damage_blocks as blocks
from training.synthesis import damage_extra as extra
from training.synthesis import damage_spacing as spacing
from training.synthesis import damage_tables as tables
from training.synthesis import damage_text as text
from training.synthesis.layout import Annotated
from training.synthesis.model import Content

Structural = Callable[[Content, Random], Content]
Textual = Callable[[Annotated, Random], Annotated]

#: What happens to the blocks and grids before they are laid out.
STRUCTURAL: dict[str, Structural] = {
    "extra_rows": extra.extra_rows,
    "extra_columns": extra.extra_columns,
    "blank_rows": tables.blank_rows,
    "totals_only": tables.totals_only,
    "review_cells_lost": tables.review_cells_lost,
    "last_totals_missing": tables.last_totals_missing,
    "cells_dropped": tables.cells_dropped,
    "zeros_unseen": tables.zeros_unseen,
    "rows_lost": tables.rows_lost,
    "row_labels_lost": tables.row_labels_lost,
    "group_labels_lost": tables.group_labels_lost,
    "heads_lost": tables.heads_lost,
    "blank_cells_dropped": tables.blank_cells_dropped,
    "repeats_dropped": tables.repeats_dropped,
    "stray_numbers": tables.stray_numbers,
    "seal_letters": tables.seal_letters,
    "numbers_restarted": blocks.numbers_restarted,
    "headings_lost": blocks.headings_lost,
    "headings_glued": blocks.headings_glued,
    "tables_before_headings": blocks.tables_before_headings,
    "tables_split": blocks.tables_split,
    "page_furniture": blocks.page_furniture,
    "tables_lost": blocks.tables_lost,
    "blocks_lost": blocks.blocks_lost,
    "printed_twice": blocks.printed_twice,
    "alien_lines": blocks.alien_lines,
}
#: What happens to the characters afterwards.
TEXTUAL: dict[str, Textual] = {
    "prose_cut": spacing.prose_cut,
    "advertised": spacing.advertised,
    "stops_lost": spacing.stops_lost,
    "lines_joined": spacing.lines_joined,
    "lines_wrapped": spacing.lines_wrapped,
    "labels_spaced": spacing.labels_spaced,
    "labels_upright": spacing.labels_upright,
    "headings_spaced": spacing.headings_spaced,
    "digits_spaced": spacing.digits_spaced,
    "digits_torn": spacing.digits_torn,
    "digits_confused": spacing.digits_confused,
    "digits_dusted": spacing.digits_dusted,
    "character_noise": text.character_noise,
    "shifted_bytes": text.shifted_bytes,
    "traditional": text.traditional,
    "over_converted": text.over_converted,
    "question_marks": text.question_marks,
    "ruby_toned": text.ruby_toned,
    "ruby_toneless": text.ruby_toneless,
    "kangxi": text.kangxi,
    "widths_changed": text.widths_changed,
    "padded": spacing.padded,
}
#: Another report after this one: made where the corpus is at hand.
ANOTHER_REPORT = "another_report"

DAMAGES: dict[str, Callable[..., Any]] = {**STRUCTURAL, **TEXTUAL}
#: Damages after which a row's values are fewer than its columns and stand one beside the other.
DROPPING = frozenset(
    {
        "totals_only",
        "review_cells_lost",
        "cells_dropped",
        "zeros_unseen",
        "blank_cells_dropped",
        "repeats_dropped",
    }
)
#: Damages that a scan comes with.
SCAN_DAMAGES = (
    "seal_letters", "zeros_unseen", "digits_confused", "digits_dusted", "character_noise",
    "stray_numbers", "page_furniture", "digits_torn", "lines_wrapped",
)  # fmt: skip
#: Damages that change the words of titles and headings (Traditional script comes with Taiwan's words
#: once in a while): an answer is not judged by them.
REWORDING = frozenset(
    {"character_noise", "question_marks", "shifted_bytes", "stops_lost"}
    | {"traditional", "ruby_toned", "ruby_toneless"}
)
#: Damages that change where a section's prose begins or ends.
RETELLING = frozenset({"advertised", "alien_lines", "numbers_restarted", "headings_lost"})
#: How often a damage is drawn beside the others (1).
WEIGHTS: dict[str, float] = {
    "extra_rows": 2.0,
    "extra_columns": 1.6,
    "seal_letters": 1.4,
    "headings_lost": 1.6,
    "alien_lines": 1.3,
    "digits_dusted": 1.3,
    "tables_lost": 0.4,
    "blocks_lost": 0.4,
    "blank_rows": 0.5,
    "over_converted": 0.5,
    "heads_lost": 0.7,
    "row_labels_lost": 0.7,
    "rows_lost": 0.7,
    "prose_cut": 0.5,
    "padded": 0.7,
    "character_noise": 1.6,
    "page_furniture": 1.4,
    "ruby_toned": 1.2,
    ANOTHER_REPORT: 0.5,
}
