// The tables as the form prints them: heads with their spans, and values that can be focused.

import { el, reveal } from "./dom.js";
import { cellSpot } from "./hub.js";
import { t } from "./i18n.js";

export const SIGNS = { blank: "—", missing: "?", open: "?", inferred: "*", unsure: "~", failed: "!" };

// A cell that the form has and the record lacks.
const ABSENT = { value: null, state: "missing", unsure: false, failed: false, candidates: [] };

// Returns what stands in a cell: [the value or a sign for none, the signs behind it].
export function shownIn(cell) {
  const lead = cell.state === "open" ? SIGNS.open + cell.candidates.length : SIGNS[cell.state];
  const value = cell.value ?? lead ?? SIGNS.missing;
  const flags = ["inferred", "unsure", "failed"].filter((flag) => flag === cell.state || cell[flag]);
  return [value, flags.map((flag) => SIGNS[flag]).join("")];
}

export function stateWords(cell) {
  const words = [t(`state${cell.state}`, cell.candidates.length)];
  if (cell.unsure) words.push(t("stateunsure"));
  if (cell.failed) words.push(t("statefailed"));
  return words.join(t("comma"));
}

export class GridView {
  #cells = new Map(); // path -> td
  #places = []; // {row, from, to, path} of the values, by row and column
  #hub;
  #pane;

  // `pane` is the box that scrolls to show a cell.
  constructor({ title, grid }, report, hub, pane) {
    this.#hub = hub;
    this.#pane = pane;
    this.node = el("table", { role: "grid", class: "form", "aria-label": title });
    const total = grid.columns.reduce((sum, width) => sum + width, 0);
    const columns = grid.columns.map((width) => {
      const column = el("col");
      column.style.width = `${(100 * width) / total}%`;
      return column;
    });
    const lines = Array.from({ length: grid.rows }, () => el("tr"));
    for (const place of grid.cells) {
      const spans = { rowspan: place.rowspan, colspan: place.colspan };
      lines[place.row].append(place.path ? this.#value(place, spans, report) : head(place, spans));
    }
    this.node.append(el("colgroup", {}, columns), el("tbody", {}, lines));
    this.node.style.setProperty("--columns", String(total));
    this.#listen();
  }

  #value(place, spans, report) {
    const cell = report.cells.get(place.path) ?? ABSENT;
    const [value, signs] = shownIn(cell);
    const classes = ["value", cell.state, cell.unsure && "unsure", cell.failed && "failed"];
    if (cell.value !== null && Number(cell.value) === 0) classes.push("zero");
    const node = el(
      "td",
      {
        ...spans, class: classes.filter(Boolean).join(" "), "data-path": place.path,
        tabindex: this.#cells.size === 0 ? 0 : -1,
        "aria-label": `${place.name} ${cell.value ?? ""} ${stateWords(cell)}`,
      },
      el("span", { class: "number" }, value),
      el("span", { class: "sign" }, signs),
    );
    this.#cells.set(place.path, node);
    const from = place.column;
    this.#places.push({ row: place.row, from, to: from + (place.colspan ?? 1), path: place.path });
    return node;
  }

  #listen() {
    const pathAt = (event) => event.target.closest?.("[data-path]")?.dataset.path;
    const on = (name, act) =>
      this.node.addEventListener(name, (event) => {
        const path = pathAt(event);
        if (path !== undefined) act(path, event);
      });
    on("pointerover", (path) => this.#hub.show(cellSpot(path), "grid"));
    on("pointerout", () => this.#hub.leave("grid"));
    on("focusin", (path) => {
      this.#stop(path);
      this.#hub.show(cellSpot(path), "grid");
    });
    on("focusout", () => this.#hub.leave("grid"));
    on("click", (path) => this.#hub.pin(cellSpot(path), "grid"));
    on("keydown", (path, event) => this.#key(path, event));
  }

  #key(path, event) {
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter") this.#hub.go(path, "source");
    else if (event.key === " ") this.#hub.pin(cellSpot(path), "grid");
    else if (event.key === "Escape") this.#hub.unpin();
    else {
      const next = this.#next(path, event);
      if (next === null) return;
      if (next !== undefined) this.focus(next.path);
    }
    event.preventDefault();
  }

  // Returns the place that the key leads to, undefined at an edge, null for another key.
  #next(path, { key, ctrlKey }) {
    const here = this.#places.find((place) => place.path === path);
    const row = this.#places.filter((place) => place.row === here.row);
    const index = this.#places.indexOf(here);
    switch (key) {
      case "ArrowLeft":
        return row[row.indexOf(here) - 1];
      case "ArrowRight":
        return row[row.indexOf(here) + 1];
      case "ArrowUp":
        return nearest(this.#places.slice(0, index).reverse(), here);
      case "ArrowDown":
        return nearest(this.#places.slice(index + 1), here);
      case "Home":
        return (ctrlKey ? this.#places : row)[0];
      case "End":
        return (ctrlKey ? this.#places : row).at(-1);
      default:
        return null;
    }
  }

  #stop(path) {
    for (const [other, node] of this.#cells) node.tabIndex = other === path ? 0 : -1;
  }

  has(path) {
    return this.#cells.has(path);
  }

  focus(path) {
    const node = this.#cells.get(path);
    node.focus({ preventScroll: true });
    reveal(node, this.#pane);
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  light(spot, from) {
    const lit = new Set(spot.cells);
    for (const [path, node] of this.#cells) node.classList.toggle("lit", lit.has(path));
    const first = spot.cells.find((path) => this.#cells.has(path));
    if (from === "source" && first !== undefined) reveal(this.#cells.get(first), this.#pane);
  }
}

function head(place, spans) {
  if (place.text === "") return el("td", spans);
  const scope = place.axis === "row" ? (place.rowspan ? "rowgroup" : "row") : place.colspan ? "colgroup" : "col";
  return el("th", { ...spans, scope, class: place.axis }, place.text);
}

// Of the closest row in `places`, the first that stands over or under `here`, else the last.
function nearest(places, here) {
  const row = places.find((place) => place.row !== here.row)?.row;
  const line = places.filter((place) => place.row === row).sort((a, b) => a.from - b.from);
  return line.find((place) => place.from < here.to && here.from < place.to) ?? line.at(-1);
}
