"""A drift in words, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.text import Text

from nianbao.batch.review.drift_model import Drift
from nianbao.batch.review.sheets import number, print_sheet, printable, sheet

#: Characters and notes that are printed; the JSON has the rest.
MOST_ROWS: Final = 20


def to_json(drift: Drift) -> str:
    """Return all of it: `drift` lists the codes of what is new."""
    content = {**asdict(drift), "drift": [one.code for one in drift.found]}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)


def render_text(drift: Drift, console: Console) -> None:
    """Print what is new, sentence by sentence, with documents that show it."""
    reference = "训练页面" if drift.against is None else drift.against
    counts = f"{number(drift.documents)} 个网页，{number(drift.reports)} 份年报"
    console.print(
        Text(f"{drift.path}：{counts}，重读 {number(drift.sampled)} 份；与{reference}比较")
    )
    found = sorted(drift.found, key=lambda one: one.message.partition("：")[0])
    if not found:
        console.print(Text("没有发现新东西", style="green"))
    told: set[str] = set()
    for one in found:
        subject = one.message.partition("：")[0]
        if subject not in told:
            console.print()
        console.print(Text(one.message, style="bold"))
        # The documents that show one thing about layouts mostly show the next as well.
        for example in one.examples if subject not in told else ():
            console.print(Text(f"  例如 {printable(example)}"))
        told.add(subject)
    if any(one.code == "feature.unknown" for one in found) and drift.characters:
        rows = ((one.character, number(one.pages), one.example) for one in drift.characters)
        print_sheet(sheet("模型不认识的字符", "字符 页数# 例", rows), console, MOST_ROWS, "--json")
