// A ZIP archive of stored members: what a workbook of some 60 kB needs, and no more.

const encoder = new TextEncoder();
const CRCS = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
const VERSION = 20;
const UTF8 = 0x0800;
const EPOCH = 0x0021; // 1980-01-01, the earliest date there is: equal input gives equal bytes

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRCS[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// `members` are [name, text] pairs; returns the bytes of the archive.
export function zip(members) {
  const parts = [];
  const directory = [];
  let offset = 0;
  const put = (list, bytes) => list.push(bytes) && bytes.length;
  for (const [name, text] of members) {
    const [path, data] = [encoder.encode(name), encoder.encode(text)];
    const common = [
      [2, VERSION], [2, UTF8], [2, 0], [2, 0], [2, EPOCH],
      [4, crc32(data)], [4, data.length], [4, data.length], [2, path.length], [2, 0],
    ];
    put(directory, fields([[4, 0x02014b50], [2, VERSION], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]));
    put(directory, path);
    offset += put(parts, fields([[4, 0x04034b50], ...common]));
    offset += put(parts, path) + put(parts, data);
  }
  const size = directory.reduce((sum, bytes) => sum + bytes.length, 0);
  const end = fields([
    [4, 0x06054b50], [2, 0], [2, 0], [2, members.length], [2, members.length], [4, size], [4, offset], [2, 0],
  ]);
  return joined([...parts, ...directory, end]);
}

// Little-endian numbers of 2 and 4 bytes.
function fields(list) {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of list) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
