"""Gold as spaCy's `DocBin`.

Tokens are characters, or the words of the library's segmenter.  With characters every span fits.  With
words one may begin or end inside a word: it is told with its place, and its document is left out, never
written with the label gone.  What a document is stands in `Doc.user_data["nianbao"]`, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import spacy
from spacy.tokens import Doc, DocBin
from spacy.tokens import Span as SpacySpan

from annotations.formats import Read
from annotations.problems import Problem
from annotations.studio.tasks import sha256_of
from nianbao.gold import GoldDocument, Subject
from nianbao.spans import LABELS, Span, check_spans

KEY: Final = "nianbao"
#: Text -> its tokens, whose concatenation is the text.
Tokeniser = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Packed:
    """A `DocBin` as bytes, and the problems of what could not be put into it."""

    data: bytes
    problems: tuple[Problem, ...]


def to_docbin(documents: Sequence[GoldDocument], tokenise: Tokeniser = list) -> Packed:
    """Return the documents as the bytes of a `DocBin`, and the spans that are no whole tokens."""
    vocab = spacy.blank("zh").vocab
    packed = DocBin(store_user_data=True)
    problems: list[Problem] = []
    for one in documents:
        tokens = tokenise(one.text)
        doc = Doc(vocab, words=list(tokens), spaces=[False] * len(tokens))
        found, wrong = [], []
        for span in one.spans:
            entity = doc.char_span(span.start, span.end, label=span.label, alignment_mode="strict")
            if entity is None:
                wrong.append(_misaligned(one, span))
            else:
                found.append(entity)
        if wrong:
            problems += wrong
            continue
        doc.set_ents(found)
        head = {**asdict(one), "text_sha256": sha256_of(one.text)}
        del head["text"], head["spans"]
        doc.user_data[KEY] = json.dumps(head, ensure_ascii=False, sort_keys=True)
        packed.add(doc)
    return Packed(packed.to_bytes(), tuple(problems))


def from_docbin(data: bytes, name: str) -> Read:
    """Read a `DocBin`; `name` is that of the file, for places.  Entities count; groups of spans are
    told, for they may overlap."""
    documents: list[GoldDocument] = []
    problems: list[Problem] = []
    try:
        docs = list(DocBin().from_bytes(data).get_docs(spacy.blank("zh").vocab))
    except Exception as error:  # noqa: BLE001 - msgpack and zlib raise many kinds for damaged bytes
        return Read((), (Problem("shape", name, f"不是 DocBin：{type(error).__name__}"),))
    for number, doc in enumerate(docs, 1):
        found = _document(doc, f"{name}，第 {number} 份")
        if isinstance(found, GoldDocument):
            documents.append(found)
        else:
            problems += found
    return Read(tuple(documents), tuple(problems))


def _document(doc: Doc, place: str) -> GoldDocument | list[Problem]:
    problems = [
        Problem("groups", place, f"spans[{key!r}] 中有 {len(group)} 处，只收 ents")
        for key, group in doc.spans.items()
        if len(group)
    ]
    problems += [
        Problem("label", place, f"标签 {e.label_!r} 不在标签集中（{e.text!r}，{e.start_char}）")
        for e in doc.ents
        if e.label_ not in LABELS
    ]
    try:
        head = json.loads(doc.user_data[KEY])
        subject = Subject(**head["subject"])
        if head["text_sha256"] != sha256_of(doc.text):
            problems.append(Problem("edited", place, "文字与写出时不同（text_sha256 不符）"))
        names = head["annotator"], head["annotated"], head["guidelines"]
    except (KeyError, TypeError, ValueError) as error:
        return [*problems, Problem("shape", place, f"user_data[{KEY!r}] 不对：{error!r}")]
    if problems:
        return problems
    spans = check_spans(map(_span, doc.ents), doc.text)
    return GoldDocument(subject, doc.text, tuple(spans), *names)


def _span(entity: SpacySpan) -> Span:
    return Span(entity.start_char, entity.end_char, entity.label_, source="gold")


def _misaligned(one: GoldDocument, span: Span) -> Problem:
    place = f"{one.subject.place or one.subject.sha256} [{span.start}, {span.end})"
    piece = one.text[span.start : span.end]
    return Problem("misaligned", place, f"{span.label} {piece!r} 的边界在词的中间")
