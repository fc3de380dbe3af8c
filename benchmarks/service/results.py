"""What a measure found, and how it is shown: figures, and the bars that they are held to."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

#: Progress is told no more often than this, in seconds.
_TOLD_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that has to hold: what, the figure, what it is held to, and whether it holds."""

    what: str
    value: float
    bar: str
    met: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What one measure found; the names of figures carry their units."""

    name: str
    figures: dict[str, Any]
    bars: tuple[Bar, ...]

    @property
    def met(self) -> bool:
        return all(bar.met for bar in self.bars)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "met": self.met, **asdict(self)}


def at_most(what: str, value: float, bound: float, unit: str = "") -> Bar:
    """Return the bar that `value` is at most `bound`."""
    return Bar(what, round(value, 3), f"<= {bound:g}{unit and ' ' + unit}", value <= bound)


def at_least(what: str, value: float, bound: float) -> Bar:
    """Return the bar that `value` is at least `bound`."""
    return Bar(what, round(value, 3), f">= {bound:g}", value >= bound)


def none(what: str, count: int) -> Bar:
    """Return the bar that there is none of something."""
    return Bar(what, count, "0", count == 0)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie; NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, quartiles, p99 and worst of `seconds`, in ms."""
    if not seconds:
        return {}
    shares = {"p25": 0.25, "p75": 0.75, "p99": 0.99, "max": 1.0}
    found = {name: percentile(seconds, share) for name, share in shares.items()}
    found["p50"] = statistics.median(seconds)
    return {f"{name}_ms": round(found[name] * 1000, 1) for name in ("p50", *shares)}


@dataclass
class Progress:
    """One line on standard error, now and then, of what is under way."""

    name: str
    total: float
    unit: str
    _told: float = field(default=0.0, init=False)

    def tell(self, done: float, note: str = "") -> None:
        """Say that `done` of the total are done, unless that was said a moment ago."""
        now = time.monotonic()
        is_over = done >= self.total and self._told < float("inf")
        if now - self._told >= _TOLD_SECONDS or is_over:
            self._told = float("inf") if is_over else now
            line = f"{self.name}: {done:.0f} of {self.total:.0f} {self.unit} {note}".rstrip()
            print(line, file=sys.stderr, flush=True)


def show(result: Result, console: Console) -> None:
    """Print one result."""
    table = Table(title=result.name, title_justify="left", show_header=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in flat(result.figures):
        table.add_row(name, value)
    table.add_section()
    for bar in result.bars:
        verdict = "met" if bar.met else "[bold]MISSED[/bold]"
        table.add_row(bar.what, f"{bar.value:g}  (bar {bar.bar}: {verdict})")
    console.print(table)


def flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return figures in figures with their names joined by blanks."""
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += flat(value, f"{prefix}{name} ")
        else:
            shown = f"{value:g}" if isinstance(value, float) else str(value)
            rows.append((f"{prefix}{name}", shown))
    return rows


def write(path: Path, about: dict[str, Any], results: Sequence[Result]) -> None:
    """Write what was found until now as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {**about, "measures": [result.to_dict() for result in results]}
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, encoding="utf-8")
