"""Gold as training has it: one answer a document, each on its side of the split."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nianbao.exceptions import NianbaoError
from nianbao.gold import GoldDocument, gold_sha256, read_gold
from training.splits import SIDES, Side, Splits
from training.synthesis.model import Example


class NoGold(NianbaoError):
    """There is no corrected report to learn from."""

    code = "no_gold"


@dataclass(frozen=True, slots=True)
class GoldSet:
    """The documents of each side, by their digests; `apart` are those on no side, `sha256` is that of
    the files they come from."""

    train: tuple[GoldDocument, ...]
    dev: tuple[GoldDocument, ...]
    test: tuple[GoldDocument, ...]
    apart: tuple[GoldDocument, ...]
    sha256: str

    def __str__(self) -> str:
        counts = [f"{len(getattr(self, side))} {side}" for side in SIDES]
        apart = f", {len(self.apart)} between two sides and left out" if self.apart else ""
        return ", ".join(counts) + apart


def read_files(paths: Sequence[Path]) -> list[GoldDocument]:
    """Return the documents of all files, sorted by digest: of several answers to one, the latest.

    Raises ExchangeError for a line that is not of its shape, OSError, and NoGold where there is none.
    """
    settled: dict[str, GoldDocument] = {}
    for one in (one for path in paths for one in read_gold(path)):
        before = settled.get(one.subject.sha256)
        if before is None or _when(one) > _when(before):
            settled[one.subject.sha256] = one
    if not settled:
        raise NoGold(f"{'、'.join(map(str, paths))} 中没有标注")
    return [settled[digest] for digest in sorted(settled)]


def _when(one: GoldDocument) -> tuple[str, str]:
    return (one.annotated, one.annotator)


def files_sha256(paths: Sequence[Path]) -> str:
    """Return the digest by which gold files are known together; of one file it is its own."""
    digests = sorted({gold_sha256(path) for path in paths})
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def divided(documents: Sequence[GoldDocument], splits: Splits, sha256: str) -> GoldSet:
    """Return `documents` by their sides."""
    by_side: dict[Side | None, list[GoldDocument]] = {}
    for one in documents:
        by_side.setdefault(splits.side(one.subject), []).append(one)
    train, dev, test = (tuple(by_side.get(side, ())) for side in SIDES)
    return GoldSet(train, dev, test, tuple(by_side.get(None, ())), sha256)


def example_of(one: GoldDocument) -> Example:
    """Return a gold document as the makers of windows take it."""
    return Example(one.text, one.spans, {}, "gold")
