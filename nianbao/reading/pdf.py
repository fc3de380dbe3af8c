"""PDF with a text layer -> lines and grids."""

from __future__ import annotations

from nianbao.exceptions import UnreadableInput
from nianbao.reading.flow import Writer


def read_pdf(data: bytes) -> Writer:
    """Return the lines and grids of the document `data`."""
    raise UnreadableInput("PDF 读取尚未就绪")
