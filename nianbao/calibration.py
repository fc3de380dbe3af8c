"""How sure a record is, calibrated: the probability that every cell of its tables is right.

A bundle may have a `calibration.json`, fitted on reports of agencies that neither the training nor the
test of the calibration saw (`python -m training.calibrate`): a logistic regression over what the
record says of itself (Platt 1999) and a monotone table over that (isotonic; Zadrozny & Elkan 2002).
Thresholds with a guarantee go with it: of the reports at or above `confidence`, at most the share
`wrong` has a wrong cell, with 95 % certainty, for reports like those it was fitted on (Angelopoulos
et al. 2021, Learn then Test).  Nothing here needs more than arithmetic, rounded to four digits.
"""

from __future__ import annotations

import itertools
import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nianbao.exceptions import BundleError
from nianbao.report import CellValue, Report
from nianbao.rules.forms import ROWS

#: The file of a bundle.
FILE: Final = "calibration.json"
FORMAT: Final = 1
#: Scores closer to 0 or 1 than this say no more.
_EDGE: Final = 1e-4
#: Counts above this say no more.
_MOST: Final = 5.0


def features(report: Report) -> dict[str, float]:
    """Return what a record says of itself that its confidence may rest on, by name."""
    by_table: dict[str, list[CellValue]] = {table: [] for table in ROWS}
    for cell in report.cells:
        by_table[cell.path.split(".", 1)[0]].append(cell)
    known = [cell.confidence for cell in report.cells if cell.source != "missing"]
    count = max(1, len(report.cells))
    failed = [check for check in report.checks if check.status == "fail"]
    passed = [check for check in report.checks if check.status == "pass"]
    codes = [warning.code for warning in report.warnings]
    missing = sum(cell.source == "missing" for cell in report.cells)
    return {
        **{f"least.{table}": _least(cells) for table, cells in by_table.items()},
        "mean": _logit(sum(known) / len(known) if known else 0.0),
        "low": _most(sum(score < 0.9 for score in known)),
        "missing": _most(missing),
        "missing.share": missing / count,
        "blank.share": sum(cell.source == "blank" for cell in report.cells) / count,
        "open": _most(sum(bool(cell.candidates) for cell in report.cells)),
        "unreadable": _most(codes.count("unreadable_value")),
        "failed": _most(sum(not _is_narrative(check.id) for check in failed)),
        "passed": math.log1p(sum(not _is_narrative(check.id) for check in passed)),
        "narrative.failed": _most(sum(_is_narrative(check.id) for check in failed)),
        "narrative.passed": math.log1p(sum(_is_narrative(check.id) for check in passed)),
        "table_missing": float(codes.count("table_missing")),
        "section_missing": _most(codes.count("section_missing")),
        "bodies": float("duplicate_body" in codes or "several_reports" in codes),
        "report": _logit(report.is_report_score),
        "headings": _logit(min((s.confidence for s in report.sections), default=0.0)),
        "no_format": float(report.format is None),
    }


@dataclass(frozen=True, slots=True)
class Threshold:
    """Of the reports whose confidence is at least `confidence`, at most the share `wrong` has a wrong
    cell (95 %); `accepted` is the share of the calibration's reports that it lets through, `reports`
    how many that were, `errors` how many of these had one.  `confidence` is None where no threshold
    can promise it on so few reports."""

    wrong: float
    confidence: float | None
    accepted: float
    reports: int
    errors: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the features by name, over (feature - `centre`) / `scale`, `bias`, and the knots
    (log-odds, probability) between which the confidence is interpolated, both rising."""

    weights: Mapping[str, float]
    centre: Mapping[str, float]
    scale: Mapping[str, float]
    bias: float
    knots: Sequence[tuple[float, float]]
    thresholds: tuple[Threshold, ...] = ()
    about: Mapping[str, Any] | None = None

    def __call__(self, report: Report) -> float:
        """Return the confidence of a report, four digits; 0 for one without any cell."""
        return self.of(features(report)) if report.cells else 0.0

    def of(self, found: Mapping[str, float]) -> float:
        """Return the confidence that features give, four digits."""
        return round(self._interpolated(self.odds(found)), 4)

    def odds(self, found: Mapping[str, float]) -> float:
        """Return the log-odds that the regression gives."""
        terms = (
            weight * (found[name] - self.centre[name]) / self.scale[name]
            for name, weight in self.weights.items()
        )
        return round(self.bias + math.fsum(terms), 9)

    def _interpolated(self, odds: float) -> float:
        xs = [x for x, _ in self.knots]
        place = bisect_right(xs, odds)
        if place == 0:
            return self.knots[0][1]
        if place == len(xs):
            return self.knots[-1][1]
        (x0, y0), (x1, y1) = self.knots[place - 1], self.knots[place]
        return y0 + (y1 - y0) * (odds - x0) / (x1 - x0)

    def to_json(self) -> bytes:
        """Return the calibration as the file of a bundle."""
        data = {"format": FORMAT, **asdict(self)}
        return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def from_json(cls, content: bytes) -> Calibration:
        """Read the file of a bundle; raise BundleError where it is none, or of features that this
        library does not know."""
        try:
            data = json.loads(content)
            if data.pop("format") != FORMAT:
                raise ValueError(f"format is not {FORMAT}")
            thresholds = tuple(Threshold(**one) for one in data.pop("thresholds"))
            knots = tuple((float(x), float(y)) for x, y in data.pop("knots"))
            made = cls(**data, knots=knots, thresholds=thresholds)
            made._check()
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BundleError(f"模型的置信度校准文件 {FILE} 不可用：{error}") from error
        return made

    def _check(self) -> None:
        unknown = sorted(self.weights.keys() - _NAMES)
        if unknown:
            raise ValueError(f"unknown features {', '.join(unknown)}")
        if self.weights.keys() != self.centre.keys() or self.weights.keys() != self.scale.keys():
            raise ValueError("weights, centre and scale are not of the same features")
        xs, ys = [x for x, _ in self.knots], [y for _, y in self.knots]
        if not xs or any(b <= a for a, b in itertools.pairwise(xs)) or ys != sorted(ys):
            raise ValueError("the knots do not rise")
        if not 0 <= ys[0] <= ys[-1] <= 1:
            raise ValueError("the knots are no probabilities")


def _least(cells: Sequence[CellValue]) -> float:
    """Log-odds of the least certain cell that was read; a table without one is told by its warning."""
    return _logit(min((c.confidence for c in cells if c.source != "missing"), default=0.5))


def _logit(score: float) -> float:
    bounded = min(max(score, _EDGE), 1 - _EDGE)
    return math.log(bounded / (1 - bounded))


def _most(count: float) -> float:
    return min(float(count), _MOST)


def _is_narrative(check: str) -> bool:
    return check.startswith("narrative.")


def _names() -> frozenset[str]:
    counts = ("low", "missing", "missing.share", "blank.share", "open", "unreadable", "failed")
    others = ("passed", "narrative.failed", "narrative.passed", "table_missing", "section_missing")
    more = ("mean", "bodies", "report", "headings", "no_format")
    return frozenset((*(f"least.{table}" for table in ROWS), *counts, *others, *more))


_NAMES: Final = _names()
