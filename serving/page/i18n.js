// The words of the page in two languages.  What the forms print stays Chinese in both.

const WORDS = {
  title: ["年报解析", "Annual report reader"],
  lead: [
    "政府信息公开工作年度报告：三张表、核对结果，和每个数字在原文中的位置。",
    "Government information disclosure reports: the three tables, their checks, and where each figure stands.",
  ],
  skip: ["跳到结果", "Skip to the result"],
  language: ["English", "中文"],
  intake: ["读入", "Read"],
  pick: ["选择文件", "Choose files"],
  drop: [
    "或把文件、文件夹拖到页面任意位置（网页、文本、PDF），也可以直接粘贴",
    "or drop files and folders anywhere (HTML, text, PDF), or just paste",
  ],
  paste: ["粘贴文字或网页源码", "Paste text or HTML"],
  pasted: ["报告的文字或 HTML", "Text or HTML of the report"],
  parse: ["解析", "Parse"],
  key: ["此服务需要密钥", "This service needs a key"],
  useKey: ["使用", "Use"],
  files: ["文件", "Files"],
  tally: ["共 {0} 份，已完成 {1} 份，先看前 {2} 份", "{0} files, {1} done, look at the first {2}"],
  allJsonl: ["全部 JSONL", "All as JSONL"],
  allCsv: ["全部 CSV", "All as CSV"],
  clear: ["清空", "Clear"],
  retry: ["重试", "Try again"],
  pastedName: ["粘贴的内容 {0}", "Pasted {0}"],

  waiting: ["等待", "waiting"],
  sending: ["解析中", "reading"],
  failed: ["出错", "error"],
  notReport: ["不是年报", "no report"],
  checks: ["{0} 项核对未通过", "{0} failed checks"],
  missing: ["{0} 格缺失或未定", "{0} cells missing or open"],
  unsure: ["{0} 格可信度低", "{0} cells unsure"],
  warned: ["{0} 条提示", "{0} warnings"],
  fine: ["无疑点", "nothing to look at"],
  low: ["全部无误的可信度仅 {0}", "only {0} sure that all is right"],
  announceDone: ["已读出 {0}：{1}", "Read {0}: {1}"],
  announceFailed: ["{0} 出错：{1}", "{0} failed: {1}"],
  announceShown: ["正在显示 {0}", "Showing {0}"],

  noTitle: ["（未找到标题）", "(no title found)"],
  notReportLong: [
    "不是政府信息公开工作年度报告（是年报的概率 {0}）",
    "This is not such a report (probability that it is: {0})",
  ],
  agency: ["机关", "Agency"],
  year: ["年度", "Year"],
  published: ["公布日期", "Published"],
  form: ["格式", "Form"],
  form2021: ["2021 年格式", "2021"],
  form2019: ["2019 年格式", "2019"],
  formpre2019: ["2019 年前", "before 2019"],
  unknown: ["未找到", "not found"],
  confidence: ["全部单元格无误的可信度", "Probability that every cell is right"],
  model: ["模型", "Model"],

  download: ["下载", "Download"],
  copyTsv: ["复制为 TSV", "Copy as TSV"],
  copied: ["已复制「{0}」，可粘贴到电子表格", "Copied {0}; paste it into a spreadsheet"],
  notCopied: ["浏览器不允许复制", "The browser does not allow copying"],
  tables: ["表格", "Tables"],
  noTables: ["没有读出表格。", "No table was read."],
  legend: ["图例", "Legend"],
  gridHelp: [
    "方向键移动，回车到原文，空格固定，Esc 取消",
    "Arrow keys move, Enter goes to the source, Space pins, Esc lets go",
  ],

  source: ["原文", "Source"],
  sourceHelp: [
    "原文。回车从单元格到此处，方向键在数字间移动，再按回车返回单元格",
    "Source text. Enter comes here from a cell, arrow keys move between figures, Enter returns to the cell",
  ],
  noText: ["（服务未给出原文）", "(the service gave no text)"],
  detailHint: ["指向或选中一个单元格，查看它的出处。", "Point at or focus a cell to see where it comes from."],
  detail: ["单元格", "Cell"],
  hideSource: ["收起原文", "Hide the source"],
  showSource: ["显示原文", "Show the source"],

  comma: ["，", ", "],
  listComma: ["、", ", "],
  value: ["取值", "Value"],
  raw: ["原文写作", "Printed as"],
  from: ["来源", "Origin"],
  score: ["得分", "Score"],
  reason: ["理由", "Why"],
  candidates: ["可能的读法", "Possible readings"],
  place: ["位置", "Place"],
  noPlace: ["原文中没有对应的位置", "no place in the source"],
  inChecks: ["未通过的核对", "Failed checks"],

  stateread: ["原文读出", "read"],
  stateblank: ["原文空白", "blank"],
  stateinferred: ["推断，原文无此值", "inferred, not in the source"],
  statemissing: ["缺失或无法辨认", "missing or unreadable"],
  stateopen: ["未定，有 {0} 种读法", "open, {0} readings"],
  stateunsure: ["可信度低", "unsure"],
  statefailed: ["所在核对未通过", "part of a failed check"],
  legendblank: ["空白", "blank"],
  legendmissing: ["缺失或无法辨认", "missing or unreadable"],
  legendopen: ["未定，数字为读法的种数", "open, with the number of readings"],
  legendinferred: ["推断", "inferred"],
  legendunsure: ["可信度低于 {0}", "score below {0}"],
  legendfailed: ["所在核对未通过", "part of a failed check"],

  findings: ["核对与提示", "Checks and warnings"],
  failedChecks: ["未通过的核对", "Failed checks"],
  checkTally: [
    "{0} 项通过，{1} 项未通过，{2} 项因空缺未核对",
    "{0} passed, {1} failed, {2} skipped for want of figures",
  ],
  otherZeros: ["其余 {0} 格为 0 或空缺", "{0} more are 0 or empty"],
  narrative: ["正文与表格", "Narrative against tables"],
  stated: ["正文所述", "Narrative"],
  inTable: ["表中", "Table"],
  result: ["结果", "Result"],
  message: ["说明", "Explanation"],
  pass: ["一致", "agrees"],
  fail: ["不一致", "differs"],
  skipped: ["无法核对", "cannot be checked"],
  facts: ["正文所述数字", "Figures of the narrative"],
  ofYear: ["{0} 年", "{0}"],
  warnings: ["提示", "Warnings"],
  sections: ["章节", "Sections"],
  noNarrative: ["（无正文）", "(no narrative)"],
  locate: ["在原文中标出", "Mark in the source"],

  sheetCells: ["单元格", "Cells"],
  sheetChecks: ["核对", "Checks"],
  sheetHead: ["说明", "About"],

  errorNetwork: ["连接不上服务", "The service cannot be reached"],
  errorAnswer: ["服务的回答无法读取（{0}）", "The answer of the service cannot be read ({0})"],
  errorStart: ["页面无法启动：{0}", "The page cannot start: {0}"],
};

const LANGUAGES = ["zh", "en"];
const TAGS = { zh: "zh-CN", en: "en" };
const STORED = "nianbao.language";

let language = stored();
const listeners = [];

export function t(key, ...values) {
  const words = WORDS[key][LANGUAGES.indexOf(language)];
  return words.replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)]));
}

export function isEnglish() {
  return language === "en";
}

export function onLanguage(listener) {
  listeners.push(listener);
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
  translate();
  for (const listener of listeners) listener();
}

// Puts the words of the current language into what index.html marks with data-text.
export function translate() {
  document.documentElement.lang = TAGS[language];
  document.title = t("title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
}

function stored() {
  try {
    const found = localStorage.getItem(STORED);
    return LANGUAGES.includes(found) ? found : "zh";
  } catch {
    return "zh";
  }
}
