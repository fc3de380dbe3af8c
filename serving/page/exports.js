// Tables and cells as text for spreadsheets.

const COLUMNS = ["path", "value", "raw", "source", "confidence", "start", "end"];

// What a spreadsheet would take for a formula (OWASP: CSV injection), the full-width signs too, which
// some of them fold.  A sign alone is none, and a plain number may be negative.
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]./s;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

export function isFormula(text) {
  return FORMULA.test(text) && !NUMBER.test(text);
}

// Returns `text` with the apostrophe that makes every spreadsheet take it for text.
export function harmless(text) {
  return isFormula(text) ? `'${text}` : text;
}

// The grid of one table as the form prints it: a merged cell stands at its upper left, a blank is
// empty, and what is missing or open is "?".
export function tsv(grid, report) {
  const lines = Array.from({ length: grid.rows }, () => Array(grid.columns.length).fill(""));
  for (const place of grid.cells) {
    lines[place.row][place.column] = place.path ? valueText(report.cells.get(place.path)) : place.text;
  }
  return lines.map((line) => `${line.join("\t")}\n`).join("");
}

export function valueText(cell) {
  if (cell === undefined) return "?";
  return cell.value ?? (cell.state === "blank" ? "" : "?");
}

// The cells of `files`, one a line, with the columns of `nianbao parse --format csv`; several files
// have their name in front.  The mark at the start tells spreadsheets that it is UTF-8.
export function csv(files) {
  const several = files.length > 1;
  const lines = [several ? ["file", ...COLUMNS] : COLUMNS];
  for (const { name, report } of files) {
    for (const cell of report.cells.values()) {
      const fields = [
        cell.path, cell.value, cell.raw, cell.source, cell.confidenceText, cell.start, cell.end,
      ];
      lines.push(several ? [name, ...fields] : fields);
    }
  }
  return `\ufeff${lines.map((line) => `${line.map(field).join(",")}\n`).join("")}`;
}

function field(value) {
  const text = harmless(value === null ? "" : String(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
