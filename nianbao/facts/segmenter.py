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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from nianbao.exceptions import BundleError
from nianbao.facts.words import ACTIONS, MARKS, NEGATIONS, SUBJECTS

_TRAINED: Final = ("features.msgpack", "weights.npz")
#: Words that the model must not cut, one a line.
_WORDS: Final = "words.txt"
_MANIFEST: Final = "manifest.json"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Match:
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
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, text: str) -> Words:
        """Return the words of `text`; linear in its length."""
        # spaCy keeps its strings in UTF-8, which has no lone surrogates.
        text = _SURROGATES.sub("?", text)
        # The zone lets go of the strings of this text, or a service would collect every figure it
        # ever read; one zone can be open at a time.
        with self.lock, self.nlp.memory_zone():
            doc = self.nlp.tokenizer(text)
            bounds = tuple((token.idx, token.idx + len(token)) for token in doc)
            strings = self.nlp.vocab.strings
            matches = tuple(
                Match(bounds[start][0], bounds[end - 1][1], strings[key])
                for key, start, end in self.matcher(doc)
            )
        return Words(bounds, matches)


def default_path() -> Path:
    """Return the folder of the shipped model: beside the package, else where it is installed."""
    beside = Path(__file__).resolve().parents[2] / "models" / "segmenter"
    installed = Path(sys.prefix) / "share" / "nianbao" / "models" / "segmenter"
    return beside if beside.is_dir() else installed


@lru_cache(maxsize=4)
def load_segmenter(path: Path) -> Segmenter:
    """Return the segmenter whose model lies in `path`: features.msgpack and weights.npz, the
    manifest.json that binds them, and words.txt.

    Loaded once per process and path.  Raises BundleError when a file is missing or is not the one
    that the manifest names.
    """
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
    seg = tokenizer.pkuseg_seg
    seg.feature_extractor = features = _CharacterFeatures(seg.feature_extractor)
    # pkuseg has no other place for it.
    seg._cut = _Cutter(features, seg.model, seg.idx_to_tag)  # noqa: SLF001
    # Flags and shapes of words are costly to make for every new figure, and nobody asks for them.
    vocab: Any = nlp.vocab
    vocab.lex_attr_getters = {}
    matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
    for group in (SUBJECTS, ACTIONS, NEGATIONS, MARKS):
        for key, phrases in group.items():
            matcher.add(key, [Doc(nlp.vocab, words=phrase.split()) for phrase in phrases])
    return Segmenter(nlp, matcher)


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
    typer, requests and weasel: 0.3 of 0.9 seconds (2-core x86-64, spaCy 3.8)."""
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


class _CharacterFeatures:
    """The features of our model for pkuseg: characters around a place, and pairs of them.

    pkuseg's own extractor also looks up a hundred pairs of words for every character, which our
    model does not have and which take six sevenths of its time.
    """

    def __init__(self, extractor: Any) -> None:
        self.tag_to_idx: dict[str, int] = extractor.tag_to_idx
        self.feature_to_idx: dict[str, int] = extractor.feature_to_idx
        self.normalize_text: Callable[[str], Iterator[str]] = extractor.normalize_text
        #: Kind of feature -> what it names, with a stop between two -> its number: to write the whole
        #: name of each takes 1.6 times as long.
        self._kinds: dict[str, dict[str, int]] = {kind: {} for kind in _KINDS}
        for name, number in self.feature_to_idx.items():
            kind, _, chars = name.partition(".")
            if kind in self._kinds:
                self._kinds[kind][chars] = number

    def of(self, nodes: Sequence[str]) -> list[list[int]]:
        """Return, for each of `nodes` (characters), the numbers of its features; 0 is the bias."""
        single, single_before, single_after, before2, after2, pair, pair_after, pair_before = (
            self._kinds[kind].get for kind in _KINDS
        )
        last = len(nodes) - 1
        pairs = [f"{a}.{b}" for a, b in zip(nodes, nodes[1:], strict=False)]
        features: list[list[int]] = []
        for i, char in enumerate(nodes):
            found = [0, single(char)]
            if i:
                found += (single_before(nodes[i - 1]), pair(pairs[i - 1]))
            if i < last:
                found += (single_after(nodes[i + 1]), pair_after(pairs[i]))
            if i > 1:
                found += (before2(nodes[i - 2]), pair_before(pairs[i - 2]))
            if i + 1 < last:
                found.append(after2(nodes[i + 2]))
            features.append([number for number in found if number is not None])
        return features


_KINDS: Final = ("c", "c-1", "c1", "c-2", "c2", "c-1c", "cc1", "c-2c-1")


class _Cutter:
    """What pkuseg's `_cut` does, with the features of a whole text at once."""

    def __init__(self, features: _CharacterFeatures, model: Any, tags: Mapping[int, str]) -> None:
        from spacy_pkuseg.inference import (  # type: ignore[import-untyped]
            decodeViterbi_fast,
        )

        self._features = features
        self._model = model
        self._decode: Any = decodeViterbi_fast
        self._opens = {number for number, tag in tags.items() if "B" in tag}

    def __call__(self, text: str) -> list[str]:
        """Return the words of `text`, which has no blanks."""
        nodes = list(self._features.normalize_text(text))
        _, tags = self._decode(self._features.of(nodes), self._model)
        opens = self._opens
        starts = [0, *(i for i, tag in enumerate(tags) if i and tag in opens), len(nodes)]
        return [text[a:b] for a, b in zip(starts, starts[1:], strict=False)]
