"""Memory of a process: free pages within its heap go back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HOLE = """
from serving import room

room.give_back()
before = room.resident()
blocks = [bytes(4000) for _ in range(20_000)]
last = bytes(4000)  # at the end of the heap, above all that is freed
del blocks
held = room.resident() - before
room.trim()
print(held, room.resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heap")
def test_what_is_free_within_the_heap_is_given_back() -> None:
    told = subprocess.run([sys.executable, "-c", _HOLE], capture_output=True, text=True, check=True)
    held, left = map(int, told.stdout.split())
    assert held > 60_000_000
    assert left < held / 4
