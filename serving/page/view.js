// One report on the page: its head, the tables and findings, and the source beside them.

import { DetailView } from "./detail.js";
import { announce, byId, el } from "./dom.js";
import { csv, tsv } from "./exports.js";
import { MARKS, summary } from "./files.js";
import { findings, sections } from "./findings.js";
import { GridView, SIGNS, shownIn } from "./grids.js";
import { Hub } from "./hub.js";
import { t } from "./i18n.js";
import { baseName, copy, save } from "./save.js";
import { SourceView } from "./source.js";
import { xlsx } from "./xlsx.js";

const SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

// Draws `file` into the article; null empties it.
export function show(file, forms) {
  const article = byId("report");
  article.hidden = file === null;
  article.replaceChildren();
  if (file === null) return;
  if (file.report === null) {
    article.append(
      el("h2", { id: "report-title" }, file.name),
      el("p", { class: "problem", role: "alert" }, file.problem === null ? t(file.level) : `✕ ${file.problem.text}`),
    );
    return;
  }
  const { report } = file;
  const hub = new Hub();
  const results = el("div", { class: "results" });
  const grids = report.grids.map((table) => ({ ...table, view: new GridView(table, report, hub, results) }));
  const source = new SourceView(report, hub);
  const detail = new DetailView(report);
  if (report.isReport) results.append(tables(grids, report, forms));
  results.append(findings(report, hub));
  if (report.isReport) results.append(sections(report, hub));
  article.append(head(file, forms, results), el("div", { class: "panes" }, results, sourcePane(source, detail, hub)));
  connect(hub, grids, source, detail);
}

function connect(hub, grids, source, detail) {
  hub.addEventListener("light", ({ detail: { spot, from } }) => {
    for (const { view } of grids) view.light(spot, from);
    source.light(spot, from);
    detail.light(spot);
  });
  hub.addEventListener("go", ({ detail: { path, where } }) => {
    if (where === "source") source.focus(path);
    else grids.find(({ view }) => view.has(path))?.view.focus(path);
  });
}

function head(file, forms, results) {
  const { data, isReport } = file.report;
  const confidence = data.confidence;
  const facts = [
    [t("agency"), data.agency],
    [t("year"), data.year],
    [t("published"), data.published],
    [t("form"), data.format === null ? null : t(`form${data.format}`)],
    [t("confidence"), isReport ? confidence : null],
    [t("model"), data.source.model_version],
  ];
  const name = baseName(file.name);
  const button = (label, act) => el("button", { type: "button", "data-export": label, onclick: act }, label);
  return el(
    "header", { class: "head" },
    el("p", { class: "hint" }, file.name),
    el("h2", { id: "report-title" }, data.title ?? t("noTitle")),
    isReport ? null : el("p", { class: "problem" }, `∅ ${t("notReportLong", data.is_report_score)}`),
    el("dl", { class: "facts" }, facts.map(([term, words]) => el("div", {}, el("dt", {}, term), el("dd", {}, words ?? t("unknown"))))),
    el(
      "p", { class: "bar" },
      el(
        "button", { type: "button", class: `verdict ${file.report.level}`, onclick: () => toFindings(results) },
        `${MARKS[file.report.level]} ${summary(file)}`,
      ),
      el("span", {}, t("download")),
      button("JSON", () => save(`${name}.json`, "application/json", file.report.json)),
      button("CSV", () => save(`${name}.csv`, "text/csv", csv([file]))),
      button("XLSX", () => save(`${name}.xlsx`, SPREADSHEET, xlsx(file, forms))),
    ),
  );
}

function toFindings(results) {
  const target = results.querySelector(".findings");
  target.scrollIntoView({ block: "start" });
  target.focus({ preventScroll: true });
}

function tables(grids, report, forms) {
  const parts = grids.map(({ table, title, grid, view }) => {
    const copyTable = async () => {
      announce((await copy(tsv(grid, report))) ? t("copied", title) : t("notCopied"));
    };
    return el(
      "section", { class: "table", "data-table": table, "aria-label": title },
      el(
        "div", { class: "bar" }, el("h3", {}, title),
        el("button", { type: "button", class: "small", "aria-label": `${t("copyTsv")}: ${title}`, onclick: copyTable }, t("copyTsv")),
      ),
      el("div", { class: "scroll" }, view.node),
    );
  });
  return el(
    "section", { "aria-label": t("tables") },
    el("h2", {}, t("tables")),
    parts.length > 0 ? el("p", { class: "hint keys" }, t("gridHelp")) : el("p", {}, t("noTables")),
    parts, legend(report, forms),
  );
}

// The meaning of each sign that the report uses.
function legend(report, forms) {
  const used = new Set([...report.cells.values()].flatMap((cell) => [
    cell.state, cell.unsure && "unsure", cell.failed && "failed",
  ]));
  const entries = Object.keys(SIGNS).filter((name) => used.has(name)).map((name) =>
    el(
      "li", {},
      el("span", { class: `value ${name}`, "aria-hidden": "true" }, sample(name)),
      ` ${t(`legend${name}`, forms.low_confidence)}`,
    ),
  );
  if (entries.length === 0) return null;
  return el("div", { class: "legend" }, el("span", {}, t("legend")), el("ul", {}, entries));
}

function sample(name) {
  const cell = { value: "12", state: name, candidates: ["1", "2"], unsure: name === "unsure", failed: name === "failed" };
  if (["blank", "missing", "open"].includes(name)) cell.value = null;
  return shownIn(cell).join("");
}

// On a phone the source lies over the lower edge of the screen: it opens when a cell is tapped, and
// once a person has put it away it stays so.
function sourcePane(source, detail, hub) {
  const fold = el("button", { type: "button", class: "small fold" });
  const pane = el(
    "section", { class: "source", "aria-label": t("source") },
    el("div", { class: "bar" }, el("h2", {}, t("source")), fold),
    detail.node, source.node,
  );
  const set = (folded) => {
    pane.classList.toggle("folded", folded);
    fold.textContent = folded ? t("showSource") : t("hideSource");
    fold.setAttribute("aria-expanded", String(!folded));
  };
  let byHand = false;
  fold.addEventListener("click", () => {
    byHand = true;
    set(!pane.classList.contains("folded"));
  });
  const open = () => byHand || set(false);
  hub.addEventListener("pin", open);
  hub.addEventListener("go", open);
  set(true);
  return pane;
}
