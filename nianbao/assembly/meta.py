"""Title, agency, year and date of publication from the labelled pieces."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nianbao.assembly.bodies import Body
from nianbao.assembly.sections import clean
from nianbao.numbers import han_number
from nianbao.reading.folding import Folded
from nianbao.spans import Span

_TITLE_LABELS = ("title", "agency", "year")
#: Characters without a label that may stand between two pieces of one title.
TITLE_GAP = 6
#: Pieces with gaps between them that one title may have.
MAX_PIECES = 16
_PERIOD = re.compile(r"(20\d\d)\s*年\s*1\s*月\s*1\s*日")
_ANY_YEAR = re.compile(r"(20\d\d)\s*年")
_DATE = re.compile(
    r"(?P<y>\d{4}|[一二三四五六七八九〇零○O]{4})\s*[年\-./]\s*(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})"
    r"\s*[月\-./]\s*(?P<d>\d{1,2}|[一二三四五六七八九十廿]{1,3})"
)
_PUBLISHED_HINT = re.compile(r"(发布|发表|公开|生成|成文|更新|时间|日期)[^\n]{0,8}$")


@dataclass(frozen=True, slots=True)
class Meta:
    """What the title and the dates say; None where the page does not say it."""

    title: str | None
    agency: str | None
    year: int | None
    published: str | None


def read_meta(folded: Folded, body: Body, first_heading: int) -> Meta:
    """Read the pieces of `body`; those before `first_heading` (a folded offset) count first."""
    pieces = [s for s in body.spans if s.label in _TITLE_LABELS]
    cluster = _best_title(folded.text, pieces, first_heading)
    title = agency = None
    year = None
    if cluster:
        cluster = _whole_names(folded.text, cluster)
        title = _joined(folded, cluster[0].start, cluster[-1].end)
        agency = _first(folded, cluster, "agency")
        year = _year_of(_first(folded, cluster, "year"))
    agency = agency or _commonest_agency(folded, pieces)
    year = year or _stated_year(folded.text[body.start : body.end])
    return Meta(title, agency, year, _published(folded, body, first_heading, year))


#: Characters of a name that a labeller may leave out, or take for the title: of places whose name is rare.
STUB = 2
_STUB = re.compile(rf"(?!关于|附件)[\u3400-\u9fff]{{1,{STUB}}}")
#: Words of a site that stand alone before a title as such a stub would.
_BEFORE_TITLE = re.compile("关于|附件|标题|题名|名称|首页|正文|转发|来源|位置")
_YEAR_ALONE = re.compile(r"(?:19|20)\d\d\s?年?度?")
_REST_OF_TITLE = re.compile(r"(?<=年度|工作)报告")


def _whole_names(text: str, cluster: Sequence[Span]) -> list[Span]:
    """Give the agency of a title back what the labeller broke off, to the year before it, to the title,
    or to nothing; and the title its last word."""
    first, *others = cluster
    line = text.rfind("\n", 0, first.start) + 1
    if first.label == "agency" and _STUB.fullmatch(text, line, first.start):
        if not _BEFORE_TITLE.fullmatch(text, line, first.start):
            first = replace(first, start=line)
    pieces: list[Span] = []
    for piece in (first, *others):
        last = pieces[-1] if pieces else None
        if last is not None and piece.label == "agency" and piece.start == last.end:
            if last.label == "agency":
                pieces[-1] = replace(last, end=piece.end)
                continue
            year = _YEAR_ALONE.match(text, last.start, last.end) if last.label == "year" else None
            first_title = last.label == "title" and len(pieces) == 1
            if year and _STUB.fullmatch(text, year.end(), last.end):
                pieces[-1] = replace(last, end=year.end())
                piece = replace(piece, start=year.end())
            elif first_title and _STUB.fullmatch(text, last.start, last.end):
                pieces.pop()
                piece = replace(piece, start=last.start)
        elif last is not None and last.label == "agency":
            if _STUB.fullmatch(text, last.end, piece.start):
                pieces[-1] = replace(last, end=piece.start)
        pieces.append(piece)
    rest = _REST_OF_TITLE.match(text, pieces[-1].end)
    if rest and pieces[-1].label == "title":
        pieces[-1] = replace(pieces[-1], end=rest.end())
    return pieces


def _joined(folded: Folded, start: int, end: int) -> str:
    return re.sub(r"\s+", "", clean(folded, start, end))


def _first(folded: Folded, cluster: Sequence[Span], label: str) -> str | None:
    """The pieces of one label in a title, joined while they touch."""
    mine = [s for s in cluster if s.label == label]
    if not mine:
        return None
    longest = max(mine, key=lambda s: (s.end - s.start, -s.start))
    return _joined(folded, longest.start, longest.end)


def _best_title(text: str, pieces: Sequence[Span], first_heading: int) -> list[Span]:
    """Return the run of pieces that is most of a title: all three kinds, early, well scored."""
    clusters: list[list[Span]] = []
    for piece in pieces:
        last = clusters[-1] if clusters else None
        if last and _same_title(text, last, piece):
            last.append(piece)
        else:
            clusters.append([piece])
    titled = [c for c in clusters if any(s.label == "title" for s in c)]

    def worth(cluster: list[Span]) -> tuple[int, bool, bool, float, int]:
        kinds = len({s.label for s in cluster})
        score = sum(s.score for s in cluster) / len(cluster)
        start = cluster[0].start
        own_line = not text[max(start - 12, 0) : start].rpartition("\n")[2].strip(" #*")
        return kinds, start < first_heading, own_line, round(score, 1), -start

    return max(titled, key=worth, default=[])


def _same_title(text: str, cluster: Sequence[Span], piece: Span) -> bool:
    gap = text[cluster[-1].end : piece.start]
    if len(gap.strip()) > 0 and (len(gap) > TITLE_GAP or "\n" in gap):
        return False
    if len(gap) > TITLE_GAP + 30 or gap.count("\n") > 3:
        return False
    if not gap:
        return True
    if len(cluster) >= MAX_PIECES:
        return False
    seen = {s.label for s in cluster}
    return not (piece.label in seen and "title" in seen)


def _year_of(text: str | None) -> int | None:
    if not text:
        return None
    digits = re.search(r"(?:19|20)\d\d", text)
    if digits:
        return int(digits.group())
    han = re.search(r"[一二三四五六七八九〇零○]{4}", text)
    value = han_number(han.group().replace("○", "〇")) if han else None
    return value if value and 1990 < value < 2100 else None


def _stated_year(text: str) -> int | None:
    """The year of the statistical period that the report states, else the year it names most."""
    period = _PERIOD.search(text)
    if period:
        return int(period.group(1))
    years = Counter(_ANY_YEAR.findall(text))
    return int(max(years, key=lambda y: (years[y], y))) if years else None


def _commonest_agency(folded: Folded, pieces: Sequence[Span]) -> str | None:
    names = Counter(_joined(folded, s.start, s.end) for s in pieces if s.label == "agency")
    return names.most_common(1)[0][0] if names else None


def _published(folded: Folded, body: Body, first_heading: int, year: int | None) -> str | None:
    """The date that metadata or the head of the report gives, else the one that signs it."""
    dates = [s for s in body.spans if s.label == "date"]
    found: list[tuple[int, int, str]] = []
    for span in dates:
        iso = iso_date(folded.text[span.start : span.end])
        if iso is None or (year is not None and not year <= int(iso[:4]) <= year + 3):
            continue
        before = folded.text[max(span.start - 14, 0) : span.start]
        if span.start < first_heading:
            order = 0 if _PUBLISHED_HINT.search(before) else 1
        else:
            order = 2
        found.append((order, span.start if order < 2 else -span.start, iso))
    return min(found)[2] if found else None


def iso_date(text: str) -> str | None:
    """Return the date that folded `text` prints as `YYYY-MM-DD`, or None when it is no real date."""
    match = _DATE.search(re.sub(r"\s+", "", text).replace("O", "〇").replace("○", "〇"))
    if not match:
        return None
    parts = [int(p) if p.isdigit() else han_number(p.replace("廿", "二十")) for p in match.groups()]
    try:
        year, month, day = (part or 0 for part in parts)
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
