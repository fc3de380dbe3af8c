"""The checks of the gate, each with its figure and its bound."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from nianbao.bundle import MODEL, Bundle
from nianbao.encoding import Encoded, encode
from nianbao.exceptions import BundleError
from nianbao.pipeline import Pipeline
from nianbao.reading.folding import fold
from nianbao.report import to_json
from nianbao.tagger import Tagger
from training.export import LENGTHS, MOST_BYTES, TOLERANCE, compare, random_feed
from training.gate.compare import BOUNDS, Comparison, without_error
from training.measure.outcome import Outcome, Page
from training.restore import from_bundle

#: How much larger and slower a candidate may be than what it replaces.
MOST_GROWTH: Final = 1.25
MOST_SLOWER: Final = 1.10
#: How often each side is timed, in turn: the fastest of many is what the machine can do.
ROUNDS: Final = 9


@dataclass(frozen=True, slots=True)
class Check:
    """One check: a stable name, whether it passed, its figure and its bound in words."""

    name: str
    passed: bool
    figure: str
    bound: str

    def line(self) -> str:
        return f"{'pass' if self.passed else 'FAIL'}  {self.name:34} {self.figure}; {self.bound}"


def slice_checks(comparisons: Sequence[Comparison]) -> list[Check]:
    """Return a check for each measure of each judged slice."""
    return [
        Check(
            f"{one.slice}, {one.measure}",
            one.passed,
            f"{one.current:.4f} -> {one.candidate:.4f}, 95 % {one.lower:+.4f} to {one.upper:+.4f}"
            f" on {one.documents}",
            f"at most {one.limit:.4f} worse, {BOUNDS[one.measure].trifle:.3f} beyond chance",
        )
        for one in comparisons
    ]


def regression_check(current: Sequence[Outcome], candidate: Sequence[Outcome]) -> Check:
    """Refuse a candidate that makes an error on a document that has to be read without any."""
    broken = [one for one in candidate if not without_error(one)]
    told = "; ".join(f"{one.name}: {one.errors[0]}" for one in broken[:3])
    before = sum(not without_error(one) for one in current)
    figure = f"{len(broken)} of {len(candidate)} broken" + (f" ({told})" if told else "")
    return Check("regression", not broken, figure, f"none (current: {before})")


def parity_check(candidate: Bundle) -> Check:
    """Compare the bundle with itself in torch, alone and in company."""
    try:
        model = from_bundle(candidate)
    except BundleError as error:
        return Check("parity", False, str(error), "reads back into torch")
    rng = np.random.default_rng(0)
    tokens = len(candidate.vocabulary)
    feeds = [random_feed(3, length, tokens, rng) for length in LENGTHS]
    found = compare(model, candidate.onnx_path.read_bytes(), feeds)
    # Weights kept in fewer bits are computed with in fewer bits too.
    exact = candidate.manifest.weights == "fp32"
    close = found.largest <= TOLERANCE if exact else found.same_tags > 0.99
    company = "the same bits" if found.bits else "other bits"
    return Check(
        "parity",
        close and found.bits,
        f"logits differ by {found.largest:.1e} from torch, {company} in company",
        f"at most {TOLERANCE:.0e}, the same bits",
    )


def size_check(candidate: Bundle, current: Bundle) -> Check:
    """Compare the sizes of the models."""
    new, old = ((side.path / MODEL).stat().st_size for side in (candidate, current))
    most = min(MOST_BYTES, round(MOST_GROWTH * old))
    return Check("size", new <= most, f"{new} bytes, current {old}", f"at most {most}")


def speed_check(candidate: Bundle, current: Bundle, pages: Sequence[Page]) -> Check:
    """Time both models on the same tokens, in turn, by the processor time of this thread."""
    texts = [page.text or page.data.decode("utf-8", "replace") for page in pages]
    ratio = speed_ratio(Tagger(candidate), Tagger(current), texts)
    return Check("speed", ratio <= MOST_SLOWER, f"{ratio:.3f} of the current time",
                 f"at most {MOST_SLOWER:.2f} (fastest of {ROUNDS} rounds)")  # fmt: skip


def speed_ratio(candidate: Tagger, current: Tagger, texts: Sequence[str]) -> float:
    """Return the time of `candidate` over that of `current` on `texts`."""
    folded = [fold(text) for text in texts]
    encoded = {
        id(side): [encode(one, side.vocabulary) for one in folded] for side in (candidate, current)
    }
    best = {id(candidate): float("inf"), id(current): float("inf")}
    for _ in range(ROUNDS):
        for side in (candidate, current):
            best[id(side)] = min(best[id(side)], _time(side, encoded[id(side)]))
    return best[id(candidate)] / best[id(current)]


def _time(tagger: Tagger, encoded: Sequence[Encoded]) -> float:
    began = time.thread_time()
    for one in encoded:
        tagger.logits(one)
    return time.thread_time() - began


def determinism_check(candidate: Bundle, pages: Sequence[Page], folder: Path) -> Check:
    """Read pages twice: here, and in a process of its own with another hash seed."""
    sources = []
    for number, page in enumerate(pages):
        path = folder / f"{number}.bin"
        path.write_bytes(page.data)
        sources.append(str(path))
    pipeline = Pipeline.default(candidate.path)
    here = [to_json(pipeline.parse(page.data)) for page in pages]
    command = [sys.executable, "-c", _READ, str(candidate.path), *sources]
    done = subprocess.run(
        command, capture_output=True, check=False, env={"PYTHONHASHSEED": "4321"}, cwd=_ROOT
    )
    there = done.stdout.decode("utf-8", "replace").split("\0")[:-1]
    same = sum(one == other for one, other in zip(here, there, strict=False))
    return Check("determinism", same == len(pages) == len(there),
                 f"{same} of {len(pages)} records the same in another process", "all")  # fmt: skip


_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_READ: Final = """
import sys
from pathlib import Path
from nianbao.pipeline import Pipeline
from nianbao.report import to_json
pipeline = Pipeline.default(Path(sys.argv[1]))
for name in sys.argv[2:]:
    sys.stdout.buffer.write(to_json(pipeline.parse(Path(name).read_bytes())).encode() + b"\\0")
"""
