"""The measures, against the shared scorer and against hand-made cases."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nianbao.evaluation import Score, Tally, evaluate_folder, score, summarise
from nianbao.exceptions import UnreadableInput

SHARED = Path(__file__).resolve().parents[2] / "../shared"


def gold_record() -> dict[str, Any]:
    return {
        "format": "2021",
        "title": "某市2023年政府信息公开工作年度报告",
        "sections": [
            {"id": "overview", "heading": "一、总体情况", "starts": "今年，", "ends": "完成。"}
        ],
        "tables": {"requests": {"granted": {"natural_person": 3, "other": 0, "total": 3}}},
        "failed_checks": ["requests.balance.total"],
        "warnings": ["missing_cells"],
    }


def right_record() -> dict[str, Any]:
    return {
        "format": "2021",
        "title": "某市2023 年政府信息公开工作年度报告",
        "sections": [{"id": "overview", "heading": "一、 总体情况", "text": "今年,已完成。"}],
        "tables": {
            "requests": {"granted": {"natural_person": Decimal("3.0"), "other": 0, "total": 3}}
        },
        "checks": [
            {"id": "requests.balance.total", "status": "fail"},
            {"id": "narrative.requests_received", "status": "fail"},
            {"id": "requests.row_sum.granted", "status": "pass"},
        ],
        "warnings": [{"code": "missing_cells"}],
    }


def test_right_record_is_perfect() -> None:
    result = score(gold_record(), right_record())
    assert result.errors == ()
    assert str(summarise([result])) == (
        "reports=1 perfect=1.0000 cells=1.0000 nonzero=1.0000 false=0.0000 headings=1.0000 "
        "texts=1.0000 meta=1.0000 checks=1.0000"
    )


def test_each_kind_of_error_has_its_line() -> None:
    wrong = right_record()
    wrong["title"] = None
    wrong["sections"][0] |= {"heading": "一、概况", "text": "去年完成。"}
    wrong["tables"]["requests"]["granted"] = {"natural_person": None, "other": 3, "total": 3}
    wrong["tables"]["requests"]["carried_over"] = {"total": 7}
    wrong["tables"]["other_table"] = {"row": {"column": 7}}
    wrong["checks"] = [{"id": "requests.row_sum.granted", "status": "fail"}]
    wrong["warnings"] = []
    result = score(gold_record(), wrong)
    assert [line.split(":")[0] for line in result.errors] == [
        "cell requests.granted.natural_person",
        "cell requests.granted.other",
        "cell requests.carried_over.total",
        "heading overview",
        "text overview",
        "meta title",
        "check requests.balance.total",
        "check requests.row_sum.granted",
        "warning missing_cells",
    ]
    assert (result.cells, result.nonzero) == (Tally(1, 3), Tally(1, 2))
    assert result.false == Tally(2, 3)
    assert summarise([result]).checks == 0.0


def test_accept_takes_a_cell_out_of_nonzero_and_covers_by_pattern() -> None:
    gold = gold_record() | {"accept": {"requests.*": [3, None]}}
    record = right_record()
    record["tables"]["requests"]["granted"] = {"natural_person": None, "other": None, "total": 4}
    result = score(gold, record)
    assert (result.cells, result.nonzero, result.false) == (Tally(2, 3), Tally(), Tally(0, 1))


def test_decimals_are_exact() -> None:
    gold = {"tables": {"t": {"r": {"c": Decimal("47593.6663")}}}}
    assert score(gold, {"tables": {"t": {"r": {"c": Decimal("47593.66630")}}}}).perfect
    assert not score(gold, {"tables": {"t": {"r": {"c": Decimal("47593.66630000000001")}}}}).perfect


def test_nothing_to_summarise_is_refused() -> None:
    with pytest.raises(ValueError, match="no scores"):
        summarise([])


def test_empty_measures_are_one_and_false_zero() -> None:
    summary = summarise([Score()])
    assert (summary.cells, summary.checks, summary.false, summary.perfect) == (1, 1, 0, 1)


def test_folder_pairs_inputs_with_gold_by_stem(tmp_path: Path) -> None:
    golds, inputs = tmp_path / "gold", tmp_path / "inputs"
    golds.mkdir()
    inputs.mkdir()
    for name in ("a.b", "absent", "refused"):
        (golds / f"{name}.json").write_text(json.dumps(gold_record()), encoding="utf-8")
    (inputs / "a.b.html").write_bytes(b"right")
    (inputs / "refused.pdf").write_bytes(b"scan")

    def parse(data: bytes, name: str) -> dict[str, Any]:
        if data == b"scan":
            raise UnreadableInput(f"读不了 {name}")
        return right_record()

    results = dict(evaluate_folder(golds, inputs, parse))
    assert list(results) == ["a.b", "absent", "refused"]
    assert results["a.b"].perfect
    assert results["absent"].errors[0] == "input: missing"
    assert results["refused"].errors[0] == "input: unreadable_input: 读不了 refused.pdf"
    (inputs / "a.b.txt").write_bytes(b"right")
    with pytest.raises(ValueError, match="several inputs"):
        evaluate_folder(golds, inputs, parse)
    with pytest.raises(ValueError, match="no gold"):
        evaluate_folder(inputs, inputs, parse)


def mutated(gold: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return a record derived from `gold` with a random number of things changed in it."""
    record = copy.deepcopy({k: v for k, v in gold.items() if k not in ("accept", "failed_checks")})
    for rows in record["tables"].values():
        for cells in rows.values():
            for column in list(cells):
                if rng.random() < 0.05:
                    cells[column] = rng.choice([None, 0, 1, 12.5, "7", "无", True, cells[column]])
                if rng.random() < 0.01:
                    del cells[column]
                if rng.random() < 0.01:
                    cells[f"x_{column}"] = rng.choice([0, 5, None])
    for section in record["sections"]:
        section["text"] = f"{section['starts']} … {section['ends']}" if rng.random() < 0.8 else None
        if rng.random() < 0.2:
            section["heading"] = rng.choice(["", None, " " + section["heading"], "五、别的"])
    for key in ("format", "title", "year"):
        if rng.random() < 0.2:
            record[key] = rng.choice([None, "2021", 2023])
    checks = [*gold.get("failed_checks", []), "requests.balance.total", "narrative.x"]
    record["checks"] = [
        {"id": check, "status": rng.choice(["fail", "fail", "pass"])} for check in checks
    ]
    record["warnings"] = [{"code": code} for code in gold["warnings"] if rng.random() < 0.7]
    return record


@pytest.mark.skipif(not (SHARED / "score.py").exists(), reason="the shared scorer is absent")
@pytest.mark.parametrize("seed", range(4))
def test_same_figures_as_the_shared_scorer(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    scores = []
    for path in sorted((SHARED / "gold").glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        if rng.random() < 0.15:
            scores.append(score(gold, None))
            continue
        record = gold | {"checks": []} if rng.random() < 0.1 else mutated(gold, rng)
        (tmp_path / path.name).write_text(json.dumps(record), encoding="utf-8")
        scores.append(score(gold, record))
    scorer = [sys.executable, str(SHARED / "score.py"), str(SHARED / "gold"), str(tmp_path)]
    printed = subprocess.run(scorer, capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == str(summarise(scores))
    counted = {len(one.errors) for one in scores if one.errors}
    shown = {int(line.split()[-2]) for line in printed.splitlines() if line.endswith(" errors")}
    assert shown <= counted
