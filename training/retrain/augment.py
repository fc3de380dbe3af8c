"""A corrected report again, with other figures and a little damage.

Twenty reports of a layout show few figures and no slip of the pen; the model would learn them by heart.
Each time a report is shown it has other digits, and one time in two one of the damages of made pages
that leave every span where it can be found.
"""

from __future__ import annotations

from random import Random
from typing import Final

from nianbao.spans import check_spans
from training.synthesis.damage import TEXTUAL
from training.synthesis.layout import Annotated, Edit, Mark
from training.synthesis.model import Example

#: Damages that a page of any layout may have.
DAMAGES: Final = (
    "character_noise", "labels_spaced", "headings_spaced", "digits_dusted", "widths_changed", "padded",
    "advertised", "kangxi", "question_marks",
)  # fmt: skip
#: How often a variant is damaged, and how often a nought stays one: most cells of a report are 0.
DAMAGED, STAYS_ZERO = 0.5, 0.7


def variant(example: Example, number: int, seed: int) -> Example:
    """Return variant `number` of `example`; the first is the page as it stands."""
    if number == 0:
        return example
    rng = Random(f"{seed}/{number}/{len(example.text)}/{example.text[:80]}")
    marks = tuple(Mark(s.start, s.end, s.label) for s in example.spans)
    made = other_digits(Annotated(example.text, marks), rng)
    names = (rng.choice(DAMAGES),) if rng.random() < DAMAGED else ()
    for name in names:
        made = TEXTUAL[name](made, rng)
    made = made.trimmed()
    return Example(made.text, tuple(check_spans(made.spans, made.text)), {}, "gold", names)


def other_digits(made: Annotated, rng: Random) -> Annotated:
    """Return the page with other numbers of about the same lengths where its values are whole ones."""
    edits = []
    for mark in made.marks:
        text = made.text[mark.start : mark.end]
        if mark.label == "value" and text.isascii() and text.isdigit():
            edits.append(Edit(mark.start, mark.end, _other(text, rng)))
    return made.edited(edits)


def _other(text: str, rng: Random) -> str:
    if text == "0" and rng.random() < STAYS_ZERO:
        return text
    if rng.random() < 0.1:
        return "0"
    length = max(1, len(text) + rng.choice((-1, 0, 0, 0, 1)))
    return str(rng.randrange(10 ** (length - 1), 10**length))
