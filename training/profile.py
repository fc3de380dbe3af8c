"""What the training pages look like to the tagger, as the file `profile.json` beside it.

    python -m training.profile --data DIR --out runs/profile.json
    python -m training.profile --data DIR --out runs/profile.json --attach

Made pages of the training provinces are labelled by the bundle, so that a batch, which it labels too,
is compared with its like; pages of the held-out provinces tell how far off is far.  `--attach` puts the
file into the bundle: the model stays as it is, the manifest gets one more digest.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nianbao.bundle import Bundle, add_files, default_path
from nianbao.document import Document
from nianbao.pipeline import Pipeline
from nianbao.profile import FILE, Profile, make_profile, measure
from nianbao.reading.folding import Folded, fold
from nianbao.spans import Span
from training.synthesis.corpus import Corpus, Split
from training.synthesis.pages import make_example

#: Seeds of the pages, below those of the probe and above those of the training examples.
FIRST_SEED, HELD_OUT_SEED = 700_000_000, 800_000_000
#: Pages that calibrate, for each that makes the profile.
HELD_OUT_SHARE = 0.25
#: Between these a page is neither clearly a report nor clearly none.
DOUBTFUL = (0.1, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A made page as the bundle reads it: its features (None where it is no report to it), whether a
    sum of its tables fails, and whether it is doubtful that it is a report."""

    features: NDArray[np.float64] | None
    failed: bool
    doubtful: bool


class Labeller:
    """A bundle that labels each page once, for its features and for its record."""

    def __init__(self, path: Path | None) -> None:
        self.bundle = Bundle.load(path)
        self.pipeline = Pipeline.default(path)
        self._label = self.pipeline.labeller
        self._spans: list[Span] = []
        self.pipeline.labeller = self._remembered

    def _remembered(self, folded: Folded) -> list[Span]:
        self._spans = self._label(folded)
        return self._spans

    def __call__(self, text: str) -> Labelled:
        data = text.encode("utf-8", "replace")
        digest = hashlib.sha256(data).hexdigest()
        document = Document(text, "text/plain", "utf-8", digest, len(data))
        report = self.pipeline.parse_document(document)
        doubtful = DOUBTFUL[0] < report.is_report_score < DOUBTFUL[1]
        if not report.is_report:
            return Labelled(None, False, doubtful)
        failed = any(
            check.status == "fail" and not check.id.startswith("narrative.")
            for check in report.checks
        )
        features = measure(fold(text), self._spans, self.bundle.vocabulary)
        return Labelled(features, failed, doubtful)


def labelled_pages(
    label: Labeller, data: Path | None, provinces: Split, seeds: range
) -> Iterator[Labelled]:
    """Yield the made pages of `seeds`, with invented places where there is no `data`."""
    corpus = Corpus.load(data, provinces=provinces) if data else Corpus.without_data()
    for number, seed in enumerate(seeds, 1):
        yield label(make_example(seed, corpus).text)
        if number % 250 == 0:
            print(f"{provinces}: {number} of {len(seeds)} pages", flush=True)


def profile_of(label: Labeller, data: Path | None, count: int, seed: int) -> Profile:
    """Make the profile of `count` pages."""
    first, others = FIRST_SEED + seed, HELD_OUT_SEED + seed
    pages = list(labelled_pages(label, data, "train", range(first, first + count)))
    calibrating = range(others, others + max(1, round(count * HELD_OUT_SHARE)))
    held_out = list(labelled_pages(label, data, "held_out", calibrating))
    reports = [page for page in pages if page.features is not None]
    return make_profile(
        [page.features for page in reports if page.features is not None],
        [page.features for page in held_out if page.features is not None],
        {
            "failed_checks": sum(page.failed for page in reports) / max(1, len(reports)),
            "doubtful": sum(page.doubtful for page in pages) / max(1, len(pages)),
        },
        {"model": label.bundle.manifest.model_version, "seed": seed},
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training.profile", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="folder of places and prose; without it invented ones"
    )
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--bundle", type=Path, help="the model; by default the shipped one")
    parser.add_argument("--count", type=int, default=2000, help="made pages")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--attach", action="store_true", help="put the file into the bundle")
    options = parser.parse_args(arguments)
    label = Labeller(options.bundle)
    content = profile_of(label, options.data, options.count, options.seed).to_json()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(content, encoding="utf-8", newline="\n")
    print(f"{options.out}: {len(content.encode())} bytes")
    if options.attach:
        add_files(options.bundle or default_path(), {FILE: content.encode("utf-8")})


if __name__ == "__main__":
    main()
