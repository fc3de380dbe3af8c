"""The sums that the form prints down its columns, used to choose among readings of a row.

Each reading of a row is a candidate; a sum that no choice of candidates meets is the author's mistake
and chooses nothing.  What is left when every usable sum has struck out what cannot be (generalised
arc consistency) is what the page allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nianbao.assembly.align import Row
from nianbao.numbers import Number

#: Distinct partial sums that are followed before an equation is left alone.
MAX_SUMS = 20_000
#: Additions that lead to them, at most, for one row of one equation.
MAX_ADDITIONS = 100_000


@dataclass(frozen=True, slots=True)
class Equation:
    """In one column, the rows `added` add up to the rows `totals`."""

    added: tuple[str, ...]
    totals: tuple[str, ...]


def choose(
    candidates: Mapping[str, Sequence[Row]], equations: Sequence[Equation], columns: int
) -> dict[str, tuple[Row, ...]]:
    """Return the candidates of each row that survive every equation in every column."""
    left = {row: tuple(rows) for row, rows in candidates.items()}
    if all(len(rows) == 1 for rows in left.values()):
        return left
    for _ in range(8):
        before = sum(len(rows) for rows in left.values())
        for equation in equations:
            for column in range(columns):
                _prune(left, equation, column)
        if sum(len(rows) for rows in left.values()) == before:
            break
    return left


def _prune(left: dict[str, tuple[Row, ...]], equation: Equation, column: int) -> None:
    """Strike the candidates whose value in `column` no choice of the others can complete."""
    terms = [(row, 1) for row in equation.added] + [(row, -1) for row in equation.totals]
    present = [(row, sign) for row, sign in terms if row in left]
    totals = {row for row in equation.totals if row in left}
    if not totals or all(len(left[row]) == 1 for row, _ in present):
        return
    domains = [_values(left[row], column, sign) for row, sign in present]
    if any(domain is None for domain in domains):
        return
    known = [domain for domain in domains if domain is not None]
    forward = _partial_sums(known)
    backward = _partial_sums(known[::-1])
    if forward is None or backward is None or 0 not in forward[-1]:
        return
    for i, (row, sign) in enumerate(present):
        behind = backward[len(known) - 1 - i]
        possible = {
            value for value in known[i] if any(-(before + value) in behind for before in forward[i])
        }
        left[row] = tuple(r for r in left[row] if _signed(r, column, sign) in possible)


def _signed(row: Row, column: int, sign: int) -> Number:
    value = row[column].value
    return 0 if value is None else value * sign


def _values(rows: Sequence[Row], column: int, sign: int) -> set[Number] | None:
    """The signed values that `column` can take; None when a reading leaves it unknown."""
    if any(row[column].state in ("missing", "unreadable") for row in rows):
        return None
    return {_signed(row, column, sign) for row in rows}


def _partial_sums(domains: Sequence[set[Number]]) -> list[set[Number]] | None:
    """Return the sums reachable with the first 0, 1, 2 … domains; None when they are too many."""
    sums: list[set[Number]] = [{0}]
    for domain in domains:
        if len(sums[-1]) * len(domain) > MAX_ADDITIONS:
            return None
        reached = {before + value for before in sums[-1] for value in domain}
        if len(reached) > MAX_SUMS:
            return None
        sums.append(reached)
    return sums
