"""PDF -> text and grids."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption

from nianbao.document import Document, Table
from nianbao.exceptions import InputTooLarge, NeedsOcr, UnreadableInput
from nianbao.reading import limits, pdf, read
from nianbao.reading.lattice import lattices
from nianbao.reading.pdf_page import Page, Rule
from nianbao.reading.textlines import is_page_number

PROSE = "本年度水务部门围绕供水安全和河道治理主动公开各类信息，及时回应群众关切，不断拓宽公开渠道，"


def grid(document: Document, table: Table) -> list[tuple[str, int, int, int, int]]:
    return [
        (document.text[c.start : c.end], c.row, c.column, c.rowspan, c.colspan) for c in table.cells
    ]


CELLS = [
    ("勾稽关系说明", 0, 0, 2, 2),
    ("申请人情况", 0, 2, 1, 3),
    ("自然人", 1, 2, 1, 1),
    ("商业企业", 1, 3, 1, 1),
    ("总计", 1, 4, 1, 1),
    ("办理结果", 2, 0, 3, 1),
    ("予以公开", 2, 1, 1, 1),
    ("12", 2, 2, 1, 1),
    ("0", 2, 3, 1, 1),
    ("12", 2, 4, 1, 1),
    ("部分公开", 3, 1, 1, 1),
    ("", 3, 2, 1, 1),
    ("3", 3, 3, 1, 1),
    ("3", 3, 4, 1, 1),
    ("总计", 4, 1, 1, 1),
    ("12", 4, 2, 1, 1),
    ("3", 4, 3, 1, 1),
    ("15", 4, 4, 1, 1),
]
COLUMNS = [40, 150, 80, 80, 80]


def test_paragraphs_and_headings(paper: Any) -> None:
    page = paper()
    page.put("云泽市水务局2023年度报告", LEFT_OF_TITLE, page.y)
    page.y += 30
    page.paragraph("一、总体情况")
    page.paragraph(PROSE * 4)
    page.paragraph("（一）" + PROSE * 2)
    page.paragraph("二、改进情况")
    page.paragraph("没有其他事项。")
    document = read(page.data())
    assert document.media_type == "application/pdf" and document.encoding is None
    assert document.text.split("\n") == [
        "云泽市水务局2023年度报告",
        "一、总体情况",
        PROSE * 4,
        "（一）" + PROSE * 2,
        "二、改进情况",
        "没有其他事项。",
    ]


def test_lines_that_keep_no_margin(paper: Any) -> None:
    page = paper()
    for number in range(12):
        page.put(PROSE[:30], LEFT_OF_TITLE - 9 * number, page.y)
        page.y += 40
    assert read(page.data()).text.count(PROSE[:30]) == 12


LEFT_OF_TITLE = 180


def test_paragraph_over_the_end_of_a_page(paper: Any) -> None:
    page = paper()
    first, second = PROSE[:44] * 3, "续" + PROSE[:35] * 2
    text = first[: 34 + 36 * 2]
    page.paragraph(text)
    page.new_page(1)
    page.paragraph(second, indent=0)
    page.paragraph("六、其他需要报告的事项")
    page.new_page(2)
    page.paragraph("无。")
    assert read(page.data()).text.split("\n") == [
        text + second,
        "- 1 -",
        "六、其他需要报告的事项",
        "- 2 -",
        "无。",
    ]


def test_table_with_spans(paper: Any) -> None:
    page = paper()
    page.paragraph("三、申请情况")
    page.table(CELLS, COLUMNS)
    page.y += 10
    page.paragraph("四、诉讼情况")
    document = read(page.data())
    (table,) = document.tables
    assert grid(document, table) == CELLS
    lines = document.text.split("\n")
    assert lines[0] == "三、申请情况" and lines[-1] == "四、诉讼情况"
    assert lines[1] == "勾稽关系说明 | 申请人情况"
    assert lines[4] == "部分公开 |  | 3 | 3"


def test_thin_rectangles_and_doubled_lines_draw_tables_too(paper: Any) -> None:
    for offset in (0.0, 1.0):
        page = paper()

        def borders(
            x0: float, y0: float, x1: float, y1: float, d: float = offset, page: Any = page
        ) -> None:
            for x, y, width, height in (
                (x0, y0 + d, x1 - x0, 0.5),
                (x0, y1, x1 - x0, 0.5),
                (x0 + d, y0, 0.5, y1 - y0),
                (x1, y0, 0.5, y1 - y0),
            ):
                page.canvas.rect(x, 841.9 - y - height, width, height, stroke=0, fill=1)

        page.table(CELLS, COLUMNS, borders=borders)
        document = read(page.data())
        assert [grid(document, table) for table in document.tables] == [CELLS]


def test_open_sides_are_closed(paper: Any) -> None:
    page = paper()
    for row in range(4):
        page.line(72, 100 + 22 * row, 372, 100 + 22 * row)
    for x in (172, 272):
        page.line(x, 100, x, 166)
    for row in range(3):
        for column in range(3):
            page.put(f"{row}{column}", 76 + 100 * column, 103 + 22 * row)
    document = read(page.data())
    (table,) = document.tables
    assert grid(document, table) == [(f"{r}{c}", r, c, 1, 1) for r in range(3) for c in range(3)]


def test_shading_frames_and_rules_are_no_tables(paper: Any) -> None:
    page = paper()
    page.canvas.rect(40, 40, 515, 760)
    for number in range(12):
        page.canvas.setFillColorRGB(1, 1, 1)
        page.canvas.rect(72, 841.9 - 72 - 18 * (number + 1), 432, 18, stroke=0, fill=1)
    page.canvas.setFillColorRGB(0, 0, 0)
    page.line(72, 70, 504, 70)
    page.paragraph(PROSE * 3)
    document = read(page.data())
    assert document.text == PROSE * 3 and not document.tables


def test_table_torn_over_pages_gives_its_parts(paper: Any) -> None:
    page = paper()
    # The page break cuts the cell over three rows in two.
    above = [cell if cell[3] < 3 else (*cell[:3], 1, 1) for cell in CELLS[:10]]
    page.table(above, COLUMNS)
    page.new_page(1)
    rest = [(text, row - 3, *place) for text, row, *place in CELLS[10:]]
    page.table([("", 0, 0, 2, 1), *rest], COLUMNS)
    document = read(page.data())
    assert [len(table.cells) for table in document.tables] == [10, 9]
    assert document.text.split("\n")[-3:] == [
        "- 1 -",
        " | 部分公开 |  | 3 | 3",
        "总计 | 12 | 3 | 15",
    ]


def test_wrapped_cells_and_figures(paper: Any) -> None:
    page = paper()
    cells = [("社会公益组织数量", 0, 0, 1, 1), ("Open Data", 0, 1, 1, 1), ("1234567", 0, 2, 1, 1)]
    page.table(cells, [50, 54, 44], height=60)
    document = read(page.data())
    assert document.text == "社会公益组织数量 | Open Data | 1234567"


def test_bold_by_overprinting_watermarks_and_turned_pages(paper: Any) -> None:
    page = paper()
    page.put("总体情况", 100, 100)
    page.put("总体情况", 100.4, 100)
    page.canvas.saveState()
    page.canvas.translate(200, 400)
    page.canvas.rotate(40)
    page.canvas.drawString(0, 0, "机密")
    page.canvas.restoreState()
    assert read(page.data()).text == "总体情况"
    page = paper()
    page.canvas.rotate(90)
    page.canvas.translate(0, -841.9)
    page.paragraph("一、总体情况")
    page.table(CELLS, COLUMNS)
    document = read(page.data())
    assert document.text.startswith("一、总体情况\n勾稽")
    assert [grid(document, table) for table in document.tables] == [CELLS]


def test_scans_need_ocr(paper: Any) -> None:
    page = paper()
    page.canvas.drawInlineImage(_picture(), 0, 0, 595, 841)
    page.new_page(1)
    with pytest.raises(NeedsOcr, match="扫描"):
        read(page.data())
    with pytest.raises(NeedsOcr):
        read(paper().data())


def _picture() -> Any:
    from PIL import Image

    return Image.new("L", (8, 8), 200)


def test_password(paper: Any) -> None:
    page = paper(encrypt=StandardEncryption("geheim", canPrint=0))
    page.paragraph("一、总体情况")
    with pytest.raises(UnreadableInput, match="密码"):
        read(page.data(), name="年报.pdf")
    # A file that only forbids copying opens without a password.  (reportlab leaves the strings of its
    # Chinese fonts plain in such a file, so Latin text it is.)
    page = paper(encrypt=StandardEncryption("", ownerPassword="x", canCopy=0))
    page.canvas.setFont("Helvetica", 12)
    page.put("Report 2023", 100, 100)
    assert read(page.data()).text == "Report 2023"


def test_damaged(paper: Any) -> None:
    page = paper()
    page.paragraph(PROSE)
    data = page.data()
    with pytest.raises(UnreadableInput, match="PDF"):
        read(b"%PDF-1.4\n" + b"x" * 100)
    with pytest.raises(UnreadableInput, match="PDF"):
        read(data[:300])
    assert read(b"junk\n" + data).media_type == "application/pdf"


def test_bounds(paper: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = paper()
    for number in range(4):
        page.paragraph(f"第{number}页正文。")
        page.new_page()
    data = page.data()
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    document = read(data)
    assert document.text == "第0页正文。\n第1页正文。"
    assert [note.code for note in document.notes] == ["truncated_input"]
    monkeypatch.setattr(pdf, "MAX_PAGES", 300)
    monkeypatch.setattr(pdf, "MAX_PDF_OBJECTS", 15)
    document = read(data)
    assert document.text.startswith("第0页") and "第3页" not in document.text
    assert [note.code for note in document.notes] == ["truncated_input"]


def _stream(dictionary: str, content: bytes) -> bytes:
    return f"9 0 obj <<{dictionary}>>\nstream\n".encode() + content + b"\nendstream endobj\n"


def test_bombs_are_refused() -> None:
    packed = zlib.compress(bytes(limits.MAX_PDF_DECODED + 1), 1)
    bombs = [
        _stream("/Filter /FlateDecode", packed),
        _stream("/Filter [/FlateDecode /FlateDecode]", zlib.compress(packed)),
        _stream("/Filter /RunLengthDecode", bytes(limits.MAX_PDF_DECODED // 128 + 1)),
        _stream("", b"1 beginbfrange\n<0000> <FFFFFFFF> <0000>\nendbfrange"),
        _stream(
            "/Filter /FlateDecode",
            zlib.compress(b"1 begincidrange\n<0000> <FFFFFFFF> 0\nendcidrange"),
        ),
    ]
    for bomb in bombs:
        with pytest.raises(InputTooLarge):
            read(b"%PDF-1.4\n" + bomb)
    picture = _stream("/Subtype /Image /Filter /FlateDecode", packed)
    with pytest.raises(UnreadableInput, match="损坏"):
        read(b"%PDF-1.4\n" + picture)


@given(st.data())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_mutations_are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(_sample())
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    try:
        document = read(b"%PDF-1.4" + bytes(content[8:]))
    except UnreadableInput:
        return
    for table in document.tables:
        assert all(0 <= c.start <= c.end <= len(document.text) for c in table.cells)


def _sample() -> bytes:
    from .conftest import Paper

    page = Paper(pageCompression=0)
    page.paragraph(PROSE)
    page.table(CELLS, COLUMNS)
    return page.data()


@pytest.mark.parametrize(
    ("text", "is_number"),
    [
        ("- 1 -", True),
        ("— 12 —", True),
        ("3", True),
        ("第 3 页 共 10 页", True),
        ("4/5", True),
        ("2023年", False),
        ("一、总体情况", False),
        ("", False),
    ],
)
def test_page_numbers(text: str, is_number: bool) -> None:
    assert is_page_number(text) == is_number


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, int, list[tuple[int, int, int, int]]]:
    """Draw a grid and rectangles (row, column, rowspan, colspan) that tile it, in reading order."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(2, 6))
    taken: set[tuple[int, int]] = set()
    tiles = []
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            width = draw(st.integers(1, 3))
            while width > 1 and any((row, column + i) in taken for i in range(width)):
                width -= 1
            width = min(width, columns - column)
            height = min(draw(st.integers(1, 3)), rows - row)
            tiles.append((row, column, height, width))
            taken |= {(row + i, column + j) for i in range(height) for j in range(width)}
    return rows, columns, tiles


@given(tilings())
@settings(deadline=None, derandomize=True)
def test_borders_give_back_the_tiling(
    tiling: tuple[int, int, list[tuple[int, int, int, int]]],
) -> None:
    rows, columns, tiles = tiling
    page = Page(600, 800)
    for row, column, height, width in tiles:
        x0, x1, y0, y1 = 50 + 60 * column, 50 + 60 * (column + width), 90 + 20 * row, 0.0
        y1 = 90 + 20 * (row + height)
        page.horizontal += [Rule(y0, x0, x1), Rule(y1, x0, x1)]
        page.vertical += [Rule(x0, y0, y1), Rule(x1, y0, y1)]
    # Places that no border marks are no rows or columns.
    ys = sorted({row for row, *_ in tiles} | {rows})
    xs = sorted({column for _, column, *_ in tiles} | {columns})
    if len(xs) < 3:
        assert lattices(page) == []
        return
    (lattice,) = lattices(page)
    assert [(c.row, c.column, c.rowspan, c.colspan) for c in lattice.cells] == [
        (
            ys.index(row),
            xs.index(column),
            ys.index(row + height) - ys.index(row),
            xs.index(column + width) - xs.index(column),
        )
        for row, column, height, width in tiles
    ]


REPORT = Path(__file__).resolve().parents[3] / "../shared/reports/hongze_2023.pdf"


@pytest.mark.skipif(not REPORT.exists(), reason="the shared reports are not here")
def test_a_real_report() -> None:
    document = read(REPORT.read_bytes())
    lines = document.text.split("\n")
    for heading in ("一、总体情况", "五、存在的主要问题及改进情况", "六、其他需要报告的事项"):
        assert heading in lines
    widths = [max(c.column + c.colspan for c in t.cells) for t in document.tables]
    assert widths == [4, 2, 10, 10, 15]
    assert "三、本年度办理结果 | （一）予以公开 | 0 | 0 | 0 | 0 | 0 | 0 | 0" in lines
    assert "行政事业性收费 | 7730.28" in lines
