// What is known of the one cell that is lit.

import { el } from "./dom.js";
import { stateWords } from "./grids.js";
import { t } from "./i18n.js";
import { namesOf } from "./record.js";

export class DetailView {
  #report;
  #names;

  constructor(report) {
    this.#report = report;
    this.#names = namesOf(report);
    this.node = el("section", { class: "detail", role: "region", tabindex: 0, "aria-label": t("detail") });
    this.light({ cells: [] });
  }

  light(spot) {
    const cell = spot.cells.length === 1 ? this.#report.cells.get(spot.cells[0]) : undefined;
    if (cell === undefined) {
      this.node.replaceChildren(el("p", { class: "hint" }, t("detailHint")));
      return;
    }
    const failed = this.#report.failed.filter((check) => check.cells.includes(cell.path));
    const rows = [
      [t("value"), cell.value ?? "—"],
      cell.raw.trim() ? [t("raw"), cell.raw] : null,
      [t("from"), stateWords(cell)],
      [t("score"), cell.confidenceText],
      cell.candidates.length > 0 ? [t("candidates"), cell.candidates.join(t("listComma"))] : null,
      cell.reason ? [t("reason"), cell.reason] : null,
      [t("place"), cell.start === null ? t("noPlace") : `[${cell.start}, ${cell.end})`],
      failed.length > 0 ? [t("inChecks"), failed.map((check) => check.message).join("；")] : null,
    ];
    this.node.replaceChildren(
      el("p", { class: "name" }, this.#names.get(cell.path) ?? "", " ", el("code", {}, cell.path)),
      el(
        "dl", {},
        rows.filter((row) => row !== null).map(([term, words]) => el("div", {}, el("dt", {}, term), el("dd", {}, words))),
      ),
    );
  }
}
