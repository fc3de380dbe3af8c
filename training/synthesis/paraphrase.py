"""Labels in words that no list holds: a label rewritten by synonyms, another order, cuts, additions.

A wording may be far from the form, but never as near to what another label of its table is called as
to what its own is: what a person could not tell is no example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from random import Random
from typing import Final

from rapidfuzz import fuzz, process

from nianbao.rules.forms import COLUMNS, PROACTIVE, REQUESTS, REVIEW, ROWS
from training.synthesis import label_words, synonyms

_SIGNS: Final = re.compile(r"[\W_]")
#: What a synonym or an insertion doubled: 本年度度, 总总数.
_DOUBLED: Final = re.compile(r"([\u3400-\u9fff]{1,2})\1")
_NUMBERING: Final = re.compile(r"^(?:[一二三四]、|\([一二三四五六七]\)|\d\.)")
#: Own label at least this much nearer than any other, on rapidfuzz's scale of 100.
CLEARANCE: Final = 4.0
#: Nearness to its own label, at least: below it nobody could say what was rewritten.
_NEAREST: Final = 28.0
_TRIES: Final = 6
#: Characters of a wording, at least, and its tries' share of each change.
_SHORTEST: Final = 2
_SYNONYM, _ORDER, _LEFT_OUT, _PUT_IN = 0.6, 0.22, 0.3, 0.18

#: Heads of several rows or columns, with the rows or columns that they stand among.
_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    f"row.{REQUESTS}": (
        "group.results",
        "group.denied",
        "group.unavailable",
        "group.not_processed",
    ),
    f"row.{REVIEW}": ("group.litigation",),
    f"row.{PROACTIVE}": ("group.content",),
    f"column.{REQUESTS}": ("group.applicants", "group.organizations"),
}
_FAMILY_OF: Final = {group: family for family, groups in _GROUPS.items() for group in groups}


def paraphrase(rng: Random, label: str, text: str) -> str:
    """Return `text`, the words of `label` (row.…, column.… or group.…), rewritten; `text` itself
    where no try stays apart from the other labels of the table, or nothing is told of `label`."""
    for _ in range(_TRIES):
        words = _rewritten(rng, label, text)
        if words != text and tells(label, words):
            return words
    return text


def _rewritten(rng: Random, label: str, text: str) -> str:
    trusted = synonyms.TRUSTED.get(label)
    if trusted and rng.random() < 0.15:
        text = rng.choice(trusted)
    elif rng.random() < _ORDER:
        text = _reordered(rng, text)
    text = _with_synonyms(rng, text)
    while rng.random() < _LEFT_OUT:
        word = rng.choice(synonyms.UNSTRESSED)
        text = text.replace(word, "", 1) if len(text) > len(word) + 2 else text
    if rng.random() < _PUT_IN:
        word, new = rng.choice(synonyms.INSERTED)
        text = text.replace(word, word + new, 1)
    text = _DOUBLED.sub(r"\1", text)
    draw = rng.random()
    if draw < 0.10:
        text += rng.choice(synonyms.BEHIND)
    elif draw < 0.15:
        text = rng.choice(synonyms.BEFORE) + text
    elif draw < 0.22 and len(text) > 6:  # cut where the cell ended
        text = text[: rng.randint(len(text) // 2 + 1, len(text) - 1)]
    elif draw < 0.26 and len(text) > 6:
        text = text[rng.randint(1, len(text) // 3) :]
    return text.strip()


def _reordered(rng: Random, text: str) -> str:
    for pattern, orders in synonyms.REORDERED:
        found = re.fullmatch(pattern, text)
        if found:
            return re.sub("（）", "", found.expand(rng.choice(orders)))
    return text


@lru_cache(maxsize=2048)
def _words_in(text: str) -> tuple[str, ...]:
    return tuple(word for word in _CHOICES if word in text)


_CHOICES: Final = dict(synonyms.SYNONYMS)


def _with_synonyms(rng: Random, text: str) -> str:
    """Replace words in one pass, so that nothing put in is replaced again."""
    chosen = [word for word in _words_in(text) if rng.random() < _SYNONYM]
    if not chosen:
        return text
    words = re.compile("|".join(sorted(map(re.escape, chosen), key=len, reverse=True)))
    return words.sub(lambda found: rng.choice(_CHOICES[found.group()]), text)


def _bare(words: str) -> str:
    return _SIGNS.sub("", words)


def _known(label: str) -> Iterable[str]:
    """The wordings of a label that are told: the statutory one, listed ones, and the trusted."""
    kind, *path = label.split(".", 2)
    if kind == "row":
        yield _NUMBERING.sub("", ROWS[path[0]][path[1]])
    elif kind == "column":
        yield COLUMNS[path[0]][path[1]]
        heads = {REQUESTS: label_words.REQUEST_HEADS, REVIEW: label_words.REVIEW_HEADS}
        for words, _ in heads.get(path[0], {}).get(path[1], ()):
            yield words
        if path[0] == PROACTIVE:
            yield from (h[path[1]] for h, _ in label_words.PROACTIVE_HEADS if path[1] in h)
    if label == f"row.{PROACTIVE}.normative_documents":
        yield from (words for words, _ in label_words.NORMATIVE)
    yield from (words for words, _ in label_words.BODIES.get(label, ()))
    yield from synonyms.TRUSTED.get(label, ())


@lru_cache(maxsize=64)
def _wordings(family: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the known wordings, signs removed, of all labels of a family, and whose they are."""
    kind, table = family.split(".")
    names = ROWS[table] if kind == "row" else COLUMNS[table]
    labels = [f"{family}.{name}" for name in names] + list(_GROUPS.get(family, ()))
    pairs = [(_bare(words), label) for label in labels for words in dict.fromkeys(_known(label))]
    return tuple(words for words, _ in pairs), tuple(label for _, label in pairs)


@lru_cache(maxsize=65536)
def tells(label: str, words: str) -> bool:
    """Return whether `words` are nearer, by `CLEARANCE`, to a known wording of `label` than to any of
    the other labels that stand beside it; False for a label that no table has."""
    family = _FAMILY_OF.get(label) or ".".join(label.split(".")[:2])
    if family.split(".")[0] not in ("row", "column"):
        return False
    bare = _bare(words)
    if len(bare) < _SHORTEST:
        return False
    known, owners = _wordings(family)
    scores = process.cdist([bare], known, scorer=fuzz.ratio)[0].tolist()
    own = max(score for score, owner in zip(scores, owners, strict=True) if owner == label)
    rival = max(score for score, owner in zip(scores, owners, strict=True) if owner != label)
    return bool(own >= _NEAREST and own >= rival + CLEARANCE)
