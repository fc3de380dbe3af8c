"""What is wrong with data, and how much of it one input may inflate to."""

from __future__ import annotations

from nianbao.batch.sources.options import Limits


class Damage(Exception):
    """Something is wrong at one place of the data; it becomes one `failed` item.

    `reason` is a stable code, `message` Chinese; `size` the bytes of what is refused, as far as is
    known.  `reported` keeps a damage that several readers meet from becoming several items.
    """

    def __init__(self, reason: str, message: str, size: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.size = size
        self.reported = False

    @property
    def cut(self) -> bool:
        """The data end too early; what came before is whole."""
        return self.reason == "truncated"


class Exhausted(Exception):
    """An input passes a bound that holds for all of it; nothing more of it is read."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Budget:
    """What is left to one input, `packed` bytes long (None: not known)."""

    def __init__(self, limits: Limits, packed: int | None) -> None:
        self._limits = limits
        self._inflated = 0
        self._members = 0
        self._bound = limits.inflated
        if packed is not None:
            self._bound = min(self._bound, max(limits.ratio_from, limits.ratio * packed))

    def inflate(self, count: int) -> None:
        """Take `count` inflated bytes; raises Exhausted when they are too many."""
        self._inflated += count
        if self._inflated > self._bound:
            raise Exhausted(
                "archive_bomb", f"解压后超过 {self._bound} 字节的上限，其余内容不再读取"
            )

    def member(self) -> None:
        """Take one member of an archive; raises Exhausted when they are too many."""
        self._members += 1
        if self._members > self._limits.members:
            message = f"归档中的文件超过 {self._limits.members} 个的上限，其余不再读取"
            raise Exhausted("too_many_members", message)


def too_large(what: str, limit: int, size: int = 0) -> Damage:
    """Return the damage of `what`, which has more than `limit` bytes."""
    stated = f"有 {size} 字节，" if size else ""
    return Damage("too_large", f"{what}{stated}超过 {limit} 字节的上限", size or limit + 1)
