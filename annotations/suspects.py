"""Labels of a gold set that are likely wrong, to look at again:

    python -m annotations.suspects gold.jsonl --top 100

A light classifier (logistic, over the tokens around each token) learns the labels of four fifths of
the agencies and judges those of the last fifth, so that no agency is on both sides.  Then, as
confident learning has it (Northcutt et al., 2021): a token is doubted where some other label is at
least as probable as it is, on average, for the tokens that bear it, and more so than the given one.
Neighbours that are doubted alike are one entry; the list begins with the greatest doubt.

Doubt is no proof.  An entry says where to look, and the classifier reads far less than a person does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotations.names import NAMES
from annotations.problems import AnnotationError
from nianbao.encoding import IGNORED, RESERVED, UNK, Encoded, Vocabulary, encode, tags_of
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
#: A label that fewer tokens of the other agencies bear than this is not judged: there is too little
#: to learn it from, and everything that bears it would be doubted.
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
    """The suspects, and what they were found among; `unjudged` tokens bear labels that too few of
    the other agencies' tokens bear."""

    suspects: tuple[Suspect, ...]
    documents: int
    groups: int
    tokens: int
    unjudged: int


@dataclass(frozen=True, slots=True, eq=False)
class _Tokens:
    """The tokens of one document, and the class of each: an index of `LABELS`, `_OUTSIDE`, IGNORED."""

    document: GoldDocument
    folded: Folded
    encoded: Encoded
    classes: NDArray[np.int64]


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
    judged = np.zeros(len(classes), dtype=bool)
    splitter = GroupKFold(n_splits=min(folds, distinct))
    for train, test in splitter.split(np.zeros(len(documents)), groups=groups):
        learn = np.isin(owner, train) & (classes != IGNORED)
        ask = np.isin(owner, test) & (classes != IGNORED)
        known = _learnable(classes[learn])
        judged |= ask & np.isin(classes, known)
        probability[ask] = _predicted(features, classes, learn & np.isin(classes, known), ask)
    doubted = _doubted(probability, classes, judged)
    suspects, first = [], 0
    for one in tokens:
        last = first + len(one.classes)
        suspects += _entries(one, doubted[first:last], probability[first:last])
        first = last
    suspects.sort(key=lambda s: (-s.doubt, s.document, s.start))
    unjudged = int(np.sum((classes != IGNORED) & ~judged))
    return Findings(tuple(suspects), len(documents), distinct, len(classes), unjudged)


def _tokens(document: GoldDocument) -> _Tokens:
    folded = fold(document.text)
    encoded = encode(folded, _VOCABULARY)
    tags = tags_of(encoded, folded.project_spans(document.spans)).astype(np.int64)
    classes = np.where(tags == 0, _OUTSIDE, np.where(tags > 0, (tags - 1) // 2, IGNORED))
    return _Tokens(document, folded, encoded, classes)


def _bags(one: _Tokens) -> Iterator[list[str]]:
    """The features of each token: the tokens around it, what separates them, the names before it."""
    text, encoded = one.folded.text, one.encoded
    words = [
        text[start:end] if token == UNK else RESERVED[token]
        for token, start, end in zip(encoded.ids, encoded.starts, encoded.ends, strict=True)
    ]
    separators = encoded.types.tolist()
    padded = ["^"] * REACH + words + ["$"] * REACH
    name = section = "^"
    for index, word in enumerate(words):
        around = padded[index : index + 2 * REACH + 1]
        bag = [f"{place}={near}" for place, near in enumerate(around)]
        bag += [
            f"{place}+{a}+{b}" for place, (a, b) in enumerate(zip(around, around[1:], strict=False))
        ]
        middle = "".join(around[REACH - 1 : REACH + 2])
        following = separators[index + 1] if index + 1 < len(words) else -1
        bag += [
            f"m={middle}",
            f"l={separators[index]}+{following}",
            f"s={separators[index]}+{word}",
        ]
        bag += [f"n={name}+{word}", f"h={section}+{word}", f"d={10 * index // len(words)}+{word}"]
        yield bag
        if encoded.ids[index] >= _FIRST_NAME:
            name = word
        if (
            word in _ORDINALS
            and following == 0
            and index + 1 < len(words)
            and words[index + 1] == "、"
        ):
            section = word


#: Names of the form are the last of the reserved tokens; 一 to 六 begin its sections.
_FIRST_NAME: Final = next(
    index for index, token in enumerate(RESERVED) if any("\u3400" <= c <= "\u9fff" for c in token)
)
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
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=8, tol=None, random_state=0)
    model.fit(features[learn], classes[learn])
    found[:, model.classes_] = model.predict_proba(features[ask])
    return found


def _doubted(
    probability: NDArray[np.float32], classes: NDArray[np.int64], judged: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The class that each token is taken for where its own is doubted; -1 elsewhere."""
    doubted = np.full(len(classes), -1, dtype=np.int64)
    own = probability[np.arange(len(classes)), np.where(judged, classes, 0)]
    threshold = np.full(probability.shape[1], 2.0, dtype=np.float32)  # 2: out of reach
    for label in np.unique(classes[judged]):
        threshold[label] = own[judged & (classes == label)].mean()
    above = np.where(probability >= threshold, probability, 0)
    best = above.argmax(axis=1)
    top = above[np.arange(len(classes)), best]
    wrong = judged & (top > own) & (best != classes)
    doubted[wrong] = best[wrong]
    return doubted


def _entries(
    one: _Tokens, doubted: NDArray[np.int64], probability: NDArray[np.float32]
) -> Iterator[Suspect]:
    index = 0
    while index < len(doubted):
        if doubted[index] < 0:
            index += 1
            continue
        last = index
        pair = (one.classes[index], doubted[index])
        while last < len(doubted) and (one.classes[last], doubted[last]) == pair:
            last += 1
        part = probability[index:last]
        doubt = float((part[:, pair[1]] - part[:, pair[0]]).mean())
        bounds = int(one.encoded.starts[index]), int(one.encoded.ends[last - 1])
        start, end = one.folded.source(*bounds)
        text = one.document.text
        before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
        subject = one.document.subject
        yield Suspect(
            subject.place or subject.sha256[:12],
            one.document.annotator,
            text.count("\n", 0, start) + 1,
            start,
            end,
            _label(int(pair[0])),
            _label(int(pair[1])),
            round(doubt, 4),
            f"{before}【{text[start:end]}】{after}",
        )
        index = last


def _label(index: int) -> str:
    return "O" if index == _OUTSIDE else LABELS[index]


def render(found: Findings, top: int) -> str:
    """Return the list for people, its first `top` entries."""
    names = {**NAMES, "O": "不标"}
    shown = found.suspects[:top]
    lines = [
        f"{found.documents} 份，{found.groups} 个机关，{found.tokens} 个词元，其中 {found.unjudged} 个因样本太少未判；"
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
