"""The memory of a process: what it has, what it may take, and what it gives back."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import sys
from pathlib import Path
from typing import Final

#: A process goes when more than this share of a document's memory stays resident: reports leave 10 MB,
#: endless markup 20, and one that ran out of memory 200 of 512.
MAY_REMAIN: Final = 0.25
#: After a document that leaves more than this, what is free is given back.
LEFT: Final = 8 << 20
#: mallopt(3): M_MMAP_THRESHOLD, M_ARENA_MAX; from how many bytes on a block is mapped by itself.
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 1 << 20
_STATM: Final = Path("/proc/self/statm")


def resident() -> int:
    """Return the bytes of this process that are in memory; 0 where the system does not tell."""
    return _pages(1) * mmap.PAGESIZE


def _pages(field: int) -> int:
    return int(_STATM.read_text().split()[field]) if _STATM.exists() else 0


def bound(beyond: int) -> None:
    """Let allocations fail that take more than `beyond` bytes of address space over what there is now,
    where the system tells what that is.

    To be set anew for each document, so that each has all of it: ONNX Runtime's arena, once it is too
    small, reserves the next power of two, and keeps 256 MB that nothing ever lies in."""
    if sys.platform != "win32" and _STATM.exists():
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = _pages(0) * mmap.PAGESIZE + beyond
        resource.setrlimit(
            resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )


def give_back() -> None:
    """Have glibc give memory back as soon as it is freed: every large block is mapped by itself (by
    default the bound rises with what was freed, and bodies of megabytes end in heaps that grow), and
    threads share one heap in place of one each."""
    _mallopt(_MMAP_THRESHOLD, _LARGE)
    _mallopt(_ARENA_MAX, 1)


def _mallopt(parameter: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(parameter, value)


def trim() -> None:
    """Give back the free pages within the heap, which glibc does by itself only at its end.  Endless
    markup left 80 MB of them in a heap of 125; takes one or two milliseconds."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
