"""What every process does that another one starts to work for it."""

from __future__ import annotations

import os
import signal
import sys


def obey_parent() -> None:
    """Leave interrupts to the parent, and end when it is killed."""
    # A terminal interrupts the whole group: the parent decides what that means, and ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel end this process when its parent is killed (Linux only); `parent` is the number
    of that process, which may have been killed before this one came here."""
    if sys.platform == "linux":
        import ctypes

        # prctl(2), PR_SET_PDEATHSIG.
        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        sys.exit(1)
