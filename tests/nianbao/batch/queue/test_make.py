"""From results to a queue, with the shipped model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from nianbao.batch.commands import register
from nianbao.batch.listing import NoListing, open_listing
from nianbao.batch.queue import ChoiceOptions, QueueOptions, make_queue
from nianbao.batch.queue.make import suspicion
from nianbao.gold import QueuedDocument, read_queue
from nianbao.pipeline import Pipeline
from nianbao.report import to_json
from nianbao.rules.forms import SECTIONS
from tests.nianbao.batch.queue.made_results import batch, told, usual, write_pages

LAYOUTS = ("pipes", "tabs", "cell_lines", "html")
HEADINGS = list(SECTIONS.values())


def pages() -> dict[str, str]:
    """Name -> page.  `again` is `usual0` a year later, `told` in a new layout, `excerpt` half a report."""
    made = {f"usual{seed}": usual(seed, layout) for seed, layout in enumerate(LAYOUTS)}
    made["again"] = made["usual0"].replace("2023", "2022").replace("3", "5")
    made["told"] = told(21)
    parts = "\n".join(f"{heading}\n各项工作有序开展。" for heading in HEADINGS[:4])
    made["excerpt"] = f"青阳市2023年政府信息公开工作年度报告\n{parts}"
    made["other"] = "关于召开会议的通知\n各单位：定于周五召开全体会议，请准时参加。\n"
    return made


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [(f"https://{name}.example/{name}", page) for name, page in pages().items()]
    return write_pages(tmp_path_factory.mktemp("crawl") / "pages.jsonl", rows)


@pytest.fixture(scope="module")
def dataset(crawl: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return batch(crawl, tmp_path_factory.mktemp("dataset") / "out")


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def by_site(queue: list[QueuedDocument]) -> dict[str, set[str]]:
    """Site without its ending -> codes of reasons."""
    return {
        (one.subject.site or "").removesuffix(".example"): {r.code for r in one.reasons}
        for one in queue
    }


def test_a_new_layout_is_queued_first_and_says_why(dataset: Path) -> None:
    made = make_queue(dataset, QueueOptions(ChoiceOptions(6, audit=0.0)))
    found = by_site(made.documents)
    assert "new_layout" in found["told"] and made.documents[0].subject.site == "told.example"
    assert not any("new_layout" in codes for name, codes in found.items() if name != "told")
    assert found["excerpt"] == {"doubtful_page"}
    assert "other" not in found and made.notes == ()
    first = made.documents[0]
    assert first.text == told(21) and first.subject.url == "https://told.example/told"
    assert first.subject.year == 2023 and first.subject.place.endswith("pages.jsonl#5")
    assert first.spans and all(span.source == "model" for span in first.spans)


def test_the_audit_slice_fills_up_without_near_duplicates(dataset: Path) -> None:
    made = make_queue(dataset, QueueOptions(ChoiceOptions(10, audit=1.0)))
    found = by_site(made.documents)
    assert made.listed == 8 and len({"usual0", "again"} & found.keys()) == 1
    assert found.keys() >= {"usual1", "usual2", "usual3", "told"} and "other" not in found
    assert {name for name, codes in found.items() if "audit" not in codes} == {"excerpt"}


def test_the_command_writes_the_same_bytes_again(dataset: Path, tmp_path: Path) -> None:
    written = []
    for name in ("one.jsonl", "two.jsonl"):
        options = ("--budget", "3", "--audit", "0.4", "--seed", "5", "--output", tmp_path / name)
        result = run("queue", dataset, *options)
        assert result.exit_code == 0, result.stderr
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    queue = read_queue(tmp_path / "one.jsonl")
    assert len(queue) == 3 and all(one.reasons for one in queue)
    assert "3 份（共 8 份" in result.stderr and "audit 2" in result.stderr


def test_records_of_the_service_with_their_inputs(crawl: Path, tmp_path: Path) -> None:
    pipeline, lines = Pipeline.default(), []
    for name, page in list(pages().items())[3:6]:
        record = to_json(pipeline.parse(page.encode()), indent=None)
        lines.append(f'{{"id": "{name}", "record": {record}}}')
    lines.append('{"id": "lost", "problem": {"code": "needs_ocr"}}')
    (tmp_path / "answers.ndjson").write_text("\n".join(lines), encoding="utf-8")
    result = run("queue", tmp_path, "--input", crawl, "-n", "2", "-o", tmp_path / "q.jsonl")
    assert result.exit_code == 0, result.stderr
    assert "told" in by_site(read_queue(tmp_path / "q.jsonl"))
    nowhere = run("queue", tmp_path, "-n", "2", "-o", tmp_path / "q.jsonl")
    assert nowhere.exit_code == 2 and "--input" in nowhere.stderr


def test_what_is_gone_is_named_and_not_fatal(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, page in (("told", told(21)), ("gone", told(22)), ("changed", told(23))):
        (folder / f"{name}.txt").write_text(page, encoding="utf-8")
    dataset = batch(folder, tmp_path / "out")
    (folder / "gone.txt").unlink()
    (folder / "changed.txt").write_text(told(24), encoding="utf-8")
    options = ("--budget", "3", "--audit", "0", "--output", tmp_path / "q.jsonl")
    result = run("queue", dataset, *options)
    assert result.exit_code == 0 and len(read_queue(tmp_path / "q.jsonl")) == 1
    assert "gone.txt：已不在输入中" in result.stderr
    assert "changed.txt：内容已变" in result.stderr
    (folder / "told.txt").unlink()
    (folder / "changed.txt").unlink()
    nothing = run("queue", dataset, *options)
    assert nothing.exit_code == 2 and "一份原文也没有读到" in nothing.stderr


def test_nothing_worth_annotating_is_status_1(tmp_path: Path) -> None:
    dataset = batch(write_pages(tmp_path / "p.jsonl", [("", usual(0))]), tmp_path / "out")
    result = run("queue", dataset, "-n", "1", "--audit", "0", "-o", tmp_path / "q.jsonl")
    assert result.exit_code == 1 and "没有值得标注的" in result.stderr
    assert not (tmp_path / "q.jsonl").exists()


def test_no_results_are_one_line_and_status_2(tmp_path: Path) -> None:
    for path, message in ((tmp_path / "none", "不存在"), (tmp_path, "既不是")):
        result = run("queue", path, "-n", "1", "-o", tmp_path / "q.jsonl")
        assert result.exit_code == 2 and message in result.stderr
        assert result.stderr.count("\n") == 1
    (tmp_path / "x.json").write_text(json.dumps({"a": 1}), encoding="utf-8")
    with pytest.raises(NoListing, match=r"x\.json: 不是 nianbao 的记录"):
        list(open_listing(tmp_path).documents())


def test_tables_and_records_tell_the_same_of_a_report(dataset: Path, tmp_path: Path) -> None:
    pipeline = Pipeline.default()
    for name, page in pages().items():
        record = to_json(pipeline.parse(page.encode()))
        (tmp_path / f"{name}.json").write_text(record, encoding="utf-8")
    told_by_tables = {one.sha256: one for one in open_listing(dataset).documents()}
    told_by_records = {one.sha256: one for one in open_listing(tmp_path).documents()}
    assert told_by_tables.keys() == told_by_records.keys()
    for sha256, one in told_by_tables.items():
        other = told_by_records[sha256]
        assert (one.status, one.confidence, one.failed) == (
            other.status, other.confidence, other.failed
        )  # fmt: skip
        assert suspicion(one) == pytest.approx(suspicion(other), abs=0.01)
