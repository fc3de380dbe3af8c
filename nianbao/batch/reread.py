"""Documents again by the digests of their bytes, out of the inputs that a batch has read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from nianbao.batch.outcome import Item, Place
from nianbao.batch.sources import Source, SourceOptions, iter_sources, read_source
from nianbao.exceptions import InputNotFound

_DEFAULT = SourceOptions()


class Rereading:
    """Reads the documents `wanted`, digest -> place, once through the inputs.

    Where every place is known, files without one are not opened.  After the iteration `gone` says in
    Chinese, a sentence each, what could not be had.
    """

    def __init__(
        self,
        wanted: Mapping[str, Place | None],
        inputs: Sequence[str],
        options: SourceOptions = _DEFAULT,
    ) -> None:
        self._wanted = dict(wanted)
        self._inputs = inputs
        self._options = options
        self.gone: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, Item]]:
        """Yield digest and item of each wanted document, its bytes among it, in the order of the
        inputs."""
        left = dict(self._wanted)
        places = {place: sha256 for sha256, place in left.items() if place is not None}
        names = {place.source for place in places} if len(places) == len(left) else None
        for source in self._sources():
            if not left:
                return
            if names is not None and source.name not in names:
                continue
            for item in read_source(source, self._options):
                if item.data is None:
                    continue
                sha256 = hashlib.sha256(item.data).hexdigest()
                if sha256 in left:
                    del left[sha256]
                    yield sha256, item
                elif places.get(item.place) in left:
                    self.gone.append(f"{item.place}：内容已变，与当时所读的不同")
                    del left[places[item.place]]
        for sha256, place in sorted(left.items(), key=lambda one: (str(one[1] or ""), one[0])):
            where = str(place) if place is not None else f"SHA-256 为 {sha256} 的文件"
            self.gone.append(f"{where}：已不在输入中")

    def _sources(self) -> Iterator[Source]:
        for named in self._inputs:
            try:
                for one in iter_sources([named]):
                    if isinstance(one, Source):
                        yield one
            except InputNotFound as error:
                self.gone.append(str(error))
