"""Damages of blanks, lines and digits, and stretches of prose cut or replaced."""

from __future__ import annotations

import re
from random import Random

from training.synthesis.adverts import advert
from training.synthesis.layout import Annotated, Edit, Mark, wrap_edits

_DIGITS = re.compile(r"\d{2,}")


def _labels(made: Annotated) -> list[Mark]:
    """The marks of rows, columns and groups."""
    return [m for m in made.marks if m.label.startswith(("row.", "column.", "group."))]


def _free(made: Annotated) -> list[tuple[int, int]]:
    """The stretches without marks."""
    gaps, at = [], 0
    for mark in made.marks:
        if mark.start > at:
            gaps.append((at, mark.start))
        at = mark.end
    if at < len(made.text):
        gaps.append((at, len(made.text)))
    return gaps


def digits_confused(made: Annotated, rng: Random) -> Annotated:
    """O and l in values where 0 and 1 were printed."""
    share = rng.choice((0.02, 0.08, 0.25, 0.6))
    nought, one = rng.choice("OOo"), rng.choice("llI")
    text = list(made.text)
    for mark in made.marks:
        if mark.label != "value" or rng.random() >= share:
            continue
        for at in range(mark.start, mark.end):
            if text[at] == "0":
                text[at] = nought
            elif text[at] == "1":
                text[at] = one
    return made.replaced("".join(text))


def _apart(made: Annotated, mark: Mark) -> bool:
    """Whether no other number stands beside a value with nothing or one blank between."""
    before = made.text[max(0, mark.start - 2) : mark.start].replace(" ", "")
    after = made.text[mark.end : mark.end + 2].replace(" ", "")
    return not (before[-1:].isdigit() or after[:1].isdigit())


#: What dust on a scan or a torn frame leaves beside digits; none of it can belong to a number.
_SPECKS = "`'·•^~_:;!*´“‘"


def digits_dusted(made: Annotated, rng: Random) -> Annotated:
    """Specks beside values, years and dates; none stands between numbers that touch."""
    share = rng.choice((0.03, 0.1, 0.3))
    specks = rng.sample(_SPECKS, rng.choice((1, 2, 5)))
    gap = rng.choice(("", "", " "))
    edits = []
    for mark in made.marks:
        if mark.label not in ("value", "date", "year") or not _apart(made, mark):
            continue
        if rng.random() < share:
            behind = rng.random() < 0.6
            speck = rng.choice(specks)
            at = mark.end if behind else mark.start
            edits.append(Edit(at, at, gap + speck if behind else speck + gap))
    return made.edited(edits)


def digits_spaced(made: Annotated, rng: Random) -> Annotated:
    """Blanks inside numbers: 1 2 7."""
    share = rng.choice((0.2, 0.5, 1.0))
    gap = rng.choice((" ", " ", "\u00a0"))
    edits = []
    for mark in made.marks:
        if mark.label != "value" or mark.end - mark.start < 2 or not _apart(made, mark):
            continue
        if rng.random() < share:
            some = rng.random() < 0.4
            for at in range(mark.start + 1, mark.end):
                digits = made.text[at - 1].isdigit() and made.text[at].isdigit()
                if digits and not (some and rng.random() < 0.5):
                    edits.append(Edit(at, at, gap))
    return made.edited(edits)


def digits_torn(made: Annotated, rng: Random) -> Annotated:
    """Numbers torn over two lines, or at a blank."""
    share = rng.choice((0.05, 0.15, 0.4))
    gap = rng.choice(("\n", "\n", " \n", "\n "))
    edits = []
    for mark in made.marks:
        if mark.label != "value" or not _apart(made, mark) or rng.random() >= share:
            continue
        found = _DIGITS.search(made.text, mark.start, mark.end)
        if found:
            at = rng.randint(found.start() + 1, found.end() - 1)
            edits.append(Edit(at, at, gap))
    return made.edited(edits)


def labels_spaced(made: Annotated, rng: Random) -> Annotated:
    """Blanks or line ends inside labels: 结果 纠正, 商业\\n企业, a blank after each character."""
    share = rng.choice((0.1, 0.3, 0.8))
    gap = rng.choice((" ", " ", "\n", "  ", "\u3000", "\u00a0"))
    each = rng.random() < 0.2
    columns_only = rng.random() < 0.4
    edits = []
    for mark in _labels(made):
        size = mark.end - mark.start
        if size < 3 or rng.random() >= share:
            continue
        if columns_only and not mark.label.startswith("column."):
            continue
        if each:
            edits.extend(_between(made.text, mark, gap))
            continue
        middle = mark.start + size // 2
        at = middle if size < 8 else rng.randint(mark.start + 1, mark.end - 1)
        edits.append(Edit(at, at, gap))
    return made.edited(edits)


def labels_upright(made: Annotated, rng: Random) -> Annotated:
    """Column heads with one character a line."""
    groups = rng.random() < 0.5
    share = rng.choice((0.4, 1.0, 1.0))
    edits = []
    for mark in _labels(made):
        upright = mark.label.startswith("column.") or (groups and mark.label.startswith("group."))
        if upright and rng.random() < share:
            edits.extend(_between(made.text, mark, "\n"))
    return made.edited(edits)


def _between(text: str, mark: Mark, gap: str) -> list[Edit]:
    """Return `gap` between the characters of a mark, save where a blank stands already."""
    pairs = ((at, text[at - 1 : at + 1]) for at in range(mark.start + 1, mark.end))
    return [Edit(at, at, gap) for at, pair in pairs if pair == pair.strip()]


def headings_spaced(made: Annotated, rng: Random) -> Annotated:
    """Blanks inside title and headings, after the number or everywhere, or a line end."""
    gap = rng.choice((" ", " ", "  ", "\u3000", "\n"))
    each = rng.random() < 0.25 and gap != "\n"
    edits = []
    for mark in made.marks:
        if not mark.label.startswith(("heading.", "title", "agency")):
            continue
        if mark.end - mark.start < 4 or rng.random() < 0.3:
            continue
        if each:
            edits.extend(_between(made.text, mark, gap))
        else:
            at = rng.choice((mark.start + 2, rng.randint(mark.start + 1, mark.end - 1)))
            edits.append(Edit(at, at, gap))
    return made.edited(edits)


def lines_wrapped(made: Annotated, rng: Random) -> Annotated:
    """Lines broken after so many characters, inside labels and prose alike."""
    width = rng.choice((10, 16, 24, 30, 36, 40, 44))
    return made.edited(wrap_edits(made.text, width, rng.choice(("\n", "\n", "\n\n", "\n\u3000"))))


def lines_joined(made: Annotated, rng: Random) -> Annotated:
    """Line ends lost here and there, or turned into blanks."""
    share = rng.choice((0.05, 0.2, 0.5))
    gap = rng.choice(("", " ", " ", "  "))
    values = {m.start for m in made.marks if m.label == "value"}
    ends = {m.end for m in made.marks if m.label == "value"}
    edits = []
    for match in re.finditer(r"\n+", made.text):
        # Two values run together only where a layout says so, not by chance.
        between_values = match.start() in ends and match.end() in values
        if not between_values and rng.random() < share:
            edits.append(Edit(match.start(), match.end(), gap))
    return made.edited(edits)


_PADS = ("\u00a0", "\u00a0\u00a0", "\u3000", "\u3000\u3000", "  ", "    ", "\t", "\u200b", "\ufeff")


def padded(made: Annotated, rng: Random) -> Annotated:
    """Blanks of all kinds around lines and cells."""
    pads = rng.sample(_PADS, rng.choice((1, 1, 2, 3)))
    share = rng.choice((0.1, 0.4, 0.9))
    around = rng.random() < 0.6
    edits = []
    for match in re.finditer(r"^(?=.)|(?<=.)$", made.text, re.MULTILINE):
        if rng.random() < share:
            edits.append(Edit(match.start(), match.start(), rng.choice(pads)))
    if around:
        taken = {edit.start for edit in edits}
        for mark in made.marks:
            for at in (mark.start, mark.end):
                if at not in taken and rng.random() < share * 0.7:
                    taken.add(at)
                    edits.append(Edit(at, at, rng.choice(pads)))
    return made.edited(edits)


_PLACE = re.compile(
    "(?:[\u4e00-\u9fa5]{2,4}(?:省|市|县|区|镇|街道))+|中华人民共和国|国务院办公厅|国家|人民政府"
)


def advertised(made: Annotated, rng: Random) -> Annotated:
    """Place names and stock phrases of the prose replaced by advertising."""
    phrase = advert(rng)
    share = rng.choice((0.15, 0.4, 0.9))
    edits = []
    for start, end in _free(made):
        for match in _PLACE.finditer(made.text, start, end):
            if rng.random() < share:
                edits.append(Edit(match.start(), match.end(), phrase))
    return made.edited(edits[:60])


_CUTS = ("[…]", "[……]", "[…文字略…]", "……", "(略)", "[...]")


def prose_cut(made: Annotated, rng: Random) -> Annotated:
    """The middle of paragraphs cut out by whoever collected the page."""
    note = rng.choice(_CUTS)
    share = rng.choice((0.3, 0.7))
    edits = []
    for start, end in _free(made):
        for match in re.finditer(r"[^\n]{40,}", made.text[start:end]):
            if rng.random() < share:
                first = start + match.start() + rng.randint(14, 19)
                last = start + match.end() - rng.randint(14, 19)
                edits.append(Edit(first, last, note))
    return made.edited(edits)


def stops_lost(made: Annotated, rng: Random) -> Annotated:
    """Punctuation missing, or changed into a blank, in prose and labels."""
    marks = rng.choice(("、,，", "。", "()（）", '“”"', "、,，。;；:：“”()（）"))
    share = rng.choice((0.3, 1.0))
    gap = rng.choice(("", "", " ", "?"))
    values = [(m.start, m.end) for m in made.marks if m.label in ("value", "date")]
    inside = {at for start, end in values for at in range(start, end)}
    edits = [
        Edit(at, at + 1, gap)
        for at, char in enumerate(made.text)
        if char in marks and at not in inside and rng.random() < share
    ]
    return made.edited(edits)
