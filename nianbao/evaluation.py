"""Judge canonical records against gold: the measures behind `nianbao evaluate`.

A measure is a number of hits out of a number of chances.  Cell values are compared as exact decimals,
texts after NFKC without white space.  Gold leaves out what it does not judge; `accept` in it maps a
cell path (or `PATH.*`) to the values that count as right there.

    cells     cells of the three tables that equal gold; null is a value, a blank cell is not 0
    nonzero   the same over cells whose gold value is neither 0 nor null and that have no `accept`
    false     non-zero predictions where gold has 0, null or no such cell, out of all non-zero ones
    headings  section headings as written
    texts     narrative sections that begin and end with gold's words
    meta      format, title, agency, year, published
    checks    failed arithmetic checks that were named: F1 over the check ids
    perfect   reports without any error
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from nianbao.exceptions import NianbaoError

META: Final = ("format", "title", "agency", "year", "published")
#: Characters of the first and last words of a narrative that have to agree.
EDGE: Final = 12

Parse = Callable[[bytes, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Tally:
    """`hits` out of `of` chances."""

    hits: int = 0
    of: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hits + other.hits, self.of + other.of)

    def share(self, empty: float = 1.0) -> float:
        """Return hits / of, or `empty` when there was no chance."""
        return self.hits / self.of if self.of else empty


@dataclass(frozen=True, slots=True)
class Score:
    """How one record compares with its gold; `errors` has one line for each finding."""

    cells: Tally = field(default_factory=Tally)
    nonzero: Tally = field(default_factory=Tally)
    false: Tally = field(default_factory=Tally)
    headings: Tally = field(default_factory=Tally)
    texts: Tally = field(default_factory=Tally)
    meta: Tally = field(default_factory=Tally)
    checks_named: int = 0
    checks_gold: int = 0
    checks_predicted: int = 0
    errors: tuple[str, ...] = ()

    @property
    def perfect(self) -> bool:
        return not self.errors


@dataclass(frozen=True, slots=True)
class Summary:
    """The measures over several reports, each in [0, 1]."""

    reports: int
    perfect: float
    cells: float
    nonzero: float
    false: float
    headings: float
    texts: float
    meta: float
    checks: float

    def __str__(self) -> str:
        return (
            f"reports={self.reports} perfect={self.perfect:.4f} cells={self.cells:.4f} "
            f"nonzero={self.nonzero:.4f} false={self.false:.4f} headings={self.headings:.4f} "
            f"texts={self.texts:.4f} meta={self.meta:.4f} checks={self.checks:.4f}"
        )


def score(gold: Mapping[str, Any], predicted: Mapping[str, Any] | None) -> Score:
    """Compare one predicted record with its gold; a record that is None scores as an empty one."""
    record: Mapping[str, Any] = predicted or {}
    errors: list[str] = []
    cells, nonzero, false = _score_cells(gold, record, errors)
    headings, texts = _score_sections(gold, record, errors)
    meta = _score_meta(gold, record, errors)
    named, expected, failed = _score_checks(gold, record, errors)
    given = {w.get("code") if isinstance(w, dict) else w for w in record.get("warnings") or ()}
    errors += [f"warning {c}: not given" for c in gold.get("warnings") or () if c not in given]
    return Score(
        cells=cells,
        nonzero=nonzero,
        false=false,
        headings=headings,
        texts=texts,
        meta=meta,
        checks_named=named,
        checks_gold=expected,
        checks_predicted=failed,
        errors=tuple(errors),
    )


def summarise(scores: Iterable[Score]) -> Summary:
    """Pool `scores`: hits and chances are added up before they are divided.

    Raises ValueError when there is no score.
    """
    pool = list(scores)
    if not pool:
        raise ValueError("no scores to summarise")

    def total(measure: str) -> Tally:
        return sum((getattr(one, measure) for one in pool), Tally())

    named = sum(one.checks_named for one in pool)
    mentioned = sum(one.checks_gold + one.checks_predicted for one in pool)
    return Summary(
        reports=len(pool),
        perfect=sum(one.perfect for one in pool) / len(pool),
        cells=total("cells").share(),
        nonzero=total("nonzero").share(),
        false=total("false").share(empty=0.0),
        headings=total("headings").share(),
        texts=total("texts").share(),
        meta=total("meta").share(),
        checks=2 * named / mentioned if mentioned else 1.0,
    )


def evaluate_folder(gold_dir: Path, input_dir: Path, parse: Parse) -> list[tuple[str, Score]]:
    """Parse the input of each gold file and return (name, score), sorted by name.

    `NAME.json` in `gold_dir` judges the one file `NAME.*` in `input_dir`; `parse` gets its bytes and
    its file name.  An input that is missing, or that `parse` refuses with a NianbaoError, scores as
    an empty record and says so in its errors.  Raises ValueError when there is no gold, or when
    several inputs have the name of one gold file.
    """
    golds = sorted(gold_dir.glob("*.json"))
    if not golds:
        raise ValueError(f"no gold in {gold_dir}")
    inputs: dict[str, list[Path]] = {}
    for path in sorted(p for p in input_dir.iterdir() if p.is_file() and p.suffix != ".json"):
        inputs.setdefault(path.stem, []).append(path)
    results = []
    for path in golds:
        gold = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        results.append((path.stem, _score_input(gold, inputs.get(path.stem, []), parse)))
    return results


def _score_input(gold: Mapping[str, Any], candidates: list[Path], parse: Parse) -> Score:
    if len(candidates) > 1:
        raise ValueError(f"several inputs for one gold: {', '.join(p.name for p in candidates)}")
    if not candidates:
        return _refused(gold, "input: missing")
    try:
        record = parse(candidates[0].read_bytes(), candidates[0].name)
    except NianbaoError as error:
        return _refused(gold, f"input: {error.code}: {error}")
    return score(gold, record)


def _refused(gold: Mapping[str, Any], reason: str) -> Score:
    empty = score(gold, None)
    values = {name: getattr(empty, name) for name in Score.__dataclass_fields__}
    return Score(**{**values, "errors": (reason, *empty.errors)})


_ABSENT: Final = "absent"
_ZERO: Final = Decimal(0)


def _score_cells(
    gold: Mapping[str, Any], record: Mapping[str, Any], errors: list[str]
) -> tuple[Tally, Tally, Tally]:
    tables = gold.get("tables") or {}
    want, got = _flatten(tables), _flatten(record.get("tables") or {})
    hits = nonzero = nonzero_of = false = false_of = 0
    for path, expected in want.items():
        value, guess = _number(expected), _number(got.get(path, _ABSENT))
        allowed = accepted(path, gold)
        hit = guess == value if allowed is None else guess in [_number(v) for v in allowed]
        empty = value is None or value == _ZERO
        hits += hit
        if not empty and allowed is None:
            nonzero_of += 1
            nonzero += hit
        if guess is not None and guess != _ZERO and guess != _ABSENT:
            false_of += 1
            false += empty and not hit
        if not hit:
            errors.append(f"cell {path}: want {_shown(value)} got {_shown(guess)}")
    for path, found in got.items():
        guess = _number(found)
        known = path in want or path.split(".")[0] not in tables
        if not known and guess is not None and guess != _ZERO:
            false_of += 1
            false += 1
            errors.append(f"cell {path}: not in gold, got {found}")
    return Tally(hits, len(want)), Tally(nonzero, nonzero_of), Tally(false, false_of)


def _score_sections(
    gold: Mapping[str, Any], record: Mapping[str, Any], errors: list[str]
) -> tuple[Tally, Tally]:
    found = {s.get("id"): s for s in record.get("sections") or () if isinstance(s, dict)}
    headings = texts = Tally()
    for section in gold.get("sections") or ():
        guess = found.get(section["id"]) or {}
        hit = _squash(guess.get("heading")) == _squash(section["heading"])
        headings += Tally(int(hit), 1)
        if not hit:
            errors.append(
                f"heading {section['id']}: want {section['heading']} got {guess.get('heading')}"
            )
        if section.get("starts"):
            text = _squash(guess.get("text"))
            starts, ends = _squash(section["starts"]), _squash(section["ends"])
            hit = text.startswith(starts[:EDGE]) and text.endswith(ends[-EDGE:])
            texts += Tally(int(hit), 1)
            if not hit:
                errors.append(f"text {section['id']}: got {text[:14]}…{text[-14:]}")
    return headings, texts


def _score_meta(gold: Mapping[str, Any], record: Mapping[str, Any], errors: list[str]) -> Tally:
    meta = Tally()
    for key in (key for key in META if key in gold):
        hit = _squash(record.get(key)) == _squash(gold[key])
        meta += Tally(int(hit), 1)
        if not hit:
            errors.append(f"meta {key}: want {gold[key]} got {record.get(key)}")
    return meta


def _score_checks(
    gold: Mapping[str, Any], record: Mapping[str, Any], errors: list[str]
) -> tuple[int, int, int]:
    """Return how many failed checks were rightly named, are in gold, and were named at all.  Checks
    of the narrative are not judged."""
    if "failed_checks" not in gold:
        return 0, 0, 0
    expected = set(gold["failed_checks"])
    failed = {
        str(check["id"])
        for check in record.get("checks") or ()
        if isinstance(check, dict) and check.get("status") == "fail" and check.get("id")
    }
    failed = {check for check in failed if not check.startswith("narrative.")}
    errors += [f"check {check}: not reported" for check in sorted(expected - failed)]
    errors += [f"check {check}: reported, is fine" for check in sorted(failed - expected)]
    return len(failed & expected), len(expected), len(failed)


def accepted(path: str, gold: Mapping[str, Any]) -> list[object] | None:
    """Return what counts at `path` by the first pattern that covers it, None without one."""
    accept: Mapping[str, list[object]] = gold.get("accept") or {}
    for pattern, values in accept.items():
        if pattern == path or (pattern.endswith(".*") and path.startswith(pattern[:-1])):
            return values
    return None


def _flatten(node: object, path: str = "") -> dict[str, object]:
    """Return {dotted path: leaf} of nested dicts."""
    if not isinstance(node, Mapping):
        return {path: node}
    leaves: dict[str, object] = {}
    for key, value in node.items():
        leaves.update(_flatten(value, f"{path}.{key}" if path else str(key)))
    return leaves


def _number(value: object) -> object:
    """Return the exact decimal of a number or numeral; None, bools and other texts stay."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return Decimal(str(value)).normalize()
    except InvalidOperation:
        return str(value)


def _shown(value: object) -> str:
    """Return a cell as a person writes it: no exponent."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _squash(text: object) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text or "")))
