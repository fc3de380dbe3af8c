"""Made reports with their spans, for checking what carries annotations: texts of the statutory forms
with everything in them that shifts offsets.

They are no training data and look only roughly like reports; characters beyond the basic plane,
carriage returns, tabs, ideographic spaces, ruby, combining marks, very long lines and empty ones are
what they are made for.
"""

from __future__ import annotations

import hashlib
import random
from typing import Final

from nianbao.gold import QueuedDocument, Reason, Subject
from nianbao.rules.forms import COLUMNS, PROACTIVE, PROACTIVE_COLUMNS, ROWS, SECTIONS, table_cells
from nianbao.spans import Span

#: Between cells, and between lines: one of each for a report.
SEPARATORS: Final = ("|", " | ", "\t", "  ", "\u3000", "\n", "\r\n")
LINE_ENDS: Final = ("\n", "\r\n", "\n\n", "\r", "\n \n")
#: Astral characters, a combining mark, an emoji of several code points, a variation selector, a
#: zero-width space, ruby: each put into names and prose.
TROUBLE: Final = (
    "𠮷",
    "𪚥",
    "😀",
    "👩‍👩‍👧",
    "e\u0301",
    "㈠",
    "葛\U000e0100",
    "\u200b",
    "件數(shù)",
    "<br>",
    "&amp;",
    "\\n",
)
PROSE: Final = "本机关认真贯彻落实条例要求坚持以公开为常态不公开为例外不断提高政府工作透明度"
PLACES: Final = ("和林", "云泽", "𠮷安", "青𬭩", "东明")


class _Writer:
    """A text that grows, with the spans of what was put into it by name."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.parts, self.spans, self.length = rng, list[str](), list[Span](), 0

    def put(self, text: str, label: str | None = None) -> None:
        if label is not None:
            score = round(self.rng.uniform(0.3, 1), 4)
            self.spans.append(Span(self.length, self.length + len(text), label, score))
        self.parts.append(text)
        self.length += len(text)

    def troubled(self, text: str) -> str:
        """`text`, one time in six with something in it that shifts offsets."""
        if self.rng.random() > 1 / 6:
            return text
        at = self.rng.randrange(len(text) + 1)
        return text[:at] + self.rng.choice(TROUBLE) + text[at:]


def made_report(seed: int) -> QueuedDocument:
    """Return one made report, the same for the same seed."""
    rng = random.Random(seed)
    writer = _Writer(rng)
    separator, line_end = rng.choice(SEPARATORS), rng.choice(LINE_ENDS)
    form = rng.choice(("2019", "2021"))
    agency, year = (
        f"{rng.choice(PLACES)}市{rng.choice(('财政局', '人民政府', '𥔎业局'))}",
        rng.randint(2019, 2025),
    )
    if rng.random() < 0.5:
        writer.put(rng.choice(("\ufeff", "\n\n", "\t", "😀")))
    writer.put(agency, "agency")
    writer.put(f"{year}年", "year")
    writer.put(writer.troubled("政府信息公开工作年度报告"), "title")
    writer.put(line_end)
    for section, heading in SECTIONS.items():
        writer.put(writer.troubled(heading), f"heading.{section}")
        writer.put(line_end)
        # One paragraph in five is a line of several thousand characters.
        length = rng.randint(2000, 6000) if rng.random() < 0.2 else rng.randint(0, 120)
        for _ in range(0, length, len(PROSE)):
            writer.put(writer.troubled(PROSE))
        writer.put(line_end)
        if section in COLUMNS:
            _table(writer, section, form, separator, line_end)
    writer.put(f"{year + 1}年1月{rng.randint(1, 31)}日", "date")
    writer.put(rng.choice(("", "\n", "\r\n ", "𠮷")))
    text = "".join(writer.parts)
    data = text.encode("utf-8")
    subject = Subject(
        hashlib.sha256(data).hexdigest(), place=f"made/{seed}.txt", site="made.invalid",
        agency=agency, year=year, media_type="text/plain",
    )  # fmt: skip
    reasons = (Reason("made", "检验用的虚构文本"),)
    return QueuedDocument(subject, text, tuple(writer.spans), reasons, 1.0, "made")


def made_queue(count: int, seed: int) -> list[QueuedDocument]:
    """Return `count` made reports."""
    return [made_report(seed * 1_000_003 + number) for number in range(count)]


def _table(writer: _Writer, table: str, form: str, separator: str, line_end: str) -> None:
    columns = PROACTIVE_COLUMNS[form]["rules"] if table == PROACTIVE else tuple(COLUMNS[table])
    for column in columns:
        writer.put(separator)
        writer.put(writer.troubled(COLUMNS[table][column]), f"column.{table}.{column}")
    writer.put(line_end)
    for row, cells in table_cells(table, form).items():
        writer.put(writer.troubled(ROWS[table][row]), f"row.{table}.{row}")
        for _ in cells:
            writer.put(separator)
            writer.put(str(writer.rng.choice((0, 0, 0, 1, 12, 358, 4119))), "value")
        writer.put(line_end)
