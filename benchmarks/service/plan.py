"""How long and how large the measures are, and what they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.service.documents import Documents
from nianbao.pipeline import Pipeline


@dataclass
class Plan:
    """What the command line sets; times in seconds unless they say otherwise.

    `settings` go to the service, as `NIANBAO_…`.
    """

    work: Path = Path("runs/service")
    processes: int = 2
    pages: int = 60
    seed: int = 1
    turns: int = 40
    burst: int = 64
    seconds: float = 8.0
    rounds: int = 6
    clients: int = 32
    overload_seconds: float = 60.0
    soak_minutes: float = 20.0
    mutations: int = 10_000
    kills: int = 20
    switches: int = 6
    starts: int = 5
    settings: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline that the service runs, in this process."""
        rules_only = self.settings.get("rules_only", False)
        found = Pipeline.rules_only() if rules_only else Pipeline.default()
        found.warm()
        return found

    @cached_property
    def documents(self) -> Documents:
        return Documents.make(self.pages, self.pipeline)
