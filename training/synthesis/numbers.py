"""The figures of a made report: values of the three tables, authors' mistakes, printed forms.

A path is `table.row.column` of the canonical record.  Money is Decimal in 万元, the rest is int.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from nianbao.rules.forms import (
    MONEY,
    PROACTIVE,
    REQUEST_COLUMNS,
    REQUESTS,
    REVIEW,
    ROWS,
    outcome_rows,
    request_rows,
    table_cells,
)

Number = int | Decimal
Values = dict[str, Number | None]


@dataclass(frozen=True, slots=True)
class Printed:
    """What a value cell prints: `text` ("" for an empty cell) and the `value` it stands for."""

    text: str
    value: Number | None


#: Weight of each applicant column, in printed order without the total.
_APPLICANTS: Final = (82, 9, 1, 2, 3, 3)
#: Weight of each outcome of a request; every row has some, so that none is learned as always 0.
_OUTCOMES: Final = {
    "granted": 40,
    "partially_granted": 9,
    "denied.state_secret": 0.5,
    "denied.law_prohibited": 1,
    "denied.security_stability": 0.7,
    "denied.third_party_rights": 1.6,
    "denied.internal_affairs": 1.6,
    "denied.process_information": 1.4,
    "denied.enforcement_file": 1.3,
    "denied.administrative_query": 1.6,
    "unavailable.not_held": 18,
    "unavailable.needs_creation": 2.5,
    "unavailable.unclear_after_correction": 1.5,
    "not_processed.petition_complaint": 3,
    "not_processed.duplicate": 2,
    "not_processed.published_material": 0.6,
    "not_processed.excessive_repeat": 0.6,
    "not_processed.reconfirmation": 0.6,
    "other_processing": 5,
    "other_processing.correction_overdue": 2,
    "other_processing.fee_overdue": 0.5,
    "other_processing.other": 4,
}
_REVIEW_COLUMNS: Final = ("upheld", "corrected", "other", "pending")


def make_values(rng: random.Random, rank: int, forms: dict[str, str]) -> Values:
    """Draw the values of the tables in `forms` (table -> form); `rank` is the agency's (0 to 2).

    Sums and the balance hold.
    """
    values: Values = {}
    size = _size(rng, rank)
    if PROACTIVE in forms:
        values |= _proactive(rng, forms[PROACTIVE], _size(rng, rank))
    if REQUESTS in forms:
        values |= _requests(rng, forms[REQUESTS], size)
    if REVIEW in forms:
        values |= _review(rng, size)
    return values


def _size(rng: random.Random, rank: int) -> int:
    """0 nothing happened, 1 a few, 2 dozens, 3 hundreds and more."""
    weights = ((42, 42, 13, 3), (30, 42, 20, 8), (8, 20, 40, 32))[rank]
    return rng.choices((0, 1, 2, 3), weights)[0]


def _count(rng: random.Random, size: int) -> int:
    """Draw a count: log-uniform up to a bound that grows with `size`."""
    bound = (0, 12, 160, 6000)[size]
    if bound == 0:
        return 0
    return round(math.pow(bound, rng.random()))


def _spread(rng: random.Random, total: int, weights: list[float]) -> list[int]:
    """Share `total` out over `weights`; exact draws while small, jittered shares when large."""
    counts = [0] * len(weights)
    if total > 80:
        mass = [w * rng.uniform(0.3, 1.7) for w in weights]
        scale = total * 0.9 / (sum(mass) or 1)
        counts = [int(m * scale) for m in mass]
    for index in rng.choices(range(len(weights)), weights, k=total - sum(counts)):
        counts[index] += 1
    return counts


def _requests(rng: random.Random, form: str, size: int) -> Values:
    rows = request_rows(form)
    grid = {row: [0] * 6 for row in rows}
    applicants = [w * rng.uniform(0.2, 1.8) for w in _APPLICANTS]
    if rng.random() < 0.15:
        applicants = [rng.random() + 0.05 for _ in applicants]
    grid["new_received"] = _spread(rng, _count(rng, size), applicants)
    if size and rng.random() < 0.3 + 0.15 * size:
        grid["carried_over"] = _spread(rng, _count(rng, size) // 6 + rng.randint(0, 1), applicants)
    outcomes = outcome_rows(form)
    few = rng.random() < 0.5
    weights = [_OUTCOMES[row] * rng.uniform(0.05, 2) for row in outcomes]
    if few:
        weights = [w if rng.random() < 0.5 else 0.0 for w in weights]
    if rng.random() < 0.2:
        weights = [rng.random() ** 2 for _ in weights]
    weights[0] += 1e-6
    for column in range(6):
        open_requests = grid["new_received"][column] + grid["carried_over"][column]
        share = rng.choice((0, 0, 0.03, 0.12))
        waiting = sum(rng.random() < share for _ in range(min(open_requests, 60)))
        grid["carried_forward"][column] = waiting
        for row, count in zip(
            outcomes, _spread(rng, open_requests - waiting, weights), strict=True
        ):
            grid[row][column] = count
        grid["results_total"][column] = open_requests - waiting
    return {
        f"{REQUESTS}.{row}.{column}": value
        for row in rows
        for column, value in zip(REQUEST_COLUMNS, [*grid[row], sum(grid[row])], strict=True)
    }


def _review(rng: random.Random, size: int) -> Values:
    values: Values = {}
    for row in ROWS[REVIEW]:
        busy = size and rng.random() < (0.25, 0.25, 0.55, 0.9)[size]
        total = min(_count(rng, max(1, size - 1)), 400) if busy else 0
        counts = _spread(rng, total, [rng.random() * w for w in (6, 2, 3, 2)])
        for column, count in zip(_REVIEW_COLUMNS, counts, strict=True):
            values[f"{REVIEW}.{row}.{column}"] = count
        values[f"{REVIEW}.{row}.total"] = total
    return values


def _money(rng: random.Random, size: int) -> Number:
    if size == 0 or rng.random() < 0.25:
        return 0
    amount = Decimal(rng.randint(1, 10 ** rng.randint(2, 4 + size))).scaleb(
        -rng.choice((0, 1, 2, 2, 3, 4, 4, 6))
    )
    amount = amount.normalize()
    return int(amount) if amount == amount.to_integral_value() else amount


def _proactive(rng: random.Random, form: str, size: int) -> Values:
    values: Values = {}
    for row, columns in table_cells(PROACTIVE, form).items():
        # Only provinces and large cities make 规章.
        likely = 0.12 if row == "rules" else (0.12, 0.45, 0.75, 0.93)[size]
        busy = rng.random() < likely
        for column in columns:
            path = f"{PROACTIVE}.{row}.{column}"
            if path in MONEY:
                values[path] = _money(rng, max(1, size) if busy else 0)
            else:
                values[path] = _count(rng, max(1, size)) if busy and rng.random() < 0.85 else 0
        if busy and row in ("rules", "normative_documents") and form == "2021":
            made, repealed = (
                values[f"{PROACTIVE}.{row}.made"],
                values[f"{PROACTIVE}.{row}.repealed"],
            )
            values[f"{PROACTIVE}.{row}.repealed"] = int(repealed or 0) // 3
            values[f"{PROACTIVE}.{row}.in_force"] = int(made or 0) + _count(rng, max(1, size))
        if "change" in columns and rng.random() < 0.5:
            values[f"{PROACTIVE}.{row}.change"] = -int(values[f"{PROACTIVE}.{row}.change"] or 0)
        if "decisions" in columns and busy and rng.random() < 0.35:
            values[f"{PROACTIVE}.{row}.decisions"] = _count(rng, min(3, size + 1)) * rng.choice(
                (1, 1, 7, 31)
            )
    return values


def make_mistake(rng: random.Random, values: Values, forms: dict[str, str]) -> Values:
    """Return `values` with one or two of the mistakes that authors make in their sums."""
    changed = dict(values)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        kind = rng.randrange(6)
        if kind == 4 and REVIEW in forms:
            path = f"{REVIEW}.{rng.choice(list(ROWS[REVIEW]))}.{rng.choice((*_REVIEW_COLUMNS, 'total'))}"
            changed[path] = int(changed[path] or 0) + rng.randint(1, 4)
        elif REQUESTS in forms:
            _request_mistake(rng, changed, request_rows(forms[REQUESTS]), kind)
    return changed


def _request_mistake(rng: random.Random, values: Values, rows: tuple[str, ...], kind: int) -> None:
    busy = [row for row in rows if values[f"{REQUESTS}.{row}.total"]] or list(rows)
    row, column = rng.choice(busy), rng.choice(REQUEST_COLUMNS)
    path = f"{REQUESTS}.{row}.{column}"
    if kind == 0:  # the totals of the results were forgotten
        for name in REQUEST_COLUMNS:
            values[f"{REQUESTS}.results_total.{name}"] = 0
    elif kind == 1:  # a figure slipped into the next column
        other = f"{REQUESTS}.{row}.{rng.choice(REQUEST_COLUMNS[:-1])}"
        values[path], values[other] = values[other], values[path]
    elif kind == 2:  # a total was not carried along
        values[f"{REQUESTS}.{row}.total"] = 0
    elif kind == 3:  # the open requests were left out
        values[f"{REQUESTS}.carried_forward.{column}"] = int(values[path] or 0) + 1
    else:
        values[path] = max(0, int(values[path] or 0) + rng.choice((-2, -1, 1, 1, 2, 10)))


def failed_checks(values: Values, forms: dict[str, str]) -> list[str]:
    """Return the sorted ids of the arithmetic checks of canonical.md that `values` fail."""
    failed = []
    if REQUESTS in forms:
        form = forms[REQUESTS]
        for column in REQUEST_COLUMNS:
            cell = {row: values[f"{REQUESTS}.{row}.{column}"] for row in request_rows(form)}
            results = cell["results_total"]
            received = cell["new_received"]
            if received is not None and results is not None:
                left = received + (cell["carried_over"] or 0)
                if left != results + (cell["carried_forward"] or 0):
                    failed.append(f"requests.balance.{column}")
            if _differs([cell[row] for row in outcome_rows(form)], results):
                failed.append(f"requests.results_sum.{column}")
        for row in request_rows(form):
            cells = [values[f"{REQUESTS}.{row}.{column}"] for column in REQUEST_COLUMNS]
            if _differs(cells[:-1], cells[-1]):
                failed.append(f"requests.row_sum.{row}")
    if REVIEW in forms:
        for row in ROWS[REVIEW]:
            addends = [values[f"{REVIEW}.{row}.{column}"] for column in _REVIEW_COLUMNS]
            if _differs(addends, values[f"{REVIEW}.{row}.total"]):
                failed.append(f"{REVIEW}.row_sum.{row}")
    return sorted(failed)


def _differs(addends: list[Number | None], total: Number | None) -> bool:
    known = [value for value in addends if value is not None]
    return total is not None and bool(known) and sum(known) != total
