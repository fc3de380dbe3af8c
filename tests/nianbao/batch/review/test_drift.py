from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from nianbao.batch.commands import register
from nianbao.batch.review.drift_model import Count, distribution_change, share_change
from nianbao.bundle import Bundle, add_files
from tests.nianbao.batch.queue.made_results import batch, mixed, told, write_pages

#: Of the batch like the training, and of the other.
PAGES = 30


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drift")


def dataset(folder: Path, name: str, pages: Iterable[str]) -> Path:
    rows = [(f"https://a{number}.example/", page) for number, page in enumerate(pages)]
    return batch(write_pages(folder / f"{name}.jsonl", rows), folder / name)


@pytest.fixture(scope="module")
def like_training(folder: Path) -> Path:
    return dataset(folder, "like", map(mixed, range(PAGES)))


@pytest.fixture(scope="module")
def strange(folder: Path) -> Path:
    """Pages as the training, pages in a new layout, and pages with characters that nobody knows."""
    foreign = (
        mixed(seed).replace("政府", "政\U00020021").replace("信息", "\U00020022息")
        for seed in range(85, 100)
    )
    return dataset(
        folder, "strange", [*map(mixed, range(60, 75)), *map(told, range(30, 40)), *foreign]
    )


def test_a_batch_like_the_training_is_nothing_new(like_training: Path) -> None:
    result = run("drift", like_training)
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout
    assert "没有发现新东西" in result.stdout and "与训练页面比较" in result.stdout


def test_new_layouts_and_characters_are_told(strange: Path) -> None:
    result = run("drift", strange)
    assert result.exit_code == 1
    words = " ".join(result.stdout.split())
    assert "不像任何训练页面，训练页面为 1.0%" in words
    assert "字符：词表以外字符的占比" in words and "\U00020021" in words
    assert "例如" in words and "strange.jsonl#" in words


def test_the_json_has_sizes_thresholds_and_examples(strange: Path) -> None:
    result = run("drift", strange, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert {"layout", "feature.unknown", "feature.score.doubtful"} <= set(found["drift"])
    layout = next(one for one in found["findings"] if one["code"] == "layout")
    assert layout["size"] > layout["error"] > 0 and layout["threshold"] == 0.05
    assert layout["examples"] and found["sampled"] == found["reports"] >= 37
    known = {one["character"]: one["pages"] for one in found["characters"]}
    assert known["\U00020022"] >= 13


def test_another_batch_as_the_reference(like_training: Path, strange: Path, folder: Path) -> None:
    other = dataset(folder, "other", map(mixed, range(100, 100 + PAGES)))
    same = run("drift", like_training, "--against", other)
    assert same.exit_code == 0, same.stdout
    found = run("drift", strange, "--against", like_training, "--json")
    assert found.exit_code == 1
    content = json.loads(found.stdout)
    assert content["against"] == str(like_training)
    # Which of the distributions move is the model's: less sure it is of pages that it does not know.
    moved = [one for one in content["findings"] if one["code"] in content["drift"]]
    spread = {one["code"]: one for one in moved if one["measure"] == "divergence"}
    assert "feature.score.least" in spread
    assert all(one["size"] > max(0.05, one["error"]) for one in spread.values())


def test_a_model_without_a_profile_has_nothing_to_compare_with(
    like_training: Path, tmp_path: Path
) -> None:
    shipped = Bundle.load().path
    for name in ("model.onnx", "vocab.txt"):
        (tmp_path / name).symlink_to(shipped / name)
    manifest = json.loads((shipped / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "files": {}}))
    result = run("drift", like_training, "--model", tmp_path)
    assert result.exit_code == 2 and "training.profile" in result.stderr
    add_files(tmp_path, {"profile.json": b"{}"})
    assert run("drift", like_training, "--model", tmp_path).exit_code == 2


def test_inputs_that_are_gone_leave_the_tables_to_compare(
    like_training: Path, folder: Path, tmp_path: Path
) -> None:
    result = run("drift", like_training, "--input", tmp_path / "nowhere")
    assert result.exit_code == 0 and "找不到输入" in result.stderr
    assert "重读 0 份" in result.stdout


def test_a_share_must_matter_and_be_more_than_chance() -> None:
    usual = Count(10, 1000)
    assert share_change(Count(25, 100), usual).is_drift
    assert not share_change(Count(3, 100), usual).is_drift  # too little
    assert not share_change(Count(1, 4), usual).is_drift  # too few
    assert not share_change(Count(0, 100), Count(500, 1000)).is_drift
    assert share_change(Count(0, 100), Count(500, 1000), both_ways=True).is_drift
    assert not share_change(Count(0, 0), usual).is_drift
    assert share_change(Count(4, 20), usual).error == pytest.approx(0.14)


def test_chance_alone_seldom_moves_a_distribution() -> None:
    rng = np.random.default_rng(4)
    shares = np.full(10, 0.1)

    def moved(n: int, m: int) -> float:
        draws = [(rng.multinomial(n, shares), rng.multinomial(m, shares)) for _ in range(400)]
        return np.mean([distribution_change(a * 1.0, b * 1.0).is_drift for a, b in draws])

    assert moved(20, 20) < 0.01 and moved(30, 300) < 0.01
    far = distribution_change(np.array([90.0, 10]), np.array([10.0, 90]))
    assert far.is_drift and far.size == pytest.approx(0.531, abs=0.001)
    assert distribution_change(np.zeros(2), np.ones(2)).size == 0
