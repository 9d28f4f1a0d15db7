"""How days, moments, spans and shares are written for people: 11月24日(火) 8:50 in Japanese, Tue 24 Nov, 8:50 in English."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

_WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = {"ja": ("日", "時間", "分"), "en": ("d", "h", "min")}


def language_of(code: str | None) -> str:
    """`ja` or `en`: the two languages every text exists in."""
    return "en" if (code or "").startswith("en") else "ja"


def day(on: date, language: str, this_year: int | None = None) -> str:
    """The day with its weekday; the year is said only when it is not `this_year`.

    >>> day(date(2026, 11, 24), "ja", 2026), day(date(2026, 11, 24), "en")
    ('11月24日(火)', 'Tue 24 Nov 2026')
    """
    weekday = _WEEKDAYS[language][on.weekday()]
    is_other_year = on.year != this_year
    if language == "ja":
        return f"{f'{on.year}年' if is_other_year else ''}{on.month}月{on.day}日({weekday})"
    return f"{weekday} {on.day} {_MONTHS[on.month - 1]}{f' {on.year}' if is_other_year else ''}"


def moment(at: datetime, language: str, this_year: int | None = None) -> str:
    """Day and time of an instant that is already in the reader's time zone."""
    joint = " " if language == "ja" else ", "
    return f"{day(at.date(), language, this_year)}{joint}{at.hour}:{at.minute:02d}"


def span(length: timedelta, language: str) -> str:
    """A length of time in its two largest units, rounded down to minutes; never negative.

    >>> span(timedelta(hours=26, minutes=5), "ja"), span(timedelta(minutes=45), "en")
    ('1日2時間', '45 min')
    """
    minutes = max(0, int(length.total_seconds()) // 60)
    sizes = (minutes // 1440, minutes // 60 % 24, minutes % 60)
    named = [(size, unit) for size, unit in zip(sizes, _UNITS[language], strict=True) if size]
    if len(named) == 3 or (len(named) == 2 and sizes[0] and sizes[2]):
        named = named[:2] if sizes[1] else named[:1]
    if not named:
        named = [(0, _UNITS[language][2])]
    if language == "ja":
        return "".join(f"{size}{unit}" for size, unit in named)
    return " ".join(f"{size} {unit}" for size, unit in named)


def share(fraction: float | None) -> str:
    """A fraction as a percentage with one decimal place; a dash when there is nothing to divide by.

    >>> share(0.0731), share(None)
    ('7.3%', '–')
    """
    return "–" if fraction is None else f"{fraction * 100:.1f}%"


def pick(texts: Mapping[str, str] | str | None, language: str) -> str:
    """The shop's own words in the reader's language, or in the language they exist in.

    >>> pick({"ja": "住所", "en": ""}, "en")
    '住所'
    """
    if not texts:
        return ""
    if isinstance(texts, str):
        return texts
    return texts.get(language) or texts.get("ja") or next((text for text in texts.values() if text), "")
