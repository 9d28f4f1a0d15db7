"""Which days a mall's rule looks at, and on which day it does: months, quarters, weeks, years, the last days. Pure.

Days are those of the mall's zone. A rule is judged at the midnight with which its judgement day begins, over a period that ended before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["month", "quarter", "week", "days", "months", "year"]
KINDS: tuple[Kind, ...] = ("month", "quarter", "week", "days", "months", "year")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both counted; none when `last` is before `first`."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        """How many."""
        return max(0, (self.last - self.first).days + 1)

    def each(self) -> Iterator[date]:
        """Day by day."""
        return (self.first + timedelta(days=count) for count in range(self.days))


@dataclass(frozen=True, slots=True)
class Span:
    """How a rule's period is laid.

    `days`: that many days, of which the last is `lag` days before the judgement: 28 and 8 are D-35 to D-8.
    `months`: that many months up to the day `on_day` of each month, on which they are judged.
    """

    kind: Kind
    days: int = 0
    lag: int = 1
    months: int = 0
    on_day: int = 1


def start_of(kind: Kind, day: date) -> date:
    """The first day of the month, quarter, week or year that holds `day`; else the day itself."""
    match kind:
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "week":
            return day - timedelta(days=day.weekday())
        case "year":
            return day.replace(month=1, day=1)
        case "days" | "months":
            return day


def judgement_day(span: Span, day: date) -> date:
    """The latest day of judgement that is not after `day`. Years are judged each day, so far as they have come."""
    if span.kind == "months":
        return (
            day.replace(day=span.on_day) if day.day >= span.on_day else _months_before(day.replace(day=span.on_day), 1)
        )
    return day if span.kind in ("days", "year") else start_of(span.kind, day)


def next_judgement(span: Span, day: date) -> date:
    """The first day of judgement after `day`."""
    match span.kind:
        case "days" | "year":
            return day + _DAY
        case "week":
            return start_of("week", day) + timedelta(days=7)
        case "month":
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        case "quarter":
            return (start_of("quarter", day) + timedelta(days=95)).replace(day=1)
        case "months":
            return _months_before(judgement_day(span, day), -1)


def judged(span: Span, on: date) -> Period:
    """The period that is judged on the judgement day `on`. A year begins anew on 1 January, with no days yet."""
    match span.kind:
        case "days":
            last = on - timedelta(days=span.lag)
            return Period(last - timedelta(days=span.days - 1), last)
        case "months":
            return Period(_months_before(on, span.months), on - _DAY)
        case "year":
            return Period(start_of("year", on), on - _DAY)
        case _:
            last = start_of(span.kind, on) - _DAY
            return Period(start_of(span.kind, last), last)


def running(span: Span, day: date) -> Period:
    """The period that the coming judgement will look at, whole, with days that are still to come."""
    if span.kind == "year":
        return Period(start_of("year", day), date(day.year, 12, 31))
    return judged(span, next_judgement(span, day))


def before(span: Span, period: Period, times: int = 1) -> Period:
    """The period of the same kind that lies `times` before this one."""
    for _ in range(times):
        if span.kind == "days":
            period = Period(period.first - timedelta(days=span.days), period.first - _DAY)
        elif span.kind == "months":
            period = Period(_months_before(period.first, span.months), period.first - _DAY)
        else:
            last = period.first - _DAY
            period = Period(start_of(span.kind, last), last)
    return period


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month; days of judgement are at most the 28th."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return day.replace(year=year, month=month + 1)
