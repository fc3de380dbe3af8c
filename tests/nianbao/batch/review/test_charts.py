from __future__ import annotations

import sys
from itertools import islice
from xml.etree import ElementTree

import pytest

from nianbao.batch.review.charts import MOST_SERIES, bars

SVG = "{http://www.w3.org/2000/svg}"


def heights(svg: str) -> list[list[float]]:
    """Return the heights of the bars of each series."""
    root = ElementTree.fromstring(svg)
    found = []
    for group in root.iter(f"{SVG}g"):
        if group.get("class", "").startswith("series serie-") and group.find(f"{SVG}g") is not None:
            bars_ = [r for r in group.iter(f"{SVG}rect") if "rect" in r.get("class", "")]
            found.append([float(r.get("height", "nan")) for r in bars_])
    return found


def test_bars_are_as_high_as_their_numbers() -> None:
    first, second = heights(bars("图", ["2021", "2022"], {"甲": [1, 2], "乙": [4, 0]}))
    assert first[1] == pytest.approx(2 * first[0])
    assert second[0] == pytest.approx(4 * first[0])
    assert second[1] == 0


def test_the_drawing_has_no_date_script_style_or_tool_tip() -> None:
    svg = bars("图", ["2021"], {"甲": [1]})
    assert not any(word in svg for word in ("<!--", "script", "<style", "pygal.org", "<desc"))
    assert svg == bars("图", ["2021"], {"甲": [1]})


def test_texts_are_escaped() -> None:
    svg = bars('<b>"&', ["<i>"], {"甲": [1]})
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == '<b>"&'
    assert "<i>" in [text.text for text in root.iter(f"{SVG}text")]


def test_a_missing_number_has_no_bar() -> None:
    (found,) = heights(bars("图", ["2021", "2022"], {"甲": [None, 5]}, stacked=False))
    assert len(found) == 1


def test_more_series_than_colours_are_refused() -> None:
    series = dict(islice(((str(i), [1]) for i in range(99)), MOST_SERIES + 1))
    with pytest.raises(ValueError, match="colour"):
        bars("图", ["2021"], series)


def test_large_numbers_are_short_on_the_axis() -> None:
    root = ElementTree.fromstring(bars("图", ["2021"], {"甲": [40_000]}))
    assert "4万" in [text.text for text in root.iter(f"{SVG}text")]


def test_a_chart_leaves_imports_as_they_were() -> None:
    before = list(sys.meta_path)
    bars("图", ["2021"], {"甲": [1]})
    assert sys.meta_path == before
