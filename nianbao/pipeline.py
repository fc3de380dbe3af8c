"""The only place that knows the order: bytes -> Document -> spans -> record -> checks."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nianbao.assembly import Assembled, Outline, assemble, outline
from nianbao.bundle import Bundle
from nianbao.calibration import FILE as CALIBRATION
from nianbao.calibration import Calibration
from nianbao.checks import run_checks
from nianbao.checks.narrative import check_narrative
from nianbao.document import Document
from nianbao.facts import find_facts, stated_cells
from nianbao.reading import read
from nianbao.reading.folding import Folded, fold
from nianbao.report import CheckResult, Fact, Number, Report, SourceInfo, Warning_
from nianbao.rules.matcher import match
from nianbao.spans import Span
from nianbao.tagger import Tagger

#: A page below this probability of being a report is returned as none.
REPORT_THRESHOLD = 0.5

#: What a record says of its model where there was none.
RULES_ONLY = "rules-only"

Labeller = Callable[[Folded], list[Span]]


@cache
def library_version() -> str:
    """Return the installed version of the library; where it is not installed, that of the
    `pyproject.toml` beside it (a checkout, a Bento), so that records are the same; else "0"."""
    try:
        return version("nianbao")
    except PackageNotFoundError:
        beside = Path(__file__).resolve().parent.parent / "pyproject.toml"
        return _stated_version(beside) if beside.is_file() else "0"


def _stated_version(path: Path) -> str:
    project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    return str(project["version"]) if project.get("name") == "nianbao" else "0"


class Pipeline:
    """A labeller and everything around it.  Holds no state of a document; share it freely."""

    def __init__(
        self,
        labeller: Labeller,
        model_version: str,
        model_digest: str = "",
        calibration: Calibration | None = None,
    ) -> None:
        self.labeller = labeller
        self.model_version = model_version
        #: `Manifest.digest` of the bundle; "" where there is none.
        self.model_digest = model_digest
        #: What a record's confidence is by; None leaves the estimate of the assembly.
        self.calibration = calibration

    @classmethod
    def default(cls, model: Path | None = None) -> Pipeline:
        """The product: the shipped bundle, or the one in folder `model`.

        Raises BundleError when it is missing, damaged or made for other labels."""
        bundle = Bundle.load(model)
        manifest = bundle.manifest
        fitted = bundle.file(CALIBRATION)
        calibration = None if fitted is None else Calibration.from_json(fitted)
        return cls(Tagger(bundle).spans, manifest.model_version, manifest.digest, calibration)

    @classmethod
    def rules_only(cls) -> Pipeline:
        """The baseline that every accuracy table shows: string distance instead of the model."""
        return cls(lambda folded: match(folded.text), RULES_ONLY)

    def warm(self) -> None:
        """Load what the first report would have to wait for: the segmenter and spaCy (a second), the
        HTML reader, the folding table.  For workers and servers.

        Raises BundleError when the segmenter is damaged."""
        from nianbao.facts.segmenter import default_path, load_segmenter

        load_segmenter(default_path())
        self.spans(self.document(b"<p>\xe5\xb9\xb4\xe6\x8a\xa5</p>"))

    def document(self, data: bytes, name: str | None = None) -> Document:
        """Read bytes; raises UnreadableInput, NeedsOcr or InputTooLarge."""
        return read(data, name=name)

    def spans(self, document: Document) -> list[Span]:
        """Return the labelled spans, in offsets of `document.text`."""
        folded = fold(document.text)
        return folded.source_spans(self.labeller(folded))

    def parse(self, data: bytes, name: str | None = None) -> Report:
        """Read one report; raises what `document` raises."""
        return self.parse_document(self.document(data, name))

    def parse_document(self, document: Document) -> Report:
        """Make the record of a document that was read before."""
        folded = fold(document.text)
        found = outline(folded, self.labeller(folded))
        source = SourceInfo(
            document.sha256, document.size, document.media_type, document.encoding,
            library_version(), self.model_version,
        )  # fmt: skip
        notes = tuple(Warning_(n.code, n.message, n.start, n.end) for n in document.notes)
        if found.is_report_score < REPORT_THRESHOLD:
            return _no_report(found, notes, source)
        facts = find_facts(folded.text, found.lines, found.meta.year)
        parts = assemble(folded, found, stated_cells(facts, found.meta.year), document.tables)
        values = {cell.path: cell.value for cell in parts.cells}
        report = Report(
            is_report=True,
            is_report_score=found.is_report_score,
            format=parts.format,
            title=found.meta.title,
            agency=found.meta.agency,
            year=found.meta.year,
            published=found.meta.published,
            sections=parts.sections,
            cells=parts.cells,
            facts=tuple(_as_read(folded, fact) for fact in facts),
            checks=_checks(parts, facts, values, found.meta.year),
            warnings=notes + parts.warnings,
            confidence=parts.confidence,
            source=source,
        )
        if self.calibration is None:
            return report
        return replace(report, confidence=self.calibration(report))


def _no_report(found: Outline, notes: tuple[Warning_, ...], source: SourceInfo) -> Report:
    probability = 1 - found.is_report_score
    message = f"不是政府信息公开工作年度报告(概率 {probability:.2f})"
    return Report(
        is_report=False, is_report_score=found.is_report_score, format=None, title=None, agency=None,
        year=None, published=None, sections=(), cells=(), facts=(), checks=(),
        warnings=(*notes, Warning_("not_a_report", message)), confidence=round(probability, 4),
        source=source,
    )  # fmt: skip


def _as_read(folded: Folded, fact: Fact) -> Fact:
    """The fact with its offsets and its words in the text as read."""
    start, end = folded.source(fact.start, fact.end)
    return replace(fact, text=folded.source_text[start:end], start=start, end=end)


def _checks(
    parts: Assembled, facts: tuple[Fact, ...], values: Mapping[str, Number | None], year: int | None
) -> tuple[CheckResult, ...]:
    if not parts.forms:
        return ()
    form = parts.forms.get("requests") or parts.format or "2021"
    arithmetic = run_checks(values, form, tuple(parts.forms))
    return arithmetic + check_narrative(facts, values, form, year)
