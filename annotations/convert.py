"""Gold from one format into another, and back without loss:

    python -m annotations.convert --from gold --to docbin gold.jsonl gold.spacy
    python -m annotations.convert --from studio --to gold project-1.json gold.jsonl

Formats: `gold` (gold.jsonl), `studio` (Label Studio; JSON and JSON_MIN are read, JSON is written),
`docbin` (spaCy), `conll` (CoNLL-2003, a character a line).  All problems are listed at once and
nothing is written; with --accept-rest what is good is written, and refused.jsonl beside it.  --mask
masks personal phone numbers and e-mail addresses in what is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from annotations.formats import Read
from annotations.formats.conll import from_conll, to_conll
from annotations.formats.docbin import Packed, from_docbin, to_docbin
from annotations.guidance import guidelines_sha256
from annotations.masking import masked_document
from annotations.offsets import Unit
from annotations.problems import AnnotationError, Refused
from annotations.studio.exports import Options, Reading, Refusal, read_export
from annotations.studio.intake import deliver, write_refused
from annotations.studio.tasks import annotated_tasks
from nianbao.exceptions import NianbaoError
from nianbao.gold import GoldDocument, read_gold

FORMATS = ("gold", "studio", "docbin", "conll")


def read(path: Path, kind: str, options: Options) -> Reading:
    """Read gold of format `kind`; what is wrong is in the reading's refusals.

    Raises ExchangeError for a gold.jsonl that is not of its shape, AnnotationError for a file that is
    no JSON or no text, OSError."""
    if kind == "gold":
        return Reading(tuple(read_gold(path)), (), ())
    if kind == "docbin":
        return _reading(from_docbin(path.read_bytes(), path.name))
    try:
        text = path.read_bytes().decode("utf-8")
        if kind == "conll":
            return _reading(from_conll(text, path.name))
        return read_export(json.loads(text), options)
    except ValueError as error:
        raise AnnotationError(f"{path}：不是有效的 {kind} 文件：{error}") from error


def packed(
    kind: str, documents: Sequence[GoldDocument], unit: Unit, *, words: bool = False
) -> Packed:
    """Return gold in format `kind` (other than `gold`) as bytes, with what could not be put into it.

    Raises Refused for texts that Label Studio's editor cannot hold."""
    if kind == "docbin":
        return to_docbin(documents, _words if words else list)
    if kind == "conll":
        return Packed(to_conll(documents).encode("utf-8"), ())
    tasks = annotated_tasks(documents, unit)
    return Packed((json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode("utf-8"), ())


def convert(options: argparse.Namespace) -> str:
    """Do what the command line asks for; return what was done, in words.

    Raises Refused with every problem, unless they are to be left out."""
    reading = read(
        options.input,
        options.source,
        Options(guidelines_sha256(), options.offsets, "all" if options.several else "refuse"),
    )
    if options.mask:
        reading = replace(reading, documents=tuple(map(masked_document, reading.documents)))
    if options.target == "gold":
        return deliver(reading, options.output, accept_rest=options.accept_rest)
    made = packed(
        options.target, reading.documents, options.offsets, words=options.tokens == "words"
    )
    refusals = (*reading.refusals, *(Refusal((problem,), {}) for problem in made.problems))
    problems = reading.problems + made.problems
    if problems and not options.accept_rest:
        raise Refused(problems)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(made.data)
    write_refused(refusals, options.output)
    left = len({problem.place for problem in made.problems})
    lines = [
        f"{options.output}：读入 {len(reading.documents)} 份"
        + (f"，{left} 处放不进" if left else "")
    ]
    lines += [f"  {problem}" for problem in problems]
    lines += [f"  没有完成：{place}" for place in reading.pending]
    return "\n".join(lines)


def _reading(found: Read) -> Reading:
    refusals = tuple(Refusal((problem,), {}) for problem in found.problems)
    return Reading(found.documents, refusals, ())


def _words(text: str) -> Sequence[str]:
    """The words of the library's segmenter, with what stands between them as words of their own."""
    from nianbao.facts.segmenter import default_path, load_segmenter

    tokens = load_segmenter(default_path())(text).tokens
    bounds = sorted({0, len(text)}.union(*tokens))
    return [text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m annotations.convert", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--from", dest="source", choices=FORMATS, required=True, help="format of IN")
    add("--to", dest="target", choices=FORMATS, required=True, help="format of OUT")
    add("--accept-rest", action="store_true", help="write what is good, and refused.jsonl")
    add("--several", action="store_true", help="studio: take the annotations of several people")
    add(
        "--offsets", choices=("codepoints", "utf16"), default="codepoints",
        help="studio: what offsets count; Label Studio 1.23.2 counts code points, older ones UTF-16",
    )  # fmt: skip
    add(
        "--tokens", choices=("characters", "words"), default="characters",
        help="docbin: what a token is; with words, labels that end inside one are told",
    )  # fmt: skip
    add("--mask", action="store_true", help="mask phone numbers and e-mail addresses")
    add("input", type=Path, metavar="IN")
    add("output", type=Path, metavar="OUT")
    options = parser.parse_args(arguments)
    try:
        print(convert(options))
    except (AnnotationError, NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
