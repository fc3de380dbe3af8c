"""Retraining: from gold to a proposal, killed and gone on with, the same to the bit."""

from __future__ import annotations

import csv
import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from nianbao.bundle import Bundle
from nianbao.encoding import Vocabulary
from nianbao.gold import GoldDocument, Subject, write_gold
from training import __main__ as chain
from training import modeling
from training.modeling import save_atomically
from training.provenance import STORY
from training.retrain import __main__ as command
from training.retrain import course, goldset, run
from training.retrain.augment import variant
from training.retrain.mixture import GOLD_SHARE, LEAST_VARIANTS, MOST_VARIANTS, variants
from training.splits import Splits
from training.synthesis.corpus import Corpus
from training.synthesis.pages import make_example


def document(seed: int, **subject: str) -> GoldDocument:
    made = make_example(seed, Corpus.without_data(), difficulty="plain")
    named = {"sha256": f"{seed:064x}", "agency_id": f"agency {seed}", **subject}
    return GoldDocument(Subject(**named), made.text, made.spans, "甲", "2026-03-01T00:00:00Z", "g")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of official text with a place on each side and a few sentences."""
    folder = tmp_path_factory.mktemp("data")
    places = {name: {"甲州": {"乙县": ["丙镇", "丁乡"]}} for name in ("河北省", "浙江省")}
    (folder / "admin_divisions.json").write_text(json.dumps(places), encoding="utf-8")
    sentence = "坚持稳中求进工作总基调，扎实推动高质量发展，民生福祉持续增进。"
    (folder / "policy_news.txt").write_text(sentence * 3, encoding="utf-8")
    with open(folder / "gov_work_report_2024.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["中文"], [sentence]])
    with lzma.open(folder / "laws.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": sentence}) + "\n")
    return folder


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short: few pages to choose by, a state saved every step."""
    threads = torch.get_num_threads()
    monkeypatch.setattr(run, "MADE_DEV", 1)
    yield
    torch.set_num_threads(threads)


class Killed(BaseException):
    """Nothing cleans up after it."""


def killed_after(writes: int) -> Callable[[dict[str, Any], Path], None]:
    """Return what writes so many states and then dies; the last one is left half, as a kill leaves it."""
    left = writes

    def save(state: dict[str, Any], path: Path) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            path.with_suffix(path.suffix + ".partial").write_bytes(b"half")
            raise Killed
        save_atomically(state, path)

    return save


def options(data: Path, folder: Path, *more: str) -> list[str]:
    gold = folder / "gold.jsonl"
    write_gold(gold, [document(seed) for seed in range(4)])
    where = ["--out", str(folder / "out"), "--splits", str(folder / "splits.json")]
    size = ["--pages", "3", "--rounds", "0.5", "--threads", "1", "--kept", str(folder / "kept")]
    return ["--gold", str(gold), "--data", str(data), *where, *size, *more]


def weights(bundle: Path) -> bytes:
    return Bundle.load(bundle).onnx_path.read_bytes()


def test_a_killed_retraining_ends_with_the_same_bytes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        command, "measure", lambda *given: (given[-1] / "README.md").write_text("x")
    )
    monkeypatch.setattr(command, "watch", lambda *_: None)
    # Where the split puts each of the four is a matter of hashes: all are trained on.
    monkeypatch.setattr("training.splits._drawn", lambda *_: "train")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    assert command.main(options(data, whole)) == 0

    # Before the second, third and fifth file of a run is written, all ends at once.
    for last in (1, 2, 4):
        with monkeypatch.context() as dying:
            dying.setattr(course, "save_atomically", killed_after(last))
            with pytest.raises(Killed):
                command.main(options(data, broken))
    assert command.main(options(data, broken)) == 0
    proposals = [next((folder / "out").glob("*/proposal")) for folder in (whole, broken)]
    one, other = (
        {p.name: p.read_bytes() for p in (proposal / "bundle").iterdir()} for proposal in proposals
    )
    assert one == other
    assert weights(proposals[0] / "bundle") != weights(run.Start(Bundle.load()).current.path)

    bundle = Bundle.load(proposals[0] / "bundle")
    story = json.loads(bundle.file(STORY) or b"")
    assert story["from"] == "nianbao-tagger 1.3.0"
    assert story["gold_sha256"] == bundle.manifest.data_sha256
    assert len(story["documents"]["train"]) == 4
    assert bundle.manifest.version.startswith("1.3.1+")
    assert "4 annotated reports" in (bundle.path / "README.md").read_text(encoding="utf-8")


def test_from_the_base_it_starts_with_the_pre_trained_encoder(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Vocabulary.of_characters("0123456789年报告公开政府信息许可处罚")
    monkeypatch.setattr(
        command, "measure", lambda *given: (given[-1] / "README.md").write_text("x")
    )
    monkeypatch.setattr(command, "watch", lambda *_: None)
    monkeypatch.setattr("training.splits._drawn", lambda *_: "train")
    ran: list[str] = []

    def pretrain(steps: list[chain.Step], out: Path, execute: object) -> None:
        ran.extend(step.name for step in steps)
        model = modeling.make_language_model(modeling.Size(16, 1, 2), len(words))
        modeling.save_atomically(modeling.encoder_state(model, words.tokens), steps[-1].output)

    monkeypatch.setattr(command.chain, "run", pretrain)
    assert command.main(options(data, tmp_path, "--from-base")) == 0
    assert ran == ["vocabulary", "pretrain"]
    bundle = Bundle.load(next((tmp_path / "out").glob("*/proposal/bundle")))
    assert bundle.manifest.encoder["hidden"] == 16
    assert bundle.vocabulary.tokens == words.tokens
    assert json.loads(bundle.file(STORY) or b"")["from"] is None


def test_without_anything_to_train_on_it_says_so(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("training.splits._drawn", lambda *_: "test")
    assert command.main(options(data, tmp_path)) == 1
    assert "0 train, 0 dev, 4 test" in capsys.readouterr().err


def test_of_several_answers_the_latest_counts(tmp_path: Path) -> None:
    first = document(1)
    later = replace(first, annotator="乙", annotated="2026-04-01T00:00:00Z", spans=first.spans[:3])
    for name, one in (("a", later), ("b", first)):
        write_gold(tmp_path / name, [one])
    paths = [tmp_path / "a", tmp_path / "b"]
    assert goldset.read_files(paths) == goldset.read_files(paths[::-1])
    assert goldset.read_files(paths)[0].annotator == "乙"
    assert goldset.files_sha256(paths) == goldset.files_sha256(paths[::-1])
    between = document(2, site="b")
    splits = Splits({"agency:agency 2": "train", "site:b": "test"})
    assert goldset.divided([between], splits, "").apart == (between,)


def test_variants_keep_every_label_where_it_can_be_found() -> None:
    example = make_example(5, Corpus.without_data(), difficulty="plain")
    assert variant(example, 0, 17) is example
    assert variant(example, 3, 17) == variant(example, 3, 17)
    made = [variant(example, number, 17) for number in range(1, 12)]
    assert len({one.text for one in made}) == len(made)
    labels = [span.label for span in example.spans]
    for one in made:
        found = [span.label for span in one.spans]
        assert abs(len(found) - len(labels)) <= 2
    figures = [s for s in made[0].spans if s.label == "value"]
    before = [s for s in example.spans if s.label == "value"]
    changed = sum(
        made[0].text[a.start : a.end] != example.text[b.start : b.end]
        for a, b in zip(figures, before, strict=False)
    )
    assert changed > 5


def test_gold_is_shown_as_often_as_makes_its_share() -> None:
    share = GOLD_SHARE / (1 - GOLD_SHARE)
    assert variants(100, 6000) * 100 == pytest.approx(share * 6000, rel=0.1)
    assert variants(100, 2000) == LEAST_VARIANTS
    assert variants(1000, 5000) == 5  # half of the windows
    assert variants(1, 100_000) == MOST_VARIANTS
    assert variants(10_000, 100) == 1


def test_a_later_state_is_taken_unless_it_is_worse() -> None:
    history = [{"mean": mean} for mean in (0.5, 0.9, 0.8995, 0.88, 0.91, 0.90)]
    assert course._taken(history) == [True, True, True, False, True, False]


def test_versions_follow_each_other() -> None:
    assert run.next_version("1.2.0", "abcdef0123456") == "1.2.1+abcdef01"
    assert run.next_version("1.2.1+abcdef01", "12345678") == "1.2.2+12345678"
