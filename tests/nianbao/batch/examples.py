"""The examples of docs/engines.md, as programs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def example(title: str) -> str:
    """Return the program under the heading `title`, with the beginning that all share."""
    text = (ROOT / "docs/engines.md").read_text(encoding="utf-8")
    parts = {part.partition("\n")[0]: part for part in re.split(r"^#+ ", text, flags=re.MULTILINE)}
    begin, own = (_code(parts[name]) for name in ("Inside other engines", title))
    return begin + own


def _code(text: str) -> str:
    return "".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
