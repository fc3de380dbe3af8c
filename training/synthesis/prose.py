"""Turns templates into sentences and paragraphs of one report."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from training.synthesis import phrases, topics
from training.synthesis.corpus import Corpus
from training.synthesis.phrases import Bank

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_BANKS: Final[dict[str, Bank]] = {
    "PROACTIVE": topics.PROACTIVE,
    "REQUESTED": topics.REQUESTED,
    "MANAGEMENT": topics.MANAGEMENT,
    "PLATFORM": topics.PLATFORM,
    "SUPERVISION": topics.SUPERVISION,
    "REVIEWS": phrases.REVIEWS,
    "FEES": phrases.FEES,
    "OVERVIEW_OPEN": phrases.OVERVIEW_OPEN,
}
_STREETS: Final = (
    "人民路",
    "解放路",
    "中山路",
    "建设路",
    "文化路",
    "迎宾大道",
    "新华街",
    "府前街",
    "行政中心",
)


@dataclass(slots=True)
class Writer:
    """Writes the prose of one report: `slots` are the agency, the years and the facts of the tables.

    `borrow` is the chance that a sentence of the corpus follows one of ours, `wordy` how many times
    longer than terse the report is.
    """

    rng: random.Random
    corpus: Corpus
    slots: dict[str, str]
    borrow: float = 0.2
    wordy: int = 1
    facts: dict[str, int] = field(default_factory=dict)

    def say(self, template: str) -> str:
        """Expand one template."""
        rng = self.rng
        while "[" in template:
            template = _CHOICE.sub(lambda m: rng.choice(m[1].split("|")), template)
        return _SLOT.sub(lambda m: self._slot(m[1]), template)

    def one_of(self, bank: Bank) -> str:
        """Expand one template of `bank`."""
        return self.say(self.rng.choice(bank))

    def sentences(self, bank: Bank, count: int) -> str:
        """Join `count` different templates of `bank`, with borrowed sentences in between."""
        parts = []
        for template in self.rng.sample(bank, min(count * self.wordy, len(bank))):
            parts.append(self.say(template))
            if self.rng.random() < self.borrow:
                parts.append(self.borrowed())
        return "".join(parts)

    def topic(self, name: str, count: int) -> str:
        """Write about a topic of an overview by the name of its bank."""
        if name == "REQUESTED" and not self.facts.get("received"):
            return self.one_of(phrases.REQUESTED_NONE)
        if name == "REVIEWS" and not (self.facts.get("reviews") or self.facts.get("lawsuits")):
            return self.one_of(phrases.REVIEWS_NONE)
        return self.sentences(_BANKS[name], count)

    def borrowed(self) -> str:
        """Return a sentence of official prose."""
        rng = self.rng
        return rng.choice(
            self.corpus.sentences if rng.random() < 0.85 else self.corpus.law_sentences
        )

    def _slot(self, name: str) -> str:
        if name in self.facts:
            return self._fact(self.facts[name])
        if name in self.slots:
            return self.slots[name]
        return _FREE[name](self.rng)

    def _fact(self, value: int) -> str:
        """Print a fact of the tables; some authors get it wrong."""
        if self.rng.random() < 0.05:
            value += self.rng.randint(1, 9)
        return str(value)


_FACTS: Final = (
    "made",
    "repealed",
    "in_force",
    "licensing",
    "penalties",
    "coercion",
    "received",
    "carried_over",
    "granted",
    "partial",
    "denied",
    "unavailable",
    "not_processed",
    "other",
    "carried_forward",
    "natural",
    "enterprise",
    "organizations",
    "reviews",
    "lawsuits",
)


def _url(rng: random.Random) -> str:
    letters = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 8)))
    return f"{rng.choice(('http://', 'https://', ''))}www.{letters}.gov.cn{rng.choice(('', '/', '/zwgk/'))}"


def _phone(rng: random.Random) -> str:
    return f"0{rng.randint(310, 998)}{rng.choice(('-', '－', '—', ''))}{rng.randint(2_000_000, 8_999_999)}"


def _huge(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return f"{rng.randint(10, 9999) / 10}万"
    return str(rng.randint(10_000, 3_000_000))


_FREE: Final[dict[str, Callable[[random.Random], str]]] = {
    "few": lambda rng: str(rng.randint(1, 12)),
    "some": lambda rng: str(int(10 * 60 ** rng.random())),
    "many": lambda rng: str(int(100 * 300 ** rng.random())),
    "huge": _huge,
    "percent": lambda rng: rng.choice((str(rng.randint(5, 100)), f"{rng.randint(50, 999) / 10}")),
    "published": lambda rng: str(int(8 * 400 ** rng.random())),
    "postcode": lambda rng: f"{rng.randint(100_000, 859_999)}",
    "phone": _phone,
    "email": lambda rng: (
        f"{rng.randint(10**6, 10**9)}@{rng.choice(('qq.com', '163.com', '126.com'))}"
    ),
    "street": lambda rng: rng.choice(_STREETS),
    "url": _url,
    "parts": lambda rng: rng.choice(phrases.PARTS_LIST),
    # Facts of a report that has no such table.
    **dict.fromkeys(_FACTS, lambda rng: str(rng.choice((0, 0, rng.randint(1, 60))))),
}
