"""A tagger is made smaller by the units that say least, and learns from the one it comes from."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertForTokenClassification

from nianbao.bundle import Bundle, Manifest, write_bundle
from nianbao.encoding import IGNORED, RESERVED, TAGS, TYPE_COUNT, Vocabulary
from training import distil, export, finetune, modeling, restore
from training.batches import Batch, Shard

WORDS = Vocabulary.of_characters("0123456789年报告公开政府信息许可处罚")
SIZE = modeling.Size(hidden=16, layers=2, heads=2)
CPU = torch.device("cpu")
INTO = "bert.encoder.layer.{}.intermediate.dense"
OUT = "bert.encoder.layer.{}.output.dense"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def made_teacher(seed: int = 1) -> BertForTokenClassification:
    return modeling.make_tagger(modeling.fresh_encoder(SIZE, WORDS, seed), WORDS).eval()


def made_batch(seed: int, windows: int = 3, length: int = 32) -> Batch:
    """Random windows of which the last is half padding."""
    rng = np.random.default_rng(seed)
    mask = np.ones((windows, length), np.int64)
    mask[-1, length // 2 :] = 0
    ids = rng.integers(len(RESERVED), len(WORDS), mask.shape) * mask
    types = rng.integers(0, TYPE_COUNT, mask.shape) * mask
    tags = np.where(mask == 1, rng.integers(0, len(TAGS), mask.shape), IGNORED)
    return Batch(ids, types, mask, tags)


BATCHES = [made_batch(seed) for seed in range(4)]


def said(model: BertForTokenClassification, batch: Batch = BATCHES[0]) -> torch.Tensor:
    with torch.no_grad():
        return distil.tag_logits(model.eval(), batch, CPU)[torch.from_numpy(batch.mask).bool()]


def test_a_tagger_of_its_old_width_says_the_same() -> None:
    teacher = made_teacher()
    same = distil.narrowed(teacher, 64, BATCHES, CPU)
    torch.testing.assert_close(said(same), said(teacher), atol=1e-6, rtol=0)


def test_units_that_say_nothing_or_always_the_same_are_not_missed() -> None:
    teacher = made_teacher()
    weights = teacher.state_dict()
    with torch.no_grad():
        for layer in range(2):
            weights[f"{OUT.format(layer)}.weight"][:, 5:25] = 0  # heard by nobody
            weights[f"{INTO.format(layer)}.weight"][30:40] = 0  # the same on every token
            weights[f"{INTO.format(layer)}.bias"][30:40] = 2.0
    smaller = distil.narrowed(teacher, 64 - 30, BATCHES, CPU)
    assert smaller.config.intermediate_size == 34
    assert smaller.state_dict()[f"{INTO.format(1)}.weight"].shape == (34, 16)
    torch.testing.assert_close(said(smaller), said(teacher), atol=1e-5, rtol=0)


def test_padding_has_no_say_in_which_units_stay() -> None:
    teacher = made_teacher()
    other = []
    for batch in BATCHES:
        ids = batch.ids.copy()
        ids[-1, 20:] = 9  # from here on no token is within the reach of the convolutions
        other.append(Batch(ids, batch.types, batch.mask, batch.tags))
    one, two = (distil.narrowed(teacher, 20, given, CPU) for given in (BATCHES, other))
    for name, value in one.state_dict().items():
        assert torch.equal(two.state_dict()[name], value), name


@pytest.mark.parametrize("width", [0, 65])
def test_a_width_that_cannot_be_had_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match=f"{width} units cannot be kept of 64"):
        distil.narrowed(made_teacher(), width, BATCHES, CPU)


def test_the_divergence_is_zero_from_itself_and_blind_to_padding() -> None:
    mask = torch.from_numpy(BATCHES[0].mask).bool()
    one, other = (torch.randn(*mask.shape, 7, generator=torch.manual_seed(s)) for s in (1, 2))
    assert distil.divergence(one, one, mask).item() == pytest.approx(0.0, abs=1e-6)
    apart = distil.divergence(one, other, mask)
    assert apart.item() > 0.1
    one[~mask] += 5.0
    assert torch.equal(distil.divergence(one, other, mask), apart)


class NoShards:
    """Shards of a run that draws none."""

    def available(self) -> list[int]:
        return []

    def read(self, number: int) -> Shard:
        raise KeyError(number)


class OnOneBatch(finetune.Finetuning):
    """Is shown the same batch at each step."""

    def next_batch(self, folder: finetune.Shards) -> Batch:
        return BATCHES[0]


def test_a_narrowed_tagger_comes_near_to_its_teacher_and_leaves_it_as_it_was() -> None:
    teacher = made_teacher()
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    student = distil.narrowed(teacher, 8, BATCHES, CPU)
    mask = torch.ones(len(said(teacher)), dtype=torch.bool)
    # The labels are random, so that to follow them alone leads away from the teacher.
    found = {}
    for name, by in (("alone", None), ("taught", teacher)):
        options = finetune.Options(steps=20, rate=3e-3)
        training = OnOneBatch(copy.deepcopy(student), options, CPU, by)
        for _ in range(20):
            training.advance(NoShards())
        found[name] = distil.divergence(said(training.model), said(teacher), mask).item()
    assert found["taught"] < 0.9 * found["alone"]
    assert all(torch.equal(teacher.state_dict()[name], value) for name, value in before.items())


def test_a_narrow_tagger_goes_into_a_bundle_and_comes_back(tmp_path: Path) -> None:
    model = distil.narrowed(made_teacher(), 24, BATCHES, CPU).eval()
    content = export.to_onnx(model)
    size = {"hidden": 16, "layers": 2, "heads": 2, "tokens": len(WORDS), "intermediate": 24}
    write_bundle(tmp_path / "b", content, WORDS, Manifest("nianbao-tagger", "1", "0", encoder=size))
    again = distil.read_teacher(tmp_path / "b")
    assert again.config.intermediate_size == 24
    assert restore.largest_difference(again, content) < restore.TOLERANCE
    modeling.save_atomically(
        {"config": model.config.to_dict(), "weights": model.state_dict()}, tmp_path / "tagger.pt"
    )
    torch.testing.assert_close(said(distil.read_teacher(tmp_path / "tagger.pt")), said(model))


def test_bundles_that_do_not_name_the_width_have_four_times_the_other(tmp_path: Path) -> None:
    teacher = made_teacher()
    size = {"hidden": 16, "layers": 2, "heads": 2, "tokens": len(WORDS)}
    manifest = Manifest("nianbao-tagger", "1", "0", encoder=size)
    write_bundle(tmp_path / "b", export.to_onnx(teacher), WORDS, manifest)
    assert distil.read_teacher(tmp_path / "b").config.intermediate_size == 64
    assert Bundle.load(tmp_path / "b").manifest.encoder == size
