"""Fit the confidence of reports on agencies never seen, and attach it to a bundle.

    python -m training.calibrate --data ../shared/data --pages 12000 --out runs/calibration
    python -m training.calibrate --data ../shared/data --pages 12000 --out runs/calibration --attach models/tagger

Pages of the battery (half without damage, four tenths with one, one tenth with three) are read with
the bundle; what each record says of itself, and whether every cell was right, is kept in
`OUT/outcomes.jsonl`, so that a run that was ended goes on.  The provinces of the battery, which no
training saw, are parted in three: one part fits the confidence, one sets the thresholds, and one tests
both.  No agency is in two.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from nianbao.batch.identity import identify
from nianbao.bundle import MANIFEST, add_files, default_path
from nianbao.calibration import FILE, Calibration, Threshold, features
from nianbao.evaluation import score
from nianbao.exceptions import NianbaoError
from nianbao.pipeline import Pipeline
from nianbao.report import to_dict
from training.battery import pages as battery
from training.battery.content import Sources

Floats = NDArray[np.float64]

#: Share of the pages by family; a PDF takes as long as ten others and is read as they are.
FAMILIES: Final = {"plain": 0.5, "damage": 0.4, "three": 0.1}
LEFT_OUT: Final = frozenset({"plain/pdf"})
#: Provinces by what they are for: to fit, to test; the others, half of all pages, set the thresholds,
#: for a rate of 0.1 % takes 2,995 reports without an error to prove.
FIT: Final = frozenset({"江西省", "天津市", "海南省"})
TEST: Final = frozenset({"浙江省", "宁夏回族自治区"})
#: Rates of wrong reports that a threshold is looked for, and the certainty of each.
RATES: Final = (0.001, 0.005, 0.01, 0.02, 0.05)
CERTAINTY: Final = 0.95
#: Knots of the monotone table, at most; each stands for as many reports as any other.
KNOTS: Final = 40
ROUND: Final = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one page: the province of its agency (None where it cannot be told), the features
    of its record, None where it was taken for no report, and whether all cells were right."""

    number: int
    province: str | None
    features: Mapping[str, float] | None
    right: bool


@dataclass(frozen=True, slots=True)
class Tested:
    """A calibration on agencies that it did not see: the expected calibration error over ten bins of
    equal width, and for each threshold the share accepted and the share of these that was wrong."""

    reports: int
    right: float
    error: float
    accepted: tuple[Mapping[str, float], ...]


def kind_of(number: int, seed: int) -> str:
    """Return the kind of page `number`: drawn by `FAMILIES`, whatever else is drawn."""
    rng = random.Random(f"calibration {seed} {number}")
    family = rng.choices(list(FAMILIES), list(FAMILIES.values()))[0]
    kinds = [k for k in battery.KINDS if k.startswith(f"{family}/") and k not in LEFT_OUT]
    return rng.choice(kinds)


def see(pipeline: Pipeline, number: int, seed: int, sources: Sources) -> Seen:
    """Make page `number`, read it, and say what became of it."""
    page = battery.page(kind_of(number, seed), number, seed, sources)
    title, agency = page.gold.get("title"), page.gold.get("agency")
    province = identify(title=title, agency=agency, url=None).province
    try:
        report = pipeline.parse(page.data)
    except NianbaoError:
        return Seen(number, province, None, False)
    found = score({**page.gold, "sections": (), "warnings": ()}, to_dict(report))
    right = found.cells.hits == found.cells.of and found.false.hits == 0
    return Seen(number, province, features(report) if report.is_report else None, right)


def collect(choice: argparse.Namespace) -> list[Seen]:
    """Return what became of all pages, reading those that `outcomes.jsonl` does not have yet.

    Raises ValueError where that file is of other pages or of another bundle.
    """
    path = choice.out / "outcomes.jsonl"
    choice.out.mkdir(parents=True, exist_ok=True)
    head = {"seed": choice.seed, "bundle": _digest(choice.model), "data": choice.data is not None}
    known = _known(path, head)
    missing = [number for number in range(choice.pages) if number not in known]
    context = multiprocessing.get_context("spawn")
    given = (choice.model, choice.data, choice.seed)
    with (
        path.open("a", encoding="utf-8") as file,
        ProcessPoolExecutor(
            choice.processes, mp_context=context, initializer=_begin, initargs=given
        ) as pool,
    ):
        if not known:
            file.write(json.dumps(head) + "\n")
        for start in range(0, len(missing), ROUND):
            for one in pool.map(_see, missing[start : start + ROUND], chunksize=10):
                known[one.number] = one
                file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
            file.flush()
            print(f"{len(known)} of {choice.pages} pages", flush=True)
    return [known[number] for number in range(choice.pages)]


def _known(path: Path, head: Mapping[str, Any]) -> dict[int, Seen]:
    if not path.exists() or not path.read_bytes():
        return {}
    first, *lines = path.read_text(encoding="utf-8").split("\n")
    if json.loads(first) != head:
        raise ValueError(f"{path} is of other pages or of another bundle; give another --out")
    return {one.number: one for one in _whole(lines)}


def _whole(lines: Sequence[str]) -> Iterator[Seen]:
    """Yield what the lines say; the last one may have been cut when the run was ended."""
    for line in lines:
        try:
            yield Seen(**json.loads(line))
        except ValueError:
            continue


def fit(seen: Sequence[Seen]) -> Calibration:
    """Return the calibration that `seen` gives, still without thresholds.

    Raises ValueError where all of them are right, or none: there is nothing to tell apart.
    """
    names, table, right = _arrays(seen)
    if right.all() or not right.any():
        raise ValueError(f"{len(seen)} reports to fit on, {int(right.sum())} of them right")
    centre, scale = table.mean(0), np.maximum(table.std(0), 1e-6)
    standard = (table - centre) / scale
    model = LogisticRegression(C=1.0, max_iter=5000).fit(standard, right)
    weights = model.coef_[0]
    rounded = Calibration(
        weights=_named(names, weights),
        centre=_named(names, centre),
        scale=_named(names, scale),
        bias=round(float(model.intercept_[0]), 6),
        knots=((0.0, 0.5),),
    )
    odds = np.array([rounded.odds(one.features) for one in seen if one.features is not None])
    return Calibration(
        rounded.weights, rounded.centre, rounded.scale, rounded.bias, _knots(odds, right)
    )


def _knots(odds: Floats, right: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Return the knots of an isotonic regression, thinned to means of equally many reports, so that a
    single report moves none of them far."""
    order = np.argsort(odds, kind="stable")
    parts = np.array_split(order, min(KNOTS, len(order)))
    xs = np.array([odds[part].mean() for part in parts])
    # One report more of either kind (Laplace): no share of few reports is 0 or 1 for certain.
    ys = np.array([(right[part].sum() + 0.5) / (len(part) + 1) for part in parts])
    fitted = IsotonicRegression(y_min=0, y_max=1).fit_transform(xs, ys)
    knots: list[tuple[float, float]] = []
    for x, y in zip(np.round(xs, 6).tolist(), np.round(fitted, 6).tolist(), strict=True):
        if not knots or x > knots[-1][0]:
            knots.append((x, y))
    return tuple(knots)


def threshold(confidence: Floats, right: NDArray[np.bool_], rate: float) -> Threshold:
    """Return the lowest confidence above which at most the share `rate` is wrong, with 95 % certainty.

    Learn then Test (Angelopoulos et al. 2021) with fixed-sequence testing: from the surest reports
    down, each threshold is tested by the exact binomial tail at full level, and the first that fails
    ends the search.
    """
    steps = np.unique(confidence)[::-1]
    best = Threshold(rate, None, 0.0, 0, 0)
    for step in steps.tolist():
        accepted = confidence >= step
        count, errors = int(accepted.sum()), int((~right[accepted]).sum())
        provable = (1 - rate) ** count <= 1 - CERTAINTY
        if binom.cdf(errors, count, rate) > 1 - CERTAINTY:
            if provable:
                break
            continue  # too few reports to prove anything: no test that could pass was made
        best = Threshold(rate, step, round(count / len(right), 4), count, errors)
    return best


def test(calibration: Calibration, seen: Sequence[Seen]) -> Tested:
    """Return how the calibration does on `seen`."""
    confidence, right = _confidence(calibration, seen)
    accepted = []
    for one in calibration.thresholds:
        taken = confidence >= (2.0 if one.confidence is None else one.confidence)
        wrong = float((~right[taken]).mean()) if taken.any() else 0.0
        accepted.append({"rate": one.wrong, "accepted": float(taken.mean()), "wrong": wrong})
    return Tested(
        len(right), float(right.mean()), calibration_error(confidence, right), tuple(accepted)
    )


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error (Guo et al. 2017) over bins of equal width."""
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    parts = [place == number for number in range(bins)]
    return float(
        sum(
            here.sum() * abs(confidence[here].mean() - right[here].mean())
            for here in parts
            if here.any()
        )
        / len(right)
    )


def calibrate(seen: Sequence[Seen], about: Mapping[str, Any]) -> tuple[Calibration, Tested]:
    """Fit on the provinces to fit on, set thresholds by the others, and test on those to test on."""
    reports = [one for one in seen if one.features is not None and one.province is not None]
    made = fit([one for one in reports if one.province in FIT])
    middle = [one for one in reports if one.province not in FIT | TEST]
    confidence, right = _confidence(made, middle)
    thresholds = tuple(threshold(confidence, right, rate) for rate in RATES)
    counts = {"fit": sum(one.province in FIT for one in reports), "thresholds": len(middle)}
    made = Calibration(
        made.weights, made.centre, made.scale, made.bias, made.knots, thresholds,
        {**about, **counts},
    )  # fmt: skip
    return made, test(made, [one for one in reports if one.province in TEST])


def _confidence(calibration: Calibration, seen: Sequence[Seen]) -> tuple[Floats, NDArray[np.bool_]]:
    found = [calibration.of(one.features) for one in seen if one.features is not None]
    return np.array(found), np.array([one.right for one in seen if one.features is not None])


def _arrays(seen: Sequence[Seen]) -> tuple[list[str], Floats, NDArray[np.bool_]]:
    rows = [one.features for one in seen if one.features is not None]
    names = sorted(rows[0]) if rows else []
    table = np.array([[row[name] for name in names] for row in rows], dtype=np.float64)
    return names, table, np.array([one.right for one in seen if one.features is not None])


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    return dict(zip(names, np.round(values, 6).tolist(), strict=True))


def _digest(folder: Path) -> str:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return str(manifest["onnx_sha256"])


_tools: dict[str, Any] = {}


def _begin(model: Path, data: Path | None, seed: int) -> None:
    _tools.update(pipeline=Pipeline.default(model), sources=Sources.load(data), seed=seed)


def _see(number: int) -> Seen:
    return see(_tools["pipeline"], number, _tools["seed"], _tools["sources"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--model", type=Path, default=default_path(), help="bundle to calibrate")
    parser.add_argument("--data", type=Path, help="folder of official text")
    parser.add_argument("--pages", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=8801)
    parser.add_argument("--out", type=Path, default=Path("runs/calibration"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--attach", type=Path, help="bundle that gets the calibration")
    given = parser.parse_args(arguments)
    try:
        seen = collect(given)
        about = {"pages": given.pages, "seed": given.seed, "onnx_sha256": _digest(given.model)}
        made, tested = calibrate(seen, about)
    except (NianbaoError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    (given.out / FILE).write_bytes(made.to_json())
    print(f"{tested.reports} reports of agencies never seen, {tested.right:.4f} of them right")
    print(f"expected calibration error {tested.error:.4f}")
    for promised, found in zip(made.thresholds, tested.accepted, strict=True):
        shown = "none" if promised.confidence is None else f"{promised.confidence:.4f}"
        print(
            f"at most {promised.wrong:.1%} wrong: confidence {shown} ({promised.reports} reports, "
            f"{promised.errors} wrong); tested: {found['accepted']:.3f} accepted, "
            f"{found['wrong']:.4f} of them wrong"
        )
    if given.attach:
        add_files(given.attach, {FILE: made.to_json()})
        print(f"{given.attach}: {sha256(made.to_json()).hexdigest()[:16]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
