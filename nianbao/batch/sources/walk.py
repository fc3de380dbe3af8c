"""What the readers of containers share while one input is read: places, bounds, making items."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from nianbao.batch.outcome import Item, Origin, Place, Problem
from nianbao.batch.sources.guard import Budget, Damage, Exhausted, too_large
from nianbao.batch.sources.names import is_hidden, join, member_path, storable
from nianbao.batch.sources.options import Limits, SourceOptions
from nianbao.batch.sources.streams import read_within

NOWHERE: Final = Origin()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a stream stands in its input.

    `path` is the member path of what it is in or is itself; `hint` its name, by which a kind without
    a mark is known; `depth` the number of containers around it; `place` that of the record it is,
    None for what is no record; `size` its bytes, where they are known before it is read.
    """

    path: str
    hint: str
    depth: int = 0
    origin: Origin = NOWHERE
    place: Place | None = None
    size: int | None = None

    @property
    def inside(self) -> str:
        """The path before `!/` of what is in it."""
        return self.path if self.place is None else f"{self.path}#{self.place.ordinal}"


#: Reads the stream at a spot, whatever it is.
Expand = Callable[["Walk", io.BufferedReader, Spot], Iterator[Item]]


@dataclass(slots=True)
class Walk:
    """The state of reading one input.

    `expand` opens what is found in a container; a reader of containers gets it from here, because
    it is built on all of them.
    """

    source: str
    options: SourceOptions
    budget: Budget
    expand: Expand
    _next: dict[str, int] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """The bounds of the options."""
        return self.options.limits

    def take(self, path: str) -> Place:
        """Return the place of the next record, or of the one document, at `path`: a path that comes
        twice goes on counting, so that no two places are the same."""
        ordinal = self._next.get(path, 0)
        self._next[path] = ordinal + 1
        return Place(self.source, path, ordinal)

    def skip(self, path: str, count: int) -> None:
        """Leave out the numbers of `count` records."""
        self._next[path] = self._next.get(path, 0) + count

    def place_of(self, spot: Spot) -> Place:
        """Return the place of what stands at `spot` as a whole."""
        return spot.place or self.take(spot.path)

    def member(self, spot: Spot, name: str, size: int | None = None) -> Spot | Item:
        """Return the spot of the member `name` of the archive at `spot`, or the item that refuses
        it for its name.  Raises Exhausted when the input has too many members."""
        self.budget.member()
        name = storable(name)
        try:
            path = member_path(name)
        except Damage as damage:
            return self.failed(Spot(join(spot.inside, name), name), damage)
        child = Spot(join(spot.inside, path), path, spot.depth + 1, size=size)
        if is_hidden(path):
            return self.skipped(child, "hidden", "隐藏文件，不予读取")
        return child

    def document(self, stream: io.BufferedReader, spot: Spot) -> Item:
        """Read the document at `spot`, or what is wrong with it."""
        limit = self.limits.document
        try:
            if spot.size is not None and spot.size > limit:
                raise too_large("文件", limit, spot.size)
            data = read_within(stream, limit, "文件")
        except Damage as damage:
            return self.failed(spot, damage)
        return Item(self.place_of(spot), data, len(data), spot.origin)

    def text(self, data: bytes, spot: Spot) -> Item:
        """Return the document that a row holds."""
        if len(data) > self.limits.document:
            return self.failed(spot, too_large("这一行的正文", self.limits.document, len(data)))
        return Item(self.place_of(spot), data, len(data), spot.origin)

    def failed(self, spot: Spot, damage: Damage | Exhausted) -> Item:
        """Return the item of what could not be read at `spot`."""
        size = spot.size or 0
        if isinstance(damage, Damage):
            damage.reported = True
            size = damage.size or size
        return self._problem(spot, "failed", damage.reason, damage.message, size)

    def skipped(self, spot: Spot, reason: str, message: str) -> Item:
        """Return the item of what is no document."""
        return self._problem(spot, "skipped", reason, message, spot.size or 0)

    def _problem(
        self,
        spot: Spot,
        status: Literal["failed", "skipped"],
        reason: str,
        message: str,
        size: int,
    ) -> Item:
        problem = Problem(status, reason, message)
        return Item(self.place_of(spot), None, size, spot.origin, problem)
