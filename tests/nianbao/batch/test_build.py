"""From inputs to a dataset: the same bytes whatever engine, order of events or kill."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nianbao.batch.build import JOURNAL, OutputInInput, build
from nianbao.batch.engines import Pool, Serial
from nianbao.batch.journal import Found
from nianbao.batch.run import Options, OtherVersions, run
from nianbao.batch.score import Model, Versions
from nianbao.exceptions import InputNotFound

RULES = Model(rules_only=True)
SERIAL = Options(Serial(RULES))


@pytest.fixture
def crawl(tmp_path: Path, made_pages: dict[str, bytes]) -> Path:
    """A folder of pages, an archive with some of them again, and a broken archive."""
    folder = tmp_path / "crawl"
    folder.mkdir()
    for name, data in made_pages.items():
        (folder / name).write_bytes(data)
    with zipfile.ZipFile(folder / "again.zip", "w") as archive:
        archive.writestr("copy.html", made_pages["report1.html"])
        archive.writestr("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(40))
    (folder / "cut.zip").write_bytes((folder / "again.zip").read_bytes()[:200])
    return folder


def content(directory: Path) -> dict[str, bytes]:
    """What makes the dataset, by path: all but journal and log."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith((JOURNAL, "batch.log"))
    }


def statuses(directory: Path) -> dict[str, tuple[str, str]]:
    table = pq.read_table(directory / "documents" / "part-0.parquet")
    columns = (table[name].to_pylist() for name in ("document", "status", "reason"))
    return {d.partition("/crawl/")[2]: (s, r) for d, s, r in zip(*columns, strict=True)}


def test_every_input_has_its_row(crawl: Path, tmp_path: Path) -> None:
    built = build([str(crawl)], tmp_path / "out", SERIAL)
    found = statuses(tmp_path / "out")
    assert found["report1.html"] == ("parsed", "")
    assert found["again.zip!/copy.html"] == ("parsed", "")
    assert found["other.html"] == ("not_report", "not_a_report")
    assert found["empty.txt"] == ("failed", "unreadable_input")
    assert found["again.zip!/picture.png"] == ("skipped", "image")
    assert any(n.startswith("cut.zip") and s == "failed" for n, (s, _) in found.items())
    assert built.summary.reports == 4 and built.progress.known == 1
    assert built.summary.documents["parsed"] == 5


def test_engines_and_formats_of_input_make_no_difference(crawl: Path, tmp_path: Path) -> None:
    build([str(crawl)], tmp_path / "serial", SERIAL)
    build([str(crawl)], tmp_path / "pool", Options(Pool(RULES, 2)), processes=2)
    assert content(tmp_path / "pool") == content(tmp_path / "serial")


def test_a_second_run_scores_nothing_and_changes_nothing(crawl: Path, tmp_path: Path) -> None:
    build([str(crawl)], tmp_path / "out", SERIAL)
    before = content(tmp_path / "out")
    again = build([str(crawl)], tmp_path / "out", SERIAL)
    assert again.progress.scored == 0 and again.progress.known == 8
    assert content(tmp_path / "out") == before


def test_a_dataset_is_of_its_inputs_alone(crawl: Path, tmp_path: Path) -> None:
    build([str(crawl)], tmp_path / "out", SERIAL)
    (crawl / "report2.html").unlink()
    (crawl / "report3.html").write_bytes((crawl / "other.html").read_bytes())
    build([str(crawl)], tmp_path / "out", SERIAL)
    build([str(crawl)], tmp_path / "fresh", SERIAL)
    assert content(tmp_path / "out") == content(tmp_path / "fresh")


def test_an_interrupted_run_goes_on(crawl: Path, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(_: object, step: object) -> None:
        if isinstance(step, Found) and step.item.place.source.endswith("report2.html"):
            raise Stop

    with pytest.raises(Stop):
        build([str(crawl)], tmp_path / "out", SERIAL, watch=stop)
    build([str(crawl)], tmp_path / "out", SERIAL)
    build([str(crawl)], tmp_path / "fresh", SERIAL)
    assert content(tmp_path / "out") == content(tmp_path / "fresh")


def test_killed_again_and_again_it_ends_with_the_same_bytes(crawl: Path, tmp_path: Path) -> None:
    build([str(crawl)], tmp_path / "fresh", Options(Pool(RULES, 2)))
    command = [
        sys.executable, "-m", "nianbao", "batch", "--rules-only", "-j", "2", str(crawl),
        "--output", str(tmp_path / "out"),
    ]  # fmt: skip
    rng = random.Random(4)
    began = time.monotonic()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    (tmp_path / "out" / JOURNAL).unlink()
    for _ in range(4):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.2, 1.0) * took)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    assert content(tmp_path / "out") == content(tmp_path / "fresh")


def test_another_model_is_refused_until_it_may_make_things_anew(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([str(crawl)], tmp_path / "out", SERIAL)
    monkeypatch.setattr("nianbao.pipeline.RULES_ONLY", "rules-2")
    monkeypatch.setattr("nianbao.batch.score.RULES_ONLY", "rules-2")
    with pytest.raises(OtherVersions, match="--since-model"):
        build([str(crawl)], tmp_path / "out", SERIAL)
    built = build([str(crawl)], tmp_path / "out", replace(SERIAL, since_model=True))
    build([str(crawl)], tmp_path / "fresh", SERIAL)
    assert content(tmp_path / "out") == content(tmp_path / "fresh")
    # What could not be read says nothing of a model, and is not read again.
    assert built.progress.known == 3 and built.progress.scored == 5


def test_outcomes_without_a_folder(crawl: Path) -> None:
    outcomes = {o.place.source.rpartition("/")[2]: o for o in run([str(crawl)], SERIAL)}
    assert outcomes["report1.html"].status == "parsed"
    assert (outcomes["report1.html"].record or b"").startswith(b"{")
    assert outcomes["again.zip"].status in ("parsed", "skipped")
    versions = {Versions(o.library_version, o.model_version) for o in outcomes.values()}
    assert versions == {SERIAL.engine.versions()}


def test_inputs_that_are_not_there_stop_it_before_anything(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound, match="nowhere"):
        build([str(tmp_path / "nowhere.zip")], tmp_path / "out", SERIAL)


def test_the_output_does_not_lie_in_an_input(crawl: Path) -> None:
    with pytest.raises(OutputInInput, match="out"):
        build([str(crawl)], crawl / "out", SERIAL)
    assert not (crawl / "out").exists()
