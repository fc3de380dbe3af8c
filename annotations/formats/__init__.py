"""Gold in the formats of other tools: spaCy `DocBin` and CoNLL.  Label Studio's is in `studio`."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.problems import Problem
from nianbao.gold import GoldDocument


@dataclass(frozen=True, slots=True)
class Read:
    """Documents, and everything that was wrong with those that are not among them."""

    documents: tuple[GoldDocument, ...]
    problems: tuple[Problem, ...]
