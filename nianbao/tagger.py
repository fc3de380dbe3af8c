"""Spans from the ONNX model.

Each window goes through the session alone, padded to its own bucket, on one thread: what the answer
is cannot depend on what else is being read or on how many cores there are.  Batching gains nothing
here (256 tokens: 6.2 ms alone, 6.8 ms each by eight; 2-core x86-64, onnxruntime 1.32).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nianbao.bundle import Bundle
from nianbao.encoding import PAD, Encoded, bucket, encode, windows
from nianbao.reading.folding import Folded
from nianbao.spans import LABELS, Source, Span


class Tagger:
    """A loaded bundle: folded text in, spans out.  Safe to share between threads."""

    def __init__(self, bundle: Bundle) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.bundle = bundle
        self.vocabulary = bundle.vocabulary
        self._session: Any = onnxruntime.InferenceSession(
            str(bundle.onnx_path), options, providers=["CPUExecutionProvider"]
        )

    def spans(self, folded: Folded) -> list[Span]:
        """Return the labelled spans of `folded`, in folded offsets, sorted, without overlap."""
        encoded = encode(folded, self.vocabulary)
        if not len(encoded):
            return []
        return decode(encoded, self.logits(encoded))

    def logits(self, encoded: Encoded) -> NDArray[np.float32]:
        """Return the tag logits of every token, float32 [tokens, tags]."""
        kept = []
        for window in windows(len(encoded)):
            size = window.end - window.start
            ids = np.full((1, bucket(size)), PAD, dtype=np.int64)
            types = np.zeros_like(ids)
            mask = np.zeros_like(ids)
            ids[0, :size] = encoded.ids[window.start : window.end]
            types[0, :size] = encoded.types[window.start : window.end]
            mask[0, :size] = 1
            feed = {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}
            (logits,) = self._session.run(["logits"], feed)
            kept.append(
                logits[0, window.keep_start - window.start : window.keep_end - window.start]
            )
        joined: NDArray[np.float32] = np.concatenate(kept)
        return joined


def decode(
    encoded: Encoded, logits: NDArray[np.float32], *, source: Source = "model"
) -> list[Span]:
    """Return the spans that `logits` (float32 [tokens, tags], tags as in `encoding.TAGS`) say.

    A token's label is the one with the largest B + I probability; a span ends where the label
    changes or where B is likelier than I.  So a wrong B or I never tears a label in two kinds.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    weights = np.exp(shifted)
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    begins, insides = probabilities[:, 1::2], probabilities[:, 2::2]
    either = begins + insides
    best = either.argmax(axis=1)
    rows = np.arange(len(best))
    inside_label = either[rows, best] > probabilities[:, 0]
    label = np.where(inside_label, best, -1)
    previous = np.concatenate(([-1], label[:-1]))
    opens = inside_label & ((label != previous) | (begins[rows, best] > insides[rows, best]))
    return _collect(encoded, label, opens, either[rows, best], source)


def _collect(
    encoded: Encoded,
    label: NDArray[np.int64],
    opens: NDArray[np.bool_],
    scores: NDArray[np.float32],
    source: Source,
) -> list[Span]:
    spans: list[Span] = []
    for first in np.flatnonzero(opens).tolist():
        last = first
        while last + 1 < len(label) and label[last + 1] == label[first] and not opens[last + 1]:
            last += 1
        spans.append(
            Span(
                int(encoded.starts[first]),
                int(encoded.ends[last]),
                LABELS[int(label[first])],
                round(float(scores[first : last + 1].mean()), 4),
                source,
            )
        )
    return spans


def spans_of(tagger: Tagger, documents: Sequence[Folded]) -> list[list[Span]]:
    """Return the spans of each document; the same as one by one, whatever the company."""
    return [tagger.spans(folded) for folded in documents]
