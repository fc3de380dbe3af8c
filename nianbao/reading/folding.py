"""Folding: the text as read -> the text that model and rules look at, with every offset kept.

Simplified script, half-width digits, letters and punctuation, ordinary spaces; pinyin ruby and
invisible characters gone.  Most of it is one character for one and looked up in a table of codes;
what deletes or expands goes through a kept map (NFKC as a whole would change lengths unseen).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nianbao.spans import Span

_PUNCTUATION = {
    "（": "(", "）": ")", "〔": "(", "〕": ")", "［": "[", "］": "]", "【": "[", "】": "]",
    "：": ":", "，": ",", "；": ";", "．": ".", "﹒": ".", "。": "。", "？": "?", "！": "!",
    "“": '"', "”": '"', "„": '"', "「": '"', "」": '"', "『": '"', "』": '"', "＂": '"',
    "‘": "'", "’": "'", "＇": "'", "｜": "|", "│": "|", "┃": "|", "╎": "|", "∣": "|", "￨": "|",
    "－": "-", "—": "-", "–": "-", "―": "-", "‐": "-", "‑": "-", "‒": "-", "−": "-", "─": "-",
    "━": "-", "﹣": "-", "＋": "+", "／": "/", "＼": "\\", "～": "~", "﹑": "、", "､": "、",
    "｡": "。", "＜": "<", "＞": ">", "〈": "<", "〉": ">", "＝": "=", "＊": "*", "％": "%",
    "\u00a0": " ", "\u3000": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ",
    "\u2000": " ", "\u2001": " ", "\u2004": " ", "\u2005": " ", "\u2006": " ", "\u2007": " ",
    "\u2008": " ", "\u200a": " ", "\u205f": " ", "\u00ad": "\u200b", "\t": "\t",
    "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
_INVISIBLE = "\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f"
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
#: A pinyin syllable without tones: only those are taken for ruby, so that `(app)` or `(ok)` stay.
_SYLLABLE = (
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?"
    r"(?:a|o|e|ai|ei|ao|ou|an|en|ang|eng|ong|i|ia|ie|iao|iu|ian|in|iang|ing|iong|u|ua|uo|uai|ui|uan"
    r"|un|uang|v|ve|ue)|er|ng?|hm)"
)
_RUBY = rf"(?:\(\s?(?:[a-zü]{{0,5}}[{_TONED}][a-zü{_TONED}]{{0,5}}|{_SYLLABLE})\s?\))+"
#: What every ruby begins with.
_RUBY_OPENS = re.compile(rf"\(\s?[a-zü{_TONED}]")
#: `㈠`..`㈩` print brackets and a numeral in one character.
_EXPANDED = {chr(0x3220 + i): f"({n})" for i, n in enumerate("一二三四五六七八九十")}
_EXPANDED |= {chr(0x2474 + i): f"({i + 1})" for i in range(9)}
_EXPANDED |= {chr(0x2488 + i): f"{i + 1}." for i in range(9)}
_EDIT = re.compile(
    rf"(?P<drop>[{_INVISIBLE}]+)|(?P<expand>[{''.join(_EXPANDED)}])"
    rf"|(?<=[\u3400-\u9fff])(?P<ruby>{_RUBY})"
)


#: Codes below this are looked up; no character above is folded.
_TABLE_SIZE: Final = 0x10000


@cache
def _table() -> NDArray[np.uint32]:
    """The one-for-one map: code -> folded code (a lookup takes an eighth of `str.translate`).  The last
    entry stands for all that is above the table."""
    table = np.arange(_TABLE_SIZE + 1, dtype=np.uint32)
    for code, after in _one_for_one().items():
        table[code] = ord(after)
    return table


@cache
def _edited() -> NDArray[np.bool_]:
    """Code -> whether the character is deleted or expanded once it is folded one for one."""
    edits = re.compile(rf"[{_INVISIBLE}{''.join(_EXPANDED)}]")
    edited = np.zeros(_TABLE_SIZE + 1, dtype=np.bool_)
    edited[[found.start() for found in edits.finditer("".join(map(chr, range(_TABLE_SIZE))))]] = (
        True
    )
    return edited[np.minimum(_table(), _TABLE_SIZE)]


def _one_for_one() -> dict[int, str]:
    """Return code -> folded character.  Script from OpenCC, character by character (a line each, so
    that none of its phrases can change a length); 20 ms once."""
    import opencc

    table: dict[int, str] = {}
    han = [chr(c) for c in range(0x3400, 0xA000)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    for before, after in zip(han, simplified, strict=True):
        if before != after and len(after) == 1:
            table[ord(before)] = after
    for block in (range(0x2E80, 0x2FE0), range(0xF900, 0xFB00), range(0xFF01, 0xFF5F)):
        for code in block:
            after = unicodedata.normalize("NFKC", chr(code))
            if len(after) == 1 and after != chr(code):
                table[code] = table.get(ord(after), after)
    # Radicals that NFKC leaves alone, as PDFs of 2021-2024 print them.
    for before, after in zip(
        "⺠⻚⻋⻓⻔⻛⻢⻝⺟⻅⻉⺁⻜⻬⻰", "民页车长门风马食母见贝厂飞齐龙", strict=True
    ):
        table[ord(before)] = after
    # 乾 is 干 in some words only, and a Simplified name in others (乾安县, 乾县).
    table.pop(ord("乾"), None)
    table.update({ord(k): v for k, v in _PUNCTUATION.items() if k != v})
    return table


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A folded text and where each of its characters stands in the text as read.

    `starts[i]`, `ends[i]`: int32 half-open offsets of folded character `i`; its ruby counts in.  `own`
    gives, by place in `text`, what a page in Simplified script prints where `text` has a more usual
    character: there 濛江 is a name, and none of it Traditional.
    """

    text: str
    source_text: str
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    own: Mapping[int, str] = field(default_factory=dict)

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the text as read of folded [start, end); an empty stretch stays empty."""
        if start >= end:
            at = int(self.starts[start]) if start < len(self.starts) else len(self.source_text)
            return at, at
        return int(self.starts[start]), int(self.ends[end - 1])

    def project(self, start: int, end: int) -> tuple[int, int]:
        """Return the folded offsets of [start, end) of the text as read (maybe an empty stretch)."""
        first, last = self.project_all((start, end))
        return first, last

    def project_all(self, places: Sequence[int]) -> list[int]:
        """Return the folded offsets of `places` in the text as read."""
        # Of the same type as `starts`, or numpy converts the whole of `starts` for each call.
        folded: list[int] = np.searchsorted(self.starts, np.array(places, dtype=np.int32)).tolist()
        return folded

    def project_spans(self, spans: Iterable[Span]) -> list[Span]:
        """Return `spans` in folded coordinates; one that folds to nothing (only ruby) is left out."""
        projected = []
        for span in spans:
            start, end = self.project(span.start, span.end)
            if start < end:
                projected.append(Span(start, end, span.label, span.score, span.source))
        return projected

    def source_spans(self, spans: Iterable[Span]) -> list[Span]:
        """Return folded `spans` in offsets of the text as read."""
        return [Span(*self.source(s.start, s.end), s.label, s.score, s.source) for s in spans]


#: A text as its codes, four bytes each.
_CODES: Final = "utf-32-le"


def fold(text: str) -> Folded:
    """Fold `text`; linear in its length."""
    codes = np.frombuffer(text.encode(_CODES, "surrogatepass"), dtype="<u4")
    known = np.minimum(codes, _TABLE_SIZE)
    folded_codes = np.where(known < _TABLE_SIZE, _table()[known], codes)
    translated = folded_codes.tobytes().decode(_CODES, "surrogatepass")
    pieces: list[str] = []
    starts: list[NDArray[np.int32]] = []
    ends: list[NDArray[np.int32]] = []
    at = 0
    edited = _edited()[known].any() or _RUBY_OPENS.search(translated)
    # Most pages need no edit, and the search for all of them takes a third of folding.
    for edit in _EDIT.finditer(translated) if edited else ():
        start, end = edit.span()
        if start > at:
            pieces.append(translated[at:start])
            starts.append(np.arange(at, start, dtype=np.int32))
            ends.append(np.arange(at + 1, start + 1, dtype=np.int32))
        if edit.lastgroup == "expand":
            expanded = _EXPANDED[edit.group()]
            pieces.append(expanded)
            starts.append(np.full(len(expanded), start, dtype=np.int32))
            ends.append(np.full(len(expanded), end, dtype=np.int32))
        elif edit.lastgroup == "ruby" and ends:
            ends[-1][-1] = end
        at = end
    changed = _changed_han(codes, folded_codes)
    if not pieces and at == 0:
        offsets = np.arange(len(text) + 1, dtype=np.int32)
        return Folded(translated, text, offsets[:-1], offsets[1:], {i: text[i] for i in changed})
    pieces.append(translated[at:])
    starts.append(np.arange(at, len(text), dtype=np.int32))
    ends.append(np.arange(at + 1, len(text) + 1, dtype=np.int32))
    starts_at = np.concatenate(starts)
    places = np.searchsorted(starts_at, changed).tolist()
    own = {place: text[i] for place, i in zip(places, changed, strict=True)}
    return Folded("".join(pieces), text, starts_at, np.concatenate(ends), own)


#: The share of its Chinese characters that a page in Simplified script has in common with Traditional
#: script alone, at most: names, and slips of the pen.
_SIMPLIFIED: Final = 0.005


def _changed_han(before: NDArray[np.uint32], after: NDArray[np.uint32]) -> list[int]:
    """Return where a page in Simplified script was given other Chinese characters (codes); nothing for
    a page in Traditional script, or with ruby glued in."""
    han = (before >= 0x4E00) & (before <= 0x9FFF)
    changed = np.flatnonzero(han & (before != after))
    return changed.tolist() if len(changed) <= _SIMPLIFIED * np.count_nonzero(han) else []
