"""Labels of a gold set that are likely wrong, to look at again:

    python -m annotations.suspects gold.jsonl --top 100

A light classifier (logistic, over the tokens around each token) learns the labels of four fifths of
the agencies and judges those of the last fifth, so that no agency is on both sides.  Then, as
confident learning has it (Northcutt et al., 2021): a label is doubted where some other one is at least
as probable as it is, on average, for the tokens that bear it, and more so than the given one.  A label
is judged as a whole, then its first and last token alone; unlabelled neighbours that are doubted alike
are one entry.  The list begins with the greatest doubt.

Doubt is no proof.  An entry says where to look, and the classifier reads far less than a person does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotations.names import NAMES
from annotations.problems import AnnotationError
from nianbao.encoding import (
    BLANK,
    IGNORED,
    NAME_TOKENS,
    RESERVED,
    RUN,
    UNK,
    Vocabulary,
    encode,
)  # fmt: skip
from nianbao.exceptions import NianbaoError
from nianbao.gold import GoldDocument, Subject, read_gold
from nianbao.reading.folding import Folded, fold
from nianbao.spans import LABELS

FOLDS: Final = 5
#: Hashed features: 83 labels times this many weights are 44 MB.
FEATURES: Final = 2**16
#: How many tokens on either side are features.
REACH: Final = 3
CONTEXT: Final = 16
#: A label that fewer tokens of the other agencies bear than this is not learned, and never suggested.
LEAST: Final = 3
_VOCABULARY: Final = Vocabulary.of_characters(())
_OUTSIDE: Final = len(LABELS)


@dataclass(frozen=True, slots=True)
class Suspect:
    """One stretch whose label is doubted: `given` and `suggested` are labels, or O for none; `doubt`
    is how much more probable the suggested one is, in (0, 1]."""

    document: str
    annotator: str
    line: int
    start: int
    end: int
    given: str
    suggested: str
    doubt: float
    context: str


@dataclass(frozen=True, slots=True)
class Findings:
    """The suspects, and what they were found among; `unjudged` tokens are cut by the edge of
    a label (a stretch of prose that the model is not shown, with a label inside)."""

    suspects: tuple[Suspect, ...]
    documents: int
    groups: int
    tokens: int
    unjudged: int


@dataclass(frozen=True, slots=True, eq=False)
class _Tokens:
    """The tokens of one document as the model reads them, but each number of a row its own.

    `words` says what each is, `kinds` what separates it from the one before (`encoding`'s token
    types); `starts`, `ends` are offsets into the folded text, `classes` indices of `LABELS`,
    `_OUTSIDE`, or IGNORED where a label cuts the token; `spans` which tokens each label covers.
    """

    document: GoldDocument
    folded: Folded
    words: tuple[str, ...]
    kinds: tuple[int, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    classes: NDArray[np.int64]
    spans: tuple[tuple[int, int], ...]


def group_of(subject: Subject) -> str:
    """Return what keeps documents together: the agency as far as it is known, else the site, else the
    document itself."""
    return subject.agency_id or subject.agency or subject.site or subject.sha256


def find(documents: Sequence[GoldDocument], folds: int = FOLDS) -> Findings:
    """Return the suspects of a gold set, the most doubted first.

    Raises AnnotationError where the documents are of fewer than two agencies."""
    from sklearn.model_selection import GroupKFold

    groups = [group_of(one.subject) for one in documents]
    distinct = len(set(groups))
    if distinct < 2:
        raise AnnotationError(f"至少要有两个机关的标注才能交叉检验，只有 {distinct} 个")
    tokens = [_tokens(one) for one in documents]
    classes = np.concatenate([one.classes for one in tokens])
    owner = np.repeat(np.arange(len(tokens)), [len(one.classes) for one in tokens])
    features = _hashed([bag for one in tokens for bag in _bags(one)])
    probability = np.zeros((len(classes), len(LABELS) + 1), dtype=np.float32)
    judged = classes != IGNORED
    splitter = GroupKFold(n_splits=min(folds, distinct))
    for train, test in splitter.split(np.zeros(len(documents)), groups=groups):
        learn = np.isin(owner, train) & judged
        ask = np.isin(owner, test) & judged
        known = _learnable(classes[learn])
        probability[ask] = _predicted(features, classes, learn & np.isin(classes, known), ask)
    thresholds = _thresholds(probability, classes, judged)
    suspects: list[Suspect] = []
    first = 0
    for one in tokens:
        part = slice(first, first + len(one.classes))
        suspects += _entries(one, probability[part], judged[part], thresholds)
        first = part.stop
    suspects.sort(key=lambda s: (-s.doubt, s.document, s.start))
    unjudged = int(np.sum(~judged))
    return Findings(tuple(suspects), len(documents), distinct, len(classes), unjudged)


def _tokens(document: GoldDocument) -> _Tokens:
    folded = fold(document.text)
    encoded = encode(folded, _VOCABULARY)
    words: list[str] = []
    kinds: list[int] = []
    places: list[tuple[int, int]] = []
    for index, token in enumerate(encoded.ids.tolist()):
        place = int(encoded.starts[index]), int(encoded.ends[index])
        kind = int(encoded.types[index])
        if token == RUN:
            numbers = encoded.runs[index]
            words += [_word(folded.text[start:end]) for start, end in numbers]
            kinds += [kind, *[BLANK] * (len(numbers) - 1)]
            places += numbers
        else:
            words.append(RESERVED[token] if token != UNK else _word(folded.text[slice(*place)]))
            kinds.append(kind)
            places.append(place)
    starts = np.array([start for start, _ in places], dtype=np.int64)
    ends = np.array([end for _, end in places], dtype=np.int64)
    classes = np.full(len(words), _OUTSIDE, dtype=np.int64)
    covered = []
    for span in folded.project_spans(document.spans):
        first = int(np.searchsorted(ends, span.start, side="right"))
        last = int(np.searchsorted(starts, span.end, side="left"))
        whole = (starts[first:last] >= span.start) & (ends[first:last] <= span.end)
        classes[first:last] = np.where(whole, LABELS.index(span.label), IGNORED)
        if first < last and whole.all():
            covered.append((first, last))
    return _Tokens(
        document, folded, tuple(words), tuple(kinds), starts, ends, classes, tuple(covered)
    )


def _word(text: str) -> str:
    """What a token is to the classifier: a number of several digits is its shape."""
    if len(text) < 2 or not text[0].isdigit():
        return text
    return "[YEAR]" if len(text) == 4 and text[:2] in ("19", "20") else "[N]"


def _bags(one: _Tokens) -> Iterator[list[str]]:
    """The features of each token: the tokens around it, what separates them, the names before it."""
    words, kinds = one.words, one.kinds
    padded = ["^"] * REACH + list(words) + ["$"] * REACH
    name = section = "^"
    for index, word in enumerate(words):
        around = padded[index : index + 2 * REACH + 1]
        bag = [f"{place}={near}" for place, near in enumerate(around)]
        bag += [
            f"{place}+{a}+{b}" for place, (a, b) in enumerate(zip(around, around[1:], strict=False))
        ]
        middle = "".join(around[REACH - 1 : REACH + 2])
        following = kinds[index + 1] if index + 1 < len(words) else -1
        bag += [f"m={middle}", f"l={kinds[index]}+{following}", f"s={kinds[index]}+{word}"]
        bag += [f"n={name}+{word}", f"h={section}+{word}", f"d={10 * index // len(words)}+{word}"]
        yield bag
        if word in _NAMES:
            name = word
        if word in _ORDINALS and around[REACH + 1] == "、":
            section = word


#: Names of the form, each one token; 一 to 六 begin its sections.
_NAMES: Final = frozenset(NAME_TOKENS)
_ORDINALS: Final = frozenset("一二三四五六")


def _hashed(bags: Sequence[list[str]]) -> Any:
    from sklearn.feature_extraction import FeatureHasher

    return FeatureHasher(FEATURES, input_type="string", alternate_sign=False).transform(bags)


def _learnable(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = np.bincount(classes, minlength=len(LABELS) + 1)
    return np.flatnonzero(counts >= LEAST)


def _predicted(
    features: Any, classes: NDArray[np.int64], learn: NDArray[np.bool_], ask: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The probabilities [asked tokens, labels + 1] of a classifier that learned from `learn`."""
    from sklearn.linear_model import SGDClassifier

    found = np.zeros((int(ask.sum()), len(LABELS) + 1), dtype=np.float32)
    seen = np.unique(classes[learn])
    if len(seen) < 2:
        found[:, seen] = 1
        return found
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=3, tol=None, random_state=0)
    model.fit(features[learn], classes[learn])
    found[:, model.classes_] = model.predict_proba(features[ask])
    return found


def _thresholds(
    probability: NDArray[np.float32], classes: NDArray[np.int64], judged: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """How probable each label is, on average, for the tokens that bear it; out of reach where none
    does."""
    found = np.full(probability.shape[1], 2.0, dtype=np.float32)
    for label in np.unique(classes[judged]):
        found[label] = probability[judged & (classes == label), label].mean()
    return found


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Tokens from `first` to `last` bear `given` and look like `suggested`."""

    first: int
    last: int
    given: int
    suggested: int
    doubt: float


def _entries(
    one: _Tokens, probability: NDArray[np.float32], judged: NDArray[np.bool_],
    thresholds: NDArray[np.float32],
) -> Iterator[Suspect]:  # fmt: skip
    """The suspects of one document: labels as wholes, then their edges and what bears no label."""
    units = [*one.spans, *((i, i + 1) for i in np.flatnonzero(one.classes == _OUTSIDE).tolist())]
    found: list[_Doubt] = []
    for first, last in units:
        if not judged[first:last].all():
            continue
        given = int(one.classes[first])
        doubt = _doubt(first, last, given, probability[first:last].mean(axis=0), thresholds)
        if doubt is not None:
            found.append(doubt)
        elif given != _OUTSIDE and last - first > 1:
            for edge in (first, last - 1):
                doubt = _doubt(edge, edge + 1, given, probability[edge], thresholds)
                if doubt is not None and doubt.suggested == _OUTSIDE:
                    found.append(doubt)
    for doubt in _joined(found):
        yield _suspect(one, doubt)


def _doubt(
    first: int, last: int, given: int, chances: NDArray[np.float32], thresholds: NDArray[np.float32]
) -> _Doubt | None:
    above = np.where(chances >= thresholds, chances, 0)
    best = int(above.argmax())
    if best == given or above[best] <= chances[given]:
        return None
    return _Doubt(first, last, given, best, float(above[best] - chances[given]))


def _joined(doubts: Sequence[_Doubt]) -> Iterator[_Doubt]:
    """Unlabelled tokens side by side that look like one label are one entry."""
    before: _Doubt | None = None
    for doubt in sorted(doubts, key=lambda d: d.first):
        if (
            before is not None
            and (before.last, before.given, before.suggested)
            == (doubt.first, doubt.given, doubt.suggested)
            and doubt.given == _OUTSIDE
        ):
            before = replace(before, last=doubt.last, doubt=max(before.doubt, doubt.doubt))
            continue
        if before is not None:
            yield before
        before = doubt
    if before is not None:
        yield before


def _suspect(one: _Tokens, doubt: _Doubt) -> Suspect:
    bounds = int(one.starts[doubt.first]), int(one.ends[doubt.last - 1])
    start, end = one.folded.source(*bounds)
    text, subject = one.document.text, one.document.subject
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return Suspect(
        subject.place or subject.sha256[:12],
        one.document.annotator,
        text.count("\n", 0, start) + 1,
        start,
        end,
        _label(doubt.given),
        _label(doubt.suggested),
        round(doubt.doubt, 4),
        f"{before}【{text[start:end]}】{after}",
    )


def _label(index: int) -> str:
    return "O" if index == _OUTSIDE else LABELS[index]


def render(found: Findings, top: int) -> str:
    """Return the list for people, its first `top` entries."""
    names = {**NAMES, "O": "不标"}
    shown = found.suspects[:top]
    lines = [
        f"{found.documents} 份，{found.groups} 个机关，{found.tokens} 个词元，其中 {found.unjudged} 个被标注切开，未判；"
        f"可疑 {len(found.suspects)} 处，列出 {len(shown)} 处"
    ]
    for number, one in enumerate(shown, 1):
        context = one.context.replace("\r", "").replace("\n", "⏎")
        lines.append(
            f"{number}. {one.doubt:.2f}  {one.document} 第 {one.line} 行 [{one.start}, {one.end})  {one.annotator}\n"
            f"   {context}\n"
            f"   标为：{names[one.given]}　更像：{names[one.suggested]}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m annotations.suspects", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("gold", type=Path, help="gold.jsonl")
    parser.add_argument("--folds", type=int, default=FOLDS, help="parts of the agencies")
    parser.add_argument("--top", type=int, default=100, help="entries to list")
    parser.add_argument("--json", action="store_true", help="print the entries as JSON lines")
    options = parser.parse_args(arguments)
    if options.folds < 2 or options.top < 1:
        parser.error("--folds 至少为 2，--top 至少为 1")
    try:
        found = find(read_gold(options.gold), options.folds)
    except ImportError:
        print("需要 scikit-learn：pip install 'nianbao[annotate]'", file=sys.stderr)
        return 1
    except (AnnotationError, NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        for one in found.suspects[: options.top]:
            print(json.dumps(asdict(one), ensure_ascii=False))
    else:
        print(render(found, options.top))
    return 0


if __name__ == "__main__":
    sys.exit(main())
