// Elements are made here and nowhere else; strings become text nodes, never markup.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

export function announce(message) {
  byId("status").textContent = message;
}

// Scrolls `node` to the middle of every scrolling box up to `stop`, and only of those in which it
// does not show: scrollIntoView would move the whole page under the pointer.
export function reveal(node, stop) {
  for (let box = node.parentElement; box !== null; box = box.parentElement) {
    const place = node.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    const hidden = {
      top: place.top < frame.top || place.bottom > frame.bottom,
      left: place.left < frame.left || place.right > frame.right,
    };
    const room = { top: box.scrollHeight - box.clientHeight, left: box.scrollWidth - box.clientWidth };
    const scrolls = /auto|scroll/.test(getComputedStyle(box).overflow);
    if (scrolls && ((hidden.top && room.top > 0) || (hidden.left && room.left > 0))) {
      const up = hidden.top ? (place.top + place.bottom - frame.top - frame.bottom) / 2 : 0;
      const aside = hidden.left ? (place.left + place.right - frame.left - frame.right) / 2 : 0;
      box.scrollBy({ top: up, left: aside, behavior: "instant" });
    }
    if (box === stop) return;
  }
}
