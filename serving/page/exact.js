// JSON whose numbers keep their text: 47593.6663 and 12345678901234567890 stay as they are written.

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\]]/gs;

// The same as JSON.parse, but every number is a string.  JSON.parse alone decides what is valid;
// its own access to a number's text (context.source) is younger than the browsers in use.
export function parseExact(text) {
  JSON.parse(text);
  return JSON.parse(text.replace(TOKEN, (token) => (/^[-\d]/.test(token) ? `"${token}"` : token)));
}

// Returns the text of the object that is the value of `name` in the outermost object.
export function memberText(text, name) {
  let depth = 0;
  let key = null;
  let start = -1;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      if (depth === 1 && key === name) start = index;
      depth += 1;
    } else if (token === "}" || token === "]") {
      depth -= 1;
      if (depth === 1 && start >= 0) return text.slice(start, index + 1);
    } else if (depth === 1 && token.startsWith('"')) {
      key = JSON.parse(token);
    }
  }
  return null;
}

// Plain decimal digits, as the library prints numbers: 1E+3 is 1000.
export function plain(number) {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(number);
  if (match === null) return number;
  const [, sign, whole, part = "", exponent] = match;
  const digits = whole + part;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + (digits.padEnd(point, "0").replace(/^0+(?=\d)/, ""));
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
