"""Times at which documents were fetched, in whatever form -> ISO 8601 in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

#: The digits of a CDX index, 20230102030405.
_DIGITS: Final = re.compile(r"(?:19|20)\d{12}")
_NUMBER: Final = re.compile(r"\d{9,13}(?:\.\d+)?")
#: Seconds since 1970 from here on are milliseconds: the year 5138.
_MILLISECONDS: Final = 1e11


def to_utc(value: object) -> str | None:
    """Return `value` as WARC-Date has it, `2023-01-02T03:04:05Z`; None when it is no time.

    A text or a `datetime` without an offset is taken for UTC; a number counts the seconds or
    milliseconds since 1970.
    """
    try:
        moment = _moment(value)
    except (ValueError, OverflowError, OSError):
        return None
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _since_1970(float(value))
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _DIGITS.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if _NUMBER.fullmatch(text):
        return _since_1970(float(text))
    return datetime.fromisoformat(text.replace("/", "-"))


def _since_1970(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS else seconds, UTC)
