"""What is wrong with annotations that come in: every problem named with its place, all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: No message lists more than this; the rest is counted.
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable; `place` says where (task, annotation, region; file and line), `message` what,
    in Chinese, for the person who puts it right."""

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}：{self.message}"


class AnnotationError(Exception):
    """What an operator or annotator has to put right; the message is Chinese and names the place."""


class Refused(AnnotationError):
    """Annotations were refused; `problems` holds every one of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"  {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"  ……另有 {len(self.problems) - SHOWN} 处")
        super().__init__("\n".join([f"有 {len(self.problems)} 处问题，没有写出：", *lines]))
