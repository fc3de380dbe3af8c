"""Markup that would cost the parser more than linear time or memory, made harmless before parsing.

Three things of the HTML standard are not linear in the input: the search through the stack of open
elements (time grows with the square of the depth), the reconstruction of unclosed formatting
elements in every following block (nodes grow with the product), and the check for repeated
attributes (the square of their number).

To a reader a block element is a line break at its start and end and an inline element is nothing.
So a page large enough for any of the three is rewritten that way: only tables, breaks and what is
hidden remain.  Ordinary pages pass untouched.
"""

from __future__ import annotations

import re
from typing import Final

from nianbao.exceptions import InputTooLarge
from nianbao.reading.limits import MAX_TABLE_DEPTH, MAX_TAGS

#: `<` up to which depth is harmless: 8,000 open elements take the parser 0.1 s.
_FEW_TAGS: Final = 8000
#: Nodes that the reconstruction of formatting elements may make.
_MAX_RECONSTRUCTED: Final = 1_000_000
#: Characters between two `<` above which one tag may hold too many attributes.
_LONG_RUN: Final = 20_000
#: The look ahead spares most tags the search through the names.
_FORMATTING: Final = re.compile(
    r"<(?=[abcefinstu])(?:[abisu]|big|code|em|font|nobr|small|strike|strong|tt)[\s/>]",
    re.IGNORECASE,
)


def tame(text: str) -> str:
    """Return `text`, rewritten when it could cost more than linear time or memory.

    Raises InputTooLarge when it has more than `MAX_TAGS` tags.
    """
    tags = text.count("<")
    if tags > MAX_TAGS:
        raise InputTooLarge(f"网页约有 {tags} 个标签，超过 {MAX_TAGS} 个的上限")
    if tags > _FEW_TAGS or _has_long_run(text):
        return rewrite(text)
    # Closing tags are counted first, which spares most pages the search.
    if tags * (tags - text.count("</")) <= _MAX_RECONSTRUCTED:
        return text
    if tags * len(_FORMATTING.findall(text)) > _MAX_RECONSTRUCTED:
        return rewrite(text)
    return text


def _has_long_run(text: str) -> bool:
    """Tell whether more than `_LONG_RUN` characters stand without `<` between them, in steps as long
    as that: two looks at most pages."""
    start = 0
    while len(text) - start > _LONG_RUN:
        start = text.rfind("<", start, start + _LONG_RUN + 1) + 1
        if not start:
            return True
    return False


#: Elements whose content shows nothing or is no markup: dropped up to their end tag.
_DROPPED: Final = frozenset(
    "script style iframe noembed noframes template svg math datalist canvas audio video object"
    " applet map".split()
)
_RAW_TEXT: Final = frozenset("textarea title xmp".split())
_TABLE_PARTS: Final = frozenset("table caption thead tbody tfoot tr td th".split())
_BREAKS: Final = frozenset(
    "address article aside blockquote br button center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu"
    " nav ol optgroup option p search section select summary textarea ul xmp".split()
)
_UNSEEN: Final = frozenset(("noscript", "xml"))
_MATTERS: Final = (
    _DROPPED
    | _RAW_TEXT
    | _TABLE_PARTS
    | _BREAKS
    | _UNSEEN
    | {"pre", "input", "img", "rt", "rp", "rtc"}
)
#: The end of a tag; quotes count only behind `=`, as in the standard.
_TAG: Final = re.compile(
    r"<(/?)([A-Za-z][^\s/>]*+)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>"
)
_PLAIN_TAG: Final = re.compile(r"<(/?)([A-Za-z][^\s/>]*+)([^>]*+)>")
_ATTRIBUTE: Final = re.compile(
    r"""[\s"'/](colspan|rowspan|style|hidden|value|type)"""
    r"""(?:\s*=\s*(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s"'<>]{1,500})))?(?=[\s/]|\Z)""",
    re.IGNORECASE,
)
_ATTRIBUTE_REACH: Final = 4000  # characters of a tag that are searched for attributes
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)


def rewrite(text: str) -> str:
    """Return markup that shows the same as `text` and that a parser reads in linear time."""
    return _Rewriter(text).run()


class _Rewriter:
    """Copies text and what matters of the tags.

    `_hidden` is the name of the open hidden element and `_inside` how many of that name are open
    in it, itself included.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._out: list[str] = []
        self._tag = _TAG
        self._tables = 0
        self._preformatted = False
        self._hidden = ""
        self._inside = 0

    def run(self) -> str:
        """Return the rewritten markup."""
        text, position = self._text, 0
        while (start := text.find("<", position)) >= 0:
            self._out.append(text[position:start])
            position = self._markup(start)
        self._out.append(text[position:])
        return "".join(self._out)

    def _markup(self, start: int) -> int:
        """Handle what begins with the `<` at `start` and return where it ends."""
        text = self._text
        following = text[start + 1 : start + 2]
        if following in ("!", "?"):
            is_comment = text.startswith("<!--", start)
            return self._after("-->" if is_comment else ">", start + (4 if is_comment else 1))
        if not (following == "/" or (following.isascii() and following.isalpha())):
            self._out.append("&lt;")
            return start + 1
        match = self._tag.match(text, start)
        if match is None:
            # Unclosed quotes: from here on they are not trusted, lest each tag search for them.
            self._tag = _PLAIN_TAG
            match = self._tag.match(text, start)
            if match is None:
                return self._after(">", start)
        end, name = match.end(), match.group(2).lower()
        if name not in _MATTERS and not self._hidden and (match.group(1) or not match.group(3)):
            return end  # as of most tags of a page made by a word processor
        if match.group(1):
            self._close(name)
        elif name in _DROPPED or name in _RAW_TEXT:
            return self._raw(name, end)
        elif name in ("rt", "rp", "rtc"):
            stop = text.find("<", end)
            return len(text) if stop < 0 else stop
        else:
            self._open(name, match.group(3))
        return end

    def _after(self, mark: str, start: int) -> int:
        end = self._text.find(mark, start)
        return len(self._text) if end < 0 else end + len(mark)

    def _raw(self, name: str, start: int) -> int:
        closing = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self._text, start)
        stop = closing.start() if closing else len(self._text)
        if name in _RAW_TEXT:
            content = self._text[start:stop].replace("<", "&lt;")
            name = "title" if name == "title" else "pre"
            self._out.append(f"<{name}>{content}</{name}>")
        return self._after(">", stop)

    def _open(self, name: str, written: str) -> None:
        attributes = _attributes(written)
        hiding = name in _UNSEEN or "hidden" in attributes
        if self._hidden:
            self._inside += name == self._hidden
        elif hiding and name not in _TABLE_PARTS - {"table"} and name not in ("br", "input", "img"):
            self._hidden, self._inside = name, 1
            self._out.append("<div hidden>")
        if name in _TABLE_PARTS:
            self._open_table_part(name, attributes)
        elif name in _BREAKS:
            self._out.append("<br>")
        elif name == "pre":
            self._out.append("<br>" if self._preformatted else "<pre>")
            self._preformatted = True
        elif name in ("input", "img"):
            self._out.append(_tag(name, attributes))

    def _open_table_part(self, name: str, attributes: dict[str, str]) -> None:
        self._tables += name == "table"
        if self._tables > MAX_TABLE_DEPTH:
            self._out.append("<br>")
        else:
            self._out.append(_tag(name, {} if name == "table" else attributes))

    def _close(self, name: str) -> None:
        if name in _TABLE_PARTS:
            self._out.append(f"</{name}>" if self._tables <= MAX_TABLE_DEPTH else "<br>")
            if name == "table" and self._tables:
                self._tables -= 1
        elif name in _BREAKS:
            self._out.append("<br>")
        elif name == "pre":
            self._out.append("</pre>" if self._preformatted else "")
            self._preformatted = False
        if name == self._hidden:
            self._inside -= 1
            if not self._inside:
                self._hidden = ""
                self._out.append("</div>")


def _attributes(written: str) -> dict[str, str]:
    """Return the attributes that matter for reading; one that hides becomes `hidden`."""
    found = {}
    for match in _ATTRIBUTE.finditer(written, 0, _ATTRIBUTE_REACH):
        name = match.group(1).lower()
        value = match.group(2) or match.group(3) or match.group(4) or ""
        if name == "style":
            if _HIDING.search(value):
                found["hidden"] = ""
        elif name not in found:
            found[name] = value
    return found


def _tag(name: str, attributes: dict[str, str]) -> str:
    written = [f' {key}="{value}"' for key, value in attributes.items() if '"' not in value]
    return f"<{name}{''.join(written)}>"
