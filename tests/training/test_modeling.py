"""The encoder, its pre-training and its fine-tuning, on models of a few thousand weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertConfig, BertModel

from nianbao.encoding import (
    IGNORED,
    MASK,
    NAME_TOKENS,
    PAD,
    RESERVED,
    TYPE_COUNT,
    UNK,
    WINDOW,
    Vocabulary,
    encode,
)
from nianbao.reading.folding import fold
from nianbao.spans import Span
from training import batches, finetune, modeling, pretrain, probe
from training.synthesis.model import Example

WORDS = Vocabulary.of_characters(
    "0123456789一二三四五六七八九十年报告公开政府信息行许可处罚强制,。"
)
SMALL = modeling.Size(hidden=16, layers=1, heads=2)
CPU = torch.device("cpu")


def make(seed: int) -> Example:
    """A page of some rows, each a label and a number; longer than a window."""
    rows = (("行政许可", "licensing"), ("行政处罚", "penalties"), ("行政强制", "coercion"))
    text, spans = "", []
    for i in range(90):
        name, row = rows[(seed + i) % 3]
        number = str(seed + i)
        at = len(text)
        spans.append(Span(at, at + len(name), f"row.proactive_disclosure.{row}"))
        spans.append(Span(at + len(name) + 1, at + len(name) + 1 + len(number), "value"))
        text += f"{name} {number}\n"
    return Example(text, tuple(spans), {}, "rows")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small are faster on one thread, and by far on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> finetune.ShardFolder:
    folder = tmp_path_factory.mktemp("shards")
    made = batches.Settings(5, 40, batches.vocabulary_sha256(WORDS), per_shard=2)
    batches.claim(folder, made)
    for shard in range(made.shards):
        batches.write_shard(folder, made, WORDS, make, shard)
    return finetune.ShardFolder(folder)


def stream() -> pretrain.Stream:
    rng = np.random.default_rng(0)
    ids = rng.integers(len(RESERVED), len(WORDS), 4000).astype(np.int16)
    return pretrain.Stream(ids, rng.integers(0, TYPE_COUNT, 4000).astype(np.int16))


def new_pretraining(steps: int = 4) -> pretrain.Pretraining:
    options = pretrain.Options(batch=2, length=32, steps=steps)
    return pretrain.Pretraining(SMALL, WORDS.tokens, options, CPU)


def new_finetuning(seed: int = 1) -> finetune.Finetuning:
    encoder = modeling.fresh_encoder(SMALL, WORDS, seed)
    options = finetune.Options(seed=seed, steps=4, tokens=512)
    return finetune.Finetuning(modeling.make_tagger(encoder, WORDS), options, CPU)


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(left, right) for left, right in pairs)


def test_local_layers_leave_the_weights_of_any_bert_as_they_were(tmp_path: Path) -> None:
    config = BertConfig(
        vocab_size=30,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
    )
    base = BertModel(config, add_pooling_layer=False).eval()
    base.save_pretrained(tmp_path)
    tokens = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"政府信息公开年度报告abcdef0123",
        "##a",
    ]
    (tmp_path / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")

    encoder = modeling.read_base(str(tmp_path))
    words = modeling.vocabulary_of(encoder)
    tagger = modeling.make_tagger(encoder, words).eval()

    assert "##a" not in words.tokens
    text = "政府信息公开"
    before = torch.tensor([[tokens.index(char) for char in text]])
    after = torch.tensor([[words.tokens.index(char) for char in text]])
    with torch.inference_mode():
        expected = base(input_ids=before).last_hidden_state
        found = tagger.bert(input_ids=after).last_hidden_state
    torch.testing.assert_close(found, expected)


def test_an_encoder_with_too_few_positions_is_refused() -> None:
    encoder = modeling.fresh_encoder(modeling.Size(16, 1, 2, positions=64), WORDS, 0)
    with pytest.raises(ValueError, match="64 positions"):
        modeling.make_tagger(encoder, WORDS)


def test_an_encoder_without_its_weights_is_refused() -> None:
    encoder = modeling.fresh_encoder(SMALL, WORDS, 0)
    del encoder.weights["encoder.layer.0.output.dense.weight"]
    with pytest.raises(ValueError, match=r"output\.dense\.weight"):
        modeling.make_tagger(encoder, WORDS)


def test_token_rows_follow_their_tokens() -> None:
    old = ["[PAD]", "[UNK]", "5", "7", "a", "年"]
    rows = torch.arange(12.0).reshape(6, 2)
    new = Vocabulary.of_characters("年A新").tokens
    fitted = modeling.fit_tokens(rows, old, new)
    assert torch.equal(fitted[new.index("年")], rows[5])
    assert torch.equal(fitted[new.index("A")], rows[4])
    torch.testing.assert_close(fitted[new.index("[N3]")], rows[2:4].mean(0), atol=0.2, rtol=0)


@given(count=st.integers(1, 40))
def test_rows_are_cut_or_filled_up(count: int) -> None:
    rows = torch.ones(12, 3)
    fitted = modeling.fit_rows(rows, count)
    assert fitted.shape == (count, 3)
    torch.testing.assert_close(fitted, torch.ones(count, 3), atol=0.05, rtol=0)


def test_masks_are_asked_for_and_nothing_else_changes() -> None:
    options = pretrain.Options(batch=4, length=64, steps=1)
    batch = pretrain.make_batch(stream(), options, 0, len(WORDS))
    truth = batch.shown.clone()
    truth[batch.asked] = batch.targets
    assert 0.08 < batch.asked.float().mean() < 0.25
    assert (batch.shown[batch.asked] == MASK).float().mean() > 0.5
    assert torch.equal(batch.shown[~batch.asked], truth[~batch.asked])
    assert not (truth == MASK).any()


@given(step=st.integers(0, 400))
def test_every_chunk_lies_in_the_corpus(step: int) -> None:
    options = pretrain.Options(batch=3, length=50, steps=1)
    starts = pretrain.chunk_starts(stream(), options, step)
    assert len(starts) == 3
    assert starts.min() >= 0
    assert starts.max() + options.length <= 4000


def test_pretraining_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole, half, rest = new_pretraining(), new_pretraining(), new_pretraining()
    losses = [whole.advance(stream()) for _ in range(4)]
    for _ in range(2):
        half.advance(stream())
    half.save(tmp_path)
    rest.load(tmp_path)
    assert [rest.advance(stream()) for _ in range(2)] == losses[2:]
    assert same_weights(rest.model, whole.model)


def test_pretraining_ends_and_its_encoder_is_read(tmp_path: Path) -> None:
    training = new_pretraining(2)
    lines = list(pretrain.run(training, stream(), tmp_path))
    assert lines[-1].startswith("done: 2 steps")
    encoder = modeling.read_pretrained(tmp_path / "encoder.pt")
    assert encoder.tokens == WORDS.tokens
    tagger = modeling.make_tagger(encoder, WORDS)
    weights = tagger.bert.state_dict()
    assert all(torch.equal(weights[n], v) for n, v in training.model.bert.state_dict().items())


def test_another_vocabulary_is_refused_on_resuming(tmp_path: Path) -> None:
    new_pretraining().save(tmp_path)
    other = pretrain.Pretraining(SMALL, WORDS.tokens[:-1], pretrain.Options(steps=4), CPU)
    with pytest.raises(ValueError, match="another vocabulary"):
        other.load(tmp_path)


def test_windows_answer_for_every_token_once(shards: finetune.ShardFolder) -> None:
    shard = batches.pack([make(40)], WORDS)
    spelled = encode(fold(make(40).text), WORDS, spelled=True)
    assert len(shard) > 1
    assert (shard.tags != IGNORED).sum() == len(spelled)
    assert shard.sha256() == batches.pack([make(40)], WORDS).sha256()
    stored = shards.read(0)
    assert stored.sha256() == batches.pack([make(40), make(41)], WORDS).sha256()


def test_one_page_of_some_spells_the_names_of_the_form_out() -> None:
    pages = batches.SPELLED_EVERY + 1
    packed = batches.pack([make(40)] * pages, WORDS)
    names = [WORDS.tokens.index(token) for token in NAME_TOKENS]
    shown = np.isin(packed.ids, names).sum()
    assert shown == (pages - 2) * 90


def test_shards_of_other_settings_are_refused(shards: finetune.ShardFolder) -> None:
    other = batches.Settings(5, 41, shards.settings.vocabulary_sha256, per_shard=2)
    with pytest.raises(ValueError, match="other settings"):
        batches.claim(shards.folder, other)


@given(
    lengths=st.lists(st.integers(1, WINDOW), min_size=1, max_size=60),
    tokens=st.integers(1, 2000),
    seed=st.integers(0, 99),
)
def test_batches_hold_each_window_once(lengths: list[int], tokens: int, seed: int) -> None:
    sizes = np.array(lengths)
    planned = batches.plan_batches(sizes, tokens, np.random.default_rng(seed))
    assert sorted(np.concatenate(planned).tolist()) == list(range(len(lengths)))
    for members in planned:
        width = {min(size for size in batches.BUCKETS if sizes[m] <= size) for m in members}
        assert len(width) == 1
        assert len(members) == 1 or len(members) * width.pop() <= tokens


def test_padding_is_masked_and_hidden_characters_are_characters(
    shards: finetune.ShardFolder,
) -> None:
    shard = shards.read(0)
    batch = batches.make_batch([shard], [(0, w) for w in range(len(shard))])
    assert (batch.ids[batch.mask == 0] == PAD).all()
    assert (batch.tags[batch.mask == 0] == IGNORED).all()
    hidden = batches.hide_characters(batch, np.random.default_rng(0))
    changed = hidden.ids != batch.ids
    assert changed.any()
    assert (hidden.ids[changed] == UNK).all()
    assert (batch.ids[changed] >= len(RESERVED)).all()


def test_finetuning_goes_on_where_it_stopped(shards: finetune.ShardFolder, tmp_path: Path) -> None:
    whole, half, rest = new_finetuning(), new_finetuning(), new_finetuning()
    losses = [whole.advance(shards) for _ in range(4)]
    for _ in range(2):
        half.advance(shards)
    half.save(tmp_path)
    rest.load(tmp_path)
    assert [rest.advance(shards) for _ in range(2)] == losses[2:]
    assert same_weights(rest.model, whole.model)


def test_another_seed_is_another_training(shards: finetune.ShardFolder) -> None:
    assert new_finetuning(1).advance(shards) != new_finetuning(2).advance(shards)


def test_a_run_takes_new_shards_before_it_repeats_old_ones(shards: finetune.ShardFolder) -> None:
    training = new_finetuning()
    there = [[0], [0, 1, 2], [0, 1, 2]]
    rounds = []

    class Growing(finetune.ShardFolder):
        def available(self) -> list[int]:
            return there[len(rounds)]

    folder = Growing(shards.folder)
    while len(rounds) < 3:
        training.next_batch(folder)
        if training.place.round == len(rounds):
            rounds.append(training.place.shards)
    assert rounds == [[0], [1, 2], [0, 1, 2]]


def test_a_trained_tagger_finds_the_labels_of_held_out_pages(
    shards: finetune.ShardFolder, tmp_path: Path
) -> None:
    encoder = modeling.fresh_encoder(modeling.Size(32, 2, 2), WORDS, 0)
    options = finetune.Options(steps=80, tokens=512, rate=5e-3, dropout=0.0)
    training = finetune.Finetuning(modeling.make_tagger(encoder, WORDS), options, CPU)
    pages = probe.Probe(tuple(probe.prepare(make(seed), WORDS) for seed in (700, 701)))
    run = finetune.Run(shards, pages, tmp_path, WORDS)
    lines = list(finetune.train(training, run))
    assert lines[-1].startswith("done: 80 steps")
    assert finetune.best_so_far(tmp_path) > 0.95
    state = modeling.load_state(tmp_path / "tagger.pt")
    assert state["tokens"] == list(WORDS.tokens)
    assert state["data_sha256"] == shards.sha256([0, 1, 2])


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_the_truth_scores_one_and_nothing_scores_zero(seed: int) -> None:
    page = probe.prepare(make(seed), WORDS)
    assert probe.score([page], [page.truth]).overall == 1.0
    assert probe.score([page], [[]]).overall == 0.0
    assert len(page.truth) == 180
    assert page.elided == 0
