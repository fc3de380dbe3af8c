"""Twenty corrected reports of a new layout, one retraining, and what it brought."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from nianbao.gold import write_gold
from training.files import write_text
from training.gate.gate import GATE, read_outcome
from training.loop.judge import judged, read, read_with_gold
from training.loop.simulate import POOL_SEED, UNSEEN_SEED, pages
from training.synthesis.corpus import Corpus

#: Reports that are corrected, and others of the layout that nobody saw: of provinces that neither
#: they nor the made pages are from.
CORRECTED, UNSEEN = 20, 60
#: What the issue asks for.
BEFORE, AFTER, MINUTES = 0.9, 0.98, 15.0
RESULT: Final = "bar.json"


def run(data: Path, out: Path, threads: int) -> dict[str, Any]:
    """Retrain in `out` and return what was found; it is written to `bar.json` too."""
    gold = out / "gold.jsonl"
    corrected = pages(POOL_SEED, CORRECTED, Corpus.load(data, provinces="train"))
    write_gold(gold, [one.gold for one in corrected])
    unseen = pages(UNSEEN_SEED, UNSEEN, Corpus.load(data, provinces="held_out"))
    given = ["--gold", str(gold), "--splits", str(out / "splits.json"), "--data", str(data)]
    kept = ["--kept", str(out / "judged")]
    command = ["-m", "training.retrain", *given, *kept, "--out", str(out / "retrain")]
    seconds, resumed = _timed([*command, "--threads", str(threads)], out)
    proposal = _newest(out / "retrain")
    judging = ["-m", "training.gate", str(proposal), *given, *kept, "--workers", str(threads)]
    subprocess.run([sys.executable, *judging], check=False)
    gate = read_outcome(proposal / GATE) or {}
    before, after = (read(side, judged(unseen)) for side in (None, proposal / "bundle"))
    found: dict[str, Any] = {
        "corrected": CORRECTED,
        "unseen": UNSEEN,
        "right_labels": asdict(read_with_gold(unseen)),
        "before": asdict(before),
        "after": asdict(after),
        "seconds": round(seconds, 1),
        "resumed": resumed,
        "threads": threads,
        "gate_passed": bool(gate.get("passed")),
        "refused_by": [one["name"] for one in gate.get("checks", ()) if not one["passed"]],
        "proposal": str(proposal),
    }
    held = before.nonzero < BEFORE and after.nonzero >= AFTER and seconds < 60 * MINUTES
    found["met"] = held and found["gate_passed"]
    write_text(out / RESULT, json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return found


def _timed(command: Sequence[str], out: Path) -> tuple[float, bool]:
    """Run the retraining; return its seconds, over all of its runs, and whether there were several."""
    path = out / "seconds.json"
    before: list[float] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    if before and before[-1] < 0:  # the last run was killed: its time is not known
        before[-1] = -before[-1]
    elif before:
        return sum(before), len(before) > 1
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, *command])
    while process.poll() is None:
        time.sleep(1)
        write_text(path, json.dumps([*before, began - time.monotonic()]))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    spent = [*before, time.monotonic() - began]
    write_text(path, json.dumps(spent))
    return sum(spent), len(spent) > 1


def _newest(out: Path) -> Path:
    """Return the proposal in a folder that has one."""
    found = sorted(out.glob("*/proposal"), key=lambda path: path.stat().st_mtime)
    return found[-1]
