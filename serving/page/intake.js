// How documents come in: picked, dropped (folders too) or pasted.  Hands {name, content} on.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

const LOOKS_LIKE_HTML = /^\s*<(?:!doctype|!--|\?xml|[a-z][a-z0-9]*[\s>/])/i;

let pastes = 0;

export function startIntake(take) {
  const pick = byId("pick");
  pick.addEventListener("change", () => {
    take([...pick.files].map(fromFile));
    pick.value = "";
  });
  startDrop(take);
  startPaste(take);
}

function fromFile(file) {
  return { name: file.webkitRelativePath || file.name, content: { file } };
}

function pasted(content) {
  pastes += 1;
  return { name: t("pastedName", pastes), content };
}

function startDrop(take) {
  const over = (on) => document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  document.addEventListener("drop", async (event) => {
    over(false);
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    take((await filesOf(event.dataTransfer)).map(fromFile));
  });
}

// Entries are asked for before the first await: the browser takes them back after the event.
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const nested = await Promise.all(entries.filter((entry) => entry !== null).map(walk));
  return nested.flat();
}

async function walk(entry) {
  if (entry.isFile) {
    return new Promise((done) => entry.file((file) => done([file]), () => done([])));
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const batch = await new Promise((done) => reader.readEntries(done, () => done([])));
    if (batch.length === 0) break;
    found.push(...batch);
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return (await Promise.all(found.map(walk))).flat();
}

function startPaste(take) {
  const box = byId("pasted");
  byId("paste-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value;
    if (text.trim() === "") {
      box.focus();
      return;
    }
    take([pasted(LOOKS_LIKE_HTML.test(text) ? { html: text } : { text })]);
    box.value = "";
  });
  document.addEventListener("paste", (event) => {
    if (event.target.matches("textarea, input")) return;
    const { files } = event.clipboardData;
    const html = event.clipboardData.getData("text/html");
    const text = event.clipboardData.getData("text/plain");
    // A page or a document copied whole brings its tables as HTML, which say more than its text.
    if (files.length > 0) take([...files].map(fromFile));
    else if (/<table/i.test(html)) take([pasted({ html })]);
    else if (text.trim() !== "") take([pasted(LOOKS_LIKE_HTML.test(text) ? { html: text } : { text })]);
    else return;
    event.preventDefault();
  });
}
