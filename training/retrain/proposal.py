"""What a retraining ends with: a folder that a person looks at, the gate judges and promotion takes.

bundle/         the candidate, with its card
measured.json   candidate and current on the frozen slices, and on the gold of the test side
README.md       what it was made from and what changed, in words
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nianbao.bundle import Bundle
from training.files import write_text
from training.gate.compare import CANDIDATE, CURRENT, Comparison, compare, pooled, without_error
from training.gate.gate import Means, Watched, bundle_sha256, read_pages
from training.measure.outcome import Outcome
from training.retrain.run import Job

MEASURED, WORDS = "measured.json", "README.md"
_NAMES = {
    "nonzero": "non-zero cells that are right",
    "false": "non-zero cells that are false",
    "headings": "headings that are right",
    "f1": "strict F1 of spans",
    "perfect": "pages without an error",
    "judged": "told from what is no report",
}


def measure(candidate: Bundle, job: Job, watched: Watched, means: Means, folder: Path) -> None:
    """Measure both models on the same pages and write `measured.json` and `README.md` to `folder`."""
    pages = [
        *watched.frozen,
        *watched.regression,
    ]  # as the gate reads them, so that it need not again
    current = job.start.current
    old, new = (read_pages(bundle, pages, means) for bundle in (current, candidate))
    differences = compare(old[: len(watched.frozen)], new[: len(watched.frozen)])
    measured = {
        "candidate": {"sha256": bundle_sha256(candidate), "slices": pooled(new, CANDIDATE)},
        "current": {"sha256": bundle_sha256(current), "slices": pooled(old, CURRENT)},
        "differences": [{**asdict(one), "passed": one.passed} for one in differences],
    }
    text = json.dumps(measured, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_text(folder / MEASURED, text)
    write_text(folder / WORDS, in_words(candidate, job, differences, broken(old, new)))


def broken(old: Sequence[Outcome], new: Sequence[Outcome]) -> list[str]:
    """Return a line for each page that was read without an error and is no longer."""
    return [
        f"{after.name}: {after.errors[0]}"
        for before, after in zip(old, new, strict=True)
        if without_error(before) and not without_error(after)
    ]


def in_words(
    candidate: Bundle, job: Job, differences: Sequence[Comparison], lost: Sequence[str]
) -> str:
    """Return what was made and what changed, Markdown."""
    current = job.start.current.manifest.model_version
    agencies = {one.subject.agency_id or one.subject.agency for one in job.gold.train}
    changed = sorted(
        (one for one in differences if abs(one.difference) >= 5e-5), key=lambda one: one.difference
    )
    lines = [
        f"# {candidate.manifest.model_version}, proposed in place of {current}",
        "",
        f"Trained on {len(job.gold.train)} annotated reports of {len(agencies)} agencies"
        f" ({job.gold}) and {job.recipe.pages} made pages. Gold `{job.gold.sha256}`.",
        "",
        "## What changed",
        "",
        *(_sentence(one) for one in changed),
        *(["Nothing that the frozen slices show."] if not changed else []),
        "",
        "## Pages that were read without an error and are no longer",
        "",
        *([f"- {line}" for line in lost] or ["None."]),
        "",
        "Next: `python -m training.gate` on this folder, then `python -m training.promote`.",
    ]
    return "\n".join(lines) + "\n"


def _sentence(one: Comparison) -> str:
    how = "better" if one.difference > 0 else "worse"
    sure = "" if one.passed else " This is beyond its bound."
    return (
        f"- {one.slice}, {_NAMES[one.measure]}: {how}, {one.current:.4f} to {one.candidate:.4f}"
        f" ({one.documents} pages).{sure}"
    )
