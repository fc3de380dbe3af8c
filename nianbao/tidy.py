"""What the form itself says of a labeller's spans: no label is a lone sign, and a bracket behind a
label is part of it.

The faults below are what was left of the shipped model on the battery's instructions and on
real pages; each rule is about characters, none re-reads a label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nianbao.spans import Span

#: Below this score a label on a stretch is more often wrong than right (made pages, 40 of them:
#: 61 of 74 such spans), and a wrong label ends the row before it.
DOUBTFUL = 0.45
#: Characters of a heading, at least (总体情况, 其他事项).
SHORTEST_HEADING = 4
#: Characters of a filling instruction in brackets, at most (the longest printed one has 83).
INSTRUCTION = 110

_WORD = re.compile(r"\w")
#: Every row and column is named by two Chinese characters at least, maybe with signs or breaks between.
_NAME = re.compile(r"[\u3400-\u9fff][^\u3400-\u9fff]*[\u3400-\u9fff]")
#: Characters that no number is written with.
_WORDS = re.compile(r"(?:(?![零〇一二两三四五六七八九十百千万亿无])[\u3400-\u9fff])+")
_RULE = re.compile(r"[|\s:\-]*-{3}[|\s:\-]*")
_LABELS_WITH_NOTES = ("row.", "column.", "group.block", "group.content", "group.organizations")


def tidy(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return `spans` (sorted) without those that cannot be, brackets joined to their labels."""
    kept: list[Span] = []
    end = 0
    for span in spans:
        if span.label == "value" and _numbers_a_page(text, span):
            span = replace(span, label="furniture")
        if kept and _ends_label(text, kept[-1], span):
            kept[-1] = replace(kept[-1], end=span.end)
            end = span.end
            continue
        if span.start < end or not _possible(text, span):
            continue
        if span.label.startswith(_LABELS_WITH_NOTES):
            stop = _bracket_end(text, span)
            span = span if stop == span.end else replace(span, end=stop)
        kept.append(span)
        end = span.end
    return kept


_PAGE_OF = re.compile(
    r"\s*(?:第\s?|[Pp]age\s)?(?P<page>\d{1,3})\s?(?:页)?\s?(?:/|of|共)\s?(?:共\s?)?(?P<pages>\d{1,3})\s?页?\s*"
)


def _numbers_a_page(text: str, span: Span) -> bool:
    """Tell whether the line is nothing but `2 / 11`, the number of a page and how many there are."""
    start = text.rfind("\n", 0, span.start) + 1
    stop = text.find("\n", span.end)
    found = _PAGE_OF.fullmatch(text, start, len(text) if stop < 0 else stop)
    return found is not None and 1 <= int(found["page"]) <= int(found["pages"]) > 1


def _ends_label(text: str, label: Span, value: Span) -> bool:
    """Tell whether `value` is the last letters of the label that it touches (申请数晕)."""
    return (
        value.label == "value"
        and label.label.startswith(("row.", "column."))
        and label.end == value.start
        and bool(_WORDS.fullmatch(text, value.start, value.end))
    )


def _possible(text: str, span: Span) -> bool:
    if span.label == "value":
        return not (text.startswith("---", span.start) and _in_rule(text, span))
    if span.label.startswith("heading.") and span.end - span.start < SHORTEST_HEADING:
        return False
    if span.label.startswith(("row.", "column.")) and not _NAME.search(text, span.start, span.end):
        return False
    return span.score >= DOUBTFUL and bool(_WORD.search(text, span.start, span.end))


def _in_rule(text: str, span: Span) -> bool:
    """Tell whether the line is the rule below the head of a Markdown table."""
    start = text.rfind("\n", 0, span.start) + 1
    stop = text.find("\n", span.end)
    return bool(_RULE.fullmatch(text, start, len(text) if stop < 0 else stop))


def _bracket_end(text: str, span: Span) -> int:
    """Where the bracket ends that opens in a label or right behind it; else the end of the label."""
    depth = text.count("(", span.start, span.end) - text.count(")", span.start, span.end)
    if depth <= 0 and not text.startswith("(", span.end):
        return span.end
    opening = text.rfind("(", span.start, span.end) if depth > 0 else span.end
    depth = max(depth, 0)
    for at in range(span.end, min(span.end + INSTRUCTION, len(text))):
        char = text[at]
        if char in "|\t":
            break
        depth += (char == "(") - (char == ")")
        if depth == 0:
            inside = text[opening : at + 1]
            return span.end if inside.strip("()").isdigit() else at + 1
    return span.end
