// The source text, cut where something begins or ends, so that any of it can be lit.

import { el, reveal } from "./dom.js";
import { NOTHING, cellSpot } from "./hub.js";
import { t } from "./i18n.js";
import { Offsets } from "./offsets.js";
import { namesOf } from "./record.js";

export class SourceView {
  #hub;
  #pane;
  #pieces = new Map(); // key -> spans
  #owners = new Map(); // span -> items, cells first
  #stops = []; // the first span of each cell, in the order of the text

  constructor(report, hub) {
    this.#hub = hub;
    this.node = this.#pane = el("div", {
      class: "text", tabindex: 0, role: "group", "aria-label": t("sourceHelp"), lang: "zh-CN",
    });
    if (report.text === undefined) this.node.append(t("noText"));
    else this.node.append(...this.#cut(report));
    this.#listen();
  }

  #cut(report) {
    const { text } = report;
    const offsets = new Offsets(text);
    const items = itemsOf(report)
      .filter((item) => item.start !== null && item.start <= item.end && item.end <= offsets.length)
      .map((item) => ({ ...item, start: offsets.units(item.start), end: offsets.units(item.end) }));
    const edges = [...new Set([0, text.length, ...items.flatMap((item) => [item.start, item.end])])];
    edges.sort((a, b) => a - b);
    const starts = grouped(items);
    const nodes = [];
    let open = [];
    for (const [index, edge] of edges.entries()) {
      open = open.filter((item) => item.end > edge);
      for (const item of starts.get(edge) ?? []) {
        if (item.end > edge) open.push(item);
        else nodes.push(this.#piece("", [item])); // an empty cell: a place without characters
      }
      const next = edges[index + 1];
      if (next === undefined) break;
      const piece = text.slice(edge, next);
      nodes.push(open.length > 0 ? this.#piece(piece, open) : piece);
    }
    return nodes;
  }

  #piece(text, items) {
    const span = el("span", { class: "piece" }, text);
    const owners = [...items].sort((a, b) => Number(b.kind === "cell") - Number(a.kind === "cell"));
    this.#owners.set(span, owners);
    for (const item of owners) {
      span.classList.add(item.kind);
      if (this.#pieces.has(item.key)) this.#pieces.get(item.key).push(span);
      else this.#pieces.set(item.key, [span]);
    }
    const cell = owners.find((item) => item.kind === "cell");
    if (text === "") span.classList.add("empty");
    if (cell !== undefined && this.#pieces.get(cell.key)[0] === span) {
      span.setAttribute("role", "button");
      span.setAttribute("tabindex", "-1");
      span.setAttribute("aria-label", `${text} ${cell.label}`);
      this.#stops.push(span);
    }
    return span;
  }

  #listen() {
    const on = (name, act) =>
      this.node.addEventListener(name, (event) => {
        const span = event.target.closest?.(".piece");
        if (span) act(span, event);
      });
    on("pointerover", (span) => this.#hub.show(this.#spot(span), "source"));
    on("pointerout", () => this.#hub.leave("source"));
    on("focusin", (span) => this.#hub.show(this.#spot(span), "source"));
    on("focusout", () => this.#hub.leave("source"));
    on("click", (span) => this.#hub.pin(this.#spot(span), "source"));
    this.node.addEventListener("keydown", (event) => this.#key(event));
  }

  // Of a piece only what is small is lit: the cell, or the figure of the narrative.
  #spot(span) {
    const owners = this.#owners.get(span);
    const paths = owners.filter((item) => item.kind === "cell").map((item) => item.path);
    if (paths.length > 0) return cellSpot(...paths);
    const fact = owners.find((item) => item.kind === "fact");
    return fact === undefined ? NOTHING : { cells: fact.cells, keys: [fact.key] };
  }

  #key(event) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const here = this.#stops.indexOf(event.target);
    if (event.key === "Escape") this.#hub.unpin();
    if (here < 0) return;
    const path = this.#spot(event.target).cells[0];
    if (event.key === "Enter" || event.key === "Escape") this.#hub.go(path, "grid");
    else if (event.key === " ") this.#hub.pin(cellSpot(path), "source");
    else if (event.key in steps) this.#focus(this.#stops[here + steps[event.key]]);
    else return;
    event.preventDefault();
  }

  #focus(span) {
    if (span === undefined) return;
    span.focus({ preventScroll: true });
    reveal(span, this.#pane);
  }

  // Moves the focus to where the cell stands, if it stands anywhere.
  focus(path) {
    this.#focus(this.#pieces.get(`cell:${path}`)?.[0]);
  }

  light(spot, from) {
    for (const span of this.node.querySelectorAll(".lit")) span.classList.remove("lit");
    const spans = spot.keys.flatMap((key) => this.#pieces.get(key) ?? []);
    for (const span of spans) span.classList.add("lit");
    if (from !== "source" && spans.length > 0) reveal(spans[0], this.#pane);
  }
}

// What the text is cut for.  A fact knows the cells of its check.
function itemsOf(report) {
  const { facts, sections, warnings } = report.data;
  const names = namesOf(report);
  const cellsOf = (fact) =>
    report.narrative.find((check) => check.id === `narrative.${fact.name}`)?.cells ?? [];
  const place = ({ start, end }) =>
    start === null ? { start: null, end: null } : { start: Number(start), end: Number(end) };
  return [
    ...[...report.cells.values()].map(({ path, start, end }) => ({
      kind: "cell", key: `cell:${path}`, path, start, end, label: names.get(path) ?? path,
    })),
    ...facts.map((fact, index) => ({
      kind: "fact", key: `fact:${index}`, ...place(fact), cells: cellsOf(fact),
    })),
    ...sections.map((section, index) => ({ kind: "part", key: `section:${index}`, ...place(section) })),
    ...warnings.map((warning, index) => ({ kind: "part", key: `warning:${index}`, ...place(warning) })),
  ];
}

function grouped(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.start, [...(groups.get(item.start) ?? []), item]);
  return groups;
}
