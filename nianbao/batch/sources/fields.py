"""Which fields of a row hold the document, its address and the time it was fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nianbao.batch.outcome import Origin
from nianbao.batch.sources.dates import to_utc
from nianbao.batch.sources.names import storable
from nianbao.batch.sources.options import SourceOptions

#: Usual names, in lower case without `_` and `-`; the first that is there counts.
TEXT_NAMES: Final = (
    "html rawhtml contenthtml htmlcontent pagehtml pagesource page body content text raw rawcontent"
    " rawtext fulltext maintext article document doc data 网页 正文 内容 全文 文本"
).split()
_URL_NAMES: Final = (
    "url uri link href pageurl sourceurl targeturi warctargeturi address 网址 链接 地址"
).split()
_DATE_NAMES: Final = (
    "fetched fetchedat fetchtime fetchdate crawled crawledat crawltime crawldate scrapedat"
    " scrapetime downloadedat warcdate timestamp crawltimestamp date time 抓取时间 采集时间 爬取时间"
).split()


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of the fields as the file spells them; None for what is not there."""

    text: str | None
    url: str | None
    date: str | None

    def origin(self, row: Mapping[str, object]) -> Origin:
        """Return what `row` says of where its document came from."""
        url = row.get(self.url) if self.url else None
        fetched = to_utc(row.get(self.date)) if self.date else None
        return Origin(storable(url) if isinstance(url, str) and url else None, fetched)


def fields_of(names: Iterable[str], options: SourceOptions) -> Fields:
    """Find the fields among `names`: those of the options, else those with usual names."""
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(_key(name), name)
    return Fields(
        _find(by_key, options.text_field, TEXT_NAMES),
        _find(by_key, options.url_field, _URL_NAMES),
        _find(by_key, options.date_field, _DATE_NAMES),
    )


def _find(by_key: Mapping[str, str], stated: str | None, usual: Iterable[str]) -> str | None:
    if stated is not None:
        return stated if stated in by_key.values() else by_key.get(_key(stated))
    return next((by_key[key] for key in usual if key in by_key), None)


def _key(name: str) -> str:
    return name.strip().lower().replace("_", "").replace("-", "")


def missing_text(names: Iterable[str], options: SourceOptions) -> str:
    """Return the message that no field holds the text of a document."""
    there = "、".join(storable(name)[:40] for name in list(names)[:20])
    wanted = f"“{options.text_field}”字段" if options.text_field else "存放正文的字段"
    return f"没有{wanted}；现有字段：{there or '无'}（可以用选项指定）"
