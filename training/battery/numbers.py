"""Figures like those of real reports: mostly 0, some large, decimals, the books usually balanced."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal

from nianbao.rules.forms import (
    PROACTIVE,
    REQUEST_COLUMNS,
    REQUESTS,
    REVIEW,
    ROWS,
    outcome_rows,
    request_rows,
)
from training.battery.draft import Number

#: Share of agencies of each size, from a village office without any request to a large city.
SIZES = {"idle": 0.2, "small": 0.3, "middle": 0.3, "large": 0.2}

#: How requests are dealt out, in parts; rows that are not named get 1.
_OUTCOMES = {
    "granted": 30,
    "partially_granted": 12,
    "denied.third_party_rights": 3,
    "denied.internal_affairs": 3,
    "denied.administrative_query": 3,
    "unavailable.not_held": 25,
    "unavailable.needs_creation": 4,
    "not_processed.petition_complaint": 4,
    "not_processed.duplicate": 3,
    "other_processing.other": 4,
    "other_processing": 4,
}
_APPLICANTS = (80, 10, 1, 1, 2, 2)


def size_of(rng: random.Random) -> str:
    """Draw the size of an agency."""
    return rng.choices(list(SIZES), list(SIZES.values()))[0]


def requests(rng: random.Random, form: str, size: str) -> dict[str, Number | None]:
    """Return the cells of table `requests`, balanced."""
    top = {"idle": 0, "small": 8, "middle": 90, "large": 1800}[size]
    received, carried = rng.randint(0, top), rng.randint(0, top // 10)
    rows = {row: [0] * 6 for row in request_rows(form)}
    outcomes = outcome_rows(form)
    parts = [_OUTCOMES.get(row, 1) * rng.uniform(0.2, 1.8) for row in outcomes]
    for row, count in (("new_received", received), ("carried_over", carried)):
        for column in rng.choices(range(6), _APPLICANTS, k=count):
            rows[row][column] += 1
    for column in range(6):
        count = rows["new_received"][column] + rows["carried_over"][column]
        forward = rng.randint(0, count // 12)
        rows["carried_forward"][column] = forward
        rows["results_total"][column] = count - forward
        for row in rng.choices(outcomes, parts, k=count - forward):
            rows[row][column] += 1
    return {
        f"{REQUESTS}.{row}.{column}": value
        for row, values in rows.items()
        for column, value in zip(REQUEST_COLUMNS, [*values, sum(values)], strict=True)
    }


def review(rng: random.Random, size: str) -> dict[str, Number | None]:
    """Return the cells of table `reconsideration_litigation`, added up."""
    top = {"idle": 0, "small": 1, "middle": 6, "large": 60}[size]
    cells: dict[str, Number | None] = {}
    for row in ROWS[REVIEW]:
        values = [rng.randint(0, top) if rng.random() < 0.6 else 0 for _ in range(4)]
        for column, value in zip(
            ("upheld", "corrected", "other", "pending", "total"),
            [*values, sum(values)],
            strict=True,
        ):
            cells[f"{REVIEW}.{row}.{column}"] = value
    return cells


def proactive(rng: random.Random, form: str, size: str) -> dict[str, Number | None]:
    """Return the cells of table `proactive_disclosure`."""
    return _proactive_2021(rng, size) if form == "2021" else _proactive_2019(rng, size)


def _proactive_2021(rng: random.Random, size: str) -> dict[str, Number | None]:
    large = size == "large"
    rules = [rng.randint(0, 4), rng.randint(0, 2), rng.randint(2, 60)] if large else [0, 0, 0]
    in_force = _some(rng, 12 if size == "idle" else 160)
    documents = [_some(rng, in_force // 3), _some(rng, in_force // 3), in_force]
    cells: dict[str, Number | None] = {}
    for row, values in (("rules", rules), ("normative_documents", documents)):
        for column, value in zip(("made", "repealed", "in_force"), values, strict=True):
            cells[f"{PROACTIVE}.{row}.{column}"] = value
    for row, share in (("licensing", 1.0), ("penalties", 0.4), ("coercion", 0.03)):
        cells[f"{PROACTIVE}.{row}.decisions"] = _many(rng, size, share)
    cells[f"{PROACTIVE}.fees.amount_10k_yuan"] = _money(rng, size)
    return cells


def _proactive_2019(rng: random.Random, size: str) -> dict[str, Number | None]:
    large = size == "large"
    made, total = _some(rng, 30), _some(rng, 160)
    rows: dict[str, list[Number]] = {
        "rules": [rng.randint(0, 3), rng.randint(0, 3), rng.randint(0, 40)] if large else [0] * 3,
        "normative_documents": [made, made, max(made, total)],
    }
    for row, share in (
        ("licensing", 1.0),
        ("other_services", 0.5),
        ("penalties", 0.4),
        ("coercion", 0.03),
    ):
        change = rng.choice((0, 0, 0, rng.randint(-30, 30)))
        rows[row] = [_some(rng, 400), change, _many(rng, size, share)]
    rows["fees"] = [_some(rng, 40), rng.choice((0, 0, 0, rng.randint(-15, 5)))]
    rows["procurement"] = [_some(rng, 400), _money(rng, size)]
    cells: dict[str, Number | None] = {}
    for row, values in rows.items():
        names: tuple[str, ...] = ("items_last_year", "change", "decisions")
        if row in ("rules", "normative_documents"):
            names = ("newly_made", "newly_published", "total_public")
        elif row == "procurement":
            names = ("items", "amount")
        for column, value in zip(names, values, strict=False):
            cells[f"{PROACTIVE}.{row}.{column}"] = value
    return cells


def _some(rng: random.Random, top: int) -> int:
    """Return 0 half of the time, else a number up to `top`, small ones more often."""
    return 0 if rng.random() < 0.5 else int(top * rng.random() ** 2)


def _many(rng: random.Random, size: str, share: float) -> int:
    top = {"idle": 3, "small": 200, "middle": 9000, "large": 500_000}[size]
    return 0 if rng.random() < 0.3 else int(top * share * rng.random() ** 2)


def _money(rng: random.Random, size: str) -> Number:
    """Return an amount in 万元 with up to six decimals."""
    if size == "idle" or rng.random() < 0.35:
        return 0
    places = rng.choice((0, 1, 2, 2, 4, 6))
    top = {"small": 80, "middle": 3000, "large": 90_000}[size]
    units = rng.randint(1, top * 10**places)
    amount = Decimal(units).scaleb(-places)
    return int(amount) if amount == amount.to_integral_value() else amount.normalize()


def facts(rng: random.Random, values: Mapping[str, Number | None]) -> dict[str, Number]:
    """Return the figures that a narrative states, as the tables have them; now and then an author
    took one from somewhere else."""

    def at(path: str) -> Number:
        value = values.get(path) or 0
        return value if rng.random() < 0.97 else value + rng.randint(1, 9)

    documents = f"{PROACTIVE}.normative_documents"
    made = "made" if f"{documents}.made" in values else "newly_made"
    return {
        "made": at(f"{documents}.{made}"),
        "repealed": at(f"{documents}.repealed"),
        "licensing": at(f"{PROACTIVE}.licensing.decisions"),
        "penalties": at(f"{PROACTIVE}.penalties.decisions"),
        "received": at(f"{REQUESTS}.new_received.total"),
        "carried": at(f"{REQUESTS}.carried_over.total"),
        "granted": at(f"{REQUESTS}.granted.total"),
        "reviews": at(f"{REVIEW}.reconsideration.total"),
        "lawsuits": sum(at(f"{REVIEW}.{row}.total") for row in list(ROWS[REVIEW])[1:]),
    }
