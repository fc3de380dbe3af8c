"""What a retraining goes over: made pages from fixed seeds, and gold many times among them.

The made pages are the replay: without them twenty reports of one layout would cost the model what it
knew of all others.  Gold is shown as often as makes it a quarter of the windows, each time as another
variant; what there is more of is shown less often.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nianbao.encoding import IGNORED, Vocabulary, encode, tags_of
from nianbao.reading.folding import fold
from training.batches import (
    Settings,
    Shard,
    load_shard,
    pack,
    save_shard,
    shard_path,
    vocabulary_sha256,
    write_shards,
)
from training.retrain.augment import variant
from training.synthesis.model import Example

#: The first seed of the replay: pages that the shipped model was not trained on.
FIRST_SEED = 300_000
#: The share of the windows that are gold's, and how often one report is shown at most in one round.
GOLD_SHARE, MOST_VARIANTS = 0.25, 40
#: How often it is shown at least, as long as gold is no more than half of the windows.  With a fixed share
#: forty reports taught less than five: each was shown twice.
LEAST_VARIANTS = 10


@dataclass(frozen=True, slots=True)
class Replay:
    """The made pages: how many, from which seeds, and where they are kept."""

    folder: Path
    pages: int
    first_seed: int = FIRST_SEED

    def settings(self, vocabulary: Vocabulary) -> Settings:
        return Settings(self.pages, self.first_seed, vocabulary_sha256(vocabulary))


@dataclass(frozen=True, slots=True)
class Mixture:
    """The shards of a run, made pages first, as `training.finetune` takes them."""

    made: Path
    made_shards: int
    gold: Path
    gold_shards: int

    def available(self) -> list[int]:
        return list(range(self.made_shards + self.gold_shards))

    def read(self, number: int) -> Shard:
        if number < self.made_shards:
            return load_shard(shard_path(self.made, number))
        return load_shard(shard_path(self.gold, number - self.made_shards))

    def sha256(self) -> str:
        """Return the digest of all of its windows."""
        digests = [self.read(number).sha256() for number in self.available()]
        return hashlib.sha256("".join(digests).encode()).hexdigest()


def make_replay(replay: Replay, vocabulary: Vocabulary, data: Path, workers: int) -> Iterator[str]:
    """Make the made pages that are not there yet; yield lines for the log."""
    settings = replay.settings(vocabulary)
    for number in write_shards(replay.folder, settings, vocabulary, data, workers):
        yield f"made pages: shard {number + 1} of {settings.shards}"


def make_gold(
    folder: Path,
    examples: Sequence[Example],
    vocabulary: Vocabulary,
    *,
    made_windows: int,
    seed: int,
) -> int:
    """Write one shard for each variant of `examples`, and return how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    first = pack(examples, vocabulary)
    count = variants(len(first), made_windows)
    for number in range(count):
        path = shard_path(folder, number)
        if not path.exists():
            altered = [variant(example, number, seed) for example in examples]
            save_shard(pack(altered, vocabulary) if number else first, path)
    return count


def variants(gold_windows: int, made_windows: int) -> int:
    """Return how often gold is shown in a round beside `made_windows`."""
    even = made_windows / max(1, gold_windows)
    wanted = max(GOLD_SHARE / (1 - GOLD_SHARE) * even, min(LEAST_VARIANTS, even))
    return max(1, min(MOST_VARIANTS, round(wanted)))


def windows_of(folder: Path, settings: Settings) -> int:
    """Return how many windows the made pages in `folder` have."""
    return sum(len(load_shard(shard_path(folder, i))) for i in range(settings.shards))


def cut_spans(example: Example, vocabulary: Vocabulary) -> int:
    """Return how many tokens the spans of `example` cut: the model is not asked for those."""
    folded = fold(example.text)
    tags = tags_of(encode(folded, vocabulary), folded.project_spans(example.spans))
    return int(np.count_nonzero(tags == IGNORED))
