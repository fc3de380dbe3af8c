// Files and clipboard of the person.

import { el } from "./dom.js";

export function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// The name of a download: that of the input without folders and without its ending.
export function baseName(name) {
  const last = name.split(/[\\/]/).at(-1);
  return last.replace(/\.[a-z0-9]{1,5}$/i, "") || "report";
}

// Tells whether `text` is in the clipboard now.  The clipboard of the browser is there only on
// loopback and over TLS; the old command works over plain HTTP too.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

function copyByCommand(text) {
  const before = document.activeElement;
  const box = el("textarea", { class: "unseen", readonly: true });
  box.value = text;
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  before?.focus();
  return copied;
}
