"""HTML -> flow: what a browser shows, block by block, with its data tables as grids."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from nianbao.exceptions import NeedsOcr, UnreadableInput
from nianbao.reading.flow import BREAK, KEPT_SPACE, Flow, Writer
from nianbao.reading.grids import RawCell, RawTable, lay_out
from nianbao.reading.hostile import tame

_BLOCKS: Final = frozenset(
    "address article aside blockquote body button center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li"
    " listing main menu nav ol optgroup option p plaintext pre search section select summary"
    " textarea ul xmp".split()
)
_PREFORMATTED: Final = frozenset(("pre", "listing", "plaintext", "xmp", "textarea"))
_SKIPPED: Final = frozenset(
    "script style head template noembed noframes iframe svg math rt rp rtc datalist canvas"
    " audio video object applet map".split()
)
#: Elements that a page does not show but that held whole reports in some: kept when most of the
#: text of the page lies in them.
_UNSEEN: Final = frozenset(("noscript", "xml"))
#: Elements that do anything outside of what is skipped; inside a table all do.
_ACTING: Final = _BLOCKS | _SKIPPED | _UNSEEN | {"br", "table", "input"}
_ROW_GROUPS: Final = frozenset(("thead", "tbody", "tfoot"))

_MAY_HIDE: Final = (b"hidden", b"none", b"mso-hide")
_HIDING_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)
_HIDING_CSS: Final = '[hidden],[style*="none" i],[style*="hidden" i],[style*="mso-hide" i]'
_CONTROL_CODES: Final = str.maketrans(
    {**dict.fromkeys((*range(9), *range(14, 32), 127), " "), 11: "\n", 12: "\n", 13: "\n"}
)

#: Characters of a page below which its title is read as well.
_NEARLY_EMPTY: Final = 20
#: Share of the whole page's text above which a hidden element is the report after all (pages that
#: show it by script).
_HIDDEN_SHARE: Final = 0.5
_HIDDEN_LEAST: Final = 50  # characters; less is no report


def read_html(text: str) -> Writer:
    """Return the lines and grids of the page `text`.

    Raises UnreadableInput when it shows no text (NeedsOcr when it shows pictures instead), and
    InputTooLarge when it has too many tags.
    """
    tree = LexborHTMLParser(tame(text))
    root = tree.root
    if root is None:
        raise UnreadableInput("网页里没有可读的文字")
    # Clean text has no controls, but a numeric reference may stand for one.
    walk = _Walk(_hidden_nodes(tree, text), controls="&#" in text)
    page = walk.run(root)
    writer = Writer()
    keep = _worth_keeping(walk.hidden, page.size)
    if page.size < _NEARLY_EMPTY and not keep:
        title = tree.css_first("title")
        if title is not None:
            for line in title.text().translate(_CONTROL_CODES).split("\n"):
                if line.strip():
                    writer.line(" ".join(line.split()))
    writer.flow(page, keep_hidden=keep)
    if not writer.text:
        if tree.css_first("img, embed, object, canvas") is not None:
            raise NeedsOcr("网页里只有图片，没有文字；暂不支持识别图片中的文字")
        raise UnreadableInput("网页里没有可读的文字")
    return writer


def _hidden_nodes(tree: LexborHTMLParser, text: str) -> set[int]:
    lower = text.encode("utf-8", "replace").lower()  # a third of the time of the text's own
    if not any(sign in lower for sign in _MAY_HIDE):
        return set()
    hidden = set()
    for node in tree.css(_HIDING_CSS):
        attributes = node.attributes
        if "hidden" in attributes or _HIDING_STYLE.search(attributes.get("style") or ""):
            hidden.add(node.mem_id)
    return hidden


def _worth_keeping(hidden: list[Flow], shown: int) -> frozenset[int]:
    least = max(_HIDDEN_LEAST, shown * _HIDDEN_SHARE / (1 - _HIDDEN_SHARE))
    return frozenset(id(flow) for flow in hidden if flow.size > least)


class _Walk:
    """One pass over the tree in document order, with a stack of what is open.

    An entry of the stack is (node, what to do at its end, the flow to return to); elements at whose
    end nothing is to do are not on it.  The flow is None where text is dropped: between the cells of
    a table, and inside what is skipped.
    """

    def __init__(self, hidden_nodes: set[int], *, controls: bool) -> None:
        self._hidden_nodes = hidden_nodes
        self._controls = controls
        self._flow: Flow | None = None
        self._tables: list[tuple[RawTable, Flow]] = []
        self._skipping = 0
        self._preformatted = 0
        self.hidden: list[Flow] = []

    def run(self, root: LexborNode) -> Flow:
        """Return the flow of everything under `root`."""
        page = self._flow = Flow()
        stack: list[tuple[int, str, Flow | None]] = []
        # The nearest element on the stack for those that are not: most of a page's are spans.
        within: dict[int, int] = {}
        top = 0
        for node in root.traverse(include_text=True):
            parent = node.parent
            if parent is not None:
                parent_id = parent.mem_id
                around = within.get(parent_id, parent_id)
                while top != around and stack:
                    self._leave(*stack.pop()[1:])
                    top = stack[-1][0] if stack else 0
            tag = node.tag
            if tag == "-text":
                if self._flow is not None:
                    self._text(self._flow, node.text_content or "")
            elif tag is not None and tag[0] != "-":
                outer, place = self._flow, node.mem_id
                if self._skipping or (
                    outer is not None and tag not in _ACTING and place not in self._hidden_nodes
                ):
                    action = ""
                else:
                    action = self._enter(tag, node)
                if action:
                    stack.append((place, action, outer))
                    top = place
                else:
                    within[place] = top
        while stack:
            self._leave(*stack.pop()[1:])
        return page

    def _text(self, flow: Flow, text: str) -> None:
        if self._controls:
            text = text.translate(_CONTROL_CODES)
        if self._preformatted:
            text = text.replace("\n", BREAK).replace("\t", KEPT_SPACE).replace(" ", KEPT_SPACE)
            flow.breaks += text.count(BREAK)
        flow.items.append(text)
        words = text.split()
        if words:  # half of the texts are the blanks between two tags
            flow.size += sum(map(len, words))

    def _enter(self, tag: str, node: LexborNode) -> str:
        """Open element `tag` and return what to do at its end."""
        if tag in _SKIPPED:
            return self._skip()
        flow = self._flow
        if tag in _UNSEEN or (self._hidden_nodes and node.mem_id in self._hidden_nodes):
            if flow is None:
                return self._skip()
            self._flow = Flow([BREAK], hidden=True)
            self.hidden.append(self._flow)
            if tag != "table":
                return "hidden"
            self._tables.append((RawTable(), self._flow))
            self._flow = None
            return "hidden table"
        if flow is None:
            return self._enter_table_part(tag, node)
        if tag in _BLOCKS:
            flow.items.append(BREAK)
            flow.breaks += 1
            if tag in _PREFORMATTED:
                self._preformatted += 1
                return "preformatted"
            return "block"
        if tag == "br":
            flow.items.append(BREAK)
            flow.breaks += 1
        elif tag == "table":
            self._tables.append((RawTable(), flow))
            self._flow = None
            return "table"
        elif tag == "input" and self._tables:
            self._input(flow, node)
        return ""

    def _enter_table_part(self, tag: str, node: LexborNode) -> str:
        table, outside = self._tables[-1]
        if tag in ("td", "th"):
            self._flow = Flow()
            attributes = node.attributes
            table.add_cell(
                RawCell(self._flow, _span(attributes, "rowspan"), _span(attributes, "colspan"))
            )
            return "cell"
        if tag == "tr":
            table.add_row()
        elif tag in _ROW_GROUPS:
            table.add_group(last=tag == "tfoot")
        elif tag == "caption":
            outside.items.append(BREAK)
            self._flow = outside
            return "block"
        return ""

    def _input(self, flow: Flow, node: LexborNode) -> None:
        """Read a form field inside a table: some sites print their figures in such."""
        attributes = node.attributes
        value = attributes.get("value")
        if value and (attributes.get("type") or "text").lower() in ("text", "number"):
            self._text(flow, value)

    def _skip(self) -> str:
        self._skipping += 1
        self._flow = None
        return "skipped"

    def _leave(self, action: str, outer: Flow | None) -> None:
        if action == "block" or action == "preformatted":
            if self._flow is not None:
                self._flow.items.append(BREAK)
                self._flow.breaks += 1
            self._preformatted -= action == "preformatted"
        elif action == "skipped":
            self._skipping -= 1
        if action.endswith("table"):
            table, outside = self._tables.pop()
            outside.append(lay_out(table))
            self._flow = outside
        if action.startswith("hidden") and outer is not None and self._flow is not None:
            self._flow.items.append(BREAK)
            outer.items.append(self._flow)
        self._flow = outer


def _span(attributes: dict[str, str | None], name: str) -> int:
    """Return the span that `name` states, 1 when it states none; clamping is the grid's."""
    value = attributes.get(name)
    found = _INTEGER.match(value) if value else None
    return int(found.group(1)) if found else 1


#: The standard's rules for parsing non-negative integers, save that ten digits are enough.
_INTEGER: Final = re.compile(r"[ \t\n\f\r]*\+?([0-9]{1,10})")
