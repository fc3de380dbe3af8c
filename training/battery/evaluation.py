"""The product and the rules-only baseline, judged side by side on made pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nianbao.evaluation import Score, Summary, score, summarise
from training.battery.pages import Page

Parse = Callable[[bytes, str], Mapping[str, Any]]
#: Measures shown for each parser, as (attribute of Summary, head of its column).
SHOWN = (
    ("nonzero", "nonzero"),
    ("false", "false"),
    ("cells", "cells"),
    ("headings", "headings"),
    ("texts", "texts"),
    ("meta", "meta"),
    ("perfect", "perfect"),
)


@dataclass(frozen=True)
class Verdict:
    """What one parser made of one page: `judged` says whether it told report from no report rightly,
    `score` is None for a page that is no report, `crash` is what broke."""

    page: Page
    judged: bool
    score: Score | None
    crash: str = ""


@dataclass(frozen=True)
class Result:
    """One parser over the pages of one kind; `summary` is None for pages that are no report."""

    pages: int
    judged: float
    crashes: int
    summary: Summary | None


def parsers(names: Sequence[str]) -> dict[str, Parse]:
    """Return the parsers of `names` ("model", "rules").

    Raises BundleError when the model's bundle cannot be loaded.
    """
    from nianbao.pipeline import Pipeline
    from nianbao.report import to_dict

    makers = {"model": Pipeline.default, "rules": Pipeline.rules_only}

    def bound(pipeline: Pipeline) -> Parse:
        return lambda data, name: to_dict(pipeline.parse(data, name))

    return {name: bound(makers[name]()) for name in names}


def judge(page: Page, parse: Parse) -> Verdict:
    """Parse `page` and compare the record with its gold.  An exception of any kind is a finding
    about the parser, counted and told, not an end of the run."""
    record: Mapping[str, Any] | None
    try:
        record, crash = parse(page.data, f"{page.name}.{page.suffix}"), ""
    except Exception as error:  # noqa: BLE001
        record, crash = None, f"{type(error).__name__}: {error}"
    is_report = bool(record and record.get("is_report"))
    judged = record is not None and is_report == page.gold["is_report"]
    found = score(page.gold, record) if page.gold["is_report"] else None
    return Verdict(page, judged, found, crash)


def result(verdicts: Sequence[Verdict]) -> Result:
    """Pool the verdicts of one parser."""
    scores = [verdict.score for verdict in verdicts if verdict.score]
    return Result(
        pages=len(verdicts),
        judged=sum(verdict.judged for verdict in verdicts) / len(verdicts),
        crashes=sum(bool(verdict.crash) for verdict in verdicts),
        summary=summarise(scores) if scores else None,
    )


def table(results: Mapping[str, Mapping[str, Result]]) -> str:
    """Return kind -> parser -> result as a table, the parsers side by side in each measure."""
    names = list(next(iter(results.values())))
    heads = [
        "kind",
        "pages",
        *(f"{head} {'/'.join(names)}" for _, head in SHOWN),
        "judged",
        "broke",
    ]
    rows = [heads]
    for kind, by_parser in results.items():
        row = [kind, str(next(iter(by_parser.values())).pages)]
        for measure, _ in SHOWN:
            row.append(_pair(_figure(by_parser[n].summary, measure) for n in names))
        row.append(_pair(f"{by_parser[n].judged:.2f}" for n in names))
        row.append(_pair(str(by_parser[n].crashes) for n in names))
        rows.append(row)
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    lines = ["  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _figure(summary: Summary | None, measure: str) -> str:
    return "-" if summary is None else f"{getattr(summary, measure):.3f}"


def _pair(texts: Iterable[str]) -> str:
    return " ".join(texts)


def plain(results: Mapping[str, Mapping[str, Result]]) -> dict[str, Any]:
    """Return the results as data for JSON."""
    return {kind: {name: asdict(one) for name, one in by.items()} for kind, by in results.items()}
