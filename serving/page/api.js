// The one call of the page to the service, and what its errors say.

import { isEnglish, t } from "./i18n.js";

const TRIES = 6;
const LONGEST_WAIT = 30; // seconds; a service that asks for more is asked again at this pace

export class Problem extends Error {
  // `problem` is an RFC 9457 body, or what is left of one.
  constructor(problem, status) {
    super(problem.detail ?? problem.title ?? "");
    this.problem = problem;
    this.status = status;
  }

  // In the language of the page at the time of showing.
  get text() {
    const { detail, detail_en: english, title } = this.problem;
    if (this.status === 0) return t("errorNetwork");
    if (!detail && !title) return t("errorAnswer", this.status);
    return isEnglish() ? english ?? title ?? detail : detail ?? title;
  }

  get code() {
    return this.problem.code ?? (this.status ? String(this.status) : "");
  }
}

// `content` is {file}, {text} or {html}; returns the body of the answer as text.
export async function parse(content, key) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(content, key);
    if (answer.ok) return answer.text();
    const busy = answer.status === 429 || answer.status === 503;
    if (!busy || attempt === TRIES) throw await problemOf(answer);
    await pause(Number(answer.headers.get("Retry-After")) || attempt);
  }
}

async function send(content, key) {
  const headers = { Accept: "application/json, application/problem+json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  let body;
  if (content.file) {
    body = new FormData();
    body.append("file", content.file, content.file.name);
  } else {
    body = JSON.stringify(content);
    headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch("parse?include=text", { method: "POST", headers, body });
  } catch {
    throw new Problem({}, 0);
  }
}

async function problemOf(answer) {
  try {
    return new Problem(Object(JSON.parse(await answer.text())), answer.status);
  } catch {
    return new Problem({}, answer.status);
  }
}

function pause(seconds) {
  return new Promise((done) => setTimeout(done, Math.min(seconds, LONGEST_WAIT) * 1000));
}
