"""The shop's calendar: when it is open, which days it keeps, and what "a month later" or "at eight" means where it is. Pure.

All moments are aware UTC. A local time that the clocks jump over (spring) counts as the first that exists after it. Japan's
public holidays are known for shops in Asia/Tokyo; elsewhere a shop names its own days in `closed_on`.
"""

import calendar as _months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import jpholiday

Hours = tuple[tuple[time, time] | None, ...]
"""Monday first, seven of them: opening and closing time, or None for a closed day. A closing time that is not later than
the opening one is on the next day (18:00–02:00); equal ones are 24 hours."""

USUAL_HOURS: Hours = ((time(10), time(18)),) * 5 + (None, None)
"""Of a shop that said nothing: Monday to Friday, 10:00 to 18:00."""

SEARCHED_DAYS = 400
"""A shop that does not open within so many days is taken as never open."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class NeverOpen(ValueError):
    """The shop does not open within SEARCHED_DAYS: its opening hours or closed days are to be changed."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(f"the shop does not open within {SEARCHED_DAYS} days after {moment.isoformat()}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours and holidays of one shop. Hashable."""

    zone: str = "Asia/Tokyo"
    hours: Hours = USUAL_HOURS
    closed_on: frozenset[date] = frozenset()
    keeps_holidays: bool = True
    """Closed on public holidays."""

    def is_holiday(self, day: date) -> bool:
        """Whether the day (in the shop's zone) is a public holiday there."""
        return self.zone in {"Asia/Tokyo", "Japan"} and _is_japanese_holiday(day)

    def is_closed_all_day(self, day: date) -> bool:
        """Whether the shop does not open on this day."""
        is_kept = self.keeps_holidays and self.is_holiday(day)
        return self.hours[day.weekday()] is None or day in self.closed_on or is_kept

    def is_open(self, moment: datetime) -> bool:
        """Open at this moment; at the minute of closing it is closed."""
        today = moment.astimezone(ZoneInfo(self.zone)).date()
        return any(start <= moment < end for start, end in self._spans(today - _DAY, 2))

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself when open, else the next opening. Raises NeverOpen."""
        return self.add_open(moment, 0)

    def opens_later(self, moment: datetime) -> bool:
        """Whether it is open at this moment, or opens again on this day of its own."""
        zone = ZoneInfo(self.zone)
        try:
            return self.next_open(moment).astimezone(zone).date() == moment.astimezone(zone).date()
        except NeverOpen:
            return False

    def add_open(self, moment: datetime, seconds: float) -> datetime:
        """When so many seconds of opening time have passed since `moment`; 0 is the next open moment. Raises NeverOpen.

        What ends exactly at closing time ends then, not at the next opening.
        """
        left, at = timedelta(seconds=seconds), moment
        day = moment.astimezone(ZoneInfo(self.zone)).date() - _DAY
        last_open = day
        while (day - last_open).days <= SEARCHED_DAYS:
            for start, end in self._spans(day, 1):
                at = max(at, start)
                if at >= end:
                    continue
                last_open = day
                if left <= end - at:
                    return at + left
                left -= end - at
                at = end
            day += _DAY
        raise NeverOpen(moment)

    def _spans(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        """Opening spans that begin on these days."""
        for day in (first + timedelta(days=count) for count in range(days)):
            hours = self.hours[day.weekday()]
            if hours is None or self.is_closed_all_day(day):
                continue
            opens, closes = hours
            until = day if closes > opens else day + _DAY
            yield at_local(day, opens, self.zone), at_local(until, closes, self.zone)


def later(moment: datetime, zone: str, *, months: int = 0, days: int = 0, seconds: float = 0) -> datetime:
    """`moment` and so much: months and days on the local calendar at the same clock time, then absolute seconds.

    31 January and a month is the last of February. Raises OverflowError beyond the year 9999.
    """
    if months or days:
        local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        moment = _moments(_add_months(local, months) + timedelta(days=days), zone)[0]
    return moment + timedelta(seconds=seconds)


def next_local(moment: datetime, zone: str, at: time, weekdays: frozenset[int] = frozenset()) -> datetime:
    """The next moment strictly later than `moment` at which the local clock shows `at` on one of the weekdays.

    0 is Monday, none means any day. In autumn a clock shows an hour twice, and both count.
    """
    today = moment.astimezone(ZoneInfo(zone)).date()
    for day in (today + timedelta(days=count) for count in range(-1, 16)):
        if weekdays and day.weekday() not in weekdays:
            continue
        for found in _moments(datetime.combine(day, at), zone):
            is_that_day = (
                found.astimezone(ZoneInfo(zone)).date() == day
            )  # a day may be missing: Samoa, 30 December 2011
            if found > moment and is_that_day:
                return found
    raise ValueError(f"no such weekday: {sorted(weekdays)}")


def at_local(day: date, at: time, zone: str) -> datetime:
    """The moment at which the local clock shows `at` on this day; the first of two, the next after a gap."""
    return _moments(datetime.combine(day, at), zone)[0]


def _add_months(local: datetime, months: int) -> datetime:
    if not months:
        return local
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    if year > 9999:
        raise OverflowError("beyond the year 9999")
    last = _months.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))


def _moments(local: datetime, zone: str) -> tuple[datetime, ...]:
    """The moments (UTC) at which the clock of the zone shows `local`: one, or two in autumn; after a gap its end."""
    place = ZoneInfo(zone)
    first = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    if first == second:
        return (first,)
    if first < second:
        return first, second
    low, high = second, first  # a gap: before it the clock is behind `local`, after it ahead
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        if middle.astimezone(place).replace(tzinfo=None) < local:
            low = middle
        else:
            high = middle
    return (high.replace(microsecond=0),)


@lru_cache(maxsize=8192)
def _is_japanese_holiday(day: date) -> bool:
    return jpholiday.is_holiday(day)
