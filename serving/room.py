"""The memory that is left to a process of the pool."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path
from typing import Final

#: A process goes when less than this share of the memory of a document is left.  Reports leave 10 MB
#: behind, and markup of 8 MB 70; one that ran out of memory left 290 of 512, in heaps and in ONNX
#: Runtime's arena, and those that came after it found none.
LEAST_LEFT: Final = 0.75


def room() -> float:
    """Return the bytes of address space that this process may still take; infinity where there is no
    bound, or none that the system tells."""
    statm = Path("/proc/self/statm")
    if sys.platform == "win32" or not statm.exists():
        return float("inf")
    import resource

    bound, _ = resource.getrlimit(resource.RLIMIT_AS)
    if bound == resource.RLIM_INFINITY:
        return float("inf")
    return bound - int(statm.read_text().split()[0]) * mmap.PAGESIZE
