"""Decoding: logits that are sure give the spans back; scores, seams and the shipped model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from nianbao import tagger
from nianbao.bundle import Bundle
from nianbao.encoding import GAP, IGNORED, TAGS, Encoded, Vocabulary, encode, tags_of
from nianbao.reading.folding import fold
from nianbao.spans import Span, check_spans
from nianbao.tagger import Tagger, decode, spans_of
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example

VOCABULARY = Vocabulary.of_characters(
    [*map(chr, range(33, 127)), *map(chr, range(0x3001, 0x3020)), *map(chr, range(0x4E00, 0x9FA6))]
)
CORPUS = Corpus.without_data()


@cache
def shipped() -> Tagger:
    return Tagger(Bundle.load())


def sure(tags: NDArray[np.int32]) -> NDArray[np.float32]:
    logits = np.full((len(tags), len(TAGS)), -20, dtype=np.float32)
    logits[np.arange(len(tags)), tags] = 20
    return logits


def tagged(text: str, *names: str) -> tuple[Encoded, NDArray[np.float32]]:
    tokens = encode(fold(text), VOCABULARY)
    return tokens, sure(np.array([TAGS.index(name) for name in names], dtype=np.int32))


@pytest.mark.parametrize("seed", range(30))
def test_sure_logits_give_the_spans_back(seed: int) -> None:
    """But for furniture, whose neighbours may become one, and stretches that cut a token."""
    folded = fold(make_example(seed, CORPUS).text)
    spans = folded.project_spans(make_example(seed, CORPUS).spans)
    tokens = encode(folded, VOCABULARY)
    tags = tags_of(tokens, spans)
    found = {(s.start, s.end, s.label) for s in decode(tokens, sure(np.maximum(tags, 0)))}
    broken = (tags == IGNORED) | (tokens.ids == GAP)
    seen = 0
    for first in np.flatnonzero(tags % 2 == 1):
        last = int(first) + 1
        while last < len(tags) and tags[last] == tags[first] + 1:
            last += 1
        label = TAGS[tags[first]][2:]
        if label == "furniture" or broken[max(first - 1, 0) : last + 1].any():
            continue
        seen += 1
        whole = ((int(tokens.starts[first]), int(tokens.ends[last - 1])),)
        for start, end in tokens.runs.get(int(first), whole):
            assert (start, end, label) in found
    assert seen or {span.label for span in spans} <= {"furniture"}


def likeliest(scores: NDArray[np.float32]) -> float:
    """Return the score of the best sequence in which I follows B or I of its label only."""
    best = scores[0].astype(np.float64).copy()
    best[2::2] = -np.inf
    for row in scores[1:].astype(np.float64):
        step = np.full(len(best), best.max())
        step[2::2] = np.maximum(best[1::2], best[2::2])
        best = step + row
    return float(best.max())


@pytest.mark.parametrize("seed", range(10))
def test_the_likeliest_allowed_sequence_is_found(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(12, len(TAGS))).astype(np.float32)
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    tags = tagger._best_tags(scores)
    for before, after in zip([0, *tags], tags, strict=False):
        assert after == 0 or after % 2 == 1 or before in (after, after - 1)
    assert scores[np.arange(12), tags].sum() == pytest.approx(likeliest(scores), abs=1e-4)


def test_values_side_by_side_stay_apart() -> None:
    apart = [Span(0, 1, "value"), Span(2, 3, "value"), Span(4, 5, "value")]
    tokens, logits = tagged("0 5|0", "B-value", "B-value", "B-value")
    assert decode(tokens, logits) == apart
    tokens, logits = tagged("0|5|0", "B-value")
    assert decode(tokens, logits) == apart


def test_a_run_is_one_span_of_any_label_but_value() -> None:
    tokens, logits = tagged("3|5|7件", "B-furniture", "B-furniture", "I-furniture")
    assert decode(tokens, logits) == [Span(0, 3, "furniture"), Span(4, 6, "furniture")]


def test_what_follows_a_run_in_one_value_stays_apart() -> None:
    tokens, logits = tagged("3|5 (修订)", "B-value", *["I-value"] * 4)
    assert decode(tokens, logits) == [
        Span(0, 1, "value"), Span(2, 3, "value"), Span(4, 8, "value"),
    ]  # fmt: skip


def test_the_score_is_the_mean_probability_of_the_label() -> None:
    tokens, _ = tagged("甲乙", "O", "O")
    logits = np.full((2, len(TAGS)), -50, dtype=np.float32)
    logits[:, 0] = 0
    logits[0, TAGS.index("B-note")] = np.log(3)
    logits[1, TAGS.index("I-note")] = np.log(9)
    (span,) = decode(tokens, logits, source="rules")
    assert span.score == pytest.approx((0.75 + 0.9) / 2, abs=1e-4)
    assert span.source == "rules"


def test_rows_become_probabilities_in_parts_and_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = encode(fold(make_example(3, CORPUS).text), VOCABULARY)
    logits = np.random.default_rng(3).normal(size=(len(tokens), len(TAGS))).astype(np.float32)
    kept = logits.copy()
    spans = decode(tokens, logits)
    assert spans and np.array_equal(logits, kept)
    monkeypatch.setattr(tagger, "_ROWS", 7)
    assert decode(tokens, logits, in_place=True) == spans
    assert np.exp(logits).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_where_nothing_is_likelier_there_is_no_span() -> None:
    tokens, logits = tagged("甲乙", "O", "O")
    assert decode(tokens, logits) == []


# The shipped model


def test_the_same_spans_whoever_else_is_read() -> None:
    pages = [fold(make_example(seed, CORPUS).text) for seed in range(4)]
    alone = [shipped().spans(page) for page in pages]
    assert spans_of(shipped(), pages) == alone
    assert spans_of(shipped(), pages[::-1]) == alone[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shipped().spans, pages * 2)) == alone * 2
    scores = [[s.score for s in spans] for spans in alone]
    assert [[s.score for s in shipped().spans(page)] for page in pages] == scores
    for page, spans in zip(pages, alone, strict=True):
        assert spans == check_spans(spans, page.text)


def test_a_session_has_one_thread_whatever_the_machine() -> None:
    options = shipped()._session.get_session_options()
    assert options.intra_op_num_threads == options.inter_op_num_threads == 1
    tokens = encode(fold(make_example(3, CORPUS).text), shipped().vocabulary)
    expected = shipped().logits(tokens)
    assert expected.shape == (len(tokens), len(TAGS)) and expected.dtype == np.float32
    with ThreadPoolExecutor(3) as pool:
        assert all((again == expected).all() for again in pool.map(shipped().logits, [tokens] * 6))


@pytest.mark.parametrize("text", ["", " \n|\t", "\u200b"])
def test_nothing_to_read_has_no_spans(text: str) -> None:
    assert shipped().spans(fold(text)) == []
