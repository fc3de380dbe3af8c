// Checks with their numbers, the narrative against the tables, warnings and sections.

import { el } from "./dom.js";
import { cellSpot } from "./hub.js";
import { t } from "./i18n.js";
import { namesOf } from "./record.js";
import { plain } from "./exact.js";

// A sum of more addends is shown without its zeros: a column has 22, a row six.
const MOST_TERMS = 8;

export function findings(report, hub) {
  const { checks } = report.data;
  const count = (status) => checks.filter((check) => check.status === status).length;
  const names = namesOf(report);
  const sums = report.failed.filter((check) => !check.id.startsWith("narrative."));
  const parts = [
    el("p", { class: "hint" }, t("checkTally", count("pass"), count("fail"), count("skipped"))),
  ];
  if (sums.length > 0) {
    parts.push(el("h3", {}, t("failedChecks")));
    parts.push(el("ul", { class: "failures" }, sums.map((check) => failure(check, report, names, hub))));
  }
  if (report.narrative.length > 0) parts.push(...narrative(report, names, hub));
  if (report.data.facts.length > 0) parts.push(facts(report, hub));
  if (report.data.warnings.length > 0) parts.push(...warnings(report, hub));
  return el("section", { class: "findings", tabindex: -1, "aria-label": t("findings") }, el("h2", {}, t("findings")), parts);
}

export function sections(report, hub) {
  const entries = report.data.sections.map((section, index) =>
    el(
      "details", { class: "section" },
      el("summary", {}, section.heading),
      locator({ cells: [], keys: [`section:${index}`] }, hub),
      el("div", { class: "prose", lang: "zh-CN" }, section.text || t("noNarrative")),
    ),
  );
  return el("section", { class: "sections", "aria-label": t("sections") }, el("h2", {}, t("sections")), entries);
}

// Lights `spot` while the pointer or the focus is on `node`.
function lighting(node, spot, hub) {
  for (const name of ["pointerover", "focusin"]) node.addEventListener(name, () => hub.show(spot, "finding"));
  for (const name of ["pointerout", "focusout"]) node.addEventListener(name, () => hub.leave("finding"));
  return node;
}

function locator(spot, hub) {
  const act = () => hub.pin(spot, "finding");
  return el("button", { type: "button", class: "small", onclick: act }, t("locate"));
}

function failure(check, report, names, hub) {
  const item = el(
    "li", { class: "failure", "data-check": check.id },
    el("p", {}, el("span", { class: "sign", "aria-hidden": "true" }, "! "), check.message, " ", el("code", {}, check.id)),
    equation(check, report, names, hub),
  );
  return lighting(item, cellSpot(...check.cells), hub);
}

// The equation as the figures stand: 28 + 18 = 46 ≠ 51.  Every term leads to its cell.
function equation(check, report, names, hub) {
  const term = (path) => {
    const value = report.cells.get(path)?.value ?? "—";
    const name = names.get(path) ?? path;
    const button = el(
      "button",
      { type: "button", class: "term", title: name, "aria-label": `${name} ${value}`, "data-term": path, onclick: () => hub.go(path, "grid") },
      value,
    );
    return lighting(button, cellSpot(path), hub);
  };
  const sum = (paths) => paths.flatMap((path, index) => (index ? [" + ", term(path)] : [term(path)]));
  const unequal = el("strong", { class: "unequal" }, " ≠ ");
  const [expected, actual] = [check.expected, check.actual].map((value) => (value === null ? "—" : plain(value)));
  if (check.id.includes(".balance.")) {
    return el("p", { class: "equation" }, sum(check.cells.slice(0, 2)), ` = ${expected}`, unequal, `${actual} = `, sum(check.cells.slice(2)));
  }
  const addends = check.cells.slice(0, -1);
  const telling = addends.filter((path) => Number(report.cells.get(path)?.value ?? 0) !== 0);
  const brief = telling.length > 0 ? telling : addends.slice(0, 1);
  const shown = addends.length > MOST_TERMS ? brief : addends;
  const rest = addends.length - shown.length;
  return el(
    "p", { class: "equation" },
    sum(shown), ` = ${expected}`, unequal, term(check.cells.at(-1)),
    rest > 0 ? el("span", { class: "hint" }, ` (${t("otherZeros", rest)})`) : null,
  );
}

function narrative(report, names, hub) {
  const order = { fail: 0, skipped: 1, pass: 2 };
  const rows = [...report.narrative]
    .sort((a, b) => order[a.status] - order[b.status])
    .map((check) => {
      const name = check.id.slice("narrative.".length);
      const keys = report.data.facts.flatMap((fact, index) => (fact.name === name ? [`fact:${index}`] : []));
      const spot = { cells: check.cells, keys: [...keys, ...cellSpot(...check.cells).keys] };
      const go = el("button", { type: "button", class: "link", onclick: () => hub.go(check.cells[0], "grid") }, check.message);
      const row = el(
        "tr", { class: check.status, "data-check": check.id },
        el("td", {}, el("span", { class: "verdict" }, `${{ pass: "✓", fail: "!", skipped: "·" }[check.status]} ${t(check.status)}`)),
        el("td", { class: "number" }, check.actual === null ? "—" : plain(check.actual)),
        el("td", { class: "number" }, check.expected === null ? "—" : plain(check.expected)),
        el("td", {}, go),
      );
      return lighting(row, spot, hub);
    });
  const heads = ["result", "stated", "inTable", "message"].map((key) =>
    el("th", { scope: "col", class: ["stated", "inTable"].includes(key) ? "number" : null }, t(key)),
  );
  return [
    el("h3", { id: "narrative-title" }, t("narrative")),
    el("div", { class: "scroll" }, el("table", { class: "plain", "aria-labelledby": "narrative-title" }, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows))),
  ];
}

function facts(report, hub) {
  const rows = report.data.facts.map((fact, index) => {
    const year = fact.year === null ? "" : `${t("ofYear", fact.year)} `;
    const pin = el(
      "button",
      { type: "button", class: "link", onclick: () => hub.pin({ cells: [], keys: [`fact:${index}`] }, "finding") },
      `「${fact.text.replace(/\s+/g, " ")}」`,
    );
    const item = el("li", {}, pin, ` ${year}${plain(fact.value)} ${fact.unit} `, el("code", {}, fact.name));
    return lighting(item, { cells: [], keys: [`fact:${index}`] }, hub);
  });
  return el("details", { class: "facts" }, el("summary", {}, `${t("facts")} (${rows.length})`), el("ul", {}, rows));
}

function warnings(report, hub) {
  const items = report.data.warnings.map((warning, index) => {
    const spot = { cells: [], keys: [`warning:${index}`] };
    const placed = warning.start !== null && Number(warning.end) > 0;
    return el("li", { "data-code": warning.code }, "• ", warning.message, " ", el("code", {}, warning.code), " ", placed ? locator(spot, hub) : null);
  });
  return [el("h3", {}, t("warnings")), el("ul", { class: "warnings" }, items)];
}
