"""Plain text -> lines, as they are."""

from __future__ import annotations

from nianbao.document import ReadingNote
from nianbao.exceptions import UnreadableInput
from nianbao.reading.limits import MAX_CHARS


def read_plain(text: str, max_chars: int = MAX_CHARS) -> tuple[str, tuple[ReadingNote, ...]]:
    """Return cleaned `text`, cut at the last line end before `max_chars`, with the note of that.

    Raises UnreadableInput when there is nothing but white space.
    """
    if not text.strip():
        raise UnreadableInput("文件里没有文字")
    if len(text) <= max_chars:
        return text, ()
    end = text.rfind("\n", 0, max_chars)
    kept = text[: end if end > 0 else max_chars]
    message = f"正文过长，第 {len(kept)} 个字符以后的内容未读"
    return kept, (ReadingNote("truncated_input", message, len(kept), len(kept)),)
