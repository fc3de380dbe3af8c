"""Whole examples: determinism, exact spans, what was lost, and the path through the reader."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from nianbao.reading import read, read_text
from nianbao.reading.folding import fold
from nianbao.spans import check_spans
from tests.training.made_content import small_content
from training.synthesis import pages
from training.synthesis.corpus import Corpus
from training.synthesis.damage import ANOTHER_REPORT
from training.synthesis.html import make_html
from training.synthesis.layout import Annotated, Mark

CORPUS = Corpus.without_data()
CONTENT = small_content()


def printed(content: pages.Content) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for block in content.blocks:
        pieces = list(block.pieces)
        for cell in block.table.cells if block.table else ():
            pieces += cell.pieces
        found.update((p.label, "".join(p.text.split())) for p in pieces if p.label)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_reader_keeps_every_piece_of_a_page(seed: int) -> None:
    made = pages.render(CONTENT, "html", Random(seed))
    check_spans(made.spans, made.text)
    found: Counter[tuple[str, str]] = Counter()
    for mark in made.marks:
        found[mark.label, "".join(made.text[mark.start : mark.end].split())] += 1
    for key, count in printed(CONTENT).items():
        assert found[key] == count, key


@pytest.mark.parametrize("seed", range(12))
def test_sentinels_change_nothing_that_the_reader_does(seed: int) -> None:
    page, sentinels = make_html(CONTENT, Random(seed))
    bare = "".join(char for char in page if not "\ue000" <= char <= "\uf8ff")
    assert sentinels.read_back(read(page.encode()).text).text == read(bare.encode()).text


@pytest.mark.parametrize("difficulty", ["plain", "one", "several", "mixed"])
def test_examples_repeat_themselves_and_their_spans_are_exact(difficulty: str) -> None:
    first = list(pages.iter_examples(40, 12, CORPUS, difficulty=difficulty))
    assert first == list(pages.iter_examples(40, 12, CORPUS, difficulty=difficulty))
    for example in first:
        assert list(example.spans) == check_spans(example.spans, example.text)
        for span in example.spans:
            text = example.text[span.start : span.end]
            assert text == text.strip() != ""
    counts = {"plain": {0}, "one": {1}, "several": {2, 3, 4}, "mixed": {0, 1, 2, 3, 4}}
    assert {len(example.damages) for example in first} <= counts[difficulty]


def test_an_unknown_difficulty_is_refused() -> None:
    with pytest.raises(ValueError, match="difficulty"):
        pages.make_example(1, CORPUS, difficulty="hard")


@pytest.mark.parametrize("name", [*pages.DAMAGES, ANOTHER_REPORT])
@pytest.mark.parametrize("layout", ["html", "glued_page", "markdown"])
def test_each_damage_on_a_whole_report(name: str, layout: str) -> None:
    rng = Random(f"{name} {layout}")
    content = pages.make_content(rng, CORPUS)
    example = pages.compose(content, layout, [name], rng, CORPUS)
    assert list(example.spans) == check_spans(example.spans, example.text)
    assert example.spans


def test_lost_cells_are_named_and_may_be_null() -> None:
    example = pages.compose(CONTENT, "pipes", ["tables_lost"], Random(5), CORPUS)
    assert example.gold["lost"]
    for path in example.gold["lost"]:
        table, rest = path.split(".", 1)
        row, column = rest.rsplit(".", 1)
        value = example.gold["tables"][table][row][column]
        assert example.gold["accept"][path] == [value, None]
    whole = pages.compose(CONTENT, "pipes", [], Random(5), CORPUS)
    assert not whole.gold["lost"] and not whole.gold["ambiguous"]


def test_blanks_that_leave_no_trace_make_their_row_ambiguous() -> None:
    example = pages.compose(CONTENT, "glued_rows", [], Random(5), CORPUS)
    assert example.gold["ambiguous"] == [
        f"proactive_disclosure.{row}.{column}"
        for row in ("normative_documents", "rules")
        for column in ("in_force", "made")
    ]


def test_marks_are_shown_to_people() -> None:
    made = Annotated("规章7", (Mark(0, 2, "row.proactive_disclosure.rules"), Mark(2, 3, "value")))
    shown = pages.marked_text(made.text, made.spans)
    assert shown == "⟦row.proactive_disclosure.rules:规章⟧⟦value:7⟧"


def test_the_command_shows_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    pages.main(["--seed", "3", "--count", "2", "--show"])
    pages.main(["--seed", "3", "--layout", "tabs", "--damage", "kangxi"])
    output = capsys.readouterr().out
    assert output.count("seed 3:") == 2
    assert "tabs, damages: kangxi" in output


def test_spans_survive_folding() -> None:
    for example in pages.iter_examples(300, 25, CORPUS, difficulty="several"):
        folded = fold(example.text)
        spans = check_spans(folded.project_spans(example.spans), folded.text)
        assert [span.label for span in spans] == [span.label for span in example.spans]


def test_the_reader_leaves_flattened_text_as_it_is() -> None:
    for example in pages.iter_examples(500, 25, CORPUS, difficulty="several"):
        assert read_text(example.text).text == example.text
