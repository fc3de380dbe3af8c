"""Personal phone numbers and e-mail addresses masked, character for character, so that offsets stay.

    python -m annotations.masking DIR           what would be masked in the files of DIR, and how many
                                                figures of tables that would touch

A digit becomes `*`, and of an e-mail address everything but `@`.  A figure of a table is never masked:

- nothing that overlaps a label other than `furniture` is masked, and nothing that follows a row, a
  column or a value with no word in between;
- a number that only looks like one (eleven digits that begin with 13 to 19, a zone with its number but
  no sign between them) counts beside a word such as 电话, on its line, alone.
"""

from __future__ import annotations

import argparse
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nianbao.exceptions import NianbaoError
from nianbao.gold import GoldDocument
from nianbao.spans import Span

#: Full-width signs as their half-width ones: one for one, so that places are the same.
_HALF: Final = str.maketrans("０１２３４５６７８９＋－—–（）＠．　", "0123456789+---()@. ")
_MOBILE: Final = re.compile(
    r"(?<![\d.,A-Za-z])(?:\+?86[- ]?)?1[3-9]\d([- ]?)\d{4}\1\d{4}(?![\dA-Za-z]|[.,]\d)"
)
_LANDLINE: Final = re.compile(
    r"(?<![\d.,A-Za-z])(?:\(0\d{2,3}\)|0\d{2,3}(?!\d{9}))([- ]{0,2})[2-8]\d{6,7}"
    r"(?:[- ]?(?:转|ext\.?)[ ]?\d{1,6}|-\d{1,5})?(?![\dA-Za-z]|[.,]\d)"
)
#: Without its zone, seven or eight digits count only right behind a word.
_LOCAL: Final = re.compile(r"(?<![\d.,A-Za-z-])[2-8]\d{2,3}-?\d{4}(?![\dA-Za-z]|[.,]\d)")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
#: Words that say a phone number follows.  举报 and 咨询 alone do not: rows of the form have them.
_WORD: Final = re.compile(
    r"电\s?话|手\s?机|传\s?真|热\s?线|联系方式|联系人|拨打|座机|(?i:\btel\b|\bfax\b)"
)
#: How far before a number, in characters of its line, its word may stand.
_REACH: Final = 30
#: A quantity is no number to call.
_UNIT: Final = re.compile(r" ?(?:万?元|[件条次人份个户项篇期宗起])")
_HAN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Masked:
    """One stretch that is masked: `kind` is mobile, landline, local or email."""

    start: int
    end: int
    kind: str


def find(text: str, spans: Sequence[Span] = ()) -> list[Masked]:
    """Return what is to be masked in `text`, in its order; `spans` are its labels."""
    half = text.translate(_HALF)
    ordered = sorted((s for s in spans if s.label != "furniture"), key=lambda s: s.start)
    starts = [span.start for span in ordered]
    found: list[Masked] = []
    end = 0
    for one in sorted(_candidates(half), key=lambda m: (m.start, -m.end)):
        before = bisect_right(starts, one.end - 1)
        near = ordered[before - 1] if before else None
        if one.start < end or (near is not None and near.end > one.start):
            continue
        if one.kind != "email" and not _is_phone(one, half, near):
            continue
        found.append(one)
        end = one.end
    return found


def _candidates(half: str) -> Iterator[Masked]:
    kinds = (("email", _EMAIL), ("mobile", _MOBILE), ("landline", _LANDLINE), ("local", _LOCAL))
    for kind, pattern in kinds:
        for match in pattern.finditer(half):
            yield Masked(match.start(), match.end(), kind)


def _is_phone(one: Masked, half: str, near: Span | None) -> bool:
    """Say whether a number that looks like one is one; `near` is the last label before it."""
    if _UNIT.match(half, one.end):
        return False
    line = half[half.rfind("\n", 0, one.start) + 1 : one.start]
    if near is not None and near.label.startswith(("row.", "column.", "group.", "value")):
        if not _HAN.search(half, near.end, one.start):
            return False
    if _WORD.search(line, max(0, len(line) - _REACH)):
        return True
    piece = half[one.start : one.end]
    signed = any(sign in piece for sign in "-()+") and one.kind in ("mobile", "landline")
    # Alone, eleven digits may be figures that ran together: only where a word stands before them,
    # and no other figure.
    alone = one.kind == "mobile" and bool(_HAN.search(line)) and not re.search(r"\d", line)
    return signed or (alone and near is not None)


def mask(text: str, spans: Sequence[Span] = ()) -> str:
    """Return `text` with what `find` finds masked; it is as long as before."""
    pieces, last = [], 0
    for one in find(text, spans):
        pieces.append(text[last : one.start])
        held = text[one.start : one.end]
        keep = "@＠" if one.kind == "email" else None
        pieces.append(
            "".join(c if c in keep else "*" for c in held)
            if keep
            else "".join("*" if c.isdigit() else c for c in held)
        )
        last = one.end
    return "".join([*pieces, text[last:]])


def masked_document(one: GoldDocument) -> GoldDocument:
    """Return the document with its text masked; spans and subject stay."""
    return replace(one, text=mask(one.text, one.spans))


def _report(folder: Path) -> int:
    """Print what would be masked in the files of `folder`; return how many figures it touches."""
    from nianbao.pipeline import Pipeline  # here, so that masking alone needs no model

    pipeline = Pipeline.default()
    figures = files = pieces = wrong = blind = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".json"):
        try:
            document = pipeline.document(path.read_bytes(), path.name)
        except NianbaoError as error:
            print(f"{path}：{error}", file=sys.stderr)
            continue
        spans = pipeline.spans(document)
        values = [s for s in spans if s.label == "value"]
        found = find(document.text, spans)
        files, figures, pieces = files + 1, figures + len(values), pieces + len(found)
        wrong += _touched(found, values)
        blind += _touched(find(document.text), values)
        for one in found:
            context = document.text[max(0, one.start - 20) : one.end + 10]
            print(f"{path.name} [{one.start}, {one.end}) {one.kind} {context!r}")
    print(f"{files} files, {figures} figures, {pieces} masked")
    print(f"figures touched: {wrong}; were the labels not looked at: {blind}")
    return wrong


def _touched(found: Sequence[Masked], values: Sequence[Span]) -> int:
    return sum(any(m.start < v.end and v.start < m.end for m in found) for v in values)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m annotations.masking", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, help="folder of reports")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        print(f"{options.folder}：不是文件夹", file=sys.stderr)
        return 2
    return 1 if _report(options.folder) else 0


if __name__ == "__main__":
    sys.exit(main())
