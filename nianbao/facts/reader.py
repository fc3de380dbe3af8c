"""Sentences -> facts: which figure says what.

A sentence is read clause by clause.  A figure belongs to the subject before it in its clause, or to
the one that follows it directly (`收到28件政府信息公开申请`); verbs and states say what was done;
marks (其中, 较上年, 自然人, 维持 ...) take figures away.  Where two readings are possible there is no
fact: a wrong one costs more than a missing one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from nianbao.facts.clauses import Clause, Figure, clauses, partial_period
from nianbao.facts.segmenter import Match
from nianbao.facts.sentences import BLOT, Sentence
from nianbao.facts.terms import (
    AFTER_REQUEST,
    ALL_ORGANS,
    BEFORE_APPLICATION,
    BEFORE_DECISION,
    CAUSE,
    CHANNEL,
    DECISIONS,
    DISCLOSURE_CONTEXT,
    GRANTED_OR_PARTIALLY,
    JOINED,
    LAST_YEAR,
    LINK,
    NARROWING,
    NEAR,
    NORM_UNITS,
    NORMS,
    NOTHING_BEFORE,
    OUTCOMES,
    PUBLISHED_UNITS,
    PUBLISHING,
    REDUCED,
    REQUEST_CONTEXT,
    REQUEST_UNITS,
    REVIEW_UNITS,
    REVIEWS,
    SINCE,
    SOME_ORGANS,
    THAN,
)
from nianbao.facts.words import ACTIONS, BETWEEN, FAMILIES, NEGATIONS, PLAIN, SUBJECTS
from nianbao.report import Fact, Number


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known where a sentence is read: the reported year, the year that the paragraph speaks
    of so far, and what the paragraph said before."""

    default_year: int | None
    year: int | None
    before: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """A fact in offsets of the sentence."""

    name: str
    value: Number
    unit: str
    start: int
    end: int


def read_sentence(
    sentence: Sentence,
    tokens: Sequence[tuple[int, int]],
    matches: Sequence[Match],
    reading: Reading,
) -> Iterator[Fact]:
    """Yield the facts that `sentence` states, offsets in the whole text; `text` of a fact is filled
    by the caller, who has it."""
    topic: str | None = None
    year = reading.year
    # No such turn goes over the end of a clause, so that most sentences are asked once.
    elsewhen = _speaks_of_other_times(sentence.text)
    for clause in clauses(sentence.text, tokens, matches):
        words = sentence.text[clause.start : clause.end]
        if elsewhen and _speaks_of_other_times(words):
            return
        if not (clause.figures or clause.years or _denies(clause)):
            topic = _last_subject(clause, topic)
            continue
        compared = min(
            *(m.start for m in clause.marks if m.key == "compare"),
            *(clause.start + m.start() for m in THAN.finditer(words)),
            clause.end,
            clause.end,
        )
        carried = dict(_carried_by_year(clause, reading.default_year))
        named = [y for y in clause.years if y[0] < compared and not _is_carry(clause, y)]
        scope = _Scope(clause, sentence.text, reading.before, topic)
        figures = [figure for figure in clause.figures if figure not in carried.values()]
        claims = [*carried, *scope.figures(figures, compared), *scope.zeros()]
        for claim in sorted(claims, key=lambda c: c.start):
            spoken = [y for _, end, y in named if end <= claim.end]
            of = spoken[-1] if spoken else year
            if not spoken and LAST_YEAR.search(sentence.text[clause.start : claim.end]):
                if reading.default_year is None:
                    continue
                of = reading.default_year - 1
            start, end = sentence.at[claim.start], sentence.at[claim.end - 1] + 1
            yield Fact(claim.name, claim.value, claim.unit, "", start, end, of)
        if named:
            year = named[-1][2]
        topic = _last_subject(clause, topic)


def _denies(clause: Clause) -> bool:
    return any(item.key in NEGATIONS for item in clause.items)


def _last_subject(clause: Clause, before: str | None) -> str | None:
    return next((item.key for item in reversed(clause.items) if item.key in SUBJECTS), before)


def _speaks_of_other_times(text: str) -> bool:
    """Return whether `text` speaks of a part of a year or of several years."""
    return bool(SINCE.search(text)) or partial_period(text)


def _is_carry(clause: Clause, year: tuple[int, int, int]) -> bool:
    """Return whether the year is part of 2022年结转 or 结转至2024年."""
    return any(_carried(clause, i, year) for i in clause.items if i.key == "carry")


def _carried(clause: Clause, carry: Match, year: tuple[int, int, int]) -> str:
    """Return the subject that the word `carry` makes with a year beside it, "" without one."""
    if year[1] == carry.start:
        return "carried_over"
    between = clause.text[carry.end : year[0]]
    return "carried_forward" if year[0] >= carry.end and between in ("", "至", "到") else ""


def _carried_by_year(clause: Clause, base: int | None) -> Iterator[tuple[_Claim, Figure]]:
    """Yield what 2022年结转3件, 结转至2024年办理2件 say; which it is depends on the reported year."""
    if base is None:
        return
    for carry in (item for item in clause.items if item.key == "carry"):
        for year in clause.years:
            key = _carried(clause, carry, year)
            start, end = min(carry.start, year[0]), max(carry.end, year[1])
            figure = next((f for f in clause.figures if f.start >= end), None)
            if figure is None or _unit(figure) not in REQUEST_UNITS:
                continue
            if key and year[2] == (base - 1 if key == "carried_over" else base + 1):
                name = OUTCOMES[key]
                yield _Claim(name, figure.value, figure.unit, start, figure.end), figure


@dataclass(frozen=True, slots=True)
class _Scope:
    """One clause with what stands around it; `topic` is the last subject named before it."""

    clause: Clause
    sentence: str
    before: str
    topic: str | None

    def figures(self, figures: Sequence[Figure], compared: int) -> Iterator[_Claim]:
        """Yield the claims of `figures` before offset `compared`, where a comparison begins."""
        floor = self.clause.start
        for figure, later in zip_longest(figures, figures[1:]):
            ceiling = later.start if later else self.clause.end
            if figure.start < compared and not self.marked({"if"}, floor, figure.start):
                yield from self._figure(figure, floor, ceiling)
            floor = figure.end

    def marked(self, keys: set[str], start: int, end: int) -> bool:
        return self.clause.marked(keys, start, end)

    def _figure(self, figure: Figure, floor: int, ceiling: int) -> Iterator[_Claim]:
        subjects = [i for i in self.clause.items if i.key in SUBJECTS and floor <= i.start]
        left = [i for i in subjects if i.end <= figure.start]
        if left:
            yield from self._claims(figure, left, floor)
            return
        right = [i for i in subjects if figure.end <= i.start and i.end <= ceiling]
        if figure.bare:
            return
        if right and not JOINED.match(self.sentence, figure.end):
            yield from self._claims_ahead(figure, right, floor)
        else:
            yield from self._claims_of_topic(figure, floor)

    def _claims(self, figure: Figure, left: list[Match], floor: int) -> Iterator[_Claim]:
        nearest = left[-1]
        group = self._group(left)
        link = LINK.fullmatch(self.sentence, nearest.end, figure.start)
        if figure.bare and not (link and (link["is"] or self._lone_zero(figure))):
            return
        key = nearest.key
        carried = next((i for i in left if i.key in ("carried_over", "carried_forward")), None)
        if key in ("request", "application") and carried:
            # 上年结转政府信息公开申请3件; 含上年结转共收到申请3件 counts more.
            if not self._actions(floor, figure.start) & {"new", "receive"}:
                yield from self._outcome(figure, [carried], floor)
        elif key in ("request", "application"):
            yield from self._request(figure, nearest, floor)
        elif key in OUTCOMES:
            yield from self._outcome(figure, group, floor)
        elif key in REVIEWS:
            yield from self._review(figure, group, floor)
        elif key == "norm":
            yield from self._norm(figure, group, floor)
        elif key in DECISIONS:
            yield from self._decision(figure, group, floor)
        elif key in ("fee", "processing_fee"):
            yield from self._fee(figure, nearest, floor)
        elif key in ("publish", "open"):
            yield from self._published(figure, nearest)

    def _claims_ahead(self, figure: Figure, right: list[Match], floor: int) -> Iterator[_Claim]:
        """Yield what a figure before its subject says: 收到28件政府信息公开申请."""
        first = right[0]
        adjacent = first.start - figure.end <= 1
        if self._actions(floor, figure.start) & {"new", "receive"}:
            asked = next((i for i in right if i.key in ("request", "application")), None)
            if asked and not any(i.key in REVIEWS for i in right):
                yield from self._request(figure, asked, floor)
        elif first.key in OUTCOMES and adjacent and len(right) == 1:
            yield from self._outcome(figure, [first], floor)
        elif adjacent and first.key in REVIEWS and len(right) == 1:
            yield from self._review(figure, [first], floor)
        elif adjacent and first.key == "norm" and len(right) == 1:
            yield from self._norm(figure, [first], floor)

    def _claims_of_topic(self, figure: Figure, floor: int) -> Iterator[_Claim]:
        """Yield what a figure says whose subject was named with an earlier figure."""
        verbs = self._actions(floor, figure.start)
        named = [i.key for i in self.clause.items if i.key in SUBJECTS and i.end <= floor]
        topic = named[-1] if named else self.topic
        if topic == "norm" and verbs & set(NORMS):
            yield from self._norm(figure, [], floor)
        elif topic in ("request", "application", *OUTCOMES):
            if verbs & {"new", "receive", "handle", "answer"}:
                yield from self._request(figure, None, floor)

    def _request(self, figure: Figure, asked: Match | None, floor: int) -> Iterator[_Claim]:
        # A year begins anew where a heading was glued to its text: 办理依申请公开2023年收到…
        anew = max((y[0] for y in self.clause.years if y[1] <= figure.start), default=floor)
        floor = anew if anew > floor and self._actions(anew, figure.start) else floor
        verbs = self._actions(floor, figure.start)
        start = self.clause.start if asked is None else min(floor, asked.start)
        stop = figure.end if asked is None else max(figure.end, asked.end)
        if _unit(figure) not in REQUEST_UNITS and not figure.bare:
            return
        if self.marked({"kind", "other", "each", "detail", "channel"}, start, stop):
            return
        before = self.sentence[self.clause.start : figure.start]
        if SOME_ORGANS.search(before) and not ALL_ORGANS.search(before):
            return
        if asked is None and not self._about(REQUEST_CONTEXT):
            return
        if asked and asked.key == "application" and not self._asked(asked):
            return
        received, settled = verbs & {"new", "receive"}, verbs & {"handle", "answer"}
        if self.clause.part and "new" not in verbs:
            return
        if received and not settled:
            name = "requests_received"
        elif "handle" in settled or received:
            name = "requests_handled"
        elif settled:
            name = "requests_answered"
        else:
            return
        yield self._claim(name, figure, floor, [asked] if asked else [])

    def _outcome(self, figure: Figure, group: list[Match], floor: int) -> Iterator[_Claim]:
        if _unit(figure) not in REQUEST_UNITS and not figure.bare:
            return
        if not self._about(REQUEST_CONTEXT):
            return
        if self.marked({"detail", "other", "respectively", "kind"}, floor, figure.start):
            return
        keys = [i.key for i in group]
        if sorted(keys) == ["granted", "partially_granted"] and self._joined(group):
            if not self.marked({"each"}, floor, figure.start):
                yield self._claim(GRANTED_OR_PARTIALLY, figure, floor, group)
                return
        yield from self._each(figure, group, OUTCOMES, floor)

    def _review(self, figure: Figure, group: list[Match], floor: int) -> Iterator[_Claim]:
        if _unit(figure) not in REVIEW_UNITS and not figure.bare:
            return
        if self.marked({"result", "respectively"}, floor, figure.start):
            return
        settling = bool(self._actions(floor, figure.start) & {"receive", "handle", "answer"})
        if figure.value == 0 or self._of_disclosure(settling):
            yield from self._each(figure, group, REVIEWS, floor)

    def _of_disclosure(self, settling: bool) -> bool:
        """Return whether reviews are ones of disclosure: an office of justice settles all kinds."""
        if "无关" in self.sentence:
            return False
        if settling:
            return bool(DISCLOSURE_CONTEXT.search(self.sentence))
        heading, _, said = self.before.partition("\n")
        near = heading + "\n" + said[-NEAR:] + self.sentence
        return bool(DISCLOSURE_CONTEXT.search(near))

    def _norm(self, figure: Figure, group: list[Match], floor: int) -> Iterator[_Claim]:
        states = self._actions(floor, figure.start) & set(NORMS)
        if _unit(figure) not in NORM_UNITS and not figure.bare:
            return
        if len(states) != 1 or self.marked(
            {"entries", "each", "respectively"}, floor, figure.start
        ):
            return
        if any(i.key == "rule" for i in group) and figure.value != 0:
            return
        yield self._claim(NORMS[states.pop()], figure, floor, group)

    def _decision(self, figure: Figure, group: list[Match], floor: int) -> Iterator[_Claim]:
        if _unit(figure) not in REVIEW_UNITS and not figure.bare:
            return
        if self.clause.part or self.marked({"kind"}, floor, figure.start):
            return
        # A list of published entries names decisions too: 公示行政许可20件,行政处罚10件.
        if PUBLISHING.search(self.sentence[: figure.start]):
            return
        if self.marked({"entries", "respectively"}, floor, figure.end):
            return
        previous = list(self.clause.words(self.clause.start, group[0].start))[-1:]
        if previous and previous[0] not in BEFORE_DECISION:
            return
        yield from self._each(figure, group, DECISIONS, floor)

    def _fee(self, figure: Figure, subject: Match, floor: int) -> Iterator[_Claim]:
        if _unit(figure) not in ("元", "万元") or self.clause.part:
            return
        if REDUCED.search(self.sentence[self.clause.start : figure.end]):
            return
        name = "fees" if subject.key == "fee" else "processing_fee"
        yield self._claim(name, figure, floor, [subject])

    def _published(self, figure: Figure, verb: Match) -> Iterator[_Claim]:
        between = list(self.clause.words(verb.end, figure.start))
        narrowed = any(word not in PLAIN for word in between)
        what = any("信息" in word for word in between)
        if _unit(figure) not in PUBLISHED_UNITS or narrowed or self.clause.part:
            return
        if verb.key == "open" and (not what or self._denied(verb) or not self._all_there_is(verb)):
            return
        if not what and _unit(figure) != "条":
            return
        yield _Claim("published_items", figure.value, figure.unit, verb.start, figure.end)

    def _all_there_is(self, verb: Match) -> bool:
        before = self.sentence[: verb.start]
        narrowed = CHANNEL.search(before) or NARROWING.search(before)
        return bool(NOTHING_BEFORE.fullmatch(before)) and not narrowed

    def _denied(self, verb: Match) -> bool:
        return any(i.key in NEGATIONS and i.end <= verb.start for i in self.clause.items)

    def _each(
        self, figure: Figure, group: list[Match], names: dict[str, str], floor: int
    ) -> Iterator[_Claim]:
        """Yield a claim for the only subject, or for all where the figure is zero or of each."""
        known = [i for i in group if i.key in names]
        if len(group) > 1 and figure.value != 0 and not self.marked({"each"}, floor, figure.start):
            return
        if len(group) == 1 and self.marked({"each"}, floor, figure.start):
            return
        for item in known:
            yield self._claim(names[item.key], figure, floor, [item])

    def _claim(self, name: str, figure: Figure, floor: int, items: list[Match]) -> _Claim:
        acted = [i for i in self.clause.items if i.key in ACTIONS and floor <= i.start]
        bounds = [i for i in (*acted, *items) if i.end <= figure.start] + items
        start = min((i.start for i in bounds), default=figure.start)
        end = max((i.end for i in items), default=figure.end)
        return _Claim(
            name, figure.value, figure.unit, min(start, figure.start), max(end, figure.end)
        )

    def _group(self, left: list[Match]) -> list[Match]:
        """Return the nearest subject with those of its family before it."""
        family = next((f for f in FAMILIES if left[-1].key in f), frozenset({left[-1].key}))
        group: list[Match] = []
        for item in reversed(left):
            if item.key not in family:
                break
            group.insert(0, item)
        return group

    def _joined(self, group: list[Match]) -> bool:
        return bool(JOINED.fullmatch(self.sentence[group[0].end : group[1].start]))

    def _lone_zero(self, figure: Figure) -> bool:
        return figure.value == 0 and figure.end - figure.start == 1

    def _actions(self, start: int, end: int) -> set[str]:
        return {
            i.key
            for i in self.clause.items
            if i.key in ACTIONS and start <= i.start and i.end <= end
        }

    def _about(self, context: re.Pattern[str]) -> bool:
        return bool(context.search(self.sentence) or context.search(self.before))

    def zeros(self) -> Iterator[_Claim]:
        """Yield the claims of zero that negations make."""
        items = self.clause.items
        for index, negation in enumerate(items):
            if negation.key not in NEGATIONS:
                continue
            later = [i for i in items[index + 1 :] if i.key in NEGATIONS]
            stop = later[0].start if later else self.clause.end
            if any(negation.end <= f.start < stop and f.value != 0 for f in self.clause.figures):
                continue
            if self.marked({"late", "if"}, self.clause.start, stop):
                continue
            if CAUSE.search(self.sentence[self.clause.start : negation.start]):
                continue
            yield from self._zeros(negation, [i for i in items[index + 1 :] if i.end <= stop], stop)

    def _zeros(self, negation: Match, items: list[Match], stop: int) -> Iterator[_Claim]:
        verbs = {i.key for i in items if i.key in ACTIONS} | {negation.key.removeprefix("no_")}
        subjects = [i for i in items if i.key in SUBJECTS]
        reviews = [i for i in subjects if i.key in REVIEWS]
        carried = [i for i in subjects if i.key in ("carried_over", "carried_forward")]
        found: dict[str, _Claim] = {}
        for item in subjects:
            if not self._plain(negation.end, item, items):
                break
            name: str | None = None
            if item.key in REVIEWS and not self.marked({"result"}, negation.end, stop):
                name = REVIEWS[item.key]
            elif item in carried and self._about(REQUEST_CONTEXT):
                name = OUTCOMES[item.key]
            elif item.key in ("request", "application") and not carried:
                heads = item is subjects[-1] or not reviews or self._listed(item)
                if heads and self._none_asked(item, stop, verbs):
                    name = "requests_received"
            else:
                name = self._none_done(item, stop, verbs)
            if name:
                found[name] = _Claim(name, 0, "", negation.start, item.end)
        yield from found.values()

    def _asked(self, application: Match) -> bool:
        """Return whether `application`, a bare 申请, is one for information: by what was said
        before, and because no other kind of application is named."""
        previous = list(self.clause.words(self.clause.start, application.start))[-1:]
        verbs = (i.end for i in self.clause.items if i.key in ACTIONS or i.key in NEGATIONS)
        plain = not previous or previous[0] in BEFORE_APPLICATION or application.start in verbs
        return plain and self._about(REQUEST_CONTEXT)

    def _none_asked(self, item: Match, stop: int, verbs: set[str]) -> bool:
        """Return whether the negation of `item`, words for a request, says that none came."""
        asked = item.key == "request" or self._asked(item)
        others = verbs & {"occur", "handle", "answer", "make", "collect"}
        return asked and not others and self._ends(item, stop)

    def _none_done(self, item: Match, stop: int, verbs: set[str]) -> str | None:
        """Return the fact that is zero when there is no `item` of the agency's own doing."""
        if item.key == "norm" and "make" in verbs and "repeal" not in verbs:
            return None if self.marked({"entries"}, item.end, stop) else NORMS["make"]
        if item.key in DECISIONS and not verbs & {"receive", "answer", "handle"}:
            return None if PUBLISHING.search(self.sentence) else DECISIONS[item.key]
        if item.key == "fee":
            return "fees"
        if item.key in ("processing_fee", "any_fee") and self._about(DISCLOSURE_CONTEXT):
            return "processing_fee"
        return None

    def _plain(self, start: int, item: Match, items: list[Match]) -> bool:
        """Return whether nothing stands between offset `start` and `item` that narrows it."""
        covered = [(i.start, i.end) for i in items]
        return all(
            (word := self.clause.text[first:last]) in BETWEEN
            or word == BLOT
            or any(a <= first < b for a, b in covered)
            for first, last in self.clause.tokens
            if start <= first and last <= item.start
        )

    def _listed(self, item: Match) -> bool:
        return bool(JOINED.match(self.sentence, item.end))

    def _ends(self, item: Match, stop: int) -> bool:
        """Return whether the words for a request end what is denied, or are one of a list."""
        for word in self.clause.words(item.end, stop):
            if JOINED.fullmatch(word):
                return True
            if word not in AFTER_REQUEST:
                return False
        return True


def _unit(figure: Figure) -> str:
    return figure.unit.lstrip("近约余多几")
