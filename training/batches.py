"""Made examples -> windows of tokens and tags -> shards on disk -> batches.

    python -m training.batches --data DIR --vocab runs/vocab.txt --out runs/shards --count 12000

A shard is a function of its seeds, the corpus and the vocabulary; shards are written one by one,
so that training can begin on the first ones.  A folder is finished, or continued, with the same
settings only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nianbao.encoding import (
    IGNORED,
    PAD,
    RESERVED,
    UNK,
    Vocabulary,
    encode,
    tags_of,
    windows,
)
from nianbao.reading.folding import fold
from training.synthesis.corpus import Corpus
from training.synthesis.model import Example
from training.synthesis.pages import make_example

PER_SHARD = 250
SETTINGS = "settings.json"
#: One page of this many is shown with the names of the form spelled out, as a page is that damages
#: them all.
SPELLED_EVERY = 7
#: Share of the characters shown as [UNK], so that rare characters at reading time are no surprise.
UNKNOWN_SHARE = 0.02
#: What windows are padded to, so that a batch has windows of about one length.
BUCKETS = (32, 64, 96, 128, 160, 192, 224, 256)


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Windows end to end: window i is [bounds[i], bounds[i + 1]) of ids int16, types int8 and tags
    int16; a tag is `IGNORED` where another window answers for the token."""

    ids: NDArray[np.int16]
    types: NDArray[np.int8]
    tags: NDArray[np.int16]
    bounds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The tokens of each window."""
        lengths: NDArray[np.int64] = np.diff(self.bounds)
        return lengths

    def sha256(self) -> str:
        """Return the digest of the content."""
        parts = (self.ids, self.types, self.tags, self.bounds)
        return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a folder of shards was made with."""

    count: int
    start_seed: int
    vocabulary_sha256: str
    per_shard: int = PER_SHARD

    @property
    def shards(self) -> int:
        return -(-self.count // self.per_shard)

    def seeds(self, shard: int) -> range:
        """Return the seeds of the examples of shard number `shard`."""
        first = shard * self.per_shard
        last = min(first + self.per_shard, self.count)
        return range(self.start_seed + first, self.start_seed + last)


def pack(examples: Iterable[Example], vocabulary: Vocabulary) -> Shard:
    """Encode `examples` and cut them into windows."""
    ids, types, tags, lengths = [], [], [], []
    for number, example in enumerate(examples):
        folded = fold(example.text)
        encoded = encode(folded, vocabulary, spelled=number % SPELLED_EVERY == 0)
        truth = tags_of(encoded, folded.project_spans(example.spans))
        for window in windows(len(encoded)):
            here = slice(window.start, window.end)
            asked = truth[here].copy()
            asked[: window.keep_start - window.start] = IGNORED
            asked[window.keep_end - window.start :] = IGNORED
            ids.append(encoded.ids[here])
            types.append(encoded.types[here])
            tags.append(asked)
            lengths.append(window.end - window.start)
    return Shard(
        np.concatenate(ids).astype(np.int16),
        np.concatenate(types).astype(np.int8),
        np.concatenate(tags).astype(np.int16),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


def shard_path(folder: Path, shard: int) -> Path:
    return folder / f"shard-{shard:05d}.npz"


def save_shard(shard: Shard, path: Path) -> None:
    """Write `shard`; a reader sees all of it or nothing."""
    partial_path = path.with_suffix(f".{os.getpid()}.partial")
    with open(partial_path, "wb") as file:
        np.savez(file, ids=shard.ids, types=shard.types, tags=shard.tags, bounds=shard.bounds)
    os.replace(partial_path, path)


def load_shard(path: Path) -> Shard:
    """Read what `save_shard` wrote."""
    with np.load(path) as parts:
        return Shard(parts["ids"], parts["types"], parts["tags"], parts["bounds"])


def read_settings(folder: Path) -> Settings:
    """Return what the shards in `folder` are made with; FileNotFoundError where there are none."""
    return Settings(**json.loads((folder / SETTINGS).read_text(encoding="utf-8")))


def vocabulary_sha256(vocabulary: Vocabulary) -> str:
    return hashlib.sha256(vocabulary.to_text().encode("utf-8")).hexdigest()


def claim(folder: Path, settings: Settings) -> None:
    """Make `folder` the place for shards of `settings`; ValueError where it holds others."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SETTINGS
    if path.exists() and read_settings(folder) != settings:
        raise ValueError(f"{folder} holds shards made with other settings")
    path.write_text(json.dumps(asdict(settings)) + "\n", encoding="utf-8")


def write_shard(
    folder: Path,
    settings: Settings,
    vocabulary: Vocabulary,
    make: Callable[[int], Example],
    shard: int,
) -> int:
    """Make shard number `shard` where it is not there yet; return its number."""
    path = shard_path(folder, shard)
    if not path.exists():
        save_shard(pack(map(make, settings.seeds(shard)), vocabulary), path)
    return shard


_corpus: Corpus | None = None


def _make_with(data: Path, seed: int) -> Example:
    """Make an example of the training provinces; the corpus is read once in each process."""
    global _corpus
    if _corpus is None:
        _corpus = Corpus.load(data, provinces="train")
    return make_example(seed, _corpus)


def write_shards(
    folder: Path, settings: Settings, vocabulary: Vocabulary, data: Path, workers: int
) -> Iterator[int]:
    """Make the shards that `folder` lacks, in order, with `workers` processes; yield their numbers."""
    claim(folder, settings)
    write = partial(write_shard, folder, settings, vocabulary, partial(_make_with, data))
    if workers <= 1:
        yield from map(write, range(settings.shards))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(write, range(settings.shards))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """int64 arrays [windows, bucket length]; `mask` is 1 on tokens and 0 on padding."""

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    mask: NDArray[np.int64]
    tags: NDArray[np.int64]


def bucket(length: int) -> int:
    """Return the padded length of a window of `length` tokens."""
    return next(size for size in BUCKETS if length <= size)


def plan_batches(
    lengths: NDArray[np.int64], tokens: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return the windows of each batch, in random order: windows of one bucket, about `tokens`
    tokens with the padding."""
    buckets = np.searchsorted(np.array(BUCKETS), lengths)
    batches = []
    for place, size in enumerate(BUCKETS):
        members = rng.permutation(np.flatnonzero(buckets == place))
        step = max(1, tokens // size)
        batches += [members[i : i + step] for i in range(0, len(members), step)]
    return [batches[i] for i in rng.permutation(len(batches))]


def make_batch(shards: list[Shard], members: list[tuple[int, int]]) -> Batch:
    """Return the batch of `members`, pairs of a place in `shards` and a window in it."""
    spans = [(shards[s], *shards[s].bounds[w : w + 2].tolist()) for s, w in members]
    width = bucket(max(end - start for _, start, end in spans))
    shape = (len(members), width)
    ids = np.full(shape, PAD, np.int64)
    types, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    tags = np.full(shape, IGNORED, np.int64)
    for row, (shard, start, end) in enumerate(spans):
        size = end - start
        ids[row, :size] = shard.ids[start:end]
        types[row, :size] = shard.types[start:end]
        tags[row, :size] = shard.tags[start:end]
        mask[row, :size] = 1
    return Batch(ids, types, mask, tags)


def hide_characters(batch: Batch, rng: np.random.Generator) -> Batch:
    """Return `batch` with a share of its characters shown as [UNK]."""
    hidden = (rng.random(batch.ids.shape) < UNKNOWN_SHARE) & (batch.ids >= len(RESERVED))
    return Batch(np.where(hidden, UNK, batch.ids), batch.types, batch.mask, batch.tags)


def main(arguments: list[str] | None = None) -> None:
    """Make shards from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.batches", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vocab", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12_000, help="examples to make")
    parser.add_argument("--start-seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    vocabulary = Vocabulary.from_text(given.vocab.read_text(encoding="utf-8"))
    settings = Settings(given.count, given.start_seed, vocabulary_sha256(vocabulary))
    began = time.monotonic()
    for shard in write_shards(given.out, settings, vocabulary, given.data, given.workers):
        spent = time.monotonic() - began
        print(f"shard {shard + 1} of {settings.shards}, {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main()
