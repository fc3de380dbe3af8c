// What is lit: the cells and the places of the source that the pointer, the focus or a finding names.
// Grids, source and detail listen; none of them knows the others.

export const NOTHING = Object.freeze({ cells: [], keys: [] });

export function cellSpot(...paths) {
  return { cells: paths, keys: paths.map((path) => `cell:${path}`) };
}

export class Hub extends EventTarget {
  #pinned = NOTHING;

  // `from` is the view that the person is in, which must not scroll.
  show(spot, from) {
    this.dispatchEvent(new CustomEvent("light", { detail: { spot, from } }));
  }

  leave(from) {
    this.show(this.#pinned, from);
  }

  pin(spot, from) {
    this.#pinned = spot;
    if (spot !== NOTHING) this.dispatchEvent(new CustomEvent("pin")); // opens what then has to scroll
    this.show(spot, from);
  }

  unpin() {
    this.pin(NOTHING, null);
  }

  // Moves the focus to the cell at `path`, in the grid or in the source.
  go(path, where) {
    this.dispatchEvent(new CustomEvent("go", { detail: { path, where } }));
  }
}
