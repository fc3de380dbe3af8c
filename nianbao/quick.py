"""Frozen dataclasses that are made quickly: a report has hundreds of spans, regions and cells."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def quickly_made(cls: type[T]) -> type[T]:
    """Return the frozen dataclass `cls`, which has slots, with an `__init__` that does the same faster.

    The one of `dataclasses` looks `object.__setattr__` up for every field; this one calls the setters
    of the slots: five fields take 0.4 µs, against 1.0.  Raises TypeError for a `default_factory`.
    """
    scope: dict[str, Any] = {}
    parameters: list[str] = []
    lines: list[str] = []
    for one in fields(cls):  # type: ignore[arg-type]
        if one.default_factory is not MISSING:
            raise TypeError(f"{cls.__name__}.{one.name} has a default_factory")
        scope[f"_set_{one.name}"] = getattr(cls, one.name).__set__
        scope[f"_default_{one.name}"] = one.default
        default = "" if one.default is MISSING else f" = _default_{one.name}"
        parameters.append(f"{one.name}{default}")
        lines.append(f" _set_{one.name}(self, {one.name})\n")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()\n")
    source = f"def __init__(self, {', '.join(parameters)}):\n{''.join(lines)}"
    exec(source, scope)  # noqa: S102 - names of fields, as `dataclasses` does it itself
    made = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
