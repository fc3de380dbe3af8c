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
#: mallopt(3), M_MMAP_THRESHOLD, and from how many bytes on a block is mapped by itself.
_MMAP_THRESHOLD: Final = -3
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
    """Have glibc map every large block by itself, so that it is given back as soon as it is freed.  By
    default it raises the bound with what was freed, and bodies of megabytes end in heaps that grow."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
