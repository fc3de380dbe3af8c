"""What the page hands out is what the library prints, and no spreadsheet runs it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page

from nianbao.pipeline import Pipeline
from nianbao.report import to_json
from nianbao.view.export import to_csv
from tests.conftest import Sample, replace_cell
from tests.serving.page.conftest import EXAMPLE, read
from tests.serving.page.server import Service

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULA = '=HYPERLINK("http://x","1")'


def download(page: Page, press: Callable[[], None]) -> tuple[str, bytes]:
    with page.expect_download() as info:
        press()
    return info.value.suggested_filename, Path(info.value.path()).read_bytes()


def export(page: Page, kind: str) -> tuple[str, bytes]:
    return download(page, page.locator(f'[data-export="{kind}"]').click)


def rows_of(archive: zipfile.ZipFile, number: int) -> list[list[str]]:
    """The texts of one sheet, by row."""
    root = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
    return [["".join(c.itertext()) for c in row] for row in root.iter(f"{MAIN}row")]


@pytest.fixture
def hostile(marked: Sample) -> Sample:
    """Its raw texts would be formulas, and one value has more digits than a float."""
    made = replace_cell(marked, "requests.granted.total", raw=FORMULA, reason="@SUM(A1)\x01_x0041_")
    made = replace_cell(made, "requests.new_received.total", raw="-")
    made = replace_cell(made, "requests.carried_over.other", raw="-5", value=-5)
    return replace_cell(
        made, "requests.granted.natural_person", value=12345678901234567890, raw="1\n2"
    )


def test_json_is_the_record_of_the_command_line(page: Page, pipeline: Pipeline) -> None:
    read(page, ("和林市.html", EXAMPLE.read_bytes()))
    name, data = export(page, "JSON")
    assert name == "和林市.json"
    assert data.decode() == to_json(pipeline.parse(EXAMPLE.read_bytes()), indent=None)


def test_csv_is_that_of_the_command_line(page: Page, pipeline: Pipeline) -> None:
    read(page, ("和林市.html", EXAMPLE.read_bytes()))
    name, data = export(page, "CSV")
    assert name == "和林市.csv"
    assert data.decode() == "\ufeff" + to_csv(pipeline.parse(EXAMPLE.read_bytes()))


def test_csv_has_no_formula(page: Page, service: Service, hostile: Sample) -> None:
    service.add(b"hostile", hostile.report, hostile.document.text)
    read(page, ("a.html", b"hostile"))
    _, data = export(page, "CSV")
    lines = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    found = {line["path"]: line for line in lines}
    assert found["requests.granted.total"]["raw"] == f"'{FORMULA}"
    assert found["requests.new_received.total"]["raw"] == "-"
    assert found["requests.carried_over.other"]["value"] == "-5"
    assert found["requests.granted.natural_person"]["value"] == "12345678901234567890"
    assert found["requests.granted.natural_person"]["raw"] == "1\n2"
    assert found["proactive_disclosure.fees.amount_10k_yuan"]["value"] == "47593.6663"


def test_tsv_is_the_table_as_printed(page: Page, service: Service, hostile: Sample) -> None:
    service.add(b"hostile", hostile.report, hostile.document.text)
    read(page, ("a.html", b"hostile"))
    page.locator('[data-table="requests"] .bar button').click()
    page.locator("#status", has_text="已复制").wait_for(state="attached")
    lines = page.evaluate("() => navigator.clipboard.readText()").split("\n")
    assert len(lines) == 28 + 1 and lines[-1] == ""
    assert {line.count("\t") for line in lines[:-1]} == {9}
    assert lines[1].split("\t")[3:5] == ["自然人", "法人或其他组织"]
    assert lines[4].split("\t") == ["二、上年结转政府信息公开申请数量", "", "", *"00000", "-5", "0"]
    assert lines[5].split("\t") == [
        "三、本年度办理结果", "(一)予以公开", "", "12345678901234567890", *"0000", "?", "4",
    ]  # fmt: skip
    assert lines[7].split("\t")[1:] == ["(三)不予公开", "1.属于国家秘密", *"00000", "", "0"]


def test_tsv_without_the_clipboard_of_the_browser(page: Page) -> None:
    read(page, ("a.html", EXAMPLE.read_bytes()))
    page.evaluate(
        "() => { Clipboard.prototype.writeText = () => Promise.reject(new Error('insecure')) }"
    )
    page.locator('[data-table="requests"] .bar button').click()
    page.locator("#status", has_text="已复制").wait_for(state="attached")
    assert "(一)予以公开" in page.evaluate("() => navigator.clipboard.readText()")


def test_xlsx_holds_tables_cells_and_checks(page: Page, service: Service, hostile: Sample) -> None:
    service.add(b"hostile", hostile.report, hostile.document.text)
    read(page, ("云泽.html", b"hostile"))
    name, data = export(page, "XLSX")
    assert name == "云泽.xlsx"
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    for member in archive.namelist():
        ElementTree.fromstring(archive.read(member))
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    assert [sheet.get("name") for sheet in book.iter(f"{MAIN}sheet")] == [
        "主动公开政府信息情况", "收到和处理政府信息公开申请情况",
        "政府信息公开行政复议、行政诉讼情况", "单元格", "核对", "说明",
    ]  # fmt: skip
    assert rows_of(archive, 1)[13] == ["行政事业性收费", "47593.6663", "", ""]
    assert len(rows_of(archive, 2)) == 28 and len(rows_of(archive, 3)) == 4
    cells = {row[0]: row for row in rows_of(archive, 4)}
    assert set(cells) == {"path", *(c.path for c in hostile.report.cells)}
    assert cells["requests.granted.total"][2] == FORMULA
    assert cells["requests.granted.total"][8] == "@SUM(A1)\ufffd_x005F_x0041_"
    assert len(rows_of(archive, 5)) == 1 + len(hostile.report.checks)


def test_xlsx_has_no_formula_and_no_rounded_number(
    page: Page, service: Service, hostile: Sample
) -> None:
    service.add(b"hostile", hostile.report, hostile.document.text)
    read(page, ("a.html", b"hostile"))
    archive = zipfile.ZipFile(io.BytesIO(export(page, "XLSX")[1]))
    styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = list(styles.find(f"{MAIN}cellXfs") or ())
    numbers = set()
    for member in archive.namelist():
        if not member.startswith("xl/worksheets/"):
            continue
        root = ElementTree.fromstring(archive.read(member))
        assert not list(root.iter(f"{MAIN}f"))
        for one in root.iter(f"{MAIN}c"):
            text = "".join(one.itertext())
            if one.get("t") == "inlineStr" and text.startswith(("=", "@")):
                assert formats[int(one.get("s", "0"))].get("quotePrefix") == "1"
            if one.get("t") is None and text:
                numbers.add(text)
    assert {"47593.6663", "-5", "4119"} <= numbers
    assert all(Decimal(repr(float(n))) == Decimal(n) for n in numbers)


def test_equal_records_give_equal_workbooks(page: Page) -> None:
    read(page, ("a.html", EXAMPLE.read_bytes()))
    assert export(page, "XLSX") == export(page, "XLSX")


def test_all_files_in_one(page: Page, service: Service, hostile: Sample, marked: Sample) -> None:
    service.add(b"hostile", hostile.report, hostile.document.text)
    service.add(b"marked", replace(marked.report, title="二"), marked.document.text)
    read(page, ("=1+1.html", b"hostile"), ("b.html", b"marked"), ("c.zip", b"PK\x03\x04 none"))
    _, lines = download(page, page.get_by_role("button", name="全部 JSONL").click)
    records = [
        to_json(hostile.report, indent=None),
        to_json(replace(marked.report, title="二"), indent=None),
    ]
    assert lines.decode() == "".join(f"{record}\n" for record in records)
    _, table = download(page, page.get_by_role("button", name="全部 CSV").click)
    found = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    assert len(found) == 400 and {row["file"] for row in found} == {"'=1+1.html", "b.html"}


def call(page: Page, module: str, code: str, given: object) -> object:
    return page.evaluate(
        f"async (given) => {{ const m = await import('/static/{module}'); return {code}; }}", given
    )


def test_numbers_keep_their_text(page: Page) -> None:
    text = r'{"a": [1.50, -2e3, "x 3 \" 4"], "b\\": 12345678901234567890, "c": {"d": null}}'
    assert call(page, "exact.js", "m.parseExact(given)", text) == {
        "a": ["1.50", "-2e3", 'x 3 " 4'],
        "b\\": "12345678901234567890",
        "c": {"d": None},
    }
    assert call(page, "exact.js", "m.memberText(given, 'c')", text) == '{"d": null}'
    for number in ("1E+3", "-1.5e-3", "1.25E1", "0.0", "7"):
        found = call(page, "exact.js", "m.plain(given)", number)
        assert found == format(Decimal(number), "f")


def test_an_answer_of_a_million_characters_is_read(page: Page) -> None:
    text = json.dumps({"record": {"n": 1}, "text": '\n"\\年😀' * 200_000}, ensure_ascii=False)
    code = "[m.memberText(given, 'record'), m.parseExact(given).text.length]"
    assert call(page, "exact.js", code, text) == ['{"n": 1}', 6 * 200_000]


def test_offsets_are_those_of_python(page: Page) -> None:
    text = "年😀😀a𠮷b\n末"
    found = call(
        page, "offsets.js",
        "[...Array(new m.Offsets(given).length + 1).keys()].map((i) => new m.Offsets(given).units(i))",
        text,
    )  # fmt: skip
    assert found == [len(text[:i].encode("utf-16-le")) // 2 for i in range(len(text) + 1)]
