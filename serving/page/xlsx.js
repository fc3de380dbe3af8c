// A report as a workbook: the three tables as printed, every cell with its evidence, the checks.
//
// Texts are inline strings, which no spreadsheet evaluates; one that would be a formula if it were
// typed in has the quote prefix too, so that editing or saving it as CSV does not wake it up.
// Numbers are written with the digits of the record.

import { plain } from "./exact.js";
import { isFormula, valueText } from "./exports.js";
import { t } from "./i18n.js";
import { zip } from "./zip.js";

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml";

// Styles by their place in cellXfs.
const [PLAIN, HEAD, VALUE, QUOTED, MARKED] = [0, 1, 2, 3, 4];
const LONGEST = 32_767; // characters of a cell
const DIGITS = 15; // that a spreadsheet keeps of a number

export function xlsx(file, forms) {
  const { report } = file;
  const sheets = [
    ...report.grids.map(({ title, grid }) => ({ name: title, ...tableSheet(grid, report) })),
    { name: t("sheetCells"), ...cellSheet(report) },
    { name: t("sheetChecks"), ...checkSheet(report) },
    { name: t("sheetHead"), ...headSheet(file, forms) },
  ];
  return zip([
    ["[Content_Types].xml", contentTypes(sheets)],
    ["_rels/.rels", relations([["officeDocument", "xl/workbook.xml"]])],
    ["xl/workbook.xml", workbook(sheets)],
    [
      "xl/_rels/workbook.xml.rels",
      relations([...sheets.map((_, index) => ["worksheet", `worksheets/sheet${index + 1}.xml`]), ["styles", "styles.xml"]]),
    ],
    ["xl/styles.xml", STYLES],
    ...sheets.map((sheet, index) => [`xl/worksheets/sheet${index + 1}.xml`, worksheet(sheet)]),
  ]);
}

function tableSheet(grid, report) {
  const rows = Array.from({ length: grid.rows }, () => Array(grid.columns.length).fill(["", VALUE]));
  const merges = [];
  for (const place of grid.cells) {
    const { row, column, rowspan = 1, colspan = 1 } = place;
    const cell = place.path && report.cells.get(place.path);
    const marked = place.path && (cell === undefined || cell.failed || cell.unsure || cell.source === "missing");
    const style = place.path ? (marked ? MARKED : VALUE) : HEAD;
    for (let down = row; down < row + rowspan; down += 1) rows[down].fill(["", style], column, column + colspan);
    rows[row][column] = [place.path ? valueText(cell) : place.text, style];
    if (rowspan * colspan > 1) merges.push(`${name(row, column)}:${name(row + rowspan - 1, column + colspan - 1)}`);
  }
  return { rows, merges, widths: grid.columns.map((width) => Math.max(width, 6)) };
}

function listSheet(heads, lines, widths) {
  const rows = [heads.map((text) => [text, HEAD]), ...lines.map((line) => line.map((value) => [value, PLAIN]))];
  return { rows, merges: [], widths };
}

function cellSheet(report) {
  const heads = ["path", "value", "raw", "source", "confidence", "start", "end", "candidates", "reason"];
  const lines = [...report.cells.values()].map((cell) => [
    cell.path, cell.value, [cell.raw], cell.source, cell.confidenceText, cell.start, cell.end,
    [cell.candidates.join(" ")], [cell.reason],
  ]);
  return listSheet(heads, lines, [48, 12, 12, 10, 10, 8, 8, 16, 48]);
}

function checkSheet(report) {
  const number = (value) => (value === null ? null : plain(value));
  const lines = report.data.checks.map((check) => [
    check.id, check.status, [check.message], number(check.expected), number(check.actual), check.cells.join(" "),
  ]);
  return listSheet(["id", "status", "message", "expected", "actual", "cells"], lines, [48, 10, 72, 10, 10, 48]);
}

function headSheet({ name: file, report }) {
  const { data } = report;
  const lines = [
    ["file", [file]], ["title", [data.title]], ["agency", [data.agency]], ["year", data.year],
    ["published", [data.published]], ["format", [data.format]], ["confidence", data.confidence],
    ...Object.entries(data.source).map(([key, value]) => [key, key === "bytes" ? value : [value]]),
    ...data.warnings.map((warning) => [warning.code, [warning.message]]),
  ];
  return listSheet(["field", "value"], lines, [18, 72]);
}

// A value is text or, where it reads as one, a number; in a list of its own it is text whatever it is.
function cellXml(value, style, at) {
  const forced = Array.isArray(value);
  const content = forced ? value[0] : value;
  if (content === null || content === undefined || content === "") return `<c r="${at}" s="${style}"/>`;
  const text = String(content);
  const digits = text.replace(/\D/g, "").replace(/^0+/, "");
  if (!forced && /^-?\d+(?:\.\d+)?$/.test(text) && digits.length <= DIGITS) {
    return `<c r="${at}" s="${style}"><v>${text}</v></c>`;
  }
  const shown = style === PLAIN && isFormula(text) ? QUOTED : style;
  return `<c r="${at}" s="${shown}" t="inlineStr"><is><t xml:space="preserve">${escaped(text.slice(0, LONGEST))}</t></is></c>`;
}

function worksheet({ rows, merges, widths }) {
  const columns = widths.map((width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`);
  const lines = rows.map((line, row) => {
    const cells = line.map(([value, style], column) => cellXml(value, style, name(row, column)));
    return `<row r="${row + 1}">${cells.join("")}</row>`;
  });
  const merged = merges.map((range) => `<mergeCell ref="${range}"/>`).join("");
  return (
    `${XML}<worksheet xmlns="${MAIN}"><cols>${columns.join("")}</cols><sheetData>${lines.join("")}</sheetData>` +
    `${merged && `<mergeCells count="${merges.length}">${merged}</mergeCells>`}</worksheet>`
  );
}

// The name of a place, as A1; no sheet here has more than 26 columns.
function name(row, column) {
  return `${String.fromCharCode(65 + column)}${row + 1}`;
}

// Characters that XML cannot hold have no place in a cell; an escape of Excel's own is escaped.
function escaped(text) {
  return text
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

function contentTypes(sheets) {
  const override = (path, kind) => `<Override PartName="/xl/${path}" ContentType="${SHEET}.${kind}+xml"/>`;
  return (
    `${XML}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    override("workbook.xml", "sheet.main") +
    override("styles.xml", "styles") +
    sheets.map((_, index) => override(`worksheets/sheet${index + 1}.xml`, "worksheet")).join("") +
    "</Types>"
  );
}

function relations(targets) {
  const entries = targets.map(([kind, target], index) => `<Relationship Id="rId${index + 1}" Type="${OFFICE}/${kind}" Target="${target}"/>`);
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${entries.join("")}</Relationships>`;
}

function workbook(sheets) {
  const entries = sheets.map((sheet, index) => `<sheet name="${escaped(sheet.name.slice(0, 31))}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`);
  return `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${entries.join("")}</sheets></workbook>`;
}

const STYLES =
  `${XML}<styleSheet xmlns="${MAIN}">` +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>' +
  '<fill><patternFill patternType="lightUp"><fgColor rgb="FFC00000"/></patternFill></fill></fills>' +
  '<borders count="2"><border/><border><left style="thin"/><right style="thin"/><top style="thin"/><bottom style="thin"/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="5">' +
  '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="0" fontId="1" fillId="0" borderId="1" xfId="0" applyAlignment="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf>' +
  '<xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0"/>' +
  '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>' +
  '<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0"/>' +
  '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>';
