"""Days on which a mall counts: Monday to Friday without the public holidays of its zone. Pure.

Around New Year only 1 January is a public holiday; whether a mall counts the days beside it is not written anywhere, so they count.
"""

from datetime import date, timedelta
from functools import lru_cache

from kaeru.core.calendar import SEARCHED_DAYS, USUAL_HOURS, Calendar, NeverOpen, at_local

_DAY = timedelta(days=1)
TOKYO = Calendar("Asia/Tokyo", USUAL_HOURS)


@lru_cache(maxsize=16384)
def after(day: date, count: int, calendar: Calendar = TOKYO) -> date:
    """The `count`-th day after `day` on which it is worked; 0 is the day itself, whatever it is. Raises NeverOpen.

    >>> after(date(2026, 4, 28), 3), after(date(2026, 12, 31), 1)
    (datetime.date(2026, 5, 7), datetime.date(2027, 1, 4))
    """
    found = day
    for _turn in range(count):
        found = next_working(found + _DAY, calendar)
    return found


def next_working(day: date, calendar: Calendar = TOKYO) -> date:
    """The day itself when it is worked on it, else the next one that is. Raises NeverOpen."""
    for found in (day + timedelta(days=number) for number in range(SEARCHED_DAYS)):
        if not calendar.is_closed_all_day(found):
            return found
    raise NeverOpen(at_local(day, calendar.hours[0][0] if calendar.hours[0] else USUAL_HOURS[0][0], calendar.zone))  # type: ignore[index]


@lru_cache(maxsize=16384)
def last_working(day: date, calendar: Calendar, not_before: date) -> date | None:
    """The last day until `day` on which it is worked, not earlier than `not_before`; None when there is none."""
    found = day
    while found >= not_before:
        if not calendar.is_closed_all_day(found):
            return found
        found -= _DAY
    return None


@lru_cache(maxsize=16384)
def working_days(first: date, last: date, calendar: Calendar, most: int = 30) -> int:
    """On how many days of [first, last] it is worked; counted up to `most`."""
    count, day = 0, first
    while day <= last and count < most:
        count += not calendar.is_closed_all_day(day)
        day += _DAY
    return count
