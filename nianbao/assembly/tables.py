"""The three statutory tables from labelled text: regions -> rows -> cells.

A row is read where its label stands.  When a label occurs more than once (a heading that repeats it,
prose), the occurrence whose values read best is the row; when the labels come first and the values
after them in one block, the block is dealt out in the form's order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, NamedTuple

from nianbao.assembly.align import (
    Piece,
    Readings,
    Row,
    Shape,
    Tier,
    dropped_before_padding,
    middle_slots,
    read_row,
)
from nianbao.assembly.balance import Equation, choose
from nianbao.assembly.dealing import (
    MOST_OF,
    Dealer,
    RowSource,
    deal_whole_table,
    places_of,
)
from nianbao.assembly.grids import Grids
from nianbao.assembly.regions import Region, Slot, SlotKind, find_habits, find_slots
from nianbao.numbers import Number
from nianbao.rules.forms import (
    MONEY,
    OTHER_PROCESSING_ROWS,
    PROACTIVE,
    PROACTIVE_COLUMNS,
    REQUEST_COLUMNS,
    REQUESTS,
    REVIEW,
    REVIEW_COLUMNS,
    ROWS,
    outcome_rows,
    request_rows,
)

#: Occurrences of one row's label that are read at most, those in the table's section first.
MAX_OCCURRENCES = 12

#: Of the rows of a page that leaves out noughts so many are short at least, and so many of these add up
#: as they are (a lost total, or another number, shows).
MANY_SHORT, MOST_ADD_UP = 1 / 3, 0.8

_TIER_ORDER: dict[Tier, int] = {
    "plain": 0, "blank": 1, "split": 2, "torn": 3, "stray": 4, "lost": 5, "none": 6,
}  # fmt: skip

_WHY: dict[Tier, str] = {
    "plain": "行标签之后的值与列数相同,按列序对应",
    "blank": "按单元格分隔符确定空格的位置",
    "split": "数字粘连,按合计关系拆分",
    "torn": "数字被拆开,按合计关系合并",
    "stray": "多出的数字按合计关系剔除",
    "lost": "缺少单元格,按合计关系定位",
    "none": "未找到该行的值",
}


class ReadCell(NamedTuple):
    """A cell before it becomes part of the record; offsets are folded ones."""

    path: str
    piece: Piece
    candidates: tuple[Piece, ...]
    reason: str
    label_score: float


@dataclass(frozen=True, slots=True)
class FoundTables:
    """The cells of the tables that were found, and the form of each ("2019" or "2021")."""

    cells: tuple[ReadCell, ...]
    forms: Mapping[str, str]


class Drops(NamedTuple):
    """What a page leaves out: cells that are empty, for which it pads the row, and noughts."""

    empties: bool
    noughts: bool


class TableReader:
    """Reads the tables of one body of text."""

    def __init__(
        self, text: str, regions: Sequence[Region], zones: Mapping[str, tuple[int, int]],
        stated: Mapping[str, Collection[Number]], grids: Grids,
    ) -> None:  # fmt: skip
        self.text = text
        self.regions = regions
        self.zones = zones
        self.stated = stated
        self.grids = grids
        self.habits = find_habits(text, regions)
        self._found: dict[int, tuple[Slot, ...]] = {}

    def _dealer(self, table: str) -> Dealer:
        zone = self.zones.get(table, (0, len(self.text)))
        return Dealer(self.text, self.regions, self._slots, zone, self.grids)

    def read(self, year: int | None) -> FoundTables:
        """Return the cells of the three tables; those of a table without labels are all missing,
        and it has no form."""
        forms: dict[str, str] = {}
        cells: list[ReadCell] = []
        proactive = self._sources(PROACTIVE)
        requests = self._sources(REQUESTS)
        form = _proactive_form(self.regions, proactive)
        default = form or ("2019" if year is not None and year < 2021 else "2021")
        drops = Drops(self._drops_empties(requests), self._drops_noughts(requests))
        if proactive:
            forms[PROACTIVE] = default
        cells += self._proactive(proactive, default, self._is_glued(requests), drops)
        if requests:
            forms[REQUESTS] = _requests_form(requests, default)
        cells += self._requests(requests, forms.get(REQUESTS, default), drops)
        review = self._review_segments()
        if review:
            forms[REVIEW] = default
            cells += self._review(review, drops)
        else:
            columns = [f"{row}.{column}" for row in ROWS[REVIEW] for column in REVIEW_COLUMNS]
            cells += _lost_cells([f"{REVIEW}.{column}" for column in columns])
        return FoundTables(tuple(cells), forms)

    # -- where the rows are ------------------------------------------------------------------

    def _sources(self, table: str) -> dict[str, list[RowSource]]:
        """Row id -> its occurrences, those in the table's own section first."""
        prefix = f"row.{table}."
        start, end = self.zones.get(table, (0, len(self.text)))
        found: dict[str, list[RowSource]] = {}
        mine = [r for r in self.regions if r.label.label.startswith(prefix)]
        mine.sort(key=lambda r: not start <= r.label.start < end)
        for region in mine:
            slots = self.grids.row_slots(region.label) or self._slots(region)
            row = region.label.label.removeprefix(prefix)
            found.setdefault(row, []).append(RowSource(region, slots))
        return found

    def _slots(self, region: Region) -> tuple[Slot, ...]:
        place = region.label.start
        if place not in self._found:
            self._found[place] = tuple(find_slots(self.text, region, self.habits))
        return self._found[place]

    def _best(self, sources: Iterable[RowSource], shape: Shape) -> tuple[RowSource, Readings]:
        """Return the occurrence that reads best, the first of equals."""
        some = islice(sources, MAX_OCCURRENCES)
        read = [(source, read_row(self.text, source.slots, shape)) for source in some]
        return min(read, key=lambda pair: _TIER_ORDER[pair[1].tier])

    def _cells(
        self, paths: Sequence[str], readings: Readings, left: Sequence[Row], source: RowSource
    ) -> list[ReadCell]:
        """Return a cell for each path: what all readings that are left agree on, else unknown."""
        rows = self._as_stated(paths, left)
        score = source.region.label.score
        if len(left) == 1:  # as nearly always
            reason = source.reason or _WHY[readings.tier]
            row = rows[0]
            return [ReadCell(path, row[i], (), reason, score) for i, path in enumerate(paths)]
        cells = []
        for i, path in enumerate(paths):
            options = tuple(dict.fromkeys(row[i] for row in rows))
            reason = source.reason or _WHY[readings.tier]
            if len(rows) < len(left):
                reason += ",并与正文所述一致"
            piece: Piece = options[0]
            candidates: tuple[Piece, ...] = ()
            if len(options) > 1 and len({(option.state, option.value) for option in options}) > 1:
                start, end = min(o.start for o in options), max(o.end for o in options)
                piece, candidates = Piece("missing", start, end), options
                reason = "有多种可能的读法,不作取舍"
            cells.append(ReadCell(path, piece, candidates, reason, score))
        return cells

    def _as_stated(self, paths: Sequence[str], left: Sequence[Row]) -> Sequence[Row]:
        """Of several readings, keep those with a figure that the narrative states, where it is no
        figure that all of them have."""
        if len(left) == 1:
            return left
        for i, path in enumerate(paths):
            numbers = self.stated.get(path, ())
            agreeing = [row for row in left if row[i].value in numbers]
            if agreeing:
                left = agreeing
        return left

    # -- 主动公开政府信息情况 -----------------------------------------------------------------

    def _is_glued(self, requests: Mapping[str, list[RowSource]]) -> bool:
        """Tell whether some row of table 2 is one run of digits."""
        runs = [
            [slot for slot in source.slots if slot.kind == "value"]
            for found in requests.values()
            for source in found
        ]
        size = len(REQUEST_COLUMNS)
        return any(len(run) == 1 and run[0].end - run[0].start >= size for run in runs)

    def _drops_empties(self, requests: Mapping[str, list[RowSource]]) -> bool:
        """Tell whether most of table 2's short rows only add up when their empty cells were dropped and
        their padding made up for them.  By chance a row in twenty does: on made pages that keep their
        empty cells 11 of 210 short rows (2,500 seeds, one damage each)."""
        size = len(REQUEST_COLUMNS)
        shape = Shape(size, groups=(size,))
        short = [
            source.slots
            for found in requests.values()
            for source in found
            if 1 < len(middle_slots(source.slots)) < size and self._prints_more_than_zero(source)
        ]
        dropped = sum(bool(dropped_before_padding(self.text, slots, shape)) for slots in short)
        return dropped > len(short) / 2

    def _drops_noughts(self, requests: Mapping[str, list[RowSource]]) -> bool:
        """Tell whether many rows of table 2 are short, and nearly all of these add up as they are."""
        size = len(REQUEST_COLUMNS)
        rows = [found[0] for found in requests.values() if places_of(found[0])]
        short = [row for row in rows if len(row.slots) < size]
        telling = [middle_slots(row.slots) for row in short if self._prints_more_than_zero(row)]
        adds_up = self._dealer(REQUESTS).adds_up
        adding_up = sum(
            adds_up(slots, Shape(len(slots), groups=(len(slots),))) for slots in telling
        )
        return len(short) > MANY_SHORT * len(rows) and adding_up > MOST_ADD_UP * len(telling)

    def _prints_more_than_zero(self, source: RowSource) -> bool:
        return any(self.text[s.start : s.end].strip("0") for s in source.slots if s.kind == "value")

    def _proactive(
        self,
        sources: Mapping[str, list[RowSource]],
        form: str,
        glued: bool,
        drops: Drops,
    ) -> list[ReadCell]:
        cells: list[ReadCell] = []
        order = tuple(PROACTIVE_COLUMNS[form])
        dealer = self._dealer(PROACTIVE)
        sources = {**sources, **deal_whole_table(sources, PROACTIVE_COLUMNS[form])}
        for width in {len(columns) for columns in PROACTIVE_COLUMNS[form].values()}:
            alike = {r: sources[r] for r in order
                     if r in sources and len(PROACTIVE_COLUMNS[form][r]) == width}  # fmt: skip
            sources = {**sources, **dealer.deal_out(alike, Shape(width), order)}
        for row, columns in PROACTIVE_COLUMNS[form].items():
            size = len(columns)
            as_wide = [found for other, found in sources.items()
                       if len(PROACTIVE_COLUMNS[form].get(other, ())) == size]  # fmt: skip
            shape = Shape(
                size,
                frozenset(i for i, c in enumerate(columns) if f"{PROACTIVE}.{row}.{c}" in MONEY),
                frozenset(i for i, c in enumerate(columns) if c == "change"),
                padding=_padding(as_wide, size),
                glued=glued,
                drops_empties=drops.empties,
                drops_noughts=drops.noughts,
            )
            paths = [f"{PROACTIVE}.{row}.{column}" for column in columns]
            if row in sources:
                source, readings = self._best(sources[row], shape)
                cells += self._cells(paths, readings, readings.rows, source)
            else:
                cells += _lost_cells(paths)
        return cells

    # -- 收到和处理政府信息公开申请情况 ---------------------------------------------------------

    def _requests(
        self, sources: dict[str, list[RowSource]], form: str, drops: Drops
    ) -> list[ReadCell]:
        size = len(REQUEST_COLUMNS)
        shape = Shape(
            size,
            groups=(size,),
            padded_in_place=_padded_in_place(sources),
            drops_empties=drops.empties,
            drops_noughts=drops.noughts,
        )
        rows = request_rows(form)
        sources = {row: sources[row] for row in rows if row in sources}
        dealer = self._dealer(REQUESTS)
        sources = dealer.without_extra_column(sources, shape)
        dealt = dealer.deal_block(sources, shape, rows)
        if not dealt:
            sources = dealer.slid_back(dealer.completed(sources, shape), shape, rows)
            dealt = dealer.deal_out(dealer.name_rows(sources, shape, rows), shape, rows)
        shapes = {
            row: replace(shape, padding=_padding((dealt.get(row, ()) for row in alike), size))
            for alike in _alike(rows)
            for row in alike
        }
        chosen: dict[str, tuple[RowSource, Readings]] = {
            row: self._best(dealt[row], shapes[row]) for row in rows if row in dealt
        }
        outcomes = tuple(row for row in outcome_rows(form))
        left = choose(
            {row: readings.rows for row, (_, readings) in chosen.items()},
            (
                Equation(outcomes, ("results_total",)),
                Equation(("new_received", "carried_over"), ("results_total", "carried_forward")),
            ),
            shape.columns,
        )
        cells: list[ReadCell] = []
        for row in rows:
            paths = [f"{REQUESTS}.{row}.{column}" for column in REQUEST_COLUMNS]
            if row in chosen:
                source, readings = chosen[row]
                cells += self._cells(paths, readings, left[row], source)
            else:
                cells += _lost_cells(paths)
        return cells

    # -- 政府信息公开行政复议、行政诉讼情况 ------------------------------------------------------

    def _review_segments(self) -> list[RowSource]:
        """The stretches of values in the table, in order; none when there is no such table."""
        start, end = self.zones.get(REVIEW, (0, len(self.text)))
        prefixes = (f"row.{REVIEW}.", f"column.{REVIEW}.", "group.litigation")
        mine = [r for r in self.regions if r.label.label.startswith(prefixes)]
        in_zone = [r for r in mine if start <= r.label.start < end]
        for regions in (in_zone, mine):
            if len(regions) > 1 and any(r.values for r in regions):
                return [RowSource(r, self._slots(r)) for r in regions if r.values]
        if len(mine) > 1:
            return [RowSource(mine[-1], self._slots(mine[-1]))]
        # Its heads are lost: fifteen values below the section's heading are the table.
        heads = [r for r in self.regions if r.label.label == f"heading.{REVIEW}" and r.values]
        sources = [RowSource(r, self._slots(r)) for r in heads]
        return [s for s in sources if places_of(s) == len(REVIEW_COLUMNS) * len(ROWS[REVIEW])][:1]

    def _review(self, segments: Sequence[RowSource], drops: Drops) -> list[ReadCell]:
        size = len(REVIEW_COLUMNS)
        rows = list(ROWS[REVIEW])
        paths = [f"{REVIEW}.{row}.{column}" for row in rows for column in REVIEW_COLUMNS]
        counts = [len(middle_slots(segment.slots)) for segment in segments]
        whole = Shape(size * len(rows), groups=(size,) * len(rows), drops_noughts=drops.noughts)
        if len(segments) == len(rows) and all(count == size for count in counts):
            shape = Shape(size, groups=(size,))
            cells: list[ReadCell] = []
            for i, segment in enumerate(segments):
                readings = read_row(self.text, segment.slots, shape)
                mine = paths[i * size : (i + 1) * size]
                cells += self._cells(mine, readings, readings.rows, segment)
            return cells
        if sum(counts) == whole.columns and len(segments) > 1:
            slots = [s for segment in segments for s in segment.slots]
            joined = replace(
                segments[-1], slots=tuple(s for s in slots if s.kind in ("value", "empty"))
            )
        else:
            joined = segments[max(range(len(segments)), key=lambda i: counts[i])]
        readings = read_row(self.text, joined.slots, whole)
        return self._cells(paths, readings, readings.rows, joined)


def _proactive_form(
    regions: Sequence[Region], sources: Mapping[str, list[RowSource]]
) -> str | None:
    """Tell the form of table 1 from its heads and rows, by the larger number of witnesses."""
    heads = {r.label.label.removeprefix(f"column.{PROACTIVE}.") for r in regions
             if r.label.label.startswith(f"column.{PROACTIVE}.")}  # fmt: skip
    old = {
        "newly_made",
        "newly_published",
        "total_public",
        "items_last_year",
        "change",
        "items",
        "amount",
    }
    new = {"made", "repealed", "in_force", "amount_10k_yuan"}
    votes = (
        len(heads & old)
        - len(heads & new)
        + 2 * len({"other_services", "procurement"} & set(sources))
    )
    if not heads and not sources:
        return None
    if votes == 0:
        values = [len(s.region.values) for row in ("licensing", "penalties", "coercion")
                  for s in sources.get(row, [])]  # fmt: skip
        votes = 1 if any(count >= 3 for count in values) else -1
    return "2019" if votes > 0 else "2021"


#: The empty places before and after the values of a row.
_AROUND: Final[tuple[SlotKind, SlotKind]] = ("lead", "pad")

#: Rows of table 2 whose label spans all three label columns.
_WIDE_ROWS = ("new_received", "carried_over", "carried_forward")
#: Rows whose label spans two of them.
_MIDDLE_ROWS = ("granted", "partially_granted", "results_total")


def _alike(rows: Sequence[str]) -> list[list[str]]:
    """Return `rows` of table 2 by how many of the columns of labels their own one spans."""
    spanning = [[row for row in rows if row in wide] for wide in (_WIDE_ROWS, _MIDDLE_ROWS)]
    return [*spanning, [row for row in rows if row not in (*_WIDE_ROWS, *_MIDDLE_ROWS)]]


def _padding(rows: Iterable[Iterable[RowSource]], size: int) -> tuple[int, int]:
    """Return how many empty places all those of `rows` have before and after their values that are whole,
    of `size` places."""
    whole = [
        [slot.kind for slot in source.slots]
        for found in rows
        for source in found
        if len(middle_slots(source.slots)) == size
    ]
    leads, pads = ([kinds.count(kind) for kinds in whole] for kind in _AROUND)
    return min(leads, default=0), min(pads, default=0)


def _padded_in_place(sources: Mapping[str, list[RowSource]]) -> bool:
    """Tell whether a page leaves the padding of merged labels where it stands (before the values) or
    moves it to the end of the line, as most do: the wide labels' rows bear witness."""
    votes = 0
    for rows, padding in ((_WIDE_ROWS, 2), (_MIDDLE_ROWS, 1)):
        for source in (s for row in rows for s in sources.get(row, [])):
            kinds = [slot.kind for slot in source.slots]
            before, after = kinds.count("lead") >= padding, kinds.count("pad") >= padding
            votes += (before and not after) - (after and not before)
    return votes > 0


def _requests_form(sources: Mapping[str, list[RowSource]], default: str) -> str:
    """Tell the form of table 2: the 2021 form parts (六)其他处理 into three rows."""
    parts = [s for row in OTHER_PROCESSING_ROWS for s in sources.get(row, [])]
    if any(s.region.values for s in parts):
        return "2021"
    if any(s.region.values for s in sources.get("other_processing", [])) and len(parts) < 2:
        return "2019"
    if parts:
        return "2021"
    most = MOST_OF * len(request_rows("2019"))
    return "2019" if "other_processing" in sources and len(sources) > most else default


def _lost_cells(paths: Sequence[str]) -> list[ReadCell]:
    return [
        ReadCell(path, Piece("missing", 0, 0), (), "页面中未找到该行标签", 1.0) for path in paths
    ]
