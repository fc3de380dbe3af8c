"""The store of a batch: every place once, every verdict once, whatever moment the process is killed.

Two tables: what stands where (an item, keyed by its place), and what its bytes gave (a verdict, keyed
by their SHA-256).  What a run did not meet is forgotten when it has met everything, so that the store,
and the dataset that is made of it, is a function of the inputs and the versions alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from nianbao.batch.outcome import Item, Origin, Outcome, Place
from nianbao.batch.score import READING_FAILED, Verdict, Versions
from nianbao.exceptions import NianbaoError

#: Of the layout of the file: another one is refused, not read wrongly.
LAYOUT = 2

_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    sha256 TEXT PRIMARY KEY, status TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
    packed BLOB, library TEXT NOT NULL, model TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    source TEXT, member TEXT, ordinal INTEGER, run INTEGER NOT NULL, size INTEGER NOT NULL,
    url TEXT, fetched TEXT, media_type TEXT, headers TEXT NOT NULL, sha256 TEXT,
    status TEXT, reason TEXT, message TEXT,
    PRIMARY KEY (source, member, ordinal)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_OUTCOMES = """
SELECT i.source, i.member, i.ordinal, i.url, i.fetched, i.media_type, i.headers, i.size, i.sha256,
       COALESCE(v.status, i.status), COALESCE(v.reason, i.reason), COALESCE(v.message, i.message),
       v.packed
FROM items i LEFT JOIN verdicts v ON v.sha256 = i.sha256
ORDER BY i.source, i.member, i.ordinal
"""


class JournalError(NianbaoError):
    """The journal cannot be used: damaged, in use, or of another version."""

    code = "journal_error"


class Found(NamedTuple):
    """An item, with the digest of its bytes; None for one that is no document."""

    item: Item
    sha256: str | None


class Journal:
    """An SQLite file.  One process writes it at a time.

    Raises JournalError when `path` is no journal, is damaged, or another process holds it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None, timeout=0.5)
            self._open()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _open(self) -> None:
        # The lock is held until the end: two batches on one folder would undo each other's work.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA journal_mode = WAL")
        # NORMAL may lose the last transactions if the machine loses power, never the file's
        # integrity, and nothing if only the process dies; what is lost is scored again.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)
        layout = self.fact("layout")
        if layout is None:
            self.note("layout", LAYOUT)
        elif layout != LAYOUT:
            raise JournalError(
                f"{self.path}：是第 {layout} 版的记录，这里只认第 {LAYOUT} 版；移走它就会从头开始"
            )
        self.run = int(self.fact("run") or 0) + 1
        self.note("run", self.run)

    def _unusable(self, error: sqlite3.Error) -> JournalError:
        if "locked" in str(error):
            return JournalError(f"{self.path}：另一个进程正在使用")
        return JournalError(f"{self.path}：不能用作记录（{error}）；移走它就会从头开始")

    def fact(self, name: str) -> Any:
        """Return what was noted as `name`, or None."""
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def note(self, name: str, value: Any) -> None:
        """Note plain data under `name`."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, text))

    def versions(self) -> list[Versions]:
        """Return the versions that the verdicts are of."""
        rows = self._database.execute("SELECT DISTINCT library, model FROM verdicts ORDER BY 1, 2")
        return [Versions(*row) for row in rows]

    def forget_verdicts(self, versions: Versions) -> int:
        """Forget what `versions` would judge anew, and return how much.

        A document that could not be read says nothing of a model: where only the model is another
        one, its verdict is kept.
        """
        marks = ", ".join("?" * len(READING_FAILED))
        reasons = sorted(READING_FAILED)
        self._database.execute(
            f"UPDATE verdicts SET model = ? WHERE library = ? AND reason IN ({marks})",  # noqa: S608
            (versions.model, versions.library, *reasons),
        )
        gone = self._database.execute(
            "DELETE FROM verdicts WHERE library != ? OR model != ?",
            (versions.library, versions.model),
        )
        return gone.rowcount

    def has_verdict(self, sha256: str) -> bool:
        found = self._database.execute("SELECT 1 FROM verdicts WHERE sha256 = ?", (sha256,))
        return found.fetchone() is not None

    def digests(self) -> Iterator[str]:
        """Yield the digests that have a verdict."""
        with closing(self._database.execute("SELECT sha256 FROM verdicts")) as rows:
            for row in rows:
                yield str(row[0])

    def count_verdicts(self) -> int:
        """Return how many digests have a verdict."""
        return int(self._database.execute("SELECT COUNT(*) FROM verdicts").fetchone()[0])

    def add(self, found: Iterable[Found], verdicts: Iterable[tuple[str, Verdict]]) -> None:
        """Store items and verdicts in one transaction."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            with self._database:
                self._database.executemany(
                    "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?)",
                    ((sha256, v.status, v.reason, v.message, v.packed, v.versions.library, v.versions.model)
                     for sha256, v in verdicts),
                )  # fmt: skip
                self._database.executemany(
                    f"INSERT OR REPLACE INTO items VALUES ({', '.join('?' * 13)})",  # noqa: S608
                    (self._row(one) for one in found),
                )
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _row(self, found: Found) -> tuple[Any, ...]:
        item, origin = found.item, found.item.origin
        problem = item.problem
        why = (None,) * 3 if problem is None else (problem.status, problem.reason, problem.message)
        return (
            item.place.source, item.place.member, item.place.ordinal, self.run, item.size,
            origin.url, origin.fetched, origin.media_type,
            json.dumps(origin.headers, ensure_ascii=False), found.sha256, *why,
        )  # fmt: skip

    def finish(self) -> None:
        """Forget the items that this run has not met, and verdicts on no item."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM items WHERE run != ?", (self.run,))
            self._database.execute(
                "DELETE FROM verdicts WHERE sha256 NOT IN"
                " (SELECT sha256 FROM items WHERE sha256 IS NOT NULL)"
            )

    def statuses(self) -> dict[str, str]:
        """Return digest -> status of every verdict."""
        with closing(self._database.execute("SELECT sha256, status FROM verdicts")) as rows:
            return {str(sha256): str(status) for sha256, status in rows}

    def unjudged(self) -> int:
        """Return how many documents have no verdict."""
        row = self._database.execute(
            "SELECT COUNT(*) FROM items i WHERE sha256 IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.sha256 = i.sha256)"
        ).fetchone()
        return int(row[0])

    def counts(self) -> dict[str, int]:
        """Return status -> number of items."""
        rows = self._database.execute(
            "SELECT COALESCE(v.status, i.status), COUNT(*) FROM items i"
            " LEFT JOIN verdicts v ON v.sha256 = i.sha256 GROUP BY 1 ORDER BY 1"
        )
        return {str(status): int(count) for status, count in rows}

    def outcomes(self, versions: Versions) -> Iterator[Outcome]:
        """Yield every outcome, ordered by place, as one of `versions`."""
        with closing(self._database.execute(_OUTCOMES)) as rows:
            for row in rows:
                headers = tuple((name, value) for name, value in json.loads(row[6]))
                yield Outcome(
                    Place(row[0], row[1], row[2]), Origin(row[3], row[4], row[5], headers), row[7],
                    row[8], row[9], row[10], row[11], row[12], versions.library, versions.model,
                )  # fmt: skip

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
