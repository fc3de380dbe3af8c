"""Narrative -> the few sentences that can state a figure, freed of blanks and line breaks.

Most of a report's prose states no figure, and words are the expensive part of reading one: what is
let through here decides the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

#: A line this long (characters) that ends in no punctuation goes on in the next line, as in text
#: taken from a PDF; headings and table rows are shorter.
WRAPPED_LINE: Final = 24
#: A longer "sentence" is a list or a table without punctuation, and is cut.
LONGEST: Final = 600
HEADING_LENGTH: Final = 40

#: Stands in a sentence for what was taken out of it.
BLOT: Final = "※"
_GONE = "\x00"

_CLAUSE = re.compile(r"[^,;:()。!?]+")
_END = re.compile(r"[。!?]+")
_LINE_END = tuple("。!?;:")
_NEW_ITEM = re.compile(r"\s{2,}|[(]?[一二三四五六七八九十\d]+[、.)]|[第●■◆▪•·]")
_QUOTED = re.compile(
    r"《[^《》\n]{0,200}》|〔[^〔〕\n]{0,20}〕|\[\d{4}\]"
    r"|公民、?(?:法人|企业)(?:和|或者?|以?及|、)?其[他它]组织"
)
_UNIT = "[件条份次宗起部篇例个项笔元]"
#: A count, a bare zero, or a word that denies.
_FIGURE = re.compile(
    rf"\d\s*[余多几]?[万亿]?[余多]?\s*{_UNIT}|[零一二两三四五六七八九十百千][余多几]?[万亿]?{_UNIT}"
    r"|(?<![\d.])\d{1,7}(?=\s*(?:[,;、。)和及]|$))|未|无|没|零"
)
#: A clause without any of these has no say in what a figure beside it means.
_SAYING = re.compile(
    rf"{_FIGURE.pattern}|\d|公开|申请|复议|诉讼|规范性|规章|许可|处罚|强制|费|新收|结转|收到|接到|受理"
    r"|提供|处理|办结|答复|办理|其中|包括|含|通过|网|平台|微[信博]|公众号|栏|媒体|报刊|广播|电视|利用|以来"
    r"|历年|近[三五两]年|半年|季度|每|当月|月份|去年|上年|上一年|领域|方面|类|重点|专|内容|建议|提案|议案"
    r"|留言|信访|投诉|举报|无关|比|较|制发|制定|印发|出台|废止|有效|公示|公布|发布|信息"
)
#: 2023年,… · 截至2023年底 · (二)2022年
_OPENING_YEAR = re.compile(
    r"\W{0,4}(?:[一二三四五六七八九十\d]{1,2}[、.)])?(?:截[至止]|自|在)?(?P<year>(?:19|20)\d{2})年"
)
_ABOUT = re.compile(
    r"申请|公开|复议|诉讼|应诉|规范性文件|行政许可|行政处罚|行政强制|收费|费用|处理费|新收|结转"
    r"|无法提供|不予处理"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` without blanks; `at[i]` is where its character `i` stands in the whole text.

    `before` is what stands before the sentence in its paragraph, with the heading above: what the
    sentence is about.  `year` is the year with which an earlier sentence of the paragraph opens.
    """

    text: str
    at: tuple[int, ...]
    before: str
    year: int | None


def sentences(text: str, regions: Sequence[tuple[int, int]]) -> Iterator[Sentence]:
    """Yield the sentences of the passages `regions` ([start, end) of `text`) that may state a
    figure, in order; those of all passages, in linear time."""
    above = ""
    for start, end in regions:
        for first, last in _paragraphs(text, max(start, 0), min(end, len(text))):
            paragraph = text[first:last]
            at, year = first, None
            for cut in (*(m.end() for m in _END.finditer(paragraph)), len(paragraph)):
                sentence = text[at : first + cut]
                if _FIGURE.search(sentence) and _ABOUT.search(sentence):
                    before = above + "\n" + text[max(first, at - LONGEST) : at]
                    yield from _pieces(sentence, at, before, year)
                opening = _OPENING_YEAR.match(sentence)
                year = int(opening["year"]) if opening else year
                at = first + cut
            above = paragraph if len(paragraph) < HEADING_LENGTH else ""


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield [start, end) of the paragraphs: lines, joined where a line was only wrapped."""
    first = at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = text[at:stop]
        at = stop + 1
        wrapped = len(line.strip()) >= WRAPPED_LINE and not line.rstrip().endswith(_LINE_END)
        if wrapped and at < end and text[at] != "\n" and not _NEW_ITEM.match(text, at, end):
            continue
        if first < stop:
            yield first, stop
        first = at
    if first < end:
        yield first, end


def _pieces(sentence: str, offset: int, before: str, year: int | None) -> Iterator[Sentence]:
    """Yield `sentence` in pieces that are not endless: quotations blotted out, clauses that say
    nothing shortened to a mark, blanks taken out.

    A blank between two digits stays, or two numbers would become one.
    """
    blotted = _QUOTED.sub(_blot, sentence)
    blotted = _CLAUSE.sub(lambda m: m.group() if _SAYING.search(m.group()) else _blot(m), blotted)
    for cut in range(0, len(blotted), LONGEST):
        kept = [
            (char, offset + cut + index)
            for index, char in enumerate(blotted[cut : cut + LONGEST])
            if char != _GONE and (not char.isspace() or _between_digits(blotted, cut + index))
        ]
        if kept:
            yield Sentence(
                "".join(" " if char.isspace() else char for char, _ in kept),
                tuple(index for _, index in kept),
                before,
                year,
            )


def _blot(match: re.Match[str]) -> str:
    """Return as many characters as `match` has, of which one stays in the sentence."""
    return BLOT + _GONE * (len(match.group()) - 1)


def _between_digits(text: str, index: int) -> bool:
    return (
        0 < index < len(text) - 1
        and text[index - 1] in "0123456789"
        and text[index + 1] in "0123456789"
    )
