"""A summary as one page that needs nothing beside itself: no script, no font, no picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nianbao.batch.review.charts import bars
from nianbao.batch.review.sheets import Linked, number, year_name
from nianbao.batch.review.summary_layout import layout, outcome_numbers
from nianbao.batch.review.summary_model import Summary
from nianbao.batch.review.summary_words import REVIEWS


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart; `legend` are the names of its colours, in their order."""

    caption: str
    legend: tuple[str, ...]
    svg: str


def render_html(summary: Summary) -> str:
    """Return `summary` as an HTML page in Chinese; equal summaries give equal pages."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("nianbao.batch.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["linked"] = lambda cell: isinstance(cell, Linked)
    environment.filters["safe_url"] = safe_url
    size = summary.overview
    flawed = sum(group.flawed for group in summary.by_year)
    tiles = (
        ("年报", number(size.chosen)),
        ("机关", number(size.agencies)),
        ("有核对未通过的年报", number(flawed)),
        ("值得复核的年报", number(summary.suspects_total)),
        ("没有成为年报的文件", number(sum(reason.documents for reason in summary.reasons))),
    )
    template = environment.get_template("summary.html.jinja")
    return template.render(parts=layout(summary), figures=figures(summary), tiles=tiles)


def safe_url(url: str | None) -> str | None:
    """Return `url` where it leads to a web page: archives hold `javascript:` addresses too."""
    return url if url is not None and url.startswith(("http://", "https://")) else None


def figures(summary: Summary) -> dict[str, Figure]:
    """Return section id -> its chart, of the sections that have something to draw."""
    charts = {
        "groups": _figure(
            "各年度的年报份数",
            [group.name or year_name(None) for group in summary.by_year],
            {
                "核对全部通过": [group.reports - group.flawed for group in summary.by_year],
                "有核对未通过": [group.flawed for group in summary.by_year],
            },
        ),
        "coverage": _figure(
            "各年度有年报和缺年报的机关数",
            [str(item.year) for item in summary.coverage.years],
            {
                "有年报": [item.reported for item in summary.coverage.years],
                "缺年报": [item.missing for item in summary.coverage.years],
            },
        ),
        "confidence": _figure(
            "各可信度区间的年报份数",
            [f"{item.low:.1f}–{item.high:.1f}" for item in summary.confidence.bins],
            {"年报": [item.reports for item in summary.confidence.bins]},
        ),
        "punctuality": _figure(
            "各年度年报何时公布（份数）",
            [str(item.year) for item in summary.punctuality],
            {
                "1 月 31 日前": [item.by_january for item in summary.punctuality],
                "2 月 1 日至 3 月 31 日": [item.by_march for item in summary.punctuality],
                "3 月 31 日后": [item.later for item in summary.punctuality],
            },
        ),
        "requests": _outcomes(summary),
        "reviews": _reviews(summary),
    }
    return {name: figure for name, figure in charts.items() if figure is not None}


def _outcomes(summary: Summary) -> Figure | None:
    names = ("予以公开", "部分公开", "不予公开", "无法提供", "不予处理", "其他处理")
    numbers = [outcome_numbers(item) for item in summary.outcomes]
    series = {
        name: [float(values[index] or 0) for values in numbers] for index, name in enumerate(names)
    }
    return _figure(
        "各年度的办理结果（件数）", [year_name(o.year) for o in summary.outcomes], series
    )


def _reviews(summary: Summary) -> Figure | None:
    years = list(dict.fromkeys(item.year for item in summary.reviews))
    rates = {(item.year, item.kind): item.rate for item in summary.reviews}
    series = {
        name: [
            None if (rate := rates[year, kind]) is None else round(100 * rate, 1) for year in years
        ]
        for kind, name in REVIEWS.items()
    }
    return _figure("各年度的纠错率（%）", [year_name(y) for y in years], series, stacked=False)


def _figure(
    caption: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    *,
    stacked: bool = True,
) -> Figure | None:
    if not any(value for numbers in series.values() for value in numbers):
        return None
    return Figure(caption, tuple(series), bars(caption, labels, series, stacked=stacked))
