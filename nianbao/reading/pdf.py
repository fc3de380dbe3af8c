"""PDF with a text layer -> lines and grids.

Tables are those that ruling lines draw; everything else is text in reading order.  A table torn by
the end of a page gives one grid for each part.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Final

from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser

from nianbao.document import ReadingNote
from nianbao.exceptions import NeedsOcr, UnreadableInput
from nianbao.reading.flow import Grid, Writer
from nianbao.reading.lattice import Lattice, lattices
from nianbao.reading.limits import MAX_PAGES, MAX_PDF_OBJECTS
from nianbao.reading.pdf_guard import check_streams
from nianbao.reading.pdf_page import Glyph, Page, PageDevice, TooManyObjects
from nianbao.reading.textlines import (
    TextLine,
    cell_lines,
    goes_on,
    is_page_number,
    join_wrapped,
    margins,
    text_lines,
)

#: Characters a page below which a document of pictures is a scan with a stamp or a page number.
_SCAN_CHARS: Final = 20
#: Share of characters without a code above which the text layer is of no use.
_UNMAPPED: Final = 0.5
#: A drawn box with a cell longer than this and hardly another one frames text and is no table.
_FRAMED: Final = 600
#: Pages on which a first or last line has to stand to be a running head or foot.
_REPEATED: Final = 3


def read_pdf(data: bytes) -> tuple[Writer, tuple[ReadingNote, ...]]:
    """Return the lines and grids of the document `data`, and notes on what could not be read.

    Raises UnreadableInput when it is encrypted or damaged, NeedsOcr when it has no text layer, and
    InputTooLarge when its streams decode to more than the bound.
    """
    check_streams(data)
    notes: list[ReadingNote] = []
    contents, glyphs, unmapped, images = [], 0, 0, 0
    for number, page in enumerate(_pages(data, notes)):
        contents.append(_content(page, number))
        glyphs += len(page.glyphs)
        unmapped += sum(glyph.text == "\ufffd" for glyph in page.glyphs)
        images += page.images
    if not contents:
        raise UnreadableInput("PDF 已损坏，没有一页能读")
    if not glyphs or (images and glyphs < _SCAN_CHARS * len(contents)):
        raise NeedsOcr("PDF 没有文字层，是扫描件或图片；暂不支持识别扫描件中的文字")
    if unmapped > _UNMAPPED * glyphs:
        raise NeedsOcr("PDF 的文字层没有可用的字符编码；暂不支持按图像识别其中的文字")
    writer = Writer()
    _write(writer, contents)
    return writer, tuple(notes)


def _pages(data: bytes, notes: list[ReadingNote]) -> Iterator[Page]:
    """Yield the pages that can be read, up to the bounds."""
    manager = PDFResourceManager()
    device = PageDevice(manager, MAX_PDF_OBJECTS)
    interpreter = PDFPageInterpreter(manager, device)
    number = 0
    try:
        for page in PDFPage.create_pages(PDFDocument(PDFParser(io.BytesIO(data)))):
            number += 1
            if number > MAX_PAGES:
                notes.append(
                    ReadingNote("truncated_input", f"PDF 超过 {MAX_PAGES} 页，其后的内容未读")
                )
                return
            try:
                interpreter.process_page(page)
            except TooManyObjects:
                notes.append(
                    ReadingNote("truncated_input", f"PDF 内容过多，第 {number} 页以后的内容未读")
                )
                return
            except Exception:  # a damaged page raises whatever its bytes lead to
                notes.append(ReadingNote("damaged_page", f"PDF 第 {number} 页已损坏，未读"))
                continue
            yield device.page
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise UnreadableInput("PDF 已加密，需要密码才能打开") from error
    except UnreadableInput:
        raise
    except Exception as error:  # so does a damaged structure
        if number == 0:
            raise UnreadableInput("PDF 已损坏，打不开") from error
        notes.append(ReadingNote("damaged_page", f"PDF 第 {number} 页之后已损坏，未读"))


def _content(page: Page, number: int) -> list[TextLine | Grid]:
    """Return the lines and grids of `page` in reading order."""
    outside: list[Glyph] = page.glyphs
    placed: list[tuple[float, TextLine | Grid]] = []
    # The smallest first, so that a table drawn inside another one's cell keeps its own text.
    for lattice in sorted(lattices(page), key=lambda x: (x.area, x.ys[0], x.xs[0])):
        inside: list[list[Glyph]] = [[] for _ in lattice.cells]
        rest: list[Glyph] = []
        for glyph in outside:
            cell = lattice.cell_at((glyph.x0 + glyph.x1) / 2, glyph.middle)
            (rest if cell is None else inside[cell]).append(glyph)
        if _is_table(inside):
            outside = rest
            placed.append((lattice.ys[0], _grid(lattice, inside)))
    placed += [(line.middle, line) for line in text_lines(outside, number)]
    return [item for _, item in sorted(placed, key=lambda pair: pair[0])]


def _is_table(inside: list[list[Glyph]]) -> bool:
    sizes = sorted(map(len, inside), reverse=True)
    return sizes[0] > 0 and not (sizes[0] > _FRAMED and sum(sizes[1:]) < sizes[0])


def _grid(lattice: Lattice, inside: list[list[Glyph]]) -> Grid:
    grid = Grid([[] for _ in range(len(lattice.ys) - 1)])
    for cell, glyphs in zip(lattice.cells, inside, strict=True):
        cell.text = cell_lines(glyphs)
        grid.rows[cell.row].append(cell)
    return grid


def _write(writer: Writer, contents: list[list[TextLine | Grid]]) -> None:
    """Write paragraphs whole, over the end of a page too: what stands there comes after them."""
    lines = [item for content in contents for item in content if isinstance(item, TextLine)]
    furniture = _furniture(contents)
    body = [line for line in lines if id(line) not in furniture]
    whole = margins(body)
    paragraph: list[TextLine] = []
    waiting: list[TextLine] = []

    def flush() -> None:
        if paragraph:
            writer.line(_joined(paragraph))
        for line in waiting:
            writer.line(line.text)
        paragraph.clear()
        waiting.clear()

    for item in (item for content in contents for item in content):
        if isinstance(item, Grid):
            flush()
            writer.grid(item)
        elif id(item) in furniture:
            waiting.append(item)
        elif paragraph and goes_on(paragraph[-1], item, whole):
            paragraph.append(item)
        else:
            flush()
            paragraph.append(item)
    flush()


def _furniture(contents: list[list[TextLine | Grid]]) -> set[int]:
    """Return the ids of the running heads and page numbers: first and last lines of the pages."""
    edges = []
    for content in contents:
        for item in content[:1] + content[1:][-1:]:
            if isinstance(item, TextLine):
                edges.append(item)
    repeated = Counter(line.text for line in edges)
    return {
        id(line) for line in edges if is_page_number(line.text) or repeated[line.text] >= _REPEATED
    }


def _joined(paragraph: list[TextLine]) -> str:
    text = ""
    for line in paragraph:
        text = join_wrapped(text, line.text)
    return text
