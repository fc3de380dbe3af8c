"""The words of a text: spaCy's Chinese tokenizer over the project's own pkuseg model.

spaCy takes about a second to import, so it is imported when the first text with a figure in it
comes, and never by importing this module.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import repeat
from operator import add
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nianbao.exceptions import BundleError
from nianbao.facts.words import ACTIONS, MARKS, NEGATIONS, SUBJECTS

_TRAINED: Final = ("features.msgpack", "weights.npz")
#: Words that the model must not cut, one a line.
_WORDS: Final = "words.txt"
_MANIFEST: Final = "manifest.json"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Match(NamedTuple):
    """A known word or run of words: `key` says which kind; character offsets, half-open."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class Words:
    """A segmented text: where tokens start and end (characters), and the known words among them."""

    tokens: tuple[tuple[int, int], ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Segmenter:
    """Cuts texts into words and finds the known ones.  Safe to share between threads."""

    nlp: Any
    matcher: Any
    make_doc: Callable[[Any, list[str]], Any]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, text: str) -> Words:
        """Return the words of `text`; linear in its length."""
        # spaCy keeps its strings in UTF-8, which has no lone surrogates.
        text = _SURROGATES.sub("?", text)
        # The zone lets go of the strings of this text, or a service would collect every figure it
        # ever read; one zone can be open at a time.
        with self.lock, self.nlp.memory_zone():
            words = _with_blanks(text, self.nlp.tokenizer.pkuseg_seg.cut(text))
            vocab = self.nlp.vocab
            # As `tokenizer(text)` makes it, but for the blanks that hang on words, which it looks for
            # in a copy of what is left of the text for every word: 0.2 of 0.9 ms a report.
            doc = self.make_doc(vocab, words.strings)
            bounds, strings = words.bounds, vocab.strings
            matches = tuple(
                [
                    Match(bounds[start][0], bounds[end - 1][1], strings[key])
                    for key, start, end in self.matcher(doc)
                ]
            )
        return Words(tuple(bounds), matches)


class _Cut(NamedTuple):
    """Words and where they stand."""

    strings: list[str]
    bounds: list[tuple[int, int]]


def _with_blanks(text: str, words: Sequence[str]) -> _Cut:
    """Place `words` in `text`; white space between them is a word too, as it is to spaCy, all but one
    blank behind a word."""
    made = _Cut([], [])
    at = 0
    for word in (*words, ""):
        start = text.index(word, at) if word else len(text)
        if start > at:
            at += at > 0 and text[at] == " "
            if start > at:
                made.strings.append(text[at:start])
                made.bounds.append((at, start))
        if word:
            at = start + len(word)
            made.strings.append(word)
            made.bounds.append((start, at))
    return made


@cache
def default_path() -> Path:
    """Return the folder of the shipped model: beside the package, else where it is installed."""
    beside = Path(__file__).resolve().parents[2] / "models" / "segmenter"
    installed = Path(sys.prefix) / "share" / "nianbao" / "models" / "segmenter"
    return beside if beside.is_dir() else installed


#: Two threads that import spaCy at once would meet in `_no_command_line`.
_LOADING: Final = threading.Lock()


def load_segmenter(path: Path) -> Segmenter:
    """Return the segmenter whose model lies in `path`: features.msgpack and weights.npz, the
    manifest.json that binds them, and words.txt.

    Loaded once per process and path; safe to call from threads.  Raises BundleError when a file is
    missing or is not the one that the manifest names.
    """
    with _LOADING:
        return _load(path)


@lru_cache(maxsize=4)
def _load(path: Path) -> Segmenter:
    words = _read_checked(path)
    with _no_command_line():
        import spacy
    import spacy_pkuseg  # type: ignore[import-untyped]
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "pkuseg"}}})
    tokenizer: Any = nlp.tokenizer
    # What `tokenizer.initialize` does, without pkuseg's general word list: it takes a quarter of a
    # second to load and merges what the model has cut.
    tokenizer.pkuseg_seg = spacy_pkuseg.pkuseg(str(path), user_dict=None)
    tokenizer.pkuseg_update_user_dict(words)
    tokenizer.pkuseg_seg = _Cutter(tokenizer.pkuseg_seg)
    # Flags and shapes of words are costly to make for every new figure, and nobody asks for them.
    vocab: Any = nlp.vocab
    vocab.lex_attr_getters = {}
    matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
    for group in (SUBJECTS, ACTIONS, NEGATIONS, MARKS):
        for key, phrases in group.items():
            matcher.add(key, [Doc(nlp.vocab, words=phrase.split()) for phrase in phrases])
    return Segmenter(nlp, matcher, lambda vocab, words: Doc(vocab, words=words))


def _read_checked(path: Path) -> list[str]:
    """Return the words of the model in `path`, after its files have been checked."""
    try:
        digests = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))["files"]
        for name in _TRAINED:
            if hashlib.sha256((path / name).read_bytes()).hexdigest() != digests[name]:
                raise BundleError(f"分词模型 {path} 的 {name} 与清单不符")
        return (path / _WORDS).read_text(encoding="utf-8").split()
    except OSError as error:
        raise BundleError(f"分词模型不完整:{error.filename} 无法读取") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"分词模型 {path} 的 {_MANIFEST} 已损坏") from error


@contextmanager
def _no_command_line() -> Iterator[None]:
    """Let spaCy be imported without its command line, which it imports with itself and which loads
    typer, requests and weasel: 0.5 of 1.4 seconds (median; 2-core x86-64, spaCy 3.8)."""
    names = ("spacy.cli", "spacy.cli.info")
    if "spacy" in sys.modules:
        yield
        return
    for name in names:
        sys.modules[name] = stub = ModuleType(name)
        stub.__path__ = []
    sys.modules["spacy.cli.info"].info = None  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        # What is asked for later is the real one.
        if hasattr(sys.modules.get("spacy"), "cli"):
            del sys.modules["spacy"].cli


#: The kinds of features of our model: the character at a place, those up to two away, and pairs.
_KINDS: Final = ("c", "c-1", "c1", "c-2", "c2", "c-1c", "cc1", "c-2c-1")
#: What stands between two pieces: a feature reaches two nodes far, and none names an empty one.
_APART: Final = ("", "")


class _Cutter:
    """Cuts a text as the pkuseg object `seg` does, all its pieces at once.

    pkuseg's own extractor also looks up a hundred pairs of words for every character, which our
    model does not have and which take six sevenths of its time; and it begins anew for each piece, of
    which the sentences of a made report have 36, of ten characters each.
    """

    def __init__(self, seg: Any) -> None:
        from spacy_pkuseg.inference import (  # type: ignore[import-untyped]
            getLogYY,
            run_viterbi,
        )

        model, extractor = seg.model, seg.feature_extractor
        self._solve: Any = seg.preprocesser.solve
        self._normalize: Callable[[str], Iterator[str]] = extractor.normalize_text
        self._viterbi: Any = run_viterbi
        self._opens = {number for number, tag in seg.idx_to_tag.items() if "B" in tag}
        own = model.w[: model.n_feature * model.n_tag].reshape(model.n_feature, model.n_tag)
        _, self._edges = getLogYY([], model.n_tag, own.size, model.w, 1.0)
        named = [
            (kind, chars, number)
            for name, number in extractor.feature_to_idx.items()
            for kind, _, chars in [name.partition(".")]
            if kind in _KINDS
        ]
        #: What features name (a character, or two with a stop between) -> its row in `_features`.
        self._rows: dict[str, int] = {}
        for _, chars, _ in named:
            self._rows.setdefault(chars, len(self._rows))
        #: Kind of feature -> its weights for each row, float64 [rows + 1, tags] (6 MB in all); one row
        #: more for what no feature names.
        self._of: dict[str, NDArray[np.float64]] = {
            kind: np.zeros((len(self._rows) + 1, model.n_tag)) for kind in _KINDS
        }
        for kind, chars, number in named:
            self._of[kind][self._rows[chars]] = own[number]
        self._bias: NDArray[np.float64] = own[0].copy()

    def cut(self, text: str) -> list[str]:
        """Return the words of `text` in order, without the blanks."""
        pieces = [
            (piece, known)
            for run in text.split()
            for piece, known, _ in zip(*self._solve(run), strict=True)
        ]
        nodes = [*_APART]
        for piece, known in pieces:
            if not known:
                nodes += [*self._normalize(piece), *_APART]
        scores = self._scores(nodes)
        words: list[str] = []
        at = len(_APART)
        for piece, known in pieces:
            if known or len(piece) == 1:
                words.append(piece)
                at += 0 if known else 1 + len(_APART)
                continue
            _, tags = self._viterbi(scores[at : at + len(piece)], self._edges)
            start = 0
            for end, tag in enumerate(tags.tolist()):
                if end and tag in self._opens:
                    words.append(piece[start:end])
                    start = end
            words.append(piece[start:])
            at += len(piece) + len(_APART)
        return words

    def _scores(self, nodes: Sequence[str]) -> NDArray[np.float64]:
        """Return the scores of the tags of each of `nodes` (characters), float64 [nodes, tags]."""
        pairs = map(add, [f"{a}." for a in nodes], nodes[1:])
        unknown = repeat(len(self._rows))
        node_rows = np.array(list(map(self._rows.get, nodes, unknown)))
        pair_rows = np.array(list(map(self._rows.get, pairs, unknown)))
        of = self._of
        scores: NDArray[np.float64] = self._bias + of["c"][node_rows]
        # In the order in which pkuseg adds them up, which decides the last bits of the sums.
        scores[1:] += of["c-1"][node_rows[:-1]]
        scores[1:] += of["c-1c"][pair_rows]
        scores[:-1] += of["c1"][node_rows[1:]]
        scores[:-1] += of["cc1"][pair_rows]
        scores[2:] += of["c-2"][node_rows[:-2]]
        scores[2:] += of["c-2c-1"][pair_rows[:-1]]
        scores[:-2] += of["c2"][node_rows[2:]]
        return scores
