"""Quickly made dataclasses are what they were."""

from __future__ import annotations

import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from nianbao.quick import quickly_made


@dataclass(frozen=True, slots=True)
class Plain:
    start: int
    end: int
    score: float = field(default=1.0, compare=False)

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError("reversed")


@quickly_made
@dataclass(frozen=True, slots=True)
class Quick:
    start: int
    end: int
    score: float = field(default=1.0, compare=False)

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError("reversed")


def test_it_takes_keeps_and_refuses_the_same() -> None:
    assert inspect.signature(Quick) == inspect.signature(Plain)
    made = Quick(1, end=2)
    assert made == Quick(1, 2, 0.5) != Quick(1, 3)
    assert replace(made, score=0.25).score == 0.25
    assert pickle.loads(pickle.dumps(made)) == made
    assert repr(made) == "Quick(start=1, end=2, score=1.0)"
    with pytest.raises(FrozenInstanceError):
        made.start = 0  # type: ignore[misc]
    with pytest.raises(ValueError, match="reversed"):
        Quick(3, 2)


def test_a_value_to_be_made_for_each_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Listed\.items"):

        @quickly_made
        @dataclass(frozen=True, slots=True)
        class Listed:
            items: list[int] = field(default_factory=list)
