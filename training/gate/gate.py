"""The gate as one call: two bundles and the frozen pages in, an outcome out."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from nianbao.bundle import MANIFEST, Bundle
from nianbao.pipeline import Pipeline
from training.files import write_text
from training.gate import checks
from training.gate.compare import compare
from training.measure.outcome import Outcome as Read
from training.measure.outcome import Page, judge
from training.measure.readers import Reader, read_all
from training.measure.result import pages_sha256
from training.provenance import code_sha256

GATE: Final = "gate.json"
#: Pages that are timed, and those that are read in another process.
TIMED, REPEATED = 24, 8
Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Places:
    """The bundle of a candidate, and where the outcome of its gate lies: `gate.json` in the folder of a
    proposal (which has its bundle in `bundle/`), or beside a bundle that is none."""

    bundle: Path
    gate: Path

    @classmethod
    def of(cls, candidate: Path) -> Places:
        if (candidate / "bundle" / MANIFEST).is_file():
            return cls(candidate / "bundle", candidate / GATE)
        return cls(candidate, candidate.parent / f"{candidate.name}.{GATE}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gate found, bound to both bundles by the SHA-256 of their manifests."""

    candidate: str
    current: str
    pages: str
    checks: tuple[checks.Check, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def to_json(self) -> str:
        data = {**asdict(self), "passed": self.passed}
        return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: frozen pages by slice, and pages that have to be read without an error."""

    frozen: Sequence[Page]
    regression: Sequence[Page] = ()


@dataclass(frozen=True, slots=True)
class Means:
    """What a gate works with: processes that read, and the folder where figures of bundles are kept
    (None to keep none)."""

    workers: int = 1
    kept: Path | None = None
    log: Log = field(default=lambda line: None)


def bundle_sha256(bundle: Bundle) -> str:
    """Return what a bundle is known by: the digest of its manifest, which has those of its files."""
    return hashlib.sha256((bundle.path / MANIFEST).read_bytes()).hexdigest()


def decide(candidate: Bundle, current: Bundle, watched: Watched, means: Means = Means()) -> Outcome:
    """Run every check of `candidate` against `current`."""
    pages = [*watched.frozen, *watched.regression]
    sides = []
    for name, bundle in (("current", current), ("candidate", candidate)):
        means.log(f"reading {len(pages)} pages with the {name} model")
        sides.append(read_pages(bundle, pages, means))
    old, new = sides
    cut = len(watched.frozen)
    found = checks.slice_checks(compare(old[:cut], new[:cut]))
    if watched.regression:
        found.append(checks.regression_check(old[cut:], new[cut:]))
    found += [checks.parity_check(candidate), checks.size_check(candidate, current)]
    texts = [page for page in pages if not page.data.startswith(b"%PDF")]
    found.append(checks.speed_check(candidate, current, _some(texts, TIMED)))
    with tempfile.TemporaryDirectory() as folder:
        read = _some([page for page in pages if page.data], REPEATED)
        found.append(checks.determinism_check(candidate, read, Path(folder)))
    return Outcome(
        bundle_sha256(candidate), bundle_sha256(current), pages_sha256(pages), tuple(found)
    )


def _some(pages: Sequence[Page], count: int) -> Sequence[Page]:
    """Return at most `count` pages, from all over."""
    return pages[:: -(-len(pages) // count) or 1]


def read_pages(bundle: Bundle, pages: Sequence[Page], means: Means) -> list[Read]:
    """Return what `bundle` makes of each page; what is kept from before is not read again."""
    kept: Path | None = None
    if means.kept is not None:
        # Files beside the model change what a record says of itself, not what is in it.
        model = f"{bundle.manifest.onnx_sha256} {bundle.manifest.vocabulary_sha256}"
        what = f"{model} {pages_sha256(pages)} {code_sha256()}"
        kept = means.kept / f"{hashlib.sha256(what.encode()).hexdigest()[:24]}.json"
        if kept.exists():
            return [_kept(one) for one in json.loads(kept.read_text(encoding="utf-8"))]
    if means.workers > 1:
        found = read_all([Reader(_READER, bundle.path)], pages, means.workers)[_READER]
    else:
        pipeline = Pipeline.default(bundle.path)
        found = [judge(pipeline, page) for page in pages]
    if kept is not None:
        plain = [{**asdict(one), "confusion": {}} for one in found]
        write_text(kept, json.dumps(plain, ensure_ascii=False))
    return found


_READER: Final = "bundle"


def _kept(one: dict[str, Any]) -> Read:
    """Return an outcome from JSON; which labels are confused is not kept."""
    pairs = {
        "traits": {name: tuple(values) for name, values in one["traits"].items()},
        "counts": {name: (hits, of) for name, (hits, of) in one["counts"].items()},
        "errors": tuple(one["errors"]),
    }
    return Read(**{**one, **pairs})


def read_outcome(path: Path) -> dict[str, Any] | None:
    """Return what a gate wrote, None where it did not run or left something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
