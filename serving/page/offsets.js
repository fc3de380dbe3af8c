// Offsets of the record count Unicode code points; strings of JavaScript count UTF-16 units, in
// which a character beyond U+FFFF takes two.

export class Offsets {
  #astral = []; // code point offset of each character that takes two units

  constructor(text) {
    let point = 0;
    for (let unit = 0; unit < text.length; unit += 1, point += 1) {
      if (text.codePointAt(unit) > 0xffff) {
        this.#astral.push(point);
        unit += 1;
      }
    }
    this.length = point;
  }

  // Returns the UTF-16 offset of the code point offset `point`.
  units(point) {
    let low = 0;
    let high = this.#astral.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#astral[middle] < point) low = middle + 1;
      else high = middle;
    }
    return point + low;
  }
}
