"""Charts as SVG for a page: pygal lays them out, the page's own style sheet colours them.

pygal because it needs no script, browser, font or native code to draw: matplotlib and vl-convert
bring tens of megabytes and fix the colours, plotly and altair need their script in the page (4.5 MB
for plotly).  What pygal puts in beside the drawing (the date, a script for tool tips, a style sheet
that would act on the whole page) is taken out.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

#: Units of the drawing, which scales to the width of the page.
WIDTH, HEIGHT = 720, 300

#: More series than this have no colour of their own in the style sheet.
MOST_SERIES: Final = 6

#: Names of elements that are dropped; `desc` are the texts of tool tips that only the script shows.
_DROPPED: Final = frozenset({"defs", "desc", "title"})


def bars(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    *,
    stacked: bool = True,
) -> str:
    """Return a bar chart as an `svg` element: for each of `labels` one bar of all `series`, or where
    not `stacked` one bar of each.

    Each of `series` has one number for each label.  `title` is what a screen reader says.  Equal
    input gives equal text.  Raises ValueError for more than MOST_SERIES series.
    """
    pygal = _imported()
    if len(series) > MOST_SERIES:
        raise ValueError(f"{len(series)} series, at most {MOST_SERIES} have a colour")
    chart = (pygal.StackedBar if stacked else pygal.Bar)(
        **_PLAIN,
        max_scale=8,
        value_formatter=_short,
        x_labels=list(labels),
        include_x_axis=True,
    )
    for name, numbers in series.items():
        chart.add(name, list(numbers))
    return _drawn(chart, title)


def curves(title: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return a line through the points (x, y) of each of `series` as an `svg` element, in its order.

    `title` is what a screen reader says.  Equal input gives equal text.  Raises ValueError for more
    than MOST_SERIES series.
    """
    pygal = _imported()
    if len(series) > MOST_SERIES:
        raise ValueError(f"{len(series)} series, at most {MOST_SERIES} have a colour")
    chart = pygal.XY(**_PLAIN, dots_size=2, max_scale=8, value_formatter=_short)
    for name, points in series.items():
        chart.add(name, list(points))
    return _drawn(chart, title)


#: What every chart has: nothing of pygal's own looks, and no script.
_PLAIN: Final[dict[str, Any]] = {
    "width": WIDTH,
    "height": HEIGHT,
    "css": (),
    "js": (),
    "no_prefix": True,
    "disable_xml_declaration": True,
    "show_legend": False,
    "margin": 8,
}


def _drawn(chart: Any, title: str) -> str:
    def clean(root: Any) -> Any:
        _drop(root)
        root.attrib.pop("id", None)
        root.set("role", "img")
        root.set("aria-label", title)
        return root

    chart.add_xml_filter(clean)
    return str(chart.render(is_unicode=True))


def _imported() -> Any:
    """Return pygal without its finder of map plugins: that has no `find_spec`, so that with it every
    later import of something that is not there gives an ImportWarning."""
    import pygal  # type: ignore[import-untyped]

    sys.meta_path[:] = [
        finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)
    ]
    return pygal


def _drop(element: Any) -> None:
    for child in list(element):
        # The tag of a comment is a function.
        if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] in _DROPPED:
            element.remove(child)
        else:
            _drop(child)


def _short(value: float) -> str:
    """Return `value` in as few characters as an axis has room for."""
    for unit, name in ((100_000_000, "亿"), (10_000, "万")):
        if abs(value) >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"
