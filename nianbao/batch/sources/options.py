"""How sources are read: the fields of rows, and the bounds that no archive may pass."""

from __future__ import annotations

from dataclasses import dataclass

from nianbao.reading.limits import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input may cost.  All sizes in bytes.

    `document`: one document, and one line of JSON or row of CSV; a larger one is `failed`.
    `ratio`: inflated to compressed size, of one stream and of a whole input.  Pages of one site
    that share all but their text reach some 50; deflate ends at 1032, the other methods far beyond.
    `ratio_from`: inflated size up to which no ratio is looked at, because a short text of blanks
    is no harm.
    `inflated`: what one input inflates to, with all archives in it.
    `members`: files and folders in the ZIP and TAR archives of one input.  Their names are kept, to
    tell equal ones apart; a member costs some 0.2 kB in a TAR, 0.8 kB in a ZIP.  Of a TAR with more
    so many are read, of a ZIP none.  Records of a WARC, lines and rows are without number.
    `depth`: containers inside the outermost one that are opened.
    `scratch`: an archive in an archive that has to be put into a scratch file, because it can only
    be read from its end (ZIP, Parquet).
    """

    document: int = MAX_BYTES
    ratio: int = 200
    ratio_from: int = 64 * 1024 * 1024
    inflated: int = 1024**4
    members: int = 500_000
    depth: int = 2
    scratch: int = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Which fields of JSON lines, CSV and Parquet hold the document, its address and the time at
    which it was fetched; None guesses by usual names."""

    text_field: str | None = None
    url_field: str | None = None
    date_field: str | None = None
    limits: Limits = Limits()
