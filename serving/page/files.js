// The files of this visit: a queue that sends two at a time, and a list with those to look at first.

import { parse, Problem } from "./api.js";
import { announce, byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { LEVELS, Report } from "./record.js";

const AT_ONCE = 2;
export const MARKS = {
  failed: "✕", notReport: "∅", checks: "!", missing: "?", unsure: "~", warned: "•", fine: "✓",
  waiting: "…", sending: "…",
};

export class Files {
  #all = [];
  #forms;
  #show;
  #shown = null;
  #byHand = false; // whether the person chose what is shown
  #key = "";
  #drawing = false;

  // `show` draws a file that has been read, or null.
  constructor(forms, show) {
    this.#forms = forms;
    this.#show = show;
    byId("key-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#key = byId("key").value.trim();
      byId("key-form").hidden = true;
      for (const file of this.#all) if (file.problem?.status === 401) this.#again(file);
    });
    byId("clear").addEventListener("click", () => this.#clear());
    byId("list").addEventListener("keydown", (event) => this.#move(event));
  }

  get done() {
    return this.#all.filter((file) => file.report !== null);
  }

  take(items) {
    for (const { name, content } of items) {
      this.#all.push({ name, content, order: this.#all.length, level: "waiting", report: null, problem: null });
    }
    this.draw();
    this.#pump();
  }

  #pump() {
    let room = AT_ONCE - this.#all.filter((file) => file.level === "sending").length;
    for (const file of this.#all) {
      if (room <= 0) return;
      if (file.level !== "waiting") continue;
      file.level = "sending";
      room -= 1;
      this.#send(file);
    }
  }

  async #send(file) {
    try {
      file.report = new Report(await parse(file.content, this.#key), this.#forms);
      file.level = file.report.level;
      announce(t("announceDone", file.name, summary(file)));
    } catch (error) {
      // Whatever goes wrong belongs to this file alone.
      file.problem = error instanceof Problem ? error : new Problem({}, "JSON");
      file.level = "failed";
      if (file.problem.status === 401) byId("key-form").hidden = false;
      announce(t("announceFailed", file.name, file.problem.text));
    }
    if (!this.#all.includes(file)) return;
    // The first report shows by itself, or the first error until there is one.
    if (this.#shown === null || (this.#shown.report === null && !this.#byHand)) this.#choose(file, false);
    this.draw();
    this.#pump();
  }

  #again(file) {
    Object.assign(file, { level: "waiting", problem: null });
    if (this.#shown === file) this.#choose(null, false);
    this.draw();
    this.#pump();
  }

  #clear() {
    this.#all = [];
    this.#choose(null, false);
    this.draw();
    byId("pick").focus();
  }

  #choose(file, byHand) {
    this.#shown = file;
    this.#byHand = byHand;
    this.#show(file);
    this.draw();
    if (!byHand) return;
    announce(t("announceShown", file.name));
    byId("report").focus({ preventScroll: true });
    byId("report").scrollIntoView();
  }

  // Many answers in one frame are drawn once.
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    const sorted = [...this.#all].sort((a, b) => rank(a) - rank(b) || weight(b) - weight(a) || a.order - b.order);
    const focused = document.activeElement?.dataset.order;
    const stop = sorted.find((file) => file === this.#shown) ?? sorted[0];
    byId("files").hidden = sorted.length === 0;
    byId("list").replaceChildren(...sorted.map((file) => this.#entry(file, file === stop)));
    const urgent = sorted.filter((file) => rank(file) < LEVELS.indexOf("warned")).length;
    const finished = sorted.filter((file) => file.report !== null || file.problem !== null).length;
    byId("tally").textContent = t("tally", sorted.length, finished, urgent);
    byId("all-jsonl").disabled = byId("all-csv").disabled = this.done.length === 0;
    if (focused !== undefined) byId("list").querySelector(`[data-order="${focused}"]`)?.focus();
  }

  #entry(file, stop) {
    const shown = file === this.#shown;
    const button = el(
      "button",
      {
        type: "button", class: "file", "data-order": file.order, "data-level": file.level,
        "aria-current": shown ? "true" : null, tabindex: stop ? 0 : -1,
        onclick: () => this.#choose(file, true),
      },
      el("span", { class: "sign", "aria-hidden": "true" }, MARKS[file.level]),
      el("span", { class: "name" }, file.name),
      el("span", { class: "state" }, summary(file)),
    );
    if (file.problem === null) return el("li", {}, button);
    const again = el("button", { type: "button", onclick: () => this.#again(file) }, t("retry"));
    again.setAttribute("aria-label", `${t("retry")}: ${file.name}`);
    return el("li", {}, button, again);
  }

  #move(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || !event.target.matches(".file")) return;
    event.preventDefault();
    const buttons = [...byId("list").querySelectorAll(".file")];
    const place = buttons.indexOf(event.target) + step;
    const next = buttons[Math.max(0, Math.min(place, buttons.length - 1))];
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

function rank(file) {
  const place = LEVELS.indexOf(file.level);
  return place < 0 ? LEVELS.length : place;
}

// Of two files of one rank, the one with more to look at comes first.
function weight(file) {
  return file.report?.counts[file.level] ?? 0;
}

// What there is to say of a file in its line of the list.
export function summary(file) {
  if (file.problem !== null) return `${file.problem.text} ${file.problem.code}`.trim();
  if (file.report === null || !file.report.isReport || file.level === "fine") return t(file.level);
  const { counts, data, isLow } = file.report;
  const words = ["checks", "missing", "unsure", "warned"]
    .filter((level) => counts[level] > 0)
    .map((level) => t(level, counts[level]));
  if (isLow) words.push(t("low", data.confidence));
  return words.join(" · ");
}
