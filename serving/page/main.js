// Starts the page: words, forms, files and what takes them in.

import { announce, byId, el } from "./dom.js";
import { csv } from "./exports.js";
import { Files } from "./files.js";
import { onLanguage, switchLanguage, t, translate } from "./i18n.js";
import { startIntake } from "./intake.js";
import { save } from "./save.js";
import { show } from "./view.js";

async function start() {
  startLanguage();
  const answer = await fetch("static/forms.json");
  if (!answer.ok) throw new Error(`forms.json ${answer.status}`);
  const forms = await answer.json();
  let shown = null;
  const files = new Files(forms, (file) => {
    shown = file;
    show(file, forms);
  });
  startIntake((items) => files.take(items));
  byId("all-jsonl").addEventListener("click", () => {
    const lines = files.done.map((file) => `${file.report.json}\n`);
    save("reports.jsonl", "application/x-ndjson", lines.join(""));
  });
  byId("all-csv").addEventListener("click", () => save("cells.csv", "text/csv", csv(files.done)));
  onLanguage(() => {
    files.draw();
    show(shown, forms);
  });
  document.documentElement.dataset.ready = "";
}

function startLanguage() {
  const button = byId("language");
  const name = () => {
    button.textContent = t("language");
    button.lang = t("language") === "English" ? "en" : "zh-CN";
  };
  button.addEventListener("click", switchLanguage);
  onLanguage(name);
  translate();
  name();
}

start().catch((error) => {
  const message = t("errorStart", error.message);
  announce(message);
  byId("intake").append(el("p", { class: "problem" }, message));
});
