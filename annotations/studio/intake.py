"""What becomes of an export that was read: gold is written, or all that is wrong is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from annotations.problems import Refused
from annotations.studio.exports import Reading, Refusal
from nianbao.gold import write_gold

REFUSED: Final = "refused.jsonl"


def deliver(reading: Reading, gold: Path, *, accept_rest: bool = False) -> str:
    """Write the gold of `reading` to `gold`; return what was done, in words.

    With `accept_rest` what was refused goes to refused.jsonl beside it.  Raises Refused with every problem where there is one and `accept_rest` is not
    given; then nothing is written."""
    if reading.problems and not accept_rest:
        raise Refused(reading.problems)
    write_gold(gold, reading.documents)
    spans = sum(len(one.spans) for one in reading.documents)
    lines = [f"{gold}：{len(reading.documents)} 份标注，{spans} 处"]
    write_refused(reading.refusals, gold)
    if reading.refusals:
        count = f"{len(reading.refusals)} 份，{len(reading.problems)} 处问题"
        lines.append(f"{gold.with_name(REFUSED)}：退回 {count}：")
        lines += [f"  {problem}" for problem in reading.problems]
    if reading.pending:
        lines.append(f"还有 {len(reading.pending)} 个任务没有完成：")
        lines += [f"  {place}" for place in reading.pending]
    return "\n".join(lines)


def write_refused(refusals: Sequence[Refusal], beside: Path) -> None:
    """Write what was refused to refused.jsonl beside a file, one annotation a line with its problems;
    where nothing was, there is no such file afterwards."""
    path = beside.with_name(REFUSED)
    path.unlink(missing_ok=True)
    if not refusals:
        return
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for refusal in refusals:
            line = {"problems": [asdict(one) for one in refusal.problems], **refusal.item}
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
