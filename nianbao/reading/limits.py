"""The bounds of the reader.  Whatever comes in, it is read within them or refused.

A real report has 6,000 to 12,000 characters and its page some 60 kB with 5,000 tags; every bound
leaves two orders of magnitude of room and keeps the worst case at seconds and some hundred MiB.
"""

from __future__ import annotations

from typing import Final

#: Input bytes of any kind; more is refused.
MAX_BYTES: Final = 64 * 1024 * 1024
#: `<` in a page; more is refused, because a parsed node costs some 200 bytes.
MAX_TAGS: Final = 500_000
#: Characters of `Document.text`; what follows is cut, with the note `truncated_input`.
MAX_CHARS: Final = 1_000_000
#: Tables inside each other; the tags of deeper ones are read as line breaks.
MAX_TABLE_DEPTH: Final = 100
#: Slots (rows x columns) of one grid; a larger table is read as lines.
MAX_GRID_SLOTS: Final = 1_000_000
#: Span values are clamped as browsers clamp them.
MAX_COLSPAN: Final = 1000
MAX_ROWSPAN: Final = 65534
#: Pages of a PDF that are read; the rest is cut, with the note `truncated_input`.
MAX_PAGES: Final = 300
#: Characters, strokes, images and nested forms of a PDF; the pages from there on are cut.
MAX_PDF_OBJECTS: Final = 1_000_000
#: Bytes to which the streams of a PDF may decode, images and fonts aside; more is refused.
MAX_PDF_DECODED: Final = 128 * 1024 * 1024
#: Codes that the character maps of a PDF may list; more is refused.
MAX_PDF_CODES: Final = 2_000_000
#: Crossings of strokes that are looked at on one PDF page; a page with more is read as lines.
MAX_CROSSINGS: Final = 1_000_000
