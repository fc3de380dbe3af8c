"""How far two people agree on the same texts, and what they have to settle:

    python -m annotations.agreement a.jsonl b.jsonl
    python -m annotations.agreement both.jsonl --annotators 张三 李四

Strict: start, end and label are the same.  Partial: same label, and the stretches share a character;
each span counts once.  Kappa is Cohen's, over the characters that at least one of the two labelled
(over all characters the unlabelled prose would lift it to 0.99 whatever they did).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from annotations.names import NAMES
from annotations.problems import AnnotationError
from nianbao.exceptions import NianbaoError
from nianbao.gold import GoldDocument, read_gold
from nianbao.spans import LABELS, Span

#: Characters of context that a disagreement is shown with, on either side.
CONTEXT = 16


@dataclass(frozen=True, slots=True)
class Score:
    """Spans of the first, of the second, and those on which they agree, strictly and partly."""

    first: int
    second: int
    strict: int
    partial: int

    @property
    def strict_f1(self) -> float:
        return _f1(self.strict, self.first, self.second)

    @property
    def partial_f1(self) -> float:
        return _f1(self.partial, self.first, self.second)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One place to settle: `kind` is label, boundary, only_first or only_second; offsets, line and
    context are those of the text; `first` and `second` say what each has there."""

    document: str
    line: int
    start: int
    end: int
    kind: str
    first: str
    second: str
    context: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One text as two people labelled it."""

    first: GoldDocument
    second: GoldDocument

    @property
    def name(self) -> str:
        return self.first.subject.place or self.first.subject.sha256[:12]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The measures of all pairs, by label too, and everything to settle."""

    documents: int
    total: Score
    labels: dict[str, Score]
    kappa: float
    disagreements: tuple[Disagreement, ...]
    unpaired: tuple[str, ...]


def pairs(first: Iterable[GoldDocument], second: Iterable[GoldDocument]) -> list[Pair]:
    """Return the texts that both have, in the order of the first.

    Raises AnnotationError where one has a text twice, or the texts of one document differ."""
    other = _by_document(second)
    found = []
    for key, one in _by_document(first).items():
        if key not in other:
            continue
        if other[key].text != one.text:
            raise AnnotationError(f"{one.subject.place or key}：两份标注的文字不同，无法比较")
        found.append(Pair(one, other[key]))
    return found


def _by_document(documents: Iterable[GoldDocument]) -> dict[str, GoldDocument]:
    found: dict[str, GoldDocument] = {}
    for one in documents:
        if one.subject.sha256 in found:
            name = one.subject.place or one.subject.sha256
            raise AnnotationError(f"{name}：一方有两份标注，请用 --annotators 指明两人")
        found[one.subject.sha256] = one
    return found


def measure(compared: Sequence[Pair], unpaired: Sequence[str] = ()) -> Agreement:
    """Return how far the two agree over `compared`."""
    firsts, seconds = Counter[str](), Counter[str]()
    strict, partial = Counter[str](), Counter[str]()
    settle: list[Disagreement] = []
    cells: Counter[tuple[str, str]] = Counter()
    for pair in compared:
        firsts.update(span.label for span in pair.first.spans)
        seconds.update(span.label for span in pair.second.spans)
        strict.update(span.label for span in set(pair.first.spans) & set(pair.second.spans))
        partial.update(_overlapping(pair.first.spans, pair.second.spans))
        settle += disagreements(pair)
        cells.update(_characters(pair))
    labels = {
        label: Score(firsts[label], seconds[label], strict[label], partial[label])
        for label in LABELS
        if firsts[label] or seconds[label]
    }
    total = Score(firsts.total(), seconds.total(), strict.total(), partial.total())
    return Agreement(len(compared), total, labels, kappa(cells), tuple(settle), tuple(unpaired))


def _overlapping(first: Sequence[Span], second: Sequence[Span]) -> list[str]:
    """The labels of spans that share a character and the label, each span taken once, from the left."""
    found = []
    left = sorted(second, key=lambda s: s.start)
    for span in sorted(first, key=lambda s: s.start):
        for index, other in enumerate(left):
            if other.start >= span.end:
                break
            if other.end > span.start and other.label == span.label:
                found.append(span.label)
                del left[index]
                break
    return found


def _characters(pair: Pair) -> Counter[tuple[str, str]]:
    """How many characters the two gave which labels, where at least one gave any."""
    given = []
    for document in (pair.first, pair.second):
        tags = ["O"] * len(document.text)
        for span in document.spans:
            tags[span.start : span.end] = [span.label] * (span.end - span.start)
        given.append(tags)
    counts = Counter(zip(*given, strict=True))
    del counts["O", "O"]
    return counts


def kappa(cells: Counter[tuple[str, str]]) -> float:
    """Return Cohen's kappa of a table of counts; 1.0 where there is nothing to disagree on."""
    total = cells.total()
    if not total:
        return 1.0
    first, second = Counter[str](), Counter[str]()
    for (a, b), count in cells.items():
        first[a] += count
        second[b] += count
    observed = sum(count for (a, b), count in cells.items() if a == b) / total
    chance = sum(first[tag] * second[tag] for tag in first) / total**2
    return (observed - chance) / (1 - chance) if chance < 1 else 1.0


def disagreements(pair: Pair) -> list[Disagreement]:
    """Return the places of one text on which the two differ, in its order: spans that touch each other
    are one place."""
    first = sorted(set(pair.first.spans) - set(pair.second.spans), key=lambda s: s.start)
    second = sorted(set(pair.second.spans) - set(pair.first.spans), key=lambda s: s.start)
    everything = sorted(
        [*((s, 0) for s in first), *((s, 1) for s in second)], key=lambda o: o[0].start
    )
    groups: list[list[tuple[Span, int]]] = []
    end = -1
    for one in everything:
        if one[0].start >= end:
            groups.append([])
        groups[-1].append(one)
        end = max(end, one[0].end)
    return [_disagreement(pair, group) for group in groups]


def _disagreement(pair: Pair, group: Sequence[tuple[Span, int]]) -> Disagreement:
    sides = [[span for span, side in group if side == number] for number in (0, 1)]
    start, end = min(s.start for s, _ in group), max(s.end for s, _ in group)
    if not sides[0] or not sides[1]:
        kind = "only_second" if sides[1] else "only_first"
    else:
        kind = "boundary" if {s.label for s in sides[0]} == {s.label for s in sides[1]} else "label"
    text = pair.first.text
    context = (
        f"{text[max(0, start - CONTEXT) : start]}【{text[start:end]}】{text[end : end + CONTEXT]}"
    )
    said = ["；".join(f"{NAMES[s.label]}“{text[s.start : s.end]}”" for s in side) for side in sides]
    return Disagreement(
        pair.name, text.count("\n", 0, start) + 1, start, end, kind, said[0], said[1], context
    )


def _f1(hits: int, first: int, second: int) -> float:
    return 2 * hits / (first + second) if first + second else 1.0


_KINDS = {
    "label": "标签不同",
    "boundary": "边界不同",
    "only_first": "只有甲标了",
    "only_second": "只有乙标了",
}


def render(found: Agreement) -> str:
    """Return the measures and the list to settle, for people."""
    lines = [
        f"{found.documents} 份文字；甲 {found.total.first} 处，乙 {found.total.second} 处",
        f"严格 F1 {found.total.strict_f1:.4f}，部分 F1 {found.total.partial_f1:.4f}，字符 kappa {found.kappa:.4f}",
    ]
    lines += [f"只有一方标注：{name}" for name in found.unpaired]
    lines += ["", "   甲   乙  严格F1  部分F1  标签"]
    worst = sorted(found.labels.items(), key=lambda item: (item[1].strict_f1, item[0]))
    lines += [
        f"{s.first:5d}{s.second:5d}  {s.strict_f1:.4f}  {s.partial_f1:.4f}  {NAMES[label]}（{label}）"
        for label, s in worst
    ]
    lines += ["", f"待商定 {len(found.disagreements)} 处："]
    for number, one in enumerate(found.disagreements, 1):
        context = one.context.replace("\r", "").replace("\n", "⏎")
        lines.append(
            f"{number}. {one.document} 第 {one.line} 行 [{one.start}, {one.end}) {_KINDS[one.kind]}"
        )
        lines.append(f"   {context}")
        lines.append(
            f"   甲：{one.first or '没有标'}　乙：{one.second or '没有标'}".replace("\n", "⏎")
        )
    return "\n".join(lines)


def to_json(found: Agreement) -> str:
    """Return the same as JSON."""

    def score(one: Score) -> dict[str, float]:
        return {**asdict(one), "strict_f1": one.strict_f1, "partial_f1": one.partial_f1}

    return json.dumps(
        {
            "documents": found.documents,
            "total": score(found.total),
            "kappa": found.kappa,
            "labels": {label: score(one) for label, one in found.labels.items()},
            "disagreements": [asdict(one) for one in found.disagreements],
            "unpaired": list(found.unpaired),
        },
        ensure_ascii=False,
        indent=1,
    )


def compare(paths: Sequence[Path], annotators: Sequence[str] | None) -> Agreement:
    """Compare two files, or two people of the files given.

    Raises AnnotationError where nothing can be compared, ExchangeError, OSError."""
    documents = [read_gold(path) for path in paths]
    if annotators:
        everything = [one for each in documents for one in each]
        documents = [[one for one in everything if one.annotator == name] for name in annotators]
    elif len(documents) != 2:
        raise AnnotationError("请给出两个文件，或用 --annotators 指明一个文件中的两人")
    first, second = documents
    compared = pairs(first, second)
    if not compared:
        names = "、".join(sorted({one.annotator for each in documents for one in each})) or "无"
        raise AnnotationError(f"没有两人都标注的文字（标注者：{names}）")
    both = {pair.first.subject.sha256 for pair in compared}
    alone = [one for one in (*first, *second) if one.subject.sha256 not in both]
    return measure(compared, [one.subject.place or one.subject.sha256 for one in alone])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m annotations.agreement", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "gold", type=Path, nargs="+", help="two gold.jsonl, or one with both people"
    )
    parser.add_argument("--annotators", nargs=2, metavar="NAME", help="two people of the files")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        found = compare(options.gold, options.annotators)
    except (AnnotationError, NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(to_json(found) if options.json else render(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
