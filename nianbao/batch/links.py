"""Which of the records of one agency and year is the one to count: versions, mirrors and formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from nianbao.batch.outcome import Place
from nianbao.report import CellValue
from nianbao.rules.forms import COLUMNS, ROWS, table_cells

LinkReason = Literal["mirror", "other_format", "superseded"]

#: Every cell of both forms, in the forms' order: the columns of table `wide` and the places of
#: `Head.values`.
CELL_PATHS: Final = tuple(
    f"{table}.{row}.{column}"
    for table, rows in ROWS.items()
    for row in rows
    for column in COLUMNS[table]
    if any(column in table_cells(table, form).get(row, ()) for form in ("2019", "2021"))
)

_LOST, _BLANK = 0, 1
#: The largest prime that leaves room for the two states in 16 bits: counts below it never collide.
_MODULUS: Final = 65521


@dataclass(frozen=True, slots=True)
class Head:
    """What linking needs of one distinct report.

    `agency` is the key of its agency (`agency_key`), None where the page names none; `published` is
    `YYYY-MM-DD`; `values` and `prose` are what `values_digest` and the writer make of the record;
    `missing` counts its missing cells and `failed` its failed checks; `place` is its first place.
    """

    report: str
    agency: str | None
    year: int | None
    published: str | None
    media_type: str
    values: bytes
    prose: bytes
    confidence: float
    missing: int
    failed: int
    place: Place


@dataclass(frozen=True, slots=True)
class Link:
    """`chosen_report` is the report that counts for this one's agency and year: itself when `chosen`,
    and only then `reason` is None."""

    chosen: bool
    chosen_report: str
    reason: LinkReason | None


@dataclass(frozen=True, slots=True)
class _Version:
    """Reports of one agency and year that say the same; the most complete one leads."""

    heads: list[Head]

    @property
    def published(self) -> str:
        """When this version first appeared, "" if unknown.

        A mirror may be dated long after it, and a copy with lost cells may be one of another version
        that differs only in those.
        """
        values = self.heads[0].values
        dates = (head.published for head in self.heads if head.values == values)
        return min((date for date in dates if date), default="")


def agency_key(agency_id: str | None, agency: str | None, province: str | None) -> str | None:
    """Return what stands for an agency: its id, else its name as written and its province."""
    if agency_id:
        return f"id:{agency_id}"
    return f"name:{province or ''}:{agency}" if agency else None


def values_digest(cells: Iterable[CellValue]) -> bytes:
    """Return 16 bits for every path of CELL_PATHS: lost or absent, blank, or a digest of the value.

    A plain hash would say only whether two reports are equal; this says also whether a copy with
    lost cells agrees in all that was read of it.
    """
    codes = {
        cell.path: (
            hash(cell.value) % _MODULUS + 2
            if cell.value is not None
            else _BLANK
            if cell.source == "blank"
            else _LOST
        )
        for cell in cells
    }
    row = [codes.get(path, _LOST) for path in CELL_PATHS]
    return np.array(row, dtype="<u2").tobytes()


def link(heads: Iterable[Head]) -> dict[str, Link]:
    """Return {report: link}; what comes out does not depend on the order of `heads`.

    Reports are compared within one agency and year; those without either are all chosen.

    1. Reports are one version when no cell that was read in both has two values.  Reports that
       have no values at all are one version when their prose is the same.
    2. A version with values beats one without.
    3. A version is dated by the earliest publication of just these values, so that a late mirror of
       the old figures does not look like a correction.  The latest dated version beats the earlier
       ones: it is the corrected one.  What has no date may be older or newer than it, and
       stands beside it.
    4. Of what is left, within a version and between them: the report with fewer missing cells, then
       with fewer failed checks, then with the higher confidence, then with the first place.

    The others are `other_format` (same version as the chosen report, another media type), `mirror`
    (same version, media type and prose) or `superseded` (anything else).
    """
    links: dict[str, Link] = {}
    groups: dict[tuple[str, int], list[Head]] = {}
    for head in heads:
        if head.agency is None or head.year is None:
            links[head.report] = Link(True, head.report, None)
        else:
            groups.setdefault((head.agency, head.year), []).append(head)
    for group in groups.values():
        links.update(_link_group(group))
    return links


def _link_group(group: list[Head]) -> dict[str, Link]:
    if len(group) == 1:
        return {group[0].report: Link(True, group[0].report, None)}
    versions = _versions(sorted(group, key=_rank))
    chosen = _chosen(versions)
    best = chosen.heads[0]
    links = {}
    for version in versions:
        for head in version.heads:
            reason = _reason(head, best) if version is chosen else "superseded"
            links[head.report] = Link(head is best, best.report, None if head is best else reason)
    return links


def _rank(head: Head) -> tuple[object, ...]:
    """The smaller, the better."""
    lost = not any(head.values)
    return (lost, head.missing, head.failed, -head.confidence, head.place, head.report)


def _versions(ranked: list[Head]) -> list[_Version]:
    """Give each report to the first version whose leader it agrees with.

    The best come first, so that what is compared with is what lost least.
    """
    leaders = np.zeros((len(ranked), len(CELL_PATHS)), dtype=np.uint16)
    versions: list[_Version] = []
    for head in ranked:
        codes = np.frombuffer(head.values, dtype="<u2")
        at = _agreeing(head, codes, leaders[: len(versions)], versions)
        if at is None:
            leaders[len(versions)] = codes
            versions.append(_Version([head]))
        else:
            versions[at].heads.append(head)
    return versions


def _agreeing(
    head: Head,
    codes: npt.NDArray[np.uint16],
    leaders: npt.NDArray[np.uint16],
    versions: list[_Version],
) -> int | None:
    """Return the number of the version that `head` belongs to.

    Whole rows are compared at once: a name that many agencies share can bring thousands of reports
    together, and comparing every two of them cell by cell takes minutes.
    """
    if not codes.any():
        same = (n for n, version in enumerate(versions) if version.heads[0].prose == head.prose)
        return next(same, None)
    both = (leaders != _LOST) & (codes != _LOST)
    agree = both.any(axis=1) & ~(both & (leaders != codes)).any(axis=1)
    return int(agree.argmax()) if agree.any() else None


def _chosen(versions: list[_Version]) -> _Version:
    """`versions` are in order of their leaders, the best first."""
    valued = [version for version in versions if any(version.heads[0].values)] or versions
    latest = max(version.published for version in valued)
    return next(version for version in valued if version.published in ("", latest))


def _reason(head: Head, best: Head) -> LinkReason:
    if head.media_type != best.media_type:
        return "other_format"
    return "mirror" if head.prose == best.prose else "superseded"
