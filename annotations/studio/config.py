"""The labelling configuration of Label Studio, generated from the label set.

A button shows the Chinese name and stores the label: Label Studio stores `alias` where a label has
one.  `<Filter>` searches among the 83 buttons; it must have a name, or the editor stays empty (seen
with 1.23.2).  Granularity is "symbol", one character; "character" is none of its values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from annotations.names import NAMES, PARTS, PRINTED, part_of
from nianbao.spans import LABELS

#: The names of the control and of the text in the configuration, which regions refer to.
CONTROL: Final = "label"
OBJECT: Final = "text"

#: One colour for each part, dark enough to read over white (the text lies on a tint of it).
COLOURS: Final[dict[str, str]] = {
    "heading.": "#b42318",
    "row.proactive_disclosure.": "#1d4ed8",
    "row.requests.": "#0369a1",
    "row.reconsideration_litigation.": "#4338ca",
    "column.proactive_disclosure.": "#15803d",
    "column.requests.": "#047857",
    "column.reconsideration_litigation.": "#3f6212",
    "group.": "#a21caf",
    "": "#92400e",
}

#: Digits and letters for what is corrected most; Label Studio keeps the other letters to itself.
HOTKEYS: Final[dict[str, str]] = {
    "heading.overview": "1",
    "heading.proactive_disclosure": "2",
    "heading.requests": "3",
    "heading.reconsideration_litigation": "4",
    "heading.problems_improvements": "5",
    "heading.other_matters": "6",
    "title": "7",
    "agency": "8",
    "year": "9",
    "date": "0",
    "value": "v",
    "note": "n",
    "furniture": "f",
}

_STYLE: Final = """
  .nianbao-labels { position: sticky; top: 0; z-index: 5; max-height: 38vh; overflow-y: auto; }
  [class*="htx-richtext"] { white-space: pre-wrap; font-family: "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
"""


def label_config() -> str:
    """Return the configuration as XML, the same bytes for the same labels."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Style").text = _STYLE
    _put(view, "Header", value="$header", size="5")
    box = _put(view, "View", className="nianbao-labels")
    _put(
        box, "Filter", name="filter", toName=CONTROL, minlength="0",
        hotkey="shift+f", placeholder="按名称查找标签(Shift+F)",
    )  # fmt: skip
    labels = _put(box, "Labels", name=CONTROL, toName=OBJECT, choice="single", showInline="true")
    for prefix, members in _parts():
        _put(labels, "Header", value=PARTS[prefix], size="6")
        row = _put(labels, "View", style="width: 100%")
        for label in members:
            attributes = {
                "value": NAMES[label],
                "alias": label,
                "hint": f"{PRINTED[label]} ({label})",
                "background": COLOURS[prefix],
            }
            if label in HOTKEYS:
                attributes["hotkey"] = HOTKEYS[label]
            _put(row, "Label", **attributes)
    _put(view, "Text", name=OBJECT, value="$text", granularity="symbol", saveTextResult="yes")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _parts() -> Iterator[tuple[str, list[str]]]:
    for prefix in PARTS:
        yield prefix, [label for label in LABELS if part_of(label) == prefix]


def _put(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)
