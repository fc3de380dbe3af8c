// One record as the page uses it: cells by path, what is to be marked, and how urgent a look is.

import { memberText, parseExact, plain } from "./exact.js";

export const LEVELS = ["failed", "notReport", "checks", "missing", "unsure", "warned", "fine"];

const SOURCES = new Set(["read", "blank", "inferred", "missing"]);

export class Report {
  // `answer` is the body of `POST /parse?include=text`; `forms` is forms.json.
  constructor(answer, forms) {
    const { record, text } = parseExact(answer);
    this.json = memberText(answer, "record");
    this.text = text;
    this.data = record;
    this.isReport = record.is_report;
    this.isLow = record.is_report && Number(record.confidence) < forms.low_confidence;
    this.cells = new Map(record.cells.map((cell) => [cell.path, asCell(cell, forms)]));
    this.failed = record.checks.filter((check) => check.status === "fail");
    this.narrative = record.checks.filter((check) => check.id.startsWith("narrative."));
    for (const path of this.failed.flatMap((check) => this.#suspects(check))) {
      this.cells.get(path).failed = true;
    }
    this.counts = {
      checks: this.failed.length,
      missing: this.#count((cell) => cell.state === "missing" || cell.state === "open"),
      unsure: this.#count((cell) => cell.unsure),
      warned: record.warnings.length,
    };
    this.grids = gridsOf(this, forms);
  }

  get level() {
    if (!this.isReport) return "notReport";
    const told = (level) => this.counts[level] > 0 || (level === "unsure" && this.isLow);
    return ["checks", "missing", "unsure", "warned"].find(told) ?? "fine";
  }

  // Of the cells that a failed check looked at, the total and those that add something: whole rows
  // of marked zeros would hide the figures that matter.
  #suspects(check) {
    const total = check.cells.at(-1);
    return check.cells.filter((path) => {
      const cell = this.cells.get(path);
      return cell !== undefined && (path === total || Number(cell.value ?? 0) !== 0);
    });
  }

  #count(test) {
    return [...this.cells.values()].filter(test).length;
  }
}

function asCell(cell, forms) {
  const confidence = Number(cell.confidence);
  const known = SOURCES.has(cell.source) ? cell.source : "missing";
  return {
    path: cell.path,
    value: cell.value === null ? null : plain(cell.value),
    raw: cell.raw,
    start: cell.start === null ? null : Number(cell.start),
    end: cell.end === null ? null : Number(cell.end),
    confidence,
    confidenceText: cell.confidence,
    source: cell.source,
    state: known === "missing" && cell.candidates.length > 0 ? "open" : known,
    candidates: cell.candidates.map(plain),
    reason: cell.reason,
    unsure: known !== "missing" && confidence < forms.low_confidence,
    failed: false,
  };
}

// Returns [{table, title, grid}] for the tables that have cells.  A report may mix the forms: each
// table is drawn by the form that has most of its cells, the report's own where several have.
function gridsOf(report, forms) {
  const found = [];
  for (const [table, title] of Object.entries(forms.tables)) {
    const paths = [...report.cells.keys()].filter((path) => path.startsWith(`${table}.`));
    if (paths.length === 0) continue;
    const covered = (form) => {
      const known = new Set(forms.forms[form][table].cells.map((cell) => cell.path));
      return paths.filter((path) => known.has(path)).length + (form === report.data.format ? 0.5 : 0);
    };
    const [best] = Object.keys(forms.forms).sort((a, b) => covered(b) - covered(a));
    found.push({ table, title, grid: forms.forms[best][table] });
  }
  return found;
}

// Path -> the printed names of row and column.
export function namesOf(report) {
  return new Map(report.grids.flatMap(({ grid }) => grid.cells).map((cell) => [cell.path, cell.name]));
}
