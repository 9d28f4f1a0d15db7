"""When a parcel could be there: an estimate from what the shop says of itself, never a promise. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kaeru.cancellations.repairs.terms import Terms
from kaeru.core.calendar import SEARCHED_DAYS, Calendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """In the shop's zone."""

    leaves_on: date
    arrives_on: date
    express_on: date | None
    """None: the shop has no express, or it would not be earlier."""


def days(now: datetime, terms: Terms, calendar: Calendar, cutoff: time | None = None) -> Days | None:
    """What can be said now of an order that has not left; None for a shop that never opens.

    Handling counts days on which the shop opens; after the warehouse's cut-off (without one: after
    closing time), or on a closed day, it begins with the next of them.
    """
    local = now.astimezone(ZoneInfo(calendar.zone))
    on, first = local.date(), local.date()
    is_late = cutoff is not None and local.time() >= cutoff
    if cutoff is None and not calendar.is_closed_all_day(on):
        is_late = not calendar.opens_later(now)
    left = terms.handling_days
    if is_late:
        on += _DAY
    while (on - first).days <= SEARCHED_DAYS:
        if not calendar.is_closed_all_day(on):
            if left == 0:
                usual = on + timedelta(days=terms.delivery_days)
                fast = None if terms.express_days is None else on + timedelta(days=terms.express_days)
                return Days(on, usual, fast if fast is not None and fast < usual else None)
            left -= 1
        on += _DAY
    return None
