"""The examples of docs/engines.md, as programs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def example(title: str) -> str:
    """Return the program under the heading `title`, with the beginning that all share."""
    text = (ROOT / "docs/engines.md").read_text(encoding="utf-8")
    begin, *others = re.split(r"^## ", text, flags=re.MULTILINE)
    (own,) = (part for part in others if part.startswith(f"{title}\n"))
    return _code(begin) + _code(own)


def _code(text: str) -> str:
    return "".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
