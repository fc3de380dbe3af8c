"""A made crawl: a WARC of reports and as many other pages, each from its own seed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from random import Random

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from training.synthesis.content import make_content, make_other_page
from training.synthesis.corpus import Corpus
from training.synthesis.html import html_page

_DATE = "2026-01-15T00:00:00Z"


def page(seed: int, corpus: Corpus, *, report: bool) -> bytes:
    """Return the page of `seed`: a report of any form, plain or with markup of any kind, or another
    page of an agency's site."""
    rng = Random(f"archive {seed} {report}")
    content = make_content(rng, corpus) if report else make_other_page(rng, corpus)
    return html_page(content, rng).encode("utf-8", "replace")


def pages(count: int, corpus: Corpus) -> Iterator[tuple[str, bytes]]:
    """Yield (address, bytes) of `count` reports and `count` other pages in turns."""
    for seed in range(count):
        for report, name in ((True, "report"), (False, "page")):
            yield f"http://www.example.gov.cn/{name}/{seed}.html", page(seed, corpus, report=report)


def write_warc(path: Path, count: int, corpus: Corpus) -> None:
    """Write `count` reports and as many other pages to `path`, gzip, one record a member."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for url, data in pages(count, corpus):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(data), http_headers=headers,
                warc_headers_dict={"WARC-Date": _DATE},
            )  # fmt: skip
            writer.write_record(record)
    partial.replace(path)
