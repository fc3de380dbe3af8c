"""Near-duplicates: sketches of texts, and how much two have in common.

A text is the set of its stretches of `WIDTH` signs, in which every number is the same number and the
kind of blank between two words counts.  So two years of one agency, or one page on two sites, are the
same, and the same words laid out in another way are not.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

Sketch = NDArray[np.uint64]

#: Signs of a stretch.
WIDTH: Final = 8
#: Hashes that are kept of a text: of two with 85 % in common, 0.85 ± 0.02 is found.
SIZE: Final = 256

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_BLANK: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r"\s*\n\s*")
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


def sketch(text: str) -> Sketch:
    """Return the `SIZE` least of the hashes of the stretches of a folded text, uint64, sorted; fewer
    where it has fewer."""
    squeezed = _LINES.sub("\n", _BLANK.sub(" ", _NUMBER.sub("0", text)).strip())
    raw = squeezed.encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(raw, dtype="<u4").astype(np.uint64)
    count = max(len(codes) - WIDTH + 1, 1)
    padded = np.concatenate((codes, np.zeros(max(WIDTH - len(codes), 0), dtype=np.uint64)))
    hashes = np.zeros(count, dtype=np.uint64)
    for at in range(WIDTH):  # of a polynomial, modulo 2 ** 64
        hashes = hashes * _MULTIPLIER + padded[at : at + count]
    least: Sketch = np.unique(_mixed(hashes))[:SIZE]
    return least


def similarity(one: Sketch, other: Sketch) -> float:
    """Return about which share of the stretches of two texts both have (Jaccard), in [0, 1]."""
    both = np.sort(np.concatenate((one, other)))
    again = both[1:] == both[:-1]
    distinct = np.cumsum(np.append(True, ~again))  # up to each of them
    common = np.count_nonzero(again & (distinct[1:] <= SIZE))
    return float(common / min(SIZE, int(distinct[-1])))


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the bits, so that the least are a fair draw (the finalizer of splitmix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
