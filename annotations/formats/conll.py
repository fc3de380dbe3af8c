"""Gold as CoNLL-2003 writes it, one character a line, so that the text comes back byte for byte.

    # nianbao = {"subject": {…}, "annotator": …, "annotated": …, "guidelines": …, "text_sha256": …}
    -DOCSTART- -X- -X- O

    # offset = 0
    一 -X- -X- B-heading.overview
    \\u000a -X- -X- O

Each document has a line of what it is, `-DOCSTART-`, and its lines as sentences, each with the offset
of its first character.  Blanks, controls and the characters that the format itself uses are written as
`\\uXXXX` (`\\UXXXXXXXX` beyond the basic plane), so all characters are tokens and none is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from annotations.formats import Read
from annotations.problems import Problem
from annotations.studio.tasks import sha256_of
from nianbao.gold import GoldDocument, Subject
from nianbao.spans import LABELS, Span

_HEAD: Final = "# nianbao = "
_OFFSET: Final = "# offset = "
_START: Final = "-DOCSTART- -X- -X- O"
_TOKEN: Final = re.compile(r"(\S+) \S+ \S+ (O|[BI]-\S+)")
_ESCAPED: Final = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_LABELS: Final = frozenset(LABELS)


def to_conll(documents: Iterable[GoldDocument]) -> str:
    """Return the documents, in their order."""
    return "".join(line + "\n" for one in documents for line in _lines(one))


def _lines(one: GoldDocument) -> Iterator[str]:
    head = {
        "subject": asdict(one.subject),
        "annotator": one.annotator,
        "annotated": one.annotated,
        "guidelines": one.guidelines,
        "text_sha256": sha256_of(one.text),
    }
    yield _HEAD + json.dumps(head, ensure_ascii=False, sort_keys=True)
    yield _START
    tags = ["O"] * len(one.text)
    for span in one.spans:
        tags[span.start] = f"B-{span.label}"
        tags[span.start + 1 : span.end] = [f"I-{span.label}"] * (span.end - span.start - 1)
    first = True
    for offset, (character, tag) in enumerate(zip(one.text, tags, strict=True)):
        if first:
            yield ""
            yield f"{_OFFSET}{offset}"
        yield f"{_escaped(character)} -X- -X- {tag}"
        first = character == "\n"
    yield ""


def _escaped(character: str) -> str:
    plain = character.isprintable() and not character.isspace() and character not in "\\#"
    if plain:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


@dataclass(slots=True)
class _Building:
    """A document that is being read."""

    place: str
    head: dict[str, Any]
    characters: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    start: int = 0
    label: str | None = None

    def close(self) -> None:
        """End the label that is open."""
        if self.label is not None:
            self.spans.append(Span(self.start, len(self.characters), self.label, source="gold"))
        self.label = None


def from_conll(text: str, name: str) -> Read:
    """Read what `to_conll` writes; `name` is that of the file, for places.

    A document with a problem (a token of more than one character, tags that are no BIO, an offset or a
    hash that does not hold) is left out and each of its problems told."""
    documents: list[GoldDocument] = []
    problems: list[Problem] = []
    building: _Building | None = None
    before = 0

    def finish() -> None:
        if building is None:
            return
        building.close()
        made = _document(building)
        if isinstance(made, Problem):
            problems.append(made)
        elif len(problems) == before:
            documents.append(made)

    for number, line in enumerate(text.split("\n"), 1):
        place = f"{name}:{number}"
        if line.startswith(_HEAD):
            finish()
            before = len(problems)
            building = _begun(line, place)
        elif not line or line == _START:
            continue
        elif building is None:
            problems.append(Problem("shape", place, f"之前应有“{_HEAD}{{…}}”一行"))
            break
        else:
            problem = _take(building, line, place)
            if problem:
                problems.append(problem)
    finish()
    return Read(tuple(documents), tuple(problems))


def _begun(line: str, place: str) -> _Building:
    try:
        head = json.loads(line[len(_HEAD) :])
    except ValueError:
        head = {}
    return _Building(place, head if isinstance(head, dict) else {})


def _take(building: _Building, line: str, place: str) -> Problem | None:
    if line.startswith(_OFFSET):
        if line[len(_OFFSET) :] != str(len(building.characters)):
            message = f"{line[2:]}，而前面有 {len(building.characters)} 个字符"
            return Problem("offsets", place, message)
        return None
    token = _TOKEN.fullmatch(line)
    if token is None:
        return Problem("shape", place, f"不是“字 -X- -X- 标签”：{line!r}")
    character = _unescaped(token[1])
    if len(character) != 1:
        return Problem("token", place, f"一行应是一个字符，是 {token[1]!r}")
    tag = token[2]
    problem = None
    if tag[0] == "I" and building.label != tag[2:]:
        problem = Problem("bio", place, f"{tag} 之前不是同一标签（是 {building.label or 'O'}）")
    if tag != "O" and tag[2:] not in _LABELS:
        problem = Problem("label", place, f"标签 {tag[2:]!r} 不在标签集中")
    if tag[0] != "I":
        building.close()
    if tag[0] == "B":
        building.start, building.label = len(building.characters), tag[2:]
    building.characters.append(character)
    return problem


def _unescaped(token: str) -> str:
    found = _ESCAPED.fullmatch(token)
    if found is None:
        return token
    code = int(found[1] or found[2], 16)
    return chr(code) if code <= 0x10FFFF else token


def _document(building: _Building) -> GoldDocument | Problem:
    head, text = building.head, "".join(building.characters)
    try:
        subject = Subject(**head["subject"])
        made = GoldDocument(
            subject,
            text,
            tuple(building.spans),
            head["annotator"],
            head["annotated"],
            head["guidelines"],
        )
        if head["text_sha256"] != sha256_of(text):
            return Problem("edited", building.place, "文字与写出时不同（text_sha256 不符）")
    except (KeyError, TypeError, UnicodeEncodeError) as error:
        return Problem("shape", building.place, f"文件头不对：{error!r}")
    return made
