"""Pages of every kind of outcome, made once."""

from __future__ import annotations

from random import Random

import pytest

from training.example import example, page_of
from training.synthesis.content import ContentOptions, make_content, make_other_page
from training.synthesis.corpus import Corpus
from training.synthesis.html import html_page


@pytest.fixture(scope="session")
def made_pages() -> dict[str, bytes]:
    """Name -> bytes: reports, other pages, and what cannot be read."""
    corpus = Corpus.without_data()
    pages = {"example.html": example().encode()}
    for seed, form in ((1, "2021"), (2, "2019"), (3, "2021")):
        content = make_content(Random(seed), corpus, options=ContentOptions(form, whole=True))
        pages[f"report{seed}.html"] = page_of(content, seed, seed).encode()
    other = html_page(make_other_page(Random(5), corpus), Random(5))
    pages["other.html"] = other.encode("utf-8", "replace")
    pages["empty.txt"] = b"  \n "
    pages["noise.bin"] = bytes(Random(7).randbytes(4000))
    return pages
